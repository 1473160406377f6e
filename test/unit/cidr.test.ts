import {
  cidrOf,
  contains,
  encloses,
  firstAddress,
  firstHost,
  formatCidr,
  isBroadcastAddress,
  isNetworkAddress,
  lastAddress,
  lastHost,
  overlaps,
  parseCidr,
  parseInterface,
  size,
  subnets,
  type Cidr,
} from "#lib/net/cidr.js";
import { formatIp, parseIp, type Family, type Ip } from "#lib/net/ip.js";
import { expect } from "chai";
import fc from "fast-check";
import ipaddr from "ipaddr.js";

function addressOf(family: Family): fc.Arbitrary<Ip> {
  const bits = family === "inet" ? 32n : 128n;
  return fc.bigInt(0n, 2n ** bits - 1n).map((value) => ({ family, value }));
}

const interfaceAddress = fc.oneof(
  fc.record({ ip: addressOf("inet"), prefix: fc.nat(32) }),
  fc.record({ ip: addressOf("inet6"), prefix: fc.nat(128) }),
);
const block = interfaceAddress.map(({ ip, prefix }) => cidrOf(ip, prefix));

describe("parseCidr", function () {
  it("reads base and prefix length", function () {
    expect(parseCidr("10.0.0.0/8")).to.deep.equal({
      family: "inet",
      base: 0x0a000000n,
      prefix: 8,
    });
  });

  it("is reversed by formatCidr", function () {
    fc.assert(
      fc.property(block, (cidr) => {
        expect(parseCidr(formatCidr(cidr))).to.deep.equal(cidr);
      }),
    );
  });

  it("finds host bits exactly where ipaddr.js does", function () {
    fc.assert(
      fc.property(interfaceAddress, ({ ip, prefix }) => {
        const text = `${formatIp(ip)}/${prefix}`;
        const kind = ip.family === "inet" ? ipaddr.IPv4 : ipaddr.IPv6;
        const network = kind.networkAddressFromCIDR(text).toString();

        const accepted = doesNotThrow(() => parseCidr(text));

        expect(accepted).to.equal(parseIp(network).value === ip.value);
      }),
    );
  });

  it("names the subnet that is meant when host bits are set", function () {
    expect(() => parseCidr("10.1.2.3/16")).to.throw(
      `"10.1.2.3/16" has host bits set; did you mean 10.1.0.0/16?`,
    );
  });

  const refused = {
    "no prefix length": "10.0.0.0",
    "an empty prefix length": "10.0.0.0/",
    "a leading zero": "10.0.0.0/08",
    "a plus": "10.0.0.0/+8",
    "a minus": "10.0.0.0/-8",
    "a space": "10.0.0.0/ 8",
    "a fraction": "10.0.0.0/8.0",
    "an exponent": "10.0.0.0/1e1",
    "a netmask": "10.0.0.0/255.0.0.0",
    "33 bits of IPv4": "10.0.0.0/33",
    "129 bits of IPv6": "fd00::/129",
    "two prefix lengths": "10.0.0.0/8/8",
    "no address": "/8",
    "a zone": "fe80::%eth0/64",
  };
  for (const [what, text] of Object.entries(refused)) {
    it(`refuses ${what}`, function () {
      expect(() => parseCidr(text))
        .to.throw()
        .with.property("code", "ERR_CNM_INVALID_ADDRESS");
    });
  }

  it("refuses other types than text with a TypeError", function () {
    expect(() => parseCidr({} as string))
      .to.throw(TypeError)
      .with.property("code", "ERR_INVALID_ARG_TYPE");
  });
});

