import { addressCode, ifnames, names, optionCode, typed, type Row } from "./row.js";

const on = (options: unknown): Row[1] => ["new", options];
const overlapCode = "ERR_CNM_SUBNET_OVERLAP";
const noSubnets = { subnets: ["10.5.0.0/24"] };
const subnet = (changes: object) => on({ subnets: [{ subnet: "10.5.0.0/24", ...changes }] });

/** Of `controller.createNetwork`. */
export const createNetwork: readonly Row[] = [
  ...typed("name", (name) => [name, {}], undefined, null, 7, {}, ["a"], Symbol("a")),
  ...names("name", (name) => [name, {}]),
  ["name: taken", ["net", {}], "ERR_CNM_NAME_TAKEN", "name"],
  ...typed("options", on, null, 7, "bridge", [], new Map()),
  ["an unknown option", on({ subnet: "10.5.0.0/24" }), optionCode, "subnet"],
  ["another driver's option", on({ driver: "null", bridge: "br5" }), optionCode, "bridge"],
  ...typed("driver", (driver) => on({ driver }), 7, {}, null),
  ["driver: bridgr", on({ driver: "bridgr" }), optionCode, "driver"],
  ...typed("ipam", (ipam) => on({ ipam }), 7, null),
  ["ipam: dhcp", on({ ipam: "dhcp" }), optionCode, "ipam"],
  ["ipam of a driver without subnets", on({ driver: "null", ipam: "default" }), optionCode, "ipam"],
  ...typed("internal", (internal) => on({ internal }), 1, "yes", null),
  ...typed("ipv4", (ipv4) => on({ ipv4 }), 4, "true"),
  ...typed("ipv6", (ipv6) => on({ ipv6 }), 6, null),
  ["ipv4: false and an IPv4 subnet", on({ ...noSubnets, ipv4: false }), optionCode, "ipv4"],
  [
    "ipv6: false and an IPv6 subnet",
    on({ subnets: ["fd05::/64"], ipv6: false }),
    optionCode,
    "ipv6",
  ],
  ["no family", on({ ipv4: false }), optionCode, "subnets"],
  ["no family, and an empty list", on({ subnets: [], ipv4: false }), optionCode, "subnets"],
  ...typed("mtu", (mtu) => on({ mtu }), "1500", 1500n, null),
  ...[67, 65536, -1, 1500.5, Number.NaN, Infinity].map((mtu): Row => [
    `mtu: ${mtu}`,
    on({ mtu }),
    optionCode,
    "mtu",
  ]),
  ["an MTU too small for IPv6", on({ mtu: 1279, ipv6: true }), optionCode, "mtu"],
  ...typed("labels", (labels) => on({ labels }), 7, ["a"], "a=b"),
  ...typed("labels.a", (a) => on({ labels: { a } }), 1, null, {}),
  [
    "labels: a prototype",
    on({ labels: JSON.parse('{"__proto__": "x"}') as unknown }),
    optionCode,
    "labels.__proto__",
  ],
  ...typed("signal", (signal) => on({ signal }), 7, {}, new AbortController()),
  ...typed("bridge", (bridge) => on({ bridge }), 7, null),
  ...ifnames("bridge", (bridge) => on({ bridge })),
  ["bridge: another network's", on({ bridge: "br-net" }), "ERR_CNM_CONFLICT", "bridge"],
  ["bridge: a link of another kind", on({ bridge: "vhost" }), "ERR_CNM_CONFLICT", "bridge"],

  ...["null", "host"].flatMap((driver): readonly Row[] => [
    [`${driver}: a subnet`, on({ driver, ...noSubnets }), optionCode, "subnets"],
    [`${driver}: ipv4`, on({ driver, ipv4: true }), optionCode, "ipv4"],
    [`${driver}: ipv6`, on({ driver, ipv6: true }), optionCode, "ipv6"],
    [`${driver}: an MTU`, on({ driver, mtu: 1500 }), optionCode, "mtu"],
    [`${driver}: internal`, on({ driver, internal: true }), optionCode, "internal"],
  ]),
  ["IPAM null: a subnet", on({ ipam: "null", ...noSubnets }), optionCode, "subnets"],
  ["IPAM null: ipv6", on({ ipam: "null", ipv6: true }), optionCode, "ipv6"],

  ...typed("subnets", (subnets) => on({ subnets }), 7, "10.5.0.0/24", { subnet: "10.5.0.0/24" }),
  ...typed("subnets.0", (one) => on({ subnets: [one] }), 7, null, ["10.5.0.0/24"]),
  ...[
    "",
    "10.5.0.0",
    "10.5.0.1/24",
    "10.5/16",
    "10.5.0.0/33",
    "010.5.0.0/24",
    "10.5.0.0/24 ",
    "fd05::1/64",
    "fd05::/129",
    "fe80::%eth0/64",
    "0.0.0.0/0",
    "127.0.0.0/8",
    "224.0.0.0/8",
    "ff00::/8",
    "::ffff:10.5.0.0/120",
  ].map((one): Row => [`subnet: ${one}`, on({ subnets: [one] }), addressCode, "subnets.0"]),
  ["a second that is none", on({ subnets: ["10.5.0.0/24", "10.6.0.0"] }), addressCode, "subnets.1"],
  ["one twice", on({ subnets: ["10.5.0.0/24", "10.5.0.0/24"] }), overlapCode, "subnets.1"],
  ["one within another", on({ subnets: ["10.5.0.0/16", "10.5.9.0/24"] }), overlapCode, "subnets.1"],
  ["another network's", on({ subnets: ["10.1.0.128/25"] }), overlapCode, "subnets.0"],
  ["the host's own", on({ subnets: ["10.9.0.0/16"] }), overlapCode, "subnets.0"],
  [
    "a size that no pool has",
    on({ subnets: ["0.0.0.0/8"] }),
    "ERR_CNM_POOL_EXHAUSTED",
    "subnets.0",
  ],

  ["no subnet", on({ subnets: [{}] }), "ERR_INVALID_ARG_TYPE", "subnets.0.subnet"],
  ...typed("subnets.0.subnet", (one) => subnet({ subnet: one }), 7, null),
  ["an unknown key", subnet({ gatewy: "10.5.0.1" }), optionCode, "subnets.0.gatewy"],
  ...typed("subnets.0.gateway", (gateway) => subnet({ gateway }), 7, true, {}),
  ...["", "10.5.0", "10.5.0.1/24", "10.6.0.1", "10.5.0.0", "10.5.0.255", "fd05::1"].map(
    (gateway): Row => [
      `gateway: ${gateway}`,
      subnet({ gateway }),
      addressCode,
      "subnets.0.gateway",
    ],
  ),
  ...typed("subnets.0.range", (range) => subnet({ range }), 7, null),
  ...["10.5.0.128", "10.6.0.0/25", "10.5.0.0/16", "fd05::/64", "10.5.0.1/25"].map((range): Row => [
    `range: ${range}`,
    subnet({ range }),
    addressCode,
    "subnets.0.range",
  ]),
  ...typed(
    "subnets.0.auxiliaryAddresses",
    (auxiliaryAddresses) => subnet({ auxiliaryAddresses }),
    7,
    "10.5.0.9",
    ["10.5.0.9"],
  ),
  ...typed("subnets.0.auxiliaryAddresses.a", (a) => subnet({ auxiliaryAddresses: { a } }), 7, null),
  ...(
    [
      ["10.5.0", addressCode],
      ["10.5.0.9/24", addressCode],
      ["10.6.0.9", "ERR_CNM_ADDRESS_OUT_OF_POOL"],
      ["10.5.0.0", addressCode],
      ["10.5.0.255", addressCode],
      ["10.5.0.1", "ERR_CNM_ADDRESS_TAKEN"],
    ] as const
  ).map(([a, code]): Row => [
    `auxiliary address: ${a}`,
    subnet({ auxiliaryAddresses: { a } }),
    code,
    "subnets.0.auxiliaryAddresses.a",
  ]),
  [
    "one auxiliary address twice",
    subnet({ auxiliaryAddresses: { a: "10.5.0.9", b: "10.5.0.9" } }),
    "ERR_CNM_ADDRESS_TAKEN",
    "subnets.0.auxiliaryAddresses.b",
  ],
];
