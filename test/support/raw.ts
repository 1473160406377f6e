import type { Namespace } from "#lib/netlink.js";
import { output } from "./run.js";
import type { Wire } from "./wire.js";

// Where Debian's programs are older than what is to be seen: the kernel's bytes as Python reads them from a
// socket of its own, and bytes that are put together here. Neither knows anything of our codec.

const protocols = { route: 0, netfilter: 12 } as const; // NETLINK_*

// `_socket` and nothing else: in the emulator each import costs a second.
const program = `
import _socket, sys
def number(data, at, size): return int.from_bytes(data[at : at + size], sys.byteorder, signed=True)
s = _socket.socket(_socket.AF_NETLINK, _socket.SOCK_RAW, int(sys.argv[1]))
s.send(bytes.fromhex(sys.argv[2]))
while True:
    data = s.recv(1 << 17)
    while data:
        length = number(data, 0, 4)
        if number(data, 4, 2) == 2:  # NLMSG_ERROR
            errno = -number(data, 16, 4)
            sys.exit(f"errno {errno}" if errno else 0)
        print(data[:length].hex())
        data = data[(length + 3) & ~3:]
`;

export const requestFlags = 0x5; // NLM_F_REQUEST | NLM_F_ACK
export const creationFlags = requestFlags | 0x600; // NLM_F_CREATE | NLM_F_EXCL

let found: Promise<string> | undefined;

/** What `python3` on PATH leads to: that may be a version manager's script, which takes its time. */
async function interpreter(): Promise<string> {
  found ??= output("python3", ["-c", "import sys; print(sys.executable)"]);
  return (await found).trim();
}

/**
 * Sends messages at once, of which the last but for an end of a batch asks for an acknowledgement; resolves to the
 * answers before that, and rejects at the first error.
 */
export async function exchange(
  netns: Namespace,
  protocol: keyof typeof protocols,
  ...messages: readonly Wire[]
): Promise<readonly Uint8Array[]> {
  const text = await output("nsenter", [
    ...[`--net=${netns.path ?? ""}`, "--", await interpreter(), "-IS", "-c", program],
    ...[String(protocols[protocol]), Buffer.concat(messages.map(putTogether)).toString("hex")],
  ]);
  return text.split("\n").filter(Boolean).map(fromHex);
}

/** The reverse of `takeApart`: attributes in the order of their keys, nested ones by their paths. */
export function putTogether({ type, flags, header, attributes }: Wire): Buffer {
  const content = Buffer.concat([fromHex(header), attributesFrom("", attributes)]);
  const head = Buffer.alloc(16); // struct nlmsghdr
  head.writeUInt32LE(head.length + content.length, 0);
  head.writeUInt16LE(type, 4);
  head.writeUInt16LE(flags, 6);
  head.writeUInt32LE(1, 8);
  return Buffer.concat([head, content]);
}

function attributesFrom(path: string, all: Wire["attributes"]): Buffer {
  const below = Object.keys(all).filter((key) => key.startsWith(path));
  const here = new Set(below.map((key) => key.slice(path.length).split(".")[0] ?? ""));
  here.delete("header");
  return Buffer.concat([...here].map((name) => attribute(name, `${path}${name}`, all)));
}

function attribute(name: string, path: string, all: Wire["attributes"]): Buffer {
  const payload = Buffer.concat([
    fromHex(all[path] ?? all[`${path}.header`] ?? ""),
    attributesFrom(`${path}.`, all),
  ]);
  const whole = Buffer.alloc(4 + ((payload.length + 3) & ~3));
  whole.writeUInt16LE(4 + payload.length, 0);
  whole.writeUInt16LE(Number(name), 2);
  payload.copy(whole, 4);
  return whole;
}

const fromHex = (text: string) => Buffer.from(text, "hex");