function doesNotThrow(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

describe("parseInterface", function () {
  it("reads an address with host bits", function () {
    expect(parseInterface("10.0.0.2/16")).to.deep.equal({ ip: parseIp("10.0.0.2"), prefix: 16 });
  });
});

describe("contains", function () {
  it("agrees with ipaddr.js", function () {
    const near = block.chain((cidr) =>
      fc
        .bigInt(-2n, 2n)
        .chain((step) => fc.constantFrom(cidr.base + step, lastAddress(cidr).value + step))
        .filter((value) => value >= 0n && value < 2n ** (cidr.family === "inet" ? 32n : 128n))
        .map((value) => ({ cidr, ip: { family: cidr.family, value } })),
    );

    fc.assert(
      fc.property(near, ({ cidr, ip }) => {
        const other = ipaddr.parse(formatIp(ip));

        expect(contains(cidr, ip)).to.equal(other.match(ipaddr.parseCIDR(formatCidr(cidr))));
      }),
    );
  });

  it("is false for an address of the other family", function () {
    expect(contains(parseCidr("0.0.0.0/0"), parseIp("::1"))).to.be.false;
  });
});

describe("overlaps", function () {
  it("is true exactly when the ranges of addresses meet", function () {
    const close = fc.tuple(fc.nat(255), fc.integer({ min: 24, max: 32 })).map(([low, prefix]) => {
      return cidrOf({ family: "inet", value: 0x0a000000n + BigInt(low) }, prefix);
    });

    fc.assert(
      fc.property(close, close, (a, b) => {
        const meet = a.base <= lastAddress(b).value && b.base <= lastAddress(a).value;

        expect(overlaps(a, b)).to.equal(meet);
      }),
    );
  });

  it("is false between the families", function () {
    expect(overlaps(parseCidr("0.0.0.0/0"), parseCidr("::/0"))).to.be.false;
  });
});

describe("encloses", function () {
  const outer = parseCidr("10.0.0.0/16");

  it("is true for a block within, and for itself", function () {
    expect(encloses(outer, parseCidr("10.0.255.0/24"))).to.be.true;
    expect(encloses(outer, outer)).to.be.true;
  });

  it("is false for a larger block around it", function () {
    expect(encloses(outer, parseCidr("10.0.0.0/8"))).to.be.false;
  });
});

describe("first and last of a block", function () {
  const cases: [string, string, string, string, string, bigint][] = [
    ["10.0.0.0/24", "10.0.0.0", "10.0.0.1", "10.0.0.254", "10.0.0.255", 256n],
    ["10.0.0.0/30", "10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3", 4n],
    ["10.0.0.2/31", "10.0.0.2", "10.0.0.2", "10.0.0.3", "10.0.0.3", 2n],
    ["10.0.0.2/32", "10.0.0.2", "10.0.0.2", "10.0.0.2", "10.0.0.2", 1n],
    ["fd00::/126", "fd00::", "fd00::1", "fd00::3", "fd00::3", 4n],
    ["fd00::/127", "fd00::", "fd00::", "fd00::1", "fd00::1", 2n],
    ["fd00::/128", "fd00::", "fd00::", "fd00::", "fd00::", 1n],
    [
      "fd00::/64",
      "fd00::",
      "fd00::1",
      "fd00::ffff:ffff:ffff:ffff",
      "fd00::ffff:ffff:ffff:ffff",
      2n ** 64n,
    ],
  ];
  for (const [text, first, firstOne, lastOne, last, count] of cases) {
    it(`of ${text}: ${first}, host ${firstOne}, host ${lastOne}, ${last}`, function () {
      const cidr = parseCidr(text);

      const found = [firstAddress(cidr), firstHost(cidr), lastHost(cidr), lastAddress(cidr)];

      expect(found.map(formatIp)).to.deep.equal([first, firstOne, lastOne, last]);
      expect(size(cidr)).to.equal(count);
    });
  }
});

describe("isNetworkAddress and isBroadcastAddress", function () {
  function special(text: string): string[] {
    const cidr = parseCidr(text);
    const all = Array.from({ length: Number(size(cidr)) }, (_, at): Ip => {
      return { family: cidr.family, value: cidr.base + BigInt(at) };
    });
    return all
      .filter((ip) => isNetworkAddress(cidr, ip) || isBroadcastAddress(cidr, ip))
      .map(formatIp);
  }

  it("find the first and the last address of IPv4", function () {
    expect(special("10.0.0.0/29")).to.deep.equal(["10.0.0.0", "10.0.0.7"]);
  });

  it("find the first address of IPv6, the subnet-router anycast address", function () {
    expect(special("fd00::/125")).to.deep.equal(["fd00::"]);
  });

  for (const text of ["10.0.0.0/31", "10.0.0.0/32", "fd00::/127", "fd00::/128"]) {
    it(`find none in ${text}`, function () {
      expect(special(text)).to.deep.equal([]);
    });
  }
});

describe("subnets", function () {
  it("cuts a block into equal parts, in order", function () {
    const parts = [...subnets(parseCidr("10.0.0.0/22"), 24)].map(formatCidr);

    expect(parts).to.deep.equal(["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"]);
  });

  it("covers the block without gap or overlap", function () {
    const small = fc
      .record({ cidr: block, deeper: fc.nat(6) })
      .filter(({ cidr, deeper }) => cidr.prefix + deeper <= (cidr.family === "inet" ? 32 : 128));

    fc.assert(
      fc.property(small, ({ cidr, deeper }) => {
        let end = cidr.base;
        for (const part of subnets(cidr, cidr.prefix + deeper)) {
          expect(part.base).to.equal(end);
          end = lastAddress(part).value + 1n;
        }
        expect(end).to.equal(cidr.base + size(cidr));
      }),
    );
  });

  it("makes them one by one", function () {
    const parts = subnets(parseCidr("fd00::/8"), 128);

    expect(formatCidr(parts.next().value as Cidr)).to.equal("fd00::/128");
  });

  for (const prefix of [7, 33, 8.5, Number.NaN]) {
    it(`refuses to cut a /8 into blocks of ${prefix}`, function () {
      const parts = subnets(parseCidr("10.0.0.0/8"), prefix);

      expect(() => parts.next())
        .to.throw()
        .with.property("code", "ERR_CNM_INVALID_ADDRESS");
    });
  }
});
