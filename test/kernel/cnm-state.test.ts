import { Controller, ipOf, type CnmError } from "#lib/index.js";
import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { expectAgreement } from "../support/agreement.js";
import { needs } from "../support/needs.js";
import { newNetns } from "../support/netns.js";
import { ip, ipAddresses, ipLinkNames, pings } from "../support/other-eyes.js";
import { cnmRefusal } from "../support/rejection.js";
import { newGround } from "../support/state.js";

const subnets = ["10.1.0.0/24", "fd00:1::/64"];

describe("Controller.open with a state directory", function () {
  it("has again what the last one had, and goes on with it", async function () {
    await using ground = await newGround(this);
    const first = await ground.open();
    const before = await first.createNetwork("net", { subnets, labels: { a: "b" } });
    const web = await first.createSandbox("web", { hostname: "www" });
    const endpoint = await before.createEndpoint("web");
    await endpoint.join(web);
    const seen = [first.id, before.inspect(), endpoint.inspect(), web.inspect()];

    const second = await ground.open();

    const network = second.network("net");
    const again = network.endpoint("web");
    const sandbox = second.sandbox("web");
    expect([second.id, network.inspect(), again.inspect(), sandbox.inspect()]).to.deep.equal(seen);
    expect(again.sandbox).to.equal(sandbox);
    await expectAgreement(second, ground.host, ground.runDirectory);
    const client = await second.createSandbox("client");
    await (await network.createEndpoint("client")).join(client);
    expect(await pings(client.namespace, ipOf(again))).to.equal(true);
    await again.leave();
    expect(await ipLinkNames(sandbox.namespace)).to.deep.equal(["lo"]);
  });

  it("goes on giving the lowest address, where that was asked for", async function () {
    await using ground = await newGround(this);
    const first = await ground.open();
    const lowest = { subnet: "10.1.0.0/24", allocation: "lowest" } as const;
    const before = await first.createNetwork("net", { subnets: [lowest] });
    const [a] = [await before.createEndpoint("a"), await before.createEndpoint("b")];
    await a.delete();

    const network = (await ground.open()).network("net");
    const next = [await network.createEndpoint("c"), await network.createEndpoint("d")];

    expect(next.map(({ addresses }) => addresses[0])).to.deep.equal(["10.1.0.2/24", "10.1.0.4/24"]);
    expect(network.inspect().subnets[0]?.allocation).to.equal("lowest");
  });

  it("keeps the files of sandboxes in step", async function () {
    await using ground = await newGround(this);
    const first = await ground.open();
    const network = await first.createNetwork("net", { subnets });
    await (await network.createEndpoint("web")).join(await first.createSandbox("web"));
    const { hostsPath } = first.sandbox("web");

    const second = await ground.open();
    await second.attach(await second.createSandbox("client"), second.network("net"));

    expect(second.sandbox("web").hostsPath).to.equal(hostsPath);
    expect(readFileSync(hostsPath, "utf8")).to.match(/\tclient client\.net\n/);
  });

  it("loses no packet meanwhile", async function () {
    needs(this, "program:ping");
    await using ground = await newGround(this);
    const first = await ground.open();
    const network = await first.createNetwork("net", { subnets });
    const sandbox = await first.createSandbox("web");
    const endpoint = await network.createEndpoint("web");
    await endpoint.join(sandbox);
    const words = [
      `--net=${ground.host.path ?? ""}`,
      "--",
      "ping",
      "-n",
      "-i",
      "0.02",
      ipOf(endpoint),
    ];
    const ping = spawn("nsenter", words, { stdio: ["ignore", "pipe", "inherit"] });
    const printed = text(ping.stdout);
    await once(ping, "spawn");

    for (let round = 0; round < 3; round++) await ground.open();
    ping.kill("SIGINT"); // prints its summary

    expect(await printed).to.match(/(\d+) packets transmitted, \1 received/);
  });

  it("makes a bridge again that is gone, and puts its ports back", async function () {
    await using ground = await newGround(this);
    const first = await ground.open();
    const network = await first.createNetwork("net", { subnets });
    const [a, b] = [await first.createSandbox("a"), await first.createSandbox("b")];
    await (await network.createEndpoint("a")).join(a);
    await (await network.createEndpoint("b")).join(b);
    const { bridge } = network.inspect().state as { bridge: string };
    await first.close();
    await ground.host.links.delete(bridge);

    const second = await ground.open();

    await expectAgreement(second, ground.host, ground.runDirectory);
    const other = second.network("net").endpoint("b");
    expect(await pings(second.sandbox("a").namespace, ipOf(other))).to.equal(true);
  });

  it("gives an endpoint that is made again its addresses again", async function () {
    await using ground = await newGround(this);
    const first = await ground.open();
    const network = await first.createNetwork("net", { subnets });
    await network.createEndpoint("other");
    const endpoint = await network.createEndpoint("web");
    const { addresses } = endpoint;
    await endpoint.delete();
    await network.createEndpoint("newcomer"); // is given others

    const second = await ground.open();
    const again = await second.network("net").createEndpoint("web");

    expect(again.addresses).to.deep.equal(addresses);
  });

  it("keeps the addresses of endpoints that have not joined", async function () {
    await using ground = await newGround(this);
    const network = await (await ground.open()).createNetwork("net", { subnets: ["10.1.0.0/29"] });
    const taken = await network.createEndpoint("taken");

    const again = (await ground.open()).network("net");

    expect(again.endpoint("taken").addresses).to.deep.equal(taken.addresses);
    const error = await cnmRefusal(again.createEndpoint("x", { addresses: [ipOf(taken)] }));
    expect(error.code).to.equal("ERR_CNM_ADDRESS_TAKEN");
  });

  it("has all options of endpoints again, and finds nothing wrong with them", async function () {
    await using ground = await newGround(this);
    const first = await ground.open();
    const one = await first.createNetwork("one", { subnets });
    const two = await first.createNetwork("two", { subnets: ["10.2.0.0/24"] });
    const sandbox = await first.createSandbox("s");
    await first.attach(sandbox, one);
    const endpoint = await first.attach(sandbox, two, {
      name: "e",
      addresses: ["10.2.0.9", "10.2.0.8"],
      aliases: ["alias"],
      gatewayPriority: 2,
      linkLocalAddresses: ["169.254.7.7"],
      mtu: 1400,
      routes: [{ destination: "192.168.7.0/24", gateway: "10.2.0.3" }],
      sysctls: { "net.ipv4.conf.IFNAME.forwarding": 1 },
    });
    const seen = endpoint.inspect();

    const second = await ground.open();

    const again = second.network("two").endpoint("e");
    expect(again.inspect()).to.deep.equal(seen);
    await expectAgreement(second, ground.host, ground.runDirectory);
    await again.leave();
    const [back] = await ip(second.sandbox("s").namespace, "-4", "route", "show", "default");
    expect(back).to.include({ gateway: "10.1.0.1" });
    await again.join(second.sandbox("s"));
    expect(again.inspect()).to.deep.equal({ ...seen, hostIfname: again.hostIfname });
    const routes = await ip(second.sandbox("s").namespace, "-4", "route", "show");
    expect(routes.map(({ dst, gateway }) => [dst, gateway])).to.deep.include.members([
      ["default", "10.2.0.1"],
      ["192.168.7.0/24", "10.2.0.3"],
    ]);
    await expectAgreement(second, ground.host, ground.runDirectory);
  });

  it("finds adopted sandboxes by path and process again, and buries those that are gone", async function () {
    await using ground = await newGround(this);
    await using other = await newNetns(this);
    const child = spawn("unshare", ["--net", "sleep", "60"], { stdio: "ignore" });
    await once(child, "spawn");
    try {
      const first = await ground.open();
      await first.adoptSandbox("path", { path: other.path ?? "" });
      await first.adoptSandbox("process", { pid: child.pid ?? 0 });
      const network = await first.createNetwork("net", { subnets });
      await (await network.createEndpoint("p")).join(first.sandbox("process"));

      const second = await ground.open();
      expect(second.sandboxes().map(({ name }) => name)).to.deep.equal(["path", "process"]);
      child.kill("SIGKILL");
      await once(child, "exit");
      const [finding] = await second.check();
      expect(finding).to.include({ object: "sandbox", name: "process", problem: "gone" });
      await second.repair();

      expect(second.sandboxes().map(({ name }) => name)).to.deep.equal(["path"]);
      expect(second.network("net").endpoint("p").sandbox).to.equal(undefined);
      await expectAgreement(second, ground.host, ground.runDirectory).catch(() => undefined);
      expect(await second.check()).to.deep.equal([]);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("is refused while another has the state directory, and says who", async function () {
    await using ground = await newGround(this);
    await using elsewhere = await newNetns(this);
    await ground.open();
    const { stateDirectory, runDirectory } = ground;

    const opening = Controller.open({ host: elsewhere, stateDirectory, runDirectory });

    const error = await cnmRefusal(opening);
    expect(error).to.nested.include({ code: "ERR_CNM_CONFLICT", "context.pid": process.pid });
    expect(error.message).to.match(/has it; close that controller, or give another directory$/);
  });

  it("is refused as another instance than the state is of", async function () {
    await using ground = await newGround(this);
    await (await ground.open()).close();

    const error = await cnmRefusal(ground.open({ instance: "other" }));

    expect(error).to.nested.include({ code: "ERR_CNM_CONFLICT", "context.field": "instance" });
  });

  it("is refused where the state directory cannot be made", async function () {
    await using ground = await newGround(this);

    const error = await cnmRefusal(ground.open({ stateDirectory: "/proc/none" }));

    expect(error).to.nested.include({ code: "ERR_CNM_STORE", "context.field": "stateDirectory" });
  });
});

describe("Controller.destroy", function () {
  it("takes down what close() would have kept", async function () {
    await using ground = await newGround(this);
    const cnm = await ground.open();
    const network = await cnm.createNetwork("net", { subnets });
    await (await network.createEndpoint("a")).join(await cnm.createSandbox("a"));

    await cnm.destroy();

    expect(await ipLinkNames(ground.host)).to.deep.equal(["lo"]);
    const next = await ground.open();
    expect([...next.networks(), ...next.sandboxes()]).to.deep.equal([]);
  });

  it("is refused after close(), which has kept it", async function () {
    await using ground = await newGround(this);
    const cnm = await ground.open();
    await cnm.createNetwork("net", { subnets });
    await cnm.close();

    const error = await cnmRefusal(cnm.destroy());

    expect(error.code).to.equal("ERR_CNM_CLOSED");
    expect((await ground.open()).network("net").name).to.equal("net");
  });
});

describe("Controller.check and repair", function () {
  it("find nothing where all is well", async function () {
    await using ground = await newGround(this);
    const cnm = await ground.open();
    const network = await cnm.createNetwork("net", { subnets });
    await (await network.createEndpoint("a")).join(await cnm.createSandbox("a"));

    expect(await cnm.check()).to.deep.equal([]);
    expect(await cnm.repair()).to.deep.equal([]);
  });

  it("find and mend what others have done to a bridge and a port", async function () {
    await using ground = await newGround(this);
    const cnm = await ground.open();
    const network = await cnm.createNetwork("net", { subnets });
    const endpoint = await network.createEndpoint("a");
    await endpoint.join(await cnm.createSandbox("a"));
    const { bridge } = network.inspect().state as { bridge: string };
    const port = endpoint.hostIfname ?? "";
    await ground.host.links.set(bridge, { up: false });
    await ground.host.addresses.delete({ link: bridge, address: "10.1.0.1/24" });
    await ground.host.links.set(port, { master: null });

    const findings = await cnm.check();
    const repairs = await cnm.repair();

    expect(findings.map(({ object, problem }) => `${object} ${problem}`)).to.deep.equal([
      "network wrong",
      "endpoint wrong",
    ]);
    expect(findings[0]?.text).to.match(/is down.*has lost its address 10\.1\.0\.1\/24/);
    expect(repairs.map(({ error }) => error)).to.deep.equal([undefined, undefined]);
    expect(await ipAddresses(ground.host, bridge)).to.include("10.1.0.1/24");
    await expectAgreement(cnm, ground.host, ground.runDirectory);
  });

  it("tell what the host has come to reach otherwise, and leave it alone", async function () {
    await using ground = await newGround(this);
    const cnm = await ground.open();
    await cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });
    await cnm.createNetwork("other", { subnets: ["10.2.0.0/24", "fd00:2::/64"] });
    await ground.host.links.add({ kind: "veth", name: "vpn", up: true, peer: { name: "far" } });
    await ground.host.links.set("far", { up: true });
    await ground.host.routes.add({ destination: "10.0.0.0/15", link: "vpn", table: 7 });
    await ground.host.rules.add({ family: "inet6", to: "fd00:2::1/128", table: 7, priority: 9 });

    const findings = await cnm.check();
    const repairs = await cnm.repair();

    expect(findings.map(({ text }) => text)).to.deep.equal([
      "network net: its subnet 10.1.0.0/24 is reached otherwise by now: a route to 10.0.0.0/15 by vpn",
      "network other: its subnet fd00:2::/64 is reached otherwise by now: a rule for fd00:2::1/128",
    ]);
    expect(findings[0]).to.include({ object: "network", name: "net", problem: "overlap" });
    expect(repairs.map(({ error }) => (error as CnmError).code)).to.deep.equal([
      "ERR_CNM_SUBNET_OVERLAP",
      "ERR_CNM_SUBNET_OVERLAP",
    ]);
    const [route] = await ip(ground.host, "route", "show", "table", "7");
    expect(route).to.include({ dst: "10.0.0.0/15", dev: "vpn" });
    await ground.host.links.delete("vpn"); // and its route with it
    expect((await cnm.check()).map(({ name }) => name)).to.deep.equal(["other"]);
  });

  it("take an endpoint whose interface is gone for left", async function () {
    await using ground = await newGround(this);
    const cnm = await ground.open();
    const network = await cnm.createNetwork("net", { subnets });
    const endpoint = await network.createEndpoint("a");
    const sandbox = await cnm.createSandbox("a");
    await endpoint.join(sandbox);
    await ground.host.links.delete(endpoint.hostIfname ?? "");

    const repairs = await cnm.repair();

    expect(repairs).to.have.length(1);
    expect(repairs[0]?.finding).to.include({ object: "endpoint", problem: "gone" });
    expect(endpoint.sandbox).to.equal(undefined);
    await endpoint.join(sandbox);
    await expectAgreement(cnm, ground.host, ground.runDirectory);
  });

  it("give the default route on where the interface that had it is gone", async function () {
    await using ground = await newGround(this);
    const cnm = await ground.open();
    const sandbox = await cnm.createSandbox("s");
    const first = await cnm.createNetwork("first", { subnets: ["10.1.0.0/24"] });
    const second = await cnm.createNetwork("second", { subnets: ["10.2.0.0/24"] });
    const endpoint = await cnm.attach(sandbox, first);
    await cnm.attach(sandbox, second);
    await ground.host.links.delete(endpoint.hostIfname ?? "");

    await cnm.repair();

    const [route] = await ip(sandbox.namespace, "route", "show", "default");
    expect(route).to.include({ gateway: "10.2.0.1" });
  });

  it("leave alone what carries another controller's mark, or none", async function () {
    await using ground = await newGround(this);
    const cnm = await ground.open();
    const foreign = `vethwork.${"0".repeat(32)}.${"1".repeat(32)}`;
    await ground.host.links.add({ kind: "bridge", name: "foreign", altnames: [foreign] });
    await ground.host.links.add({ kind: "bridge", name: "plain" });
    const own = `vethwork.${cnm.id}.${"1".repeat(32)}`;
    await ground.host.links.add({ kind: "bridge", name: "orphan", altnames: [own] });

    const repairs = await cnm.repair();

    expect(repairs.map(({ finding }) => finding.name)).to.deep.equal(["orphan"]);
    expect(await ipLinkNames(ground.host)).to.have.members(["lo", "foreign", "plain"]);
    await ground.host.links.delete("foreign");
    await ground.host.links.delete("plain");
  });
});

describe("Controller.watch", function () {
  it("tells what happens, in its order", async function () {
    await using ground = await newGround(this);
    const cnm = await ground.open();
    using watch = cnm.watch();
    const network = await cnm.createNetwork("net", { subnets });
    const sandbox = await cnm.createSandbox("s");
    const endpoint = await network.createEndpoint("e");
    await endpoint.join(sandbox);
    await endpoint.delete();
    await sandbox.delete();
    await network.delete();
    await cnm.close();

    const told: string[] = [];
    for await (const event of watch) {
      if ("change" in event) told.push(`${event.kind} ${event.change}`);
    }

    expect(told).to.deep.equal([
      "network created",
      "sandbox created",
      "endpoint created",
      "endpoint joined",
      "endpoint left",
      "endpoint deleted",
      "sandbox deleted",
      "network deleted",
    ]);
  });

  it("tells drift and its repair", async function () {
    await using ground = await newGround(this);
    const cnm = await ground.open();
    const network = await cnm.createNetwork("net", { subnets });
    using watch = cnm.watch();
    await ground.host.links.delete((network.inspect().state as { bridge: string }).bridge);

    await cnm.repair();

    const first = await watch.next();
    const second = await watch.next();
    expect([first.value?.kind, second.value?.kind]).to.deep.equal(["drift", "repair"]);
  });

  it("answers all who wait", async function () {
    await using ground = await newGround(this);
    const cnm = await ground.open();
    using watch = cnm.watch();
    const waiting = [watch.next(), watch.next()];

    await cnm.createNetwork("net", { subnets });
    await cnm.close();

    const answers = await Promise.all(waiting);
    expect(answers.map(({ done }) => done).sort()).to.deep.equal([false, true]);
  });

  it("ends by its signal, with its reason", async function () {
    await using ground = await newGround(this);
    const cnm = await ground.open();
    const abort = new AbortController();
    using watch = cnm.watch({ signal: abort.signal });
    const waiting = watch.next().catch((reason: unknown) => reason);

    abort.abort(new Error("enough"));

    expect(await waiting).to.have.property("message", "enough");
  });

  it("tells that events were lost where nobody listens fast enough", async function () {
    await using ground = await newGround(this);
    const cnm = await ground.open();
    using watch = cnm.watch();
    const network = await cnm.createNetwork("net", { subnets: ["fd00:1::/64"] });
    for (let at = 0; at < 5_100; at++) await (await network.createEndpoint("e")).delete();

    const kinds: string[] = [];
    for (let at = 0; at < 10_001; at++) kinds.push((await watch.next()).value?.kind ?? "");

    expect(kinds.at(-1)).to.equal("overrun");
    expect(kinds.filter((kind) => kind === "overrun")).to.have.length(1);
  });
});
