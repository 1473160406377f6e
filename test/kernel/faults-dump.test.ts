import { Namespace } from "#lib/netlink.js";
import { expect } from "chai";
import { newNetns } from "../support/netns.js";

const few = Array.from({ length: 64 }, (_, at) => `10.200.0.${at + 1}/24`);

/** Adds and deletes addresses, on a worker of its own, until it is stopped. */
function churn(netns: Namespace): { stop(): Promise<void> } {
  let stopped = false;
  const work = async (): Promise<void> => {
    while (!stopped) {
      const rounds = Array.from({ length: 8 }, () =>
        few.flatMap((address) => [
          netns.addresses.add({ link: "busy", address }),
          netns.addresses.delete({ link: "busy", address }),
        ]),
      );
      await Promise.all(rounds.flat());
    }
  };
  const ended = work();
  return {
    stop: () => {
      stopped = true;
      return ended;
    },
  };
}

describe("Namespace: a dump while the kernel's tables change", function () {
  it("is whole, or is refused as interrupted after five attempts", async function () {
    this.timeout(60_000);
    await using netns = await newNetns(this, "link:bridge");
    await using same = await Namespace.open({ path: netns.path ?? "" });
    await netns.links.add({ kind: "bridge", name: "br0", addrGenMode: "none" });
    await netns.links.add({ kind: "bridge", name: "busy", addrGenMode: "none" });
    const quiet = Array.from({ length: 8000 }, (_, at) => `10.0.${at >> 7}.${at & 127}/16`);
    await Promise.all(quiet.map((address) => netns.addresses.add({ link: "br0", address })));
    const interrupted: unknown[] = [];

    const work = churn(same);
    try {
      while (interrupted.length === 0) {
        const list = await netns.addresses.list().catch((error: unknown) => {
          interrupted.push(error);
          return undefined;
        });
        if (list === undefined) continue;
        const seen = list.map(({ address }) => address).filter((one) => one.startsWith("10.0."));
        expect(seen).to.have.members(quiet);
      }
    } finally {
      await work.stop();
    }

    for (const error of interrupted) {
      expect(error).to.include({ errnoName: "EINTR", syscall: "dump", errno: -4 });
    }
    expect(await netns.addresses.list({ link: "br0" })).to.have.lengthOf(quiet.length);
  });
});
