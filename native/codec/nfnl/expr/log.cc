// A line in the log, or a packet to NFLOG: include/uapi/linux/netfilter/nf_tables.h, NFTA_LOG_*.
#include <linux/netfilter/nf_log.h>
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/expr/tables.h"
#include "codec/nfnl/names.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kLevels[] = {
    {NFT_LOGLEVEL_EMERG, "emerg"}, {NFT_LOGLEVEL_ALERT, "alert"},  {NFT_LOGLEVEL_CRIT, "crit"},
    {NFT_LOGLEVEL_ERR, "err"},     {NFT_LOGLEVEL_WARNING, "warn"}, {NFT_LOGLEVEL_NOTICE, "notice"},
    {NFT_LOGLEVEL_INFO, "info"},   {NFT_LOGLEVEL_DEBUG, "debug"},  {NFT_LOGLEVEL_AUDIT, "audit"},
};

constexpr Name kFlags[] = {
    {NF_LOG_TCPSEQ, "tcp_sequence"}, {NF_LOG_TCPOPT, "tcp_options"}, {NF_LOG_IPOPT, "ip_options"},
    {NF_LOG_UID, "skuid"},           {NF_LOG_MACDECODE, "ether"},
};

constexpr Attribute kAttributes[] = {
    Be16(NFTA_LOG_GROUP, "group"),          Plain(NFTA_LOG_PREFIX, "prefix", Type::kString),
    Be32(NFTA_LOG_SNAPLEN, "snaplen"),      Be16(NFTA_LOG_QTHRESHOLD, "qthreshold"),
    Be32(NFTA_LOG_LEVEL, "level", kLevels), BeBits32(NFTA_LOG_FLAGS, "flags", kFlags),
};

}  // namespace

const Table kLog = {kAttributes};

}  // namespace vethwork::codec::nfnl
