import { CnmError, KernelError, type NativeError } from "#lib/netlink.js";
import { addon, runJob } from "#lib/native.js";
import { expect } from "chai";
import { needs } from "../support/needs.js";
import { newNetns } from "../support/netns.js";
import { kernelRefusal, rejection } from "../support/rejection.js";

describe("KernelError", function () {
  it("has errno, its name, the message's name and the kernel's sentence", async function () {
    await using netns = await newNetns(this, "link:bridge");

    const error = await kernelRefusal(netns.links.add({ kind: "bridge", name: "br0", mtu: 1 }));

    expect(error).to.include({
      name: "KernelError",
      code: "ERR_CNM_KERNEL",
      errno: -22,
      errnoName: "EINVAL",
      syscall: "RTM_NEWLINK",
    });
    expect(error.extack).to.match(/less than.*minimum/i);
    expect(error.message).to.include("add bridge br0: EINVAL");
    expect(error.message).to.include(error.extack?.replace(/\.$/, ""));
    expect(error.context).to.deep.equal({ link: "br0", namespace: netns.path });
  });

  for (const [path, attributes] of Object.entries({
    ifname: { ifname: "more-than-fifteen-bytes" },
    "linkinfo.data.peer.ifname": {
      ifname: "a",
      linkinfo: {
        kind: "veth",
        data: { peer: { header: {}, attributes: { ifname: "more-than-fifteen-bytes" } } },
      },
    },
  })) {
    it(`names attribute ${path}, where the kernel points at it`, async function () {
      needs(this, "link:veth");
      // The public functions check what the kernel would; so a message of our own.
      const message = { type: "RTM_NEWLINK", flags: ["create"], attributes } as const;
      const steps = [
        { do: "create", in: 0 },
        { do: "request", in: 0, messages: [message] },
      ] as const;

      const native = (await rejection(runJob([new (addon().Handle)()], steps))) as NativeError;

      const error = new KernelError("add link", native);
      expect(native).to.include({ code: "ERANGE", attribute: path, step: 1, message_index: 0 });
      expect(error.attribute).to.equal(path);
      expect(error.extack).to.equal("Attribute failed policy validation");
      expect(error.message).to.include(`[attribute ${path}]`);
    });
  }

  it("keeps the addon's own error as its cause", async function () {
    await using netns = await newNetns(this);

    const error = await kernelRefusal(netns.links.get("nobody"));

    const cause = error.cause as NativeError;
    expect(cause).to.be.instanceOf(Error).and.not.instanceOf(CnmError);
    expect(cause).to.include({ code: "ENODEV", errno: -19, syscall: "RTM_GETLINK" });
    expect(error.cause)
      .to.have.property("message")
      .that.matches(/^ENODEV: No such device/);
  });

  it("is of one class whatever failed: message, system call, sysctl", async function () {
    await using netns = await newNetns(this);

    const errors = await Promise.all([
      rejection(netns.links.get("nobody")),
      rejection(netns.openSocket({ type: "tcp", address: "192.0.2.1" })),
      rejection(netns.sysctl.get("net.nope")),
      rejection(netns.links.delete("nobody")),
      rejection(netns.addresses.list({ link: "nobody" })),
    ]);

    expect(errors.every((error) => error instanceof KernelError)).to.equal(true);
  });
});
