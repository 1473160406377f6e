// Results as a table for people.
import type { Bulk, BulkSamples } from "./bulk.js";
import { spreadOf, summarize, type Spread } from "./statistics.js";
import type { Samples, Workload } from "./workload.js";

/** Whose p50 the ratios are against. */
export const limitName = "limit-best";

export function table(workload: Workload, results: ReadonlyMap<string, Samples>): string {
  const limit = results.get(limitName);
  const header = ["", "add p50", "x limit", "add p99", "remove p50", "x limit", "remove p99"];
  const rows = [...results].map(([name, samples]) => [
    name,
    ...cells(samples.add, limit?.add),
    ...cells(samples.remove, limit?.remove),
  ]);
  return `${workload.title} (us: min / median / max over the repetitions)\n${grid([header, ...rows])}`;
}

export function bulkTable(
  { title, steps }: Bulk,
  results: ReadonlyMap<string, BulkSamples>,
): string {
  const limit = results.get(limitName);
  const header = ["", ...steps.flatMap(({ column }) => [column, "x limit"])];
  const rows = [...results].map(([name, samples]) => [
    name,
    ...steps.flatMap(({ column }) => {
      const { min, median, max } = spreadOf(samples.get(column) ?? []);
      const ratio = limit && median / spreadOf(limit.get(column) ?? []).median;
      const text = [min, median, max].map((us) => (us / 1000).toFixed(2)).join(" / ");
      return [text, ratio === undefined ? "-" : ratio.toFixed(2)];
    }),
  ]);
  return `${title} (ms: min / median / max)\n${grid([header, ...rows])}`;
}

function cells(
  samples: readonly (readonly number[])[],
  limit: readonly (readonly number[])[] | undefined,
): string[] {
  const { p50, p99 } = summarize(samples);
  const ratio = limit && p50.median / summarize(limit).p50.median;
  return [spreadText(p50), ratio === undefined ? "-" : ratio.toFixed(2), spreadText(p99)];
}

function spreadText({ min, median, max }: Spread): string {
  return [min, median, max].map((us) => us.toFixed(0)).join(" / ");
}

function grid(rows: readonly (readonly string[])[]): string {
  const widths =
    rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]) =>
    row.map((cell, at) =>
      at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
    );
  return rows.map((row) => `  ${line(row).join("  ").trimEnd()}`).join("\n");
}

/** `p99Ms 3.4, endpoints 1000` */
export function sentence(title: string, values: Readonly<Record<string, number>>): string {
  const rounded = (value: number) =>
    Number.isInteger(value) ? value : Number(value.toPrecision(3));
  const words = Object.entries(values).map(([key, value]) => `${key} ${rounded(value)}`);
  return `${title}\n  ${words.join(", ")}`;
}
