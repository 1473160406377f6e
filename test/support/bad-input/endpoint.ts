import {
  addressCode,
  conflictCode,
  ifnames,
  names,
  optionCode,
  typed,
  type Row,
  type Scene,
} from "./row.js";

const closedCode = "ERR_CNM_CLOSED";
const outCode = "ERR_CNM_ADDRESS_OUT_OF_POOL";
const takenCode = "ERR_CNM_ADDRESS_TAKEN";

/** How options of endpoints are wrong, on `scene.network`, wherever they are given. */
export function endpointOptions(
  on: (options: object) => Row[1],
  at: (field: string) => string = (field) => field,
): readonly Row[] {
  const addresses = (...list: readonly unknown[]) => on({ addresses: list });
  return [
    ...typed(at("addresses"), (value) => on({ addresses: value }), 7, "10.1.0.9", {}),
    ...typed(at("addresses.0"), (value) => addresses(value), 7, null, ["10.1.0.9"]),
    ...["", "10.1.0", "10.1.0.9/33", "010.1.0.9", "fd00:1::9%eth0", "10.1.0.0", "10.1.0.255"].map(
      (one): Row => [`address: ${one}`, addresses(one), addressCode, at("addresses.0")],
    ),
    ["another prefix length", addresses("10.1.0.9/16"), addressCode, at("addresses.0")],
    ["another subnet's", addresses("10.1.0.9", "10.2.0.9"), outCode, at("addresses.1")],
    ["one twice", addresses("10.1.0.9", "10.1.0.9"), conflictCode, at("addresses.1")],
    ["the gateway", addresses("10.1.0.1"), takenCode, at("addresses.0")],
    ["an auxiliary address", addresses("10.1.0.200"), takenCode, at("addresses.0")],
    ["another endpoint's", addresses("fd00:1::9", "10.1.0.2"), takenCode, at("addresses.1")],
    ...typed(at("mac"), (mac) => on({ mac }), 7, null),
    ...[
      "",
      "02:00",
      "02-00-00-00-00-09",
      "ff:ff:ff:ff:ff:ff",
      "00:00:00:00:00:00",
      "01:00:5e:00:00:01",
    ].map((mac): Row => [`mac: ${mac}`, on({ mac }), addressCode, at("mac")]),
    ["mac: taken", on({ mac: "02:00:00:00:00:01" }), takenCode, at("mac")],
    ...typed(at("hostIfname"), (hostIfname) => on({ hostIfname }), 7, null),
    ...ifnames(at("hostIfname"), (hostIfname) => on({ hostIfname })),
  ];
}

/** Of `network.createEndpoint`, the network first. */
export const createEndpoint: readonly Row[] = [
  ...typed(
    "name",
    (name) =>
      ({ network }) => [network, name, {}],
    undefined,
    null,
    7,
    {},
    ["a"],
  ),
  ...names("name", (name) => ({ network }) => [network, name, {}]),
  ["name: taken", ({ network }) => [network, "idle", {}], "ERR_CNM_NAME_TAKEN", "name"],
  ...typed(
    "options",
    (options) =>
      ({ network }) => [network, "new", options],
    null,
    7,
    "x",
    [],
  ),
  [
    "an unknown option",
    ({ network }) => [network, "new", { adresses: [] }],
    optionCode,
    "adresses",
  ],
  ...endpointOptions((options) => ({ network }) => [network, "new", options]),
  ...typed(
    "signal",
    (signal) =>
      ({ network }) => [network, "new", { signal }],
    7,
    {},
  ),
  ...(["none", "shared"] as const).flatMap((of): readonly Row[] => [
    [
      `${of}: an address`,
      (scene) => [scene[of], "new", { addresses: ["10.5.0.1/24"] }],
      optionCode,
      "addresses",
    ],
    [
      `${of}: a MAC address`,
      (scene) => [scene[of], "new", { mac: "02:00:00:00:00:09" }],
      optionCode,
      "mac",
    ],
    [
      `${of}: a name on the host`,
      (scene) => [scene[of], "new", { hostIfname: "v9" }],
      optionCode,
      "hostIfname",
    ],
  ]),
  [
    "without subnets: no prefix length",
    ({ wire }) => [wire, "new", { addresses: ["10.5.0.1"] }],
    addressCode,
    "addresses.0",
  ],
  [
    "without subnets: IPv6 of a small MTU",
    ({ wire }) => [wire, "new", { addresses: ["10.5.0.1/24", "fd05::1/64"] }],
    optionCode,
    "addresses.1",
  ],
  [
    "without subnets: one twice",
    ({ wire }) => [wire, "new", { addresses: ["10.5.0.1/24", "10.5.0.1/16"] }],
    takenCode,
    "addresses.1",
  ],
];

