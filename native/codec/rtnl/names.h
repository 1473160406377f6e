// Names that several tables share.
#pragma once

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "codec/table.h"

namespace vethwork::codec::rtnl {

inline constexpr Name kFamilies[] = {
    {AF_UNSPEC, "unspec"}, {AF_INET, "inet"}, {AF_INET6, "inet6"}, {AF_BRIDGE, "bridge"}};

inline constexpr Name kScopes[] = {{RT_SCOPE_UNIVERSE, "global"},
                                   {RT_SCOPE_SITE, "site"},
                                   {RT_SCOPE_LINK, "link"},
                                   {RT_SCOPE_HOST, "host"},
                                   {RT_SCOPE_NOWHERE, "nowhere"}};

// rtnetlink(7), rtm_protocol; /etc/iproute2/rt_protos has the words
inline constexpr Name kProtocols[] = {{RTPROT_UNSPEC, "unspec"}, {RTPROT_REDIRECT, "redirect"},
                                      {RTPROT_KERNEL, "kernel"}, {RTPROT_BOOT, "boot"},
                                      {RTPROT_STATIC, "static"}, {RTPROT_RA, "ra"},
                                      {RTPROT_DHCP, "dhcp"}};

}  // namespace vethwork::codec::rtnl
