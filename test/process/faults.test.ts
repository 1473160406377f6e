import { expect } from "chai";
import { needs } from "../support/needs.js";
import { output, run } from "../support/run.js";
import { childFile } from "./child.js";

// Root of a user namespace of its own: without CAP_NET_ADMIN in the first one, which may have any
// buffer (SO_SNDBUFFORCE).
const ordinary = ["--user", "--map-root-user", "--net", "--mount"];

const room = `
import socket
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)
print(s.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF))`;

describe("process: of an ordinary user", function () {
  this.timeout(60_000);

  it("is told that a transaction does not fit the socket, and does a smaller one", async function () {
    needs(this, "program:python3", "program:nft");
    const most = Number(await output("python3", ["-c", room]));

    const words = [process.execPath, childFile("big-transaction"), String(most + 100_000)];
    const { code, stdout, stderr } = await run("unshare", [...ordinary, ...words]);

    expect(code, stderr).to.equal(0);
    const { big, small } = JSON.parse(stdout) as { big: { detail: string }; small: unknown };
    expect(big).to.include({ code: "EMSGSIZE", syscall: "sendmsg" });
    expect(big.detail).to.match(/^\d+ bytes in one transaction; the socket takes \d+$/);
    expect(Number(/takes (\d+)/.exec(big.detail)?.[1])).to.be.within(most - 100, most);
    expect(small).to.equal("done");
  });

  it("has a set of nftables sent whole or not at all, or in chunks", async function () {
    needs(this, "program:python3", "program:unshare");
    const most = await output("python3", ["-c", room]);

    const words = [process.execPath, childFile("nft-large"), most.trim()];
    const { stdout, stderr } = await run("unshare", [...ordinary, ...words]);

    expect({ stdout, stderr }).to.deep.equal({
      stdout: "EMSGSIZE, 0 tables; in chunks, 0 are missing",
      stderr: "",
    });
  });
});
