#!/usr/bin/env bash
# A bit of everything in the namespace that this runs in, for seeds. What this kernel or machine lacks is left
# out: every line may fail.
exec 2>/dev/null
mount -t tmpfs none /run && ip netns add other && ip netns set other 7
ip link add br0 up type bridge mcast_snooping 1
ip link set br0 type bridge vlan_filtering 1
ip link add veth0 up type veth peer name veth1
ip link set veth0 master br0
ip link property add dev veth0 altname first altname second
ip link set veth1 up
ip link add l-dummy type dummy
ip link add l-ifb type ifb
ip link add l-vrf type vrf table 5
ip link add l-vxlan type vxlan id 7 dev br0 dstport 4789
ip link add link br0 name l-vlan type vlan id 7
ip link add link br0 name l-macvlan type macvlan mode bridge
ip link add link veth1 name l-ipvlan type ipvlan
ip link add l-gre type gre local 10.0.0.1
ip link add l-sit type sit local 10.0.0.1
ip link add l-bond type bond
ip link add l-wg type wireguard
ip link add l-netkit type netkit
ip link add l-geneve type geneve id 3 remote 10.0.0.3
ip tuntap add dev tap0 mode tap
ip address add 10.0.0.1/24 dev br0
ip address add 10.0.0.9 peer 10.0.1.9 dev veth1
ip address add fd00::1/64 dev br0 nodad
ip route add default via 10.0.0.254
ip route add default via fd00::fe
ip route add 10.2.0.0/16 nexthop via 10.0.0.7 weight 2 nexthop via 10.0.0.8
ip route add unreachable 10.3.0.0/16 metric 9
ip route add 10.4.0.0/16 via 10.0.0.7 mtu 1400 table 100
ip neighbor add 10.0.0.7 lladdr 02:00:00:00:00:07 dev br0
ip neighbor add proxy 10.0.0.6 dev br0
ip rule add from 10.4.0.0/16 fwmark 1/3 iif br0 table 100 priority 7
ip -6 rule add to fd00::/64 table 100
ip nexthop add id 3 via 10.0.0.7 dev br0
bridge vlan add vid 7 dev veth0
bridge fdb add 02:00:00:00:00:07 dev veth0 master static
bridge mdb add dev br0 port veth0 grp 239.1.1.1
tc qdisc add dev veth0 root handle 1: htb default 1
tc class add dev veth0 parent 1: classid 1:1 htb rate 1mbit
tc filter add dev veth0 parent 1: protocol ip prio 1 u32 match ip dst 10.0.0.0/24 flowid 1:1
tc qdisc add dev veth1 clsact
nft -f - <<'RULES'
table inet t {
  comment "seeds"
  set s { type ipv4_addr; flags interval, timeout; elements = { 10.0.0.0/24 timeout 1h, 10.1.0.1 } }
  map m { type inet_service : verdict; elements = { 22 : accept, 80 : drop } }
  counter c { packets 1 bytes 2 }
  chain in {
    type filter hook input priority 0; policy accept;
    ct state established,related counter accept
    ip saddr @s tcp dport vmap @m
    iifname "br0" limit rate 3/second log prefix "x" drop
    meta mark set 7 comment "mark"
  }
  chain nat {
    type nat hook postrouting priority 100; policy accept;
    ip saddr 10.0.0.0/24 masquerade
  }
}
table ip dormant {
  flags dormant
}
RULES
conntrack -I -s 10.0.0.1 -d 10.0.0.2 -p tcp --sport 1 --dport 2 --timeout 1000 --state ESTABLISHED -m 7 -l seeds
conntrack -I -s fd00::1 -d fd00::2 -p udp --sport 1 --dport 2 --timeout 1000
ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 1 enc 'cbc(aes)' 0x00112233445566778899aabbccddeeff
ip xfrm policy add src 10.0.0.0/24 dst 10.1.0.0/24 dir out tmpl proto esp mode tunnel src 10.0.0.1 dst 10.0.0.2
true
