import { expect } from "chai";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { closeSync } from "node:fs";
import { createServer, get, type Server } from "node:http";
import { newNetns } from "../support/netns.js";
import { runIn } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal } from "../support/rejection.js";
import { descriptors } from "../support/traces.js";

/** An echo server on a descriptor that the library handed out. */
async function echoOn(fd: number, type: "udp4" | "udp6"): Promise<Socket> {
  const server = createSocket(type);
  server.on("message", (message, from) => {
    server.send(`echo ${message.toString()}`, from.port, from.address);
  });
  const listening = once(server, "listening"); // comes at once: the socket is bound already
  server.bind({ fd });
  await listening;
  return server;
}

async function helloOn(fd: number): Promise<Server> {
  const server = createServer((_request, response) => response.end("hello from inside"));
  server.listen({ fd });
  await once(server, "listening");
  return server;
}

/** A UDP client of another language, inside the namespace. */
const client = `
import socket, sys
address, port = sys.argv[1], int(sys.argv[2])
s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(2)
s.sendto(b"knock", (address, port))
print(s.recv(100).decode())
`;

describe("Namespace.openSocket", function () {
  for (const [address, type] of [
    ["127.0.0.1", "udp4"],
    ["::1", "udp6"],
  ] as const) {
    it(`serves UDP on ${address} inside`, async function () {
      await using netns = await newNetns(this, "program:python3", "ipv6");
      const { fd, port } = await netns.openSocket({ type: "udp", address });
      await using server = await echoOn(fd, type);

      const { stdout } = await runIn(netns, "python3", "-c", client, address, String(port));

      expect(server.address()).to.include({ port });
      expect(stdout).to.equal("echo knock\n");
    });
  }

  for (const [address, url] of [
    ["0.0.0.0", "http://127.0.0.1"],
    ["::", "http://[::1]"],
  ] as const) {
    it(`serves HTTP on ${address} inside, and not outside`, async function () {
      await using netns = await newNetns(this, "program:curl", "ipv6");
      const { fd, port } = await netns.openSocket({ type: "tcp", address });
      await using server = await helloOn(fd);

      const inside = await runIn(netns, "curl", "-sS", "--noproxy", "*", `${url}:${port}/`);
      const [outside] = (await once(get(`${url}:${port}/`), "error")) as [NodeJS.ErrnoException];

      expect(server.listening).to.equal(true);
      expect(inside.stdout).to.equal("hello from inside");
      expect(outside.code).to.be.oneOf(["ECONNREFUSED", "ENETUNREACH", "EADDRNOTAVAIL"]);
    });
  }

  it("takes the port that it is told, and both families of one port", async function () {
    await using netns = await newNetns(this, "ipv6");

    const four = await netns.openSocket({ type: "tcp", address: "0.0.0.0", port: 53 });
    const six = await netns.openSocket({ type: "tcp", address: "::", port: 53 });

    closeSync(four.fd);
    closeSync(six.fd);
    expect([four.port, six.port]).to.deep.equal([53, 53]);
  });

  it("works on after its namespace is closed", async function () {
    const netns = await newNetns(this);
    const { fd } = await netns.openSocket({ type: "udp", address: "127.0.0.1" });
    await netns.delete();

    await using server = await echoOn(fd, "udp4");
    const { port } = server.address();
    server.send("to myself", port, "127.0.0.1");
    const [message] = (await once(server, "message")) as [Buffer];

    expect(message.toString()).to.equal("to myself");
  });

  it("says that the port is taken, and leaves no descriptor", async function () {
    await using netns = await newNetns(this);
    const taken = await netns.openSocket({ type: "udp", address: "127.0.0.1" });
    const before = descriptors();

    const error = await kernelRefusal(
      netns.openSocket({ type: "udp", address: "127.0.0.1", port: taken.port }),
    );

    const after = descriptors();
    closeSync(taken.fd);
    expect(error).to.include({ errnoName: "EADDRINUSE", syscall: "bind" });
    expect(error.message).to.include(`127.0.0.1 port ${taken.port}`);
    expect(after).to.deep.equal(before);
  });

  it("says that the address is nobody's", async function () {
    await using netns = await newNetns(this);

    const error = await kernelRefusal(netns.openSocket({ type: "tcp", address: "192.0.2.1" }));

    expect(error).to.include({ errnoName: "EADDRNOTAVAIL", syscall: "bind" });
    expect(error.message).to.include("192.0.2.1");
  });

  for (const [what, spec] of [
    ["a type that is none", { type: "sctp", address: "127.0.0.1" }],
    ["a name for an address", { type: "tcp", address: "localhost" }],
    ["a port that is too big", { type: "tcp", address: "127.0.0.1", port: 65_536 }],
  ] as const) {
    it(`refuses ${what}`, async function () {
      await using netns = await newNetns(this);

      const error = await cnmRefusal(
        netns.openSocket(spec as { type: "tcp"; address: string; port: number }),
      );

      expect(error.message).to.include("open socket");
    });
  }
});
