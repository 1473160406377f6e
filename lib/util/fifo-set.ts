/** A set whose members leave in the order in which they came. Every call takes constant time. */
export class FifoSet<T extends object | bigint | string> {
  readonly #members = new Set<T>();
  // Kept between calls: a new iterator would pass over the places of all that left before it.
  #front = this.#members.values();

  get size(): number {
    return this.#members.size;
  }

  has(member: T): boolean {
    return this.#members.has(member);
  }

  /** Puts it last; one that is a member already keeps its place. */
  add(member: T): void {
    this.#members.add(member);
  }

  delete(member: T): boolean {
    return this.#members.delete(member);
  }

  /** Takes the first one out. */
  shift(): T | undefined {
    let first = this.#front.next();
    if (first.done === true) {
      this.#front = this.#members.values(); // an iterator that came to the end stays there
      first = this.#front.next();
    }
    if (first.done === true) return undefined;
    this.#members.delete(first.value);
    return first.value;
  }
}
