import { CnmError, invalidArgType, type NativeError } from "../../errors.js";
import type { Decoded, Message } from "../../native.js";
import { check } from "../../util/check.js";
import { optional, options } from "../../util/options.js";
import { boolean, integer } from "../../util/schemas.js";
import type { Channel } from "../channel.js";
import { kernelFailure } from "../failure.js";
import {
  assertObject,
  describe,
  flushMessages,
  isReference,
  makeMessages,
  removeMessages,
  type NftObject,
} from "./commands.js";
import { withoutDestroy } from "./destroy.js";
import { Rule, type RuleReference } from "./objects.js";

export interface CommitOptions {
  /** Only where the ruleset is still of this generation; else the kernel says `ERESTART`. */
  readonly generation?: number;
  /** Asks for the handles of what is made. Costs an answer a command. */
  readonly handles?: boolean;
  /**
   * Elements may go in several transactions, as many as the socket's buffer makes it. What was sent
   * before a refusal stays then.
   */
  readonly chunks?: boolean;
}

export interface CommitResult {
  /** A handle for every command, in order; `undefined` where nothing was made or asked for. */
  readonly handles: readonly (number | undefined)[];
}

/** One command: what the kernel is told, and what that is in words. @internal */
export interface Command {
  readonly words: string;
  readonly object: NftObject | RuleReference;
  readonly messages: readonly Message[];
}

/** What is known of this kernel. @internal */
export interface Abilities {
  /** NFT_MSG_DESTROY*, since Linux 6.3. */
  destroy: boolean;
}

const commitOptions = options({
  generation: optional(integer(0, 0xffff_ffff)),
  handles: optional(boolean()),
  chunks: optional(boolean()),
});
const placeBefore = options({ before: optional(integer(1, Number.MAX_SAFE_INTEGER)) });
const placeAfter = options({ after: optional(integer(1, Number.MAX_SAFE_INTEGER)) });

/**
 * Commands that happen together or not at all. They are in the order in which they are given: a
 * table before its chains. Make it by `nft.transaction()` of a namespace.
 */
export class Transaction {
  readonly #channel: Channel;
  readonly #abilities: Abilities;
  readonly #commands: Command[] = [];
  #numbers = 0;
  #done = false;

  /** @internal */
  constructor(channel: Channel, abilities: Abilities) {
    this.#channel = channel;
    this.#abilities = abilities;
  }

  /** How many commands there are. */
  get length(): number {
    return this.#commands.length;
  }

  /** Makes what is not there yet; rules go behind those of their chain. */
  add(...objects: readonly NftObject[]): this {
    for (const object of objects) {
      assertObject(object, "add");
      this.#push("add", object, makeMessages(object, this.#next));
    }
    return this;
  }

