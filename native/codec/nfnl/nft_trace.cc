// The way of one packet through rulesets: include/uapi/linux/netfilter/nf_tables.h,
// net/netfilter/nf_tables_trace.c.
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/tables.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kTypes[] = {{NFT_TRACETYPE_POLICY, "policy"},
                           {NFT_TRACETYPE_RETURN, "return"},
                           {NFT_TRACETYPE_RULE, "rule"}};

constexpr uint32_t Code(int code) { return static_cast<uint32_t>(code); }

constexpr Name kVerdicts[] = {{NF_DROP, "drop"},          {NF_ACCEPT, "accept"},
                              {NF_STOLEN, "stolen"},      {NF_QUEUE, "queue"},
                              {NF_REPEAT, "repeat"},      {Code(NFT_CONTINUE), "continue"},
                              {Code(NFT_BREAK), "break"}, {Code(NFT_JUMP), "jump"},
                              {Code(NFT_GOTO), "goto"},   {Code(NFT_RETURN), "return"}};

constexpr Name kProtocols[] = {{NFPROTO_IPV4, "ip"},       {NFPROTO_ARP, "arp"},
                               {NFPROTO_NETDEV, "netdev"}, {NFPROTO_BRIDGE, "bridge"},
                               {NFPROTO_IPV6, "ip6"},      {NFPROTO_INET, "inet"}};

constexpr Attribute kVerdictAttributes[] = {
    Be32(NFTA_VERDICT_CODE, "code", kVerdicts),
    Plain(NFTA_VERDICT_CHAIN, "chain", Type::kString),
};
constexpr Table kVerdict = {kVerdictAttributes};

constexpr Attribute kTraceAttributes[] = {
    Plain(NFTA_TRACE_TABLE, "table", Type::kString),
    Plain(NFTA_TRACE_CHAIN, "chain", Type::kString),
    Be64(NFTA_TRACE_RULE_HANDLE, "rule_handle"),
    Be32(NFTA_TRACE_TYPE, "type", kTypes),
    Nested(NFTA_TRACE_VERDICT, "verdict", &kVerdict),
    Be32(NFTA_TRACE_ID, "id"),
    Plain(NFTA_TRACE_LL_HEADER, "ll_header", Type::kBytes),
    Plain(NFTA_TRACE_NETWORK_HEADER, "network_header", Type::kBytes),
    Plain(NFTA_TRACE_TRANSPORT_HEADER, "transport_header", Type::kBytes),
    Be32(NFTA_TRACE_IIF, "iif"),
    Be32(NFTA_TRACE_OIF, "oif"),
    Be32(NFTA_TRACE_MARK, "mark"),
    Be32(NFTA_TRACE_NFPROTO, "nfproto", kProtocols),
    Be32(NFTA_TRACE_POLICY, "policy", kVerdicts),
};

}  // namespace

const Table kTrace = {kTraceAttributes};

}  // namespace vethwork::codec::nfnl
