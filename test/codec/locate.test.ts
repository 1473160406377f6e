import { addon, type Message } from "#lib/native.js";
import { expect } from "chai";
import { sent } from "./messages.js";

/** Offset of the attribute header whose payload begins with these bytes. */
function offsetOf(bytes: Uint8Array, payload: string): number {
  const at = Buffer.from(bytes).lastIndexOf(payload);
  if (at < 4) throw new Error(`${payload} is not in the message`);
  return at - 4;
}

function first(name: string): Message {
  const message = sent[name]?.[0];
  if (message === undefined) throw new Error(`no message ${name}`);
  return message;
}

const veth = addon().encode(JSON.stringify(first("newlink-veth")));
const alone = 32; // where the attributes of a link begin: nlmsghdr and ifinfomsg, 16 bytes each

describe("codec: locate", function () {
  it("names an attribute of the top level", function () {
    expect(addon().locate(veth, alone)).to.equal("ifname");
  });

  it("names a nested attribute by its dotted path", function () {
    expect(addon().locate(veth, offsetOf(veth, "veth\0"))).to.equal("linkinfo.kind");
  });

  it("names an attribute of a veth's peer, behind the peer's own header", function () {
    expect(addon().locate(veth, offsetOf(veth, "eth0\0"))).to.equal("linkinfo.data.peer.ifname");
  });

  it("names an attribute of a route's metrics", function () {
    const bytes = addon().encode(JSON.stringify(first("newroute-inet6")));
    const mtu = Buffer.alloc(4);
    mtu.writeUInt32LE(1400);

    const path = addon().locate(bytes, Buffer.from(bytes).indexOf(mtu) - 4);

    expect(path).to.equal("metrics.mtu");
  });

  it("names an attribute by the table of its family", function () {
    const bytes = addon().encode(JSON.stringify(first("setlink-vlan")));

    expect(addon().locate(bytes, alone + 4)).to.equal("af_spec.vlan_info");
  });

  it("names an attribute of one of a route's ways", function () {
    const bytes = addon().encode(JSON.stringify(first("newroute-ways")));
    const two = Buffer.from("0a000002", "hex"); // 10.0.0.2
    const via = Buffer.from("0a00fd00", "hex"); // AF_INET6, fd00::

    expect(addon().locate(bytes, Buffer.from(bytes).indexOf(two) - 4)).to.equal(
      "multipath.0.gateway",
    );
    expect(addon().locate(bytes, Buffer.from(bytes).lastIndexOf(via) - 4)).to.equal(
      "multipath.1.via",
    );
  });

  it("names the nest for an offset into the fixed header of a peer", function () {
    const inPeer = offsetOf(veth, "eth0\0") - 8;

    expect(addon().locate(veth, inPeer)).to.equal("linkinfo.data.peer");
  });

  it("says nothing of an offset in the middle of a payload", function () {
    expect(addon().locate(veth, alone + 4)).to.equal("");
  });

  it("says nothing of an offset in the header, or beyond the message", function () {
    const offsets = [0, 4, 16, veth.length, veth.length + 1, 2 ** 32 - 1];

    const paths = offsets.map((offset) => addon().locate(veth, offset));

    expect(paths).to.deep.equal(offsets.map(() => ""));
  });

  it("says nothing of a message whose type it does not know", function () {
    const strange = Uint8Array.from(veth);
    strange.set([0xff, 0xff], 4);

    expect(addon().locate(strange, alone)).to.equal("");
  });
});
