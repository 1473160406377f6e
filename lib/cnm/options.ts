import { isPlainObject, type Infer } from "../util/check.js";
import { optional, options } from "../util/options.js";
import {
  absolutePath,
  address,
  boolean,
  choice,
  cidr,
  domain,
  ifname,
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
});
const subnet = choice("string or object", (value) => {
  if (typeof value === "string") return subnetText;
  return isPlainObject(value) ? subnetOptions : undefined;
});

/** @internal */
export const networkEntries = {
  driver: optional(string()),
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

const endpointEntries = {
  addresses: optional(list(interfaceAddress())),
  mac: optional(mac()),
  hostIfname: optional(ifname()),
};

/** @internal */
export const endpointOptions = options({ ...endpointEntries, ...abort });

/** @internal */
export type CheckedEndpoint = Infer<typeof endpointOptions>;

/** @internal */
export const attachEntries = {
  ...endpointEntries,
  name: optional(name()),
  ifname: optional(ifname()),
};

/** @internal */
export const attachOptions = options({ ...attachEntries, ...abort });

/** @internal */
export const joinOptions = options({ ifname: optional(ifname()), ...abort });
