#include "ns/opening_steps.h"

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/unique_fd.h"
#include "codec/groups.h"
#include "ns/fields.h"
#include "ns/hold.h"
#include "ns/inet_socket.h"
#include "ns/request.h"

namespace vethwork::ns {

using codec::Value;

namespace {

// {"fd": n, ...}: JavaScript's from then on. `more` writes what else there is to say.
template <typename More>
void HandOut(const Step& step, UniqueFd fd, More more) {
  step.out.Open('{');
  step.out.Key("fd");
  step.out.Signed(fd.get());
  more();
  step.out.Close('}');
  step.task.handed_out.push_back(std::move(fd));
}

}  // namespace

void OpenSocketStep(const Step& step) {
  step.place.Enter(step.in);
  const Value& says = step.says;
  InetSocket opened = OpenInetSocket(Text(says, "type") == "tcp", Text(says, "address"),
                                     static_cast<uint16_t>(Integer(says, "port")));
  HandOut(step, std::move(opened.fd), [&] {
    step.out.Key("port");
    step.out.Unsigned(opened.port);
  });
}

TunWish TunWishOf(const Step& step) {
  const Value& says = step.says;
  return {
      .tap = View(says, "type") == "tap",
      .name = says.Find("name") ? Text(says, "name") : std::string(),
      .index = MaybeInteger(says, "index"),
      .packet_information = Flag(says, "packetInformation"),
      .vnet_header = Flag(says, "vnetHeader"),
      .multi_queue = Flag(says, "multiQueue"),
      .blocking = Flag(says, "blocking"),
      .owner = MaybeInteger(says, "owner"),
      .group = MaybeInteger(says, "ownerGroup"),
  };
}

void OpenTunStep(const Step& step, const TunWish& wish) {
  step.place.Enter(step.in);
  TunQueue opened = OpenTun(wish);
  HandOut(step, std::move(opened.fd), [&] {
    step.out.Key("name");
    step.out.String(opened.name);
  });
}

void HoldStep(const Step& step) {
  const uint32_t feed = Integer(step.says, "feed");
  step.place.Enter(step.in);
  step.engine.monitors().Keep(feed, TakeHold(Text(step.says, "name")));
  step.out.Raw("null");
}

void SubscribeStep(const Step& step) {
  const uint32_t feed = Integer(step.says, "feed");
  const codec::Array* groups = List(step.says, "groups");
  const Value* queue = step.says.Find("queue");
  if (!groups) Malformed("has a subscription without groups");
  step.place.Enter(step.in);
  std::map<int, std::pair<std::unique_ptr<socket::NetlinkSocket>, codec::Origin>> sockets;
  for (const Value& name : *groups) {
    const codec::Group* group = name.String() ? codec::FindGroup(*name.String()) : nullptr;
    if (group == nullptr) Malformed("has a group that is not known");
    const int protocol = ProtocolNumber(group->origin);
    auto& [socket, origin] = sockets[protocol];
    if (!socket) {
      socket = std::make_unique<socket::NetlinkSocket>(protocol);
      origin = group->origin;
      if (queue) socket->ResizeQueue(static_cast<int>(Integer(step.says, "queue")));
      if (Flag(step.says, "all")) socket->ListenToAllNamespaces();
    }
    socket->JoinGroup(group->number);
  }
  for (auto& [protocol, one] : sockets) {
    step.engine.monitors().Listen(feed, std::move(one.first), one.second);
  }
  step.out.Raw("null");
}

}  // namespace vethwork::ns
