// Features of links: include/uapi/linux/ethtool_netlink.h, ethtool(8). Bits have names.
#include <linux/ethtool_netlink.h>

#include "codec/genl/tables.h"

namespace vethwork::codec::genl {
namespace {

constexpr Attribute kHeaderAttributes[] = {
    U32(ETHTOOL_A_HEADER_DEV_INDEX, "dev_index"),
    Plain(ETHTOOL_A_HEADER_DEV_NAME, "dev_name", Type::kString),
};
constexpr Table kHeader = {kHeaderAttributes};

constexpr Attribute kBitAttributes[] = {
    U32(ETHTOOL_A_BITSET_BIT_INDEX, "index"),
    Plain(ETHTOOL_A_BITSET_BIT_NAME, "name", Type::kString),
    Plain(ETHTOOL_A_BITSET_BIT_VALUE, "value", Type::kFlag),
};
constexpr Table kBit = {kBitAttributes};
constexpr Attribute kBitsetAttributes[] = {
    Plain(ETHTOOL_A_BITSET_NOMASK, "nomask", Type::kFlag),
    U32(ETHTOOL_A_BITSET_SIZE, "size"),
    List(ETHTOOL_A_BITSET_BITS, "bits", &kBit, ETHTOOL_A_BITSET_BITS_BIT),
};
constexpr Table kBitset = {kBitsetAttributes};

constexpr Attribute kFeaturesAttributes[] = {
    Nested(ETHTOOL_A_FEATURES_HEADER, "header", &kHeader),
    Nested(ETHTOOL_A_FEATURES_HW, "hw", &kBitset),
    Nested(ETHTOOL_A_FEATURES_WANTED, "wanted", &kBitset),
    Nested(ETHTOOL_A_FEATURES_ACTIVE, "active", &kBitset),
    Nested(ETHTOOL_A_FEATURES_NOCHANGE, "nochange", &kBitset),
};

}  // namespace

const Family kEthtoolFamily = {ETHTOOL_GENL_NAME, ETHTOOL_GENL_VERSION};
const Table kEthtoolFeatures = {kFeaturesAttributes};

}  // namespace vethwork::codec::genl
