// Names that several tables share.
#pragma once

#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>

#include "codec/table.h"

namespace vethwork::codec::nfnl {

inline constexpr Name kProtocolFamilies[] = {{NFPROTO_UNSPEC, "unspec"}, {NFPROTO_INET, "inet"},
                                             {NFPROTO_IPV4, "ip"},       {NFPROTO_ARP, "arp"},
                                             {NFPROTO_NETDEV, "netdev"}, {NFPROTO_BRIDGE, "bridge"},
                                             {NFPROTO_IPV6, "ip6"}};

inline constexpr Name kRegisters[] = {
    {NFT_REG_VERDICT, "verdict"}, {NFT_REG_1, "reg1"},        {NFT_REG_2, "reg2"},
    {NFT_REG_3, "reg3"},          {NFT_REG_4, "reg4"},        {NFT_REG32_00, "reg32_0"},
    {NFT_REG32_01, "reg32_1"},    {NFT_REG32_02, "reg32_2"},  {NFT_REG32_03, "reg32_3"},
    {NFT_REG32_04, "reg32_4"},    {NFT_REG32_05, "reg32_5"},  {NFT_REG32_06, "reg32_6"},
    {NFT_REG32_07, "reg32_7"},    {NFT_REG32_08, "reg32_8"},  {NFT_REG32_09, "reg32_9"},
    {NFT_REG32_10, "reg32_10"},   {NFT_REG32_11, "reg32_11"}, {NFT_REG32_12, "reg32_12"},
    {NFT_REG32_13, "reg32_13"},   {NFT_REG32_14, "reg32_14"}, {NFT_REG32_15, "reg32_15"}};

inline constexpr Name kNatFlags[] = {{NF_NAT_RANGE_MAP_IPS, "map_ips"},
                                     {NF_NAT_RANGE_PROTO_SPECIFIED, "proto_specified"},
                                     {NF_NAT_RANGE_PROTO_RANDOM, "random"},
                                     {NF_NAT_RANGE_PERSISTENT, "persistent"},
                                     {NF_NAT_RANGE_PROTO_RANDOM_FULLY, "fully_random"},
                                     {NF_NAT_RANGE_PROTO_OFFSET, "proto_offset"},
                                     {NF_NAT_RANGE_NETMAP, "netmap"}};

inline constexpr Name kObjectTypes[] = {
    {NFT_OBJECT_COUNTER, "counter"},       {NFT_OBJECT_QUOTA, "quota"},
    {NFT_OBJECT_CT_HELPER, "ct_helper"},   {NFT_OBJECT_LIMIT, "limit"},
    {NFT_OBJECT_CONNLIMIT, "connlimit"},   {NFT_OBJECT_TUNNEL, "tunnel"},
    {NFT_OBJECT_CT_TIMEOUT, "ct_timeout"}, {NFT_OBJECT_SECMARK, "secmark"},
    {NFT_OBJECT_CT_EXPECT, "ct_expect"},   {NFT_OBJECT_SYNPROXY, "synproxy"}};

}  // namespace vethwork::codec::nfnl
