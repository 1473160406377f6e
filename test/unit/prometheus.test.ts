import { formatMetrics, type MetricsSnapshot } from "#lib/index.js";
import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { needs } from "../support/needs.js";
import { parsePrometheus } from "../support/prometheus.js";

const latency = { sumUs: 3_500, buckets: [1, 0, 2, 4] };

const snapshot: MetricsSnapshot = {
  version: 1,
  controller: { id: "c".repeat(32), instance: "vethwork" },
  networks: 2,
  endpoints: 3,
  joinedEndpoints: 1,
  sandboxes: 4,
  latencyBucketsUs: [100, 1000, 10_000_000],
  operations: {
    join: { count: 7, running: 1, failures: { ERR_CNM_KERNEL: 2, aborted: 1 }, latency },
  } as unknown as MetricsSnapshot["operations"],
  store: { writes: 5, changes: 9, failures: 1 },
  pools: [
    { network: 'a "b"\\\nc', subnet: "10.1.0.0/24", used: 3, free: 251 },
    { network: "six", subnet: "fd00::/64", used: 1, free: 2 ** 64 },
    { network: "theirs", subnet: "10.2.0.0/24", used: null, free: null },
  ],
  drift: [{ object: "link", problem: "orphan", found: 3, repaired: 2, failed: 1 }],
};

function samplesOf(text: string, name: string) {
  return (parsePrometheus(text).get(name)?.samples ?? []).map(({ labels, value }) => ({
    ...labels,
    value,
  }));
}

describe("formatMetrics", function () {
  it("gives each number under its name, with its unit", function () {
    const text = formatMetrics(snapshot);

    const seen = Array.from(parsePrometheus(text).values(), ({ name, type, samples }) => [
      `${name} ${type}`,
      samples.length,
    ]);
    expect(seen).to.deep.equal([
      ["vethwork_networks gauge", 1],
      ["vethwork_endpoints gauge", 1],
      ["vethwork_endpoints_joined gauge", 1],
      ["vethwork_sandboxes gauge", 1],
      ["vethwork_operations_running gauge", 1],
      ["vethwork_operation_duration_seconds histogram", 6],
      ["vethwork_operation_failures_total counter", 2],
      ["vethwork_store_writes_total counter", 1],
      ["vethwork_store_changes_total counter", 1],
      ["vethwork_store_write_failures_total counter", 1],
      ["vethwork_pool_addresses_used gauge", 2],
      ["vethwork_pool_addresses_free gauge", 2],
      ["vethwork_drift_found_total counter", 1],
      ["vethwork_drift_repaired_total counter", 1],
      ["vethwork_drift_repair_failures_total counter", 1],
    ]);
    expect(samplesOf(text, "vethwork_endpoints_joined")).to.deep.equal([{ value: 1 }]);
    expect(samplesOf(text, "vethwork_store_changes_total")).to.deep.equal([{ value: 9 }]);
    expect(samplesOf(text, "vethwork_operation_failures_total")).to.deep.equal([
      { operation: "join", code: "ERR_CNM_KERNEL", value: 2 },
      { operation: "join", code: "aborted", value: 1 },
    ]);
    const drift = { object: "link", problem: "orphan" };
    expect(samplesOf(text, "vethwork_drift_found_total")).to.deep.equal([{ ...drift, value: 3 }]);
  });

  it("sums buckets up, in seconds", function () {
    const samples = samplesOf(formatMetrics(snapshot), "vethwork_operation_duration_seconds");

    expect(samples).to.deep.equal([
      { operation: "join", le: "0.0001", value: 1 },
      { operation: "join", le: "0.001", value: 1 },
      { operation: "join", le: "10", value: 3 },
      { operation: "join", le: "+Inf", value: 7 },
      { operation: "join", value: 0.0035 },
      { operation: "join", value: 7 },
    ]);
  });

  it("escapes labels, gives large numbers, and leaves out what is not known", function () {
    const free = samplesOf(formatMetrics(snapshot), "vethwork_pool_addresses_free");

    expect(free).to.deep.equal([
      { network: 'a "b"\\\nc', subnet: "10.1.0.0/24", value: 251 },
      { network: "six", subnet: "fd00::/64", value: 2 ** 64 },
    ]);
  });

  it("makes one text of several controllers", function () {
    const other = { ...snapshot, controller: { id: "d".repeat(32), instance: "b" }, networks: 9 };

    const text = formatMetrics([snapshot, other]);

    expect(samplesOf(text, "vethwork_networks")).to.deep.equal([
      { controller: "c".repeat(32), value: 2 },
      { controller: "d".repeat(32), value: 9 },
    ]);
    expect(formatMetrics([])).to.match(/^# HELP vethwork_networks /);
    expect(samplesOf(formatMetrics([]), "vethwork_networks")).to.deep.equal([]);
  });

  it("takes a snapshot that was JSON", function () {
    const again = JSON.parse(JSON.stringify(snapshot)) as MetricsSnapshot;

    expect(formatMetrics(again)).to.equal(formatMetrics(snapshot));
  });

  it("is what promtool(1) takes, without a word", function () {
    needs(this, "program:promtool");

    for (const input of [formatMetrics(snapshot), formatMetrics([snapshot])]) {
      const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
        input,
        encoding: "utf8",
      });
      expect({ status, said: stdout + stderr }).to.deep.equal({ status: 0, said: "" });
    }
  });

  const bad: readonly (readonly [what: string, value: unknown, code: string, field: string])[] = [
    ["nothing", undefined, "ERR_INVALID_ARG_TYPE", "snapshots"],
    ["text", "# HELP", "ERR_INVALID_ARG_TYPE", "snapshots"],
    ["another version", { ...snapshot, version: 2 }, "ERR_CNM_INVALID_OPTION", "snapshots.version"],
    ["no counts", { ...snapshot, networks: "2" }, "ERR_INVALID_ARG_TYPE", "snapshots.networks"],
    [
      "less than none",
      [{ ...snapshot, endpoints: -1 }],
      "ERR_CNM_INVALID_OPTION",
      "snapshots.0.endpoints",
    ],
    [
      "a pool of no network",
      { ...snapshot, pools: [{}] },
      "ERR_INVALID_ARG_TYPE",
      "snapshots.pools.0.network",
    ],
  ];
  for (const [what, value, code, field] of bad) {
    it(`refuses ${what}: ${code} names ${field}`, function () {
      expect(() => formatMetrics(value as never))
        .to.throw(Error)
        .that.deep.includes({ code, context: { field } });
    });
  }
});

