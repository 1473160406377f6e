import { CnmError } from "#lib/errors.js";
import { formatMac, isUnicast, macOfDigits, parseMac } from "#lib/net/mac.js";
import { expect } from "chai";
import fc from "fast-check";

const mac = fc.nat(2 ** 48 - 1).map((value) => ({ value }));

describe("parseMac", function () {
  it("is reversed by formatMac", function () {
    fc.assert(
      fc.property(mac, (address) => {
        expect(parseMac(formatMac(address))).to.deep.equal(address);
      }),
    );
  });

  it("reads either case", function () {
    expect(formatMac(parseMac("02:AB:cD:00:00:0F"))).to.equal("02:ab:cd:00:00:0f");
  });

  const refused = {
    "an empty text": "",
    "five bytes": "02:42:ac:11:00",
    "seven bytes": "02:42:ac:11:00:02:03",
    dashes: "02-42-ac-11-00-02",
    "no separators": "0242ac110002",
    "one digit": "2:42:ac:11:00:02",
    "other letters": "02:42:ac:11:00:0g",
    "a line break at the end": "02:42:ac:11:00:02\n",
  };
  for (const [what, text] of Object.entries(refused)) {
    it(`refuses ${what}`, function () {
      expect(() => parseMac(text))
        .to.throw()
        .with.property("code", "ERR_CNM_INVALID_ADDRESS");
    });
  }

  it("names the text in the message", function () {
    expect(() => parseMac("nonsense")).to.throw(`"nonsense" is not a MAC address`);
  });

  it("refuses other types than text with a TypeError", function () {
    expect(() => parseMac(0 as unknown as string))
      .to.throw(TypeError)
      .with.property("code", "ERR_INVALID_ARG_TYPE");
  });
});

describe("isUnicast", function () {
  const cases: [string, boolean][] = [
    ["02:42:ac:11:00:02", true],
    ["00:00:00:00:00:01", true],
    ["fe:ff:ff:ff:ff:ff", true],
    ["01:00:5e:00:00:01", false],
    ["33:33:00:00:00:01", false],
    ["ff:ff:ff:ff:ff:ff", false],
    ["00:00:00:00:00:00", false],
  ];
  for (const [text, answer] of cases) {
    it(`is ${String(answer)} for ${text}`, function () {
      expect(isUnicast(parseMac(text))).to.equal(answer);
    });
  }
});

describe("macOfDigits", function () {
  it("gives a locally administered unicast address, of 46 of the bits", function () {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
        const digits = Buffer.from(bytes).toString("hex");
        const text = macOfDigits(digits);
        expect(isUnicast(parseMac(text))).to.equal(true);
        expect(formatMac(parseMac(text))).to.equal(text);
        const [first = 0, ...rest] = Buffer.from(text.replaceAll(":", ""), "hex");
        expect(first & 3).to.equal(2);
        expect([first & 0xfc, ...rest]).to.deep.equal([(bytes[0] ?? 0) & 0xfc, ...bytes.slice(1)]);
      }),
    );
  });

  it("writes a small first byte with both digits", function () {
    expect(macOfDigits("001122334455")).to.equal("02:11:22:33:44:55");
  });

  for (const wrong of ["", "00112233445", "0011223344556", "00112233445g", "00112233445A"]) {
    it(`takes ${JSON.stringify(wrong)} for no digits`, function () {
      expect(() => macOfDigits(wrong))
        .to.throw(CnmError)
        .with.property("code", "ERR_CNM_INVALID_ADDRESS");
    });
  }
});
