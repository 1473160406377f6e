// The masters whose ports' IFLA_INFO_SLAVE_DATA the codec knows, in alphabetical order.
#include <linux/if_link.h>

#include "codec/rtnl/tables.h"

namespace vethwork::codec::rtnl {
namespace {

constexpr Attribute kVrfPortAttributes[] = {
    U32(IFLA_VRF_PORT_TABLE, "table"),
};
constexpr Table kVrfPort = {kVrfPortAttributes};

}  // namespace

const Table* FindPortKind(std::string_view kind) {
  if (kind == "bridge") return &kBridgePortOptions;
  if (kind == "vrf") return &kVrfPort;
  return nullptr;
}

}  // namespace vethwork::codec::rtnl
