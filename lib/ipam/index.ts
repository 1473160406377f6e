import type { IpamFactory } from "./contract.js";
import { createDefaultIpam } from "./default.js";
import { createNullIpam } from "./null.js";

/** The IPAMs that come with the library, in alphabetical order. */
export const ipams: readonly IpamFactory[] = [
  { name: "default", create: createDefaultIpam },
  { name: "null", create: createNullIpam },
];
