import type { Message } from "#lib/native.js";
import { needs } from "../support/needs.js";
import { expectSame, sentBy, type Differences, type Subject } from "../support/sent.js";
import { messagesOf } from "./messages.js";

// Other eyes on what we send, as in iproute2.test.ts: what takes more than one program.

interface Case {
  readonly subject: Subject;
  readonly program: string;
  readonly words: string;
  /** Run before it, in namespaces of its own. */
  readonly setup: string;
  /** Of generic netlink, whose numbers are the kernel's to give. */
  readonly generic?: boolean;
  readonly ours: readonly Message[];
  readonly differs: Differences;
}

const cases: Readonly<Record<string, Case>> = {
  "the number of a namespace": {
    subject: { fixed: 4, nests: {} },
    program: "ip",
    words: "netns set other 7",
    setup: "mount -t tmpfs none /run; ip netns add other",
    ours: await messagesOf((namespace, other) => namespace.namespaceIds.assign(other, 7)),
    // NETNSA_FD: its descriptor is another one than ours
    differs: { attributes: { "3": undefined }, more: ["3"] },
  },
  "a feature of a link": {
    subject: { fixed: 4, nests: { "1": 0, "3": 0, "3.3": 0, "3.3.1": 0 } },
    program: "ethtool",
    words: "-K lo tx-checksum-ip-generic off",
    setup: "true",
    generic: true,
    ours: await messagesOf((namespace) =>
      namespace.ethtool.setFeatures("lo", { "tx-checksum-ip-generic": false }),
    ),
    // ETHTOOL_A_HEADER_FLAGS: it wants bits by number in answers
    differs: { more: ["1.3"] },
  },
};

const typeOf = (message: Uint8Array | undefined) => Buffer.from(message ?? []).readUInt16LE(4);

describe("codec: what other programs send", function () {
  for (const [what, { program, words, setup, subject, ours, ...rest }] of Object.entries(cases)) {
    it(`is what we send for ${what}`, async function () {
      needs(this, `program:${program}`, "program:unshare", "ptrace");

      const theirs = (await sentBy([program, ...words.split(" ")], setup)).at(-1);

      const type = rest.generic === true ? { type: typeOf(theirs) } : {};
      expectSame(theirs, ours[0], subject, { ...rest.differs, ...type });
    });
  }
});
