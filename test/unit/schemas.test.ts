import { check } from "#lib/util/check.js";
import { options } from "#lib/util/options.js";
import { address, cidr, ifname, mac, name } from "#lib/util/schemas.js";
import { expect } from "chai";
import { codeOf } from "../support/refusal.js";

describe("name()", function () {
  const schema = name();

  for (const text of ["a", "web-1", "Web_1.example", "0", "x".repeat(63)]) {
    it(`accepts ${text}`, function () {
      expect(check(schema, text, "create", "name")).to.equal(text);
    });
  }

  for (const text of [
    "",
    "x".repeat(64),
    "-a",
    ".a",
    "a b",
    "a/b",
    "a\n",
    "é",
    "a:b",
    "..",
    "\0",
  ]) {
    it(`refuses ${JSON.stringify(text)}`, function () {
      expect(codeOf(() => check(schema, text, "create", "name"))).to.equal("ERR_CNM_INVALID_NAME");
    });
  }
});

describe("ifname()", function () {
  const schema = ifname();

  for (const text of ["a", "eth0", "br-0123456789ab", "wörld", "eth0.100", "..."]) {
    it(`accepts ${text}`, function () {
      expect(check(schema, text, "join", "ifname")).to.equal(text);
    });
  }

  // The last one holds the byte 0xa0, which the kernel takes for a space.
  const refused = ["", "x".repeat(16), "é".repeat(8), ".", "..", "a/b", "a:b", "a b", "a\tb", "\0"];
  for (const text of [...refused, "eth%d", "a\nb", "\ud800", "à"]) {
    it(`refuses ${JSON.stringify(text)}`, function () {
      expect(codeOf(() => check(schema, text, "join", "ifname"))).to.equal("ERR_CNM_INVALID_NAME");
    });
  }
});

describe("cidr(), address() and mac()", function () {
  it("give canonical text", function () {
    const schema = options({ cidr: cidr(), address: address(), mac: mac() });
    const value = { cidr: "FD00:0::/64", address: "FD00:0::1", mac: "02:AB:00:00:00:01" };

    expect(check(schema, value, "create")).to.deep.equal({
      cidr: "fd00::/64",
      address: "fd00::1",
      mac: "02:ab:00:00:00:01",
    });
  });

  for (const text of ["01:00:5e:00:00:01", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "nonsense"]) {
    it(`refuse ${text} for an interface's MAC`, function () {
      expect(codeOf(() => check(mac(), text, "create", "mac"))).to.equal("ERR_CNM_INVALID_ADDRESS");
    });
  }
});
