// Real programs for the examples: curl and ping where they are, python3 where they are not.
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "vethwork";

type Command = readonly [command: string, args: readonly string[]];

export function has(program: string): boolean {
  return (process.env["PATH"] ?? "").split(":").some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const fetchInPython = `
import socket, sys, urllib.request
family = socket.AF_INET6 if sys.argv[1] == "6" else socket.AF_INET
find = socket.getaddrinfo
socket.getaddrinfo = lambda *a, **k: [r for r in find(*a, **k) if r[0] == family]
print(urllib.request.urlopen(sys.argv[2], timeout=5).read().decode(), end="")
`;

export function fetchCommand(url: string, family: 4 | 6): Command {
  if (has("curl"))
    return ["curl", [`-${family}`, "--silent", "--show-error", "--max-time", "5", url]];
  return ["python3", ["-c", fetchInPython, String(family), url]];
}

const echoInPython = `
import socket, sys
family = socket.AF_INET6 if sys.argv[1] == "6" else socket.AF_INET
raw = socket.socket(family, socket.SOCK_RAW, 58 if sys.argv[1] == "6" else 1)
raw.settimeout(5)
body = b"vethwork"
packet = bytes([128 if sys.argv[1] == "6" else 8, 0, 0, 0, 0, 7, 0, 1]) + body
if sys.argv[1] == "4":
    total = sum(int.from_bytes(packet[i:i+2], "big") for i in range(0, len(packet), 2))
    total = (total >> 16) + (total & 0xffff)
    packet = packet[:2] + (0xffff - total - (total >> 16)).to_bytes(2, "big") + packet[4:]
raw.sendto(packet, (sys.argv[2], 0))
while True:
    answer, source = raw.recvfrom(1024)
    if answer.endswith(body) and answer[-16] in (0, 129):
        print(f"{len(body) + 8} bytes from {source[0]}: echo reply")
        break
`;

export function pingCommand(address: string, family: 4 | 6): Command {
  if (has("ping")) return ["ping", [`-${family}`, "-n", "-c", "1", "-W", "5", address]];
  return ["python3", ["-c", echoInPython, String(family), address]];
}

/** What the program prints, run inside the sandbox. Rejects with what it complains about. */
export async function answerOf(
  sandbox: Sandbox,
  command: string,
  args: readonly string[] = [],
): Promise<string> {
  const child = sandbox.spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let answer = "";
  let complaint = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (answer += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  if (code === 0) return answer;
  throw new Error(`${command}: exit code ${String(code)}: ${complaint.trim() || answer.trim()}`);
}
