// Reads Prometheus' text format 0.0.4 strictly, from its specification alone:
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*/;

/** @throws {Error} with the line, for whatever the format forbids; and where HELP or TYPE is missing. */
export function parsePrometheus(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith("\n")) throw new Error("the last line does not end in a line feed");
  const families = new Map<string, Family & { samples: Sample[] }>();
  const helps = new Map<string, string>();
  let open: (Family & { samples: Sample[] }) | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const fail = (what: string): never => {
      throw new Error(`${what}: ${line}`);
    };
    if (line.startsWith("# HELP ")) {
      const [, name = "", help = ""] = /^# HELP (\S+) (.*)$/.exec(line) ?? fail("no HELP");
      if (helps.has(name)) fail("a second HELP");
      if (/\\(?![\\n])/.test(help)) fail("an escape that there is not");
      helps.set(
        name,
        help.replace(/\\(.)/g, (_, char) => (char === "n" ? "\n" : "\\")),
      );
    } else if (line.startsWith("# TYPE ")) {
      const [, name = "", type = ""] =
        /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$/.exec(
          line,
        ) ?? fail("no TYPE");
      if (families.has(name)) fail("a second TYPE");
      open = {
        name,
        type,
        help: helps.get(name) ?? fail("a TYPE without HELP before"),
        samples: [],
      };
      families.set(name, open);
    } else if (line.startsWith("#")) {
      fail("neither HELP nor TYPE");
    } else {
      const sample = parseSample(line, fail);
      if (open === undefined || !belongs(sample, open)) return fail("outside of its group");
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      const isTwice = open.samples.some(
        ({ name, labels }) => JSON.stringify([name, Object.entries(labels).sort()]) === key,
      );
      if (isTwice) fail("the second of this name and these labels");
      open.samples.push(sample);
    }
  }
  for (const family of families.values()) if (family.type === "histogram") checkHistogram(family);
  return families;
}

function belongs({ name }: Sample, family: Family): boolean {
  if (family.type !== "histogram") return name === family.name;
  return ["_bucket", "_sum", "_count"].some((suffix) => name === family.name + suffix);
}

function parseSample(line: string, fail: (what: string) => never): Sample {
  const name = metricName.exec(line)?.[0] ?? fail("no name");
  let rest = line.slice(name.length);
  const labels: Record<string, string> = {};
  if (rest.startsWith("{")) {
    rest = rest.slice(1);
    while (!rest.startsWith("}")) {
      const label = labelName.exec(rest)?.[0] ?? fail("no label");
      const quoted = /^="((?:[^"\\\n]|\\[\\"n])*)"/.exec(rest.slice(label.length));
      if (quoted === null) return fail("no value of a label");
      if (label in labels) fail("a label twice");
      const [all, raw = ""] = quoted;
      labels[label] = raw.replace(/\\(.)/g, (_, char: string) => (char === "n" ? "\n" : char));
      rest = rest.slice(label.length + all.length);
      if (rest.startsWith(",")) rest = rest.slice(1);
      else if (!rest.startsWith("}")) fail("no comma between labels");
    }
    rest = rest.slice(1);
  }
  const [, value = ""] =
    /^[ \t]+([+-]?(?:\d+(?:\.\d*)?(?:e[+-]?\d+)?|Inf)|NaN)(?:[ \t]+-?\d+)?$/i.exec(rest) ??
    fail("no value");
  return { name, labels, value: Number(value.replace("Inf", "Infinity")) };
}

/** Of each set of labels: rising bounds, no bucket less than the one before, the last as the count. */
function checkHistogram({ name, samples }: Family): void {
  const series = new Map<string, Sample[]>();
  for (const sample of samples) {
    const own = Object.entries(sample.labels).filter(([label]) => label !== "le");
    const key = JSON.stringify(own.sort());
    series.set(key, [...(series.get(key) ?? []), sample]);
  }
  for (const [key, all] of series) {
    const buckets = all.filter((one) => one.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => Number(labels["le"]?.replace("Inf", "Infinity")));
    const counts = buckets.map(({ value }) => value);
    const count = all.find((one) => one.name === `${name}_count`)?.value;
    const sums = all.filter((one) => one.name === `${name}_sum`);
    const isRising = (list: readonly number[], least: number) =>
      list.every((one, at) => at === 0 || one - (list[at - 1] ?? 0) >= least);
    const fault =
      (bounds.at(-1) !== Infinity && "the last bucket is not +Inf") ||
      (!isRising(bounds, Number.MIN_VALUE) && "bounds that do not rise") ||
      (!isRising(counts, 0) && "buckets that are not summed up") ||
      (count !== counts.at(-1) && "a count that is not that of +Inf") ||
      (sums.length !== 1 && "no sum");
    if (fault) throw new Error(`${name} ${key}: ${fault}`);
  }
}
