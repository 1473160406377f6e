// Opens a controller on a state at each line "open", closes it at "close", and at "storm" does many
// operations at once, one set after the other, without end. Says how each of these went.
import { Controller } from "#lib/index.js";
import { Namespace } from "#lib/netlink.js";
import { createInterface } from "node:readline";

const [, , path = "", folder = ""] = process.argv;
await using host = await Namespace.open({ path });
const where = { host, runDirectory: `${folder}/run`, stateDirectory: `${folder}/state` };
let cnm: Controller | undefined;
say({ ready: process.pid });
for await (const line of createInterface(process.stdin)) {
  if (line === "open") await open();
  else if (line === "storm") void storm();
  else await close();
}

async function open(): Promise<void> {
  try {
    cnm = await Controller.open(where);
    say({ opened: true, findings: await cnm.check(), sandboxes: cnm.sandboxes().length });
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

async function storm(): Promise<void> {
  for (let round = 0; cnm !== undefined; round++) {
    say({ round });
    await Promise.all([0, 1, 2, 3].map((n) => gust(cnm as Controller, n, round)));
  }
}

/** Networks stay, sandboxes come and go; of each round one stays, until the third takes its endpoints. */
async function gust(on: Controller, n: number, round: number): Promise<void> {
  const name = `net${n}`;
  const there = on.networks().find((one) => one.name === name);
  const network = there ?? (await on.createNetwork(name, { subnets: [`10.1.${n}.0/24`] }));
  const names = [0, 1, 2].map((m) => `${process.pid}-${n}-${round}-${m}`);
  await on.attachMany(names.map((sandbox) => ({ sandbox: { name: sandbox }, network })));
  await Promise.all(names.slice(1).map((sandbox) => on.sandbox(sandbox).delete()));
  if (round % 3 === 2) await on.detachMany(network.endpoints());
}

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
