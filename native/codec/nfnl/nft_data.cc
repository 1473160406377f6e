// Values and verdicts: include/uapi/linux/netfilter/nf_tables.h, NFTA_DATA_*.
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/tables.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr uint32_t Code(int verdict) { return static_cast<uint32_t>(verdict); }

constexpr Name kCodes[] = {
    {NF_DROP, "drop"},          {NF_ACCEPT, "accept"},
    {NF_QUEUE, "queue"},        {Code(NFT_CONTINUE), "continue"},
    {Code(NFT_BREAK), "break"}, {Code(NFT_JUMP), "jump"},
    {Code(NFT_GOTO), "goto"},   {Code(NFT_RETURN), "return"},
};

constexpr Attribute kVerdictAttributes[] = {
    Be32(NFTA_VERDICT_CODE, "code", kCodes),
    Plain(NFTA_VERDICT_CHAIN, "chain", Type::kString),
    Be32(NFTA_VERDICT_CHAIN_ID, "chain_id"),
};
constexpr Table kVerdict = {kVerdictAttributes};

constexpr Attribute kDataAttributes[] = {
    Plain(NFTA_DATA_VALUE, "value", Type::kBytes),
    Nested(NFTA_DATA_VERDICT, "verdict", &kVerdict),
};

}  // namespace

const Table kData = {kDataAttributes};

}  // namespace vethwork::codec::nfnl
