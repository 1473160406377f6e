import { isNamespace } from "../kernel/registry.js";
import { isPlainObject, type Infer } from "../util/check.js";
import type { Driver } from "../drivers/contract.js";
import { optional, options } from "../util/options.js";
import {
  absolutePath,
  address,
  anything,
  boolean,
  checked,
  choice,
  cidr,
  custom,
  ifname,
  integer,
  labels,
  list,
  mac,
  name,
  nullable,
  oneOf,
  signal,
  string,
} from "../util/schemas.js";
import { settingsEntries } from "./endpoint-settings.js";

// One type a public function, made once; what users see of them is written by hand beside the
// functions, with its documentation.

/** @internal */
export const nameSchema = name();

/** @internal */
export const familySchema = oneOf("inet", "inet6");

const abort = { signal: optional(signal()) };

const subnetText = cidr();
const subnetOptions = options({
  subnet: cidr(),
  gateway: optional(nullable(address())),
  range: optional(cidr()),
});
const subnet = choice("string or object", (value) => {
  if (typeof value === "string") return subnetText;
  return isPlainObject(value) ? subnetOptions : undefined;
});

/** @internal */
export const networkEntries = {
  driver: optional(string()),
  configOnly: optional(boolean()),
  configFrom: optional(string()),
  subnets: optional(list(subnet)),
  ipv4: optional(boolean()),
  ipv6: optional(boolean()),
  internal: optional(boolean()),
  labels: optional(labels()),
  mtu: optional(integer(68, 65535)),
  ipam: optional(string()),
  ...abort,
};

/** @internal */
export const sandboxOptions = options({
  path: optional(absolutePath()),
  hostname: optional(name()),
  ...abort,
});

/** @internal */
export const adoptOptions = options({ hostname: optional(name()), ...abort });

/** @internal */
export const updateOptions = options({ labels: optional(labels()) });

const endpointEntries = {
  addresses: optional(list(address())),
  mac: optional(mac()),
  hostIfname: optional(ifname()),
  ...settingsEntries,
  ...abort,
};

function endpointSchemasFor({ endpointOptionNames = [] }: Pick<Driver, "endpointOptionNames">) {
  const own = Object.fromEntries(endpointOptionNames.map((key) => [key, optional(anything())]));
  const endpoint = { ...own, ...endpointEntries };
  return {
    endpoint: options(endpoint),
    attach: options({ ...endpoint, name: optional(name()), ifname: optional(ifname()) }),
  };
}

const endpointSchemas = new WeakMap<Driver, ReturnType<typeof endpointSchemasFor>>();

/** What `createEndpoint` and `attach` take: what all drivers' do, and this one's own. @internal */
export function endpointSchemasOf(driver: Driver): ReturnType<typeof endpointSchemasFor> {
  const schemas = endpointSchemas.get(driver) ?? endpointSchemasFor(driver);
  endpointSchemas.set(driver, schemas);
  return schemas;
}

/** @internal */
export const joinOptions = options({ ifname: optional(ifname()), ...abort });

/** @internal */
export type CheckedController = Infer<typeof controllerOptions>;

/** @internal */
export const controllerOptions = options({
  instance: optional(
    checked(name(), (text) =>
      /^[a-z][a-z0-9-]{0,15}$/.test(text) ? undefined : "must be up to 16 of a-z, 0-9 and '-'",
    ),
  ),
  runDirectory: optional(absolutePath()),
  stateDirectory: optional(absolutePath()),
  host: optional(custom(isNamespace, "Namespace")),
  pools: optional(
    list(
      options({
        family: familySchema,
        base: cidr(),
        prefix: integer(1, 128),
      }),
    ),
  ),
  ...abort,
});
