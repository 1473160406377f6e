import { addon, type Decoded } from "#lib/native.js";
import type { Namespace, WireguardChanges } from "#lib/netlink.js";
import { expect } from "chai";
import type { Context } from "mocha";
import { newNetns } from "../support/netns.js";
import { ip, runIn } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal } from "../support/rejection.js";

/** A key of which every byte is `byte`; the last bits are what X25519 wants of a private one. */
const key = (byte: number) => Buffer.alloc(32, byte).toString("base64");
const privateKey = key(0x40);

async function withDevice(context: Context): Promise<Namespace> {
  const netns = await newNetns(context, "link:wireguard", "program:wg", "program:ip");
  await ip(netns, "link", "add", "name", "wg0", "type", "wireguard");
  return netns;
}

/** `wg show wg0 dump`: the device, then a line a peer, parted by tabs. */
async function wg(netns: Namespace): Promise<readonly (readonly string[])[]> {
  const { stdout } = await runIn(netns, "wg", "show", "wg0", "dump");
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.split("\t"));
}

describe("Wireguard", function () {
  it("sets keys, port, mark and peers as wg(8) shows them", async function () {
    await using netns = await withDevice(this);

    await netns.wireguard.set("wg0", {
      privateKey,
      listenPort: 51_820,
      fwmark: 0x1234,
      peers: [
        {
          publicKey: key(1),
          presharedKey: key(2),
          endpoint: "192.0.2.1:51821",
          allowedIps: ["10.0.0.0/24", "fd00::/64", "10.9.9.9"],
          persistentKeepaliveS: 25,
        },
        { publicKey: key(3), endpoint: "[2001:db8::1]:1" },
      ],
    });

    const [device, ...peers] = await wg(netns);
    expect(device?.slice(0, 1).concat(device.slice(2))).to.deep.equal([
      ...[privateKey, "51820", "0x1234"],
    ]);
    const shown = new Map(peers.map(([publicKey, ...rest]) => [publicKey, rest]));
    expect(shown.get(key(1))).to.deep.equal([
      ...[key(2), "192.0.2.1:51821", "10.0.0.0/24,fd00::/64,10.9.9.9/32", "0", "0", "0", "25"],
    ]);
    expect(shown.get(key(3))?.slice(0, 3)).to.deep.equal([
      ...["(none)", "[2001:db8::1]:1", "(none)"],
    ]);
  });

  it("reads what wg(8) has set", async function () {
    await using netns = await withDevice(this);
    await runIn(
      netns,
      "sh",
      "-c",
      `echo ${privateKey} | wg set wg0 listen-port 7 private-key /proc/self/fd/0`,
    );
    const peer = `peer ${key(1)} endpoint [fd00::1]:9 allowed-ips 10.0.0.0/8,::/0 persistent-keepalive 5`;
    await runIn(netns, "wg", "set", "wg0", ...peer.split(" "));

    const device = await netns.wireguard.get("wg0");

    const { index } = await netns.links.get("wg0");
    expect(device).to.deep.include({
      link: index,
      name: "wg0",
      privateKey,
      listenPort: 7,
      fwmark: 0,
    });
    expect(device.publicKey).to.equal((await wg(netns))[0]?.[1]);
    expect(device.peers).to.deep.equal([
      {
        publicKey: key(1),
        presharedKey: undefined,
        endpoint: "[fd00::1]:9",
        allowedIps: ["10.0.0.0/8", "::/0"],
        persistentKeepaliveS: 5,
        lastHandshakeMs: undefined,
        rxBytes: 0,
        txBytes: 0,
      },
    ]);
    expect(await netns.wireguard.get(index)).to.deep.equal(device);
  });

  it("adds to, replaces and removes peers and their addresses, and keys", async function () {
    await using netns = await withDevice(this);
    const peersOf = async () =>
      (await netns.wireguard.get("wg0")).peers.map(
        ({ publicKey, allowedIps }) => `${publicKey.slice(0, 3)} ${allowedIps.join()}`,
      );
    const [one, two] = [key(1), key(2)];
    const peers = [
      { publicKey: one, allowedIps: ["10.0.0.1"], presharedKey: key(9) },
      { publicKey: two, allowedIps: ["10.0.0.2"] },
    ];
    await netns.wireguard.set("wg0", { privateKey, peers });

    await netns.wireguard.set("wg0", {
      privateKey: null,
      peers: [
        { publicKey: one, allowedIps: ["10.0.0.3"], presharedKey: null },
        { publicKey: two, allowedIps: ["10.0.0.4"], replaceAllowedIps: true },
      ],
    });
    const [a, b] = [one.slice(0, 3), two.slice(0, 3)];
    expect(await peersOf()).to.have.members([`${a} 10.0.0.1/32,10.0.0.3/32`, `${b} 10.0.0.4/32`]);
    const device = await netns.wireguard.get("wg0");
    expect(device).to.include({ privateKey: undefined, publicKey: undefined });
    expect(device.peers.map(({ presharedKey }) => presharedKey)).to.deep.equal([
      ...[undefined, undefined],
    ]);

    await netns.wireguard.set("wg0", { peers: [{ publicKey: one, remove: true }] });
    expect(await peersOf()).to.deep.equal([`${b} 10.0.0.4/32`]);
    await netns.wireguard.set("wg0", { replacePeers: true, peers: [{ publicKey: one }] });
    expect(await peersOf()).to.deep.equal([`${a} `]);
  });

  it("sets and reads more peers and addresses than fit one message", async function () {
    this.timeout(60_000);
    await using netns = await withDevice(this);
    const subnets = Array.from({ length: 1500 }, (_, at) => `10.${at >> 8}.${at & 255}.0/24`);
    const many = Array.from({ length: 300 }, (_, at) => {
      const bytes = Buffer.alloc(32, 1);
      bytes.writeUInt16LE(at);
      return { publicKey: bytes.toString("base64"), allowedIps: [`172.16.${at >> 8}.${at & 255}`] };
    });
    const large = { publicKey: key(7), allowedIps: subnets };

    await netns.wireguard.set("wg0", { replacePeers: true, peers: [large, ...many] });

    const { peers } = await netns.wireguard.get("wg0");
    expect(peers).to.have.lengthOf(301);
    const found = peers.find(({ publicKey }) => publicKey === large.publicKey);
    expect([...(found?.allowedIps ?? [])].sort()).to.deep.equal([...subnets].sort());
    expect(await wg(netns)).to.have.lengthOf(302);
  });

  it("says that there is no such link, and that it is none of WireGuard", async function () {
    await using netns = await withDevice(this);

    const none = await kernelRefusal(netns.wireguard.get("none"));
    const other = await kernelRefusal(netns.wireguard.set("lo", { fwmark: 1 }));

    expect(none).to.include({ errnoName: "ENODEV" });
    expect(other.errnoName).to.be.oneOf(["EOPNOTSUPP", "ENOTSUP"]);
  });

  for (const [what, changes] of [
    ["a key that is too short", { privateKey: "abc" }],
    ["a key in hex", { privateKey: "40".repeat(32) }],
    ["a key with bits too many", { privateKey: `${"A".repeat(42)}B=` }],
    ["an endpoint without a port", { peers: [{ publicKey: privateKey, endpoint: "10.0.0.1" }] }],
    ["a bare IPv6 endpoint", { peers: [{ publicKey: privateKey, endpoint: "fd00::1:80" }] }],
    ["a name for an endpoint", { peers: [{ publicKey: privateKey, endpoint: "host:80" }] }],
    ["port 0", { peers: [{ publicKey: privateKey, endpoint: "10.0.0.1:0" }] }],
    ["a peer without a key", { peers: [{}] }],
    ["an unknown option", { peer: [] }],
  ] as const) {
    it(`refuses ${what} before the kernel is asked, and repeats no key`, async function () {
      await using netns = await newNetns(this);

      const error = await netns.wireguard.set("lo", changes as unknown as WireguardChanges).then(
        () => undefined,
        (thrown: unknown) => thrown as Error & { code: string },
      );

      expect(error?.code).to.be.oneOf(["ERR_CNM_INVALID_OPTION", "ERR_INVALID_ARG_TYPE"]);
      expect(error?.message).not.to.match(/abc|4040|AAAA/);
    });
  }

  it("refuses an altname, which only rtnetlink knows", async function () {
    await using netns = await newNetns(this);

    const error = await cnmRefusal(netns.wireguard.get("a-name-of-more-than-15-bytes"));

    expect(error.code).to.equal("ERR_CNM_INVALID_NAME");
  });

  it("reads endpoints of both families, and others as hex", function () {
    const encode = (endpoint: string) =>
      addon().encode(
        JSON.stringify({ type: "WG_CMD_SET_DEVICE", attributes: { peers: [{ endpoint }] } }),
      );
    const decode = (bytes: Uint8Array) => {
      const text = addon().decode(bytes, "WG_CMD_SET_DEVICE");
      const [message] = JSON.parse(text) as readonly Decoded[];
      return (message?.attributes["peers"] as readonly { endpoint: string }[])[0]?.endpoint;
    };

    for (const text of ["192.0.2.1:65535", "[2001:db8::1]:0"]) {
      expect(decode(encode(text))).to.equal(text);
    }
    for (const text of ["192.0.2.1", "192.0.2.1:65536", "2001:db8::1:80", "[10.0.0.1]:80", ":1"]) {
      expect(() => encode(text), text).to.throw(/is not an address with a port/);
    }
  });
});