  /** As {@link add}, but what is there already is refused with EEXIST. */
  create(...objects: readonly NftObject[]): this {
    for (const object of objects) {
      assertObject(object, "create");
      const messages = makeMessages(object, this.#next);
      if (object instanceof Rule) this.#push("create", object, messages);
      else this.#push("create", object, messages.map(exclusively));
    }
    return this;
  }

  /** Puts the rule behind the one with that handle, or at the end of its chain. */
  append(rule: Rule, place: { readonly after?: number } = {}): this {
    const { after } = check(placeAfter, place, "append");
    return this.#place("append", rule, ["create", "append"], after);
  }

  /** Puts the rule before the one with that handle, or at the beginning of its chain. */
  insert(rule: Rule, place: { readonly before?: number } = {}): this {
    const { before } = check(placeBefore, place, "insert");
    return this.#place("insert", rule, ["create"], before);
  }

  /** Puts the rule where another was. */
  replace(old: RuleReference, rule: Rule): this {
    if (!isReference(old)) throw invalidArgType("old", "a rule that was listed", old, "replace");
    assertRule(rule, "replace");
    const place = { flags: ["replace"] as const, replaces: old.handle };
    return this.#push("replace", rule, makeMessages(rule, this.#next, place));
  }

  /** Takes away what is there; what is not is refused with ENOENT. */
  delete(...objects: readonly (NftObject | RuleReference)[]): this {
    for (const object of objects) this.#push("delete", object, removeMessages(object, "DEL"));
    return this;
  }

  /** Takes away what may be there. Before Linux 6.3, by making it first. */
  destroy(...objects: readonly (NftObject | RuleReference)[]): this {
    for (const object of objects) {
      this.#push("destroy", object, removeMessages(object, "DESTROY"));
    }
    return this;
  }

  /** Empties tables and chains of rules, sets and maps of elements. */
  flush(...objects: readonly NftObject[]): this {
    for (const object of objects) this.#push("flush", object, flushMessages(object));
    return this;
  }

  /**
   * Has the kernel do all of it. A transaction that was refused has changed nothing, and may be
   * committed again.
   *
   * @throws {KernelError} of the first command that was refused; `context.command` is its position
   *   from 0, `attribute` what the kernel objects to. `ERESTART`: the ruleset is of another
   *   generation. `EMSGSIZE`: it does not fit the socket's buffer, and nothing was sent.
   */
  async commit(given: CommitOptions = {}): Promise<CommitResult> {
    const { generation, handles, chunks } = check(commitOptions, given, "commit");
    if (generation !== undefined && chunks === true) {
      throw new CnmError("ERR_CNM_INVALID_OPTION", "commit: chunks: are no one generation", {
        field: "chunks",
      });
    }
    this.#assertUnused("commit");
    this.#channel.assertOpen("commit");
    if (this.#commands.length === 0) return { handles: [] };
    if (!this.#abilities.destroy) await this.#replaceDestroy();
    for (;;) {
      try {
        const result = await this.#send(generation, handles === true, chunks === true);
        this.#done = true;
        return result;
      } catch (error) {
        if (!this.#abilities.destroy || !this.#isUnknown(error)) throw this.#failure(error);
        this.#abilities.destroy = false;
        await this.#replaceDestroy();
      }
    }
  }

  readonly #next = { next: (): number => ++this.#numbers };

  #push(verb: string, object: NftObject | RuleReference, messages: readonly Message[]): this {
    this.#assertUnused(verb);
    this.#commands.push({ words: `${verb} ${describe(object)}`, object, messages });
    return this;
  }

  #place(verb: string, rule: Rule, flags: Message["flags"], position?: number): this {
    assertRule(rule, verb);
    const place = { flags, ...(position !== undefined && { position }) };
    return this.#push(verb, rule, makeMessages(rule, this.#next, place));
  }

  #assertUnused(operation: string): void {
    if (!this.#done) return;
    throw new CnmError("ERR_CNM_CLOSED", `${operation}: the transaction was committed already`);
  }

  async #send(generation: number | undefined, echo: boolean, chunks: boolean) {
    const messages = this.#commands.flatMap((command) => command.messages);
    const sent = echo ? messages.map(echoed) : messages;
    const parts = chunks ? chunksOf(sent) : [sent];
    const answers: (readonly Decoded[])[] = [];
    for (const part of parts) {
      try {
        const step = { do: "transaction", in: 0, messages: part, generation } as const;
        const results = await this.#channel.run([step]);
        answers.push(...(results.at(0) as readonly (readonly Decoded[])[]));
      } catch (error) {
        const native = error as Partial<NativeError>;
        if (native.message_index !== undefined) native.message_index += answers.length;
        throw error;
      }
    }
    let at = 0;
    const handles = this.#commands.map((command) => {
      at += command.messages.length;
      return answers[at - 1]?.[0]?.attributes["handle"] as number | undefined;
    });
    return { handles };
  }

  /** The command that holds this message, and where. */
  #commandOf(index: number | undefined): number | undefined {
    if (index === undefined) return undefined;
    let left = index;
    const found = this.#commands.findIndex((command) => {
      left -= command.messages.length;
      return left < 0;
    });
    return found < 0 ? undefined : found;
  }

  #isUnknown(error: unknown): boolean {
    const { code, syscall } = error as Partial<NativeError>;
    return code === "EINVAL" && syscall?.startsWith("NFT_MSG_DESTROY") === true;
  }

  async #replaceDestroy(): Promise<void> {
    for (const [at, command] of this.#commands.entries()) {
      if (command.messages.every(({ type }) => !type.startsWith("NFT_MSG_DESTROY"))) continue;
      const messages = await withoutDestroy(this.#channel, command.object, this.#next);
      this.#commands[at] = { ...command, messages };
    }
  }

  #failure(error: unknown): unknown {
    const command = this.#commandOf((error as Partial<NativeError>).message_index);
    const words = command === undefined ? undefined : this.#commands[command]?.words;
    const which = `command ${(command ?? 0) + 1} of ${this.#commands.length}`;
    const operation = words === undefined ? "nftables transaction" : `${words} (${which})`;
    return kernelFailure(operation, error, { command, namespace: this.#channel.name });
  }
}

function assertRule(rule: unknown, operation: string): void {
  if (!(rule instanceof Rule)) throw invalidArgType("rule", "Rule", rule, operation);
}

function exclusively(message: Message): Message {
  return { ...message, flags: [...(message.flags ?? []), "excl"] };
}

// Elements have no handle.
function echoed(message: Message): Message {
  const makes = /^NFT_MSG_NEW(?!SETELEM)/.test(message.type);
  return makes ? { ...message, flags: [...(message.flags ?? []), "echo"] } : message;
}

const mostJson = 256 * 1024; // more than twice what it is in bytes; 208 KiB fit every socket

/** Cut before and behind messages of elements only. */
function chunksOf(messages: readonly Message[]): readonly (readonly Message[])[] {
  const chunks: Message[][] = [[]];
  let size = 0;
  for (const message of messages) {
    const isElements =
      /SETELEM$/.test(message.type) && message.attributes?.["set_id"] === undefined;
    const bytes = isElements ? JSON.stringify(message).length : 0;
    if (isElements && size + bytes > mostJson && size > 0) {
      chunks.push([]);
      size = 0;
    }
    chunks.at(-1)?.push(message);
    size += bytes;
  }
  return chunks;
}
