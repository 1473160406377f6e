import { endpointOptions } from "./endpoint.js";
import { conflictCode, ifnames, names, optionCode, typed, type Row, type Scene } from "./row.js";

const closedCode = "ERR_CNM_CLOSED";
const takenCode = "ERR_CNM_NAME_TAKEN";

/** A request that is right, and behind it one that is not. */
const second = (wrong: (scene: Scene) => object) => (scene: Scene) => [
  [{ sandbox: { name: "good" }, network: scene.network }, wrong(scene)],
  {},
];
const onEmpty = (changes: object) =>
  second(({ empty, network }) => ({ sandbox: empty, network, ...changes }));

/** Of `controller.attachMany`: nothing comes of the request that is right. */
export const attachMany: readonly Row[] = [
  ...typed("requests", (requests) => [requests, {}], undefined, null, 7, {}, "x"),
  ...typed("requests.0", (one) => [[one], {}], null, 7, "web", []),
  ...typed("options", (options) => [[], options], null, 7, []),
  ["an unknown option", [[], { signl: 1 }], optionCode, "signl"],
  ...typed("signal", (signal) => [[], { signal }], 7, {}),
  [
    "a signal in a request",
    onEmpty({ signal: AbortSignal.abort() }),
    optionCode,
    "requests.1.signal",
  ],
  ...typed("requests.1.sandbox", (sandbox) => onEmpty({ sandbox }), undefined, null, "web", []),
  ...typed("requests.1.network", (network) => onEmpty({ network }), undefined, null, "net", {}),
  [
    "sandbox: deleted",
    second(({ deleted, network }) => ({ sandbox: deleted.sandbox, network })),
    closedCode,
    "requests.1.sandbox",
  ],
  [
    "sandbox: another's",
    second(({ other, network }) => ({ sandbox: other.sandbox, network })),
    conflictCode,
    "requests.1.sandbox",
  ],
  [
    "network: deleted",
    second(({ deleted, empty }) => ({ sandbox: empty, network: deleted.network })),
    closedCode,
    "requests.1.network",
  ],
  [
    "network: another's",
    second(({ other, empty }) => ({ sandbox: empty, network: other.network })),
    conflictCode,
    "requests.1.network",
  ],
  ...names("requests.1.sandbox.name", (name) => onEmpty({ sandbox: { name } })),
  ["sandbox: taken", onEmpty({ sandbox: { name: "web" } }), takenCode, "requests.1.sandbox.name"],
  [
    "sandbox: twice",
    onEmpty({ sandbox: { name: "good" }, name: "n" }),
    takenCode,
    "requests.1.sandbox.name",
  ],
  ...names("requests.1.name", (name) => onEmpty({ name })),
  ["endpoint: taken", onEmpty({ name: "idle" }), takenCode, "requests.1.name"],
  ["endpoint: twice", onEmpty({ name: "good" }), takenCode, "requests.1.name"],
  ...ifnames("requests.1.ifname", (ifname) => onEmpty({ ifname })),
  [
    "ifname: taken",
    second(({ sandbox, network }) => ({ sandbox, network, name: "n", ifname: "eth0" })),
    conflictCode,
    "requests.1.ifname",
  ],
  [
    "ifname: no interface",
    second(({ empty, none }) => ({ sandbox: empty, network: none, ifname: "x" })),
    optionCode,
    "requests.1.ifname",
  ],
  [
    "host: not the host's",
    second(({ empty, shared }) => ({ sandbox: empty, network: shared })),
    conflictCode,
    "requests.1.sandbox",
  ],
  ...endpointOptions(onEmpty, (field) => `requests.1.${field}`),
];

/** Of `controller.detachMany`: nothing comes of the objects that are right. */
export const detachMany: readonly Row[] = [
  ...typed("objects", (objects) => [objects, {}], undefined, null, 7, {}, "web", new Set()),
  ...typed(
    "objects.1",
    (one) =>
      ({ joined }) => [[joined, one], {}],
    undefined,
    null,
    7,
    "web",
    {},
  ),
  [
    "a network",
    ({ joined, network }) => [[joined, network], {}],
    "ERR_INVALID_ARG_TYPE",
    "objects.1",
  ],
  [
    "another's endpoint",
    ({ joined, other }) => [[joined, other.endpoint], {}],
    conflictCode,
    "objects.1",
  ],
  [
    "another's sandbox",
    ({ joined, other }) => [[joined, other.sandbox], {}],
    conflictCode,
    "objects.1",
  ],
  ...typed(
    "options",
    (options) =>
      ({ joined }) => [[joined], options],
    null,
    7,
    [],
  ),
  ["an unknown option", ({ joined }) => [[joined], { force: true }], optionCode, "force"],
  ...typed(
    "signal",
    (signal) =>
      ({ joined }) => [[joined], { signal }],
    7,
    {},
  ),
];

/** Of `controller.watch`. */
export const watch: readonly Row[] = [
  ...typed("options", (options) => [options], null, 7, "x", []),
  ["an unknown option", [{ kind: "drift" }], optionCode, "kind"],
  ...typed("signal", (signal) => [{ signal }], 7, null, {}, new AbortController()),
];

/** Of `controller.network`, `sandbox` and `network.endpoint`, by name. */
export const lookUps = (kind: string): readonly Row[] =>
  typed(kind, (value) => [value], undefined, null, 7, {}, ["a"]);
