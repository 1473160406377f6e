// The messages of nfnetlink that the codec knows, by subsystem, in alphabetical order.
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "codec/nfnl/names.h"
#include "codec/nfnl/tables.h"

namespace vethwork::codec::nfnl {
namespace {

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

// Since Linux 6.3.
enum : uint16_t {
  kDestroyTable = 26,
  kDestroyChain,
  kDestroyRule,
  kDestroySet,
  kDestroyElements,
  kDestroyObject,
  kDestroyFlowtable,
};

constexpr MessageType kList[] = {
    Conntrack(IPCTNL_MSG_CT_DELETE, "IPCTNL_MSG_CT_DELETE", &kConntrack),
    Conntrack(IPCTNL_MSG_CT_GET, "IPCTNL_MSG_CT_GET", &kConntrack),
    Conntrack(IPCTNL_MSG_CT_GET_STATS, "IPCTNL_MSG_CT_GET_STATS", &kConntrackTotals),
    Conntrack(IPCTNL_MSG_CT_NEW, "IPCTNL_MSG_CT_NEW", &kConntrack),
    Tables(NFT_MSG_DELCHAIN, "NFT_MSG_DELCHAIN", &kChain),
    Tables(NFT_MSG_DELFLOWTABLE, "NFT_MSG_DELFLOWTABLE", &kFlowtable),
    Tables(NFT_MSG_DELOBJ, "NFT_MSG_DELOBJ", &kObject),
    Tables(NFT_MSG_DELRULE, "NFT_MSG_DELRULE", &kRule),
    Tables(NFT_MSG_DELSET, "NFT_MSG_DELSET", &kSet),
    Tables(NFT_MSG_DELSETELEM, "NFT_MSG_DELSETELEM", &kElements),
    Tables(NFT_MSG_DELTABLE, "NFT_MSG_DELTABLE", &kTable),
    Tables(kDestroyChain, "NFT_MSG_DESTROYCHAIN", &kChain),
    Tables(kDestroyFlowtable, "NFT_MSG_DESTROYFLOWTABLE", &kFlowtable),
    Tables(kDestroyObject, "NFT_MSG_DESTROYOBJ", &kObject),
    Tables(kDestroyRule, "NFT_MSG_DESTROYRULE", &kRule),
    Tables(kDestroySet, "NFT_MSG_DESTROYSET", &kSet),
    Tables(kDestroyElements, "NFT_MSG_DESTROYSETELEM", &kElements),
    Tables(kDestroyTable, "NFT_MSG_DESTROYTABLE", &kTable),
    Tables(NFT_MSG_GETCHAIN, "NFT_MSG_GETCHAIN", &kChain),
    Tables(NFT_MSG_GETFLOWTABLE, "NFT_MSG_GETFLOWTABLE", &kFlowtable),
    Tables(NFT_MSG_GETGEN, "NFT_MSG_GETGEN", &kGeneration),
    Tables(NFT_MSG_GETOBJ, "NFT_MSG_GETOBJ", &kObject),
    Tables(NFT_MSG_GETRULE, "NFT_MSG_GETRULE", &kRule),
    Tables(NFT_MSG_GETSET, "NFT_MSG_GETSET", &kSet),
    Tables(NFT_MSG_GETSETELEM, "NFT_MSG_GETSETELEM", &kElements),
    Tables(NFT_MSG_GETTABLE, "NFT_MSG_GETTABLE", &kTable),
    Tables(NFT_MSG_NEWCHAIN, "NFT_MSG_NEWCHAIN", &kChain),
    Tables(NFT_MSG_NEWFLOWTABLE, "NFT_MSG_NEWFLOWTABLE", &kFlowtable),
    Tables(NFT_MSG_NEWGEN, "NFT_MSG_NEWGEN", &kGeneration),
    Tables(NFT_MSG_NEWOBJ, "NFT_MSG_NEWOBJ", &kObject),
    Tables(NFT_MSG_NEWRULE, "NFT_MSG_NEWRULE", &kRule),
    Tables(NFT_MSG_NEWSET, "NFT_MSG_NEWSET", &kSet),
    Tables(NFT_MSG_NEWSETELEM, "NFT_MSG_NEWSETELEM", &kElements),
    Tables(NFT_MSG_NEWTABLE, "NFT_MSG_NEWTABLE", &kTable),
    Tables(NFT_MSG_TRACE, "NFT_MSG_TRACE", &kTrace),
};

}  // namespace

const Layout kHeader = {sizeof(nfgenmsg), kFields};
const MessageTypes kMessages = kList;

}  // namespace vethwork::codec::nfnl
