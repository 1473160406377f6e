import fc from "fast-check";

/** What hostile values throw when they are looked at. */
export const bait = new Error("thrown by a hostile value");

function throwBait(): never {
  throw bait;
}

/** A value that is made when it is used: fast-check would look at it, and some throw then. */
export type Recipe = () => unknown;

const curiosities: readonly Recipe[] = [
  () =>
    new Proxy(
      {},
      { get: throwBait, has: throwBait, ownKeys: throwBait, getPrototypeOf: throwBait },
    ),
  () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  () => {
    const circular: Record<string, unknown> = {};
    circular["signal"] = circular["subnets"] = circular;
    return circular;
  },
  () => new Map([["name", "x"]]),
  () => Object.create(null) as unknown,
  () => Object.create({ name: "inherited" }) as unknown,
  () => Symbol("name"),
  () => throwBait,
  () => ({ toString: throwBait, valueOf: throwBait, toJSON: throwBait }),
  () => JSON.parse('{"__proto__": {"name": "x"}}') as unknown,
  () => "x".repeat(100_000),
  () => "\0",
  () => "\u{d800}",
  () => "../../etc",
  () => 2n ** 70n,
  () => 2 ** 53,
  () => Number.MAX_VALUE,
  () => Number.NaN,
  () => -0,
  () => Array.from({ length: 10_000 }),
  () => new Array<unknown>(2 ** 31),
  () => Promise.resolve("x"),
];

/** Any value at all. Text is no path into the machine's own folders. */
const junk: fc.Arbitrary<Recipe> = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true }).map((value) => () => harmless(value)),
  fc.constantFrom(...curiosities),
);

function harmless(value: unknown): unknown {
  return typeof value === "string" && value.startsWith("/") ? `/run/x${value}` : value;
}

/** Mostly `likely`; else one of its properties is junk, or throws, or is new; else it is all junk. */
export function mangled(likely: fc.Arbitrary<unknown>): fc.Arbitrary<Recipe> {
  const spoiled = fc.tuple(likely, fc.nat(), junk, fc.constantFrom("set", "throw", "add"));
  return fc.oneof(
    { weight: 4, arbitrary: likely.map((value) => () => value) },
    {
      weight: 4,
      arbitrary: spoiled.map(
        ([value, at, bad, how]) =>
          () =>
            spoil(value, at, bad(), how),
      ),
    },
    { weight: 2, arbitrary: junk },
  );
}

function spoil(value: unknown, at: number, bad: unknown, how: string): unknown {
  if (typeof value !== "object" || value === null || isForeign(value)) return bad;
  const keys = Object.keys(value);
  const key = how === "add" ? "nonsense" : keys[at % Math.max(keys.length, 1)];
  if (key === undefined) return bad;
  const copy: unknown = Array.isArray(value) ? [...(value as unknown[])] : { ...value };
  const descriptor = how === "throw" ? { get: throwBait } : { value: bad, writable: true };
  return Object.defineProperty(copy, key, { ...descriptor, enumerable: true, configurable: true });
}

/** Instances of classes are taken or left, not copied. */
function isForeign(value: object): boolean {
  return !Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype;
}

/** Whether an error is one that users can rely on: typed, with a code; or what they threw themselves. */
export function isTyped(error: unknown): boolean {
  if (error === bait || (error instanceof Error && error.name === "AbortError")) return true;
  // The language's own word on such a proxy; whoever passes one has asked for it.
  if (error instanceof TypeError && /revoked/.test(error.message)) return true;
  if (error instanceof AggregateError) return error.errors.every(isTyped);
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^(?:ERR_[A-Z_]+|E[A-Z0-9]+)$/.test(code);
}
