import { ipOf } from "#lib/index.js";
import { expect } from "chai";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { newHost, runInside } from "../support/cnm.js";
import { needs } from "../support/needs.js";
import { cnmRefusal, rejection } from "../support/rejection.js";
import { newGround } from "../support/state.js";

const subnets = ["10.1.0.0/24", "fd00:1::/64"];
const options = {
  hostname: "www",
  domainname: "example.org",
  extraHosts: { "db.example.org": "192.0.2.7", six: "2001:db8::7", gateway: "host-gateway" },
  dns: { servers: ["198.51.100.1", "2001:db8::53"], search: ["example.org"], options: ["ndots:2"] },
};

describe("files of a sandbox", function () {
  it("have what was asked for", async function () {
    needs(this, "program:getent");
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets });
    await world.cnm.attach({ name: "web", ...options }, network);
    const sandbox = world.cnm.sandbox("web");

    const resolver = await runInside(sandbox, "cat", ["/etc/resolv.conf"]);
    const lookUp = (database: string, name: string) =>
      runInside(sandbox, "getent", [database, name]).then(({ stdout }) => stdout);
    // In one family where there is only that: for the other a server would be asked.
    const db = await lookUp("ahostsv4", "db.example.org");
    const six = await lookUp("ahostsv6", "six");
    const own = await lookUp("hosts", "www.example.org");
    const gateway = await lookUp("ahosts", "gateway");

    expect(resolver.stdout).to.match(
      /^nameserver 198\.51\.100\.1\nnameserver 2001:db8::53\nsearch example\.org\noptions ndots:2\n/,
    );
    expect(db).to.match(/^192\.0\.2\.7 /);
    expect(six).to.match(/^2001:db8::7 /);
    expect(own).to.match(/^fd00:1::2 +www\.example\.org www web web\.net$/m);
    expect(gateway)
      .to.match(/^10\.1\.0\.1 /m)
      .and.match(/^fd00:1::1 /m);
    expect(sandbox.inspect()).to.deep.include(options);
  });

  it("have it for the next process too", async function () {
    await using ground = await newGround(this);
    const first = await ground.open();
    const network = await first.createNetwork("net", { subnets });
    await first.attach({ name: "web", ...options }, network);
    const seen = first.sandbox("web").inspect();

    const second = await ground.open();

    const sandbox = second.sandbox("web");
    expect(sandbox.inspect()).to.deep.equal(seen);
    expect(readFileSync(sandbox.hostsPath, "utf8")).to.match(/^192\.0\.2\.7\tdb\.example\.org$/m);
    expect(readFileSync(sandbox.resolvConfPath, "utf8")).to.match(/^nameserver 198\.51\.100\.1$/m);
  });

  it("keep what a user writes there, while peers come and go", async function () {
    await using world = await newHost(this);
    const network = await world.cnm.createNetwork("net", { subnets });
    await world.cnm.attach({ name: "web" }, network);
    const { hostsPath, resolvConfPath } = world.cnm.sandbox("web");
    const early = await world.cnm.attach({ name: "early" }, network);
    const edited = readFileSync(hostsPath, "utf8").replace("ff00::\tip6-mcastprefix\n", "");
    writeFileSync(hostsPath, `${edited}203.0.113.1\tmine\n`);
    appendFileSync(resolvConfPath, "options rotate\n");

    const late = await world.cnm.attach({ name: "late" }, network);
    await world.cnm.detachMany([early.sandbox, early].filter((one) => one !== undefined));

    const text = readFileSync(hostsPath, "utf8");
    expect(text).to.match(/^203\.0\.113\.1\tmine$/m);
    expect(text).not.to.include("ip6-mcastprefix");
    expect(text.split("\n").filter((line) => line.startsWith(`${ipOf(late)}\t`))).to.deep.equal([
      `${ipOf(late)}\tlate late.net`,
    ]);
    expect(text).not.to.include("early");
    expect(readFileSync(resolvConfPath, "utf8")).to.match(/^options rotate$/m);
  });

  const wrong: readonly (readonly [what: string, options: object, field: string])[] = [
    ["a domain with a blank", { domainname: "a b" }, "domainname"],
    ["a domain that is too long", { domainname: "a.".repeat(130) }, "domainname"],
    ["an empty label", { domainname: "a..b" }, "domainname"],
    ["a host's address that is none", { extraHosts: { db: "10.0.0" } }, "extraHosts.db"],
    ["a host's name with a blank", { extraHosts: { "a b": "10.0.0.1" } }, 'extraHosts."a b"'],
    ["a server that is no address", { dns: { servers: ["dns.example"] } }, "dns.servers.0"],
    ["a search that is none", { dns: { search: ["a", "b/c"] } }, "dns.search.1"],
    ["an option of two words", { dns: { options: ["ndots 2"] } }, "dns.options.0"],
    ["an option that is none", { dns: { server: [] } }, "dns.server"],
  ];
  for (const [what, given, field] of wrong) {
    it(`refuse ${what}`, async function () {
      await using world = await newHost(this);

      const error = await cnmRefusal(world.cnm.createSandbox("web", given));

      expect(error.code).to.match(/^ERR_CNM_INVALID_/);
      expect(error).to.have.nested.property("context.field", field);
      expect(world.cnm.sandboxes()).to.deep.equal([]);
    });
  }

  it("refuse servers that are no list", async function () {
    await using world = await newHost(this);

    const error = await rejection(world.cnm.createSandbox("web", { dns: { servers: 7 as never } }));

    expect(error).to.nested.include({
      code: "ERR_INVALID_ARG_TYPE",
      "context.field": "dns.servers",
    });
  });
});
