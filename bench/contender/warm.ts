// Attached sandboxes out of a warm pool: what a caller waits for when all was made ahead.
import { Controller, type Endpoint, type WarmPool } from "vethwork";
import type { EndpointArguments, Layer } from "./protocol.js";

/** As many as are ever taken between two that are not measured: nothing is made meanwhile. */
const size = 512;

const unused = (): Promise<never> => Promise.reject(new Error("use --layer controller"));

export class WarmLayer implements Layer {
  readonly name = "warm";
  readonly #controller: Controller;
  readonly #pool: WarmPool;
  readonly #endpoints = new Map<string, Endpoint>(); // by the namespace's path

  private constructor(controller: Controller, pool: WarmPool) {
    this.#controller = controller;
    this.#pool = pool;
  }

  static async open(stateDirectory: string): Promise<WarmLayer> {
    const controller = await Controller.open({ stateDirectory });
    const subnets = [{ subnet: "10.1.0.0/16", gateway: "10.1.0.1" }];
    const network = await controller.createNetwork("bench", { subnets, bridge: "br0" });
    return new WarmLayer(
      controller,
      await controller.createWarmPool(network, { size, refillAt: 0 }),
    );
  }

  /** Its path, MAC and address are those that it waited with. */
  async fattach({ ns, hif }: EndpointArguments): Promise<void> {
    this.#endpoints.set(ns, await this.#pool.take(hif));
  }

  async fdetach({ ns }: EndpointArguments): Promise<void> {
    const endpoint = this.#endpoints.get(ns);
    this.#endpoints.delete(ns);
    if (endpoint?.sandbox === undefined) throw new Error(`${ns}: not taken here`);
    await this.#controller.detachMany([endpoint.sandbox]);
  }

  nsadd = unused;
  nsdel = unused;
  attach = unused;
  detach = unused;
  bulkattach = unused;
  bulkdetach = unused;
  links = unused;
}
