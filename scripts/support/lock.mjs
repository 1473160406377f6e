// Two scripts in one tree must not build at once. The lock is an abstract unix socket (unix(7)): the kernel
// frees it when its holder dies, however it dies, so it never has to be cleaned up.

import { createHash } from "node:crypto";
import net from "node:net";
import { root } from "./paths.mjs";

const address = `\0vethwork-build-${createHash("sha256").update(root).digest("hex").slice(0, 32)}`;

/** Runs `work` alone among all processes that build in this tree; `onWait` is told when it has to wait. */
export async function withBuildLock(work, onWait) {
  let server = await tryHold();
  if (server === undefined) onWait();
  while (server === undefined) {
    await holderGone();
    server = await tryHold();
  }
  try {
    return await work();
  } finally {
    server.close();
    for (const socket of server.waiting) socket.destroy();
  }
}

function tryHold() {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => {
      server.waiting.add(socket);
      socket.on("error", () => socket.destroy()); // a waiter that went away is no news
      socket.on("close", () => server.waiting.delete(socket));
    });
    server.waiting = new Set();
    server.once("error", (error) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(address, () => resolve(server));
  });
}

/** A connection to the holder ends when the holder does. */
function holderGone() {
  return new Promise((resolve) => {
    const socket = net.connect(address);
    socket.on("error", () => socket.destroy()); // refused: gone already
    socket.on("close", resolve);
    socket.resume();
  });
}
