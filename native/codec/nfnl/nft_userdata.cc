// What nft(8) keeps beside its objects, for itself: libnftnl's include/libnftnl/udata.h.
#include "codec/nfnl/tables.h"

namespace vethwork::codec::nfnl {
namespace {

constexpr Name kByteOrders[] = {{1, "host"}, {2, "big"}};  // enum byteorder of nft's datatype.h

constexpr Attribute kCommentAttributes[] = {
    Plain(0, "comment", Type::kString),  // NFTNL_UDATA_{TABLE,CHAIN,RULE,OBJ,SET_ELEM}_COMMENT
};

constexpr Attribute kSetAttributes[] = {
    U32(0, "key_byteorder", kByteOrders),   // NFTNL_UDATA_SET_KEYBYTEORDER
    U32(1, "data_byteorder", kByteOrders),  // NFTNL_UDATA_SET_DATABYTEORDER
    U32(2, "merge_elements"),               // NFTNL_UDATA_SET_MERGE_ELEMENTS
    U32(6, "data_interval"),                // NFTNL_UDATA_SET_DATA_INTERVAL
    Plain(7, "comment", Type::kString),     // NFTNL_UDATA_SET_COMMENT
};

}  // namespace

const Table kCommentUserdata = {kCommentAttributes};
const Table kSetUserdata = {kSetAttributes};

}  // namespace vethwork::codec::nfnl
