import type { FeatureName, Features } from "#lib/netlink.js";
import { spawnSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Context } from "mocha";
import { withoutPreload } from "./run.js";

/**
 * What a test may ask for: `"program:ping"`, `"link:bridge"` (a kind of link), `"root"` (of the
 * first user namespace), `"ipv6"`, `"ptrace"` (strace works), `"bridge-vlan"` (bridges know VLANs),
 * `"tc:netem"` (a part of traffic control), `"tun"` (/dev/net/tun can be opened), `"nft:flowtable"` (a part of nftables), `"kernel:echo"` (what `features()` tries).
 */
export type Need =
  | `program:${string}`
  | `link:${string}`
  | `kernel:${FeatureName}`
  | `tc:${TrafficPart}`
  | "bridge-vlan"
  | "root"
  | "ipv6"
  | "nft:flowtable"
  | "ptrace"
  | "tun";

/** What each part of traffic control is tried with, on the loopback of a new namespace. */
const trafficParts = {
  fq: "qdisc add dev lo root fq",
  fq_codel: "qdisc add dev lo root fq_codel",
  gact: "actions add action gact drop",
  matchall: "qdisc add dev lo clsact; tc filter add dev lo ingress matchall classid 1:1",
  netem: "qdisc add dev lo root netem",
  police: "actions add action police rate 1mbit burst 9k",
} as const;
type TrafficPart = keyof typeof trafficParts;

/**
 * Skips the test where a need is not met, and says so in its title. Each is tried once.
 * VETHWORK_TEST_REQUIRE, a list with commas, makes such a skip a failure. `all` in it is all but root
 * and what is the kernel's own to have; `kernel` is the latter; `-link:netkit` takes out one.
 */
export function needs(context: Context, ...wanted: readonly Need[]): void {
  for (const need of wanted) {
    const lack = lackOf(need);
    if (lack !== undefined) skipFor(context, need, lack);
  }
}

/** The same for what a test finds out on its way: skips for want of `need`, with the reason. */
export function skipFor(context: Context, need: string, lack: string): never {
  const reason = `needs ${need}: ${lack.replaceAll("\n", " ")}`;
  if (isRequired(need)) throw new Error(`${reason}, and VETHWORK_TEST_REQUIRE wants it`);
  const { test } = context;
  if (test !== undefined) test.title += ` (${reason})`;
  return context.skip();
}

/** Whether a word of a test's source is a need that the kernel meets or does not. */
export function isOfKernel(word: string): word is Need {
  return word === "bridge-vlan" || word === "tun" || /^(?:kernel|link|tc):./.test(word);
}

/** Undefined where the need is met, else why it is not. Throws where the probe itself went wrong. */
export function lackOf(need: Need): string | undefined {
  if (!known.has(need)) known.set(need, probe(need));
  return known.get(need);
}

const known = new Map<Need, string | undefined>();

function isRequired(need: string): boolean {
  const required = new Set((process.env["VETHWORK_TEST_REQUIRE"] ?? "").split(","));
  if (required.has(`-${need}`)) return false;
  if (required.has(need) || (required.has("all") && isToBeHad(need))) return true;
  return required.has("kernel") && !/^(?:program:.*|root|ptrace)$/.test(need);
}

// Nobody can require root of the suite's run as an ordinary user, nor modules of a kernel that has
// none: what they are needed for runs in the emulator (scripts/vm.mjs).
function isToBeHad(need: string): boolean {
  return /^(?:program:.*|ipv6|ptrace|link:bridge|link:veth)$/.test(need);
}

function probe(need: Need): string | undefined {
  const [what, name = ""] = need.split(":");
  switch (what) {
    case "program":
      return onPath(name) ? undefined : "it is not on the PATH";
    case "link":
      return onPath("ip") && onPath("unshare") ? probeLink(name) : "there is no ip(8) to try it";
    case "bridge-vlan":
      return probeLink("bridge vlan_filtering 1");
    case "tc":
      return onPath("tc") && onPath("unshare")
        ? probeTraffic(name as TrafficPart)
        : "there is no tc(8) to try it";
    case "root":
      return /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync("/proc/self/uid_map", "utf8"))
        ? undefined
        : "this is a user namespace";
    case "ipv6":
      return isThere("/proc/self/net/if_inet6") ? undefined : "this kernel has no IPv6";
    case "nft":
      return onPath("nft") && onPath("unshare") ? probeFlowtable() : "there is no nft(8) to try it";
    case "kernel":
      return lackOfFeature(need.slice("kernel:".length) as FeatureName);
    case "tun":
      return isThere("/dev/net/tun", constants.R_OK | constants.W_OK)
        ? undefined
        : "there is no /dev/net/tun that this user may open";
    case "ptrace":
      return onPath("strace") ? probeTrace() : "there is no strace(1)";
    default:
      throw new Error(`no probe for ${need}`);
  }
}

