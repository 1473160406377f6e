import { Namespace } from "#lib/netlink.js";
import type { Context } from "mocha";
import { needs } from "./needs.js";
import { newNetns } from "./netns.js";
import { ip, runIn } from "./other-eyes.js";

/** Two namespaces, 10.7.0.1 and 10.7.0.2, joined by a veth pair: `to0` in the client. */
export class Pair implements AsyncDisposable {
  readonly client: Namespace;
  readonly server: Namespace;

  /** Use {@link joined}. */
  constructor(client: Namespace, server: Namespace) {
    this.client = client;
    this.server = server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.delete();
    await this.server.delete();
  }
}

export async function joined(context: Context): Promise<Pair> {
  const client = await newNetns(context, "link:veth", "program:python3", "program:nft");
  const server = await newNetns(context);
  await client.links.add({
    kind: "veth",
    name: "to0",
    up: true,
    addrGenMode: "none",
    peer: { name: "eth0", namespace: server },
  });
  await server.links.set("eth0", { up: true, addrGenMode: "none" });
  await client.addresses.add({ link: "to0", address: "10.7.0.1/24" });
  await server.addresses.add({ link: "eth0", address: "10.7.0.2/24" });
  return new Pair(client, server);
}

/** As {@link joined}, and the server's end tracks flows: a rule asks for their state. */
export async function tracked(context: Context): Promise<Pair> {
  const pair = await joined(context);
  const rules = "table inet t { chain in { type filter hook input priority 0; ct state new; }; }";
  const { code, stderr } = await runIn(pair.server, "nft", rules);
  if (code !== 0) throw new Error(`nft: ${stderr}`);
  return pair;
}

export type FlowProtocol = "tcp" | "udp";

// Both ends in one process, each socket made in its own namespace: nothing has to be waited for.
const conversation = `
import ctypes, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def enter(path):
    with open(path) as f:
        if libc.setns(f.fileno(), 0): raise OSError(ctypes.get_errno(), path)
client, server, protocol, size = sys.argv[1:5]
kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
enter(server)
s = socket.socket(socket.AF_INET, kind)
s.bind(("10.7.0.2", 7000))
if protocol == "tcp": s.listen()
enter(client)
c = socket.socket(socket.AF_INET, kind)
for one in (c, s): one.settimeout(5)
c.connect(("10.7.0.2", 7000))
if protocol == "tcp": s = s.accept()[0]; s.settimeout(5)
c.sendall(b"x" * int(size))
got = 0
while got < int(size):
    data, where = s.recvfrom(65536)
    got += len(data)
if protocol == "tcp": s.sendall(b"ok")
else: s.sendto(b"ok", where)
print(c.recv(2).decode())
`;

/** Sends that many bytes from client to server, and two back. */
export async function flowBetween(pair: Pair, protocol: FlowProtocol, bytes: number) {
  const paths = [pair.client.path ?? "", pair.server.path ?? ""];
  const args = ["-c", conversation, ...paths, protocol, String(bytes)];
  const { stdout, stderr } = await runIn(pair.client, "python3", ...args);
  if (stdout !== "ok\n") throw new Error(`the conversation went wrong: ${stderr}`);
}

/** As {@link joined}, and both know each other's MAC for good: nobody asks for it. */
export async function acquainted(context: Context): Promise<Pair> {
  needs(context, "program:ip");
  const pair = await joined(context);
  const { client, server } = pair;
  const macOf = async (netns: Namespace, link: string) =>
    (await netns.links.get(link)).address ?? "";
  const know = (netns: Namespace, address: string, link: string, mac: string) =>
    ip(netns, "neigh", "replace", address, "dev", link, "lladdr", mac, "nud", "permanent");
  await know(client, "10.7.0.2", "to0", await macOf(server, "eth0"));
  await know(server, "10.7.0.1", "eth0", await macOf(client, "to0"));
  return pair;
}

const burst = `
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(int(sys.argv[1])): s.sendto(b"x" * int(sys.argv[2]), ("10.7.0.2", int(sys.argv[3])))
`;

/** Sends datagrams to the server that nobody takes. */
export async function burstTo(pair: Pair, port: number, packets: number, bytes: number) {
  const args = ["-c", burst, String(packets), String(bytes), String(port)];
  const { code, stderr } = await runIn(pair.client, "python3", ...args);
  if (code !== 0) throw new Error(`the burst went wrong: ${stderr}`);
}

/** Bytes of a datagram's headers: Ethernet, IPv4, UDP. */
export const headers = 14 + 20 + 8;
