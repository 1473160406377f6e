import type { Driver } from "../drivers/contract.js";
import { drivers } from "../drivers/index.js";
import type { Ipam, IpamFactory, Pool } from "../ipam/contract.js";
import { ipams } from "../ipam/index.js";
import type { Store } from "../store/contract.js";
import { check, inside, refusal, wrongType, type Type } from "../util/check.js";
import { optional, options } from "../util/options.js";
import {
  address,
  boolean,
  checked,
  cidr,
  integer,
  interfaceAddress,
  list,
  name,
  oneOf,
  string,
} from "../util/schemas.js";
import { networkEntries, optionsOfAllEndpoints } from "./options.js";

// What an embedder adds: objects of theirs, used as they are, so looked at well before anything is
// touched. Only that a method is there can be seen; what it does is for the suites of test/contract.

type Properties = Readonly<Record<string, Type<unknown>>>;

/** The very same object, of any class, with these methods and properties; some may be left out. */
function extension<T>(
  expected: string,
  methods: readonly (keyof T & string)[],
  properties: Properties,
  mayLack: Properties = {},
): Type<T> {
  return {
    parse(value) {
      if (typeof value !== "object" || value === null) throw wrongType(expected, value);
      const of = value as Readonly<Record<string, unknown>>;
      for (const [key, type] of Object.entries(properties)) property(of, key, type);
      for (const [key, type] of Object.entries(mayLack)) property(of, key, optionally(type));
      for (const key of methods) property(of, key, method);
      return value as T;
    },
  };
}

function property(of: Readonly<Record<string, unknown>>, key: string, type: Type<unknown>): void {
  try {
    type.parse(of[key]);
  } catch (error) {
    throw inside(key, error);
  }
}

const method: Type<unknown> = {
  parse(value) {
    if (typeof value === "function") return value;
    throw wrongType("function", value);
  },
};

function optionally(type: Type<unknown>): Type<unknown> {
  return { parse: (value) => (value === undefined ? undefined : type.parse(value)) };
}

/** A list of them, each under a name that none before it has, the library's own included. */
function named<T extends { readonly name: string }>(
  type: Type<T>,
  kind: string,
  own: readonly { readonly name: string }[],
): Type<readonly T[]> {
  const all = list(type);
  return {
    parse(value) {
      const given = all.parse(value);
      const names = new Set(own.map((one) => one.name));
      for (const [at, { name: text }] of given.entries()) {
        if (names.has(text)) {
          const fault = `there is ${kind} ${text} already`;
          throw refusal(fault, "ERR_CNM_NAME_TAKEN").under("name").under(at);
        }
        names.add(text);
      }
      return given;
    },
  };
}

const optionNames: Type<readonly string[]> = {
  parse(value) {
    const given = list(string()).parse(value);
    const at = given.findIndex((key) => Object.hasOwn(networkEntries, key));
    if (at < 0) return given;
    throw refusal(`${given[at] ?? ""} is an option of all networks`).under(at);
  },
};

const endpointOptionNames: Type<readonly string[]> = {
  parse(value) {
    const given = list(string()).parse(value);
    const at = given.findIndex((key) => optionsOfAllEndpoints.has(key));
    if (at < 0) return given;
    throw refusal(`${given[at] ?? ""} is an option of all endpoints`).under(at);
  },
};

const driver = extension<Driver>(
  "a Driver",
  [
    "checkOptions",
    "ownLinks",
    "createNetwork",
    "deleteNetwork",
    "join",
    "leave",
    "checkNetwork",
    "mendNetwork",
    "checkEndpoint",
    "mendEndpoint",
  ],
  { name: name(), optionNames },
  {
    subnets: oneOf("needed", "none", "optional"),
    interfaces: oneOf("none", "one"),
    endpointOptionNames,
    mostJoined: integer(1, Number.MAX_SAFE_INTEGER),
    exclusiveOption: string(),
    checkEndpointOptions: method,
    mtuOf: method,
    statistics: method,
    leaveMany: method,
  },
);

const ipamFactory = extension<IpamFactory>("an IpamFactory", ["create"], { name: name() });

/** @internal */
export const ownDrivers: Type<readonly Driver[]> = named(driver, "a driver", drivers);

/** @internal */
export const ownIpams: Type<readonly IpamFactory[]> = named(ipamFactory, "an IPAM", ipams);

/** @internal */
export const ownStore: Type<Store> = extension<Store>(
  "a Store",
  ["write", "put", "delete", "get", "list", "export", "import", "close"],
  { durable: boolean() },
);

const ipam = (factory: IpamFactory): Type<Ipam> =>
  extension<Ipam>(
    "an Ipam",
    ["requestPool", "releasePool", "requestAddress", "releaseAddress", "restAddress"],
    { name: oneOf(factory.name) },
    { subnets: oneOf("any", "none"), usage: method },
  );

/** What an embedder's factory has made. @internal */
export function checkIpam(factory: IpamFactory, made: Ipam): Ipam {
  return check(ipam(factory), made, `IPAM ${factory.name}`, "create()");
}

const pool = options({ subnet: cidr(), gateway: optional(address()) });
const addressWithPrefix = checked(interfaceAddress(), (text) =>
  text.includes("/") ? undefined : "must have a prefix length",
);

/** A subnet that an IPAM has given, which may be the embedder's. @internal */
export function checkPool({ name: of }: Ipam, given: Pool): Pool {
  const { subnet, gateway } = check(pool, given, `IPAM ${of}`, "pool");
  return { subnet, gateway };
}

/** An address that an IPAM has given. @internal */
export function checkAddress({ name: of }: Ipam, given: string): string {
  return check(addressWithPrefix, given, `IPAM ${of}`, "address");
}
