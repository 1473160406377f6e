import { check, type Infer, type Type } from "../util/check.js";
import { options } from "../util/options.js";
import { choice, decimal, integer, list, nullable, record, string } from "../util/schemas.js";
import type { MetricsSnapshot } from "./metrics.js";

/** The `Content-Type` of what {@link formatMetrics} returns. */
export const metricsContentType = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Snapshots of {@link Controller.metrics} as Prometheus' text, exposition format 0.0.4. Of a list,
 * each sample has the label `controller`, the controller's id, so that several are one text.
 *
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE`, and {CnmError} `ERR_CNM_INVALID_OPTION`, for what is no
 *   snapshot; one that came as JSON from elsewhere may be given.
 */
export function formatMetrics(snapshots: MetricsSnapshot | readonly MetricsSnapshot[]): string {
  const given = check(oneOrMany, snapshots, "format metrics", "snapshots");
  const sources = Array.isArray(given)
    ? given.map((of) => ({ of, labels: { controller: of.controller.id } }))
    : [{ of: given, labels: {} }];
  return families
    .map(({ name, type, help, samples }) => {
      const lines = sources.flatMap(({ of, labels }) =>
        samples(of).map(([value, own = {}, suffix = ""]) =>
          line(name + suffix, { ...labels, ...own }, value),
        ),
      );
      return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].join("\n");
    })
    .join("\n")
    .concat("\n");
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [value: number, labels?: Labels, suffix?: string];

interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: (of: Checked) => readonly Sample[];
}

const families: readonly Family[] = [
  {
    name: "vethwork_networks",
    type: "gauge",
    help: "Networks that there are.",
    samples: ({ networks }) => [[networks]],
  },
  {
    name: "vethwork_endpoints",
    type: "gauge",
    help: "Endpoints that there are, joined or not.",
    samples: ({ endpoints }) => [[endpoints]],
  },
  {
    name: "vethwork_endpoints_joined",
    type: "gauge",
    help: "Endpoints that are in a sandbox.",
    samples: ({ joinedEndpoints }) => [[joinedEndpoints]],
  },
  {
    name: "vethwork_sandboxes",
    type: "gauge",
    help: "Sandboxes that there are.",
    samples: ({ sandboxes }) => [[sandboxes]],
  },
  {
    name: "vethwork_operations_running",
    type: "gauge",
    help: "Operations that have begun and not ended.",
    samples: ({ operations }) =>
      Object.entries(operations).map(([operation, { running }]) => [running, { operation }]),
  },
  {
    name: "vethwork_operation_duration_seconds",
    type: "histogram",
    help: "How long operations took that have ended, well or not.",
    samples: (of) =>
      Object.entries(of.operations).flatMap(([operation, counts]) =>
        histogram(of.latencyBucketsUs, counts, { operation }),
      ),
  },
  {
    name: "vethwork_operation_failures_total",
    type: "counter",
    help: "Operations that rejected, by the error's code.",
    samples: ({ operations }) =>
      Object.entries(operations).flatMap(([operation, { failures }]) =>
        Object.entries(failures).map(([code, count]) => [count, { operation, code }] as const),
      ),
  },
  {
    name: "vethwork_store_writes_total",
    type: "counter",
    help: "Transactions asked of the store.",
    samples: ({ store }) => [[store.writes]],
  },
  {
    name: "vethwork_store_changes_total",
    type: "counter",
    help: "Values that those were to keep or to forget.",
    samples: ({ store }) => [[store.changes]],
  },
  {
    name: "vethwork_store_write_failures_total",
    type: "counter",
    help: "Transactions that the store refused.",
    samples: ({ store }) => [[store.failures]],
  },
  {
    name: "vethwork_pool_addresses_used",
    type: "gauge",
    help: "Addresses of a subnet that are out, the gateway among them.",
    samples: ({ pools }) => ofPools(pools, "used"),
  },
  {
    name: "vethwork_pool_addresses_free",
    type: "gauge",
    help: "Addresses of a subnet that endpoints can still get without asking for them.",
    samples: ({ pools }) => ofPools(pools, "free"),
  },
  ...(
    [
      ["found", "vethwork_drift_found_total", "What kernel and state did not agree in, each time."],
      ["repaired", "vethwork_drift_repaired_total", "Drift that was mended."],
      ["failed", "vethwork_drift_repair_failures_total", "Drift that could not be mended."],
    ] as const
  ).map(([key, name, help]): Family => ({
    ...{ name, type: "counter", help },
    samples: ({ drift }) =>
      drift.map(({ object, problem, ...counts }) => [counts[key], { object, problem }]),
  })),
];

function ofPools(pools: Checked["pools"], key: "free" | "used"): readonly Sample[] {
  return pools.flatMap(({ network, subnet, ...counts }) => {
    const count = counts[key];
    return count === null ? [] : [[count, { network, subnet }] as const];
  });
}

/** Buckets are summed up here: each holds all that took no longer. */
function histogram(
  boundsUs: readonly number[],
  { count, latency }: Checked["operations"][string],
  labels: Labels,
): readonly Sample[] {
  let below = 0;
  const buckets = boundsUs.map((bound, at): Sample => {
    below += latency.buckets[at] ?? 0;
    return [below, { ...labels, le: String(bound / 1e6) }, "_bucket"];
  });
  buckets.push([count, { ...labels, le: "+Inf" }, "_bucket"]);
  return [...buckets, [latency.sumUs / 1e6, labels, "_sum"], [count, labels, "_count"]];
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${String(value)}`;
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" };

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (char) => escapes[char] ?? char);
}

// A snapshot may come from elsewhere, as JSON: what is no snapshot is refused as options are.

const counter = integer(0, Number.MAX_SAFE_INTEGER);
const addresses = nullable(decimal(0, 2 ** 128));

const latency = options({ sumUs: counter, buckets: list(counter) });

const snapshot = options({
  version: integer(1, 1),
  controller: options({ id: string(), instance: string() }),
  networks: counter,
  endpoints: counter,
  joinedEndpoints: counter,
  sandboxes: counter,
  latencyBucketsUs: list(counter),
  operations: record(
    options({ count: counter, running: counter, failures: record(counter), latency }),
  ),
  store: options({ writes: counter, changes: counter, failures: counter }),
  pools: list(options({ network: string(), subnet: string(), used: addresses, free: addresses })),
  drift: list(
    options({
      object: string(),
      problem: string(),
      found: counter,
      repaired: counter,
      failed: counter,
    }),
  ),
});

type Checked = Infer<typeof snapshot>;

const snapshots = list(snapshot);
const oneOrMany: Type<Checked | Checked[]> = choice("object or Array", (value) =>
  Array.isArray(value) ? snapshots : snapshot,
);
