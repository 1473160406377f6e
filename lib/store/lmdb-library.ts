/**
 * What is used of the lmdb package. Its own types are not: they would be part of ours.
 * @internal
 */
export interface Database {
  get(key: string): string | undefined;
  getRange(range: Range): Iterable<{ readonly key: string; readonly value: string }>;
  /** Within a transaction only. */
  put(key: string, value: string): unknown;
  /** Within a transaction only. */
  remove(key: string): unknown;
  /** Runs and commits before it returns; what `work` throws ends it, and nothing is kept. */
  transactionSync<T>(work: () => T): T;
  /** Runs `work` in a later turn, commits off this thread; what `work` throws undoes it alone. */
  childTransaction<T>(work: () => T): Promise<T>;
  /** Reads see what other threads and processes have committed by now. */
  resetReadTxn(): void;
  close(): Promise<void>;
}

export interface Range {
  readonly start: string;
  /** Not included. */
  readonly end: string;
  readonly limit?: number;
}

/** Bytes that a file may grow to: address space, which costs nothing until it is used. */
export const largestFile = 2 ** 30;

/** Bytes of a key. Source: lmdb's limit of 1,978, less what our own beginnings take. */
export const longestId = 1024;

// Imported when a store is opened: it costs 20 ms, and most programs that import us open none.
export async function openDatabase(path: string, synced: boolean): Promise<Database> {
  const { open } = (await import("lmdb")) as unknown as {
    open: (options: Readonly<Record<string, unknown>>) => Database;
  };
  return open({
    path,
    noSubdir: true,
    maxDbs: 1,
    mapSize: largestFile,
    encoding: "string",
    keyEncoder: { writeKey, readKey },
    cache: false,
    // Its default resolves before the disk has it.
    overlappingSync: false,
    // With it, a commit that fails rejects a promise that nobody has, which ends the process.
    eventTurnBatching: false,
    // Never a writable map: on a full disk it would be a SIGBUS where write(2) is an error.
    ...(synced ? {} : { noSync: true, noMetaSync: true }),
  });
}

function writeKey(key: string, target: Buffer, start: number): number {
  return start + target.write(key, start);
}

function readKey(target: Buffer, start: number, end: number): string {
  return target.toString("utf8", start, end);
}
