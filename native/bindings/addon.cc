#include "bindings/addon.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "bindings/codec.h"
#include "bindings/feed.h"
#include "bindings/handle.h"
#include "ns/error_text.h"

namespace vethwork::bindings {
namespace {

// A slice of completions: the continuations of one slice run before the loop turns again, and
// should take less than 5 ms together.
constexpr size_t kSlice = 32;
constexpr size_t kSliceBytes = 256 * 1024;  // of JSON, to be parsed

struct Promised : ns::Cargo {
  explicit Promised(Napi::Env env) : deferred(env) {}
  Napi::Promise::Deferred deferred;
};

// [read end, write end], closed in every program that this process starts but told otherwise.
Napi::Value MakePipe(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    throw Napi::Error::New(env, ns::ErrorText(SysError(errno, "pipe2", "")));
  }
  auto both = Napi::Array::New(env, 2);
  both.Set(0U, Napi::Number::New(env, ends[0]));
  both.Set(1U, Napi::Number::New(env, ends[1]));
  return both;
}

// flock(fd: number): the whole file, for this descriptor alone; EAGAIN where another one has it.
void LockFile(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() != 1 || !info[0].IsNumber()) throw Napi::TypeError::New(env, "flock(fd)");
  if (::flock(info[0].As<Napi::Number>().Int32Value(), LOCK_EX | LOCK_NB) != 0) {
    throw Napi::Error::New(env, ns::ErrorText(SysError(errno, "flock", "")));
  }
}

}  // namespace

Addon::Addon(Napi::Env env, Napi::Object exports)
    : delivery_(Delivery::New(env, "vethwork", 0, 1, this)),
      engine_(std::make_shared<ns::Engine>(
          [this](std::unique_ptr<ns::Task> task) { OnEnded(std::move(task)); })) {
  delivery_.Unref(env);
  exports["Handle"] = Handle::Define(env);
  exports["Feed"] = Feed::Define(env);
  exports["run"] = Napi::Function::New(
      env, [this](const Napi::CallbackInfo& info) { return Run(info); }, "run");
  exports["pipe"] = Napi::Function::New(env, MakePipe, "pipe");
  exports["flock"] = Napi::Function::New(env, LockFile, "flock");
  DefineCodec(env, exports);
  // Hooks run last-in first-out: ours before that of `delivery_`, so that no worker is left to
  // call. The last statement: when something before it throws there is no addon to shut down.
  env.AddCleanupHook([this] { Shutdown(); });
}

void Addon::Shutdown() {
  engine_->Stop();
  engine_.reset();  // joins the threads that sleep in removals
}

Napi::Value Addon::Run(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() != 3 || !info[0].IsArray() || !info[1].IsString() || !info[2].IsBoolean()) {
    throw Napi::TypeError::New(env, "run(handles, job, withNext)");
  }
  const auto handles = info[0].As<Napi::Array>();
  auto task = std::make_unique<ns::Task>();
  for (uint32_t i = 0; i < handles.Length(); i++) {
    const auto& target = Handle::From(handles[i]).target();
    const auto& known = task->namespaces;
    if (std::find(known.begin(), known.end(), target) != known.end()) {
      throw Napi::TypeError::New(env, "a Handle twice");
    }
    task->namespaces.push_back(target);
  }
  task->text = info[1].As<Napi::String>().Utf8Value();
  task->with_next = info[2].As<Napi::Boolean>();
  return Promise(env, std::move(task), [this](std::unique_ptr<ns::Task> ready) {
    return engine_ && engine_->Submit(std::move(ready));
  });
}

Napi::Value Addon::Promise(Napi::Env env, std::unique_ptr<ns::Task> task,
                           const std::function<bool(std::unique_ptr<ns::Task>)>& submit) {
  auto promised = std::make_unique<Promised>(env);
  const Napi::Value promise = promised->deferred.Promise();
  task->cargo = std::move(promised);
  try {
    if (!submit(std::move(task))) {
      throw Napi::Error::New(env, "the environment is shutting down");
    }
  } catch (const SysError& error) {
    throw Napi::Error::New(env, ns::ErrorText(error));
  }
  if (pending_++ == 0) delivery_.Ref(env);
  return promise;
}

void Addon::OnEnded(std::unique_ptr<ns::Task> task) {
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    first = ended_.empty();
    for (auto& earlier : task->told_before) ended_.push_back(std::move(earlier));
    ended_.push_back(std::move(task));
  }
  if (first) delivery_.NonBlockingCall();
}

void Addon::Deliver(Napi::Env env, Napi::Function, Addon* addon, void*) {
  if (env == nullptr) return;  // the environment is gone: what has ended dies with the addon
  addon->DeliverSome(env);
}

void Addon::DeliverSome(Napi::Env env) {
  size_t bytes = 0;
  for (size_t count = 0;; count++) {
    std::unique_ptr<ns::Task> task;
    {
      std::lock_guard lock(mutex_);
      if (ended_.empty()) return;
      if (count == kSlice || bytes > kSliceBytes) break;
      task = std::move(ended_.front());
      ended_.pop_front();
    }
    bytes += task->result.size();
    if (--pending_ == 0) delivery_.Unref(env);
    for (UniqueFd& fd : task->handed_out) fd.release();  // the text names it: JavaScript's now
    const auto& deferred = static_cast<Promised&>(*task->cargo).deferred;
    try {
      deferred.Resolve(Napi::String::New(env, task->result));
    } catch (const Napi::Error& error) {  // longer than a string can be; the others still count
      deferred.Reject(error.Value());
    }
  }
  delivery_.NonBlockingCall();  // the rest after the loop has turned
}

}  // namespace vethwork::bindings

NAPI_MODULE_INIT() {
  const Napi::Env wrapped(env);
  try {
    auto addon = std::make_unique<vethwork::bindings::Addon>(wrapped, Napi::Object(env, exports));
    wrapped.SetInstanceData(addon.release());
    return exports;
  } catch (const Napi::Error& error) {  // also where the environment is being terminated
    error.ThrowAsJavaScriptException();
  } catch (const vethwork::SysError& error) {
    napi_throw_error(env, nullptr, vethwork::ns::ErrorText(error).c_str());
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return nullptr;
}
