// Percentiles of one repetition; smallest, median and largest over the repetitions.

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Microseconds. */
export interface Summary {
  readonly p50: Spread;
  readonly p99: Spread;
}

/** The nearest sample; `share` from 0 to 1. NaN of nothing. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [(sorted.length - 1) >> 1, sorted.length >> 1];
  return ((sorted[low] ?? Number.NaN) + (sorted[high] ?? Number.NaN)) / 2;
}

/** Of nanoseconds, one list a repetition. */
export function summarize(repetitions: readonly (readonly number[])[]): Summary {
  const spread = (share: number) => spreadOf(repetitions.map((one) => percentile(one, share)));
  return { p50: spread(0.5), p99: spread(0.99) };
}

/** Of nanoseconds, as microseconds. */
export function spreadOf(nanoseconds: readonly number[]): Spread {
  const values = nanoseconds.map((ns) => ns / 1000);
  return { min: Math.min(...values), median: median(values), max: Math.max(...values) };
}
