/** What a store keeps. */
export type Kind = "network" | "endpoint" | "sandbox";

/** A plain JSON value. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * What survives a restart of the process. Values are copied in and out: changing one afterwards
 * changes nothing here. Everything rejects with `ERR_CNM_CLOSED` after `close()`.
 */
export interface Store {
  /** Whether what was put is still there after a reboot. */
  readonly durable: boolean;

  /** Keeps the value, in place of the one with this id if there is one. */
  put(kind: Kind, id: string, value: Json): Promise<void>;

  /** Forgets the value; one that is not there is success. */
  delete(kind: Kind, id: string): Promise<void>;

  get(kind: Kind, id: string): Promise<Json | undefined>;

  /** All values of the kind, in no particular order. */
  list(kind: Kind): Promise<readonly Json[]>;

  /** May be called again. */
  close(): Promise<void>;
}

/** One line of the registry. */
export interface StoreFactory {
  readonly name: string;
  open(): Promise<Store>;
}
