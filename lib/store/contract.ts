/**
 * What a store keeps: a list for each of these. `controller`, `lease` and `network` outlive a reboot; `endpoint` and `sandbox`
 * stand for what is in the kernel, and may die with the boot: those of another one are forgotten.
 */
export const kinds = ["controller", "endpoint", "lease", "network", "sandbox"] as const;

export type Kind = (typeof kinds)[number];

/** A plain JSON value. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** One value to keep, or, with `value` undefined, to forget. */
export interface Change {
  readonly kind: Kind;
  readonly id: string;
  readonly value: Json | undefined;
}

/** A value as it is kept. */
export interface Entry {
  readonly id: string;
  readonly value: Json;
}

/** All that a store holds, as plain JSON: what `export()` gives and `import()` takes. */
export interface StoreDump {
  readonly schema: number;
  readonly entries: Readonly<Record<Kind, readonly Entry[]>>;
}

/**
 * What survives the process: the library's own, or yours (`ControllerOptions.store`,
 * docs/extending.md). Values are copied in and out: changing one afterwards changes nothing
 * here. Everything rejects with `ERR_CNM_CLOSED` after `close()`, and with `ERR_CNM_STORE` where the
 * place that it keeps things in fails: a disk that is full, read-only or damaged.
 */
export interface Store {
  /**
   * Whether what was written is there for the next process that opens it: if so, closing the controller
   * leaves all that runs as it is.
   */
  readonly durable: boolean;

  /**
   * All of these or none, in this order. Once it resolves, a killed process loses none of it; what
   * outlives a reboot survives a power cut too, but for leases, which may be a second behind.
   * Changes of both sorts in one call are two units: first what outlives a reboot, then the rest.
   */
  write(changes: readonly Change[]): Promise<void>;

  /** Keeps the value, in place of the one with this id if there is one. */
  put(kind: Kind, id: string, value: Json): Promise<void>;

  /** Forgets the value; one that is not there is success. */
  delete(kind: Kind, id: string): Promise<void>;

  get(kind: Kind, id: string): Promise<Json | undefined>;

  /** All values of the kind, in no particular order. */
  list(kind: Kind): Promise<readonly Json[]>;

  /** Of one moment. */
  export(): Promise<StoreDump>;

  /**
   * Instead of all that is there.
   *
   * @throws {CnmError} `ERR_CNM_STORE` for a dump of a schema that it does not know.
   */
  import(dump: StoreDump): Promise<void>;

  /** What was written is kept, and synced. May be called again. */
  close(): Promise<void>;
}

/** Where a store keeps things. */
export interface StorePlace {
  /** What outlives a reboot. The folder is made where it is not there. */
  readonly stateDirectory: string;
  /** What dies with the boot: a folder on a file system in memory, as a rule. Made, too. */
  readonly runDirectory: string;
}

/** One line of the registry. */
export interface StoreFactory {
  readonly name: string;
  open(place: StorePlace): Promise<Store>;
}
