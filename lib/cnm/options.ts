import { isPlainObject, type Infer } from "../util/check.js";
import type { Driver } from "../drivers/contract.js";
import { optional, options } from "../util/options.js";
import {
  absolutePath,
  address,
  anything,
  boolean,
  choice,
  cidr,
  domain,
  ifname,
  ifnamePrefix,
  integer,
  interfaceAddress,
  labels,
  list,
  mac,
  name,
  nullable,
  oneOf,
  record,
  signal,
  string,
  word,
} from "../util/schemas.js";
import { settingsEntries } from "./endpoint-settings.js";

// One type a public function, made once; what users see of them is written by hand beside the
// functions, with its documentation.

/** @internal */
export const nameSchema = name();

/** @internal */
export const familySchema = oneOf("inet", "inet6");

const abort = { signal: optional(signal()) };

/** @internal */
export const abortOptions = options(abort);

const subnetText = cidr();
const subnetOptions = options({
  subnet: cidr(),
  gateway: optional(nullable(address())),
  range: optional(cidr()),
  auxiliaryAddresses: optional(record(address())),
  allocation: optional(oneOf("lowest", "serial")),
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

const extraHost = choice("string", (value) =>
  value === "host-gateway" ? oneOf("host-gateway") : address(),
);

const fileEntries = {
  hostname: optional(name()),
  domainname: optional(domain()),
  extraHosts: optional(record(extraHost, domain())),
  dns: optional(
    options({
      servers: optional(list(address())),
      search: optional(list(domain())),
      options: optional(list(word())),
    }),
  ),
};

/** @internal */
export const sandboxEntries = { path: optional(absolutePath()), ...fileEntries };

/** @internal */
export const sandboxOptions = options({ ...sandboxEntries, ...abort });

/** @internal */
export const adoptOptions = options({ ...fileEntries, ...abort });

/** @internal */
export const updateOptions = options({ labels: optional(labels()) });

const endpointEntries = {
  addresses: optional(list(interfaceAddress())),
  mac: optional(mac()),
  hostIfname: optional(ifname()),
  ...settingsEntries,
};

const joinEntries = { ifname: optional(ifname()), ifnamePrefix: optional(ifnamePrefix()) };
const attachEntries = { name: optional(name()), ...joinEntries };

function endpointSchemasFor({ endpointOptionNames = [] }: Pick<Driver, "endpointOptionNames">) {
  const own = Object.fromEntries(endpointOptionNames.map((key) => [key, optional(anything())]));
  const endpoint = { ...own, ...endpointEntries };
  return {
    /** Of `createEndpoint`. */
    endpoint: options({ ...endpoint, ...abort }),
    /** Of `attach`. */
    attach: options({ ...endpoint, ...attachEntries, ...abort }),
    /** Of one request of `attachMany`, the sandbox and the network aside. */
    request: options({ ...endpoint, ...attachEntries }),
  };
}

type EndpointSchemas = ReturnType<typeof endpointSchemasFor>;

/** @internal */
export type CheckedEndpoint = Infer<EndpointSchemas["endpoint"]>;

const endpointSchemas = new WeakMap<Driver, EndpointSchemas>();

/** What `createEndpoint` and `attach` take: what all drivers' do, and this one's own. @internal */
export function endpointSchemasOf(driver: Driver): EndpointSchemas {
  const schemas = endpointSchemas.get(driver) ?? endpointSchemasFor(driver);
  endpointSchemas.set(driver, schemas);
  return schemas;
}

/** @internal */
export const optionsOfAllEndpoints: ReadonlySet<string> = new Set([
  ...Object.keys(endpointEntries),
  ...Object.keys(attachEntries),
  "network",
  "sandbox",
  "signal",
]);

/** @internal */
export const joinOptions = options({ ...joinEntries, ...abort });
