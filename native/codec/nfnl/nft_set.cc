// Sets and maps of nftables: include/uapi/linux/netfilter/nf_tables.h, NFTA_SET_*.
#include <linux/netfilter/nf_tables.h>

#include "codec/nfnl/names.h"
#include "codec/nfnl/tables.h"

namespace vethwork::codec::nfnl {
namespace {

// enum datatypes of nft's include/datatype.h: the kernel keeps them for nft. 6 bits each
// (TYPE_BITS).
constexpr uint16_t kDatatypeBits = 6;
constexpr Name kDatatypes[] = {
    {NFT_DATA_VERDICT, "verdict"},
    {2, "nf_proto"},
    {3, "bitmask"},
    {4, "integer"},
    {5, "string"},
    {6, "ll_addr"},
    {7, "ipv4_addr"},
    {8, "ipv6_addr"},
    {9, "ether_addr"},
    {10, "ether_type"},
    {11, "arp_op"},
    {12, "inet_proto"},
    {13, "inet_service"},
    {14, "icmp_type"},
    {15, "tcp_flag"},
    {16, "dccp_pkttype"},
    {17, "mh_type"},
    {18, "time"},
    {19, "mark"},
    {20, "iface_index"},
    {21, "iface_type"},
    {22, "realm"},
    {23, "classid"},
    {24, "uid"},
    {25, "gid"},
    {26, "ct_state"},
    {27, "ct_dir"},
    {28, "ct_status"},
    {29, "icmpv6_type"},
    {30, "ct_label"},
    {31, "pkt_type"},
    {32, "icmp_code"},
    {33, "icmpv6_code"},
    {34, "icmpx_code"},
    {35, "devgroup"},
    {36, "dscp"},
    {37, "ecn"},
    {38, "fib_addrtype"},
    {39, "boolean"},
    {40, "ct_event"},
    {41, "ifname"},
    {42, "igmp_type"},
};

constexpr Name kSetFlags[] = {
    {NFT_SET_ANONYMOUS, "anonymous"}, {NFT_SET_CONSTANT, "constant"},
    {NFT_SET_INTERVAL, "interval"},   {NFT_SET_MAP, "map"},
    {NFT_SET_TIMEOUT, "timeout"},     {NFT_SET_EVAL, "dynamic"},
    {NFT_SET_OBJECT, "object"},       {NFT_SET_CONCAT, "concat"},
    {NFT_SET_EXPR, "expr"},
};
constexpr Name kPolicies[] = {{NFT_SET_POL_PERFORMANCE, "performance"},
                              {NFT_SET_POL_MEMORY, "memory"}};

constexpr Attribute kFieldAttributes[] = {
    Be32(NFTA_SET_FIELD_LEN, "len"),
};
constexpr Table kField = {kFieldAttributes};

constexpr Attribute kDescriptionAttributes[] = {
    Be32(NFTA_SET_DESC_SIZE, "size"),
    List(NFTA_SET_DESC_CONCAT, "concat", &kField, NFTA_LIST_ELEM),
};
constexpr Table kDescription = {kDescriptionAttributes};

constexpr Attribute kSetAttributes[] = {
    Plain(NFTA_SET_TABLE, "table", Type::kString),
    Plain(NFTA_SET_NAME, "name", Type::kString),
    BeBits32(NFTA_SET_FLAGS, "flags", kSetFlags),
    BePacked(NFTA_SET_KEY_TYPE, "key_type", kDatatypes, kDatatypeBits),
    Be32(NFTA_SET_KEY_LEN, "key_len"),
    BePacked(NFTA_SET_DATA_TYPE, "data_type", kDatatypes, kDatatypeBits),
    Be32(NFTA_SET_DATA_LEN, "data_len"),
    Be32(NFTA_SET_POLICY, "policy", kPolicies),
    Nested(NFTA_SET_DESC, "desc", &kDescription),
    Be32(NFTA_SET_ID, "id"),
    Be64(NFTA_SET_TIMEOUT, "timeout"),
    Be32(NFTA_SET_GC_INTERVAL, "gc_interval"),
    Userdata(NFTA_SET_USERDATA, "userdata", &kSetUserdata),
    Be32(NFTA_SET_OBJ_TYPE, "obj_type", kObjectTypes),
    Be64(NFTA_SET_HANDLE, "handle"),
    Nested(NFTA_SET_EXPR, "expr", &kExpression),
    List(NFTA_SET_EXPRESSIONS, "expressions", &kExpression, NFTA_LIST_ELEM),
};

constexpr Name kElementFlags[] = {
    {NFT_SET_ELEM_INTERVAL_END, "interval_end"},
    {NFT_SET_ELEM_CATCHALL, "catchall"},
};

constexpr Attribute kElementAttributes[] = {
    Nested(NFTA_SET_ELEM_KEY, "key", &kData),
    Nested(NFTA_SET_ELEM_KEY_END, "key_end", &kData),
    Nested(NFTA_SET_ELEM_DATA, "data", &kData),
    BeBits32(NFTA_SET_ELEM_FLAGS, "flags", kElementFlags),
    Be64(NFTA_SET_ELEM_TIMEOUT, "timeout"),
    Be64(NFTA_SET_ELEM_EXPIRATION, "expiration"),
    Userdata(NFTA_SET_ELEM_USERDATA, "userdata", &kCommentUserdata),
    Nested(NFTA_SET_ELEM_EXPR, "expr", &kExpression),
    Plain(NFTA_SET_ELEM_OBJREF, "objref", Type::kString),
    List(NFTA_SET_ELEM_EXPRESSIONS, "expressions", &kExpression, NFTA_LIST_ELEM),
};
constexpr Table kElement = {kElementAttributes};

constexpr Attribute kElementsAttributes[] = {
    Plain(NFTA_SET_ELEM_LIST_TABLE, "table", Type::kString),
    Plain(NFTA_SET_ELEM_LIST_SET, "set", Type::kString),
    List(NFTA_SET_ELEM_LIST_ELEMENTS, "elements", &kElement, NFTA_LIST_ELEM),
    Be32(NFTA_SET_ELEM_LIST_SET_ID, "set_id"),
};

}  // namespace

const Table kSet = {kSetAttributes};
const Table kElements = {kElementsAttributes};

}  // namespace vethwork::codec::nfnl
