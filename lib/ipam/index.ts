import type { IpamFactory } from "./contract.js";
import { createDefaultIpam } from "./default.js";

/** The IPAMs that come with the library, in alphabetical order. */
export const ipams: readonly IpamFactory[] = [{ name: "default", create: createDefaultIpam }];
