// Takes a name in a namespace, says how that went, and keeps it until its standard input ends.
import { Namespace } from "#lib/netlink.js";
import { once } from "node:events";

const [, , path = "", name = ""] = process.argv;
const netns = await Namespace.open({ path });
try {
  await using hold = await netns.hold(name);
  say({ pid: process.pid, held: hold.name });
  await once(process.stdin.resume(), "end");
} catch (error) {
  const { code, context } = error as { code: string; context: { pid?: number } };
  say({ code, holder: context.pid });
}

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
