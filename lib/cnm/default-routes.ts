import type { Family } from "../net/ip.js";
import type { Core } from "./core.js";
import type { Endpoint } from "./endpoint.js";
import { familyOf, gatewayOf } from "./gateway.js";
import { keep, type EndpointRecord } from "./records.js";

/**
 * The default routes of its sandbox that one endpoint has: how it gets and loses them, once it has
 * joined. Which endpoint is to have them, gateway.ts says. @internal
 */
export class DefaultRoutes {
  readonly #core: Core;
  readonly #endpoint: Endpoint;

  constructor(core: Core, endpoint: Endpoint) {
    this.#core = core;
    this.#endpoint = endpoint;
  }

  /** Of which families. */
  get families(): readonly Family[] {
    return this.#gateways.map(familyOf);
  }

  get #gateways(): readonly string[] {
    return this.#endpoint.joining?.defaultGateways ?? [];
  }

  /** The one that had it, if one had, has left. */
  async take(family: Family, from: Endpoint | undefined): Promise<void> {
    const { joining, network } = this.#endpoint;
    const gateway = gatewayOf(network, family);
    if (joining === undefined || gateway === undefined) return;
    const { sandbox, attached } = joining;
    const link = attached.index;
    if (link === undefined) return;
    await sandbox.namespace.routes.add({ destination: "default", family, gateway, link });
    this.#endpoint.hasGateways([...joining.defaultGateways, gateway]);
    await this.#store();
    this.tell(from, family, gateway);
  }

  /** Sets the one that it has once more: somebody else's was in its place. */
  async keep(family: Family): Promise<void> {
    const { joining } = this.#endpoint;
    const gateway = this.#gateways.find((one) => familyOf(one) === family);
    if (joining === undefined || gateway === undefined) return;
    const { sandbox, attached } = joining;
    const { index: link } = attached;
    if (link === undefined) return;
    await sandbox.namespace.routes.replace({ destination: "default", family, gateway, link });
  }

  /** It is not in the kernel, and cannot be. */
  async drop(family: Family): Promise<void> {
    this.lose([family]);
    await this.#store();
  }

  /** Another one has them now. */
  lose(families: readonly Family[]): void {
    this.#endpoint.hasGateways(this.#without(families));
  }

  /** What the store keeps of the endpoint once it has lost these. */
  recordWithout(families: readonly Family[]): EndpointRecord {
    const { joining } = this.#endpoint;
    return this.#endpoint.recordAt(
      joining && { ...joining, defaultGateways: this.#without(families) },
    );
  }

  /** The sandbox's default route went through `from` before. */
  tell(from: Endpoint | undefined, family: Family, gateway: string): void {
    const { id, name, sandbox } = this.#endpoint;
    if (from === undefined || sandbox === undefined) return;
    this.#core.events.tell(() => ({
      kind: "gateway",
      family,
      gateway,
      sandbox: { id: sandbox.id, name: sandbox.name },
      from: { id: from.id, name: from.name },
      to: { id, name },
    }));
  }

  #without(families: readonly Family[]): readonly string[] {
    return this.#gateways.filter((one) => !families.includes(familyOf(one)));
  }

  async #store(): Promise<void> {
    const { id } = this.#endpoint;
    await this.#core.store.write([keep("endpoint", id, this.#endpoint.record())]);
  }
}
