import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** What a process leaves lying about: each entry is a sentence's end, "link br0". */
export type Traces = ReadonlySet<string>;

const runDirectory = "/run"; // a tmpfs of the suite's own: see `--run-tmpfs` in native/helper

/** Of this process and its own namespaces, read from /proc: none of our code is asked. */
export function traces(): Traces {
  return new Set([...links(), ...mounts(), ...descriptors(), ...threads(), ...files()]);
}

/** What is in `after` alone. */
export function added(before: Traces, after: Traces): readonly string[] {
  return [...after].filter((trace) => !before.has(trace));
}

/** Names of the addon's threads that run now. */
export function threads(): readonly string[] {
  return entries("/proc/self/task").flatMap((id) => {
    const name = unlessGone(() => readFileSync(`/proc/self/task/${id}/comm`, "utf8").trim());
    return name?.startsWith("vw-") === true ? [`thread ${name} (${id})`] : [];
  });
}

/**
 * Descriptors of namespaces, of netlink sockets, and of sockets that live in another namespace:
 * /proc/net lists those of our own, but for netlink's it lists no inode of another namespace's.
 */
export function descriptors(): readonly string[] {
  const ours = new Set(["unix", "tcp", "tcp6", "udp", "udp6"].flatMap(inodes));
  return entries("/proc/self/fd").flatMap((fd) => {
    const target = unlessGone(() => readlinkSync(`/proc/self/fd/${fd}`)) ?? "";
    if (/^net:\[/.test(target)) return [`namespace descriptor ${fd} -> ${target}`];
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    return inode === undefined || ours.has(inode) ? [] : [`socket ${fd} -> ${target}`];
  });
}

function links(): readonly string[] {
  const [, , ...rows] = readFileSync("/proc/self/net/dev", "utf8").trimEnd().split("\n");
  return rows.map((row) => `link ${row.split(":")[0]?.trim() ?? ""}`);
}

function mounts(): readonly string[] {
  const rows = readFileSync("/proc/self/mountinfo", "utf8").trimEnd().split("\n");
  return rows.map((row) => {
    const [id, , , root, at] = row.split(" "); // proc(5)
    return `mount ${id ?? ""} of ${root ?? ""} at ${at ?? ""}`;
  });
}

function files(): readonly string[] {
  const names = readdirSync(runDirectory, { recursive: true, encoding: "utf8" });
  // umount(8) makes /run/mount for notes of its own.
  const ours = names.filter((name) => name !== "mount" && !name.startsWith("mount/"));
  return ours.map((name) => `file ${runDirectory}/${name}`);
}

function inodes(table: string): readonly string[] {
  const text = unlessGone(() => readFileSync(`/proc/self/net/${table}`, "utf8")) ?? "";
  const column = table === "unix" ? 6 : 9;
  return text.split("\n").map((row) => row.trim().split(/\s+/)[column] ?? "");
}

function entries(folder: string): readonly string[] {
  return unlessGone(() => readdirSync(folder)) ?? [];
}

// A thread or a descriptor may end between the listing and the look.
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (/^(?:ENOENT|ESRCH)$/.test((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
