// The link kinds whose IFLA_INFO_DATA the codec knows, in alphabetical order.
#include "codec/rtnl/link_kind/tables.h"
#include "codec/rtnl/tables.h"

namespace vethwork::codec::rtnl {
namespace {

struct Kind {
  std::string_view name;
  const Table* data;
};

constexpr Kind kKinds[] = {
    {"bridge", &kBridge}, {"ipvlan", &kIpvlan}, {"macvlan", &kMacvlan}, {"macvtap", &kMacvlan},
    {"netkit", &kNetkit}, {"tun", &kTun},       {"veth", &kVeth},       {"vlan", &kVlanLink},
    {"vrf", &kVrf},       {"vxlan", &kVxlan},
};

}  // namespace

const Table* FindLinkKind(std::string_view kind) {
  for (const Kind& known : kKinds) {
    if (known.name == kind) return known.data;
  }
  return nullptr;
}

}  // namespace vethwork::codec::rtnl
