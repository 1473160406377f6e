import type { OperationTrace } from "#lib/index.js";
import { expect } from "chai";
import { newHost } from "../support/cnm.js";
import { rejection } from "../support/rejection.js";
import { traced as tracedOn } from "../support/traced.js";

type Ended = OperationTrace & { readonly error?: unknown };

const traced = (work: () => Promise<unknown>) => tracedOn<Ended>("vethwork:cnm:operation", work);

const stepsOf = (trace: Ended | undefined) => trace?.steps.map(({ step }) => step);

describe("vethwork:cnm:operation, a tracing channel,", function () {
  it("tells the steps of each operation, in order, and how long they took", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    const traces = await traced(async () => {
      const network = await cnm.createNetwork("net", { subnets: ["10.1.0.0/24"] });
      const sandbox = await cnm.createSandbox("web");
      const endpoint = await network.createEndpoint("a");
      await endpoint.join(sandbox);
      await endpoint.leave();
      await endpoint.delete();
      await network.delete();
      await cnm.check();
    });

    expect(traces.map((trace) => [trace.operation, stepsOf(trace)])).to.deep.equal([
      ["createNetwork", ["host", "ipam", "store", "driver", "store"]],
      ["createSandbox", ["store", "namespace", "store"]],
      ["createEndpoint", ["ipam", "store"]],
      ["join", ["lock", "store", "driver", "store"]],
      ["leave", ["lock", "driver", "store"]],
      ["deleteEndpoint", ["store"]],
      ["deleteNetwork", ["store", "driver", "store"]],
      ["check", ["host"]],
    ]);
    for (const { steps, tookUs = -1 } of traces) {
      for (const one of steps) {
        expect(one.beganUs).to.be.within(0, tookUs);
        expect(one.tookUs).to.be.within(0, tookUs);
      }
      const sum = steps.reduce((all, one) => all + (one.tookUs ?? 0), 0);
      expect(sum).to.be.at.most(tookUs + steps.length); // one after the other; each is rounded
    }
  });

  it("tells of whom: names and ids, of many too", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    const [, attach, detach] = await traced(async () => {
      const network = await cnm.createNetwork("net");
      await cnm.attachMany([
        { sandbox: { name: "a" }, network },
        { sandbox: { name: "b" }, network },
      ]);
      await cnm.detachMany([cnm.sandbox("a")]);
    });

    const network = cnm.network("net");
    const b = network.endpoint("b");
    expect(attach?.controller).to.deep.equal({ id: cnm.id, instance: "vethwork" });
    expect(attach?.objects.map(({ object, name }) => `${object} ${name}`)).to.deep.equal([
      "network net",
      "endpoint a",
      "endpoint b",
      "sandbox a",
      "sandbox b",
    ]);
    expect(attach?.objects).to.deep.include({ object: "endpoint", id: b.id, name: "b" });
    expect(attach?.objects).to.deep.include({ object: "network", id: network.id, name: "net" });
    expect(detach?.objects.map(({ object, name }) => `${object} ${name}`)).to.deep.equal([
      "endpoint a",
      "sandbox a",
    ]);
  });

  it("tells which operation is part of which", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    const network = await cnm.createNetwork("net");
    await cnm.attach({ name: "web" }, network);

    const [leave, deletion] = await traced(() => cnm.sandbox("web").delete());

    expect([leave?.operation, deletion?.operation]).to.deep.equal(["leave", "deleteSandbox"]);
    expect(leave?.parent).to.equal(deletion);
    expect(deletion?.parent).to.equal(undefined);
  });

  it("tells operations that are under way at once apart", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    const network = await cnm.createNetwork("net");
    const sandbox = await cnm.createSandbox("s");
    const names = ["a", "b", "c"];
    const endpoints = await Promise.all(names.map((name) => network.createEndpoint(name)));

    const traces = await traced(() =>
      Promise.all(endpoints.map((endpoint) => endpoint.join(sandbox))),
    );

    expect(traces.map(({ objects }) => objects[0]?.name)).to.deep.equal(names);
    for (const trace of traces) {
      expect(stepsOf(trace)).to.deep.equal(["lock", "store", "driver", "store"]);
    }
    const waits = traces.map(({ steps }) => steps[0]?.tookUs ?? -1);
    expect(waits).to.deep.equal([...waits].sort((a, b) => a - b)); // each behind those before it
  });

  it("tells of what failed, with the error", async function () {
    await using world = await newHost(this);
    const { cnm } = world;

    const [trace] = await traced(() => rejection(cnm.createNetwork("net", { bridge: "lo" })));

    expect(trace?.error).to.have.property("code", "ERR_CNM_CONFLICT");
    expect(trace?.objects.map(({ name }) => name)).to.deep.equal(["net"]);
    expect(stepsOf(trace)).to.deep.equal(["host", "ipam", "store", "driver", "store"]);
    expect(trace?.tookUs).to.be.greaterThan(0);
  });

  it("tells nobody of what comes after the last has gone, and is heard again", async function () {
    await using world = await newHost(this);
    const { cnm } = world;
    const first = await traced(() => cnm.createSandbox("a"));
    await cnm.createSandbox("b");
    const second = await traced(() => cnm.createSandbox("c"));

    expect(first.map(({ objects }) => objects[0]?.name)).to.deep.equal(["a"]);
    expect(second.map(({ objects }) => objects[0]?.name)).to.deep.equal(["c"]);
    expect(stepsOf(second[0])).to.deep.equal(["store", "namespace", "store"]);
  });
});
