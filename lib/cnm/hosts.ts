import {
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { RunDirectory } from "./run-directory.js";

const loopback = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

/** A line of `/etc/hosts`. @internal */
export interface HostsEntry {
  readonly ip: string;
  readonly names: readonly string[];
}

/** The text of a sandbox's `/etc/hosts`. @internal */
export function hostsText(entries: readonly HostsEntry[]): string {
  const lines = entries.map(({ ip, names }) => `${ip}\t${names.join(" ")}\n`);
  return loopback + lines.join("") + machineLine(entries);
}

// gethostname(2) tells programs the machine's name: they would wait for a DNS server to look it up,
// python3's http.server for ten seconds. 127.0.1.1 is what Debian writes.
function machineLine(entries: readonly HostsEntry[]): string {
  const machine = hostname();
  const known = machine === "localhost" || entries.some(({ names }) => names.includes(machine));
  return known ? "" : `127.0.1.1\t${machine}\n`;
}

/**
 * The files that a sandbox's programs see as `/etc/hosts` and `/etc/resolv.conf`. Made when first
 * asked for, so that a sandbox in which nothing runs costs none; in step from then on.
 * @internal
 */
export class SandboxFiles {
  readonly #directory: RunDirectory;
  readonly #id: string;
  readonly #entries: () => readonly HostsEntry[];
  #folder: string | undefined;

  constructor(directory: RunDirectory, id: string, entries: () => readonly HostsEntry[]) {
    this.#directory = directory;
    this.#id = id;
    this.#entries = entries;
  }

  /** Goes on with the files that an earlier process has made; whether it has. */
  find(): boolean {
    this.#folder = this.#directory.existingSandbox(this.#id);
    return this.#folder !== undefined;
  }

  get hostsPath(): string {
    return join(this.#use(), "hosts");
  }

  get resolvConfPath(): string {
    return join(this.#use(), "resolv.conf");
  }

  /** The network's endpoints have changed. */
  update(): void {
    if (this.#isThere(this.#folder)) this.#writeHosts(this.#folder);
  }

  remove(): void {
    if (this.#folder === undefined) return;
    this.#folder = undefined;
    this.#directory.removeSandbox(this.#id);
  }

  // Who clears the run directory must not make joins fail: the files are made anew when needed.
  #isThere(folder: string | undefined): folder is string {
    return folder !== undefined && existsSync(join(folder, "hosts"));
  }

  #use(): string {
    if (this.#isThere(this.#folder)) return this.#folder;
    const folder = this.#directory.sandbox(this.#id);
    this.#folder = folder;
    this.#writeHosts(folder);
    writeInPlace(join(folder, "resolv.conf"), hostResolvConf());
    return folder;
  }

  #writeHosts(folder: string): void {
    writeInPlace(join(folder, "hosts"), hostsText(this.#entries()));
  }
}

// The same inode stays: programs see it through a bind mount. Longer first, cut after: a reader in
// between finds old lines at the end rather than an empty file.
function writeInPlace(path: string, text: string): void {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644);
  try {
    const bytes = Buffer.from(text);
    writeSync(file, bytes, 0, bytes.length, 0);
    ftruncateSync(file, bytes.length);
  } finally {
    closeSync(file);
  }
}

function hostResolvConf(): string {
  try {
    return readFileSync("/etc/resolv.conf", "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