describe("the parser of Prometheus' text that the tests have", function () {
  const head = "# HELP m Words.\n# TYPE m";
  const bad: Readonly<Record<string, string>> = {
    "no line feed at the end": `${head} gauge\nm 1`,
    "a sample before its TYPE": "m 1\n",
    "a TYPE without HELP": "# TYPE m gauge\nm 1\n",
    "a TYPE twice": `${head} gauge\n# TYPE m gauge\n`,
    "a type that is none": `${head} number\n`,
    "a comment": `${head} gauge\n# m 1\n`,
    "another's sample": `${head} gauge\nn 1\n`,
    "no value": `${head} gauge\nm\n`,
    "a value that is none": `${head} gauge\nm one\n`,
    "a sample twice": `${head} gauge\nm{a="1"} 1\nm{a="1"} 2\n`,
    "a name that is none": `${head} gauge\n1m 1\n`,
    "a label without quotes": `${head} gauge\nm{a=1} 1\n`,
    "a quote that is not escaped": `${head} gauge\nm{a="b"c"} 1\n`,
    "an escape that there is not": `${head} gauge\nm{a="\\t"} 1\n`,
    "buckets that fall": `${head} histogram\nm_bucket{le="1"} 2\nm_bucket{le="+Inf"} 1\nm_sum 1\nm_count 1\n`,
    "no bucket for all": `${head} histogram\nm_bucket{le="1"} 2\nm_sum 1\nm_count 2\n`,
    "another count": `${head} histogram\nm_bucket{le="+Inf"} 2\nm_sum 1\nm_count 3\n`,
    "no sum": `${head} histogram\nm_bucket{le="+Inf"} 2\nm_count 2\n`,
  };
  for (const [what, text] of Object.entries(bad)) {
    it(`refuses ${what}`, function () {
      expect(() => parsePrometheus(text)).to.throw(Error);
    });
  }
});