const into =
  (options: unknown) =>
  ({ idle, empty }: Scene) => [idle, empty, options];

/** Of `endpoint.join`, the endpoint first. */
export const join: readonly Row[] = [
  ...typed(
    "sandbox",
    (sandbox) =>
      ({ idle }) => [idle, sandbox, {}],
    undefined,
    null,
    "web",
    {},
  ),
  [
    "sandbox: an endpoint",
    ({ idle, joined }) => [idle, joined, {}],
    "ERR_INVALID_ARG_TYPE",
    "sandbox",
  ],
  ["sandbox: deleted", ({ idle, deleted }) => [idle, deleted.sandbox, {}], closedCode, "sandbox"],
  ["sandbox: another's", ({ idle, other }) => [idle, other.sandbox, {}], conflictCode, "sandbox"],
  ...typed("options", into, null, 7, "eth1", []),
  ["an unknown option", into({ ifnam: "eth1" }), optionCode, "ifnam"],
  ...typed("ifname", (ifname) => into({ ifname }), 7, null),
  ...ifnames("ifname", (ifname) => into({ ifname })),
  [
    "ifname: taken",
    ({ idle, sandbox }) => [idle, sandbox, { ifname: "eth0" }],
    conflictCode,
    "ifname",
  ],
  ["ifname: the loopback's", into({ ifname: "lo" }), conflictCode, "ifname"],
  ...typed("signal", (signal) => into({ signal }), 7, {}),
  ["host: not the host's", (scene) => [sharedOf(scene), scene.empty, {}], conflictCode, "sandbox"],
  [
    "no interface to name",
    (scene) => [noneOf(scene), scene.empty, { ifname: "x" }],
    optionCode,
    "ifname",
  ],
];

const sharedOf = ({ shared }: Scene): unknown => shared.endpoint("idle");
const noneOf = ({ none }: Scene): unknown => none.endpoint("idle");

const attaching =
  (options: unknown) =>
  ({ empty, network }: Scene) => [empty, network, options];

/** Of `controller.attach`. */
export const attach: readonly Row[] = [
  ...typed(
    "network",
    (network) =>
      ({ empty }) => [empty, network, {}],
    undefined,
    null,
    "net",
    {},
  ),
  ["network: another's", ({ empty, other }) => [empty, other.network, {}], conflictCode, "network"],
  ["network: deleted", ({ empty, deleted }) => [empty, deleted.network, {}], closedCode, "network"],
  ...typed(
    "sandbox",
    (sandbox) =>
      ({ network }) => [sandbox, network, {}],
    undefined,
    null,
    "web",
    7,
    [],
  ),
  [
    "sandbox: deleted",
    ({ deleted, network }) => [deleted.sandbox, network, {}],
    closedCode,
    "sandbox",
  ],
  [
    "sandbox: another's",
    ({ other, network }) => [other.sandbox, network, {}],
    conflictCode,
    "sandbox",
  ],
  [
    "sandbox: of no name",
    ({ network }) => [{}, network, {}],
    "ERR_INVALID_ARG_TYPE",
    "sandbox.name",
  ],
  [
    "sandbox: taken",
    ({ network }) => [{ name: "web" }, network, {}],
    "ERR_CNM_NAME_TAKEN",
    "sandbox.name",
  ],
  ...names("sandbox.name", (name) => ({ network }) => [{ name }, network, {}]),
  [
    "sandbox: an unknown option",
    ({ network }) => [{ name: "new", pth: "/x" }, network, {}],
    optionCode,
    "sandbox.pth",
  ],
  [
    "sandbox: a path that is none",
    ({ network }) => [{ name: "new", path: "x" }, network, {}],
    optionCode,
    "sandbox.path",
  ],
  ...typed("options", attaching, null, 7, "x", []),
  ["an unknown option", attaching({ ifnam: "x" }), optionCode, "ifnam"],
  ...typed("name", (name) => attaching({ name }), 7, null),
  ...names("name", (name) => attaching({ name })),
  ["name: taken", attaching({ name: "idle" }), "ERR_CNM_NAME_TAKEN", "name"],
  ...ifnames("ifname", (ifname) => attaching({ ifname })),
  [
    "ifname: taken",
    ({ sandbox, network }) => [sandbox, network, { ifname: "eth0", name: "n" }],
    conflictCode,
    "ifname",
  ],
  [
    "ifname: no interface",
    ({ empty, none }) => [empty, none, { ifname: "x" }],
    optionCode,
    "ifname",
  ],
  ["host: not the host's", ({ empty, shared }) => [empty, shared, {}], conflictCode, "sandbox"],
  ...endpointOptions(attaching),
  ...typed("signal", (signal) => attaching({ signal }), 7, {}),
];
