import { resolvConfText, type DnsOptions } from "#lib/cnm/resolv-conf.js";
import { expect } from "chai";

/** Of a host with these files. */
function textOn(files: Readonly<Record<string, string>>, dns: DnsOptions = {}): string {
  return resolvConfText(dns, (path) => files[path]);
}

const usual = "/etc/resolv.conf";
const behindStub = "/run/systemd/resolve/resolv.conf";
const host = `# written by somebody
nameserver 192.0.2.1
nameserver 2001:db8::1 ; the other one
search example.org example.net
options ndots:2 timeout:1
sortlist 10.0.0.0
`;

describe("resolvConfText", function () {
  it("is the host's, without what only people read", function () {
    expect(textOn({ [usual]: host })).to.equal(
      "nameserver 192.0.2.1\nnameserver 2001:db8::1\n" +
        "search example.org example.net\noptions ndots:2 timeout:1\nsortlist 10.0.0.0\n",
    );
  });

  it("is what was asked for, and the host's in the rest", function () {
    const dns = { servers: ["198.51.100.1"], search: ["lab"], options: ["ndots:1"] };

    expect(textOn({ [usual]: host }, dns)).to.equal(
      "nameserver 198.51.100.1\nsearch lab\noptions ndots:1\nsortlist 10.0.0.0\n",
    );
    expect(textOn({ [usual]: host }, { servers: ["198.51.100.1"] })).to.match(
      /^nameserver 198\.51\.100\.1\nsearch example\.org example\.net\n/,
    );
  });

  for (const search of [[], ["."]]) {
    it(`has no search with ${JSON.stringify(search)}`, function () {
      expect(textOn({ [usual]: host }, { search })).not.to.include("search");
    });
  }

  it("takes the last of domain and search, as the library of C does", function () {
    expect(textOn({ [usual]: "search a b\ndomain c\n" })).to.equal("search c\n");
  });

  it("goes behind systemd-resolved's stub", function () {
    const files = { [usual]: "nameserver 127.0.0.53\noptions edns0\n", [behindStub]: host };

    expect(textOn(files)).to.match(/^nameserver 192\.0\.2\.1\n/);
  });

  it("stays with a file that names another one too", function () {
    const both = "nameserver 127.0.0.53\nnameserver 192.0.2.9\n";

    expect(textOn({ [usual]: both, [behindStub]: host })).to.equal("nameserver 192.0.2.9\n");
  });

  it("says why there is nobody to ask, where all are on the host's loopback", function () {
    expect(textOn({ [usual]: "nameserver 127.0.0.1\nnameserver ::1\n" })).to.equal(
      "# 127.0.0.1, ::1: on the host's loopback, not to be reached from here\n",
    );
  });

  it("leaves a server on the loopback that was asked for", function () {
    expect(textOn({}, { servers: ["127.0.0.11"] })).to.equal("nameserver 127.0.0.11\n");
  });

  it("is empty where the host has none", function () {
    expect(textOn({})).to.equal("");
  });
});
