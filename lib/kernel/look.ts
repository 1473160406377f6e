import type { Decoded } from "../native.js";
import { decodeLink } from "./link/decode.js";
import { linkListMessage } from "./link/messages.js";
import type { Link } from "./link/types.js";
import { loopbackUp, Namespace, type NamespaceSource } from "./namespace.js";
import { decodeRoute, routeListMessage } from "./route/messages.js";
import type { Route } from "./route/types.js";

/** A namespace that somebody else made, and what was in it when it was opened. @internal */
export interface Opened {
  readonly namespace: Namespace;
  readonly links: readonly Link[];
  /** Of the main table. */
  readonly routes: readonly Route[];
}

/** Opens a namespace, sets its loopback up and reads what is in it, in one hop. @internal */
export async function openAndLook(from: NamespaceSource): Promise<Opened> {
  const { namespace, results } = await Namespace.openAnd(from, [
    { do: "request", in: 0, messages: [loopbackUp] },
    { do: "dump", in: 0, message: linkListMessage() },
    { do: "dump", in: 0, message: routeListMessage({ table: "main" }) },
  ]);
  return {
    namespace,
    links: (results.at(2) as readonly Decoded[]).map(decodeLink),
    routes: (results.at(3) as readonly Decoded[]).map(decodeRoute),
  };
}
