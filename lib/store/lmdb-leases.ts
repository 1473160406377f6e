import { keyOf, roomFor, type Item, type Tier } from "./lmdb-tier.js";

/**
 * Leases are written behind: to the tier in memory at once, and from there to the disk at most once a
 * second, off the way of whoever writes. What is in memory is newer than what is on disk.
 * @internal
 */
export class Leases {
  readonly #disk: Tier;
  readonly #memory: Tier;
  #timer: NodeJS.Timeout | undefined;
  #moving: Promise<void> | undefined;
  #paused = false;

  constructor(disk: Tier, memory: Tier) {
    this.#disk = disk;
    this.#memory = memory;
  }

  /** To be called when one was written to the tier in memory. */
  written(): void {
    if (this.#timer !== undefined || this.#moving !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // Where it fails, the leases are still in memory: the next second tries again.
      void this.move().catch(() => {
        this.written();
      });
    }, intervalMs);
    this.#timer.unref();
  }

  get(id: string): string | undefined {
    const key = keyOf("lease", id);
    const newest = this.#memory.get(key);
    if (newest !== undefined) return newest === gone ? undefined : newest;
    this.#disk.refresh(); // it may have been moved since this turn began
    return this.#disk.get(key);
  }

  items(): readonly Item[] {
    const newest = this.#memory.items("lease");
    this.#disk.refresh();
    const texts = new Map(this.#disk.items("lease").map(({ id, text }) => [id, text]));
    for (const { id, text } of newest) {
      if (text === gone) texts.delete(id);
      else texts.set(id, text);
    }
    return Array.from(texts, ([id, text]) => ({ id, text }));
  }

  /** Moves all that is there now. */
  async move(): Promise<void> {
    this.#moving ??= this.#moveAll().finally(() => {
      this.#moving = undefined;
    });
    await this.#moving;
  }

  /** Until `work` is over, nothing is moved. */
  async during(work: () => Promise<void>): Promise<void> {
    this.#paused = true;
    try {
      await work();
    } finally {
      this.#paused = false;
      this.written();
    }
  }

  /** Moves all that is there, and stops the clock. */
  async close(): Promise<void> {
    await this.#moving?.catch(() => undefined); // what failed is done again below
    try {
      await this.move();
    } finally {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
  }

  async #moveAll(): Promise<void> {
    while ((await this.#moveSome()) === atOnce) continue;
  }

  // Another process may move the same ones: what it committed first it has read first, as it had the
  // disk's lock, and only what is unchanged since is taken out of memory.
  async #moveSome(): Promise<number> {
    const waiting = this.#memory.items("lease", atOnce);
    if (waiting.length === 0) return 0;
    const moved = await this.#disk.commitLater(() => this.#copySome(), roomFor(waiting));
    this.#disk.refresh();
    this.#memory.commit(() => {
      for (const { id, text } of moved) {
        const key = keyOf("lease", id);
        if (this.#memory.get(key) === text) this.#memory.edit({ key, text: undefined });
      }
    }, roomFor([]));
    return moved.length;
  }

  #copySome(): readonly Item[] {
    if (this.#paused) return [];
    this.#memory.refresh();
    const items = this.#memory.items("lease", atOnce);
    for (const { id, text } of items) {
      this.#disk.edit({ key: keyOf("lease", id), text: text === gone ? undefined : text });
    }
    return items;
  }
}

/** The text of a lease that is deleted, until the disk knows. */
export const gone = "";

const intervalMs = 1000;
/** How many in one transaction: its time is the event loop's. */
const atOnce = 1000;
