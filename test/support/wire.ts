/** A netlink message taken apart by its lengths alone: what our own decoder does not know shows too. */
export interface Wire {
  readonly type: number;
  readonly flags: number;
  /** The fixed header (ifinfomsg ...) in hex. */
  readonly header: string;
  /**
   * `"18.1": "76657468 00"`: path of attribute numbers, payload in hex. Order does not count, but
   * among those of one number: `"4.1"`, `"4.1#2"`.
   */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Which attributes hold attributes, and how many bytes of a fixed header come before those. */
export type Nests = Readonly<Record<string, number>>;

const netlinkHeader = 16; // struct nlmsghdr
const typeMask = 0x3fff; // NLA_TYPE_MASK: without NLA_F_NESTED, which iproute2 often leaves out

/** @param fixed Bytes of the fixed header: 16 for ifinfomsg, 8 for ifaddrmsg, 12 for rtmsg. */
export function takeApart(bytes: Uint8Array, fixed: number, nests: Nests): Wire {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = view.readUInt32LE(0);
  const attributes: Record<string, string> = {};
  collect(view.subarray(netlinkHeader + fixed, end), "", nests, attributes);
  return {
    type: view.readUInt16LE(4),
    flags: view.readUInt16LE(6),
    header: view.toString("hex", netlinkHeader, Math.min(netlinkHeader + fixed, end)),
    attributes,
  };
}

function collect(bytes: Buffer, path: string, nests: Nests, into: Record<string, string>): void {
  const seen = new Map<number, number>();
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = bytes.readUInt16LE(at);
    if (length < 4 || at + length > bytes.length) throw new Error(`${path}: not attributes`);
    const number = bytes.readUInt16LE(at + 2) & typeMask;
    const nth = (seen.get(number) ?? 0) + 1;
    seen.set(number, nth);
    const here = `${path}${number}${nth === 1 ? "" : `#${nth}`}`;
    const payload = bytes.subarray(at + 4, at + length);
    const skip = nests[here.replaceAll(/#\d+/g, "")];
    if (skip === undefined) {
      into[here] = payload.toString("hex");
    } else {
      if (skip > 0) into[`${here}.header`] = payload.toString("hex", 0, skip);
      collect(payload.subarray(skip), `${here}.`, nests, into);
    }
    at += (length + 3) & ~3;
  }
}
