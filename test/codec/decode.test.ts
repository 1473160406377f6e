import { addon, type Decoded } from "#lib/native.js";
import { expect } from "chai";
import { readGolden } from "../support/golden.js";

function decode(bytes: Uint8Array): readonly (Decoded | null)[] {
  return JSON.parse(addon().decode(bytes)) as readonly (Decoded | null)[];
}

/** A message of given payload: struct nlmsghdr before it. */
function message(type: number, payload: Buffer, length = 16 + payload.length): Uint8Array {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(length, 0);
  header.writeUInt16LE(type, 4);
  return Buffer.concat([header, payload]);
}

function attribute(type: number, payload: Buffer, length = 4 + payload.length): Buffer {
  const whole = Buffer.alloc((4 + payload.length + 3) & ~3);
  whole.writeUInt16LE(length, 0);
  whole.writeUInt16LE(type, 2);
  payload.copy(whole, 4);
  return whole;
}

const newLink = 16; // RTM_NEWLINK
const ifinfomsg = Buffer.alloc(16);
const link = (...attributes: Buffer[]) =>
  message(newLink, Buffer.concat([ifinfomsg, ...attributes]));

/** AF_BRIDGE */
const bridgeLink = (...attributes: Buffer[]) =>
  message(newLink, Buffer.concat([Buffer.from([7]), Buffer.alloc(15), ...attributes]));

