import { Namespace, type Hold } from "#lib/netlink.js";
import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { newHost } from "../support/cnm.js";
import { needs } from "../support/needs.js";
import { newNetns } from "../support/netns.js";
import { runIn } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal, rejection } from "../support/rejection.js";
import { descriptors } from "../support/traces.js";

/** Names of the abstract sockets that listen inside, as ss(8) sees them. */
async function listening(netns: Namespace): Promise<readonly string[]> {
  const { stdout } = await runIn(netns, "ss", "-xlH");
  return [...stdout.matchAll(/@(\S+)/g)].map(([, name = ""]) => name);
}

/** A program of another language that has the name in one way or another, until it is disposed of. */
async function foreignHolder(netns: Namespace, then: string) {
  const program = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
s.bind("\\0foreign")
${then}
print("bound", flush=True)
sys.stdin.read()`;
  const words = [`--net=${netns.path ?? ""}`, "python3", "-c", program];
  const child = spawn("nsenter", words, { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      const closed = once(child, "close");
      child.stdin.end();
      await closed;
    },
  };
}

describe("Namespace.hold", function () {
  it("has the name until it is released", async function () {
    await using netns = await newNetns(this, "program:ss");
    const before = descriptors();

    const hold = await netns.hold("lab/one");
    const held = await listening(netns);
    await hold.release();

    expect(hold.name).to.equal("lab/one");
    expect(held).to.deep.equal(["lab/one"]);
    expect(await listening(netns)).to.deep.equal([]);
    expect(descriptors()).to.deep.equal(before);
  });

  it("is refused to the second, who is told by whom", async function () {
    await using netns = await newNetns(this);
    await using first = await netns.hold("lab");
    const before = descriptors();

    const error = await kernelRefusal(netns.hold("lab"));

    expect(first.name).to.equal("lab");
    expect(error).to.include({ errnoName: "EADDRINUSE", syscall: "bind" });
    expect(error.context).to.deep.include({ name: "lab", pid: process.pid });
    expect(error.message).to.match(/^hold lab: EADDRINUSE: .*\(bind @lab\); another socket/);
    expect(descriptors()).to.deep.equal(before);
  });

  it("is to be had at once when the first has released it, as often as one likes", async function () {
    await using netns = await newNetns(this);

    for (let round = 0; round < 200; round++) {
      const hold = await netns.hold("lab");
      await hold.release();
    }

    await using again = await netns.hold("lab");
    expect(again.name).to.equal("lab");
  });

  it("is one's of many who ask at once", async function () {
    await using netns = await newNetns(this);

    const asked = await Promise.allSettled(Array.from({ length: 50 }, () => netns.hold("lab")));

    const holds = asked.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    await Promise.all(holds.map((hold) => hold.release()));
    expect(holds).to.have.lengthOf(1);
  });

  it("is released twice without an error", async function () {
    await using netns = await newNetns(this);
    const hold = await netns.hold("lab");

    await Promise.all([hold.release(), hold.release()]);
    await hold.release();

    await using again = await netns.hold("lab");
    expect(again.name).to.equal("lab");
  });

  it("says by whom however many have asked: nobody piles up before it", async function () {
    this.timeout(20_000);
    await using netns = await newNetns(this, "program:ss");
    await using hold = await netns.hold("lab");
    const pids = new Set<unknown>();

    // More than net.core.somaxconn, the longest queue of those who are not let go.
    for (let round = 0; round < 50; round++) {
      const errors = await Promise.all(
        Array.from({ length: 100 }, () => kernelRefusal(netns.hold("lab"))),
      );
      for (const { context } of errors) pids.add(context["pid"]);
    }

    const { stdout } = await runIn(netns, "ss", "-xlH"); // Recv-Q of one that listens: who waits
    expect([...pids]).to.deep.equal([process.pid]);
    expect(stdout).to.match(/LISTEN +0 .*@lab/);
    expect(hold.name).to.equal("lab");
  });

  it("is another name's or another namespace's own", async function () {
    await using left = await newNetns(this);
    await using right = await newNetns(this);

    const holds = await Promise.all([left.hold("a"), left.hold("b"), right.hold("a")]);

    expect(holds.map(({ name }) => name)).to.deep.equal(["a", "b", "a"]);
    await Promise.all(holds.map((hold) => hold.release()));
  });

  it("goes on when the namespace is closed, and can be released then", async function () {
    await using other = await newNetns(this, "program:ss");
    const path = other.path ?? "";
    const netns = await Namespace.open({ path });
    const hold = await netns.hold("lab");
    await netns.close();

    const held = await listening(other);
    await hold.release();

    expect(held).to.deep.equal(["lab"]);
    expect(await listening(other)).to.deep.equal([]);
  });

  it("is not handed on to programs that are started meanwhile", async function () {
    await using world = await newHost(this);
    const sandbox = await world.cnm.createSandbox("s");
    const hold = await world.host.hold("lab");
    const children = [spawn("cat"), sandbox.spawn("cat")];

    await hold.release();

    await using again = await world.host.hold("lab");
    const closed = children.map((child) => once(child, "close"));
    for (const child of children) child.stdin.end();
    await Promise.all(closed);
    expect(again.name).to.equal("lab");
  });

  it("names a program that has the name by other means", async function () {
    await using netns = await newNetns(this, "program:python3", "program:nsenter");
    await using holder = await foreignHolder(netns, "s.listen(8)");

    const error = await kernelRefusal(netns.hold("foreign"));

    expect(error.context["pid"]).to.equal(holder.pid);
  });

  it("is refused even so where a socket has the name that nobody can ask", async function () {
    await using netns = await newNetns(this, "program:python3", "program:nsenter");
    await using holder = await foreignHolder(netns, ""); // does not listen

    const error = await kernelRefusal(netns.hold("foreign"));

    expect(holder.pid).to.be.a("number");
    expect(error.errnoName).to.equal("EADDRINUSE");
    expect(error.context["pid"]).to.equal(undefined);
  });

  it("takes a name of 107 bytes", async function () {
    await using netns = await newNetns(this, "program:ss");
    const name = "n".repeat(107);

    await using hold = await netns.hold(name);

    expect(hold.name).to.equal(name);
    expect(await listening(netns)).to.deep.equal([name]);
  });

  for (const [what, name, fault] of [
    ["an empty name", "", "must not be empty"],
    ["a name of 108 bytes", "n".repeat(108), "must have at most 107 bytes"],
    ["a name with a zero in it", "a\0b", "must be printable ASCII"],
    ["a name with a space", "a b", "must be printable ASCII"],
    ["a name of other letters", "ü", "must be printable ASCII"],
  ] as const) {
    it(`refuses ${what}`, async function () {
      await using netns = await newNetns(this);

      const error = await cnmRefusal(netns.hold(name));

      expect(error.code).to.equal("ERR_CNM_INVALID_NAME");
      expect(error.message).to.include(fault);
    });
  }

  it("refuses what is no name", async function () {
    await using netns = await newNetns(this);

    const error = await rejection(netns.hold(7 as unknown as string));

    expect(error).to.be.instanceOf(TypeError).with.property("code", "ERR_INVALID_ARG_TYPE");
  });

  it("refuses when the namespace is closed", async function () {
    needs(this, "program:ip");
    const netns = await newNetns(this);
    await netns.delete();

    const error = await cnmRefusal(netns.hold("lab"));

    expect(error.code).to.equal("ERR_CNM_CLOSED");
  });

  it("works while a monitor reads, and the monitor goes on", async function () {
    await using netns = await newNetns(this);
    await using monitor = netns.monitor({ links: true });
    await monitor.ready;
    const event = monitor.next();

    const hold: Hold = await netns.hold("lab");
    const error = await kernelRefusal(netns.hold("lab"));
    await hold.release();
    await netns.links.add({ kind: "bridge", name: "br0" });

    expect((await event).value).to.nested.include({ "link.name": "br0" });
    expect(error.context["pid"]).to.equal(process.pid);
  });
});
