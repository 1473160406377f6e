import { Namespace } from "#lib/netlink.js";
import { expect } from "chai";
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { freshPath, newNetns } from "../support/netns.js";
import { ip, ipLinkNames } from "../support/other-eyes.js";
import { output } from "../support/run.js";
import { descriptors } from "../support/traces.js";
import { cnmRefusal, kernelRefusal, rejection } from "../support/rejection.js";
import { needs } from "../support/needs.js";

describe("Namespace.create", function () {
  it("makes an empty namespace with lo up, pinned at its path", async function () {
    await using netns = await newNetns(this, "program:ip");

    const links = await ip(netns, "link", "show");

    expect(links).to.have.lengthOf(1);
    expect(links[0]).to.include({ ifname: "lo", ifindex: 1 });
    expect(links[0]?.["flags"]).to.include("UP");
  });

  it("leaves lo down where that is asked for", async function () {
    needs(this, "program:ip");
    await using netns = await Namespace.create({ path: freshPath(), loopback: false });

    const [lo] = await ip(netns, "link", "show");

    expect(lo?.["flags"]).to.not.include("UP");
  });

  it("makes one without a path, which nothing pins", async function () {
    const before = readFileSync("/proc/self/mountinfo", "utf8");
    await using netns = await Namespace.create();

    const links = await netns.links.list();

    expect(links.map(({ name }) => name)).to.deep.equal(["lo"]);
    expect(netns.path).to.equal(undefined);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).to.equal(before);
  });

  it("is another namespace than the process's own", async function () {
    await using own = await Namespace.own();
    await using netns = await newNetns(this);

    expect(netns.identity.cookie).to.not.equal(own.identity.cookie);
    expect(netns.identity.bootId).to.equal(own.identity.bootId);
  });

  it("leaves the path alone where something is there already", async function () {
    const path = freshPath();
    await using first = await Namespace.create({ path });
    const { ino } = statSync(path);

    const error = await kernelRefusal(Namespace.create({ path }));

    expect(error).to.include({ errno: -17, errnoName: "EEXIST" });
    expect(error.message).to.include(path);
    expect(statSync(path).ino).to.equal(ino);
    expect(first.closed).to.equal(false);
  });

  it("leaves nothing where the folder of the path is not there", async function () {
    const path = `${freshPath()}/inside`;
    const before = descriptors();

    const error = await kernelRefusal(Namespace.create({ path }));

    expect(error).to.include({ errnoName: "ENOENT", syscall: "mknod" });
    expect(error.message).to.include(path);
    expect(descriptors()).to.deep.equal(before);
  });

  it("refuses a path that is not absolute", async function () {
    const error = await cnmRefusal(Namespace.create({ path: "relative" }));

    expect(error.code).to.equal("ERR_CNM_INVALID_OPTION");
    expect(error.context["field"]).to.equal("path");
  });

  it("refuses an unknown option and names the near miss", async function () {
    const error = await cnmRefusal(Namespace.create({ pat: "/run/x" } as object));

    expect(error.message).to.include("did you mean path?");
  });
});

