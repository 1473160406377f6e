import type { Store, StoreFactory, StorePlace } from "./contract.js";
import { openLmdbStore } from "./lmdb.js";
import { openMemoryStore } from "./memory.js";

/** The stores that come with the library, in alphabetical order. */
export const stores: readonly StoreFactory[] = [
  { name: "lmdb", open: (place) => openLmdbStore(place) },
  { name: "memory", open: openMemoryStore },
];

/** Opens the store of that name, one of {@link stores}. */
export function openStore(name: string, place: StorePlace): Promise<Store> {
  const factory = stores.find((one) => one.name === name);
  if (factory === undefined) throw new TypeError(`there is no store ${name}`);
  return factory.open(place);
}
