import type { Namespace } from "#lib/netlink.js";
import { expect } from "chai";
import { closeSync } from "node:fs";
import { routeSockets } from "../support/netlink-sockets.js";
import { newNetns } from "../support/netns.js";
import { ipLinkNames, runIn } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal } from "../support/rejection.js";
import { run } from "../support/run.js";

/** Sends to the one socket of rtnetlink that we have open in the namespace, as a stranger may. */
async function send(netns: Namespace, script: string): Promise<void> {
  const [socket] = await routeSockets(netns);
  const python = `
import socket, struct, sys
port = int(sys.argv[1])
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
s.setblocking(False)
${script}`;
  const { code, stderr } = await runIn(netns, "python3", "-c", python, String(socket?.port));
  expect(code, stderr).to.equal(0);
}

const fill = `
s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 18)
for size in (30000, 1000, 1):
    try:
        while True:
            s.sendto(bytes(size), (port, 0))
    except BlockingIOError:
        pass`;

// An acknowledgement, and a link of another name, of each number that a message of ours may have.
const forge = `
for number in range(1, 200):
    s.sendto(struct.pack("=IHHIIi", 36, 2, 0, number, port, -1) + bytes(16), (port, 0))
    link = struct.pack("=BBHiII", 0, 0, 1, 7, 0, 0) + struct.pack("=HH4s", 8, 3, b"bad\\0")
    s.sendto(struct.pack("=IHHII", 16 + len(link), 16, 0, number, port) + link, (port, 0))`;

describe("Namespace: a netlink socket", function () {
  it("whose queue is full loses an answer, says so, and is replaced", async function () {
    await using netns = await newNetns(this, "program:python3", "link:bridge");
    await netns.links.add({ kind: "bridge", name: "br0" });
    await send(netns, fill);

    const error = await kernelRefusal(netns.links.get("br0"));

    expect(error).to.include({ errnoName: "ENOBUFS", syscall: "recvmsg" });
    expect(error.message).to.include("get link br0").and.include("answers were lost");
    expect(await netns.links.get("br0")).to.include({ name: "br0" });
  });

  it("whose queue is full ends a dump, says so, and is replaced", async function () {
    await using netns = await newNetns(this, "program:python3");
    await netns.links.get("lo");
    await send(netns, fill);

    const error = await kernelRefusal(netns.links.list());

    expect(error).to.include({ errnoName: "ENOBUFS", syscall: "recvmsg" });
    expect(await netns.links.list()).to.have.lengthOf(1);
  });

  it("whose queue is full fails all that was sent with it, each with the reason", async function () {
    await using netns = await newNetns(this, "program:python3", "program:ip", "link:bridge");
    await netns.links.get("lo");
    await send(netns, fill);
    const names = Array.from({ length: 10 }, (_, at) => `br${at}`);

    const outcomes = await Promise.allSettled(
      names.map((name) => netns.links.add({ kind: "bridge", name })),
    );

    for (const outcome of outcomes) {
      expect(outcome).to.have.property("status", "rejected");
      expect(outcome).to.have.nested.property("reason.errnoName", "ENOBUFS");
    }
    // What was sent was done: nobody can know but who looks.
    const [left] = (await netns.links.list()).slice(-1);
    expect((await ipLinkNames(netns)).at(-1)).to.equal(left?.name);
  });

  it("believes the kernel alone", async function () {
    await using netns = await newNetns(this, "program:python3", "link:bridge");
    await netns.links.add({ kind: "bridge", name: "br0" });
    await send(netns, forge);

    const [br0, list] = await Promise.all([netns.links.get("br0"), netns.links.list()]);
    await netns.links.set("br0", { mtu: 1400 });

    expect(br0).to.include({ name: "br0" });
    expect(list.map(({ name }) => name)).to.deep.equal(["lo", "br0"]);
    expect(await netns.links.get("br0")).to.include({ mtu: 1400 });
  });

  it("that was closed under us fails one request and is replaced", async function () {
    await using netns = await newNetns(this);
    await netns.links.get("lo");
    const [socket] = await routeSockets(netns);
    closeSync(socket?.fd ?? -1);

    const error = await kernelRefusal(netns.links.get("lo"));

    expect(error).to.include({ errnoName: "EBADF", syscall: "sendmsg" });
    expect(await netns.links.get("lo")).to.include({ name: "lo" });
  });

  it("is closed after what was asked before", async function () {
    const netns = await newNetns(this);
    const asked = Array.from({ length: 300 }, () => netns.links.get("lo"));

    const deleted = netns.delete();

    const late = await cnmRefusal(netns.links.list());
    const links = await Promise.all(asked);
    await deleted;
    expect(late.code).to.equal("ERR_CNM_CLOSED");
    expect(links.at(-1)).to.include({ name: "lo" });
  });
});

describe("Namespace: an answer", function () {
  it("may be a link whose altnames fill more than 64 KB", async function () {
    await using netns = await newNetns(this, "link:bridge");
    const names = Array.from({ length: 490 }, (_, at) => `${at}-`.padEnd(127, "x"));

    await netns.links.add({ kind: "bridge", name: "br0", altnames: names });

    expect((await netns.links.get("br0")).altnames).to.have.members(names);
    expect((await netns.links.list()).at(-1)?.altnames).to.have.lengthOf(names.length);
    expect(await netns.links.get(names[400] ?? "")).to.include({ name: "br0" });
  });
});

describe("Namespace: one that vanished under its handle", function () {
  it("goes on as long as the handle does", async function () {
    await using netns = await newNetns(this, "program:ip", "link:bridge");
    const path = netns.path ?? "";
    await run("umount", ["-l", path]);
    await run("rm", [path]);

    await netns.links.add({ kind: "bridge", name: "br0" });

    expect((await netns.links.list()).map(({ name }) => name)).to.deep.equal(["lo", "br0"]);
    expect(await netns.sysctl.get("net.ipv4.ip_forward")).to.equal("0");
  });

  it("takes the links along whose other ends were in it", async function () {
    await using here = await newNetns(this, "link:veth");
    const there = await newNetns(this);
    const { index } = await here.links.add({
      kind: "veth",
      name: "veth0",
      peer: { name: "eth0", namespace: there },
    });

    await there.delete();

    // The kernel takes it down on a thread of its own: asked until it has.
    const error = await kernelRefusal(goneSoon(here, index));
    expect(error).to.include({ errnoName: "ENODEV" });
  });

  it("is no place for a peer any more", async function () {
    await using here = await newNetns(this, "program:ip", "link:veth");
    const there = await newNetns(this);
    await there.close();
    await run("umount", ["-l", there.path ?? ""]);
    await run("rm", ["-f", there.path ?? ""]);

    const error = await cnmRefusal(
      here.links.add({ kind: "veth", name: "a", peer: { name: "b", namespace: there } }),
    );

    expect(error.code).to.equal("ERR_CNM_CLOSED");
    expect(await ipLinkNames(here)).to.deep.equal(["lo"]);
  });
});

async function goneSoon(netns: Namespace, index: number): Promise<never> {
  const end = performance.now() + 10_000;
  while (performance.now() < end) await netns.links.get(index);
  throw new Error("the link is still there");
}
