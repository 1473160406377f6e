import { isNamespace } from "../kernel/registry.js";
import { refusal, type Infer, type Type } from "../util/check.js";
import { optional, options } from "../util/options.js";
import {
  absolutePath,
  checked,
  cidr,
  custom,
  integer,
  list,
  name,
  signal,
} from "../util/schemas.js";
import { ownDrivers, ownIpams, ownStore } from "./extensions.js";
import { familySchema } from "./options.js";

/** @internal */
export type CheckedController = Infer<typeof entries>;

const entries = options({
  instance: optional(
    checked(name(), (text) =>
      /^[a-z][a-z0-9-]{0,15}$/.test(text) ? undefined : "must be up to 16 of a-z, 0-9 and '-'",
    ),
  ),
  runDirectory: optional(absolutePath()),
  stateDirectory: optional(absolutePath()),
  store: optional(ownStore),
  host: optional(custom(isNamespace, "Namespace")),
  drivers: optional(ownDrivers),
  ipams: optional(ownIpams),
  pools: optional(
    list(
      options({
        family: familySchema,
        base: cidr(),
        prefix: integer(1, 128),
      }),
    ),
  ),
  signal: optional(signal()),
});

/** @internal */
export const controllerOptions: Type<CheckedController> = {
  parse(value) {
    const good = entries.parse(value);
    if (good.store === undefined || good.stateDirectory === undefined) return good;
    throw refusal("is where the state is kept, and so is stateDirectory; give one of them").under(
      "store",
    );
  },
};
