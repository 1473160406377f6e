import { addon, runJob, type Handle, type Message } from "#lib/native.js";
import { expect } from "chai";
import { needs } from "../support/needs.js";
import { ipLinkNames } from "../support/other-eyes.js";
import { rejection } from "../support/rejection.js";

// Below the public functions, which check what they are given: the addon alone.

async function newHandle(): Promise<AsyncDisposable & { readonly handle: Handle }> {
  const handle = new (addon().Handle)();
  await runJob([handle], [{ do: "create", in: 0 }]);
  const close = async (): Promise<void> => {
    await runJob([handle], [{ do: "close", in: 0 }]);
  };
  return { handle, [Symbol.asyncDispose]: close };
}

const request = { type: "RTM_GETLINK", attributes: { ifname: "lo" }, flags: ["ack"] } as const;
const text = JSON.stringify({
  steps: [
    { do: "request", in: 0, messages: [request, request] },
    { do: "sysctl", in: 0, path: "net/ipv4/ip_forward" },
    { do: "dump", in: 0, message: { type: "RTM_GETADDR", flags: ["dump"] } },
  ],
});

async function outcome(handle: Handle, job: string): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse(await addon().run([handle], job, false)) as Readonly<Record<string, unknown>>;
}

describe("addon: a job", function () {
  it("that is cut short is refused, wherever it is", async function () {
    await using open = await newHandle();
    expect(await outcome(open.handle, text)).to.have.property("results");

    for (let length = 0; length < text.length; length++) {
      const { error } = await outcome(open.handle, text.slice(0, length));
      expect(error, `${length}`).to.include({ code: "EINVAL", syscall: "JSON.parse" });
    }
  });

  it("with any one character changed is answered, or refused", async function () {
    await using open = await newHandle();

    for (let at = 0; at < text.length; at++) {
      for (const other of ['"', "}", "]", ",", "9", "\\", "\0", "é"]) {
        const changed = `${text.slice(0, at)}${other}${text.slice(at + 1)}`;
        expect(await outcome(open.handle, changed)).to.have.any.keys("results", "error");
      }
    }
    expect(await outcome(open.handle, text)).to.have.property("results");
  });

  it("leaves no tun behind that it cannot show", async function () {
    needs(this, "program:ip", "tun");
    await using open = await newHandle();
    const nobody = { type: "RTM_GETLINK", attributes: { ifname: "nobody" } } as const;
    const make = { do: "tun", in: 0, type: "tap", name: "tap0", index: 7 } as const;

    const error = await rejection(runJob([open.handle], [{ ...make, messages: [nobody] }]));
    const left = await ipLinkNames(`/proc/${process.pid}/fd/${open.handle.fd}`);

    expect(error).to.include({ code: "ENODEV", syscall: "RTM_GETLINK" });
    expect(left).to.deep.equal(["lo"]);
  });

  for (const [what, step] of Object.entries({
    "a position that is not there": { do: "request", in: 1, messages: [request] },
    "a position that is no number": { do: "request", in: "0", messages: [request] },
    "a position beyond all numbers": { do: "request", in: 1e300, messages: [request] },
    "a negative position": { do: "request", in: -1, messages: [request] },
    "no messages": { do: "request", in: 0, messages: [] },
    "a message that is none": { do: "request", in: 0, messages: [7] },
    "a type that nobody knows": { do: "dump", in: 0, message: { type: "RTM_NONSENSE" } },
    "a number of 2^64": { do: "dump", in: 0, message: { type: "RTM_GETLINK", flags: 2 ** 64 } },
    "a reference beyond all steps": {
      do: "request",
      in: 0,
      messages: [{ ...request, header: { index: { of: [1e300, 0], field: "index" } } }],
    },
    "a reference to what comes later": {
      do: "request",
      in: 0,
      messages: [{ ...request, header: { index: { of: [0, 7], field: "index" } } }],
    },
    "another protocol's message": {
      do: "request",
      in: 0,
      messages: [request, { type: "NFT_MSG_GETGEN", flags: ["ack"] }],
    },
    "a step that is none": { do: "dance", in: 0 },
  })) {
    it(`with ${what} is refused, and the next one is not`, async function () {
      await using open = await newHandle();

      const { error } = await outcome(open.handle, JSON.stringify({ steps: [step] }));

      expect(error).to.have.property("code").that.equals("EINVAL");
      expect(await outcome(open.handle, text)).to.have.property("results");
    });
  }

  it("that nests deeper than 64 is refused", async function () {
    await using open = await newHandle();

    const { error } = await outcome(open.handle, `{"steps":${"[".repeat(5000)}`);

    expect(error).to.include({ code: "EINVAL", syscall: "JSON.parse" });
  });

  it("in a namespace that is closed is refused", async function () {
    const { handle } = await newHandle();
    await runJob([handle], [{ do: "close", in: 0 }]);

    for (const step of ["request", "dump", "transaction", "remove", "sysctl", "close"]) {
      const { error } = await outcome(handle, JSON.stringify({ steps: [{ do: step, in: 0 }] }));
      expect(error, step).to.include({ code: "EBADF", syscall: "namespace" });
    }
  });
});

const table = (name: string, more: Message["attributes"] = {}): Message => ({
  type: "NFT_MSG_NEWTABLE",
  flags: ["create"],
  header: { family: "inet" },
  attributes: { name, ...more },
});

async function countTables(handle: Handle): Promise<number> {
  const message = { type: "NFT_MSG_GETTABLE", flags: ["dump"] } as const;
  const results = await runJob([handle], [{ do: "dump", in: 0, message }]);
  return (results.at(0) as readonly unknown[]).length;
}

describe("addon: a transaction", function () {
  beforeEach(function () {
    needs(this, "program:nft");
  });

  it("takes more than 400 kB at once", async function () {
    await using open = await newHandle();
    const userdata = "ab".repeat(200);
    const messages = Array.from({ length: 2000 }, (_, at) => table(`t${at}`, { userdata }));

    await runJob([open.handle], [{ do: "transaction", in: 0, messages }]);

    expect(await countTables(open.handle)).to.equal(messages.length);
  });

  it("says the first refusal though answers were lost among thousands", async function () {
    await using open = await newHandle();
    const refused = (at: number): Message => ({
      type: "NFT_MSG_DELTABLE",
      header: { family: "inet" },
      attributes: { name: `t${at}` },
    });
    const messages = [table("one"), ...Array.from({ length: 20_000 }, (_, at) => refused(at))];

    const error = await rejection(runJob([open.handle], [{ do: "transaction", in: 0, messages }]));

    expect(error).to.include({ code: "ENOENT", syscall: "NFT_MSG_DELTABLE", message_index: 1 });
    expect(await countTables(open.handle)).to.equal(0);
  });
});
