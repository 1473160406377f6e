// W3 to W6: many endpoints, long tables read and written, all contenders in turns, the order drawn anew each round.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { argumentsOf, Session, shuffled, type Contender } from "./session.js";

export interface Bulk {
  readonly key: string;
  readonly title: string;
  /** Not measured, once a contender; FILE, PORTS, ENDPOINTS stand for lists of such. */
  readonly before?: string;
  /** More links than there are, in pairs. */
  readonly pairs: number;
  /** Which of ours. */
  readonly layers: readonly string[];
  readonly limitWords?: readonly string[];
  /** What a round does, in order. */
  readonly steps: readonly { readonly column: string; readonly request: string }[];
}

export const bulks: readonly Bulk[] = [
  {
    key: "many",
    title:
      "W3: 1,000 endpoints in new namespaces, until all are there; and until all links are gone",
    pairs: 0,
    layers: ["controller", "durable"],
    limitWords: ["--q1", "--gen0", "--bulk=pipe", "--bulkdel=group"],
    steps: [
      { column: "up", request: "bulkattach file=ENDPOINTS" },
      { column: "down", request: "bulkdetach file=ENDPOINTS" },
    ],
  },
  {
    key: "dump",
    title: "W4: 1,000 links, 10,000 neighbours, 10,000 forwarding entries, read into objects",
    before: "vxprog dev=vx0 file=FILE",
    pairs: 500,
    layers: ["netlink"],
    steps: [
      { column: "links", request: "links" },
      { column: "neighbours", request: "neighs dev=vx0" },
      { column: "fdb", request: "fdb dev=vx0" },
    ],
  },
  {
    key: "program",
    title: "W5: 10,000 forwarding entries and 10,000 neighbours, written and removed",
    pairs: 0,
    layers: ["netlink"],
    steps: [
      { column: "program", request: "vxprog dev=vx0 file=FILE" },
      { column: "remove", request: "vxunprog dev=vx0 file=FILE" },
    ],
  },
  {
    key: "publish",
    title: "W6: 1,000 ports published, elements of one map in one transaction; one port alone",
    before: "pubinit",
    pairs: 0,
    layers: ["netlink"],
    steps: [
      { column: "1,000", request: "bulkpublish file=PORTS" },
      { column: "unpublish", request: "bulkunpublish file=PORTS" },
      { column: "one", request: `publish ${port(0)}` },
      { column: "unpublish one", request: `unpublish ${port(0)}` },
    ],
  },
];

/** Nanoseconds by column. */
export type BulkSamples = ReadonlyMap<string, readonly number[]>;

const remotes = 10_000;
const ports = 1000;
const endpoints = 1000;
const pauseMs = 30;

/** One round more than `rounds`: the first is not counted. */
export async function measureBulk(
  bulk: Bulk,
  contenders: readonly Contender[],
  rounds: number,
  tick: () => void,
): Promise<ReadonlyMap<string, BulkSamples>> {
  const folder = mkdtempSync(path.join(tmpdir(), "vethwork-bench-"));
  const file = path.join(folder, "remotes");
  writeFileSync(file, Array.from({ length: remotes }, (_, at) => remote(at)).join(""));
  const portsFile = path.join(folder, "ports");
  writeFileSync(portsFile, Array.from({ length: ports }, (_, at) => `${port(at)}\n`).join(""));
  const endpointsFile = path.join(folder, "endpoints");
  writeFileSync(endpointsFile, Array.from({ length: endpoints }, (_, at) => endpoint(at)).join(""));
  const filled = (text: string) =>
    text.replace("FILE", file).replace("PORTS", portsFile).replace("ENDPOINTS", endpointsFile);
  const sessions: Session[] = [];
  try {
    for (const contender of contenders) {
      const session = await Session.start(contender);
      sessions.push(session);
      await prepare(session, bulk.pairs);
      if (bulk.before !== undefined) await session.call(filled(bulk.before));
    }
    const taken = new Map(
      sessions.map(({ contender }) => [
        contender.name,
        new Map(bulk.steps.map(({ column }) => [column, [] as number[]])),
      ]),
    );
    for (let round = 0; round <= rounds; round++) {
      for (const session of shuffled(sessions)) {
        await sleep(pauseMs);
        for (const { column, request } of bulk.steps) {
          const ns = await session.call(filled(request));
          if (round > 0) taken.get(session.contender.name)?.get(column)?.push(ns);
        }
        await session.fence();
        tick();
      }
    }
    return taken;
  } finally {
    for (const session of sessions) await session[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  }
}

async function prepare({ host, pid }: Session, pairs: number): Promise<void> {
  const vxlan = "type vxlan id 4097 dstport 4789 local 10.1.0.1 nolearning".split(" ");
  for (const words of [
    ["link", "add", "vx0", ...vxlan],
    ["link", "set", "vx0", "up"],
    ["address", "add", "10.9.255.254/16", "dev", "vx0"],
  ]) {
    execFileSync("nsenter", ["--target", String(pid), "--net", "ip", ...words]);
  }
  const names = Array.from({ length: pairs }, (_, at) => at);
  await Promise.all(
    names.map((at) => host.links.add({ kind: "veth", name: `a${at}`, peer: { name: `b${at}` } })),
  );
}

/** One line: MAC address, address and remote end of the `at`-th. */
function remote(at: number): string {
  const [high, low] = [at >> 8, at & 255];
  const hex = [high, low].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
  return `02:42:0b:00:${hex} 10.9.${high}.${low} 172.31.${at % 200}.${1 + (at % 250)}\n`;
}

/** One line: the arguments of the `at`-th endpoint. */
function endpoint(at: number): string {
  return `${argumentsOf(at)}\n`;
}

/** The arguments of the `at`-th published port. */
function port(at: number): string {
  const [third, fourth] = [1 + Math.floor(at / 250), 1 + (at % 250)];
  return `proto=tcp hport=${20_000 + at} cip=10.1.${third}.${fourth} cport=80`;
}
