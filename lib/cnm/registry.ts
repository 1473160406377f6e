import { CnmError, invalidArgType, quote } from "../errors.js";

interface Named {
  readonly id: string;
  readonly name: string;
  /** Of making. */
  readonly order: number;
}

/**
 * Objects of one kind by name and id. A name is taken from `reserve` on, before there is an object:
 * two births of one name never run side by side.
 */
export class Registry<T extends Named> {
  readonly #kind: string;
  #byId = new Map<string, T>();
  #last = 0; // the order of who came last
  #inOrder = true;
  readonly #byName = new Map<string, T | undefined>();

  constructor(kind: "network" | "endpoint" | "sandbox") {
    this.#kind = kind;
  }

  /** @throws {CnmError} `ERR_CNM_NAME_TAKEN`. */
  reserve(name: string, operation: string): void {
    if (!this.#byName.has(name)) {
      this.#byName.set(name, undefined);
      return;
    }
    const holder = this.#byName.get(name);
    const kind = this.#kind === "endpoint" ? "an endpoint" : `a ${this.#kind}`;
    throw new CnmError(
      "ERR_CNM_NAME_TAKEN",
      `${operation}: name: there is ${kind} named ${quote(name)} already${
        holder === undefined ? " (being made just now)" : ` (id ${holder.id})`
      }`,
      { field: "name", name, ...(holder !== undefined && { id: holder.id }) },
    );
  }

  release(name: string): void {
    this.#byName.delete(name);
  }

  add(object: T): void {
    this.#byName.set(object.name, object);
    this.#byId.set(object.id, object);
    if (object.order < this.#last) this.#inOrder = false;
    this.#last = object.order;
  }

  remove(object: T): void {
    this.#byName.delete(object.name);
    this.#byId.delete(object.id);
  }

  /** In the order of their making, in which the next process has them: who began first may come last. */
  values(): readonly T[] {
    if (!this.#inOrder) {
      const sorted = [...this.#byId.values()].sort((a, b) => a.order - b.order);
      this.#byId = new Map(sorted.map((one) => [one.id, one]));
      this.#last = sorted.at(-1)?.order ?? 0;
      this.#inOrder = true;
    }
    return [...this.#byId.values()];
  }

  get size(): number {
    return this.#byId.size;
  }

  /**
   * By name, by id, by a unique beginning of the id, in this order.
   *
   * @throws {CnmError} `ERR_CNM_NOT_FOUND`, `ERR_CNM_AMBIGUOUS`.
   */
  find(reference: string): T {
    if (typeof (reference as unknown) !== "string") {
      throw invalidArgType(this.#kind, "string", reference, `find ${this.#kind}`);
    }
    const exact = this.#byName.get(reference) ?? this.#byId.get(reference);
    if (exact !== undefined) return exact;
    const found =
      reference === "" ? [] : this.values().filter(({ id }) => id.startsWith(reference));
    const [only] = found;
    if (only !== undefined && found.length === 1) return only;
    if (only === undefined) {
      throw new CnmError(
        "ERR_CNM_NOT_FOUND",
        `no ${this.#kind} has the name, the id or the beginning of an id ${quote(reference)}`,
        { [this.#kind]: reference },
      );
    }
    throw new CnmError(
      "ERR_CNM_AMBIGUOUS",
      `the ids of ${found.length} ${this.#kind}s begin with ${quote(reference)}; write more of it`,
      { [this.#kind]: reference, ids: found.map(({ id }) => id) },
    );
  }
}
