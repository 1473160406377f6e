// Speaks the line protocol of a contender: one request a line on stdin, one answer a line on stdout.
//   VERB key=value ...   ->   OK <elapsed ns> [key=value ...]   |   ERR <text>
// Elapsed is measured here, from the request parsed to the work done. Runs inside namespaces that
// its caller has made: a bridge br0 with 10.1.0.1/16, lo up, a /run of its own.
// Run: node scripts/contender.mjs [--layer netlink|controller|durable|networks|leases|warm]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ControllerLayer } from "./contender/controller.js";
import { NetlinkLayer } from "./contender/netlink.js";
import { answerer, type Layer } from "./contender/protocol.js";
import { WarmLayer } from "./contender/warm.js";

const { values } = parseArgs({ options: { layer: { type: "string", default: "netlink" } } });

function open(): Promise<Layer> {
  switch (values.layer) {
    case "netlink":
      return NetlinkLayer.open();
    case "controller":
      return ControllerLayer.open();
    case "durable":
      return ControllerLayer.openDurable(stateDirectory());
    case "networks":
      return ControllerLayer.openWithNetworks(stateDirectory());
    case "leases":
      return ControllerLayer.openWithLeases(stateDirectory());
    case "warm":
      return WarmLayer.open(stateDirectory());
    default:
      throw new Error(
        `--layer is none of netlink, controller, durable, networks, leases, warm: ${values.layer}`,
      );
  }
}

/** A folder that goes with the process. */
function stateDirectory(): string {
  const folder = mkdtempSync(join(tmpdir(), "vethwork-bench-"));
  process.once("exit", () => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

const answer = answerer(open);
let rest = "";
let last: Promise<unknown> = Promise.resolve();

async function reply(line: string): Promise<void> {
  process.stdout.write(`${await answer(line)}\n`);
}

// No readline: what runs between two requests takes the caches from the work that is measured.
process.stdin.setEncoding("utf8").on("data", (text: string) => {
  const lines = (rest + text).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) last = last.then(() => reply(line));
});
