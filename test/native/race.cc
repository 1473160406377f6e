// The engine under ThreadSanitizer, without Node: several threads submit jobs to namespaces of
// their own and to shared ones, make, ask, listen, remove and close, and stop the engine at any
// moment.
//   race SECONDS
// Runs where tests run: in namespaces of its own, as root.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/sys_error.h"
#include "ns/engine.h"

namespace vethwork {
namespace {

using ns::Engine;
using ns::Namespace;
using ns::Task;

constexpr size_t kThreads = 4, kShared = 3;
constexpr size_t kMostPending = 32;  // a thread: more would be memory, not races

using Target = std::shared_ptr<Namespace>;

std::atomic<size_t> done{0}, refused{0};

// Counts what one thread has under way, as the promises of one environment are counted.
struct Pending {
  std::mutex mutex;
  std::condition_variable changed;
  size_t count = 0;

  void Begin() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return count < kMostPending; });
    count++;
  }
  void End() {
    std::lock_guard lock(mutex);
    count--;
    changed.notify_all();  // with the lock held: who waits may end us
  }
};

struct Ticket : ns::Cargo {
  explicit Ticket(Pending& pending) : pending(pending) { pending.Begin(); }
  ~Ticket() override { pending.End(); }  // dropped by Stop() too
  Pending& pending;
};

void OnEnded(std::unique_ptr<Task> task) {
  (task->result.starts_with("{\"error\"") ? refused : done)++;
}

std::string Job(const std::string& steps) { return "{\"steps\":[" + steps + "]}"; }

// What a namespace is asked; each may fail, for another thread was there before.
std::string Step(unsigned which) {
  const std::string name = "\"br" + std::to_string(which % 5) + "\"";
  switch (which % 9) {
    case 0:
      return R"({"do":"request","in":0,"messages":[{"type":"RTM_NEWLINK","flags":["create","excl",)"
             R"("echo"],"attributes":{"ifname":)" +
             name + R"(,"linkinfo":{"kind":"bridge"}}}]})";
    case 1:
      return R"({"do":"remove","in":0,"message":{"type":"RTM_DELLINK","flags":["ack","echo"],)"
             R"("header":{"index":)" +
             name + "}}}";
    case 2:
      return R"({"do":"dump","in":0,"message":{"type":"RTM_GETLINK","flags":["dump"]}})";
    case 3:
      return R"({"do":"sysctl","in":0,"path":"net/ipv4/ip_forward","value":"1"})";
    case 4:
      return R"({"do":"transaction","in":0,"messages":[{"type":"NFT_MSG_NEWTABLE","flags":)"
             R"(["create","echo"],"header":{"family":"inet"},"attributes":{"name":"t"}}]})";
    case 5:
      return R"({"do":"dump","in":0,"message":{"type":"CTRL_CMD_GETFAMILY","flags":["dump"]}})";
    default: {
      std::string messages;
      for (int i = 0; i < 20; i++) {
        messages += i ? "," : "";
        messages += R"({"type":"RTM_GETLINK","flags":["ack"],"attributes":{"ifname":"lo"}})";
      }
      return R"({"do":"request","in":0,"messages":[)" + messages + "]}";
    }
  }
}

class Environment {
 public:
  explicit Environment(Engine& engine) : engine_(engine) {}
  ~Environment() {
    std::unique_lock lock(pending_.mutex);
    pending_.changed.wait(lock, [this] { return pending_.count == 0; });
  }

  void Run(std::vector<Target> targets, const std::string& steps) {
    auto task = std::make_unique<Task>();
    task->namespaces = std::move(targets);
    task->text = Job(steps);
    task->cargo = std::make_unique<Ticket>(pending_);
    engine_.Submit(std::move(task));
  }

  // A life of its own: made, used beside a shared one, a pair between the two, closed or forgotten.
  void Live(const Target& shared, unsigned dice) {
    const auto own = std::make_shared<Namespace>();
    Run({own}, R"({"do":"create","in":0})");
    for (unsigned i = 0; i < 6; i++) Run({i % 2 ? shared : own}, Step(dice / 7 + i));
    Run({own, shared},
        R"({"do":"request","in":0,"messages":[{"type":"RTM_NEWLINK","flags":["create","excl",)"
        R"("echo"],"attributes":{"ifname":"v0","linkinfo":{"kind":"veth","data":{"peer":{"header":{},)"
        R"("attributes":{"net_ns_fd":{"namespace":1}}}}}}}]})");
    Listen(own, dice);
    Hold(shared, dice);
    if (dice % 3 != 0) Run({own}, R"({"do":"close","in":0})");
    engine_.Abandon(own);
  }

 private:
  void Listen(const Target& own, unsigned dice) {
    const uint32_t feed = engine_.monitors().Open();
    Run({own}, R"({"do":"subscribe","in":0,"feed":)" + std::to_string(feed) +
                   R"(,"groups":["RTNLGRP_LINK","NFNLGRP_NFTABLES"]},)" + Step(dice % 2 * 4));
    auto task = std::make_unique<Task>();
    task->cargo = std::make_unique<Ticket>(pending_);
    engine_.monitors().Next(feed, std::move(task));
    engine_.monitors().Close(feed);
  }

  // A name that other threads want too; let go while they ask whose it is.
  void Hold(const Target& shared, unsigned dice) {
    const uint32_t feed = engine_.monitors().Open();
    Run({shared}, R"({"do":"hold","in":0,"feed":)" + std::to_string(feed) + R"(,"name":"race/)" +
                      std::to_string(dice % 2) + R"("})");
    if (dice % 2 != 0) Run({shared}, Step(2));
    auto task = std::make_unique<Task>();
    task->cargo = std::make_unique<Ticket>(pending_);
    engine_.monitors().Next(feed, std::move(task));
    engine_.monitors().Close(feed);
  }

  Engine& engine_;
  Pending pending_;
};

// One engine from its making to its end, which may come while all are at work.
void Round(unsigned seed, bool abrupt) {
  Engine engine(OnEnded);
  std::vector<Target> shared;
  {
    Environment maker(engine);
    for (size_t i = 0; i < kShared; i++) {
      shared.push_back(std::make_shared<Namespace>());
      maker.Run({shared.back()}, R"({"do":"create","in":0})");
    }
  }
  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < kThreads; thread++) {
    threads.emplace_back([&engine, &shared, seed, thread] {
      std::minstd_rand dice(seed * 31 + thread + 1);
      Environment environment(engine);
      for (int life = 0; life < 5; life++) {
        try {
          environment.Live(shared[dice() % kShared], static_cast<unsigned>(dice()));
        } catch (const SysError& error) {  // the engine was stopped
          if (error.number != ECANCELED) throw;
        }
      }
    });
  }
  if (abrupt) {
    std::this_thread::sleep_for(std::chrono::milliseconds(seed % 40));
    engine.Stop();
  }
  for (std::thread& thread : threads) thread.join();
  for (const Target& one : shared) engine.Abandon(one);
  engine.Stop();
}

}  // namespace
}  // namespace vethwork

int main(int count, char** words) {
  const int seconds = count > 1 ? std::atoi(words[1]) : 10;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  unsigned round = 0;
  for (; std::chrono::steady_clock::now() < end; round++) {
    vethwork::Round(round, round % 2 == 1);
  }
  std::printf("%u engines, %zu jobs done, %zu refused\n", round, vethwork::done.load(),
              vethwork::refused.load());
  return vethwork::done > vethwork::refused ? 0 : 1;
}
