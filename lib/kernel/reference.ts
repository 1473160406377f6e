import type { Reference } from "../native.js";

/**
 * The index of a link that an earlier step of a job makes: usable in later steps of the same job,
 * wherever a link is named.
 */
export class LinkReference {
  readonly #reference: Reference;
  /** Which job it belongs to: in another one it would name something else. */
  readonly #job: object;

  /** @internal */
  constructor(job: object, step: number, message: number, field: "index" | "link") {
    this.#job = job;
    this.#reference = { of: [step, message], field };
  }

  /** @internal */
  belongsTo(job: object): boolean {
    return this.#job === job;
  }

  /** @internal What the addon reads. */
  toJSON(): Reference {
    return this.#reference;
  }
}
