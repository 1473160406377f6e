import type { Decoded, Message, NamespaceReference } from "../native.js";
import { check } from "../util/check.js";
import { custom, integer } from "../util/schemas.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";
import type { Namespace } from "./namespace.js";
import { channelOf, isNamespace } from "./registry.js";

const other = custom(isNamespace, "Namespace");
const number = integer(0, 0x7fff_ffff);

/**
 * The numbers that one namespace has for others, as in {@link Link.linkNetnsid}: `ip netns set`,
 * `ip netns list-id`. They last as long as both namespaces.
 */
export class NamespaceIds {
  readonly #channel: Channel;

  /** @internal */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /**
   * Gives a namespace a number here; the kernel chooses where none is given.
   *
   * @returns The number.
   * @throws {KernelError} EEXIST where the namespace has a number, ENOSPC or EEXIST where the number
   *   is another's.
   */
  async assign(namespace: Namespace, id?: number): Promise<number> {
    const to = check(other, namespace, "assign namespace id", "namespace");
    const wanted = id === undefined ? -1 : check(number, id, "assign namespace id", "id");
    const { fd, others } = this.#reference(to, "assign namespace id");
    const messages: Message[] = [
      { type: "RTM_NEWNSID", attributes: { nsid: wanted, fd } },
      { type: "RTM_GETNSID", attributes: { fd } },
    ];
    return (await this.#ask("assign namespace id", messages, others)) ?? wanted;
  }

  /** Its number here; `undefined` where it has none. */
  async get(namespace: Namespace): Promise<number | undefined> {
    const of = check(other, namespace, "get namespace id", "namespace");
    const { fd, others } = this.#reference(of, "get namespace id");
    return this.#ask("get namespace id", [{ type: "RTM_GETNSID", attributes: { fd } }], others);
  }

  /** All numbers that are in use here. */
  async list(): Promise<readonly number[]> {
    this.#channel.assertOpen("list namespace ids");
    try {
      const parts = await this.#channel.dump({ type: "RTM_GETNSID", flags: ["dump"] });
      return parts.map(({ attributes }) => (attributes as { nsid: number }).nsid);
    } catch (error) {
      throw kernelFailure("list namespace ids", error, { namespace: this.#channel.name });
    }
  }

  // The other namespace is handle 1 of the job; a namespace may be asked about itself.
  #reference(
    namespace: Namespace,
    operation: string,
  ): { fd: NamespaceReference; others: readonly Channel[] } {
    this.#channel.assertOpen(operation);
    const channel = channelOf(namespace);
    channel.assertOpen(operation);
    if (channel === this.#channel) return { fd: { namespace: 0 }, others: [] };
    return { fd: { namespace: 1 }, others: [channel] };
  }

  async #ask(
    operation: string,
    messages: readonly Message[],
    others: readonly Channel[],
  ): Promise<number | undefined> {
    try {
      const results = await this.#channel.run([{ do: "request", in: 0, messages }], others);
      const reply = (results.at(0) as readonly (readonly Decoded[])[]).at(-1)?.[0];
      const { nsid } = (reply?.attributes ?? {}) as { nsid?: number };
      return nsid === -1 ? undefined : nsid; // NETNSA_NSID_NOT_ASSIGNED
    } catch (error) {
      throw kernelFailure(operation, error, { namespace: this.#channel.name });
    }
  }
}
