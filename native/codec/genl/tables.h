// The tables of generic netlink, one family a file; registry.cc lists the messages.
#pragma once

#include <cstddef>

#include "codec/table.h"

namespace vethwork::codec::genl {

extern const MessageTypes kMessages;

extern const Layout kNoHeader;         // of a family without a header of its own
extern const Family kControlFamily;    // "nlctrl"
extern const Table kControl;           // CTRL_ATTR_*
extern const Family kEthtoolFamily;    // "ethtool"
extern const Table kEthtoolFeatures;   // ETHTOOL_A_FEATURES_*
extern const Family kWireguardFamily;  // "wireguard"
extern const Table kWireguard;         // WGDEVICE_A_*

}  // namespace vethwork::codec::genl
