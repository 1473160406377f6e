import { slowness } from "./slowness.js";

/**
 * Looks until `condition` holds; rejects, saying what was waited for, when it does not in time.
 * For what sends no event: threads and descriptors that go away by themselves.
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 3000 * slowness,
): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
