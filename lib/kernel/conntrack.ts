import { CnmError, type NativeError } from "../errors.js";
import type { Decoded, Message } from "../native.js";
import type { Channel } from "./channel.js";
import { deleteAllMessage, isEmpty, listMessage, matches } from "./conntrack/filter.js";
import {
  addMessage,
  decodeFlow,
  deleteMessage,
  getMessage,
  setMessage,
} from "./conntrack/messages.js";
import { kernelFiltersDeletions } from "./conntrack/probe.js";
import {
  checkChanges,
  checkDeletion,
  checkFilter,
  checkSpec,
  checkTarget,
} from "./conntrack/schema.js";
import type {
  Flow,
  FlowChanges,
  FlowCount,
  FlowDeletion,
  FlowFilter,
  FlowSpec,
  FlowTarget,
  FlowTuple,
} from "./conntrack/types.js";
import { kernelFailure } from "./failure.js";

// How many deletions go out at a time: some 300 bytes of text each.
const deletionsAtATime = 1000;

/**
 * The flows that netfilter tracks in one namespace: conntrack(8). It tracks none until a rule asks
 * for it (`ct state`, NAT). See docs/netlink/conntrack.md.
 *
 * @example
 * const flows = await namespace.conntrack.list({ protocol: "udp", original: { destinationPort: 53 } });
 * await namespace.conntrack.deleteMatching({ original: { destination: "10.0.0.2" } });
 */
export class Conntrack {
  readonly #channel: Channel;
  #kernelFilters: Promise<boolean> | undefined;

  /** @internal */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** All flows, or those that pass the filter. */
  async list(filter: FlowFilter = {}): Promise<readonly Flow[]> {
    const operation = "list flows";
    const checked = checkFilter(filter, operation);
    this.#channel.assertOpen(operation);
    try {
      return await this.#list(checked);
    } catch (error) {
      throw kernelFailure(operation, error, { namespace: this.#channel.name });
    }
  }

  /**
   * One flow, by the tuple of either direction.
   *
   * @throws {KernelError} ENOENT where there is none.
   */
  async get(flow: FlowTarget): Promise<Flow> {
    const checked = checkTarget(flow, "get flow");
    const [reply] = await this.#ask(`get flow ${describe(checked)}`, getMessage(checked));
    if (reply !== undefined) return decodeFlow(reply);
    throw new CnmError("ERR_CNM_UNSUPPORTED", "the kernel did not show the flow that it has");
  }

  /** How many flows there are, without listing them. */
  async count(): Promise<FlowCount> {
    const [reply] = await this.#ask("count flows", { type: "IPCTNL_MSG_CT_GET_STATS" });
    const { entries = 0, max_entries } = (reply?.attributes ?? {}) as {
      entries?: number;
      max_entries?: number;
    };
    return { entries, limit: max_entries };
  }

  /**
   * Makes a flow as if its packets had been seen.
   *
   * @throws {KernelError} EEXIST where one of its tuples is taken, EINVAL ...
   */
  async add(flow: FlowSpec): Promise<void> {
    const checked = checkSpec(flow, "add flow");
    await this.#ask(`add flow ${describe(checked)}`, addMessage(checked));
  }

  /**
   * Changes a flow.
   *
   * @throws {KernelError} ENOENT; EBUSY where a bit of the status cannot be unset.
   */
  async set(flow: FlowTarget, changes: FlowChanges): Promise<void> {
    const target = checkTarget(flow, "set flow");
    const operation = `set flow ${describe(target)}`;
    const checked = checkChanges(changes, operation);
    await this.#ask(operation, setMessage(target, checked));
  }

  /**
   * Removes one flow, named by the whole tuple of either direction.
   *
   * @throws {KernelError} ENOENT where there is none, or one with another id.
   */
  async delete(flow: FlowDeletion): Promise<void> {
    const checked = checkDeletion(flow, "delete flow");
    await this.#ask(`delete flow ${describe(checked)}`, deleteMessage(checked));
  }

  /**
   * Removes every flow that passes the filter: in the kernel where it can tell them apart, else one
   * by one as they were listed. Flows that begin meanwhile may be left.
   *
   * @throws {CnmError} `ERR_CNM_INVALID_OPTION` for a filter that leaves nothing out: `flush()`.
   */
  async deleteMatching(filter: FlowFilter): Promise<void> {
    const operation = "delete matching flows";
    const checked = checkFilter(filter, operation);
    if (isEmpty(checked)) {
      throw new CnmError(
        "ERR_CNM_INVALID_OPTION",
        `${operation}: options: matches every flow; flush() removes all`,
        { field: "options" },
      );
    }
    this.#channel.assertOpen(operation);
    const message = deleteAllMessage(checked);
    try {
      if (message !== undefined && (await this.#filtersDeletions())) {
        await this.#channel.request(message);
      } else {
        await this.#deleteListed(await this.#list(checked));
      }
    } catch (error) {
      throw kernelFailure(operation, error, { namespace: this.#channel.name });
    }
  }

  /** Removes every flow of this namespace. */
  async flush(): Promise<void> {
    await this.#ask("flush flows", { type: "IPCTNL_MSG_CT_DELETE" });
  }

  async #list(filter: FlowFilter): Promise<readonly Flow[]> {
    const parts = await this.#channel.dump(listMessage(filter));
    return parts.map(decodeFlow).filter((flow) => matches(flow, filter));
  }

  // By id too: what took a tuple since it was listed is another flow.
  async #deleteListed(flows: readonly Flow[]): Promise<void> {
    for (let at = 0; at < flows.length; at += deletionsAtATime) {
      const some = flows.slice(at, at + deletionsAtATime);
      await Promise.all(
        some.map(async ({ original, zone, id }) => {
          try {
            await this.#channel.request(deleteMessage({ original, zone, id }));
          } catch (error) {
            if ((error as NativeError).code !== "ENOENT") throw error; // gone by itself
          }
        }),
      );
    }
  }

  #filtersDeletions(): Promise<boolean> {
    this.#kernelFilters ??= kernelFiltersDeletions();
    return this.#kernelFilters;
  }

  async #ask(operation: string, message: Message): Promise<readonly Decoded[]> {
    this.#channel.assertOpen(operation);
    try {
      return await this.#channel.request(message);
    } catch (error) {
      throw kernelFailure(operation, error, { namespace: this.#channel.name });
    }
  }
}

/** "tcp 10.0.0.1:40000 -> 10.0.0.2:80", for messages. */
function describe({ original, reply }: FlowTarget): string {
  const tuple = original ?? reply;
  if (tuple === undefined) return "";
  const { protocol, source, destination, sourcePort, destinationPort } = tuple;
  return `${protocol} ${end(source, sourcePort)} -> ${end(destination, destinationPort)}`;
}

function end(address: string, port: FlowTuple["sourcePort"]): string {
  if (port === undefined) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
