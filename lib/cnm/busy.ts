/**
 * Ids of what an operation is at work on. Whoever compares store and kernel passes these over: they
 * agree again when the operation is done. @internal
 */
export class Busy {
  readonly #ids = new Map<string, number>();

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Until it is disposed of. */
  enter(...ids: readonly string[]): Disposable {
    for (const id of ids) this.#ids.set(id, (this.#ids.get(id) ?? 0) + 1);
    return {
      [Symbol.dispose]: () => {
        this.leave(...ids);
      },
    };
  }

  /** What disposing of it does. */
  leave(...ids: readonly string[]): void {
    for (const id of ids) {
      const left = (this.#ids.get(id) ?? 1) - 1;
      if (left === 0) this.#ids.delete(id);
      else this.#ids.set(id, left);
    }
  }
}
