import { CnmError } from "../errors.js";
import { kinds, type StoreDump } from "./contract.js";

/** Of the values that stores keep; goes up when a value of an older version is read otherwise. */
export const schemaVersion = 1;

/** @throws {CnmError} `ERR_CNM_STORE` for what is no dump, or one of another schema. */
export function assertSchema(dump: StoreDump, known = schemaVersion): void {
  const { schema, entries } = dump as Partial<StoreDump>;
  if (schema !== known) {
    throw new CnmError(
      "ERR_CNM_STORE",
      `import: schema: the dump has version ${String(schema)}, and this library knows ${known}; export it anew with the library that made it, or update this one`,
      { field: "schema" },
    );
  }
  const missing = kinds.find((kind) => !Array.isArray(entries?.[kind]));
  if (missing === undefined) return;
  throw new CnmError("ERR_CNM_STORE", `import: entries.${missing}: must be a list`, {
    field: `entries.${missing}`,
  });
}
