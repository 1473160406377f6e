import type { Namespace } from "#lib/netlink.js";
import { readdirSync, readlinkSync } from "node:fs";
import { runIn } from "./other-eyes.js";

/** A netlink socket of this process, as /proc has it. */
export interface NetlinkSocket {
  readonly fd: number;
  /** What other sockets send to. */
  readonly port: number;
}

/** The sockets of rtnetlink that this process has open in the namespace. */
export async function routeSockets(netns: Namespace): Promise<readonly NetlinkSocket[]> {
  const { stdout } = await runIn(netns, "cat", "/proc/self/net/netlink");
  const [, ...rows] = stdout.trimEnd().split("\n");
  return rows.flatMap((row) => {
    const [, protocol, port, , , , , , , inode = ""] = row.trim().split(/\s+/);
    const fd = protocol === "0" ? fdOf(`socket:[${inode}]`) : undefined;
    return fd === undefined ? [] : [{ fd, port: Number(port) }];
  });
}

function fdOf(target: string): number | undefined {
  const fds = readdirSync("/proc/self/fd");
  const found = fds.find((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === target;
    } catch {
      return false; // the descriptor of the listing itself
    }
  });
  return found === undefined ? undefined : Number(found);
}
