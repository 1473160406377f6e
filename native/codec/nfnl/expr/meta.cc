// What the kernel knows of a packet beside its bytes: include/uapi/linux/netfilter/nf_tables.h,
// NFTA_META_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kKeys[] = {
    {NFT_META_LEN, "len"},
    {NFT_META_PROTOCOL, "protocol"},
    {NFT_META_PRIORITY, "priority"},
    {NFT_META_MARK, "mark"},
    {NFT_META_IIF, "iif"},
    {NFT_META_OIF, "oif"},
    {NFT_META_IIFNAME, "iifname"},
    {NFT_META_OIFNAME, "oifname"},
    {NFT_META_IIFTYPE, "iiftype"},
    {NFT_META_OIFTYPE, "oiftype"},
    {NFT_META_SKUID, "skuid"},
    {NFT_META_SKGID, "skgid"},
    {NFT_META_NFTRACE, "nftrace"},
    {NFT_META_RTCLASSID, "rtclassid"},
    {NFT_META_SECMARK, "secmark"},
    {NFT_META_NFPROTO, "nfproto"},
    {NFT_META_L4PROTO, "l4proto"},
    {NFT_META_BRI_IIFNAME, "bri_iifname"},
    {NFT_META_BRI_OIFNAME, "bri_oifname"},
    {NFT_META_PKTTYPE, "pkttype"},
    {NFT_META_CPU, "cpu"},
    {NFT_META_IIFGROUP, "iifgroup"},
    {NFT_META_OIFGROUP, "oifgroup"},
    {NFT_META_CGROUP, "cgroup"},
    {NFT_META_PRANDOM, "prandom"},
    {NFT_META_SECPATH, "secpath"},
    {NFT_META_IIFKIND, "iifkind"},
    {NFT_META_OIFKIND, "oifkind"},
    {NFT_META_BRI_IIFPVID, "bri_iifpvid"},
    {NFT_META_BRI_IIFVPROTO, "bri_iifvproto"},
    {NFT_META_TIME_NS, "time_ns"},
    {NFT_META_TIME_DAY, "time_day"},
    {NFT_META_TIME_HOUR, "time_hour"},
    {NFT_META_SDIF, "sdif"},
    {NFT_META_SDIFNAME, "sdifname"},
};

constexpr Attribute kAttributes[] = {
    Be32(NFTA_META_DREG, "dreg", kRegisters),
    Be32(NFTA_META_KEY, "key", kKeys),
    Be32(NFTA_META_SREG, "sreg", kRegisters),
};

}  // namespace

const Table kMeta = {kAttributes};

}  // namespace vethwork::codec::nfnl
