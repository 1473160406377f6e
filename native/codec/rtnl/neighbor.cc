// Neighbors and the forwarding database of bridges: include/uapi/linux/neighbour.h, rtnetlink(7).
#include <linux/neighbour.h>

#include "codec/rtnl/names.h"
#include "codec/rtnl/tables.h"

namespace vethwork::codec::rtnl {
namespace {

constexpr Name kStates[] = {{NUD_INCOMPLETE, "incomplete"}, {NUD_REACHABLE, "reachable"},
                            {NUD_STALE, "stale"},           {NUD_DELAY, "delay"},
                            {NUD_PROBE, "probe"},           {NUD_FAILED, "failed"},
                            {NUD_NOARP, "noarp"},           {NUD_PERMANENT, "permanent"}};

constexpr Name kFlags[] = {{NTF_USE, "use"},
                           {NTF_SELF, "self"},
                           {NTF_MASTER, "master"},
                           {NTF_PROXY, "proxy"},
                           {NTF_EXT_LEARNED, "extern_learn"},
                           {NTF_OFFLOADED, "offload"},
                           {NTF_STICKY, "sticky"},
                           {NTF_ROUTER, "router"}};

constexpr Name kMoreFlags[] = {
    {1u << 0, "managed"},        // NTF_EXT_MANAGED, since Linux 5.16
    {1u << 1, "locked"},         // NTF_EXT_LOCKED, since Linux 6.2
    {1u << 2, "extern_valid"}};  // NTF_EXT_EXT_VALIDATED, since Linux 6.17

constexpr Field kNeighborFields[] = {
    {offsetof(ndmsg, ndm_family), 1, "family", kFamilies},
    {offsetof(ndmsg, ndm_ifindex), 4, "index", {}, false, true},
    {offsetof(ndmsg, ndm_state), 2, "state", kStates, true},
    {offsetof(ndmsg, ndm_flags), 1, "flags", kFlags, true},
    {offsetof(ndmsg, ndm_type), 1, "type"},
};

// In 1/100 s
constexpr Field kCacheFields[] = {
    {offsetof(nda_cacheinfo, ndm_confirmed), 4, "confirmed"},
    {offsetof(nda_cacheinfo, ndm_used), 4, "used"},
    {offsetof(nda_cacheinfo, ndm_updated), 4, "updated"},
    {offsetof(nda_cacheinfo, ndm_refcnt), 4, "refcnt"},
};
constexpr Layout kCache = {sizeof(nda_cacheinfo), kCacheFields};

constexpr Attribute kNeighborAttributes[] = {
    Plain(NDA_DST, "dst", Type::kIp),
    Plain(NDA_LLADDR, "lladdr", Type::kHardware),
    Struct(NDA_CACHEINFO, "cacheinfo", &kCache),
    U32(NDA_PROBES, "probes"),
    U16(NDA_VLAN, "vlan"),
    Plain(NDA_PORT, "port", Type::kBe16),
    U32(NDA_VNI, "vni"),
    Plain(NDA_IFINDEX, "ifindex", Type::kLinkIndex),
    Plain(NDA_MASTER, "master", Type::kLinkIndex),
    Plain(NDA_LINK_NETNSID, "link_netnsid", Type::kS32),
    U32(NDA_SRC_VNI, "src_vni"),
    U8(NDA_PROTOCOL, "protocol", kProtocols),
    U32(NDA_NH_ID, "nh_id"),
    Bits32(NDA_FLAGS_EXT, "flags_ext", kMoreFlags),
    {.number = NDA_NDM_STATE_MASK,
     .name = "ndm_state_mask",
     .type = Type::kU16,
     .names = kStates,
     .bits = true},
};

}  // namespace

const Layout kNeighborHeader = {sizeof(ndmsg), kNeighborFields};
const Table kNeighbor = {kNeighborAttributes};

}  // namespace vethwork::codec::rtnl
