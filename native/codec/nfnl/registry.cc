// The messages of nfnetlink that the codec knows, by subsystem, in alphabetical order.
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "codec/nfnl/tables.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kProtocolFamilies[] = {{NFPROTO_UNSPEC, "unspec"}, {NFPROTO_INET, "inet"},
                                      {NFPROTO_IPV4, "ip"},       {NFPROTO_ARP, "arp"},
                                      {NFPROTO_NETDEV, "netdev"}, {NFPROTO_BRIDGE, "bridge"},
                                      {NFPROTO_IPV6, "ip6"}};

constexpr Field kFields[] = {
    {.offset = offsetof(nfgenmsg, nfgen_family),
     .size = 1,
     .name = "family",
     .names = kProtocolFamilies},
    {.offset = offsetof(nfgenmsg, res_id), .size = 2, .name = "res_id", .big_endian = true},
};

constexpr MessageType Tables(uint16_t number, std::string_view name, const Table* table) {
  return {.number = static_cast<uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | number),
          .name = name,
          .header = &kHeader,
          .table = table,
          .origin = {.protocol = Protocol::kNetfilter}};
}

constexpr MessageType Conntrack(uint16_t number, std::string_view name, const Table* table) {
  return {.number = static_cast<uint16_t>(NFNL_SUBSYS_CTNETLINK << 8 | number),
          .name = name,
          .header = &kHeader,
          .table = table,
          .origin = {.protocol = Protocol::kNetfilter}};
}

constexpr MessageType kList[] = {
    Conntrack(IPCTNL_MSG_CT_DELETE, "IPCTNL_MSG_CT_DELETE", &kConntrack),
    Conntrack(IPCTNL_MSG_CT_GET, "IPCTNL_MSG_CT_GET", &kConntrack),
    Conntrack(IPCTNL_MSG_CT_GET_STATS, "IPCTNL_MSG_CT_GET_STATS", &kConntrackTotals),
    Conntrack(IPCTNL_MSG_CT_NEW, "IPCTNL_MSG_CT_NEW", &kConntrack),
    Tables(NFT_MSG_DELTABLE, "NFT_MSG_DELTABLE", &kTable),
    Tables(NFT_MSG_GETGEN, "NFT_MSG_GETGEN", &kGeneration),
    Tables(NFT_MSG_GETTABLE, "NFT_MSG_GETTABLE", &kTable),
    Tables(NFT_MSG_NEWGEN, "NFT_MSG_NEWGEN", &kGeneration),
    Tables(NFT_MSG_NEWTABLE, "NFT_MSG_NEWTABLE", &kTable),
    Tables(NFT_MSG_TRACE, "NFT_MSG_TRACE", &kTrace),
};

}  // namespace

const Layout kHeader = {sizeof(nfgenmsg), kFields};
const MessageTypes kMessages = kList;

}  // namespace vethwork::codec::nfnl