describe("Namespace.open", function () {
  it("finds a namespace by path, by process and by descriptor", async function () {
    await using netns = await newNetns(this);
    const fd = openSync(netns.path ?? "", "r");
    await using byPath = await Namespace.open({ path: netns.path ?? "" });
    await using byFd = await Namespace.open({ fd });
    await using byPid = await Namespace.open({ pid: process.pid });
    await using own = await Namespace.own();
    closeSync(fd); // it was duplicated

    expect(byPath.identity).to.deep.equal(netns.identity);
    expect(byFd.identity).to.deep.equal(netns.identity);
    expect(byPid.identity).to.deep.equal(own.identity);
    expect(await byFd.links.get("lo")).to.include({ index: 1 });
  });

  it("finds what another program made", async function () {
    needs(this, "program:ip", "program:unshare", "link:bridge");
    const path = freshPath();
    writeFileSync(path, "");
    await output("unshare", [`--net=${path}`, "ip", "link", "add", "br7", "type", "bridge"]);
    await using netns = await Namespace.open({ path });

    const links = await netns.links.list();
    await netns.close();
    await output("umount", [path]);
    await output("rm", [path]);

    expect(links.map(({ name }) => name)).to.deep.equal(["lo", "br7"]);
  });

  it("says that a file is no network namespace", async function () {
    const before = descriptors();

    const error = await kernelRefusal(Namespace.open({ path: "/proc/self/ns/mnt" }));

    expect(error).to.include({ errnoName: "EINVAL" });
    expect(error.message).to.include("/proc/self/ns/mnt is not a network namespace".slice(0, 17));
    expect(descriptors()).to.deep.equal(before);
  });

  it("keeps no copy of a descriptor that is no namespace", async function () {
    const file = openSync("/dev/null", "r");
    const before = readdirSync("/proc/self/fd").length;

    const error = await rejection(Namespace.open({ fd: file }));

    const after = readdirSync("/proc/self/fd").length;
    closeSync(file);
    expect(error).to.include({ errnoName: "EINVAL" });
    expect(after).to.equal(before);
  });

  it("says that a path is not there", async function () {
    const error = await kernelRefusal(Namespace.open({ path: "/run/not-there" }));

    expect(error).to.include({ errnoName: "ENOENT", syscall: "open" });
    expect(error.message).to.include("/run/not-there");
  });

  it("says that a process is not there", async function () {
    const error = await kernelRefusal(Namespace.open({ pid: 0x7fff_ffff }));

    expect(error.errnoName).to.equal("ENOENT");
    expect(error.message).to.include("2147483647");
  });

  it("says that a descriptor is not open", async function () {
    const error = await kernelRefusal(Namespace.open({ fd: 0x7fff_ffff }));

    expect(error).to.include({ errnoName: "EBADF", syscall: "fcntl" });
  });

  it("wants one of path, pid and fd", async function () {
    const error = await rejection(Namespace.open({} as { path: string }));

    expect(error.message).to.match(/open namespace/);
    expect(error).to.have.property("code").that.matches(/^ERR_/);
  });
});

describe("Namespace: identity", function () {
  it("differs between namespaces whose inode is the same", async function () {
    const seen = new Map<number, string>();
    let repeats = 0;
    let rounds = 0;
    const cookies = new Set<string>();

    // The kernel frees an inode a while after the namespace has gone, and takes the lowest free.
    for (let round = 0; round < 50 || (repeats === 0 && round < 1000); round++) {
      await using netns = await newNetns(this);
      const { ino } = statSync(netns.path ?? "");
      if (seen.has(ino)) repeats += 1;
      expect(seen.get(ino)).to.not.equal(netns.identity.cookie);
      seen.set(ino, netns.identity.cookie);
      rounds += 1;
      cookies.add(netns.identity.cookie);
    }

    expect(cookies).to.have.lengthOf(rounds);
    expect(repeats, "inodes that were used again").to.be.greaterThan(0);
  });

  it("names this boot as the kernel does", async function () {
    await using netns = await newNetns(this);

    const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();

    expect(netns.identity.bootId).to.equal(bootId);
  });
});

