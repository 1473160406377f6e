import { CnmError, type NativeError } from "../errors.js";
import type { Decoded, Step } from "../native.js";
import { check } from "../util/check.js";
import { optional, options } from "../util/options.js";
import { signal as abortSignal, boolean, integer, string } from "../util/schemas.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";
import { decodeLink, decodeStatistics } from "./link/decode.js";
import {
  altnameMessage,
  altnameRemoval,
  describeLink,
  groupRemoval,
  linkAddMessages,
  linkGetMessage,
  linkListMessage,
  linkRemoval,
  linkSetMessages,
  statisticsMessage,
  type LinkAddition,
} from "./link/messages.js";
import { altnameSchema, linkChanges, linkSpec, target } from "./link/schema.js";
import { isTun, tunAddition } from "./link/tun-addition.js";
import type { TapSpec, TunSpec } from "./link/tun.js";
import type { Link, LinkChanges, LinkSpec, LinkStatistics } from "./link/types.js";
import type { Namespace } from "./namespace.js";
import { channelOf } from "./registry.js";
import { describeTarget, plainTarget, type Scope } from "./scope.js";

/** Which links `list` is to give. */
export interface LinkFilter {
  /** Only the ports of this master: name or index. */
  readonly master?: string | number;
  /** `"veth"` ...; any kind that the kernel knows. */
  readonly kind?: string;
  /** With what each has counted, nearly half of what there is to read. Default: false. */
  readonly statistics?: boolean;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** A link with what it has counted. */
export type CountedLink = Link & Required<Pick<Link, "statistics">>;

const groupNumber = integer(1, 0xffff_ffff);
const linkFilter = options({
  master: optional(target),
  kind: optional(string()),
  statistics: optional(boolean()),
  signal: optional(abortSignal()),
});

/**
 * The links of one namespace: `ip link`.
 *
 * @example
 * await namespace.links.add({ kind: "bridge", name: "br0", up: true });
 * const peer = { name: "eth0", namespace: inside }; // made there, under its final name
 * await namespace.links.add({ kind: "veth", name: "veth1", master: "br0", up: true, peer });
 * await namespace.links.set("veth1", { mtu: 1400, bridgePort: { isolated: true } });
 * const ports = await namespace.links.list({ master: "br0" });
 */
export class Links {
  readonly #channel: Channel;

  /** @internal */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /**
   * Makes a link. When this rejects, there is none.
   *
   * @returns The link as the kernel made it, with its index.
   * @throws {KernelError} with `syscall` `"RTM_NEWLINK"`: EEXIST, ENODEV (of `master`), EXFULL ...;
   *   of a tun or tap `"open"` and `"ioctl"`: EBUSY where the name is taken.
   */
  async add(spec: LinkSpec): Promise<Link> {
    const checked = check(linkSpec, spec, "add link");
    const operation = `add ${describeLink(checked)}`;
    this.#channel.assertOpen(operation);
    const others: Channel[] = [];
    const scope = this.#scope(others);
    const at = checked.namespace === undefined ? 0 : scope.namespace(checked.namespace).namespace;
    const elsewhere = at === 0 ? undefined : { namespace: at };
    try {
      if (isTun(checked)) return await this.#createTun(checked, scope, at, others);
      const addition = linkAddMessages(checked, scope, elsewhere);
      if (at !== 0) return await this.#createIn(at, addition, checked.name, others);
      return await this.#create(addition, others);
    } catch (error) {
      throw kernelFailure(operation, error, { link: checked.name, namespace: this.#channel.name });
    }
  }

  async #create({ create, rest }: LinkAddition, others: readonly Channel[]): Promise<Link> {
    const index = { of: [0, 0], field: "index" } as const;
    const later = rest(index);
    if (later.length === 0 && others.length === 0) {
      return echoed(await this.#channel.request(create));
    }
    const messages = [create, ...later, linkGetMessage(index)];
    try {
      const results = await this.#channel.run([{ do: "request", in: 0, messages }], others);
      return echoed((results.at(0) as readonly (readonly Decoded[])[]).at(-1));
    } catch (error) {
      await this.#undoCreate(error);
      throw error;
    }
  }

  // By a step in the namespace where it is to be, which answers with the link that it made.
  async #createTun(
    spec: TapSpec | TunSpec,
    scope: Scope,
    at: number,
    others: readonly Channel[],
  ): Promise<Link> {
    const index = { of: [0, 0], field: "index" } as const;
    const { make, rest } = tunAddition(spec, scope, at);
    const later = rest(index);
    const steps: Step[] = [make];
    if (later.length > 0) {
      steps.push({ do: "request", in: at, messages: [...later, linkGetMessage(index)] });
    }
    try {
      const results = await this.#channel.run(steps, others);
      return echoed((results.at(steps.length - 1) as readonly (readonly Decoded[])[]).at(-1));
    } catch (error) {
      await new Links(others[at - 1] ?? this.#channel).#undoCreate(error);
      throw error;
    }
  }

  // The kernel echoes to the namespace where the link is, so it is looked up there, by the name that
  // nobody else had a moment ago.
  async #createIn(
    at: number,
    { create, rest }: LinkAddition,
    name: string,
    others: readonly Channel[],
  ): Promise<Link> {
    const index = { of: [1, 0], field: "index" } as const;
    const messages = [linkGetMessage(name), ...rest(index), linkGetMessage(index)];
    const steps: Step[] = [
      { do: "request", in: 0, messages: [create] },
      { do: "request", in: at, messages },
    ];
    try {
      const results = await this.#channel.run(steps, others);
      return echoed((results.at(1) as readonly (readonly Decoded[])[]).at(-1));
    } catch (error) {
      const target = others[at - 1];
      if ((error as NativeError).step === 1 && target !== undefined) {
        await new Links(target).#undo(error, name);
      }
      throw error;
    }
  }

  // Later messages go out when the first is answered: where one of them failed, the link is there.
  async #undoCreate(error: unknown): Promise<void> {
    for (const [, , index] of (error as NativeError).made ?? []) await this.#undo(error, index);
  }

