// Names that several tables share.
#pragma once

#include <linux/if_ether.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
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
inline constexpr Name kProtocols[] = {{RTPROT_UNSPEC, "unspec"},
                                      {RTPROT_REDIRECT, "redirect"},
                                      {RTPROT_KERNEL, "kernel"},
                                      {RTPROT_BOOT, "boot"},
                                      {RTPROT_STATIC, "static"},
                                      {RTPROT_GATED, "gated"},
                                      {RTPROT_RA, "ra"},
                                      {RTPROT_MRT, "mrt"},
                                      {RTPROT_ZEBRA, "zebra"},
                                      {RTPROT_BIRD, "bird"},
                                      {RTPROT_DNROUTED, "dnrouted"},
                                      {RTPROT_XORP, "xorp"},
                                      {RTPROT_NTK, "ntk"},
                                      {RTPROT_DHCP, "dhcp"},
                                      {RTPROT_MROUTED, "mrouted"},
                                      {RTPROT_KEEPALIVED, "keepalived"},
                                      {RTPROT_BABEL, "babel"},
                                      {RTPROT_OPENR, "openr"},
                                      {RTPROT_BGP, "bgp"},
                                      {RTPROT_ISIS, "isis"},
                                      {RTPROT_OSPF, "ospf"},
                                      {RTPROT_RIP, "rip"},
                                      {RTPROT_EIGRP, "eigrp"}};

inline constexpr Name kTables[] = {
    {RT_TABLE_DEFAULT, "default"}, {RT_TABLE_MAIN, "main"}, {RT_TABLE_LOCAL, "local"}};

// Of rules and of lookups
inline constexpr Name kIpProtocols[] = {
    {IPPROTO_ICMP, "icmp"}, {IPPROTO_IGMP, "igmp"},      {IPPROTO_TCP, "tcp"},
    {IPPROTO_UDP, "udp"},   {IPPROTO_DCCP, "dccp"},      {IPPROTO_GRE, "gre"},
    {IPPROTO_ESP, "esp"},   {IPPROTO_AH, "ah"},          {IPPROTO_ICMPV6, "icmpv6"},
    {IPPROTO_SCTP, "sctp"}, {IPPROTO_UDPLITE, "udplite"}};

// Of routes and of nexthops. Source: RTNH_F_*
inline constexpr Name kNexthopFlags[] = {
    {RTNH_F_DEAD, "dead"},       {RTNH_F_PERVASIVE, "pervasive"}, {RTNH_F_ONLINK, "onlink"},
    {RTNH_F_OFFLOAD, "offload"}, {RTNH_F_LINKDOWN, "linkdown"},   {RTNH_F_UNRESOLVED, "unresolved"},
    {RTNH_F_TRAP, "trap"}};

inline constexpr Name kVlanProtocols[] = {{ETH_P_8021Q, "802.1Q"}, {ETH_P_8021AD, "802.1ad"}};

}  // namespace vethwork::codec::rtnl