/** What `ip link add` needs beside the kind. */
const neededWords: Readonly<Record<string, string>> = {
  ipvlan: "link below",
  macvlan: "link below",
  macvtap: "link below",
  vlan: "link below id 5",
  vrf: "table 5",
  vxlan: "id 5 dstport 4789",
};

function probeLink(kind: string): string | undefined {
  const words = neededWords[kind] ?? "";
  const link = /^link \S+/.exec(words)?.[0] ?? "";
  const below = link === "" ? "" : "ip link add name below type veth && ";
  const script = `${below}ip link add ${link} name probe type ${kind} ${words.slice(link.length)}`;
  const { status, stderr } = spawnSync("unshare", ["--net", "sh", "-c", script], {
    encoding: "utf8",
    env: withoutPreload(),
  });
  if (status === 0) return undefined;
  if (/Unknown device type|Operation not supported/.test(stderr)) return stderr.trim();
  throw new Error(`the probe for links of kind ${kind} went wrong: ${stderr.trim()}`);
}

function probeFlowtable(): string | undefined {
  const rules = "table ip t { flowtable f { hook ingress priority 0; devices = { lo }; }; }";
  const { status, stderr } = spawnSync("unshare", ["--net", "nft", rules], {
    encoding: "utf8",
    env: withoutPreload(),
  });
  if (status === 0) return undefined;
  if (/No such file or directory|not supported/.test(stderr)) return "this kernel has none";
  throw new Error(`the probe for flowtables went wrong: ${stderr.trim()}`);
}

let features: Features | undefined;

// A process of its own can be waited for: tests ask before they begin.
function lackOfFeature(name: FeatureName): string | undefined {
  features ??= probeFeatures();
  const { available, reason } = features[name];
  return available ? undefined : reason;
}

function probeFeatures(): Features {
  const program = `
    import { features, Namespace } from ${JSON.stringify(import.meta.resolve("#lib/netlink.js"))};
    const own = await Namespace.own();
    console.log(JSON.stringify(await features(own)));
    await own.close();`;
  const args = ["--input-type=module", "--eval", program];
  const preload = process.env["VETHWORK_TEST_PRELOAD"] ?? "";
  const env = preload === "" ? process.env : { ...process.env, LD_PRELOAD: preload };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env });
  if (status === 0) return JSON.parse(stdout) as Features;
  throw new Error(`the probe for features of the kernel went wrong: ${stderr.trim()}`);
}

function probeTraffic(part: TrafficPart): string | undefined {
  const { status, stderr } = spawnSync(
    "unshare",
    ["--net", "sh", "-c", `tc ${trafficParts[part]}`],
    {
      encoding: "utf8",
      env: withoutPreload(),
    },
  );
  if (status === 0) return undefined;
  if (/is unknown|not found|Failed to load TC action module/.test(stderr)) return stderr.trim();
  throw new Error(`the probe for ${part} of tc(8) went wrong: ${stderr.trim()}`);
}

function probeTrace(): string | undefined {
  const { status, stderr } = spawnSync("strace", ["-o", "/dev/null", "true"], {
    encoding: "utf8",
    env: withoutPreload(),
  });
  if (status === 0) return undefined;
  if (/Operation not permitted|Function not implemented/.test(stderr)) return stderr.trim();
  throw new Error(`the probe for strace went wrong: ${stderr.trim()}`);
}

function onPath(program: string): boolean {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .some((folder) => isThere(join(folder, program), constants.X_OK));
}

function isThere(file: string, mode = constants.F_OK): boolean {
  try {
    accessSync(file, mode);
    return true;
  } catch {
    return false; // absent or forbidden: not to be had either way
  }
}
