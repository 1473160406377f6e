// The JavaScript object that a monitor reads from.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>

#include "ns/engine.h"

namespace vethwork::bindings {

// new Feed(): open, without sockets until a job's step "subscribe" names its `id`. next() keeps the
// process alive until it is answered; the rest does not. Collected unclosed, it is closed.
class Feed : public Napi::ObjectWrap<Feed> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit Feed(const Napi::CallbackInfo& info);
  ~Feed() override;

 private:
  Napi::Value Id(const Napi::CallbackInfo& info);
  Napi::Value Next(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  std::weak_ptr<ns::Engine> engine_;
  uint32_t id_ = 0;
};

}  // namespace vethwork::bindings
