import { names, optionCode, paths, typed, type Row } from "./row.js";

const on = (options: unknown): Row[1] => ["new", options];
const nameTaken = "ERR_CNM_NAME_TAKEN";

/** Of `controller.createSandbox`. */
export const createSandbox: readonly Row[] = [
  ...typed("name", (name) => [name, {}], undefined, null, 7, {}, ["a"]),
  ...names("name", (name) => [name, {}]),
  ["name: taken", ["web", {}], nameTaken, "name"],
  ...typed("options", on, null, 7, "/run/x", []),
  ["an unknown option", on({ pth: "/run/x" }), optionCode, "pth"],
  ...typed("path", (path) => on({ path }), 7, null, new URL("file:///run/x")),
  ...paths("path", (path) => on({ path })),
  ...typed("hostname", (hostname) => on({ hostname }), 7, null),
  ...names("hostname", (hostname) => on({ hostname })),
  ...typed("signal", (signal) => on({ signal }), 7, {}, new AbortController()),
];

const from = (source: unknown): Row[1] => ["new", source, {}];
const options = (given: unknown): Row[1] => ["new", { pid: process.pid }, given];

/** Of `controller.adoptSandbox`. */
export const adoptSandbox: readonly Row[] = [
  ...typed("name", (name) => [name, { pid: 1 }, {}], undefined, 7, null),
  ...names("name", (name) => [name, { pid: 1 }, {}]),
  ["name: taken", ["web", { pid: process.pid }, {}], nameTaken, "name"],
  ...typed("from", from, undefined, null, 7, "/run/netns/a", []),
  ...typed("from.path", (path) => from({ path }), 7, null),
  ...paths("from.path", (path) => from({ path })),
  ...typed("from.pid", (pid) => from({ pid }), "1", null, 1n),
  ...[0, -1, 1.5, Number.NaN, 2 ** 31].map((pid): Row => [
    `pid: ${pid}`,
    from({ pid }),
    optionCode,
    "from.pid",
  ]),
  ...typed("from.fd", (fd) => from({ fd }), "3", null),
  ...[-1, 1.5, 2 ** 31].map((fd): Row => [`fd: ${fd}`, from({ fd }), optionCode, "from.fd"]),
  ["an unknown source", from({ name: "a" }), optionCode, "from.name"],
  ["two sources", from({ path: "/run/x", pid: 1 }), optionCode, "from.path"],
  ...typed("options", options, null, 7, []),
  ["a path among the options", options({ path: "/run/x" }), optionCode, "path"],
  ...names("hostname", (hostname) => options({ hostname })),
  ...typed("hostname", (hostname) => options({ hostname }), 7),
  ...typed("signal", (signal) => options({ signal }), 7, {}),
];
