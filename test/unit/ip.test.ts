import { formatIp, parseIp, type Ip } from "#lib/net/ip.js";
import { expect } from "chai";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { isIP } from "node:net";

const v4 = fc.bigInt(0n, 2n ** 32n - 1n).map((value): Ip => ({ family: "inet", value }));
const v6 = fc.bigInt(0n, 2n ** 128n - 1n).map((value): Ip => ({ family: "inet6", value }));
// Runs of zero words are rare among random numbers, and what RFC 5952 is about.
const sparseV6 = fc
  .array(fc.constantFrom(0n, 0n, 1n, 0xdb8n, 0xffffn), { minLength: 8, maxLength: 8 })
  .map((words): Ip => ({
    family: "inet6",
    value: words.reduce<bigint>((sum, w) => (sum << 16n) | w, 0n),
  }));

function bytesOf({ family, value }: Ip): number[] {
  const length = family === "inet" ? 4 : 16;
  return Array.from({ length }, (_, at) => Number((value >> BigInt(8 * (length - 1 - at))) & 255n));
}

describe("parseIp", function () {
  it("reads IPv4 as a number", function () {
    expect(parseIp("10.0.0.2")).to.deep.equal({ family: "inet", value: 0x0a000002n });
  });

  it("reads IPv6 as a number", function () {
    expect(parseIp("fd00::5")).to.deep.equal({ family: "inet6", value: (0xfd00n << 112n) | 5n });
  });

  it("reads an IPv4 tail of IPv6", function () {
    expect(parseIp("::ffff:192.0.2.1").value).to.equal(0xffff_c000_0201n);
  });

  it("keeps an IPv4-mapped address IPv6", function () {
    expect(parseIp("::ffff:192.0.2.1").family).to.equal("inet6");
  });

  it("reads every form that ipaddr.js writes", function () {
    fc.assert(
      fc.property(fc.oneof(v4, v6, sparseV6), (ip) => {
        const other = ipaddr.fromByteArray(bytesOf(ip));

        for (const text of [other.toString(), other.toNormalizedString()]) {
          expect(parseIp(text)).to.deep.equal(ip);
        }
      }),
    );
  });

  it("accepts what net.isIP() accepts and nothing else", function () {
    const piece = fc.constantFrom("0", "00", "1", "9", "25", "255", "256", "f", "ffff", "fffff");
    const joint = fc.constantFrom(".", ":", "::", ":", ".", "", " ", "%", "/", "-", "x");
    const soup = fc.array(fc.oneof(piece, joint), { maxLength: 18 }).map((parts) => parts.join(""));
    const dotted = fc.array(piece, { minLength: 3, maxLength: 5 }).map((parts) => parts.join("."));
    const words = fc.array(piece, { minLength: 6, maxLength: 9 }).map((parts) => parts.join(":"));

    fc.assert(
      fc.property(fc.oneof(soup, dotted, words, fc.ipV4(), fc.ipV6()), (text) => {
        const wanted = text.includes("%") ? 0 : isIP(text);

        expect(familyOf(text)).to.equal({ 0: undefined, 4: "inet", 6: "inet6" }[wanted]);
      }),
      { numRuns: 2000 },
    );
  });

  const refused = {
    "an empty text": "",
    "spaces around": " 10.0.0.1 ",
    "three parts (inet_aton)": "10.0.1",
    "one number (inet_aton)": "167772161",
    "hexadecimal parts (inet_aton)": "0x0a.0.0.1",
    "leading zeros (octal for some)": "010.0.0.1",
    "a part over 255": "10.0.0.256",
    "a sign": "10.0.0.+1",
    "other digits than ASCII": "١٠.0.0.1",
    "a zone": "fe80::1%eth0",
    "a prefix length": "10.0.0.1/8",
    "two gaps": "1::2::3",
    "a gap of nothing": "1:2:3:4:5:6:7::8",
    "nine words": "1:2:3:4:5:6:7:8:9",
    "five digits": "::12345",
    "a colon at the end": "1:2:3:4:5:6:7:",
    "a colon at the beginning": ":1:2:3:4:5:6:7",
    brackets: "[::1]",
    "an IPv4 tail too late": "1:2:3:4:5:6:7:1.2.3.4",
    "an IPv4 tail with leading zeros": "::ffff:01.2.3.4",
  };
  for (const [what, text] of Object.entries(refused)) {
    it(`refuses ${what}`, function () {
      expect(() => parseIp(text))
        .to.throw()
        .with.property("code", "ERR_CNM_INVALID_ADDRESS");
    });
  }

  it("names the text in the message", function () {
    expect(() => parseIp("10.0.0.300")).to.throw(`"10.0.0.300" is not an IP address`);
  });

  it("names no more than the beginning of a long text", function () {
    const long = "1".repeat(10_000_000);

    expect(() => parseIp(long))
      .to.throw()
      .with.property("message")
      .with.length.below(120);
  });

  it("refuses other types than text with a TypeError", function () {
    expect(() => parseIp(5 as unknown as string))
      .to.throw(TypeError)
      .with.property("code", "ERR_INVALID_ARG_TYPE");
  });
});

function familyOf(text: string): string | undefined {
  try {
    return parseIp(text).family;
  } catch {
    return undefined;
  }
}

describe("formatIp", function () {
  it("is the reverse of parseIp", function () {
    fc.assert(
      fc.property(fc.oneof(v4, v6, sparseV6), (ip) => {
        expect(parseIp(formatIp(ip))).to.deep.equal(ip);
      }),
    );
  });

  it("agrees with ipaddr.js on RFC 5952", function () {
    fc.assert(
      fc.property(fc.oneof(v4, v6, sparseV6), (ip) => {
        fc.pre(ip.value >> 32n !== 0xffffn); // it writes mapped addresses in hexadecimal
        const other = ipaddr.fromByteArray(bytesOf(ip));

        expect(formatIp(ip)).to.equal(
          other instanceof ipaddr.IPv6 ? other.toRFC5952String() : other.toString(),
        );
      }),
    );
  });

  // The examples of RFC 5952, section by section.
  const forms: [string, string, string][] = [
    ["no leading zeros (4.1)", "2001:0db8::0001", "2001:db8::1"],
    ["as short as can be (4.2.1)", "2001:db8:0:0:0:0:2:1", "2001:db8::2:1"],
    ["one zero word stays (4.2.2)", "2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["the longest run (4.2.3)", "2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["the first of equal runs (4.2.3)", "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["lower case (4.3)", "2001:DB8::ABCD", "2001:db8::abcd"],
    ["dotted tail of mapped addresses (5)", "::ffff:c000:201", "::ffff:192.0.2.1"],
    ["zeros at the end", "fd00:0:0:0:0:0:0:0", "fd00::"],
    ["all zeros", "0:0:0:0:0:0:0:0", "::"],
  ];
  for (const [what, from, to] of forms) {
    it(`writes ${what}`, function () {
      expect(formatIp(parseIp(from))).to.equal(to);
    });
  }
});
