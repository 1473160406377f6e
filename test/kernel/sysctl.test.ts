import { expect } from "chai";
import { readFileSync } from "node:fs";
import { newNetns } from "../support/netns.js";
import { runIn } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal, rejection } from "../support/rejection.js";

describe("Sysctl", function () {
  for (const name of ["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"]) {
    it(`sets ${name} in its namespace alone`, async function () {
      await using netns = await newNetns(this, "ipv6");
      await using other = await newNetns(this);
      const file = `/proc/sys/${name.replaceAll(".", "/")}`;
      const own = readFileSync(file, "utf8");

      await netns.sysctl.set(name, 1);

      const seen = await runIn(netns, "cat", file);
      expect(seen.stdout).to.equal("1\n");
      expect(await netns.sysctl.get(name)).to.equal("1");
      expect(await other.sysctl.get(name)).to.equal("0");
      expect(readFileSync(file, "utf8")).to.equal(own);
    });
  }

  it("takes text with several values", async function () {
    await using netns = await newNetns(this);

    await netns.sysctl.set("net.ipv4.ip_local_port_range", "40000 50000");

    expect(await netns.sysctl.get("net.ipv4.ip_local_port_range")).to.equal("40000\t50000");
  });

  it("takes slashes for links whose name holds a dot", async function () {
    await using netns = await newNetns(this, "link:bridge");
    await netns.links.add({ kind: "bridge", name: "br0.7" });

    await netns.sysctl.set("net/ipv4/conf/br0.7/forwarding", 1);

    expect(await netns.sysctl.get("net/ipv4/conf/br0.7/forwarding")).to.equal("1");
  });

  it("reads a value of more than a page", async function () {
    await using netns = await newNetns(this);
    const ports = Array.from({ length: 2000 }, (_, at) => 10_000 + 2 * at).join(",");
    await netns.sysctl.set("net.ipv4.ip_local_reserved_ports", ports);

    const value = await netns.sysctl.get("net.ipv4.ip_local_reserved_ports");

    expect(value).to.equal(ports);
  });

  it("says that there is no such sysctl", async function () {
    await using netns = await newNetns(this);

    const error = await kernelRefusal(netns.sysctl.get("net.ipv4.nope"));

    expect(error).to.include({ errnoName: "ENOENT", syscall: "open" });
    expect(error.message).to.include("get sysctl net.ipv4.nope");
    expect(error.context).to.include({ sysctl: "net.ipv4.nope", namespace: netns.path });
  });

  it("says that the kernel refuses the value", async function () {
    await using netns = await newNetns(this);

    const error = await kernelRefusal(netns.sysctl.set("net.ipv4.ip_forward", "many"));

    expect(error).to.include({ errnoName: "EINVAL", syscall: "write" });
    expect(error.message).to.include("set sysctl net.ipv4.ip_forward to many");
  });

  for (const name of [
    "kernel.hostname",
    "net",
    "net.",
    "net..ipv4",
    "net/../kernel/hostname",
    "net/./ipv4/ip_forward",
    "/net/ipv4/ip_forward",
    "net.ipv4.ip\0",
  ]) {
    it(`refuses ${JSON.stringify(name)}, which is not one of a namespace`, async function () {
      await using netns = await newNetns(this);

      const error = await cnmRefusal(netns.sysctl.get(name));

      expect(error.code).to.equal("ERR_CNM_INVALID_OPTION");
    });
  }

  it("refuses a value that is neither text nor number", async function () {
    await using netns = await newNetns(this);
    const wrong = true as unknown as number;

    const error = await rejection(netns.sysctl.set("net.ipv4.ip_forward", wrong));

    expect(error).to.be.instanceOf(TypeError);
    expect(error).to.include({ code: "ERR_INVALID_ARG_TYPE" });
  });
});
