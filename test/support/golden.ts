import { addon, type Message } from "#lib/native.js";
import { expect } from "chai";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./run.js";

const folder = join(repository, "test/codec/golden");
const updating = process.env["UPDATE_GOLDEN"] === "1";

/**
 * Compares the bytes of messages, 4 a line with what begins there, with a file that is read by
 * people. UPDATE_GOLDEN=1 writes the file anew; look at the difference before you commit it.
 */
export function expectGolden(name: string, messages: readonly Message[]): void {
  const text = messages.map(annotated).join("\n");
  const file = join(folder, `${name}.txt`);
  if (updating) writeFileSync(file, text);
  expect(text).to.equal(readFileSync(file, "utf8"));
}

/** The bytes of a message of the golden file, comments left out. */
export function readGolden(name: string): Uint8Array {
  const rows = readFileSync(join(folder, `${name}.txt`), "utf8").split("\n");
  const hex = rows.map((row) => row.replace(/#.*/, "").replaceAll(" ", "")).join("");
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

/** Names of the rows of struct nlmsghdr. */
const header = ["nlmsg_len", "nlmsg_type, nlmsg_flags", "nlmsg_seq", "nlmsg_pid"];

function annotated(message: Message): string {
  const bytes = addon().encode(JSON.stringify(message));
  const rows = [`# ${JSON.stringify(message)}`];
  const noted = new Set([""]); // of a payload locate() names the nest around it
  for (let at = 0; at < bytes.length; at += 4) {
    const row = [...bytes.subarray(at, at + 4)].map((byte) => byte.toString(16).padStart(2, "0"));
    const note = header[at / 4] ?? addon().locate(bytes, at, message.type);
    rows.push(noted.has(note) ? row.join(" ") : `${row.join(" ")}  # ${note}`);
    noted.add(note);
  }
  return `${rows.join("\n")}\n`;
}
