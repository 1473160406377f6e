import { Job, type RequestTrace } from "#lib/netlink.js";
import { expect } from "chai";
import { newNetns } from "../support/netns.js";
import { kernelRefusal, rejection } from "../support/rejection.js";
import { traced as tracedOn } from "../support/traced.js";

type Ended = RequestTrace & { readonly error?: unknown; readonly result?: unknown };

const traced = (work: () => Promise<unknown>) => tracedOn<Ended>("vethwork:netlink:request", work);

describe("vethwork:netlink:request, a tracing channel,", function () {
  it("tells what was asked, how long it waited and how long each step took", async function () {
    await using netns = await newNetns(this, "link:bridge");

    const [trace, ...others] = await traced(() => netns.links.list());

    expect(others).to.deep.equal([]);
    expect(trace?.steps).to.have.lengthOf(1);
    expect(trace?.steps[0]).to.have.nested.property("message.type", "RTM_GETLINK");
    expect(trace?.timing?.waitedUs).to.be.within(0, 1_000_000);
    expect(trace?.timing?.stepsUs).to.have.lengthOf(1);
    expect(trace?.timing?.stepsUs[0]).to.be.within(1, 1_000_000);
  });

  it("tells one hop of requests that are made in one tick", async function () {
    await using netns = await newNetns(this, "link:bridge");

    const traces = await traced(() => Promise.all([netns.links.get("lo"), netns.links.get(1)]));

    expect(traces.map(({ steps }) => steps.map((step) => step.do))).to.deep.equal([["request"]]);
    expect(traces[0]?.steps[0]).to.have.property("messages").with.lengthOf(2);
  });

  it("tells of what failed, too", async function () {
    await using netns = await newNetns(this);
    const job = new Job();
    job.setLink(netns, "none-such", { up: true });

    const [trace] = await traced(() => kernelRefusal(job.run()));

    expect(trace?.error).to.have.property("code", "ENODEV");
    expect(trace?.timing?.stepsUs).to.have.lengthOf(1);
  });
});

describe("AbortSignal", function () {
  const why = new Error("enough");

  it("keeps a job from being sent, which can be sent later", async function () {
    await using netns = await newNetns(this, "link:bridge");
    const job = new Job();
    job.addLink(netns, { kind: "bridge", name: "br0" });

    const refused = await rejection(job.run({ signal: AbortSignal.abort(why) }));

    expect(refused).to.equal(why);
    expect(await netns.links.list({ kind: "bridge" })).to.deep.equal([]);
    await job.run({ signal: new AbortController().signal });
    expect(await netns.links.list({ kind: "bridge" })).to.have.lengthOf(1);
  });

  for (const noun of ["links", "addresses", "routes"] as const) {
    it(`ends the waiting for a list of ${noun}, at once`, async function () {
      await using netns = await newNetns(this);
      const controller = new AbortController();
      const { signal } = controller;
      const waiting = rejection(netns[noun].list({ signal }));

      controller.abort(why);

      expect(await waiting).to.equal(why);
      expect(await rejection(netns[noun].list({ signal }))).to.equal(why);
      expect(await netns[noun].list()).to.be.an("array");
    });
  }
});
