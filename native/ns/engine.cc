#include "ns/engine.h"

#include <algorithm>
#include <chrono>
#include <system_error>

#include "base/sys_error.h"
#include "ns/job.h"
#include "ns/place.h"
#include "ns/thread.h"

namespace vethwork::ns {
namespace {

size_t CountOpen(const Task& task) {
  return static_cast<size_t>(std::count_if(task.namespaces.begin(), task.namespaces.end(),
                                           [](const auto& one) { return one->IsOpen(); }));
}

}  // namespace

Engine::Engine(Done done)
    : home_(OpenNamespaceFile("/proc/thread-self/ns/net")),
      done_(std::move(done)),
      monitors_(done_) {}

bool Engine::Submit(std::unique_ptr<Task> task) {
  std::lock_guard lock(mutex_);
  if (stopping_) return false;
  task->submitted = std::chrono::steady_clock::now();
  for (const auto& one : task->namespaces) {
    if (!one->line.empty()) task->blockers++;
    one->line.push_back(task.get());
  }
  if (task->blockers == 0) ready_.push_back(task.get());
  tasks_.push_back(std::move(task));
  if (WakeWorker()) return true;
  // No thread at all can be had: nobody is before this task, and nobody will run it.
  for (const auto& one : tasks_.back()->namespaces) one->line.pop_back();
  ready_.pop_back();
  tasks_.pop_back();
  throw SysError(EAGAIN, "pthread_create", "no worker can be started");
}

// With the lock held: for one job that has become ready. False where it has to wait for a thread
// and there is none.
bool Engine::WakeWorker() {
  for (std::thread& thread : ended_) thread.join();
  ended_.clear();
  if (ready_.empty() || stopping_) return true;
  if (idle_workers_ >= ready_.size() || workers_.size() >= kMostWorkers) {
    wake_.notify_one();
    return true;
  }
  const auto self = workers_.emplace(workers_.end());
  try {
    *self = StartThread("vw-worker", [this, self] { Work(self); });
  } catch (const std::system_error&) {  // EAGAIN: a limit on threads; who is there goes on alone
    workers_.erase(self);
    wake_.notify_one();
  }
  return !workers_.empty();
}

void Engine::Work(std::list<std::thread>::iterator self) {
  Place place(home_.get());
  std::unique_lock lock(mutex_);
  for (;;) {
    if (ready_.empty() || stopping_) {
      if (stopping_ || Idle()) break;
      idle_workers_++;
      // Not wait(): that symbol is of GCC 12's library, and prebuilds are to load with older ones.
      wake_.wait_for(lock, std::chrono::hours(1));
      idle_workers_--;
      continue;
    }
    Task& task = *ready_.front();
    ready_.pop_front();
    lock.unlock();

    const size_t before = CountOpen(task);
    RunJob(*this, place, task);
    const size_t after = CountOpen(task);
    // Before anything else: Finish() may start a thread, which begins where this one is.
    const bool home = place.GoHome();

    lock.lock();
    std::unique_ptr<Task> ended = Finish(task, after, before);
    lock.unlock();
    done_(std::move(ended));
    lock.lock();
    if (!home && ready_.empty()) break;  // it would keep the namespace that it is in alive
  }
  wake_.notify_all();  // who is idle may end too
  if (!stopping_) ended_.splice(ended_.end(), workers_, self);
}

// With the lock held. Lets those behind the task go on.
std::unique_ptr<Task> Engine::Finish(Task& task, size_t opened, size_t closed) {
  open_ += opened;
  open_ -= closed;
  for (const auto& one : task.namespaces) {
    one->line.pop_front();
    if (one->line.empty()) {
      if (one->abandoned) CloseAbandoned(*one);
      continue;
    }
    Task& next = *one->line.front();
    if (--next.blockers == 0) ready_.push_back(&next);
  }
  const auto found = std::find_if(tasks_.begin(), tasks_.end(),
                                  [&task](const auto& one) { return one.get() == &task; });
  std::unique_ptr<Task> ended = std::move(*found);
  tasks_.erase(found);
  for (size_t more = 1; more < ready_.size(); more++) WakeWorker();  // one is for this thread
  return ended;
}

void Engine::Abandon(const std::shared_ptr<Namespace>& lost) {
  std::lock_guard lock(mutex_);
  lost->abandoned = true;
  if (lost->line.empty()) CloseAbandoned(*lost);
  if (Idle()) wake_.notify_all();
}

void Engine::CloseAbandoned(Namespace& lost) {
  sockets_.Close(&lost);
  if (!lost.IsOpen()) return;
  lost.fd = UniqueFd();
  open_--;
}

void Engine::Stop() {
  std::list<std::thread> all;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    all.splice(all.end(), workers_);
    all.splice(all.end(), ended_);
  }
  wake_.notify_all();
  for (std::thread& thread : all) thread.join();
  monitors_.Stop();  // no worker is left to give it sockets
  std::lock_guard lock(mutex_);
  tasks_.clear();
  ready_.clear();
}

}  // namespace vethwork::ns
