// Seeds of the fuzzers: [name, bytes] each. Dumps of a kernel lie in the corpus; the others are made of those and
// of the golden messages of the tests.

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { inTree } from "../support/paths.mjs";

const headerBytes = 16; // struct nlmsghdr
const done = 3; // NLMSG_DONE
const multi = 2; // NLM_F_MULTI

export function dumpSeeds(corpus) {
  const folder = path.join(corpus, "netlink");
  const whole = readdirSync(folder).map((file) => [file, readFileSync(path.join(folder, file))]);
  // One message alone is faster than a dump, and shows a fuzzer better what belongs together.
  const single = whole.flatMap(([file, bytes]) =>
    messagesOf(bytes).map((message, at) => [`${at}-${file}`, message]),
  );
  return [...whole, ...single];
}

/** The messages that the golden files begin with, as JSON; and one that has values in a row. */
export function jsonSeeds() {
  const folder = inTree("test/codec/golden");
  const row = {
    type: "RTM_NEWADDR",
    header: { family: "inet", index: { row: 0 } },
    attributes: { address: { row: 1 }, local: { row: 1 } },
    row: [7, "10.0.0.1"],
  };
  const golden = readdirSync(folder).flatMap((file) =>
    readFileSync(path.join(folder, file), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("# {"))
      .map((line, at) => [`${at}-${file}`, Buffer.from(line.slice(2))]),
  );
  return [...golden, ["row", Buffer.from(JSON.stringify(row))]];
}

/** Datagrams as test/native/fuzz/socket.cc takes them: a byte of what is called, then each with its length. */
export function socketSeeds(corpus) {
  const end = Buffer.alloc(headerBytes + 4);
  end.writeUInt32LE(end.length, 0);
  end.writeUInt16LE(done, 4);
  const refusal = Buffer.alloc(headerBytes + 4 + headerBytes + 16);
  refusal.writeUInt32LE(refusal.length, 0);
  refusal.writeUInt16LE(2, 4); // NLMSG_ERROR
  refusal.writeUInt16LE(0x300, 6); // NLM_F_CAPPED | NLM_F_ACK_TLVS
  refusal.writeInt32LE(-17, headerBytes);
  refusal.writeUInt16LE(8, headerBytes + 20); // NLMSGERR_ATTR_OFFS
  refusal.writeUInt16LE(2, headerBytes + 22);
  refusal.writeUInt16LE(8, headerBytes + 28); // NLMSGERR_ATTR_MSG
  refusal.writeUInt16LE(1, headerBytes + 30);
  refusal.write("no!", headerBytes + 32);
  const dumps = dumpSeeds(corpus).map(([name, bytes]) => [name, [addressed(bytes), end]]);
  return [...dumps, ["refusal", [refusal]], ["lost", [refusal, "lost", refusal]]].flatMap(
    ([name, datagrams]) => [0, 1, 2, 3].map((mode) => [`${mode}-${name}`, framed(mode, datagrams)]),
  );
}

function framed(mode, datagrams) {
  const parts = datagrams.flatMap((one) => {
    const length = Buffer.alloc(2);
    length.writeUInt16LE(one === "lost" ? 0xffff : one.length);
    return one === "lost" ? [length] : [length, toPort(one)];
  });
  return Buffer.concat([Buffer.from([mode]), ...parts]);
}

/** Numbered 1 and to port 7, as the harness's socket expects its answers. */
function toPort(datagram) {
  const copy = Buffer.from(datagram);
  for (const message of messagesOf(copy)) {
    message.writeUInt32LE(1, 8);
    message.writeUInt32LE(7, 12);
  }
  return copy;
}

function addressed(bytes) {
  const copy = Buffer.from(bytes);
  for (const message of messagesOf(copy)) message.writeUInt16LE(multi, 6);
  return copy;
}

/** Views of the messages in a datagram. */
function messagesOf(bytes) {
  const messages = [];
  for (let at = 0; at + headerBytes <= bytes.length;) {
    const length = bytes.readUInt32LE(at);
    messages.push(bytes.subarray(at, at + length));
    at += (length + 3) & ~3;
  }
  return messages;
}
