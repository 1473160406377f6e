// The JavaScript object that stands for a namespace.
#pragma once

#include <napi.h>

#include <memory>

#include "ns/engine.h"

namespace vethwork::bindings {

// new Handle(): names nothing until a job opens or creates a namespace into it. Collected unclosed,
// it lets go of its descriptors. `fd`: of the open namespace, else -1; for a caller who knows that
// no job is opening or closing it.
class Handle : public Napi::ObjectWrap<Handle> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit Handle(const Napi::CallbackInfo& info);
  ~Handle() override;

  // Throws a TypeError where `value` is not a Handle of this addon.
  static Handle& From(const Napi::Value& value);
  const std::shared_ptr<ns::Namespace>& target() const { return target_; }

 private:
  Napi::Value Fd(const Napi::CallbackInfo& info);

  std::shared_ptr<ns::Namespace> target_ = std::make_shared<ns::Namespace>();
  std::weak_ptr<ns::Engine> engine_;
};

}  // namespace vethwork::bindings
