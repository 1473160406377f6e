import { addon, nativeError, type PlainError } from "#lib/native.js";
import type { NativeError } from "#lib/netlink.js";
import { expect } from "chai";

function refused(message: unknown): NativeError {
  try {
    addon().encode(JSON.stringify(message));
  } catch (error) {
    return nativeError(JSON.parse((error as Error).message) as PlainError);
  }
  throw new Error("it was encoded");
}

const link = (attributes: object, header: object = {}) => ({
  type: "RTM_NEWLINK",
  header,
  attributes,
});
const bridge = (data: unknown) => link({ linkinfo: { kind: "bridge", data } });
const peer = (attributes: unknown) =>
  link({ linkinfo: { kind: "veth", data: { peer: { header: {}, attributes } } } });

describe("codec: what is not encoded", function () {
  const cases: Readonly<Record<string, readonly [message: unknown, about: RegExp]>> = {
    "an unknown type of message": [{ type: "RTM_NEWLINKS" }, /type is unknown/],
    "a message without a type": [{}, /type is unknown/],
    "no object": [[], /type is unknown/],
    "an unknown flag": [{ type: "RTM_GETLINK", flags: ["dumpp"] }, /flags holds an unknown name/],
    "flags that are no list": [{ type: "RTM_GETLINK", flags: "dump" }, /flags is not a list/],
    "an unknown field of the header": [link({}, { indes: 1 }), /header\.indes is unknown/],
    "a header that is no object": [{ type: "RTM_GETLINK", header: [] }, /header is not an object/],
    "a name where the header wants another": [link({}, { family: "inet7" }), /header\.family/],
    "a family that is out of range": [link({}, { family: 256 }), /header\.family is out of range/],
    "a negative index": [link({}, { index: -1 }), /header\.index is out of range/],
    "half an index": [link({}, { index: 1.5 }), /header\.index is out of range/],
    "an index of more than 32 bits": [link({}, { index: 2 ** 32 }), /header\.index is out of/],
    "an index that is true": [link({}, { index: true }), /header\.index is not a number/],
    "an unknown attribute": [link({ mtuu: 1 }), /: mtuu is unknown|, mtuu is unknown/],
    "an unknown attribute of a bridge": [bridge({ stp: 1 }), /linkinfo\.data\.stp is unknown/],
    "one where several may stand": [
      link({
        linkinfo: { kind: "macvlan", data: { macaddr_data: { macaddr: "02:00:00:00:00:01" } } },
      }),
      /linkinfo\.data\.macaddr_data\.macaddr is not a list/,
    ],
    "an attribute that this family does not have": [
      link({ txqlen: 7 }, { family: "bridge" }),
      /txqlen is unknown/,
    ],
    "an unknown attribute of a peer": [peer({ nme: "x" }), /linkinfo\.data\.peer\.nme is unknown/],
    "data of a kind without a table": [
      link({ linkinfo: { kind: "dummy", data: {} } }),
      /linkinfo\.data has no table for its kind/,
    ],
    "data without a kind": [link({ linkinfo: { data: {} } }), /linkinfo\.data has no table/],
    "attributes that are no object": [{ type: "RTM_GETLINK", attributes: [] }, /is not an object/],
    "a nested set that is a number": [link({ linkinfo: 1 }), /linkinfo is not an object/],
    "text where a number belongs": [link({ mtu: "big" }), /mtu is not one of its names/],
    "a number where text belongs": [link({ ifname: 1 }), /ifname is not a string/],
    "null where text belongs": [link({ ifname: null }), /ifname is not a string/],
    "an unsigned number that is too big": [link({ mtu: 2 ** 32 }), /mtu is out of range/],
    "a byte that is too big": [bridge({ vlan_filtering: 256 }), /vlan_filtering is out of range/],
    "16 bits that are too many": [bridge({ priority: 65536 }), /priority is out of range/],
    "16 bits of network order that are too many": [
      bridge({ vlan_protocol: 65536 }),
      /vlan_protocol is out of range/,
    ],
    "a signed number that is too small": [
      link({ link_netnsid: -(2 ** 31) - 1 }),
      /link_netnsid is out of range/,
    ],
    "a NUL byte in a name": [link({ ifname: "br\0" }), /ifname holds a NUL byte/],
    "a NUL byte in an altname": [
      link({ prop_list: { alt_ifname: ["fine", "a\0b"] } }),
      /prop_list\.alt_ifname holds a NUL byte/,
    ],
    "altnames that are no list": [
      link({ prop_list: { alt_ifname: "x" } }),
      /prop_list\.alt_ifname is not a list of strings/,
    ],
    "a MAC address with a letter too many": [
      link({ address: "02:00:00:00:00:0g" }),
      /address is not a hardware address/,
    ],
    "a hardware address of 33 bytes": [
      link({ address: Array(33).fill("00").join(":") }),
      /address is not a hardware address/,
    ],
    "ways that are no list": [
      { type: "RTM_NEWROUTE", attributes: { multipath: {} } },
      /multipath is not a list/,
    ],
    "a way with an attribute too many": [
      { type: "RTM_NEWROUTE", attributes: { multipath: [{ attributes: { oif: 1 } }] } },
      /multipath\.oif is unknown/,
    ],
    "a gateway of the other family that is none": [
      { type: "RTM_NEWROUTE", attributes: { via: "10.0.0" } },
      /via is not an IP address/,
    ],
    "an IP address that is none": [
      { type: "RTM_NEWADDR", attributes: { local: "10.0.0.256" } },
      /local is not an IP address/,
    ],
    "an IPv6 address with a zone": [
      { type: "RTM_NEWADDR", attributes: { local: "fe80::1%eth0" } },
      /local is not an IP address/,
    ],
    "a namespace that is a number": [link({ net_ns_fd: 3 }), /net_ns_fd is not a namespace/],
    "the name of a link, without a kernel to ask": [link({ master: "br0" }), /br0 needs a kernel/],
    "a reference, without a job": [
      link({}, { index: { of: [0, 0], field: "index" } }),
      /a reference needs a kernel/,
    ],
  };
  for (const [what, [message, about]] of Object.entries(cases)) {
    it(`refuses ${what}`, function () {
      const error = refused(message);

      expect(error).to.include({ code: "EINVAL", errno: -22 });
      expect(error.message).to.match(about);
    });
  }

  it("names the message in the error", function () {
    const error = refused({ type: "RTM_NEWADDR", attributes: { nope: 1 } });

    expect(error.syscall).to.equal("RTM_NEWADDR");
  });

  it("refuses an attribute that its length field cannot hold", function () {
    const error = refused(link({ ifalias: "x".repeat(65_531) }));

    expect(error).to.include({ code: "EMSGSIZE", syscall: "RTM_NEWLINK" });
  });

  it("takes the longest attribute that its length field can hold", function () {
    const bytes = addon().encode(JSON.stringify(link({ ifalias: "x".repeat(65_530) })));

    expect(Buffer.from(bytes).readUInt16LE(32)).to.equal(65_535);
  });

  it("refuses a nest whose members fit one by one and not together", function () {
    const names = Array.from({ length: 1000 }, (_, at) => `${"n".repeat(100)}${at}`);

    const error = refused(link({ prop_list: { alt_ifname: names } }));

    expect(error).to.include({ code: "EMSGSIZE", syscall: "RTM_NEWLINK" });
  });

  it("refuses JSON that is nested too deeply, without running out of stack", function () {
    const deep = "[".repeat(100_000);

    expect(() => addon().encode(deep)).to.throw(/EINVAL.*JSON\.parse/);
  });

  for (const text of ["", "{", '{"type":', "nul", '{"a":1,}', '"\\u12"', '"\\ud800x"', "1 2"]) {
    it(`refuses ${JSON.stringify(text)}, which is no JSON`, function () {
      expect(() => addon().encode(text)).to.throw(/EINVAL.*JSON\.parse/);
    });
  }
});
