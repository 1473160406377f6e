// One transaction of nftables: all of it happens, or nothing.
#pragma once

#include <optional>
#include <vector>

#include "codec/codec.h"
#include "ns/request.h"
#include "socket/netlink_socket.h"

namespace vethwork::ns {

// Sends the messages between NFNL_MSG_BATCH_BEGIN and _END. With `generation`, only where the
// ruleset is still of that one (NFNL_BATCH_GENID): else SysError ERESTART.
// Throws the first refusal, with `message` set where it is of one message. The answers are what
// messages with the flag "echo" made.
std::vector<Answers> Transact(socket::NetlinkSocket& socket, codec::Resolver& resolver,
                              const codec::Array& messages, std::optional<uint32_t> generation);

// Whether they make a table that belongs to the socket that they are sent on.
bool MakesOwner(const codec::Array& messages);

}  // namespace vethwork::ns