describe("Namespace: its end", function () {
  it("leaves the pin when it is closed", async function () {
    await using netns = await newNetns(this, "program:ip");
    await using again = await Namespace.open({ path: netns.path ?? "" });

    await again.close();

    expect(again.closed).to.equal(true);
    expect(await ipLinkNames(netns)).to.deep.equal(["lo"]);
  });

  it("takes the pin and the file away when it is deleted", async function () {
    const netns = await newNetns(this);
    const path = netns.path ?? "";

    await netns.delete();

    expect(existsSync(path)).to.equal(false);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).to.not.include(path);
  });

  it("takes a pin that is gone already for a success", async function () {
    const netns = await newNetns(this);
    await output("umount", [netns.path ?? ""]);
    await output("rm", [netns.path ?? ""]);

    await netns.delete();

    expect(netns.closed).to.equal(true);
  });

  it("leaves alone what somebody else has put at its path, and lets go of its own", async function () {
    const before = descriptors();
    const netns = await newNetns(this, "program:ip", "program:unshare");
    const path = netns.path ?? "";
    await output("umount", [path]);
    await output("unshare", [`--net=${path}`, "true"]);
    const { ino } = statSync(path);

    const error = await kernelRefusal(netns.delete());

    const left = statSync(path).ino;
    await output("umount", [path]);
    await output("rm", [path]);
    expect(error).to.include({ errnoName: "ESTALE", syscall: "umount2" });
    expect(error.message).to.include(path);
    expect(left).to.equal(ino);
    expect(descriptors()).to.deep.equal(before);
  });

  it("is no error the second time", async function () {
    const netns = await newNetns(this);

    await netns.delete();
    await netns.delete();
    await netns.close();

    expect(netns.closed).to.equal(true);
  });

  it("waits for what was asked before", async function () {
    const netns = await newNetns(this, "link:bridge");

    const added = netns.links.add({ kind: "bridge", name: "br0" });
    await netns.delete();

    expect(await added).to.include({ name: "br0" });
  });

  it("disposes of an opened one by closing it, of a created one by deleting it", async function () {
    const path = freshPath();
    {
      await using created = await Namespace.create({ path });
      {
        await using opened = await Namespace.open({ path });
        expect(opened.closed).to.equal(false);
      }
      expect(existsSync(path)).to.equal(true);
      expect(created.closed).to.equal(false);
    }

    expect(existsSync(path)).to.equal(false);
  });

  for (const [what, use] of Object.entries<(netns: Namespace) => Promise<unknown>>({
    "links.add": (netns) => netns.links.add({ kind: "bridge", name: "br0" }),
    "links.get": (netns) => netns.links.get("lo"),
    "links.list": (netns) => netns.links.list(),
    "links.set": (netns) => netns.links.set("lo", { up: true }),
    "links.delete": (netns) => netns.links.delete("br0"),
    "links.addAltname": (netns) => netns.links.addAltname("lo", "other"),
    "addresses.add": (netns) => netns.addresses.add({ link: "lo", address: "10.0.0.1/32" }),
    "addresses.list": (netns) => netns.addresses.list(),
    "addresses.delete": (netns) => netns.addresses.delete({ link: "lo", address: "10.0.0.1/32" }),
    "routes.add": (netns) => netns.routes.add({ destination: "default", link: "lo" }),
    "routes.list": (netns) => netns.routes.list(),
    "routes.delete": (netns) => netns.routes.delete({ destination: "default" }),
    "sysctl.get": (netns) => netns.sysctl.get("net.ipv4.ip_forward"),
    "sysctl.set": (netns) => netns.sysctl.set("net.ipv4.ip_forward", 1),
    openSocket: (netns) => netns.openSocket({ type: "udp", address: "127.0.0.1" }),
    openTun: (netns) => netns.openTun({ type: "tun" }),
  })) {
    it(`refuses ${what} afterwards, and names the namespace`, async function () {
      const netns = await newNetns(this);
      await netns.delete();

      const error = await cnmRefusal(use(netns));

      expect(error.code).to.equal("ERR_CNM_CLOSED");
      expect(error.message).to.include(netns.path).and.to.include("deleted");
    });
  }

  it("refuses a link whose peer belongs into a closed namespace", async function () {
    await using netns = await newNetns(this);
    const gone = await newNetns(this);
    await gone.delete();

    const error = await cnmRefusal(
      netns.links.add({ kind: "veth", name: "a", peer: { name: "b", namespace: gone } }),
    );

    expect(error.code).to.equal("ERR_CNM_CLOSED");
    expect(error.message).to.include(gone.path);
  });
});
