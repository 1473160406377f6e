import type { Ipam, IpamOptions } from "#lib/ipam/contract.js";
import { ipams } from "#lib/ipam/index.js";
import { createNullIpam } from "#lib/ipam/null.js";
import { encloses, parseCidr } from "#lib/net/cidr.js";
import { expect } from "chai";
import { countdown } from "../support/own/ipam.js";
import { ipamContract } from "./ipam.js";

function create(options: Partial<IpamOptions> = {}): Ipam {
  const factory = ipams.find(({ name }) => name === "default");
  if (factory === undefined) throw new Error("it is not in the registry");
  return factory.create({ controllerId: "c1", ...options });
}

ipamContract("default", create);
ipamContract("an embedder's", () => countdown.create({ controllerId: "c1" }));

describe("ipam registry", function () {
  it("is in alphabetical order", function () {
    const names = ipams.map(({ name }) => name);

    expect(names).to.deep.equal([...names].sort());
  });

  it("names each IPAM as it names itself", function () {
    const names = ipams.map((factory) => factory.create({ controllerId: "c1" }).name);

    expect(names).to.deep.equal(ipams.map(({ name }) => name));
  });
});

describe("ipam: null", function () {
  const ipam = createNullIpam();

  it("says that it has no subnets", function () {
    expect(ipam.subnets).to.equal("none");
  });

  for (const request of [
    { family: "inet", avoid: [] },
    { family: "inet6", subnet: "fd00::/64", avoid: [] },
  ] as const) {
    it(`refuses a subnet, ${JSON.stringify(request)}`, async function () {
      expect(await messageOf(ipam.requestPool("n", request))).to.match(/^subnet: .* no subnets$/);
    });
  }

  it("refuses an address, as the network holds no subnet", async function () {
    const request = ipam.requestAddress("n", "10.0.0.0/24", { owner: "a" });

    expect(await messageOf(request)).to.equal("network n has no subnet 10.0.0.0/24");
  });

  it("takes all that is given back for success", async function () {
    await ipam.releaseAddress("n", "10.0.0.0/24", "10.0.0.2");
    await ipam.restAddress("n", "10.0.0.0/24", "10.0.0.2");
    await ipam.releasePool("n", "10.0.0.0/24");
  });
});

