#include "bindings/feed.h"

#include "bindings/addon.h"
#include "ns/error_text.h"

namespace vethwork::bindings {

Napi::Function Feed::Define(Napi::Env env) {
  return DefineClass(env, "Feed",
                     {InstanceAccessor<&Feed::Id>("id"), InstanceMethod<&Feed::Next>("next"),
                      InstanceMethod<&Feed::Close>("close")});
}

Feed::Feed(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  const auto& engine = info.Env().GetInstanceData<Addon>()->engine();
  if (!engine) throw Napi::Error::New(info.Env(), "the environment is shutting down");
  try {
    id_ = engine->monitors().Open();
  } catch (const SysError& error) {
    throw Napi::Error::New(info.Env(), ns::ErrorText(error));
  }
  engine_ = engine;
}

Feed::~Feed() {
  if (const auto engine = engine_.lock()) engine->monitors().Close(id_);
}

Napi::Value Feed::Id(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), id_); }

Napi::Value Feed::Next(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto engine = engine_.lock();
  return env.GetInstanceData<Addon>()->Promise(
      env, std::make_unique<ns::Task>(), [&](std::unique_ptr<ns::Task> task) {
        return engine && engine->monitors().Next(id_, std::move(task));
      });
}

void Feed::Close(const Napi::CallbackInfo&) {
  if (const auto engine = engine_.lock()) engine->monitors().Close(id_);
}

}  // namespace vethwork::bindings
