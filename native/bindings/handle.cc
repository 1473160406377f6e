#include "bindings/handle.h"

#include "bindings/addon.h"

namespace vethwork::bindings {
namespace {

// An object of another class, or of another copy of the addon, is refused by its tag.
constexpr napi_type_tag kTag = {0x7d1c1c7b0f6c4d0a, 0x9a53f3a2c1be6f14};

}  // namespace

Napi::Function Handle::Define(Napi::Env env) {
  return DefineClass(env, "Handle", {InstanceAccessor<&Handle::Fd>("fd")});
}

Handle::Handle(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  info.This().As<Napi::Object>().TypeTag(&kTag);
  engine_ = info.Env().GetInstanceData<Addon>()->engine();
}

Handle::~Handle() {
  if (const auto engine = engine_.lock()) engine->Abandon(target_);
}

Napi::Value Handle::Fd(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), target_->fd.get());
}

Handle& Handle::From(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag)) {
    throw Napi::TypeError::New(value.Env(), "not a Handle");
  }
  return *Unwrap(value.As<Napi::Object>());
}

}  // namespace vethwork::bindings