  async #undo(error: unknown, link: string | number): Promise<void> {
    const message = linkRemoval(link, this.#scope([]));
    await this.#channel.run([{ do: "remove", in: 0, message }]).catch((later: unknown) => {
      throw new AggregateError([error, later], `link ${link} was left behind`);
    });
  }

  /** @throws {KernelError} ENODEV. */
  async get(link: string | number): Promise<CountedLink> {
    const operation = `get link ${this.#named(link, "get link")}`;
    try {
      return echoed(await this.#channel.request(linkGetMessage(link))) as CountedLink;
    } catch (error) {
      throw kernelFailure(operation, error, this.#context(link));
    }
  }

  /** All links, or those that pass the filter; the kernel filters. */
  list(filter: LinkFilter & { readonly statistics: true }): Promise<readonly CountedLink[]>;
  list(filter?: LinkFilter): Promise<readonly Link[]>;
  async list(filter: LinkFilter = {}): Promise<readonly Link[]> {
    const { master, kind, statistics, signal } = check(linkFilter, filter, "list links");
    this.#channel.assertOpen("list links");
    try {
      const parts = await this.#channel.dump(
        linkListMessage(master === undefined ? undefined : plainTarget(master, "master"), kind),
        signal,
        statistics === true ? [] : ["stats64"],
      );
      const links = parts.map(decodeLink);
      // A kind that this kernel does not know filters nothing (rtnl_dump_ifinfo()).
      return kind === undefined ? links : links.filter((link) => link.kind === kind);
    } catch (error) {
      throw kernelFailure("list links", error, { namespace: this.#channel.name });
    }
  }

  /**
   * Changes a link: `ip link set`. Several changes are several steps in the kernel, not one.
   *
   * @throws {KernelError} with `syscall` `"RTM_SETLINK"`: ENODEV, EBUSY, EINVAL ...
   */
  async set(link: string | number, changes: LinkChanges): Promise<void> {
    const operation = `set link ${this.#named(link, "set link")}`;
    const checked = check(linkChanges, changes, operation);
    const messages = linkSetMessages(link, checked, this.#scope([]));
    try {
      await Promise.all(messages.map((message) => this.#channel.request(message)));
    } catch (error) {
      throw kernelFailure(operation, error, this.#context(link));
    }
  }

  /** @throws {KernelError} EEXIST where another link has that name. */
  async addAltname(link: string | number, altname: string): Promise<void> {
    const operation = `add altname to link ${this.#named(link, "add altname")}`;
    const name = check(altnameSchema, altname, operation, "altname");
    try {
      await this.#channel.request(altnameMessage(link, [name]));
    } catch (error) {
      throw kernelFailure(operation, error, { ...this.#context(link), altname });
    }
  }

  /** @throws {KernelError} ENODEV, ENOENT where the link has no such name. */
  async deleteAltname(link: string | number, altname: string): Promise<void> {
    const operation = `delete altname of link ${this.#named(link, "delete altname")}`;
    const name = check(altnameSchema, altname, operation, "altname");
    try {
      await this.#channel.request(altnameRemoval(link, name));
    } catch (error) {
      throw kernelFailure(operation, error, { ...this.#context(link), altname });
    }
  }

  /**
   * What the link has counted, alone: less work for the kernel than {@link Links.get}.
   *
   * @throws {KernelError} ENODEV.
   */
  async statistics(link: string | number): Promise<LinkStatistics> {
    const operation = `get statistics of link ${this.#named(link, "get statistics")}`;
    try {
      const [reply] = await this.#channel.request(statisticsMessage(link));
      if (reply !== undefined) return decodeStatistics(reply);
    } catch (error) {
      throw kernelFailure(operation, error, this.#context(link));
    }
    throw notShown();
  }

  /** What all links have counted, by index. */
  async listStatistics(): Promise<ReadonlyMap<number, LinkStatistics>> {
    this.#channel.assertOpen("list statistics");
    try {
      const parts = await this.#channel.dump(statisticsMessage(0));
      return new Map(parts.map((part) => [part.header["index"] as number, decodeStatistics(part)]));
    } catch (error) {
      throw kernelFailure("list statistics", error, { namespace: this.#channel.name });
    }
  }

  /**
   * Removes all links of a group at once: 0.5 ms a link, where one by one costs 16. Whatever else is
   * in the group goes too. Resolves when the kernel is done with all of them.
   *
   * @param group Not 0, in which every link is that was not put into another.
   * @throws {KernelError} ENODEV where the group is empty; EOPNOTSUPP where one of them is hardware,
   *   and then none is removed.
   */
  async deleteGroup(group: number): Promise<void> {
    const checked = check(groupNumber, group, "delete group", "group");
    const operation = `delete group ${checked}`;
    this.#channel.assertOpen(operation);
    try {
      await this.#channel.run([{ do: "remove", in: 0, message: groupRemoval(checked) }]);
    } catch (error) {
      throw kernelFailure(operation, error, { group: checked, namespace: this.#channel.name });
    }
  }

  /**
   * Removes a link, and a veth's other end with it. Resolves when the kernel says that it is gone
   * and its name is free; the kernel goes on cleaning up for 13 to 36 ms.
   *
   * @throws {KernelError} ENODEV.
   */
  async delete(link: string | number): Promise<void> {
    const operation = `delete link ${this.#named(link, "delete link")}`;
    const message = linkRemoval(link, this.#scope([]));
    try {
      await this.#channel.run([{ do: "remove", in: 0, message }]);
    } catch (error) {
      throw kernelFailure(operation, error, this.#context(link));
    }
  }

  #named(link: string | number, operation: string): string {
    plainTarget(check(target, link, operation, "link"), "link");
    const name = describeTarget(link);
    this.#channel.assertOpen(`${operation} ${name}`);
    return name;
  }

  #context(link: string | number) {
    return { link, namespace: this.#channel.name };
  }

  // Namespaces that a message names become handles 1, 2, ... of its job.
  #scope(others: Channel[]): Scope {
    return {
      target: plainTarget,
      namespace: (namespace: Namespace) => {
        const channel = channelOf(namespace);
        channel.assertOpen("add link");
        if (channel === this.#channel) return { namespace: 0 };
        const at = others.indexOf(channel);
        return { namespace: 1 + (at >= 0 ? at : others.push(channel) - 1) };
      },
    };
  }
}

function echoed(replies: readonly Decoded[] | undefined): Link {
  const [reply] = replies ?? [];
  if (reply !== undefined) return decodeLink(reply);
  throw notShown();
}

function notShown(): CnmError {
  return new CnmError("ERR_CNM_UNSUPPORTED", "the kernel did not show the link that it has");
}
