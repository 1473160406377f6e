import type { Json, Kind } from "./contract.js";
import { schemaVersion } from "./schema.js";

/** How values of the version before are read from `to` on. */
export interface Migration {
  readonly to: number;
  /** The value as the new version has it; undefined forgets it. */
  change(kind: Kind, id: string, value: Json): Json | undefined;
}

/** A version of the values, and the way to it. */
export interface Schema {
  readonly version: number;
  /** In the order of their versions. */
  readonly migrations: readonly Migration[];
}

/** Of this library. A new version adds its migration to the end. */
export const currentSchema: Schema = { version: schemaVersion, migrations: [] };

/** The value after all migrations from `version` on. */
export function migrated(
  schema: Schema,
  version: number,
  kind: Kind,
  id: string,
  value: Json,
): Json | undefined {
  let changed: Json | undefined = value;
  for (const migration of schema.migrations) {
    if (migration.to <= version || changed === undefined) continue;
    changed = migration.change(kind, id, changed);
  }
  return changed;
}
