import { nft, type Namespace } from "#lib/netlink.js";
import { expect } from "chai";
import type { Context } from "mocha";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { newNetns } from "../support/netns.js";
import { pings, runIn } from "../support/other-eyes.js";
import { slowness } from "../support/slowness.js";

const { counter, dnat, drop, icmp, ip, masquerade, meta, udp } = nft;

/** A router between two: 10.0.1.2 behind `left`, 10.0.2.2 behind `right`. */
async function router(context: Context): Promise<{
  readonly middle: Namespace;
  readonly left: Namespace;
  readonly right: Namespace;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const needed = ["program:nft", "program:ping", "program:python3", "link:veth"] as const;
  const middle = await newNetns(context, ...needed);
  const ends = await Promise.all([newNetns(context), newNetns(context)]);
  await middle.sysctl.set("net.ipv4.ip_forward", "1");
  for (const [at, end] of ends.entries()) {
    const net = `10.0.${at + 1}`;
    const name = at === 0 ? "left" : "right";
    await middle.links.add({
      ...{ kind: "veth", name, up: true },
      peer: { name: "eth0", namespace: end },
    });
    await middle.addresses.add({ link: name, address: `${net}.1/24` });
    await end.links.set("eth0", { up: true });
    await end.addresses.add({ link: "eth0", address: `${net}.2/24` });
    await end.routes.add({ destination: "default", gateway: `${net}.1` });
  }
  const [left, right] = ends;
  return {
    middle,
    left,
    right,
    async [Symbol.asyncDispose]() {
      for (const one of [left, right, middle]) await one.delete();
    },
  };
}

describe("nft: packets", function () {
  this.timeout(20_000);

  it("are dropped by what is in a set, counted, and let through again", async function () {
    await using net = await router(this);
    const { middle, left } = net;
    const table = nft.table("inet", "t");
    const forward = table.chain("forward", { type: "filter", hook: "forward", priority: "filter" });
    const blocked = table.set("blocked", { type: "ipv4_addr", flags: ["interval"] });
    const before = await pings(left, "10.0.2.2");
    await middle.nft.add(
      ...[table, forward, blocked, blocked.elements(["10.0.1.0/24"])],
      forward.rule(ip.saddr.in(blocked), icmp.type.eq("echo-request"), counter, drop),
    );

    const between = await pings(left, "10.0.2.2");
    await middle.nft.delete(blocked.elements(["10.0.1.0/24"]));
    const after = await pings(left, "10.0.2.2");

    expect([before, between, after]).to.deep.equal([true, false, true]);
    const [rule] = await middle.nft.rules(forward);
    const counted = rule?.expressions.find(({ kind }) => kind === "counter");
    expect(counted).to.include({ packets: 1, bytes: 84 });
  });

  it("go elsewhere by a map of addresses and ports, and come from the router", async function () {
    await using net = await router(this);
    const { middle, left, right } = net;
    const table = nft.table("inet", "nat");
    const pre = table.chain("pre", { type: "nat", hook: "prerouting", priority: "dstnat" });
    const post = table.chain("post", { type: "nat", hook: "postrouting", priority: "srcnat" });
    const map = table.map("map", { type: "inet_service", data: ["ipv4_addr", "inet_service"] });
    await middle.nft.add(
      ...[table, pre, post, map, map.elements([[80, ["10.0.2.2", 8080]]])],
      pre.rule(ip.daddr.eq("10.0.1.1"), dnat({ to: udp.dport.map(map) })),
      post.rule(meta.oifname.eq("right"), masquerade()),
    );
    const server =
      "import socket; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.bind(('10.0.2.2',8080));" +
      `s.settimeout(${5 * slowness}); print('ready', flush=True); d,a=s.recvfrom(99); s.sendto(a[0].encode(),a)`;
    const client =
      "import socket; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);" +
      `s.settimeout(${5 * slowness});` +
      "s.sendto(b'x',('10.0.1.1',80)); print(s.recvfrom(99))";

    const serving = spawn("nsenter", [`--net=${right.path ?? ""}`, "python3", "-c", server]);
    const ended = once(serving, "close");
    await once(serving.stdout, "data");

    const answered = await runIn(left, "python3", "-c", client);

    serving.kill();
    await ended;
    expect(answered.stdout.trim()).to.equal("(b'10.0.2.1', ('10.0.1.1', 80))");
  });

  it("put who sent them into a set", async function () {
    await using net = await router(this);
    const { middle, left } = net;
    const table = nft.table("inet", "t");
    const input = table.chain("input", { type: "filter", hook: "input", priority: "filter" });
    const seen = table.set("seen", {
      type: "ipv4_addr",
      flags: ["dynamic", "timeout"],
      size: 100,
    });
    await middle.nft.add(
      ...[table, input, seen],
      input.rule(
        icmp.type.eq("echo-request"),
        seen.update(ip.saddr, { timeoutMs: 60_000, counter: true }),
      ),
    );

    await pings(left, "10.0.1.1");

    const [element] = await middle.nft.elements(seen);
    expect(element).to.deep.include({ key: "10.0.1.2", timeoutMs: 60_000 });
    expect(element?.counter).to.deep.equal({ packets: 1, bytes: 84 });
  });
});
