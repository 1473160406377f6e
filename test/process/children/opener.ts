// Opens a controller at each line "open" and closes it at each line "close"; says how that went.
import { Controller } from "#lib/index.js";
import { Namespace } from "#lib/netlink.js";
import { createInterface } from "node:readline";

const [, , path = "", runDirectory = ""] = process.argv;
await using host = await Namespace.open({ path });
let cnm: Controller | undefined;
say({ ready: process.pid });
for await (const line of createInterface(process.stdin)) {
  if (line === "open") await open();
  else await close();
}

async function open(): Promise<void> {
  try {
    cnm = await Controller.open({ host, runDirectory });
    say({ opened: true });
  } catch (error) {
    const { code, message, context } = error as Error & { code: string; context: object };
    say({ code, message, ...context });
  }
}

async function close(): Promise<void> {
  await cnm?.close();
  cnm = undefined;
  say({ closed: true });
}

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
