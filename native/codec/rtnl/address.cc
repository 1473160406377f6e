// Addresses: include/uapi/linux/if_addr.h, rtnetlink(7).
#include <linux/if_addr.h>

#include "codec/rtnl/names.h"
#include "codec/rtnl/tables.h"

namespace vethwork::codec::rtnl {
namespace {

// IFA_FLAGS; the header's 8 bits are the lower ones of the same
constexpr Name kAddressFlags[] = {
    {IFA_F_SECONDARY, "secondary"},       {IFA_F_NODAD, "nodad"},
    {IFA_F_OPTIMISTIC, "optimistic"},     {IFA_F_DADFAILED, "dadfailed"},
    {IFA_F_HOMEADDRESS, "home"},          {IFA_F_DEPRECATED, "deprecated"},
    {IFA_F_TENTATIVE, "tentative"},       {IFA_F_PERMANENT, "permanent"},
    {IFA_F_MANAGETEMPADDR, "mngtmpaddr"}, {IFA_F_NOPREFIXROUTE, "noprefixroute"},
    {IFA_F_MCAUTOJOIN, "autojoin"},       {IFA_F_STABLE_PRIVACY, "stable_privacy"}};

// IFA_PROTO, since Linux 5.18; the names of IFAPROT_* are ip-address(8)'s
constexpr Name kAddressProtocols[] = {
    {0, "unspec"}, {1, "kernel_lo"}, {2, "kernel_ra"}, {3, "kernel_ll"}};

constexpr Field kAddressFields[] = {
    {offsetof(ifaddrmsg, ifa_family), 1, "family", kFamilies},
    {offsetof(ifaddrmsg, ifa_prefixlen), 1, "prefixlen"},
    {offsetof(ifaddrmsg, ifa_scope), 1, "scope", kScopes},
    {offsetof(ifaddrmsg, ifa_index), 4, "index", {}, false, true},
};

constexpr Field kLifetimeFields[] = {
    {offsetof(ifa_cacheinfo, ifa_prefered), 4, "preferredS"},
    {offsetof(ifa_cacheinfo, ifa_valid), 4, "validS"},
};
constexpr Layout kLifetimes = {sizeof(ifa_cacheinfo), kLifetimeFields};

constexpr Attribute kAddressAttributes[] = {
    Plain(IFA_ADDRESS, "address", Type::kIp),
    Plain(IFA_LOCAL, "local", Type::kIp),
    Plain(IFA_LABEL, "label", Type::kString),
    Plain(IFA_BROADCAST, "broadcast", Type::kIp),
    Struct(IFA_CACHEINFO, "cacheinfo", &kLifetimes),
    Bits32(IFA_FLAGS, "flags", kAddressFlags),
    U32(IFA_RT_PRIORITY, "rt_priority"),
    U8(IFA_PROTO, "proto", kAddressProtocols),
};

}  // namespace

const Layout kAddressHeader = {sizeof(ifaddrmsg), kAddressFields};
const Table kAddress = {kAddressAttributes};

}  // namespace vethwork::codec::rtnl
