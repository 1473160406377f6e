import type { Finding, Repair } from "./finding.js";

/** What became of findings of one sort, since the controller was opened. */
export interface DriftCount {
  readonly object: Finding["object"];
  readonly problem: Finding["problem"];
  /** By `check()` and `repair()`, and when the controller was opened: each time that it was found. */
  readonly found: number;
  readonly repaired: number;
  /** Of repairs that were tried in vain. */
  readonly failed: number;
}

/** @internal */
export class DriftCounts {
  readonly #counts = new Map<string, { -readonly [K in keyof DriftCount]: DriftCount[K] }>();

  found(finding: Finding): void {
    this.#of(finding).found += 1;
  }

  ended({ finding, error }: Repair): void {
    this.#of(finding)[error === undefined ? "repaired" : "failed"] += 1;
  }

  /** Of those of which there is any. */
  counts(): readonly DriftCount[] {
    return Array.from(this.#counts.values(), (one) => ({ ...one }));
  }

  #of({ object, problem }: Finding) {
    const key = `${object} ${problem}`;
    const known = this.#counts.get(key);
    if (known !== undefined) return known;
    const fresh = { object, problem, found: 0, repaired: 0, failed: 0 };
    this.#counts.set(key, fresh);
    return fresh;
  }
}
