import type { StoreFactory } from "./contract.js";
import { openMemoryStore } from "./memory.js";

/** The stores that come with the library, in alphabetical order. */
export const stores: readonly StoreFactory[] = [{ name: "memory", open: openMemoryStore }];
