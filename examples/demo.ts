// The main job: two sandboxes on one network; a real HTTP server in one, a real client in the other.
// Run: npm start
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Controller, type Endpoint, type Sandbox } from "vethwork";
import { drawNetwork } from "./support/picture.js";
import { answerOf, fetchCommand, has, pingCommand } from "./support/programs.js";

const port = 8080;
const folder = mkdtempSync(join(tmpdir(), "vethwork-demo-"));
writeFileSync(join(folder, "hello.txt"), "Hello from the sandbox named web.\n");

try {
  console.log(`${whereWeAre()}\n`);
  await demo();
  console.log("\nAll of it is gone again.");
} finally {
  rmSync(folder, { recursive: true });
}

async function demo(): Promise<void> {
  await using cnm = await timed("open the controller", () => Controller.open());
  await using network = await timed("create the network", () =>
    cnm.createNetwork("demo", { driver: "bridge", subnets: ["10.90.0.0/24", "fd00:90::/64"] }),
  );
  await using web = await timed("create sandbox web", () => cnm.createSandbox("web"));
  await using client = await timed("create sandbox client", () => cnm.createSandbox("client"));
  await using a = await timed("create endpoint web", () => network.createEndpoint("web"));
  await using b = await timed("create endpoint client", () => network.createEndpoint("client"));
  await timed("join web", () => a.join(web));
  await timed("join client", () => b.join(client));
  console.log(`\n${drawNetwork(network, [a, b])}\n`);

  await withServer(web, async () => {
    for (const family of [4, 6] as const) {
      const [command, args] = fetchCommand(`http://web:${port}/hello.txt`, family);
      await show(client, `IPv${family}`, command, args);
    }
  });
  for (const family of [4, 6] as const) {
    const [command, args] = pingCommand(addressOf(a, family), family);
    await show(client, `IPv${family}`, command, args);
  }

  console.log();
  await timed("leave web", () => a.leave());
  await timed("leave client", () => b.leave());
}

/** Runs python3's own HTTP server in the sandbox while `work` lasts. */
async function withServer(sandbox: Sandbox, work: () => Promise<void>): Promise<void> {
  const args = ["-u", "-m", "http.server", String(port), "--bind", "::", "--directory", folder];
  const server = sandbox.spawn("python3", args, { stdio: ["ignore", "pipe", "pipe"] });
  try {
    await once(server.stdout, "data"); // "Serving HTTP on ..."
    console.log(`web     $ python3 ${args.slice(1, 6).join(" ")} (process ${String(server.pid)})`);
    await work();
  } finally {
    const ended = once(server, "close");
    server.kill();
    await ended;
  }
}

async function show(sandbox: Sandbox, label: string, command: string, args: readonly string[]) {
  const shown =
    command === "python3" ? `python3 -c ... ${args.slice(2).join(" ")}` : args.join(" ");
  console.log(`client  $ ${command === "python3" ? "" : `${command} `}${shown}   (${label})`);
  for (const line of (await answerOf(sandbox, command, args)).trim().split("\n")) {
    console.log(`          ${line}`);
  }
}

async function timed<T>(what: string, step: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await step();
  const us = Math.round((performance.now() - start) * 1000);
  console.log(`${what.padEnd(24)}${String(us).padStart(8)} µs`);
  return result;
}

function addressOf(endpoint: Endpoint, family: 4 | 6): string {
  const found = endpoint.addresses.find((address) => address.includes(":") === (family === 6));
  return found?.split("/")[0] ?? "";
}

function whereWeAre(): string {
  const map = readFileSync("/proc/self/uid_map", "utf8").trim().split(/\s+/);
  const initial = map[0] === "0" && map[1] === "0" && map[2] === "4294967295";
  const place = initial
    ? "as root, in a network and a mount namespace of our own"
    : "as an ordinary user, in a user namespace with a network and a mount namespace of its own";
  const tools = ["curl", "ping"].filter((tool) => !has(tool));
  const instead = tools.length === 0 ? "" : ` (no ${tools.join(", no ")} here: python3 instead)`;
  return `Running ${place}: the machine's network is not touched${instead}.`;
}
