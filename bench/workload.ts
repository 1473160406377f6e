// W1, W1b, W1c: endpoints one after another, all contenders in turns: slices of 20 operations, the
// order drawn anew for each slice, so that what else the machine does hits all of them.
import { setTimeout as sleep } from "node:timers/promises";
import { argumentsOf, Session, shuffled, type Contender } from "./session.js";

export interface Workload {
  readonly key: string;
  readonly title: string;
  readonly add: string;
  readonly remove: string;
  /** Not measured: before all that is added, after all that is removed. */
  readonly before?: string;
  readonly after?: string;
  /** Which of ours. Default: all that can. */
  readonly layers?: readonly string[];
}

export const workloads: readonly Workload[] = [
  {
    key: "attach",
    title: "W1: endpoint with a new namespace",
    add: "fattach",
    remove: "fdetach",
  },
  {
    key: "existing",
    title: "W1b: endpoint, the namespace exists",
    add: "attach",
    remove: "detach",
    before: "nsadd",
    after: "nsdel",
  },
  { key: "namespace", title: "W1c: the namespace alone", add: "nsadd", remove: "nsdel" },
  {
    key: "scale",
    title: "W1s: the same where the state holds 1,000 networks, or 10,000 leases",
    add: "fattach",
    remove: "fdetach",
    layers: ["durable", "networks", "leases"],
  },
  {
    key: "warm",
    title: "W1p: endpoint in a new sandbox, out of a warm pool",
    add: "fattach",
    remove: "fdetach",
    layers: ["warm"],
  },
];

/** Nanoseconds, one list a repetition. */
export interface Samples {
  readonly add: readonly (readonly number[])[];
  readonly remove: readonly (readonly number[])[];
}

export interface Size {
  /** Operations a repetition. */
  readonly n: number;
  readonly reps: number;
}

const slice = 20;
const pauseMs = 30;

/** @param tick Called after each operation that is measured. */
export async function measure(
  workload: Workload,
  contenders: readonly Contender[],
  { n, reps }: Size,
  tick: () => void,
): Promise<ReadonlyMap<string, Samples>> {
  const samples = new Map(
    contenders.map(({ name }) => [name, { add: [] as number[][], remove: [] as number[][] }]),
  );
  for (let rep = 0; rep < reps; rep++) {
    for (const [name, one] of await repetition(workload, contenders, n, tick)) {
      samples.get(name)?.add.push(one.add);
      samples.get(name)?.remove.push(one.remove);
    }
  }
  return samples;
}

interface Repetition {
  readonly add: number[];
  readonly remove: number[];
}

async function repetition(
  { add, remove, before, after }: Workload,
  contenders: readonly Contender[],
  n: number,
  tick: () => void,
): Promise<ReadonlyMap<string, Repetition>> {
  const sessions: Session[] = [];
  try {
    for (const contender of contenders) sessions.push(await Session.start(contender));
    const taken = new Map(
      sessions.map((session) => [session, { add: [] as number[], remove: [] as number[] }]),
    );
    const everywhere = async (verb: string | undefined, first: number, end: number) => {
      if (verb === undefined) return;
      for (const session of sessions) {
        for (let at = first; at < end; at++) await session.call(request(verb, at));
      }
    };
    await everywhere(before, 0, n + 1);
    await everywhere(add, n, n + 1); // whatever is made once
    await everywhere(remove, n, n + 1);
    for (const direction of ["add", "remove"] as const) {
      const verb = direction === "add" ? add : remove;
      for (let first = 0; first < n; first += slice) {
        for (const session of shuffled(sessions)) {
          await sleep(pauseMs);
          for (let at = first; at < Math.min(first + slice, n); at++) {
            taken.get(session)?.[direction].push(await session.call(request(verb, at)));
            tick();
          }
          if (direction === "remove") await session.fence();
        }
      }
    }
    await everywhere(after, 0, n + 1);
    return new Map([...taken].map(([{ contender }, one]) => [contender.name, one]));
  } finally {
    for (const session of sessions) await session[Symbol.asyncDispose]();
  }
}

/** The line that asks for the `at`-th endpoint. */
function request(verb: string, at: number): string {
  return `${verb} ${argumentsOf(at)}`;
}
