import { CnmError } from "../errors.js";
import { readIp } from "../net/ip.js";
import { check, type Type } from "../util/check.js";
import { optional, options } from "../util/options.js";
import {
  address,
  boolean,
  checked,
  choice,
  cidr,
  integer,
  list,
  nullable,
  string,
} from "../util/schemas.js";
import type { Channel } from "./channel.js";
import { nameOrIndex } from "./ethtool.js";
import { kernelFailure } from "./failure.js";
import { describeTarget } from "./scope.js";
import { getMessage, setMessages, toDevice } from "./wireguard/messages.js";
import type { WireguardChanges, WireguardDevice } from "./wireguard/types.js";

const keyFault = "must be a key: 32 bytes in base64, as of wg genkey";
const key: Type<string> = {
  // The message of a refusal must not hold it: it may be a private one.
  parse: (value) => {
    const text = string().parse(value);
    const isKey = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(text);
    return checkedKey.parse(isKey ? text : "");
  },
};
const checkedKey = checked(string(), (text) => (text === "" ? keyFault : undefined));

const endpoint = checked(string(), (text) => {
  const [, v6, v4, port] = /^(?:\[([^\]]+)\]|([^[\]:]+)):(\d{1,5})$/.exec(text) ?? [];
  const family = readIp(v6 ?? v4 ?? "")?.family;
  const good = family === (v6 === undefined ? "inet" : "inet6") && Number(port) <= 65_535;
  return good && Number(port) > 0
    ? undefined
    : 'must be an address with a port: "192.0.2.1:51820", "[2001:db8::1]:51820"';
});

const subnetText = cidr();
const addressText = address();
const addressOrSubnet = choice("string", (value) =>
  typeof value === "string" && value.includes("/") ? subnetText : addressText,
);

const changes: Type<WireguardChanges> = options({
  privateKey: optional(nullable(key)),
  listenPort: optional(integer(0, 65_535)),
  fwmark: optional(integer(0, 0xffff_ffff)),
  replacePeers: optional(boolean()),
  peers: optional(
    list(
      options({
        publicKey: key,
        presharedKey: optional(nullable(key)),
        endpoint: optional(endpoint),
        allowedIps: optional(list(addressOrSubnet)),
        replaceAllowedIps: optional(boolean()),
        persistentKeepaliveS: optional(integer(0, 65_535)),
        remove: optional(boolean()),
      }),
    ),
  ),
});

/**
 * WireGuard devices: wg(8). See docs/netlink/wireguard.md.
 *
 * @example
 * await namespace.wireguard.set("wg0", { privateKey, peers: [{ publicKey, allowedIps: ["10.0.0.0/24"] }] });
 */
export class Wireguard {
  readonly #channel: Channel;

  /** @internal */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /**
   * A device with its keys and peers.
   *
   * @throws {KernelError} ENODEV, EOPNOTSUPP where the link is of another kind; ENOENT where the
   *   kernel has no WireGuard.
   */
  async get(link: string | number): Promise<WireguardDevice> {
    const at = check(nameOrIndex, link, "get WireGuard device", "link");
    const operation = `get WireGuard device ${describeTarget(at)}`;
    this.#channel.assertOpen(operation);
    try {
      const device = toDevice(await this.#channel.dump(getMessage(at)));
      if (device !== undefined) return device;
    } catch (error) {
      throw kernelFailure(operation, error, { link: at, namespace: this.#channel.name });
    }
    throw new CnmError("ERR_CNM_UNSUPPORTED", `${operation}: the kernel did not show it`);
  }

  /**
   * Changes a device and its peers. Long lists take several messages, one after another: when this
   * rejects, some of them may have been carried out.
   *
   * @throws {KernelError} ENODEV, EOPNOTSUPP, EADDRINUSE of the port ...
   */
  async set(link: string | number, changed: WireguardChanges): Promise<void> {
    const at = check(nameOrIndex, link, "set WireGuard device", "link");
    const operation = `set WireGuard device ${describeTarget(at)}`;
    const messages = setMessages(at, check(changes, changed, operation));
    this.#channel.assertOpen(operation);
    try {
      await this.#channel.run([{ do: "request", in: 0, messages }]);
    } catch (error) {
      throw kernelFailure(operation, error, { link: at, namespace: this.#channel.name });
    }
  }
}
