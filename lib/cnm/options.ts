import * as v from "valibot";
import { isNamespace } from "../kernel/registry.js";
import {
  address,
  cidr,
  ifname,
  integer,
  labels,
  mac,
  name,
  options,
  signal,
} from "../util/schemas.js";

// One schema a public function, made once; the types they stand for are written by hand beside the
// functions, so that nothing of valibot is in what users see.

/** @internal */
export const nameSchema = name();

const abort = { signal: v.optional(signal()) };

const absolutePath = v.pipe(
  v.string(),
  v.check((text) => text.startsWith("/") && !text.includes("\0"), "must be an absolute path"),
);

const subnet = v.union(
  [
    cidr(),
    options({
      subnet: cidr(),
      gateway: v.optional(v.nullable(address())),
      range: v.optional(cidr()),
    }),
  ],
  "must be a subnet or { subnet, gateway, range }",
);

/** @internal */
export const networkEntries = {
  driver: v.optional(v.string()),
  subnets: v.optional(v.array(subnet)),
  ipv4: v.optional(v.boolean()),
  ipv6: v.optional(v.boolean()),
  internal: v.optional(v.boolean()),
  labels: v.optional(labels()),
  mtu: v.optional(integer(68, 65535)),
  ipam: v.optional(v.string()),
  ...abort,
};

/** @internal */
export const sandboxOptions = options({
  path: v.optional(absolutePath),
  hostname: v.optional(name()),
  ...abort,
});

/** @internal */
export const adoptOptions = options({ hostname: v.optional(name()), ...abort });

/** @internal */
export const endpointOptions = options({
  addresses: v.optional(v.array(address())),
  mac: v.optional(mac()),
  hostIfname: v.optional(ifname()),
  ...abort,
});

/** @internal */
export const joinOptions = options({ ifname: v.optional(ifname()), ...abort });

/** @internal */
export const controllerOptions = options({
  instance: v.optional(
    v.pipe(
      name(),
      v.check(
        (text) => /^[a-z][a-z0-9-]{0,15}$/.test(text),
        "must be up to 16 of a-z, 0-9 and '-'",
      ),
    ),
  ),
  runDirectory: v.optional(absolutePath),
  host: v.optional(v.custom<object>(isNamespace, "must be a Namespace")),
  pools: v.optional(
    v.array(
      options({
        family: v.picklist(["inet", "inet6"]),
        base: cidr(),
        prefix: integer(1, 128),
      }),
    ),
  ),
  ...abort,
});
