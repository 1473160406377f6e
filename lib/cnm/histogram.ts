/**
 * Upper bounds of the buckets, in microseconds, each included. A create or join takes 300 µs to 1 ms,
 * a removal up to 40 ms, waiting for others or for a disk what it takes. @internal
 */
export const bucketsUs = [
  100, 250, 500, 750, 1000, 1500, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000,
  10_000_000,
] as const;

/** How many took how long. */
export interface HistogramCounts {
  /** Of all together, in microseconds. */
  readonly sumUs: number;
  /** One a bucket of `MetricsSnapshot.latencyBucketsUs`, not summed up; and one for all above. */
  readonly buckets: readonly number[];
}

/** Counts durations by fixed buckets. @internal */
export class Histogram {
  readonly #buckets = new Array<number>(bucketsUs.length + 1).fill(0);
  #sumUs = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(us: number): void {
    let at = 0;
    while (us > (bucketsUs[at] ?? Infinity)) at += 1;
    this.#buckets[at] = (this.#buckets[at] ?? 0) + 1;
    this.#sumUs += us;
    this.#count += 1;
  }

  counts(): HistogramCounts {
    return { sumUs: Math.round(this.#sumUs), buckets: [...this.#buckets] };
  }
}
