// All messages that the codec knows, of all protocols.
#include <linux/genetlink.h>

#include "codec/genl/tables.h"
#include "codec/nfnl/tables.h"
#include "codec/rtnl/tables.h"

namespace vethwork::codec {
namespace {

MessageTypes MessagesOf(Protocol protocol) {
  switch (protocol) {
    case Protocol::kRoute:
      return rtnl::kMessages;
    case Protocol::kNetfilter:
      return nfnl::kMessages;
    case Protocol::kGeneric:
      return genl::kMessages;
  }
  return {};
}

}  // namespace

const MessageType* FindMessageType(std::string_view name) {
  for (const Protocol protocol : {Protocol::kRoute, Protocol::kNetfilter, Protocol::kGeneric}) {
    for (const MessageType& type : MessagesOf(protocol)) {
      if (type.name == name) return &type;
    }
  }
  return nullptr;
}

const MessageType* FindMessageType(const Origin& origin, uint16_t number) {
  for (const MessageType& type : MessagesOf(origin.protocol)) {
    if (type.number == number && type.origin.family == origin.family) return &type;
  }
  return nullptr;
}

}  // namespace vethwork::codec
