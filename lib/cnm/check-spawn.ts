import { CnmError, invalidArgType } from "../errors.js";

/**
 * Refuses what our helper would misread; `child_process` itself looks at all other options.
 * @internal
 */
export function checkSpawn(command: unknown, args: readonly unknown[], options: unknown): void {
  if (typeof command !== "string") throw invalidArgType("command", "string", command);
  for (const [at, word] of args.entries()) {
    if (typeof word !== "string") throw invalidArgType(`args.${at}`, "string", word);
  }
  if (typeof options !== "object" || options === null) {
    throw invalidArgType("options", "object", options);
  }
  const { uid, gid, argv0, shell, stdio } = options as Readonly<Record<string, unknown>>;
  checkId("options.uid", uid);
  checkId("options.gid", gid);
  checkType("options.argv0", argv0, "string");
  checkType("options.shell", shell, "boolean", "string");
  if (!Array.isArray(stdio)) checkType("options.stdio", stdio, "string", "Array");
  if (command !== "" && !command.includes("\0")) return;
  throw new CnmError("ERR_CNM_INVALID_OPTION", "spawn: command: must not be empty or hold NUL", {
    field: "command",
  });
}

function checkType(field: string, value: unknown, ...types: readonly string[]): void {
  if (value === undefined || value === null || types.includes(typeof value)) return;
  throw invalidArgType(field, types.join(" or "), value);
}

const mostId = 0xffff_fffe; // -1 means "as it is" to setresuid(2)

function checkId(field: string, value: unknown): void {
  checkType(field, value, "number");
  if (value === undefined || value === null) return;
  if (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= mostId) return;
  throw new CnmError(
    "ERR_CNM_INVALID_OPTION",
    `spawn: ${field}: must be a whole number from 0 to ${mostId}, not ${Number(value)}`,
    { field },
  );
}
