// A worker thread that holds a name and locks a file, until it is told to let go or is terminated.
import { Namespace } from "#lib/netlink.js";
import { FileLock } from "#lib/util/file-lock.js";
import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";

const { path, file } = workerData as { path: string; file: string };
const netns = await Namespace.open({ path });
await using hold = await netns.hold("lab");
using lock = FileLock.take(file);
if (parentPort === null) throw new Error("this is for a worker thread");
const told = once(parentPort, "message");
parentPort.postMessage([hold.name, lock.path]);
await told;
await netns.close();
