import type { Network, Sandbox } from "#lib/index.js";
import { expect } from "chai";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { newHost, runInside, type TestHost } from "../support/cnm.js";
import { needs } from "../support/needs.js";

/** "10.1.0.2 a a.net" for every address that is not the machine's own. */
function hostsLines(text: string): readonly string[] {
  const words = text
    .trim()
    .split("\n")
    .map((line) => line.split(/\s+/).join(" "));
  return words.filter((line) => !/^(127\.|::1 |f[ef]0)/.test(line));
}

async function seenIn(sandbox: Sandbox): Promise<readonly string[]> {
  const { stdout } = await runInside(sandbox, "cat", ["/etc/hosts"]);
  return hostsLines(stdout);
}

async function joined(world: TestHost, network: Network, name: string): Promise<Sandbox> {
  const sandbox = await world.cnm.createSandbox(name);
  await (await network.createEndpoint(name)).join(sandbox);
  return sandbox;
}

async function newNetwork({ cnm }: TestHost, name = "net", n = 1): Promise<Network> {
  return cnm.createNetwork(name, { subnets: [`10.${n}.0.0/24`, `fd00:${n}::/64`] });
}

describe("/etc/hosts of a sandbox", function () {
  it("has the loopback, the sandbox itself and its peers, in both families", async function () {
    await using world = await newHost(this);
    const network = await newNetwork(world);
    await joined(world, network, "a");
    const sandbox = await joined(world, network, "b");

    const { stdout } = await runInside(sandbox, "cat", ["/etc/hosts"]);

    expect(stdout)
      .to.match(/^127\.0\.0\.1\s+localhost$/m)
      .and.match(/^::1\s+localhost /m);
    expect(hostsLines(stdout)).to.have.members([
      "10.1.0.3 b b.net",
      "fd00:1::3 b b.net",
      "10.1.0.2 a a.net",
      "fd00:1::2 a a.net",
    ]);
  });

  it("has the machine's name, which programs take for their own", async function () {
    await using world = await newHost(this);
    const sandbox = await world.cnm.createSandbox("s");

    const { stdout } = await runInside(sandbox, "getent", ["hosts", hostname()]);

    expect(stdout).to.match(/^127\.0\.1\.1 /);
  });

  it("has the hostname", async function () {
    await using world = await newHost(this);
    const network = await newNetwork(world);
    const sandbox = await world.cnm.createSandbox("s", { hostname: "web.example" });
    await (await network.createEndpoint("a")).join(sandbox);

    expect(await seenIn(sandbox)).to.include("10.1.0.2 web.example a a.net");
  });

  it("leads to real peers by name, over IPv4 and over IPv6", async function () {
    needs(this, "program:ping");
    await using world = await newHost(this);
    const network = await newNetwork(world);
    await joined(world, network, "a");
    const sandbox = await joined(world, network, "b");

    for (const family of ["-4", "-6"]) {
      for (const name of ["a", "a.net"]) {
        const { code } = await runInside(sandbox, "ping", [family, "-c1", "-W2", name]);
        expect(code, `ping ${family} ${name}`).to.equal(0);
      }
    }
  });

  it("changes under a running program when a peer comes and goes", async function () {
    await using world = await newHost(this);
    const network = await newNetwork(world);
    const sandbox = await joined(world, network, "b");
    const script = "while read line; do cat /etc/hosts; echo done; done";
    const shell = sandbox.spawn("sh", ["-c", script], { stdio: ["pipe", "pipe", "inherit"] });
    const closed = once(shell, "close");
    const look = async (): Promise<string> => {
      shell.stdin.write("\n");
      let text = "";
      while (!text.endsWith("done\n")) {
        const [part] = (await once(shell.stdout as NodeJS.EventEmitter, "data")) as [Buffer];
        text += part.toString();
      }
      return text;
    };

    const before = await look();
    const peer = await joined(world, network, "a");
    const during = await look();
    await peer.delete();
    const after = await look();

    shell.stdin.end();
    await closed;
    expect(during).to.include("10.1.0.3\ta a.net\n");
    expect(after).to.equal(before);
  });

  it("knows no names of networks that the sandbox is not on", async function () {
    await using world = await newHost(this);
    const [left, right] = [await newNetwork(world, "left", 1), await newNetwork(world, "right", 2)];
    const a = await joined(world, left, "a");
    const b = await joined(world, right, "b");

    expect((await seenIn(a)).join()).not.to.match(/\bb\b/);
    expect((await seenIn(b)).join()).not.to.match(/\ba\b/);
  });

  it("knows the names of all networks that the sandbox is on", async function () {
    await using world = await newHost(this);
    const [left, right] = [await newNetwork(world, "left", 1), await newNetwork(world, "right", 2)];
    await joined(world, left, "a");
    await joined(world, right, "b");
    const router = await joined(world, left, "router");
    await (await right.createEndpoint("router2")).join(router);

    expect(await seenIn(router)).to.include.members(["10.1.0.2 a a.left", "10.2.0.2 b b.right"]);
  });

  it("knows nobody who has an endpoint and no sandbox", async function () {
    await using world = await newHost(this);
    const network = await newNetwork(world);
    await network.createEndpoint("nobody");
    const sandbox = await joined(world, network, "a");

    expect((await seenIn(sandbox)).join()).not.to.include("nobody");
  });

  it("loses all names of a network when the sandbox leaves it", async function () {
    await using world = await newHost(this);
    const network = await newNetwork(world);
    await joined(world, network, "a");
    const sandbox = await joined(world, network, "b");
    await seenIn(sandbox);

    await sandbox.endpoints()[0]?.leave();

    expect(await seenIn(sandbox)).to.deep.equal([]);
  });

  it("can be read by everybody, in a file for those who mount it themselves", async function () {
    await using world = await newHost(this);
    const network = await newNetwork(world);
    const sandbox = await joined(world, network, "a");

    const text = readFileSync(sandbox.hostsPath, "utf8");

    expect(hostsLines(text)).to.deep.equal(await seenIn(sandbox));
    const { stdout } = await runInside(sandbox, "stat", ["-c", "%a", "/etc/hosts"]);
    expect(stdout.trim()).to.equal("644");
  });

  it("is made anew where somebody has cleared the run directory", async function () {
    await using world = await newHost(this);
    const network = await newNetwork(world);
    const sandbox = await joined(world, network, "a");
    rmSync(dirname(sandbox.hostsPath), { recursive: true });

    await joined(world, network, "b");

    expect(await seenIn(sandbox)).to.include("10.1.0.3 b b.net");
  });

  it("is the machine's own outside, untouched", async function () {
    await using world = await newHost(this);
    const files = ["/etc/hosts", "/etc/resolv.conf"];
    const before = files.map((file) => readFileSync(file, "utf8"));
    const sandbox = await joined(world, await newNetwork(world), "a");

    await runInside(sandbox, "sh", ["-c", "echo 10.9.9.9 evil >> /etc/hosts"]);

    expect(files.map((file) => readFileSync(file, "utf8"))).to.deep.equal(before);
  });
});

describe("/etc/resolv.conf of a sandbox", function () {
  it("is a copy of the machine's, which it may change for itself", async function () {
    await using world = await newHost(this);
    const sandbox = await world.cnm.createSandbox("s");
    const outside = readFileSync("/etc/resolv.conf", "utf8");

    const { stdout } = await runInside(sandbox, "cat", ["/etc/resolv.conf"]);
    await runInside(sandbox, "sh", ["-c", "echo '# changed' >> /etc/resolv.conf"]);

    expect(stdout).to.equal(outside);
    expect(readFileSync(sandbox.resolvConfPath, "utf8")).to.equal(`${outside}# changed\n`);
  });
});
