import type { StoreFactory } from "./contract.js";
import { openLmdbStore } from "./lmdb.js";
import { openMemoryStore } from "./memory.js";

/** Opens the store of a controller that asks for none. */
export const openDefaultStore = openMemoryStore;

/** The stores that come with the library, in alphabetical order. */
export const stores: readonly StoreFactory[] = [
  { name: "lmdb", open: (place) => openLmdbStore(place) },
  { name: "memory", open: openMemoryStore },
];
