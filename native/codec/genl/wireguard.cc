// WireGuard devices: include/uapi/linux/wireguard.h, wg(8). Keys are hex here.
#include <linux/time_types.h>
#include <linux/wireguard.h>

#include "codec/genl/tables.h"
#include "codec/rtnl/names.h"

namespace vethwork::codec::genl {
namespace {

constexpr Attribute kAllowedIpAttributes[] = {
    {.number = WGALLOWEDIP_A_FAMILY,
     .name = "family",
     .type = Type::kU16,
     .names = rtnl::kFamilies},
    Plain(WGALLOWEDIP_A_IPADDR, "ipaddr", Type::kIp),
    U8(WGALLOWEDIP_A_CIDR_MASK, "cidr_mask"),
};
constexpr Table kAllowedIp = {kAllowedIpAttributes};

constexpr Name kPeerFlags[] = {{WGPEER_F_REMOVE_ME, "remove_me"},
                               {WGPEER_F_REPLACE_ALLOWEDIPS, "replace_allowedips"},
                               {WGPEER_F_UPDATE_ONLY, "update_only"}};
constexpr Field kTimeFields[] = {{offsetof(__kernel_timespec, tv_sec), 8, "sec"},
                                 {offsetof(__kernel_timespec, tv_nsec), 8, "nsec"}};
constexpr Layout kTime = {sizeof(__kernel_timespec), kTimeFields};
constexpr Attribute kPeerAttributes[] = {
    Plain(WGPEER_A_PUBLIC_KEY, "public_key", Type::kBytes),
    Plain(WGPEER_A_PRESHARED_KEY, "preshared_key", Type::kBytes),
    Bits32(WGPEER_A_FLAGS, "flags", kPeerFlags),
    Plain(WGPEER_A_ENDPOINT, "endpoint", Type::kSocketAddress),
    U16(WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, "persistent_keepalive_interval"),
    Struct(WGPEER_A_LAST_HANDSHAKE_TIME, "last_handshake_time", &kTime),
    Plain(WGPEER_A_RX_BYTES, "rx_bytes", Type::kU64),
    Plain(WGPEER_A_TX_BYTES, "tx_bytes", Type::kU64),
    List(WGPEER_A_ALLOWEDIPS, "allowedips", &kAllowedIp, 0),
    U32(WGPEER_A_PROTOCOL_VERSION, "protocol_version"),
};
constexpr Table kPeer = {kPeerAttributes};

constexpr Name kDeviceFlags[] = {{WGDEVICE_F_REPLACE_PEERS, "replace_peers"}};
constexpr Attribute kDeviceAttributes[] = {
    U32(WGDEVICE_A_IFINDEX, "ifindex"),
    Plain(WGDEVICE_A_IFNAME, "ifname", Type::kString),
    Plain(WGDEVICE_A_PRIVATE_KEY, "private_key", Type::kBytes),
    Plain(WGDEVICE_A_PUBLIC_KEY, "public_key", Type::kBytes),
    Bits32(WGDEVICE_A_FLAGS, "flags", kDeviceFlags),
    U16(WGDEVICE_A_LISTEN_PORT, "listen_port"),
    U32(WGDEVICE_A_FWMARK, "fwmark"),
    List(WGDEVICE_A_PEERS, "peers", &kPeer, 0),
};

}  // namespace

const Family kWireguardFamily = {WG_GENL_NAME, WG_GENL_VERSION};
const Table kWireguard = {kDeviceAttributes};

}  // namespace vethwork::codec::genl
