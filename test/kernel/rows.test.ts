import { addon, runJob, type Message, type Step } from "#lib/native.js";
import type { NativeError } from "#lib/netlink.js";
import { expect } from "chai";
import { needs } from "../support/needs.js";
import { rejection } from "../support/rejection.js";

// Steps of a job that no public function shows as they are.

const make = { do: "create", in: 0 } as const;
const lo = 1;
const address: Message = {
  type: "RTM_NEWADDR",
  flags: ["create", "excl"],
  header: { family: "inet", prefixlen: 32, index: lo, scope: { row: 0 } },
  attributes: { local: { row: 1 }, address: { row: 1 }, label: { row: 2 } },
};
const addresses = { type: "RTM_GETADDR", flags: ["dump"], header: { family: "inet" } } as const;

async function run(steps: readonly Step[], independent = false) {
  const handles = [new (addon().Handle)()];
  const results = await runJob(handles, steps, { independent });
  await runJob(handles, [{ do: "close", in: 0 }]);
  return results;
}

describe("a job's rows", function () {
  it("stand for the values of one message; null leaves one out", async function () {
    needs(this);
    const rows = [
      ["host", "10.0.0.1", "lo:a"],
      ["global", "10.0.0.2", null],
    ];

    const results = await run([
      make,
      { do: "rows", in: 0, message: address, rows },
      { do: "dump", in: 0, message: addresses, pick: ["scope", "local", "label"] },
    ]);

    expect(results.at(1)).to.deep.equal([[], []]);
    expect(results.at(2)).to.deep.equal([
      ["host", "10.0.0.1", "lo:a"],
      ["global", "10.0.0.2", "lo"],
    ]);
  });

  it("are answered each; one that is refused does not stop the others", async function () {
    needs(this);
    const rows = ["10.0.0.1", "10.0.0.1", "nonsense", "10.0.0.2"].map((ip) => [null, ip, null]);

    const results = await run([make, { do: "rows", in: 0, message: address, rows }], true);

    const answers = results.at(1) as readonly { error?: { code: string; detail?: string } }[];
    expect(answers.map(({ error }) => error?.code)).to.deep.equal([
      undefined,
      "EEXIST",
      "EINVAL",
      undefined,
    ]);
    expect(answers[2]?.error?.detail).to.equal("local is not an IP address");
  });

  it("end the job at the first refusal where they are not independent", async function () {
    needs(this);
    const rows = [
      [null, "10.0.0.1", null],
      [null, "10.0.0.1", null],
    ];

    const error = await rejection(run([make, { do: "rows", in: 0, message: address, rows }]));

    expect(error).to.include({ code: "EEXIST", step: 1, message_index: 1 });
  });

  for (const [what, rows, about] of [
    ["a row that is too short", [["host"]], "local is not in its row"],
    ["a row that is no list", ["host"], "has a row that is no list"],
  ] as const) {
    it(`are refused: ${what}`, async function () {
      needs(this);
      const step = { do: "rows", in: 0, message: address, rows } as unknown as Step;

      const error = (await rejection(run([make, step]))) as NativeError & { detail: string };

      expect(error.detail).to.equal(about);
    });
  }
});

describe("a dump's pick", function () {
  const links = { type: "RTM_GETLINK", flags: ["dump"] } as const;

  it("gives values of the header and of attributes as the whole message has them", async function () {
    needs(this);
    const pick = ["index", "flags", "mtu", "linkinfo", "ifname", "stats64"];

    const results = await run([
      make,
      { do: "dump", in: 0, message: links },
      { do: "dump", in: 0, message: links, pick },
    ]);

    const [whole] = results.at(1) as readonly { header: object; attributes: object }[];
    const all = { ...whole?.header, ...whole?.attributes } as Record<string, unknown>;
    expect(all).to.include({ index: lo, ifname: "lo" });
    expect(results.at(2)).to.deep.equal([pick.map((key) => all[key] ?? null)]);
  });

  it("refuses a name that the messages do not have", async function () {
    needs(this);

    const error = await rejection(
      run([make, { do: "dump", in: 0, message: links, pick: ["mtuu"] }]),
    );

    expect(error).to.include({ code: "EINVAL", syscall: "RTM_NEWLINK", detail: "mtuu is unknown" });
  });
});
