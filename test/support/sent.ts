import { addon, type Message } from "#lib/native.js";
import { expect } from "chai";
import { run } from "./run.js";
import { takeApart, type Nests, type Wire } from "./wire.js";

// Other programs that speak netlink, watched by strace(1), and what they send beside what we do.

/** How a message is taken apart. */
export interface Subject {
  /** Bytes of the fixed header. */
  readonly fixed: number;
  readonly nests: Nests;
}

/** What the other program sends otherwise, and may. */
export interface Differences {
  readonly type?: number;
  readonly header?: string;
  /** `undefined`: it sends none. */
  readonly attributes?: Readonly<Record<string, string | undefined>>;
  /** Paths of what it sends beside, whatever it is. */
  readonly more?: readonly string[];
}

/**
 * The netlink messages that a program sends in a namespace of its own, in order. What the kernel
 * answers does not matter. `setup` is run before it, by sh(1).
 */
export async function sentBy(
  words: readonly string[],
  setup = "true",
): Promise<readonly Uint8Array[]> {
  const { stderr } = await run("unshare", [
    ...["--net", "--mount", "sh", "-c", `{ ${setup}; } >&2; exec "$@"`, "sh"],
    ...["strace", "-e", "trace=sendmsg,sendto", "-e", "write=all", "-s", "0", ...words],
  ]);
  const hex = [...stderr.matchAll(/^ \| [0-9a-f]{5} {2}(.{48})/gm)]
    .map(([, columns = ""]) => columns.replaceAll(" ", ""))
    .join("");
  if (hex === "") throw new Error(`strace shows no message of ${words.join(" ")}: ${stderr}`);
  return apart(Buffer.from(hex, "hex"));
}

function apart(bytes: Buffer): readonly Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let at = 0; at + 16 <= bytes.length;) {
    const length = bytes.readUInt32LE(at);
    if (length === 0) {
      at += 4; // iproute2 asks for lists with the whole of a buffer, zeros behind the message
      continue;
    }
    if (length < 16 || at + length > bytes.length) throw new Error("not messages of netlink");
    messages.push(bytes.subarray(at, at + length));
    at += (length + 3) & ~3;
  }
  return messages;
}

/** Of everything but the flags, which are the caller's: for acknowledgements, or for echoes. */
export function expectSame(
  theirs: Uint8Array | undefined,
  ours: Message | undefined,
  { fixed, nests }: Subject,
  { more = [], ...differs }: Differences = {},
): void {
  if (theirs === undefined || ours === undefined) throw new Error("there is no such message");
  const expected = takeApart(addon().encode(JSON.stringify(ours)), fixed, nests);
  const found = body(takeApart(theirs, fixed, nests));
  expect({ ...found, attributes: without(found.attributes, more) }).to.deep.equal({
    ...body(expected),
    ...differs,
    attributes: changed(expected.attributes, differs.attributes ?? {}),
  });
}

function body({ type, header, attributes }: Wire): Omit<Wire, "flags"> {
  return { type, header, attributes };
}

function without(all: Wire["attributes"], paths: readonly string[]): Wire["attributes"] {
  return Object.fromEntries(Object.entries(all).filter(([path]) => !paths.includes(path)));
}

function changed(
  ours: Wire["attributes"],
  differs: Readonly<Record<string, string | undefined>>,
): Wire["attributes"] {
  const entries = Object.entries({ ...ours, ...differs }).filter(([, hex]) => hex !== undefined);
  return Object.fromEntries(entries) as Wire["attributes"];
}
