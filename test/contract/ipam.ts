import type { Ipam, PoolRequest } from "#lib/ipam/contract.js";
import { contains, overlaps, parseCidr, parseInterface } from "#lib/net/cidr.js";
import { parseIp, type Family } from "#lib/net/ip.js";
import { expect } from "chai";

/** What every IPAM does. `make` gives a new one, in which nothing is taken. */
export function ipamContract(name: string, make: () => Ipam | Promise<Ipam>): void {
  describe(`ipam contract: ${name}`, function () {
    let ipam: Ipam;

    beforeEach(async function () {
      ipam = await make();
    });

    function pool(networkId: string, subnet: string, more: Partial<PoolRequest> = {}) {
      const family: Family = subnet.includes(":") ? "inet6" : "inet";
      return ipam.requestPool(networkId, { family, subnet, avoid: [], ...more });
    }

    describe("requestPool", function () {
      it("gives the subnet that was asked for, with its first address as gateway", async function () {
        const given = await pool("n1", "10.1.0.0/16");

        expect(given).to.deep.equal({ subnet: "10.1.0.0/16", gateway: "10.1.0.1" });
      });

      it("gives canonical text", async function () {
        const given = await pool("n1", "FD00:1:0::/64", { gateway: "FD00:1::00FE" });

        expect(given).to.deep.equal({ subnet: "fd00:1::/64", gateway: "fd00:1::fe" });
      });

      it("gives no gateway where none is wanted", async function () {
        const given = await pool("n1", "10.1.0.0/16", { gateway: null });

        expect(given.gateway).to.equal(undefined);
      });

      for (const family of ["inet", "inet6"] as const) {
        it(`chooses ${family} subnets that do not overlap`, async function () {
          const ids = Array.from({ length: 40 }, (_, at) => `n${at}`);

          const pools = await Promise.all(
            ids.map((id) => ipam.requestPool(id, { family, avoid: [] })),
          );

          const cidrs = pools.map(({ subnet }) => parseCidr(subnet));
          const pairs = cidrs.flatMap((a, at) => cidrs.slice(at + 1).map((b) => overlaps(a, b)));
          expect(pairs).not.to.include(true);
          expect(new Set(cidrs.map((cidr) => cidr.family))).to.deep.equal(new Set([family]));
        });

        it(`chooses a gateway within the ${family} subnet`, async function () {
          const { subnet, gateway } = await ipam.requestPool("n1", { family, avoid: [] });

          expect(contains(parseCidr(subnet), parseIp(gateway ?? ""))).to.be.true;
        });
      }

      it("chooses around what is to be avoided", async function () {
        const first = await ipam.requestPool("n1", { family: "inet", avoid: [] });
        await ipam.releasePool("n1", first.subnet);

        const second = await ipam.requestPool("n1", { family: "inet", avoid: [first.subnet] });

        expect(overlaps(parseCidr(first.subnet), parseCidr(second.subnet))).to.be.false;
      });

      it("does not avoid what a default route covers", async function () {
        const given = await pool("n1", "10.1.0.0/16", { avoid: ["0.0.0.0/0", "::/0"] });

        expect(given.subnet).to.equal("10.1.0.0/16");
      });

      it("gives a network several subnets, of both families", async function () {
        const given = [await pool("n1", "10.1.0.0/16"), await pool("n1", "10.2.0.0/16")];
        given.push(await pool("n1", "fd00:1::/64"));

        expect(given.map(({ subnet }) => subnet)).to.have.lengthOf(3);
        expect(await ipam.requestAddress("n1", "fd00:1::/64", { owner: "e" })).to.match(
          /^fd00:1::/,
        );
      });

      for (const other of ["10.1.0.0/16", "10.1.128.0/17", "10.0.0.0/8"]) {
        it(`refuses ${other} when another network has 10.1.0.0/16, naming it`, async function () {
          await pool("first-network", "10.1.0.0/16");

          const error = await caught(pool("n2", other));

          expect(error).to.have.property("code", "ERR_CNM_SUBNET_OVERLAP");
          expect(error.message).to.include(`${other} overlaps 10.1.0.0/16`);
          expect(error.message).to.include("first-network");
        });
      }

      it("refuses a subnet that is in use on the host, naming that", async function () {
        const error = await caught(pool("n1", "10.1.0.0/16", { avoid: ["10.0.0.0/8"] }));

        expect(error).to.have.property("code", "ERR_CNM_SUBNET_OVERLAP");
        expect(error.message).to.match(/10\.1\.0\.0\/16 overlaps 10\.0\.0\.0\/8.* on this host/);
      });

      it("refuses one of two requests for the same subnet at once", async function () {
        const results = await Promise.allSettled([
          pool("n1", "10.1.0.0/16"),
          pool("n2", "10.1.0.0/16"),
        ]);

        expect(results.map(({ status }) => status).sort()).to.deep.equal(["fulfilled", "rejected"]);
      });

      const refused: [string, string, Partial<PoolRequest>, string][] = [
        ["host bits", "10.1.0.1/16", {}, "subnet"],
        ["no prefix length", "10.1.0.0", {}, "subnet"],
        ["nonsense", "nonsense", {}, "subnet"],
        ["the other family", "10.1.0.0/16", { family: "inet6" }, "subnet"],
        ["loopback", "127.0.0.0/8", {}, "subnet"],
        ["multicast", "224.1.0.0/16", {}, "subnet"],
        ["IPv6 multicast", "ff02::/64", {}, "subnet"],
        ["everything", "0.0.0.0/0", {}, "subnet"],
        ["a gateway outside", "10.1.0.0/16", { gateway: "10.2.0.1" }, "gateway"],
        ["the network address as gateway", "10.1.0.0/16", { gateway: "10.1.0.0" }, "gateway"],
        ["a gateway with a prefix length", "10.1.0.0/16", { gateway: "10.1.0.1/16" }, "gateway"],
        ["a range outside", "10.1.0.0/16", { range: "10.2.0.0/24" }, "range"],
        ["a range with host bits", "10.1.0.0/16", { range: "10.1.0.1/24" }, "range"],
        ["nonsense to avoid", "10.1.0.0/16", { avoid: ["10.9.0.0/16", "x"] }, "avoid.1"],
      ];
      for (const [what, subnet, more, field] of refused) {
        it(`refuses ${what} and names ${field}`, async function () {
          const error = await caught(pool("n1", subnet, more));

          expect(error).to.have.property("code", "ERR_CNM_INVALID_ADDRESS");
          expect(error).to.have.nested.property("context.field", field);
          expect(error.message).to.include(`${field}: `);
        });
      }

      it("keeps nothing of a request that it refused", async function () {
        await caught(pool("n1", "10.1.0.0/16", { gateway: "10.2.0.1" }));

        const given = await pool("n2", "10.1.0.0/16");

        expect(given.subnet).to.equal("10.1.0.0/16");
      });
    });

    describe("releasePool", function () {
      it("frees the subnet for others", async function () {
        await pool("n1", "10.1.0.0/16");

        await ipam.releasePool("n1", "10.1.0.0/16");

        expect((await pool("n2", "10.1.0.0/16")).subnet).to.equal("10.1.0.0/16");
      });

      it("frees the addresses of the subnet", async function () {
        await pool("n1", "10.1.0.0/16");
        await ipam.requestAddress("n1", "10.1.0.0/16", { address: "10.1.0.9", owner: "a" });
        await ipam.releasePool("n1", "10.1.0.0/16");
        await pool("n1", "10.1.0.0/16");

        const given = ipam.requestAddress("n1", "10.1.0.0/16", { address: "10.1.0.9", owner: "b" });

        expect(await given).to.equal("10.1.0.9/16");
      });

      it("takes what is not held for success, and touches no other network", async function () {
        await pool("n1", "10.1.0.0/16");

        await ipam.releasePool("n2", "10.1.0.0/16");
        await ipam.releasePool("n1", "10.2.0.0/16");

        const error = await caught(pool("n3", "10.1.0.0/16"));
        expect(error).to.have.property("code", "ERR_CNM_SUBNET_OVERLAP");
      });
    });

    describe("requestAddress", function () {
      for (const subnet of ["10.1.0.0/24", "10.1.0.0/31", "fd00:1::/64", "fd00:1::/127"]) {
        it(`gives a host address of ${subnet}, with its prefix length`, async function () {
          const { gateway } = await pool("n1", subnet);

          const given = parseInterface(await ipam.requestAddress("n1", subnet, { owner: "a" }));

          expect(given.prefix).to.equal(parseCidr(subnet).prefix);
          expect(contains(parseCidr(subnet), given.ip)).to.be.true;
          expect(given.ip).not.to.deep.equal(parseIp(gateway ?? ""));
        });
      }

      it("gives a different address to each of many requests at once", async function () {
        await pool("n1", "10.1.0.0/24");
        const ask = () => ipam.requestAddress("n1", "10.1.0.0/24", { owner: "a" });

        const given = await Promise.all(Array.from({ length: 253 }, ask));

        expect(new Set(given).size).to.equal(253);
      });

      it("gives an address to one of two who ask for it at once", async function () {
        await pool("n1", "10.1.0.0/24");
        const ask = (owner: string) =>
          ipam.requestAddress("n1", "10.1.0.0/24", { address: "10.1.0.9", owner });

        const results = await Promise.allSettled([ask("a"), ask("b")]);

        expect(results.map(({ status }) => status).sort()).to.deep.equal(["fulfilled", "rejected"]);
      });

      it("gives only addresses of the range", async function () {
        await pool("n1", "10.1.0.0/16", { range: "10.1.9.0/30" });
        const ask = () => ipam.requestAddress("n1", "10.1.0.0/16", { owner: "a" });

        const given = [await ask(), await ask(), await ask(), await ask()];

        const range = parseCidr("10.1.9.0/30");
        expect(given.filter((text) => !contains(range, parseInterface(text).ip))).to.deep.equal([]);
      });

      it("gives the address that was asked for, with or without prefix length", async function () {
        await pool("n1", "10.1.0.0/24");
        const ask = (address: string) =>
          ipam.requestAddress("n1", "10.1.0.0/24", { address, owner: "a" });

        const given = [await ask("10.1.0.9"), await ask("10.1.0.10/24")];

        expect(given).to.deep.equal(["10.1.0.9/24", "10.1.0.10/24"]);
      });

      it("knows the subnet however it is written", async function () {
        await pool("n1", "fd00:1::/64");

        const given = await ipam.requestAddress("n1", "FD00:1:0::/64", {
          address: "FD00:1::9",
          owner: "a",
        });

        expect(given).to.equal("fd00:1::9/64");
      });

      it("says who has an address that is taken", async function () {
        await pool("n1", "10.1.0.0/24");
        await ipam.requestAddress("n1", "10.1.0.0/24", { address: "10.1.0.9", owner: "web" });

        const error = await caught(
          ipam.requestAddress("n1", "10.1.0.0/24", { address: "10.1.0.9", owner: "db" }),
        );

        expect(error).to.have.property("code", "ERR_CNM_ADDRESS_TAKEN");
        expect(error.message).to.include("10.1.0.9 is taken by web");
      });

      const refused: [string, string][] = [
        ["10.1.0.1", "ERR_CNM_ADDRESS_TAKEN"],
        ["10.1.0.0", "ERR_CNM_INVALID_ADDRESS"],
        ["10.1.0.255", "ERR_CNM_INVALID_ADDRESS"],
        ["10.1.0.9/16", "ERR_CNM_INVALID_ADDRESS"],
        ["010.1.0.9", "ERR_CNM_INVALID_ADDRESS"],
        ["10.1.1.9", "ERR_CNM_ADDRESS_OUT_OF_POOL"],
        ["fd00::9", "ERR_CNM_ADDRESS_OUT_OF_POOL"],
      ];
      for (const [address, code] of refused) {
        it(`refuses ${address} of 10.1.0.0/24 with ${code}`, async function () {
          await pool("n1", "10.1.0.0/24");

          const error = await caught(
            ipam.requestAddress("n1", "10.1.0.0/24", { address, owner: "a" }),
          );

          expect(error).to.have.property("code", code);
          expect(error).to.have.nested.property("context.field", "address");
        });
      }

      it("says that a pool is exhausted", async function () {
        await pool("n1", "10.1.0.0/30");
        await ipam.requestAddress("n1", "10.1.0.0/30", { owner: "a" });

        const error = await caught(ipam.requestAddress("n1", "10.1.0.0/30", { owner: "b" }));

        expect(error).to.have.property("code", "ERR_CNM_POOL_EXHAUSTED");
        expect(error.message).to.include("10.1.0.0/30");
      });

      it("says that the network does not hold the subnet", async function () {
        await pool("n1", "10.1.0.0/24");

        const error = await caught(ipam.requestAddress("n2", "10.1.0.0/24", { owner: "a" }));

        expect(error).to.have.property("code", "ERR_CNM_NOT_FOUND");
      });
    });

    describe("releaseAddress", function () {
      it("frees the address, given as it came", async function () {
        await pool("n1", "10.1.0.0/30");
        const given = await ipam.requestAddress("n1", "10.1.0.0/30", { owner: "a" });

        await ipam.releaseAddress("n1", "10.1.0.0/30", given);

        expect(await ipam.requestAddress("n1", "10.1.0.0/30", { owner: "b" })).to.equal(given);
      });

      it("frees the address, given without prefix length", async function () {
        await pool("n1", "10.1.0.0/30");
        const given = await ipam.requestAddress("n1", "10.1.0.0/30", { owner: "a" });

        await ipam.releaseAddress("n1", "10.1.0.0/30", "10.1.0.2");

        expect(await ipam.requestAddress("n1", "10.1.0.0/30", { owner: "b" })).to.equal(given);
      });

      it("lets the same address be asked for again at once", async function () {
        await pool("n1", "10.1.0.0/24");
        const ask = { address: "10.1.0.9", owner: "a" };
        await ipam.requestAddress("n1", "10.1.0.0/24", ask);
        await ipam.releaseAddress("n1", "10.1.0.0/24", "10.1.0.9");

        const given = await ipam.requestAddress("n1", "10.1.0.0/24", ask);

        expect(given).to.equal("10.1.0.9/24");
      });

      it("lets a freed address rest while others are free", async function () {
        await pool("n1", "10.1.0.0/24");
        const first = await ipam.requestAddress("n1", "10.1.0.0/24", { owner: "a" });
        await ipam.releaseAddress("n1", "10.1.0.0/24", first);

        const second = await ipam.requestAddress("n1", "10.1.0.0/24", { owner: "b" });

        expect(second).not.to.equal(first);
      });

      it("takes what is not out for success", async function () {
        await pool("n1", "10.1.0.0/30");
        await ipam.requestAddress("n1", "10.1.0.0/30", { owner: "a" });

        for (const address of ["10.1.0.1", "10.1.0.3", "10.9.9.9", "fd00::1"]) {
          await ipam.releaseAddress("n1", "10.1.0.0/30", address);
        }
        await ipam.releaseAddress("n2", "10.1.0.0/30", "10.1.0.2");
        await ipam.releaseAddress("n1", "10.2.0.0/30", "10.1.0.2");

        const error = await caught(ipam.requestAddress("n1", "10.1.0.0/30", { owner: "b" }));
        expect(error).to.have.property("code", "ERR_CNM_POOL_EXHAUSTED");
      });
    });
  });
}

async function caught(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error("it did not reject");
}