describe("ipam: default", function () {
  it("says how many addresses are used and free", async function () {
    const ipam = create();
    const subnet = "10.1.0.0/29";
    await ipam.requestPool("n1", { family: "inet", subnet, avoid: [] });
    const fresh = ipam.usage?.("n1", subnet);
    const address = await ipam.requestAddress("n1", subnet, { owner: "a" });
    await ipam.requestAddress("n1", subnet, { owner: "b" });
    const two = ipam.usage?.("n1", subnet);
    await ipam.releaseAddress("n1", subnet, address);
    await ipam.releaseAddress("n1", subnet, address);

    expect(fresh).to.deep.equal({ used: 1, free: 5 });
    expect(two).to.deep.equal({ used: 3, free: 3 });
    expect(ipam.usage?.("n1", subnet)).to.deep.equal({ used: 2, free: 4 });
    expect(ipam.usage?.("n2", subnet)).to.equal(undefined);
  });

  it("has 256 IPv4 subnets, and then says what to do", async function () {
    const ipam = create();
    for (let at = 0; at < 256; at++) {
      await ipam.requestPool(`n${at}`, { family: "inet", avoid: [] });
    }

    const request = ipam.requestPool("n256", { family: "inet", avoid: [] });

    expect(await messageOf(request)).to.match(
      /^no free subnet: no \/20 in 172\.16\.0\.0\/12; delete/,
    );
  });

  it("derives a unique local IPv6 prefix from the controller's id, always the same", async function () {
    const subnets = await Promise.all(
      ["c1", "c1", "c2"].map(async (controllerId) => {
        const pool = await create({ controllerId }).requestPool("n", {
          family: "inet6",
          avoid: [],
        });
        return pool.subnet;
      }),
    );

    expect(subnets[0]).to.match(/^fd[0-9a-f]{2}:[0-9a-f:]+::\/64$/);
    expect(subnets[1]).to.equal(subnets[0]);
    expect(subnets[2]).not.to.equal(subnets[0]);
  });

  it("cuts configured pools, in order, as they were configured", async function () {
    const ipam = create({
      pools: [
        { family: "inet", base: "10.5.0.0/23", prefix: 24 },
        { family: "inet", base: "10.9.0.0/16", prefix: 28 },
      ],
    });

    const pools = [];
    for (const id of ["a", "b", "c"]) {
      pools.push(await ipam.requestPool(id, { family: "inet", avoid: [] }));
    }

    expect(pools.map(({ subnet }) => subnet)).to.deep.equal([
      "10.5.0.0/24",
      "10.5.1.0/24",
      "10.9.0.0/28",
    ]);
  });

  it("keeps the default of a family that is not configured", async function () {
    const ipam = create({ pools: [{ family: "inet6", base: "fd77::/48", prefix: 64 }] });

    const { subnet } = await ipam.requestPool("a", { family: "inet", avoid: [] });

    expect(encloses(parseCidr("172.16.0.0/12"), parseCidr(subnet))).to.be.true;
  });

  it("gives the lowest block that is free between others of other sizes", async function () {
    const avoid = [
      "172.16.17.0/24",
      "172.17.0.0/16",
      "172.16.16.0/20",
      "172.16.3.0/24",
      "10.0.0.0/8",
    ];

    const { subnet } = await create().requestPool("a", { family: "inet", avoid });

    expect(subnet).to.equal("172.16.32.0/20");
  });

  it("passes over a block around the whole pool", async function () {
    const ipam = create({
      pools: [
        { family: "inet", base: "10.5.0.0/16", prefix: 24 },
        { family: "inet", base: "192.168.0.0/16", prefix: 24 },
      ],
    });

    const { subnet } = await ipam.requestPool("a", { family: "inet", avoid: ["10.0.0.0/8"] });

    expect(subnet).to.equal("192.168.0.0/24");
  });

  it("gives any subnet of a size", async function () {
    const ipam = create();
    await ipam.requestPool("a", { family: "inet", avoid: [] });

    const { subnet } = await ipam.requestPool("b", {
      family: "inet",
      subnet: "0.0.0.0/24",
      avoid: [],
    });

    expect(subnet).to.equal("172.16.16.0/24");
  });

  it("says so when no pool has room for the size", async function () {
    const request = create().requestPool("a", { family: "inet", subnet: "0.0.0.0/8", avoid: [] });

    expect(await messageOf(request)).to.include("no /8 in 172.16.0.0/12");
  });

  const refused: [string, IpamOptions["pools"], string][] = [
    [
      "a base that is no subnet",
      [{ family: "inet", base: "10.0.0.1/8", prefix: 24 }],
      "pools.0.base",
    ],
    [
      "a base of the other family",
      [{ family: "inet", base: "fd00::/8", prefix: 64 }],
      "pools.0.base",
    ],
    ["a multicast base", [{ family: "inet", base: "224.0.0.0/8", prefix: 24 }], "pools.0.base"],
    [
      "blocks larger than the base",
      [{ family: "inet", base: "10.0.0.0/8", prefix: 7 }],
      "pools.0.prefix",
    ],
    [
      "blocks of no address",
      [{ family: "inet", base: "10.0.0.0/8", prefix: 33 }],
      "pools.0.prefix",
    ],
    [
      "blocks of a fraction",
      [{ family: "inet", base: "10.0.0.0/8", prefix: 9.5 }],
      "pools.0.prefix",
    ],
  ];
  for (const [what, pools, field] of refused) {
    it(`refuses ${what} and names ${field}`, function () {
      expect(() => create({ pools }))
        .to.throw(new RegExp(`^${field}: `))
        .with.nested.property("context.field", field);
    });
  }
});

async function messageOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error("it did not reject with an error");
}
