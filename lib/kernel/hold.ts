import type { NativeError } from "../errors.js";
import { newFeed, type Feed, type Step } from "../native.js";
import { check, type Type } from "../util/check.js";
import { checked, string } from "../util/schemas.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";

/**
 * A name that nobody else has in a namespace, until it is released, is collected, or the process
 * ends, by `kill -9` too. Made by `Namespace.hold`; the namespace stays for as long as it is held.
 */
export class Hold implements AsyncDisposable {
  readonly name: string;
  readonly #feed: Feed;
  #released: Promise<unknown> | undefined;

  /** @internal */
  constructor(name: string, feed: Feed) {
    this.name = name;
    this.#feed = feed;
  }

  /** Lets go: the name is free when this resolves. Twice is no error. */
  async release(): Promise<void> {
    if (this.#released === undefined) {
      this.#released = this.#feed.next(); // answered when the socket is closed
      this.#feed.close();
    }
    await this.#released;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}

const mostBytes = 107; // sun_path, after the zero that makes a name abstract: unix(7)

const holdName: Type<string> = checked(
  string(),
  (text) => {
    if (text === "") return "must not be empty";
    if (Buffer.byteLength(text) > mostBytes) return `must have at most ${mostBytes} bytes`;
    return /^[!-~]+$/.test(text) ? undefined : "must be printable ASCII, without spaces";
  },
  "ERR_CNM_INVALID_NAME",
);

/** @internal `Namespace.hold`. */
export async function takeHold(channel: Channel, wanted: string): Promise<Hold> {
  const name = check(holdName, wanted, "hold", "name");
  const operation = `hold ${name}`;
  channel.assertOpen(operation);
  const feed = newFeed();
  const step: Step = { do: "hold", in: 0, feed: feed.id, name };
  try {
    await channel.run([step]);
    return new Hold(name, feed);
  } catch (error) {
    feed.close();
    const pid = (error as Partial<NativeError>).holder;
    throw kernelFailure(operation, error, { name, namespace: channel.name, pid });
  }
}
