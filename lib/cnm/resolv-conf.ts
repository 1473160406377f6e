import { isLoopback } from "../net/ip.js";
import { readIfThere } from "../util/read-if-there.js";

/** Where a sandbox's programs ask for names: what is left out is the host's. */
export interface DnsOptions {
  /** Addresses, in the order to ask. */
  readonly servers?: readonly string[];
  /** Domains to try names in; none of them: no search at all. */
  readonly search?: readonly string[];
  /** As resolv.conf(5) has them: `"ndots:2"`. */
  readonly options?: readonly string[];
}

const usual = "/etc/resolv.conf";
/** What systemd-resolved asks, where it is itself all that {@link usual} names. */
const behindStub = "/run/systemd/resolve/resolv.conf";
const stub = "127.0.0.53";

/**
 * The text of a sandbox's `/etc/resolv.conf`. Nameservers on the host's loopback cannot be reached from
 * a sandbox, and are left out; directives that are not known stay. Source: resolv.conf(5).
 *
 * @param read Reads a file; `undefined` where it is not there.
 */
export function resolvConfText(
  dns: DnsOptions,
  read: (path: string) => string | undefined = readIfThere,
): string {
  const lines = hostLines(read);
  const of = (...words: readonly string[]) => lines.filter(([word = ""]) => words.includes(word));
  const servers = dns.servers ?? of("nameserver").map(([, address = ""]) => address);
  const reachable = dns.servers ?? servers.filter((address) => !isLoopback(address));
  const search = dns.search ?? lastOf(of("domain", "search"));
  const options = dns.options ?? of("options").flatMap(([, ...words]) => words);
  const others = lines.filter(([word = ""]) => !known.includes(word));
  const text = [
    ...reachable.map((address) => `nameserver ${address}`),
    ...(search.length > 0 && !(search.length === 1 && search[0] === ".")
      ? [`search ${search.join(" ")}`]
      : []),
    ...(options.length > 0 ? [`options ${options.join(" ")}`] : []),
    ...others.map((words) => words.join(" ")),
  ];
  if (servers.length > 0 && reachable.length === 0) {
    text.unshift(`# ${servers.join(", ")}: on the host's loopback, not to be reached from here`);
  }
  return text.map((line) => `${line}\n`).join("");
}

const known = ["nameserver", "domain", "search", "options"];

function hostLines(read: (path: string) => string | undefined): readonly (readonly string[])[] {
  const lines = linesOf(read(usual) ?? "");
  const servers = lines.filter(([word]) => word === "nameserver");
  const isStub = servers.length > 0 && servers.every(([, address]) => address === stub);
  const behind = isStub ? read(behindStub) : undefined;
  return behind === undefined ? lines : linesOf(behind);
}

function linesOf(text: string): readonly (readonly string[])[] {
  return text
    .split("\n")
    .map((line) => line.replace(/[#;].*$/, "").trim())
    .filter((line) => line !== "")
    .map((line) => line.split(/\s+/));
}

/** The last of `domain` and `search` counts. */
function lastOf(lines: readonly (readonly string[])[]): readonly string[] {
  return lines.at(-1)?.slice(1) ?? [];
}
