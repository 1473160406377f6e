// The workers: a small pool of native threads, a line of jobs for every namespace.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "ns/families.h"
#include "ns/monitors.h"
#include "ns/namespace.h"
#include "ns/removals.h"
#include "ns/socket_cache.h"

namespace vethwork::ns {

// What the owner of the engine wants back with the task; the engine does not look inside.
struct Cargo {
  virtual ~Cargo() = default;
};

// How far a job has come that waits for a removal; ns/job.cc looks inside.
struct Progress {
  virtual ~Progress() = default;
};

// One job: values in, values out. See ns/job.h for the text.
struct Task {
  std::vector<std::shared_ptr<Namespace>> namespaces;  // "in": n means the n-th
  std::string text;
  std::unique_ptr<Cargo> cargo;
  std::unique_ptr<Progress> progress;

  std::string result;
  std::vector<UniqueFd> handed_out;  // descriptors that `result` names; the receiver releases them

  // Is told with the next in its line, where that one is there when this one ends: the thread of
  // JavaScript is woken once, and not while a worker has the next in hand.
  bool with_next = false;

  std::chrono::steady_clock::time_point submitted;
  size_t blockers = 0;                             // namespaces in whose line somebody is before us
  std::vector<std::unique_ptr<Task>> told_before;  // ended, and left to this one to bring along
};

// Jobs that share a namespace run one after another, in the order in which they were submitted;
// others run side by side. Threads exist only while a namespace is open or a job is there.
class Engine {
 public:
  // Called on a worker, or on `vw-monitor`.
  using Done = std::function<void(std::unique_ptr<Task>)>;

  explicit Engine(Done done);
  ~Engine() { Stop(); }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // False after Stop(): the task is dropped.
  bool Submit(std::unique_ptr<Task> task);
  // Waits for the jobs under way; drops those that have not begun.
  void Stop();
  // Nobody can name it any more: it is closed, after the jobs that still do.
  void Abandon(const std::shared_ptr<Namespace>& lost);

  int home() const { return home_.get(); }
  SocketCache& sockets() { return sockets_; }
  Removals& removals() { return removals_; }
  Families& families() { return families_; }
  Monitors& monitors() { return monitors_; }

 private:
  static constexpr size_t kMostBusy = 4;
  static constexpr size_t kMostThreads = 64;  // 60 asleep for 30 ms: more than RTNL lets through

  void Work(std::list<std::thread>::iterator self);
  Task* Next();
  std::unique_ptr<Task> Finish(Task& task);
  void CloseAbandoned(Namespace& lost);
  enum class Standing { kDropped, kReady, kWaits };
  Standing Enqueue(std::unique_ptr<Task> task);
  bool HaveWorker();
  void WakeWorker();
  bool Idle() const { return open_ == 0 && tasks_.empty(); }

  UniqueFd home_;
  Done done_;
  SocketCache sockets_;
  Removals removals_;
  Families families_;
  Monitors monitors_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::list<std::unique_ptr<Task>> tasks_;  // all that have not ended
  std::deque<Task*> begun_;  // those whose removal somebody else sends: they come first
  std::deque<Task*> ready_;
  std::list<std::thread> workers_, ended_;
  size_t idle_ = 0;  // workers that wait for work or are being started
  size_t busy_ = 0;  // and that run a job; the others sleep in a removal
  size_t open_ = 0;  // namespaces
  bool stopping_ = false;
};

}  // namespace vethwork::ns
