import { CnmError } from "../../errors.js";
import { check, type Type } from "../../util/check.js";
import { optional, options } from "../../util/options.js";
import { boolean, integer, signal } from "../../util/schemas.js";
import { traces } from "./traces.js";
import { eventKinds, kindOf, type AnyEventKind, type Monitorable } from "./kinds.js";

/** How a monitor listens; which kinds of event it gives, `links: true` ..., stands beside it. */
export interface ListenOptions {
  /** Begins with what is there already, as `"new"`. Default: false, only what happens. */
  readonly existing?: boolean;
  /** Events of all namespaces that have an id in this one, too: see `nsid`. Default: false. */
  readonly allNamespaces?: boolean;
  /**
   * Bytes that the kernel may keep for us, its own overhead included. Without CAP_NET_ADMIN on the
   * machine, at most net.core.rmem_max. Default: 4 MiB.
   */
  readonly queueBytes?: number;
  /** Ends the monitor: `next()` rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** What `ns.monitor` takes: at least one kind of event. */
export type MonitorOptions = ListenOptions & { readonly [K in Monitorable]?: boolean };

/** The kinds that these options ask for. */
export type AskedFor<O> = {
  [K in Monitorable]: K extends keyof O ? (O[K] extends false | undefined ? never : K) : never;
}[Monitorable];

const names = Object.keys(eventKinds) as readonly Monitorable[];

const listening = {
  queueBytes: optional(integer(2048, 0x3fff_ffff)),
  signal: optional(signal()),
};

const schema: Type<MonitorOptions> = options({
  ...Object.fromEntries(names.map((name) => [name, optional(boolean())])),
  existing: optional(boolean()),
  allNamespaces: optional(boolean()),
  ...listening,
});

/** How `ns.trace` listens. */
export interface TraceOptions {
  readonly queueBytes?: number;
  readonly signal?: AbortSignal;
}

const traceSchema: Type<TraceOptions> = options(listening);

/** @internal */
export function checkTrace(value: TraceOptions): CheckedOptions {
  return { ...check(traceSchema, value, "trace"), kinds: [traces] };
}

/** @internal */
export interface CheckedOptions extends ListenOptions {
  readonly kinds: readonly AnyEventKind[];
}

/** @internal */
export function checkMonitor(value: MonitorOptions): CheckedOptions {
  const checked = check(schema, value, "monitor");
  const asked = names.filter((name) => checked[name] === true);
  if (asked.length > 0) return { ...checked, kinds: asked.map(kindOf) };
  throw new CnmError(
    "ERR_CNM_INVALID_OPTION",
    `monitor: nothing to listen to; set at least one of ${names.join(", ")} to true`,
  );
}
