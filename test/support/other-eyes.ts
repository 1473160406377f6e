import type { Namespace } from "#lib/netlink.js";
import { output, run, type Ended } from "./run.js";

/** What a program other than ours says about an object of the kernel. */
export type Seen = Readonly<Record<string, unknown>>;

/** A namespace that has a path, or the path. */
export type Where = Namespace | string;

/** `ip -j -d ...` inside the namespace, parsed. */
export async function ip(where: Where, ...args: readonly string[]): Promise<readonly Seen[]> {
  const text = await output("nsenter", [...inside(where), "ip", "-j", "-d", ...args]);
  const list = JSON.parse(text === "" ? "[]" : text) as readonly Seen[];
  return list.filter((entry) => Object.keys(entry).length > 0); // ip(8) prints `{}` for what it filters
}

/** `bridge -j -d ...` inside the namespace, parsed. */
export async function bridge(where: Where, ...args: readonly string[]): Promise<readonly Seen[]> {
  const text = await output("nsenter", [...inside(where), "bridge", "-j", "-d", ...args]);
  return JSON.parse(text === "" ? "[]" : text) as readonly Seen[];
}

/** `tc -j -s ...` inside the namespace, parsed. */
export async function tc(where: Where, ...args: readonly string[]): Promise<readonly Seen[]> {
  const text = await output("nsenter", [...inside(where), "tc", "-j", "-s", ...args]);
  return JSON.parse(text === "" ? "[]" : text) as readonly Seen[];
}

/** `ip -j -d tuntap show`, which looks into /sys: into that of the namespace. */
export async function ipTuntap(where: Where): Promise<readonly Seen[]> {
  const script = "mount -t sysfs of-it /sys && exec ip -j -d tuntap show";
  const text = await output("nsenter", [...inside(where), "unshare", "-m", "sh", "-c", script]);
  return JSON.parse(text === "" ? "[]" : text) as readonly Seen[];
}

/** The one link of that name as ip(8) sees it; undefined where there is none. */
export async function ipLink(where: Where, name: string): Promise<Seen | undefined> {
  const all = await ip(where, "link", "show");
  return all.find((link) => link["ifname"] === name);
}

/** Names of all links, as ip(8) sees them. */
export async function ipLinkNames(where: Where): Promise<readonly unknown[]> {
  return (await ip(where, "link", "show")).map((link) => link["ifname"]);
}

/** The addresses of a link, `"10.0.0.2/24"`, as ip(8) sees them; not the link-local ones. */
export async function ipAddresses(where: Where, link: string): Promise<readonly string[]> {
  const [seen] = await ip(where, "address", "show", "dev", link);
  const list = (seen?.["addr_info"] ?? []) as readonly { local: string; prefixlen: number }[];
  return list
    .filter(({ local }) => !local.startsWith("fe80:"))
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`);
}

/** Runs any program inside the namespace. */
export function runIn(where: Where, command: string, ...args: readonly string[]): Promise<Ended> {
  return run("nsenter", [...inside(where), command, ...args]);
}

/** Whether one echo comes back within two seconds. */
export async function pings(where: Where, address: string): Promise<boolean> {
  const { code, stderr } = await runIn(where, "ping", "-n", "-c", "1", "-W", "2", address);
  if (code === 0 || code === 1) return code === 0; // 2 and more: ping(8) could not even try
  if (/unreachable/i.test(stderr)) return false;
  throw new Error(`ping ${address} went wrong: ${stderr}`);
}

function inside(where: Where): readonly string[] {
  const path = typeof where === "string" ? where : where.path;
  if (path === undefined) throw new Error("the namespace has no path for nsenter(1)");
  return [`--net=${path}`, "--"];
}
