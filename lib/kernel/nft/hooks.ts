import type { NftFamily } from "./compiler.js";

/** Where packets come by. Source: nft(8), "ADDRESS FAMILIES". */
export type Hook =
  "prerouting" | "input" | "forward" | "output" | "postrouting" | "ingress" | "egress";

/** A number, or a name and how far from it: `"filter"`, `"mangle - 5"`. */
export type Priority = number | PriorityName | `${PriorityName} ${"+" | "-"} ${number}`;
export type PriorityName = "raw" | "mangle" | "dstnat" | "filter" | "security" | "srcnat" | "out";

// Hooks are numbers that begin at 0 in each family: enum nf_inet_hooks, nf_dev_hooks, and
// netfilter_arp.h.
const inet: readonly Hook[] = [
  "prerouting",
  "input",
  "forward",
  "output",
  "postrouting",
  "ingress",
];
const hooks: Readonly<Record<NftFamily, readonly Hook[]>> = {
  inet,
  ip: inet.slice(0, 5),
  ip6: inet.slice(0, 5),
  arp: ["input", "output"],
  bridge: inet.slice(0, 5),
  netdev: ["ingress", "egress"],
};

/** @internal */
export function hooksOf(family: NftFamily): readonly Hook[] {
  return hooks[family];
}

// Source: enum nf_ip_hook_priorities and nf_br_hook_priorities.
const priorities: Readonly<Record<PriorityName, number>> = {
  raw: -300,
  mangle: -150,
  dstnat: -100,
  filter: 0,
  security: 50,
  out: 100,
  srcnat: 100,
};
const bridgePriorities: Partial<typeof priorities> = {
  dstnat: -300,
  filter: -200,
  out: 100,
  srcnat: 300,
};

/** The number, or nothing where the family has no such name. @internal */
export function priorityNumber(family: NftFamily, priority: string | number): number | undefined {
  if (typeof priority === "number") return priority;
  const parts = /^([a-z]+)(?:\s*([+-])\s*(\d{1,9}))?$/.exec(priority);
  if (parts === null) return undefined;
  const [, name = "", sign, offset] = parts;
  if (family === "netdev" && name !== "filter") return undefined;
  if (family !== "bridge" && name === "out") return undefined;
  const known: Partial<Record<string, number>> =
    family === "bridge" ? bridgePriorities : priorities;
  const base = Object.hasOwn(known, name) ? known[name] : undefined;
  if (base === undefined || offset === undefined) return base;
  return base + (sign === "-" ? -Number(offset) : Number(offset));
}
