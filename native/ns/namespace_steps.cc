#include "ns/namespace_steps.h"

#include <fcntl.h>
#include <linux/netlink.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "ns/fields.h"

namespace vethwork::ns {

namespace {

using codec::Value;

// Reads the name of the namespace, off its socket.
void Identify(const Step& step, SocketCache::Socket socket) {
  step.in.cookie = socket->NamespaceCookie();
  step.GiveBack(std::move(socket));
  step.out.Open('{');
  step.out.Key("cookie");
  step.out.String(std::to_string(step.in.cookie));
  step.out.Close('}');
}

}  // namespace

void NamespaceSteps::Create(const Step& step) {
  if (step.in.IsOpen()) throw SysError(EBUSY, "unshare", "the handle has a namespace already");
  const Value* path = step.says.Find("path");
  const bool pinned = path && path->String();
  auto socket = step.place.Create(step.in, pinned ? std::string(*path->String()) : std::string());
  created_.push_back(&step.in);
  Identify(step, std::move(socket));
}

void NamespaceSteps::Open(const Step& step) {
  if (step.in.IsOpen()) throw SysError(EBUSY, "open", "the handle has a namespace already");
  if (const Value* given = step.says.Find("fd"); given && given->Number()) {
    UniqueFd copy(::fcntl(static_cast<int>(*given->Number()), F_DUPFD_CLOEXEC, 0));
    if (!copy) ThrowErrno("fcntl", "F_DUPFD_CLOEXEC");
    CheckIsNetworkNamespace(copy.get(), "the descriptor");
    step.in.fd = std::move(copy);
  } else {
    step.in.fd = OpenNamespaceFile(Text(step.says, "path"));
  }
  step.place.MarkIfHome(step.in);
  created_.push_back(&step.in);  // has no pin: taking it down closes it
  step.place.Enter(step.in);
  Identify(step, std::make_unique<socket::NetlinkSocket>(NETLINK_ROUTE));
}

void NamespaceSteps::Delete(const Step& step) {
  if (step.says.Find("path")) step.in.pin = Text(step.says, "path");
  std::optional<SysError> failed;
  try {
    if (!step.in.pin.empty()) Unpin(step.in);
  } catch (const SysError& error) {
    failed = error;
  }
  Close(step);
  if (failed) throw *failed;
}

void NamespaceSteps::Close(const Step& step) {
  step.engine.sockets().Close(&step.in);
  step.place.Leave(step.in);
  step.in.fd = UniqueFd();
  step.in.pin.clear();
  step.out.Raw("null");
}

void NamespaceSteps::TakeDownCreated(Engine& engine, Place& place) {
  for (Namespace* created : created_) {
    engine.sockets().Close(created);
    place.Leave(*created);
    try {
      if (!created->pin.empty()) Unpin(*created);
    } catch (const SysError&) {
      // the first error is the one to tell; the pin is found by its path
    }
    created->fd = UniqueFd();
  }
}

}  // namespace vethwork::ns
