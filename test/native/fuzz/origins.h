// Which protocol and family the bytes of an input are of: nlmsg_pid of the first message, which the
// codec does not look at, counts through them.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/genl/tables.h"
#include "codec/nfnl/tables.h"
#include "codec/rtnl/tables.h"
#include "codec/wire.h"

namespace vethwork::fuzz {

inline std::vector<const codec::MessageType*> AllMessages() {
  std::vector<const codec::MessageType*> all;
  for (const codec::MessageTypes list :
       {codec::rtnl::kMessages, codec::nfnl::kMessages, codec::genl::kMessages}) {
    for (const codec::MessageType& type : list) all.push_back(&type);
  }
  return all;
}

// rtnetlink, nfnetlink, then the families in the order of their registry.
inline const std::vector<codec::Origin>& Origins() {
  static const std::vector<codec::Origin> origins = [] {
    std::vector<codec::Origin> found;
    for (const codec::MessageType* type : AllMessages()) {
      bool known = false;
      for (const codec::Origin& origin : found) {
        known = known ||
                (origin.protocol == type->origin.protocol && origin.family == type->origin.family);
      }
      if (!known) found.push_back(type->origin);
    }
    return found;
  }();
  return origins;
}

inline const codec::Origin& OriginOf(codec::View bytes) {
  const uint32_t which =
      bytes.size() < NLMSG_HDRLEN ? 0 : codec::Load<nlmsghdr>(bytes.data()).nlmsg_pid;
  return Origins()[which % Origins().size()];
}

// Calls `each` for every message of a stream; what is left at its end is no message.
template <typename Each>
void ForEachMessage(codec::View bytes, Each each) {
  while (bytes.size() >= NLMSG_HDRLEN) {
    const uint32_t length = codec::Load<nlmsghdr>(bytes.data()).nlmsg_len;
    if (length < NLMSG_HDRLEN || length > bytes.size()) return;
    each(bytes.first(length));
    const size_t step = codec::Align(length);
    bytes = step >= bytes.size() ? codec::View{} : bytes.subspan(step);
  }
}

}  // namespace vethwork::fuzz