describe("codec: decode", function () {
  it("reads a recorded veth with its peer's namespace id, master and altname", function () {
    const [veth] = decode(readGolden("reply-newlink-veth"));

    expect(veth).to.deep.include({ type: "RTM_NEWLINK" });
    expect(veth?.header).to.deep.include({ index: 3, family: "unspec" });
    expect(veth?.header["flags"]).to.include.members(["up", "broadcast", "multicast"]);
    expect(veth?.attributes).to.deep.include({
      ifname: "veth0",
      master: 2,
      mtu: 1400,
      link: 2,
      link_netnsid: 0,
      address: "02:00:00:00:00:0a",
      prop_list: { alt_ifname: ["first", "second"] },
    });
    expect(veth?.attributes["linkinfo"]).to.deep.include({ kind: "veth", slave_kind: "bridge" });
    expect(veth?.attributes["stats64"]).to.include({ rxErrors: 0, txErrors: 0 });
  });

  it("reads a recorded bridge with its options", function () {
    const [bridge] = decode(readGolden("reply-newlink-bridge"));

    const { linkinfo } = bridge?.attributes as { linkinfo: { kind: string; data: object } };
    expect(linkinfo.kind).to.equal("bridge");
    expect(linkinfo.data).to.include({ ageing_time: 30_000, priority: 4096, stp_state: 0 });
  });

  it("reads recorded addresses of both families", function () {
    const addresses = decode(readGolden("reply-newaddr"));

    expect(addresses.map((one) => one?.attributes["address"])).to.deep.equal([
      "10.0.0.1",
      "fd00::1",
    ]);
    expect(addresses.map((one) => one?.header["family"])).to.deep.equal(["inet", "inet6"]);
    expect(addresses[1]?.attributes["flags"]).to.deep.equal(["nodad", "permanent"]);
  });

  it("reads recorded default routes of both families", function () {
    const routes = decode(readGolden("reply-newroute"));

    expect(routes.map((one) => one?.attributes["gateway"])).to.deep.equal([
      "10.0.0.254",
      "fd00::fe",
    ]);
    expect(routes.map((one) => one?.header["table"])).to.deep.equal(["main", "main"]);
    expect(routes.map((one) => one?.attributes["oif"])).to.deep.equal([2, 2]);
  });

  it("writes null for a message whose type it does not know", function () {
    const decoded = decode(message(9999, Buffer.alloc(64)));

    expect(decoded).to.deep.equal([null]);
  });

  it("writes null for a message that is shorter than its fixed header", function () {
    const decoded = decode(message(newLink, Buffer.alloc(15)));

    expect(decoded).to.deep.equal([null]);
  });

  it("stops at a message that is longer than the bytes", function () {
    const decoded = decode(message(newLink, ifinfomsg, 33));

    expect(decoded).to.deep.equal([]);
  });

  it("stops at a message that claims less than its own header", function () {
    const decoded = decode(message(newLink, ifinfomsg, 15));

    expect(decoded).to.deep.equal([]);
  });

  it("reads several messages one behind the other", function () {
    const one = link(attribute(4, Buffer.from([1, 0, 0, 0])));

    const decoded = decode(Buffer.concat([one, one]));

    expect(decoded.map((each) => each?.attributes)).to.deep.equal([{ mtu: 1 }, { mtu: 1 }]);
  });

  it("leaves out an attribute that it does not know, and reads the next", function () {
    const decoded = decode(
      link(attribute(4000, Buffer.from("?")), attribute(3, Buffer.from("a\0"))),
    );

    expect(decoded[0]?.attributes).to.deep.equal({ ifname: "a" });
  });

  it("leaves out a number that is cut short, and reads the next", function () {
    const decoded = decode(
      link(attribute(4, Buffer.from([1, 2, 3])), attribute(3, Buffer.from("a\0"))),
    );

    expect(decoded[0]?.attributes).to.deep.equal({ ifname: "a" });
  });

  it("ends a level at an attribute that is longer than it", function () {
    const decoded = decode(
      link(attribute(3, Buffer.from("a\0")), attribute(4, Buffer.from([1, 0, 0, 0]), 9)),
    );

    expect(decoded[0]?.attributes).to.deep.equal({ ifname: "a" });
  });

  it("ends a level at an attribute that claims less than its own header", function () {
    const decoded = decode(
      link(attribute(4, Buffer.alloc(4), 3), attribute(3, Buffer.from("a\0"))),
    );

    expect(decoded[0]?.attributes).to.deep.equal({});
  });

  it("reads a name that lacks its NUL", function () {
    const decoded = decode(link(attribute(3, Buffer.from("abcd"))));

    expect(decoded[0]?.attributes).to.deep.equal({ ifname: "abcd" });
  });

  it("escapes what is special in JSON, and control characters", function () {
    const decoded = decode(link(attribute(3, Buffer.from('"\\\n\u0001\0'))));

    expect(decoded[0]?.attributes).to.deep.equal({ ifname: '"\\\n\u0001' });
  });

  it("reads a name that is no UTF-8 without failing", function () {
    const decoded = decode(link(attribute(3, Buffer.from([0x61, 0xff, 0xc3, 0]))));

    expect(decoded[0]?.attributes["ifname"]).to.match(/^a/);
  });

  it("writes an IP address of a strange length as hex", function () {
    const newAddress = 20; // RTM_NEWADDR
    const payload = Buffer.concat([Buffer.alloc(8), attribute(1, Buffer.from([1, 2, 3]))]);

    const decoded = decode(message(newAddress, payload));

    expect(decoded[0]?.attributes).to.deep.equal({ address: "010203" });
  });

  it("reads a struct of an older, shorter kernel as far as it goes", function () {
    const statistics = Buffer.alloc(16);
    statistics.writeBigUInt64LE(7n, 0);

    const decoded = decode(link(attribute(23, statistics)));

    expect(decoded[0]?.attributes).to.deep.equal({ stats64: { rxPackets: 7, txPackets: 0 } });
  });

  const info = (kind: string, data: Buffer) =>
    attribute(18, Buffer.concat([attribute(1, Buffer.from(`${kind}\0`)), attribute(2, data)]));
  const inside = (decoded: readonly (Decoded | null)[]) =>
    (decoded[0]?.attributes["linkinfo"] as { data: unknown }).data;

  it("reads an attribute that comes several times as a list, the short ones left out", function () {
    const one = (last: number) => attribute(4, Buffer.from([2, 0, 0, 0, 0, last]));
    const mapping = Buffer.alloc(8);
    mapping.writeUInt32LE(3, 4);

    const macvlan = decode(
      link(info("macvlan", attribute(5, Buffer.concat([one(1), attribute(9, mapping), one(2)])))),
    );
    const vlan = decode(
      link(
        info("vlan", attribute(3, Buffer.concat([attribute(1, mapping), attribute(1, mapping)]))),
      ),
    );
    const bridge = bridgeLink(
      attribute(26, Buffer.concat([attribute(2, Buffer.from([2, 0, 7, 0]))])),
    );

    expect(inside(macvlan)).to.deep.equal({
      macaddr_data: { macaddr: ["02:00:00:00:00:01", "02:00:00:00:00:02"] },
    });
    expect(inside(vlan)).to.deep.equal({
      egress_qos: {
        mapping: [
          { from: 0, to: 3 },
          { from: 0, to: 3 },
        ],
      },
    });
    expect(decode(bridge)[0]?.attributes).to.deep.equal({
      af_spec: { vlan_info: [{ flags: ["pvid"], vid: 7 }] },
    });
  });

  it("takes a flag with a byte of 0 for none", function () {
    const flags = [
      attribute(28, Buffer.from([0])),
      attribute(23, Buffer.from([1])),
      attribute(27, Buffer.alloc(0)),
    ];

    const decoded = decode(link(info("vxlan", Buffer.concat(flags))));

    expect(inside(decoded)).to.deep.equal({ ttl_inherit: false, gbp: true, gpe: true });
  });

  it("reads the same attribute of another family by that family's table", function () {
    const spec = attribute(26, attribute(10, attribute(8, Buffer.from([1]))));

    expect(decode(link(spec))[0]?.attributes).to.deep.equal({
      af_spec: { inet6: { addr_gen_mode: "none" } },
    });
    expect(decode(bridgeLink(spec))[0]?.attributes).to.deep.equal({ af_spec: {} });
  });

  it("survives peers within peers as deep as a message can hold", function () {
    const kind = attribute(1, Buffer.from("veth\0"));
    let nested: Buffer = attribute(3, Buffer.from("x\0"));
    while (nested.length < 65_000) {
      const peer = attribute(1, Buffer.concat([ifinfomsg, nested]));
      nested = attribute(18, Buffer.concat([kind, attribute(2, peer)]));
    }

    const decoded = decode(link(nested));

    expect(decoded[0]?.attributes).to.have.property("linkinfo");
  });

  it("refuses what is no typed array", function () {
    const wrong = addon() as unknown as { decode(value?: unknown): string };

    expect(() => wrong.decode()).to.throw(TypeError, /bytes/);
    expect(() => wrong.decode("text")).to.throw(TypeError, /bytes/);
    expect(() => wrong.decode({ length: 4 })).to.throw(TypeError, /bytes/);
  });

  describe("of a route with several ways", function () {
    const rtmsg = Buffer.from("021000000000000100000000", "hex");
    const way = (length: number, ...attributes: Buffer[]) => {
      const head = Buffer.from("0000010205000000", "hex"); // dead, weight 3, link 5
      head.writeUInt16LE(length, 0);
      return Buffer.concat([head, ...attributes]);
    };
    const gateway = attribute(5, Buffer.from("0a000002", "hex"));
    const via = attribute(18, Buffer.from("0a00fd000000000000000000000000000001", "hex"));
    const waysOf = (...ways: Buffer[]) =>
      decode(message(24, Buffer.concat([rtmsg, attribute(9, Buffer.concat(ways))])))[0]?.attributes[
        "multipath"
      ];
    const header = { flags: ["dead"], hops: 2, index: 5 };

    it("reads each with its attributes", function () {
      expect(waysOf(way(16, gateway), way(32, via))).to.deep.equal([
        { header, attributes: { gateway: "10.0.0.2" } },
        { header, attributes: { via: "fd00::1" } },
      ]);
    });

    it("ends at one that is cut short, too long, or of no length", function () {
      const good = { header, attributes: { gateway: "10.0.0.2" } };

      for (const bad of [way(7), way(0), way(200), Buffer.alloc(4)]) {
        expect(waysOf(way(16, gateway), bad, way(16, gateway))).to.deep.equal([good]);
      }
    });

    it("leaves out a gateway without a family", function () {
      expect(waysOf(way(16, attribute(18, Buffer.alloc(1))))).to.deep.equal([
        { header, attributes: {} },
      ]);
    });
  });
});
