import type { Namespace } from "#lib/netlink.js";
import { expect } from "chai";
import {
  closeSync,
  constants,
  readFileSync,
  readSync,
  readdirSync,
  readlinkSync,
  writeSync,
} from "node:fs";
import { newNetns } from "../support/netns.js";
import { ip, ipLink, ipLinkNames, runIn } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal, rejection } from "../support/rejection.js";
import { output } from "../support/run.js";
import { until } from "../support/wait.js";

const wanted = ["program:ip", "tun"] as const;

/** Descriptors of /dev/net/tun that this process has open. */
function queues(): readonly string[] {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === "/dev/net/tun";
    } catch {
      return false; // that of readdir(3) itself
    }
  });
}

function packets(fd: number): readonly Buffer[] {
  const found: Buffer[] = [];
  for (;;) {
    const room = Buffer.alloc(65_536);
    try {
      found.push(room.subarray(0, readSync(fd, room)));
    } catch (error) {
      if ((error as { code?: string }).code === "EAGAIN") return found;
      throw error;
    }
  }
}

/** The first packet that comes in and is wanted. */
async function packet(fd: number, wanted: (packet: Buffer) => boolean): Promise<Buffer> {
  let found: Buffer | undefined;
  await until("a packet comes", () => (found = packets(fd).find(wanted)) !== undefined);
  return found ?? Buffer.alloc(0);
}

/** The checksum of RFC 1071, where it stands at `at`. */
function fillSum(bytes: Buffer, at: number): Buffer {
  let total = 0;
  for (let word = 0; word < bytes.length; word += 2) total += bytes.readUInt16BE(word);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  bytes.writeUInt16BE(~total & 0xffff, at);
  return bytes;
}

/** An echo request of 10.9.0.2 to 10.9.0.1. */
const echoRequest = Buffer.concat([
  fillSum(Buffer.from("4500001c00004000400100000a0900020a090001", "hex"), 10),
  fillSum(Buffer.from("0800000000070001", "hex"), 2),
]);

/** 10.9.0.2, at 02:00:00:00:00:02, asks all who has 10.9.0.1. */
const arpRequest = Buffer.from(
  "ffffffffffff0200000000020806" + "00010800060400010200000000020a0900020000000000000a090001",
  "hex",
);

async function setUp(netns: Namespace, name: string): Promise<void> {
  for (const words of [`address add 10.9.0.1/24 dev ${name}`, `link set ${name} up`]) {
    expect((await runIn(netns, "ip", ...words.split(" "))).stderr).to.equal("");
  }
}

