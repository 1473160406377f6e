#include "ns/engine.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <system_error>

#include "base/sys_error.h"
#include "ns/job.h"
#include "ns/place.h"
#include "ns/thread.h"

namespace vethwork::ns {
namespace {

// What a worker beyond the usual ones waits for more work: to start one costs as much as 50 us.
constexpr auto kLinger = std::chrono::seconds(1);

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
  const Standing standing = Enqueue(std::move(task));
  // With the lock held it would wake up a worker that has to wait for the lock first.
  if (standing == Standing::kReady) wake_.notify_one();
  return standing != Standing::kDropped;
}

Engine::Standing Engine::Enqueue(std::unique_ptr<Task> task) {
  std::lock_guard lock(mutex_);
  if (stopping_) return Standing::kDropped;
  task->submitted = std::chrono::steady_clock::now();
  for (const auto& one : task->namespaces) {
    if (!one->line.empty()) task->blockers++;
    one->line.push_back(task.get());
  }
  const auto standing = task->blockers == 0 ? Standing::kReady : Standing::kWaits;
  if (standing == Standing::kReady) ready_.push_back(task.get());
  tasks_.push_back(std::move(task));
  if (HaveWorker()) return standing;
  // No thread at all can be had: nobody is before this task, and nobody will run it.
  for (const auto& one : tasks_.back()->namespaces) one->line.pop_back();
  ready_.pop_back();
  tasks_.pop_back();
  throw SysError(EAGAIN, "pthread_create", "no worker can be started");
}

// With the lock held: for one job that can be run. False where it has to wait for a thread and
// there is none.
bool Engine::HaveWorker() {
  for (std::thread& thread : ended_) thread.join();
  ended_.clear();
  const size_t waiting = begun_.size() + ready_.size();
  if (waiting == 0 || stopping_) return true;
  if (idle_ >= waiting || busy_ + idle_ >= kMostBusy || workers_.size() >= kMostThreads) {
    return true;
  }
  const auto self = workers_.emplace(workers_.end());
  try {
    *self = StartThread("vw-worker", [this, self] { Work(self); });
    idle_++;
  } catch (const std::system_error&) {  // EAGAIN: a limit on threads; who is there goes on alone
    workers_.erase(self);
  }
  return !workers_.empty();
}

// With the lock held.
void Engine::WakeWorker() {
  HaveWorker();
  wake_.notify_one();
}

// With the lock held. A job that has begun is brought to its end even where the engine stops.
Task* Engine::Next() {
  if (busy_ >= kMostBusy) return nullptr;
  auto& from = begun_.empty() ? ready_ : begun_;
  if (from.empty() || (stopping_ && &from == &ready_)) return nullptr;
  Task* next = from.front();
  from.pop_front();
  return next;
}

void Engine::Work(std::list<std::thread>::iterator self) {
  Place place(home_.get());
  std::unique_lock lock(mutex_);
  idle_--;
  bool expired = false, home = place.GoHome();  // who started it may have been elsewhere
  for (;;) {
    Task* const next = Next();
    if (next == nullptr) {
      // Away from home it would keep the namespace that it is in alive.
      if (Idle()) removals_.LetGo();
      if (stopping_ || Idle() || expired || !home) break;
      // Those that came for others who sleep in removals end before long.
      const bool surplus = workers_.size() > kMostBusy;
      idle_++;
      // Not wait(): that symbol is of GCC 12's library, and prebuilds are to load with older ones.
      const auto status = wake_.wait_for(lock, surplus ? kLinger : std::chrono::hours(1));
      idle_--;
      expired = surplus && status == std::cv_status::timeout;
      continue;
    }
    expired = false;
    busy_++;
    lock.unlock();

    const size_t before = CountOpen(*next);
    std::shared_ptr<Removal> removal = RunJob(*this, place, *next);
    const size_t after = CountOpen(*next);
    // Before anything else: to wake a worker may start a thread, which begins where this one is.
    home = place.GoHome();

    lock.lock();
    open_ += after;
    open_ -= before;
    if (removal) {
      begun_.push_back(next);
      busy_--;
      WakeWorker();
      lock.unlock();
      removal->Send();
      removal.reset();
      lock.lock();
    } else {
      std::unique_ptr<Task> ended = Finish(*next);
      if (ended) {
        lock.unlock();
        done_(std::move(ended));
        lock.lock();
      }
      busy_--;
    }
  }
  wake_.notify_all();  // who is idle may end too
  if (!stopping_) ended_.splice(ended_.end(), workers_, self);
}

// With the lock held. Lets those behind the task go on. Null where one of them is to tell of it.
std::unique_ptr<Task> Engine::Finish(Task& task) {
  Task* behind = nullptr;
  for (const auto& one : task.namespaces) {
    one->line.pop_front();
    if (one->line.empty()) {
      if (one->abandoned) CloseAbandoned(*one);
      continue;
    }
    Task& next = *one->line.front();
    if (--next.blockers > 0) continue;
    ready_.push_back(&next);
    behind = &next;
  }
  const auto found = std::find_if(tasks_.begin(), tasks_.end(),
                                  [&task](const auto& one) { return one.get() == &task; });
  std::unique_ptr<Task> ended = std::move(*found);
  tasks_.erase(found);
  for (size_t more = 1; more < ready_.size(); more++) WakeWorker();  // one is for this thread
  if (!ended->with_next || behind == nullptr) return ended;
  auto& together = behind->told_before;
  std::move(ended->told_before.begin(), ended->told_before.end(), std::back_inserter(together));
  ended->told_before.clear();
  together.push_back(std::move(ended));
  return nullptr;
}

void Engine::Abandon(const std::shared_ptr<Namespace>& lost) {
  std::lock_guard lock(mutex_);
  lost->abandoned = true;
  if (lost->line.empty()) CloseAbandoned(*lost);
  if (!Idle()) return;
  removals_.LetGo();
  wake_.notify_all();
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
