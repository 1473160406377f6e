// Who listens: sockets that have joined multicast groups, names that are held (ns/hold.h), and one
// thread that looks after them.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "base/unique_fd.h"
#include "codec/table.h"
#include "socket/netlink_socket.h"

namespace vethwork::ns {

struct Task;

// A feed is what one monitor reads: one or more sockets. They are read when somebody has asked for
// more and not otherwise: who does not ask lets the kernel's queue overrun, and is told so.
// The thread, `vw-monitor`, exists while a feed is open.
class Monitors {
 public:
  using Done = std::function<void(std::unique_ptr<Task>)>;  // called on `vw-monitor`

  explicit Monitors(Done done) : done_(std::move(done)) {}
  ~Monitors() { Stop(); }
  Monitors(const Monitors&) = delete;
  Monitors& operator=(const Monitors&) = delete;

  // A feed without sockets. From a thread that is at home: `vw-monitor` begins where it is.
  uint32_t Open();
  // Gives the feed a socket, from any thread; one of a feed that is closed by now is dropped.
  void Listen(uint32_t feed, std::unique_ptr<socket::NetlinkSocket> socket, codec::Origin origin);
  // Gives it a name that is held, for as long as it is open; whoever asks whose it is is dismissed.
  void Keep(uint32_t feed, UniqueFd hold);
  // Ends `task` when there is something: [{"message": {...}, "nsid"?, "flags"?}, ...]. An entry
  // may be {"overrun": true}, what the kernel dropped, after all that it had kept; or {"error":
  // {...}}, the last. The result is empty when the feed is closed, and with it
  // all of its sockets. False: it is closed already.
  bool Next(uint32_t feed, std::unique_ptr<Task> task);
  void Close(uint32_t feed);  // twice is no error
  void Stop();                // drops what was asked for

 private:
  struct Source {
    std::unique_ptr<socket::NetlinkSocket> socket;
    codec::Origin origin;
    bool overrun = false;  // to be told when what was kept has been read
    bool failed = false;
  };
  struct Feed {
    std::vector<Source> sources;
    UniqueFd hold;
    std::deque<std::unique_ptr<Task>> asked;
  };
  struct Listened {
    uint32_t feed;
    Source source;
  };
  struct Kept {
    uint32_t feed;
    UniqueFd hold;
  };
  struct Asked {
    uint32_t feed;
    std::unique_ptr<Task> task;
  };
  struct Closed {
    uint32_t feed;
  };
  using Command = std::variant<Listened, Kept, Asked, Closed>;

  void Post(Command command);  // with the lock held
  void Run();
  void Obey(Listened& listened);
  void Obey(Kept& kept);
  void Obey(Asked& asked);
  void Obey(Closed& closed);
  void Answer(uint32_t id, Feed& feed);
  bool Read(Source& source, std::string& text, size_t& count);
  void Arm(uint32_t id, const Source& source, int verb);

  Done done_;
  std::mutex mutex_;
  std::deque<Command> commands_;
  std::set<uint32_t> open_;
  uint32_t last_ = 0;
  bool running_ = false;
  bool stopping_ = false;
  UniqueFd wake_;   // eventfd
  UniqueFd ready_;  // epoll
  std::thread thread_;

  std::map<uint32_t, Feed> feeds_;  // the thread's own, while it runs
};

}  // namespace vethwork::ns
