// The messages of generic netlink that the codec knows, by family, in alphabetical order.
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/wireguard.h>

#include "codec/genl/tables.h"

namespace vethwork::codec::genl {
namespace {

constexpr MessageType Message(const Family* family, uint16_t command, std::string_view name,
                              const Table* table) {
  return {.number = command,
          .name = name,
          .header = &kNoHeader,
          .table = table,
          .origin = {.protocol = Protocol::kGeneric, .family = family}};
}

constexpr MessageType kList[] = {
    Message(&kControlFamily, CTRL_CMD_GETFAMILY, "CTRL_CMD_GETFAMILY", &kControl),
    Message(&kControlFamily, CTRL_CMD_NEWFAMILY, "CTRL_CMD_NEWFAMILY", &kControl),
    // Answers have the number of what they answer.
    Message(&kEthtoolFamily, ETHTOOL_MSG_FEATURES_GET, "ETHTOOL_MSG_FEATURES_GET",
            &kEthtoolFeatures),
    Message(&kEthtoolFamily, ETHTOOL_MSG_FEATURES_SET, "ETHTOOL_MSG_FEATURES_SET",
            &kEthtoolFeatures),
    Message(&kWireguardFamily, WG_CMD_GET_DEVICE, "WG_CMD_GET_DEVICE", &kWireguard),
    Message(&kWireguardFamily, WG_CMD_SET_DEVICE, "WG_CMD_SET_DEVICE", &kWireguard),
};

}  // namespace

const Layout kNoHeader = {0, {}};
const MessageTypes kMessages = kList;

}  // namespace vethwork::codec::genl
