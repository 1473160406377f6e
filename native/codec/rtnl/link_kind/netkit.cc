// netkit, a pair as veth is: include/uapi/linux/if_link.h. Since Linux 6.7, SCRUB since 6.12; none
// of it is in the headers of 6.1.
#include "codec/rtnl/link_kind/tables.h"
#include "codec/rtnl/tables.h"

namespace vethwork::codec::rtnl {
namespace {

enum {
  kPeerInfo = 1,  // IFLA_NETKIT_PEER_INFO
  kPrimary,
  kPolicy,
  kPeerPolicy,
  kMode,
  kScrub,
  kPeerScrub,
  kHeadroom,  // since Linux 6.15
  kTailroom,
};

constexpr Name kModes[] = {{0, "l2"}, {1, "l3"}};                 // enum netkit_mode
constexpr Name kPolicies[] = {{0, "forward"}, {2, "blackhole"}};  // NETKIT_PASS, NETKIT_DROP
constexpr Name kScrubs[] = {{0, "none"}, {1, "default"}};         // enum netkit_scrub

constexpr Attribute kNetkitAttributes[] = {
    NestedMessage(kPeerInfo, "peer", &kLinkHeader, &kLink),
    U8(kPrimary, "primary"),
    U32(kPolicy, "policy", kPolicies),
    U32(kPeerPolicy, "peer_policy", kPolicies),
    U32(kMode, "mode", kModes),
    U32(kScrub, "scrub", kScrubs),
    U32(kPeerScrub, "peer_scrub", kScrubs),
    U16(kHeadroom, "headroom"),
    U16(kTailroom, "tailroom"),
};

}  // namespace

const Table kNetkit = {kNetkitAttributes};

}  // namespace vethwork::codec::rtnl