describe("Namespace.openTun", function () {
  it("gives IP packets to the kernel, and takes its answers", async function () {
    await using netns = await newNetns(this, ...wanted);
    const { fd, name } = await netns.openTun({ type: "tun", name: "tun7" });
    await setUp(netns, name);

    writeSync(fd, echoRequest);
    const reply = await packet(fd, (one) => one[0] === 0x45);

    closeSync(fd);
    expect(name).to.equal("tun7");
    expect(reply.subarray(12, 20).toString("hex")).to.equal("0a0900010a090002");
    expect(reply.subarray(20, 22).toString("hex")).to.equal("0000"); // an echo reply
    expect(reply.subarray(24).toString("hex")).to.equal("00070001");
  });

  it("gives frames to the kernel, and takes those that programs send", async function () {
    await using netns = await newNetns(this, ...wanted, "program:ping");
    const { fd } = await netns.openTun({ type: "tap", name: "tap7" });
    await setUp(netns, "tap7");

    writeSync(fd, arpRequest);
    const reply = await packet(fd, (one) => one.readUInt16BE(12) === 0x0806);
    const neighbour = { dst: "10.9.0.2", lladdr: "02:00:00:00:00:02" };
    const [seen] = await ip(netns, "neigh", "show", "dev", "tap7");
    await runIn(netns, "ping", "-n", "-c", "1", "-W", "0.1", "10.9.0.2");
    const ping = await packet(fd, (one) => one.readUInt16BE(12) === 0x0800 && one[23] === 1);

    const { address } = (await ipLink(netns, "tap7")) as { address: string };
    const received = (await ip(netns, "-s", "link", "show", "tap7"))[0] as {
      stats64: { rx: object };
    };
    closeSync(fd);
    expect(reply.subarray(6, 12).toString("hex")).to.equal(address.replaceAll(":", ""));
    expect(reply.readUInt16BE(20)).to.equal(2); // ARP's reply
    expect(seen).to.include(neighbour);
    expect(ping.subarray(0, 6).toString("hex")).to.equal("020000000002");
    expect(received.stats64.rx).to.include({ packets: 1, bytes: arpRequest.length });
  });

  it("puts before each packet what it was told to", async function () {
    await using netns = await newNetns(this, ...wanted);
    const { fd, name } = await netns.openTun({
      type: "tun",
      packetInformation: true,
      vnetHeader: true,
    });
    await setUp(netns, name);
    const { linkinfo } = (await ipLink(netns, name)) as { linkinfo: { info_data: object } };

    // tun_pi: flags, EtherType; then virtio_net_hdr, which asks for nothing
    writeSync(fd, Buffer.concat([Buffer.from("00000800", "hex"), Buffer.alloc(10), echoRequest]));
    const reply = await packet(fd, (one) => one.readUInt16BE(2) === 0x0800);

    closeSync(fd);
    expect(linkinfo.info_data).to.include({ type: "tun", pi: true, vnet_hdr: true });
    expect(reply.subarray(14 + 12, 14 + 20).toString("hex")).to.equal("0a0900010a090002");
  });

  it("lets the kernel choose the name, and is gone when it is closed", async function () {
    await using netns = await newNetns(this, ...wanted);

    const { fd, name } = await netns.openTun({ type: "tap" });
    const during = await ipLinkNames(netns);
    closeSync(fd);

    expect(name).to.equal("tap0");
    expect(during).to.deep.equal(["lo", "tap0"]);
    expect(await ipLinkNames(netns)).to.deep.equal(["lo"]);
  });

  it("opens one that stays, each queue by itself", async function () {
    await using netns = await newNetns(this, ...wanted);
    await netns.links.add({ kind: "tap", name: "tap0", multiQueue: true, up: true });
    const queue = { type: "tap", name: "tap0", multiQueue: true } as const;

    const opened = [await netns.openTun(queue), await netns.openTun(queue)];
    const { tun, carrier } = await netns.links.get("tap0");
    for (const { fd } of opened) closeSync(fd);

    expect(tun).to.include({ persist: true, queues: 2 });
    expect(carrier).to.equal(true);
    expect((await netns.links.get("tap0")).tun).to.include({ persist: true, queues: 0 });
    expect(await ipLinkNames(netns)).to.deep.equal(["lo", "tap0"]);
  });

  it("says how packets are framed, for the link too", async function () {
    await using netns = await newNetns(this, ...wanted);
    await netns.links.add({ kind: "tun", name: "tun0", packetInformation: true });

    const { fd } = await netns.openTun({ type: "tun", name: "tun0", vnetHeader: true });
    const { linkinfo } = (await ipLink(netns, "tun0")) as { linkinfo: { info_data: object } };
    closeSync(fd);

    expect(linkinfo.info_data).to.include({ pi: false, vnet_hdr: true, persist: true });
  });

  for (const blocking of [false, true]) {
    it(`is closed on exec, and ${blocking ? "waits" : "does not wait"} for packets`, async function () {
      await using netns = await newNetns(this, ...wanted);

      const { fd } = await netns.openTun({ type: "tun", blocking });
      const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1];
      closeSync(fd);

      const set = Number.parseInt(flags ?? "", 8);
      expect(set & 0o2000000).to.not.equal(0); // O_CLOEXEC
      expect((set & constants.O_NONBLOCK) === 0).to.equal(blocking);
    });
  }

  for (const [what, open, errnoName, text] of [
    ["somebody has open", { type: "tun", name: "tun0" }, "EBUSY", /somebody has it open/],
    ["is of the other kind", { type: "tap", name: "tun0" }, "EINVAL", /of another kind/],
    ["is no tun", { type: "tun", name: "lo" }, "EINVAL", /of another kind/],
  ] as const) {
    it(`says that a link ${what}, and leaves no descriptor`, async function () {
      await using netns = await newNetns(this, ...wanted);
      const { fd } = await netns.openTun({ type: "tun", name: "tun0" });
      const before = queues();

      const error = await kernelRefusal(netns.openTun(open));

      const after = queues();
      closeSync(fd);
      expect(error).to.include({ errnoName, syscall: "ioctl" });
      expect(error.message).to.match(text).and.to.include(`TUNSETIFF ${open.name}`);
      expect(after).to.deep.equal(before);
    });
  }

  it("leaves no descriptor where a link is made, or is refused", async function () {
    await using netns = await newNetns(this, ...wanted);
    const before = queues();

    await netns.links.add({ kind: "tap", name: "tap0" });
    await kernelRefusal(netns.links.add({ kind: "tap", name: "tap0" }));
    await kernelRefusal(netns.links.add({ kind: "tun", name: "tun0", master: "nobody" }));

    expect(queues()).to.deep.equal(before);
  });

  it("says what to do where there is no /dev/net/tun", async function () {
    await using netns = await newNetns(this, ...wanted, "program:mount");
    await output("mount", ["--no-mtab", "-t", "tmpfs", "nothing", "/dev/net"]);

    const errors = [
      await rejection(netns.openTun({ type: "tun" })),
      await rejection(netns.links.add({ kind: "tap", name: "tap0" })),
    ];

    await output("umount", ["--no-mtab", "/dev/net"]);
    for (const error of errors) {
      expect(error).to.include({ errnoName: "ENOENT", syscall: "open" });
      expect(error.message).to.match(/\/dev\/net\/tun.*modprobe tun.*--device/);
    }
  });

  for (const [what, spec] of [
    ["a type that is none", { type: "veth" }],
    ["a name that is too long", { type: "tun", name: "x".repeat(16) }],
    ["a pattern for a name", { type: "tun", name: "tun%d" }],
    ["what it does not know", { type: "tun", owner: 0 }],
  ] as const) {
    it(`refuses ${what}`, async function () {
      await using netns = await newNetns(this);

      const error = await cnmRefusal(netns.openTun(spec as unknown as { type: "tun" }));

      expect(error.message).to.include("open tun");
    });
  }
});
