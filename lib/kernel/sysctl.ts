import { CnmError, invalidArgType } from "../errors.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";

/**
 * The sysctls of one namespace, below `net`. Names are sysctl(8)'s, `"net.ipv4.ip_forward"`; where
 * an interface's name holds a dot, write slashes: `"net/ipv4/conf/eth0.7/forwarding"`.
 *
 * @example
 * await namespace.sysctl.set("net.ipv4.ip_forward", 1);
 */
export class Sysctl {
  readonly #channel: Channel;

  /** @internal */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** @throws {KernelError} ENOENT where this kernel has no such sysctl. */
  async get(name: string): Promise<string> {
    const path = sysctlPath(name);
    const operation = `get sysctl ${name}`;
    this.#channel.assertOpen(operation);
    try {
      const results = await this.#channel.run([{ do: "sysctl", in: 0, path }]);
      return results.at(0) as string;
    } catch (error) {
      throw kernelFailure(operation, error, { sysctl: name, namespace: this.#channel.name });
    }
  }

  /** @throws {KernelError} EINVAL, EROFS, EACCES ... */
  async set(name: string, value: string | number): Promise<void> {
    const path = sysctlPath(name);
    const text = sysctlValue(value);
    const operation = `set sysctl ${name} to ${text}`;
    this.#channel.assertOpen(operation);
    try {
      await this.#channel.run([{ do: "sysctl", in: 0, path, value: text }]);
    } catch (error) {
      throw kernelFailure(operation, error, { sysctl: name, namespace: this.#channel.name });
    }
  }
}

/** @internal */
export function sysctlPath(name: string): string {
  if (typeof (name as unknown) !== "string") throw invalidArgType("name", "string", name);
  const path = name.includes("/") ? name : name.replaceAll(".", "/");
  if (/^net(\/[^/\0]+)+$/.test(path) && !path.split("/").some((part) => /^\.\.?$/.test(part))) {
    return path;
  }
  throw new CnmError(
    "ERR_CNM_INVALID_OPTION",
    `sysctl: name: ${JSON.stringify(name)} is not one of a network namespace, such as "net.ipv4.ip_forward"`,
    { field: "name" },
  );
}

/** @internal */
export function sysctlValue(value: string | number): string {
  const type = typeof (value as unknown);
  if (type !== "string" && type !== "number") {
    throw invalidArgType("value", "string or number", value);
  }
  if (value !== "") return String(value);
  throw new CnmError("ERR_CNM_INVALID_OPTION", "sysctl: value: must not be empty", {
    field: "value",
  });
}
