// A link that is shaped: what goes to port 53 and what goes to port 9 have a rate and a counter each.
// Run: npm run example traffic-shaper
// Prints: 1:10 at 1 Mbit/s: 5 packets, 710 bytes, then 1:20 at 8 Mbit/s: 3 packets, 3126 bytes
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { Namespace } from "vethwork/netlink";

await using client = await Namespace.create();
await using server = await Namespace.create();
const peer = { name: "eth0", namespace: server };
await client.links.add({ kind: "veth", name: "eth0", up: true, peer });
await server.links.set("eth0", { up: true });
await client.addresses.add({ link: "eth0", address: "10.0.0.1/24" });
await server.addresses.add({ link: "eth0", address: "10.0.0.2/24" });

const htb = { kind: "htb", link: "eth0", parent: "1:" } as const;
await client.qdiscs.add({ kind: "htb", link: "eth0", handle: "1:" });
for (const { classid, rateBitsPerSecond, port } of [
  { classid: "1:10", rateBitsPerSecond: 1_000_000, port: 53 },
  { classid: "1:20", rateBitsPerSecond: 8_000_000, port: 9 },
]) {
  await client.trafficClasses.add({ ...htb, classid, rateBitsPerSecond });
  const match = { destination: "10.0.0.2", ipProtocol: "udp", destinationPort: port } as const;
  await client.trafficFilters.add({ kind: "u32", link: "eth0", parent: "1:", classid, match });
}

await using sender = await socketIn(client, 0);
await send(53, 5, 100);
await send(9, 3, 1000);

const classes = [...(await client.trafficClasses.list("eth0"))];
for (const { classid, options, statistics } of classes.sort((a, b) =>
  a.classid < b.classid ? -1 : 1,
)) {
  const rate = (options?.rateBitsPerSecond ?? 0) / 1e6;
  console.log(
    `${classid} at ${rate} Mbit/s: ${statistics.packets} packets, ${statistics.bytes} bytes`,
  );
}

/** One datagram after the other, each of which arrives before the next one goes. */
async function send(port: number, count: number, bytes: number): Promise<void> {
  await using receiver = await socketIn(server, port);
  for (let sent = 0; sent < count; sent++) {
    const arrived = once(receiver, "message");
    sender.send(Buffer.alloc(bytes), port, "10.0.0.2");
    await arrived;
  }
}

async function socketIn(namespace: Namespace, port: number): Promise<Socket & AsyncDisposable> {
  const { fd } = await namespace.openSocket({ type: "udp", address: "0.0.0.0", port });
  const socket = createSocket("udp4");
  const listening = once(socket, "listening");
  socket.bind({ fd });
  await listening;
  return socket;
}
