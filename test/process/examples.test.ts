import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { needs } from "../support/needs.js";
import { repository, run } from "../support/run.js";

/** What each example is to print; its header says the same, where it says what it prints. */
const expected: Readonly<Record<string, readonly string[]>> = {
  "ci-runner": ["12 jobs, 12 addresses, 0 sandboxes left"],
  demo: [],
  "link-monitor": ["new br0, down", "changed br0, up", "deleted br0"],
  netlink: ["eth0 up 10.0.0.2/24"],
  "netlink-benchmark": ["veth create", "veth delete"],
  "traffic-shaper": [
    "1:10 at 1 Mbit/s: 5 packets, 710 bytes",
    "1:20 at 8 Mbit/s: 3 packets, 3126 bytes",
  ],
  "nft-firewall": ["5 rules in 3 chains, generation 2"],
  "two-hosts": ["left has br-demo", "right has br-demo"],
  "two-sandboxes": ["1 packets transmitted, 1 received"],
  "vxlan-mesh": ["10.90.0.1 to 10.90.0.2 by way of 192.0.2.2: 1 packets transmitted, 1 received"],
};

const sources = readdirSync(join(repository, "examples"))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -3))
  .sort();

function headerOf(example: string): string {
  const text = readFileSync(join(repository, "examples", `${example}.ts`), "utf8");
  return text
    .split("\n")
    .filter((line) => line.startsWith("//"))
    .join("\n");
}

function start(example: string) {
  return run(process.execPath, [join(repository, "out/examples", `${example}.js`)]);
}

describe("examples", function () {
  this.timeout(20_000);

  it("are all run here", function () {
    expect(sources).to.deep.equal(Object.keys(expected).sort());
  });

  for (const example of sources) {
    it(`${example} says at its top how it is run`, function () {
      const how = example === "demo" ? "npm start" : `npm run example ${example}`;

      expect(headerOf(example)).to.include(`// Run: ${how}`);
    });

    // That nothing is left behind, the hook of all tests looks after.
    it(`${example} prints what its header says`, async function () {
      needs(this, "program:ping", "program:curl", "program:python3");
      if (example === "vxlan-mesh") needs(this, "link:vxlan");

      const { code, stdout, stderr } = await start(example);

      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
      for (const words of expected[example] ?? []) {
        expect(headerOf(example)).to.include(words);
        expect(stdout).to.include(words);
      }
    });
  }

  it("netlink prints the kernel's own words for a mistake", async function () {
    const { stdout } = await start("netlink");

    expect(stdout.split("\n")[1]).to.match(/^ENETUNREACH: Nexthop has invalid gateway$/);
  });

  it("vxlan-mesh has an answer from each to each", async function () {
    needs(this, "program:ping", "link:vxlan");

    const { stdout } = await start("vxlan-mesh");

    const ways = stdout.trimEnd().split("\n");
    expect(new Set(ways.map((line) => line.split(" by ")[0]))).to.have.lengthOf(6);
    expect(
      ways.filter((line) => line.endsWith(": 1 packets transmitted, 1 received")),
    ).to.deep.equal(ways);
  });

  it("demo shows the picture, a time for each step, the answers of both families, and goes", async function () {
    needs(this, "program:ping", "program:curl", "program:python3");

    const { stdout } = await start("demo");

    expect(stdout).to.match(/^Running as .*: the machine's network is not touched/);
    for (const step of ["create the network", "join web", "leave client"]) {
      expect(stdout).to.match(new RegExp(`^${step} +\\d+ µs$`, "m"));
    }
    expect(stdout).to.include("sandbox web").and.include("veth pair").and.include("== bridge br-");
    expect(stdout.match(/Hello from the sandbox named web\./g)).to.have.lengthOf(2);
    expect(stdout)
      .to.match(/from 10\.90\.0\.2: icmp_seq=1/)
      .and.match(/from fd00:90::2: icmp_seq=1/);
    expect(stdout).to.match(/\nAll of it is gone again\.\n$/);
  });
});
