import type { MonitorEvent, Namespace } from "#lib/netlink.js";
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { nftCommand } from "./nft.js";
import { withoutPreload } from "./run.js";
import { until } from "./wait.js";

type Entries = readonly Readonly<Record<string, Readonly<Record<string, unknown>>>>[];

/** `nft -j monitor`, listening. */
export class NftMonitor implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<null, Readable, null>;
  #text = "";

  private constructor(path: string) {
    this.#child = spawn("nsenter", [`--net=${path}`, "--", "nft", "-j", "monitor"], {
      env: withoutPreload(),
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => (this.#text += text));
  }

  static async open(netns: Namespace): Promise<NftMonitor> {
    const monitor = new NftMonitor(netns.path ?? "");
    // It does not say when it listens.
    for (let round = 0; monitor.#text === ""; round++) {
      await nftCommand(netns, "add", "table", "ip", `listening${round}`);
      await nftCommand(netns, "delete", "table", "ip", `listening${round}`);
    }
    return monitor;
  }

  /** "add chain c", of what came up to the table of that name; of rules their chain. */
  async upToTable(name: string): Promise<readonly string[]> {
    const last = `add table ${name}`;
    await until("nft(8) has told it", () => this.#words().includes(last));
    const all = this.#words();
    return all.slice(0, all.indexOf(last)).filter((word) => !word.includes("listening"));
  }

  #words(): readonly string[] {
    const lines = this.#text.split("\n").slice(0, -1);
    return lines.flatMap((line): readonly string[] => {
      const [verb = "", object = {}] = Object.entries(JSON.parse(line) as object)[0] ?? [];
      const [kind = "", about] = Object.entries(object as Entries[number])[0] ?? [];
      if (verb === "metainfo") return [];
      return [
        `${verb === "insert" ? "add" : verb} ${kind} ${String(kind === "rule" ? about?.["chain"] : about?.["name"])}`,
      ];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, "close");
    this.#child.kill();
    await ended;
  }
}

/** An event as {@link NftMonitor} says it; `undefined` for what nft(8) keeps to itself. */
export function asNftSays(event: MonitorEvent): string | undefined {
  if (!("change" in event)) return undefined;
  const verb = event.change === "deleted" ? "delete" : "add";
  switch (event.kind) {
    case "nftTable":
      return `${verb} table ${event.table.name}`;
    case "nftChain":
      return `${verb} chain ${event.chain.name}`;
    case "nftRule":
      return `${verb} rule ${event.rule.chain}`;
    case "nftObject":
      return `${verb} ${event.object.kind} ${event.object.name}`;
    case "nftFlowtable":
      return `${verb} flowtable ${event.flowtable.name}`;
    case "nftSet":
      if (event.change === "deleted") return `${verb} set ${event.set.name}`; // of maps, too
      if (event.set.flags.includes("anonymous")) return undefined;
      return `${verb} ${event.set.data === undefined ? "set" : "map"} ${event.set.name}`;
    case "nftElement":
      if (event.set.flags.includes("anonymous")) return undefined;
      return `${verb} element ${event.set.name}`;
    default:
      return undefined;
  }
}

/** What there is, as somebody knows it who has heard these events: "rule t 5" ... */
export function ruleset(events: readonly MonitorEvent[]): readonly string[] {
  const there = new Set<string>();
  for (const event of events) {
    const name = nameOf(event);
    if (name === undefined || !("change" in event)) continue;
    if (event.change === "deleted") there.delete(name);
    else there.add(name);
  }
  return [...there].sort();
}

function nameOf(event: MonitorEvent): string | undefined {
  switch (event.kind) {
    case "nftTable":
      return `table ${event.table.name} ${event.table.handle}`;
    case "nftChain":
      return `chain ${event.chain.table} ${event.chain.handle}`;
    case "nftRule":
      return `rule ${event.rule.table} ${event.rule.handle}`;
    case "nftSet":
      return `set ${event.set.table} ${event.set.handle}`;
    case "nftElement":
      return `element ${event.set.name} ${JSON.stringify(event.element.key)}`;
    default:
      return undefined;
  }
}

/** The same of `nft -j list ruleset`. Of elements those that are numbers or addresses. */
export async function rulesetByNft(netns: Namespace): Promise<readonly string[]> {
  const text = await nftCommand(netns, "-j", "list", "ruleset");
  const { nftables } = JSON.parse(text) as { nftables: Entries };
  const all = nftables.flatMap((entry): readonly string[] => {
    const [kind = "", about = {}] = Object.entries(entry)[0] ?? [];
    if (kind === "metainfo") return [];
    const { name, table, handle, elem = [] } = about;
    if (kind === "table") return [`table ${String(name)} ${String(handle)}`];
    const elements = (elem as readonly unknown[]).map(
      (one) => `element ${String(name)} ${JSON.stringify(one)}`,
    );
    return [`${kind} ${String(table)} ${String(handle)}`, ...elements];
  });
  return all.sort();
}
