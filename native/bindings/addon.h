// All that one JavaScript environment (the main thread, a worker thread) owns.
#pragma once

#include <napi.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "ns/engine.h"

namespace vethwork::bindings {

class Addon {
 public:
  explicit Addon(Napi::Env env, Napi::Object exports);
  Addon(const Addon&) = delete;
  Addon& operator=(const Addon&) = delete;

  const std::shared_ptr<ns::Engine>& engine() const { return engine_; }

  // The promise of `task`, which `submit` hands on; where that says false the environment ends.
  Napi::Value Promise(Napi::Env env, std::unique_ptr<ns::Task> task,
                      const std::function<bool(std::unique_ptr<ns::Task>)>& submit);

 private:
  static void Deliver(Napi::Env env, Napi::Function, Addon* addon, void*);
  using Delivery = Napi::TypedThreadSafeFunction<Addon, void, Deliver>;

  // run(handles: Handle[], job: string): Promise<string>. Text in, text out: see ns/job.h.
  // Pending work keeps the process alive, an idle addon does not.
  Napi::Value Run(const Napi::CallbackInfo& info);
  void OnEnded(std::unique_ptr<ns::Task> task);  // on a worker
  void DeliverSome(Napi::Env env);
  void Shutdown();

  // In the order of the shutdown, from the last to the first: the engine calls `delivery_`.
  Delivery delivery_;
  std::mutex mutex_;
  std::deque<std::unique_ptr<ns::Task>> ended_;
  size_t pending_ = 0;
  std::shared_ptr<ns::Engine> engine_;
};

}  // namespace vethwork::bindings
