#include "ns/engine.h"

#include <algorithm>
#include <chrono>

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
    : home_(OpenNamespaceFile("/proc/thread-self/ns/net")), done_(std::move(done)) {}

bool Engine::Submit(std::unique_ptr<Task> task) {
  std::lock_guard lock(mutex_);
  if (stopping_) return false;
  for (const auto& one : task->namespaces) {
    if (!one->line.empty()) task->blockers++;
    one->line.push_back(task.get());
  }
  if (task->blockers == 0) ready_.push_back(task.get());
  tasks_.push_back(std::move(task));
  WakeWorker();
  return true;
}

// With the lock held: for one job that has become ready.
void Engine::WakeWorker() {
  for (std::thread& thread : ended_) thread.join();
  ended_.clear();
  if (ready_.empty() || stopping_) return;
  if (idle_workers_ >= ready_.size() || workers_.size() >= kMostWorkers) {
    wake_.notify_one();
    return;
  }
  const auto self = workers_.emplace(workers_.end());
  *self = StartThread("vw-worker", [this, self] { Work(self); });
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

    lock.lock();
    std::unique_ptr<Task> ended = Finish(task, after, before);
    lock.unlock();
    done_(std::move(ended));
    place.GoHome();
    lock.lock();
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
  sockets_.Take(&lost);
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
  std::lock_guard lock(mutex_);
  tasks_.clear();
  ready_.clear();
}

}  // namespace vethwork::ns
