import { expect } from "chai";
import { newNetns } from "../support/netns.js";
import { runIn } from "../support/other-eyes.js";
import { kernelRefusal, rejection } from "../support/rejection.js";

describe("NamespaceIds", function () {
  it("assign a number, which ip(8) sees", async function () {
    await using netns = await newNetns(this, "program:ip");
    await using other = await newNetns(this);

    expect(await netns.namespaceIds.get(other)).to.equal(undefined);
    expect(await netns.namespaceIds.assign(other, 42)).to.equal(42);

    expect(await netns.namespaceIds.get(other)).to.equal(42);
    expect(await netns.namespaceIds.list()).to.include(42);
    const { stdout } = await runIn(netns, "ip", "netns", "list-id");
    expect(stdout).to.match(/nsid 42\b/);
  });

  it("let the kernel choose", async function () {
    await using netns = await newNetns(this);
    await using other = await newNetns(this);

    const id = await netns.namespaceIds.assign(other);

    expect(id).to.be.a("number").and.at.least(0);
    expect(await netns.namespaceIds.get(other)).to.equal(id);
  });

  it("are what links say of the namespace of their other end", async function () {
    await using netns = await newNetns(this, "link:bridge");
    await using other = await newNetns(this);
    await netns.namespaceIds.assign(other, 7);

    const link = await netns.links.add({
      kind: "veth",
      name: "v0",
      peer: { name: "v1", namespace: other },
    });

    expect(link.linkNetnsid).to.equal(7);
  });

  it("are refused where there is one, or the number is another's", async function () {
    await using netns = await newNetns(this);
    await using other = await newNetns(this);
    await using third = await newNetns(this);
    await netns.namespaceIds.assign(other, 1);

    const twice = await kernelRefusal(netns.namespaceIds.assign(other, 2));
    const taken = await kernelRefusal(netns.namespaceIds.assign(third, 1));

    expect(twice).to.include({ errnoName: "EEXIST", syscall: "RTM_NEWNSID" });
    expect(taken.errnoName).to.be.oneOf(["EEXIST", "ENOSPC"]);
  });

  it("take a namespace and a number, nothing else", async function () {
    await using netns = await newNetns(this);
    await using other = await newNetns(this);
    const ids = netns.namespaceIds;

    expect(await rejection(ids.get(7 as never))).to.include({ code: "ERR_INVALID_ARG_TYPE" });
    expect(await rejection(ids.assign(other, -1))).to.include({ code: "ERR_CNM_INVALID_OPTION" });
  });
});
