import type { Decoded } from "../native.js";
import { check } from "../util/check.js";
import { address, anything, list as listOf } from "../util/schemas.js";
import type { Channel } from "./channel.js";
import { kernelFailure } from "./failure.js";
import { askMany } from "./many.js";
import {
  decodeRoute,
  routeListMessage,
  routeLookupMessage,
  routeMessage,
  type RouteVerb,
} from "./route/messages.js";
import { checkRoute, routeFilter, routeLookup } from "./route/schema.js";
import type { Route, RouteFilter, RouteLookup, RouteSpec } from "./route/types.js";
import type { Scope } from "./scope.js";

const bareAddress = address();
const list = listOf(anything());

/**
 * The routes of one namespace: `ip route`, both families.
 *
 * @example
 * await namespace.routes.add({ destination: "default", gateway: "10.0.0.1" });
 * const { source, link } = await namespace.routes.lookup("192.0.2.7");
 */
export class Routes {
  readonly #channel: Channel;
  readonly #scope: Scope;

  /** @internal */
  constructor(channel: Channel, scope: Scope) {
    this.#channel = channel;
    this.#scope = scope;
  }

  /** @throws {KernelError} with `syscall` `"RTM_NEWROUTE"`: EEXIST, ENETUNREACH ... */
  async add(spec: RouteSpec): Promise<void> {
    await this.#ask("add", spec);
  }

  /**
   * Adds all of them, in few system calls. One that the kernel refuses does not stop the others.
   *
   * @throws {AggregateError} of a {@link KernelError} for each that was refused; its
   *   `context.position` says which.
   */
  async addMany(specs: readonly RouteSpec[]): Promise<void> {
    const routes = check(list, specs, "add routes", "routes").map((one) =>
      checkRoute(one as RouteSpec),
    );
    const message = (one: RouteSpec) => routeMessage("add", one, this.#scope);
    await askMany(this.#channel, "add routes", routes, message, describe);
  }

  /** Adds it, or puts it in the place of the one with this destination, metric and tos. */
  async replace(spec: RouteSpec): Promise<void> {
    await this.#ask("replace", spec);
  }

  /** @throws {KernelError} ENOENT where there is none with this destination, metric and tos. */
  async change(spec: RouteSpec): Promise<void> {
    await this.#ask("change", spec);
  }

  /** Adds it behind those with its destination and metric; IPv6 makes them ways of one route. */
  async append(spec: RouteSpec): Promise<void> {
    await this.#ask("append", spec);
  }

  /** @throws {KernelError} ESRCH where there is no such route. */
  async delete(spec: RouteSpec): Promise<void> {
    await this.#ask("delete", spec);
  }

  /** All routes of all tables, or those that pass the filter; the kernel filters. */
  async list(filter: RouteFilter = {}): Promise<readonly Route[]> {
    const checked = check(routeFilter, filter, "list routes");
    this.#channel.assertOpen("list routes");
    try {
      const parts = await this.#channel.dump(routeListMessage(checked), checked.signal);
      return parts.map(decodeRoute);
    } catch (error) {
      // "FIB table does not exist": with a family the kernel says so, without one it has no routes.
      const { code } = error as { code?: string };
      if (code === "ENOENT" && checked.table !== undefined) return [];
      throw kernelFailure("list routes", error, { namespace: this.#channel.name });
    }
  }

  /**
   * Which way a packet takes: `ip route get`. Of IPv6 a `type` other than `"unicast"` says that it
   * goes nowhere; of IPv4 that is an error.
   *
   * @throws {KernelError} ENETUNREACH, EHOSTUNREACH, EACCES (a `prohibit` route).
   */
  async lookup(destination: string, whose: RouteLookup = {}): Promise<Route> {
    const to = check(bareAddress, destination, "look up route", "destination");
    const packet = check(routeLookup, whose, "look up route");
    const operation = `look up route to ${to}`;
    this.#channel.assertOpen(operation);
    try {
      const replies = await this.#channel.request(routeLookupMessage(to, packet));
      return decodeRoute(replies[0] as Decoded);
    } catch (error) {
      throw kernelFailure(operation, error, { destination: to, namespace: this.#channel.name });
    }
  }

  async #ask(verb: RouteVerb, spec: RouteSpec): Promise<void> {
    const route = checkRoute(spec, `${verb} route`);
    const { destination, gateway } = route;
    const operation = `${verb} route to ${describe(route)}`;
    this.#channel.assertOpen(operation);
    try {
      await this.#channel.request(routeMessage(verb, route, this.#scope));
    } catch (error) {
      const { name } = this.#channel;
      throw kernelFailure(operation, error, { destination, gateway, namespace: name });
    }
  }
}

function describe({ destination, gateway }: RouteSpec): string {
  return gateway === undefined ? destination : `${destination} via ${gateway}`;
}
