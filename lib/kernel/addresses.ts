import type { Message, MessageFlag } from "../native.js";
import { check } from "../util/check.js";
import {
  addFlags,
  addressAddMessage,
  addressBody,
  addressListMessage,
  decodeAddress,
  replaceFlags,
} from "./address/messages.js";
import { addressFilter, addressTarget, checkAddress, checkAddresses } from "./address/schema.js";
import type { Address, AddressFilter, AddressSpec, AddressTarget } from "./address/types.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";
import { askMany } from "./many.js";
import { describeTarget, plainTarget, type Scope } from "./scope.js";

/**
 * The addresses of one namespace: `ip address`.
 *
 * @example
 * await namespace.addresses.add({ link: "eth0", address: "10.0.0.2/24" });
 * const [first] = await namespace.addresses.list({ link: "eth0", family: "inet" });
 */
export class Addresses {
  readonly #channel: Channel;
  readonly #scope: Scope;

  /** @internal */
  constructor(channel: Channel, scope: Scope) {
    this.#channel = channel;
    this.#scope = scope;
  }

  /** @throws {KernelError} with `syscall` `"RTM_NEWADDR"`: EEXIST, ENODEV ... */
  async add(spec: AddressSpec): Promise<void> {
    await this.#put("add address", spec, addFlags);
  }

  /** Adds it, or changes the lifetimes, flags and metric of the one that is there. */
  async replace(spec: AddressSpec): Promise<void> {
    await this.#put("replace address", spec, replaceFlags);
  }

  async #put(verb: string, spec: AddressSpec, flags: readonly MessageFlag[]): Promise<void> {
    const checked = checkAddress(spec, verb);
    const operation = `${verb} ${describe(checked)}`;
    await this.#ask(operation, addressAddMessage(checked, this.#scope, flags), checked.address);
  }

  /**
   * Adds all of them, in few system calls. One that the kernel refuses does not stop the others.
   *
   * @throws {AggregateError} of a {@link KernelError} for each that was refused; its
   *   `context.position` says which.
   */
  async addMany(addresses: readonly AddressSpec[]): Promise<void> {
    const verb = "add addresses";
    const all = checkAddresses(addresses, verb);
    const message = (one: AddressSpec) => addressAddMessage(one, this.#scope);
    await askMany(this.#channel, verb, all, message, describe);
  }

  /** @throws {KernelError} EADDRNOTAVAIL where the link has no such address. */
  async delete(which: AddressTarget): Promise<void> {
    const checked = check(addressTarget, which, "delete address");
    const operation = `delete address ${checked.address} of link ${describeTarget(checked.link)}`;
    const message = { type: "RTM_DELADDR", ...addressBody(checked, this.#scope, {}) };
    await this.#ask(operation, message, checked.address);
  }

  /** All addresses, or those that pass the filter; the kernel filters. */
  async list(filter: AddressFilter = {}): Promise<readonly Address[]> {
    const { link, family, signal } = check(addressFilter, filter, "list addresses");
    this.#channel.assertOpen("list addresses");
    try {
      const index = link === undefined ? undefined : plainTarget(link, "link");
      const parts = await this.#channel.dump(addressListMessage(family, index), signal);
      return parts.map(decodeAddress);
    } catch (error) {
      throw kernelFailure("list addresses", error, { namespace: this.#channel.name });
    }
  }

  async #ask(operation: string, message: Message, address: string): Promise<void> {
    this.#channel.assertOpen(operation);
    try {
      await this.#channel.request(message);
    } catch (error) {
      throw kernelFailure(operation, error, { address, namespace: this.#channel.name });
    }
  }
}

function describe({ address, link }: AddressSpec): string {
  return `${address} to link ${describeTarget(link)}`;
}
