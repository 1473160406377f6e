/** One thing in which kernel and store do not agree. */
export interface Finding {
  /**
   * What it is about. `"link"` and `"namespace"` (a pin) carry this controller's mark and belong to
   * nothing that it knows; `"files"` are those of a sandbox that is no more.
   */
  readonly object: "endpoint" | "files" | "link" | "namespace" | "network" | "sandbox";
  readonly id: string;
  /** The object's, a link's, or a path. */
  readonly name: string;
  /** `"overlap"`: the host has come to reach the network's subnet by another way. */
  readonly problem: "gone" | "orphan" | "overlap" | "wrong";
  /** A sentence for people. */
  readonly text: string;
}

/** A finding, and what became of it. */
export interface Repair {
  readonly finding: Finding;
  /** Why it could not be mended; the next repair tries again. */
  readonly error: Error | undefined;
}
