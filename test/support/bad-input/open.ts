import { AgeingDriver } from "../own/driver.js";
import { countdown } from "../own/ipam.js";
import { addressCode, names, optionCode, paths, typeCode, typed, type Row } from "./row.js";

const driver = (changes: object) => ({
  drivers: [Object.assign(Object.create(new AgeingDriver()) as object, { name: "x" }, changes)],
});
const ipam = (changes: object) => ({ ipams: [{ ...countdown, name: "x", ...changes }] });
const made = (changes: object) =>
  ipam({
    create: () => Object.assign(countdown.create({ controllerId: "" }), { name: "x" }, changes),
  });
const pool = (changes: object) => ({
  pools: [{ family: "inet", base: "10.0.0.0/8", prefix: 24, ...changes }],
});
const store = Object.fromEntries(
  ["write", "put", "delete", "get", "list", "export", "import", "close"].map((name) => [
    name,
    () => Promise.resolve(),
  ]),
);
const methods = ["createNetwork", "deleteNetwork", "join", "leave", "checkNetwork", "mendEndpoint"];
const ipamMethods = ["requestPool", "releasePool", "requestAddress", "restAddress", "usage"];

/** Of `Controller.open`: the options, but for `host`. */
export const open: readonly Row[] = [
  ...typed("options", (value) => [value], null, 7, "vethwork", [], new Map()),
  ["an unknown option", [{ instanc: "a" }], optionCode, "instanc"],
  ["a prototype", [JSON.parse('{"__proto__": {}}')], optionCode, "__proto__"],
  ...typed("instance", (instance) => [{ instance }], 7, null, {}, ["a"]),
  ...names("instance", (instance) => [{ instance }]),
  ...["A", "1a", "a_b", "a.b", "a".repeat(17)].map((instance): Row => [
    `instance: ${instance}`,
    [{ instance }],
    optionCode,
    "instance",
  ]),
  ...typed("runDirectory", (runDirectory) => [{ runDirectory }], 7, null, new URL("file:///run")),
  ...paths("runDirectory", (runDirectory) => [{ runDirectory }]),
  [
    "runDirectory: a file",
    [{ runDirectory: "/proc/version" }],
    "ERR_CNM_UNSUPPORTED",
    "runDirectory",
  ],
  ...typed("stateDirectory", (stateDirectory) => [{ stateDirectory }], 7, false),
  ...paths("stateDirectory", (stateDirectory) => [{ stateDirectory }]),
  [
    "stateDirectory: a file",
    [{ stateDirectory: "/proc/version" }],
    "ERR_CNM_STORE",
    "stateDirectory",
  ],
  ...typed("host", (host) => [{ host }], 7, "/run/netns/a", {}, { path: "/run/netns/a" }),
  ...typed("signal", (signal) => [{ signal }], 7, {}, new AbortController()),
  [
    "signal: an imitation",
    [{ signal: Object.create(AbortSignal.prototype) as unknown }],
    optionCode,
    "signal",
  ],

  ...typed("drivers", (drivers) => [{ drivers }], 7, new AgeingDriver(), { 0: new AgeingDriver() }),
  ...typed("drivers.0", (one) => [{ drivers: [one] }], 7, null, "bridge"),
  ...typed("drivers.0.name", (name) => [driver({ name })], 7, undefined, null),
  ...names("drivers.0.name", (name) => [driver({ name })]),
  ["drivers: ours", [driver({ name: "bridge" })], "ERR_CNM_NAME_TAKEN", "drivers.0.name"],
  [
    "drivers: one name twice",
    [{ drivers: [new AgeingDriver(), new AgeingDriver()] }],
    "ERR_CNM_NAME_TAKEN",
    "drivers.1.name",
  ],
  ...methods.flatMap((method) =>
    typed(`drivers.0.${method}`, (value) => [driver({ [method]: value })], undefined, {}),
  ),
  ...typed("drivers.0.leaveMany", (leaveMany) => [driver({ leaveMany })], 7, null),
  ...typed(
    "drivers.0.exclusiveOption",
    (exclusiveOption) => [driver({ exclusiveOption })],
    7,
    null,
  ),
  ...typed("drivers.0.mtuOf", (mtuOf) => [driver({ mtuOf })], 7, null),
  ...typed("drivers.0.statistics", (statistics) => [driver({ statistics })], 7, null),
  ...typed(
    "drivers.0.checkEndpointOptions",
    (checkEndpointOptions) => [driver({ checkEndpointOptions })],
    7,
    null,
  ),
  ...typed(
    "drivers.0.optionNames",
    (optionNames) => [driver({ optionNames })],
    7,
    "speed",
    undefined,
  ),
  ...typed("drivers.0.optionNames.0", (one) => [driver({ optionNames: [one] })], 7, null),
  [
    "optionNames: ours",
    [driver({ optionNames: ["a", "mtu"] })],
    optionCode,
    "drivers.0.optionNames.1",
  ],
  ["subnets: some", [driver({ subnets: "some" })], optionCode, "drivers.0.subnets"],
  ...typed("drivers.0.subnets", (subnets) => [driver({ subnets })], 7, true),
  ["interfaces: two", [driver({ interfaces: "two" })], optionCode, "drivers.0.interfaces"],

  ...typed("ipams", (ipams) => [{ ipams }], 7, countdown),
  ...typed("ipams.0", (one) => [{ ipams: [one] }], "default", undefined),
  ...typed("ipams.0.create", (create) => [ipam({ create })], undefined, {}),
  ...names("ipams.0.name", (name) => [ipam({ name })]),
  ["ipams: ours", [ipam({ name: "default" })], "ERR_CNM_NAME_TAKEN", "ipams.0.name"],
  [
    "ipams: one name twice",
    [{ ipams: [countdown, countdown] }],
    "ERR_CNM_NAME_TAKEN",
    "ipams.1.name",
  ],
  ...typed("create()", (value) => [ipam({ create: () => value })], undefined, 7),
  ["create() of another name", [ipam({})], optionCode, "create().name"],
  ...ipamMethods.flatMap((method) =>
    typed(`create().${method}`, (value) => [made({ [method]: value })], 7, null),
  ),
  ["create().subnets: some", [made({ subnets: "some" })], optionCode, "create().subnets"],

  ...typed("store", (value) => [{ store: value }], 7, "memory", null),
  ...typed("store.durable", (durable) => [{ store: { ...store, durable } }], undefined, "yes"),
  ...Object.keys(store).map((method): Row => [
    `store without ${method}`,
    [{ store: { ...store, durable: true, [method]: undefined } }],
    typeCode,
    `store.${method}`,
  ]),
  [
    "a store and a state directory",
    [{ store: { ...store, durable: true }, stateDirectory: "/run/bad-state" }],
    optionCode,
    "store",
  ],

  ...typed("pools", (pools) => [{ pools }], 7, "10.0.0.0/8", {}),
  ...typed("pools.0", (one) => [{ pools: [one] }], 7, "10.0.0.0/8"),
  ["family: inet4", [pool({ family: "inet4" })], optionCode, "pools.0.family"],
  ...typed("pools.0.family", (family) => [pool({ family })], 4),
  ...typed("pools.0.base", (base) => [pool({ base })], 10),
  ...["10.0.0.0", "10.0.0.1/8", "10.0/8", "fd00::/8", "224.0.0.0/8", "127.0.0.0/8"].map(
    (base): Row => [`base: ${base}`, [pool({ base })], addressCode, "pools.0.base"],
  ),
  ...[0, 7, 33, 129, 9.5, -1, Number.NaN].map((prefix): Row => [
    `prefix: ${prefix}`,
    [pool({ prefix })],
    optionCode,
    "pools.0.prefix",
  ]),
  ...typed("pools.0.prefix", (prefix) => [pool({ prefix })], "24", 24n),
  ["pools: an unknown key", [pool({ size: 3 })], optionCode, "pools.0.size"],
];
