// The contender's work by `Controller`: a network that adopts the bridge, a sandbox a namespace, an
// endpoint a pair.
import {
  Controller,
  type ControllerOptions,
  type Endpoint,
  type Network,
  type Sandbox,
} from "vethwork";
import type { EndpointArguments, Layer } from "./protocol.js";

const subnet = "10.1.0.0/16";
const gateway = "10.1.0.1";

export class ControllerLayer implements Layer {
  readonly name: string;
  readonly #controller: Controller;
  readonly #network: Network;
  readonly #sandboxes = new Map<string, Sandbox>(); // by path
  readonly #endpoints = new Map<string, Endpoint>(); // by interface on the host

  private constructor(name: string, controller: Controller, network: Network) {
    this.name = name;
    this.#controller = controller;
    this.#network = network;
  }

  /** Its state in memory. */
  static open(): Promise<ControllerLayer> {
    return ControllerLayer.#open("controller", {});
  }

  /** Its state on disk. */
  static openDurable(stateDirectory: string): Promise<ControllerLayer> {
    return ControllerLayer.#open("durable", { stateDirectory });
  }

  /** The same with 999 networks more in its state. */
  static async openWithNetworks(stateDirectory: string): Promise<ControllerLayer> {
    const layer = await ControllerLayer.#open("networks", { stateDirectory });
    for (let at = 1; at < 1000; at++) {
      await layer.#controller.createNetwork(`n${at}`, { driver: "null", ipam: "null" });
    }
    return layer;
  }

  /** The same with 10,000 leases more of the network in its state. */
  static async openWithLeases(stateDirectory: string): Promise<ControllerLayer> {
    const layer = await ControllerLayer.#open("leases", { stateDirectory });
    for (let at = 0; at < 10_000; at++) {
      const address = `10.1.${100 + Math.floor(at / 250)}.${1 + (at % 250)}`;
      const endpoint = await layer.#network.createEndpoint(`was${at}`, { addresses: [address] });
      await endpoint.delete();
    }
    return layer;
  }

  static async #open(name: string, options: ControllerOptions): Promise<ControllerLayer> {
    const controller = await Controller.open(options);
    const subnets = [{ subnet, gateway }];
    const network = await controller.createNetwork("bench", { subnets, bridge: "br0" });
    return new ControllerLayer(name, controller, network);
  }

  async nsadd({ ns }: EndpointArguments): Promise<void> {
    this.#sandboxes.set(ns, await this.#controller.createSandbox(nameOf(ns), { path: ns }));
  }

  async nsdel({ ns }: EndpointArguments): Promise<void> {
    await take(this.#sandboxes, ns).delete();
  }

  async attach(endpoint: EndpointArguments): Promise<void> {
    const { ns } = endpoint;
    const known = this.#sandboxes.get(ns);
    if (known !== undefined) return this.#join(known, endpoint);
    const sandbox = await this.#controller.adoptSandbox(nameOf(ns), { path: ns });
    this.#sandboxes.set(ns, sandbox);
    // Who made the namespace may have left its loopback down, and adopting changes nothing.
    const up = sandbox.namespace.links.set("lo", { up: true });
    await Promise.all([up, this.#join(sandbox, endpoint)]);
  }

  async detach({ hif }: EndpointArguments): Promise<void> {
    await take(this.#endpoints, hif).delete();
  }

  async fattach(endpoint: EndpointArguments): Promise<void> {
    const { sandbox, ...options } = this.#request(endpoint);
    this.#took(endpoint, await this.#controller.attach(sandbox, this.#network, options));
  }

  async fdetach({ ns, hif }: EndpointArguments): Promise<void> {
    take(this.#endpoints, hif);
    await this.#controller.detachMany([take(this.#sandboxes, ns)]);
  }

  async bulkattach(given: readonly EndpointArguments[]): Promise<void> {
    const network = this.#network;
    const requests = given.map((one) => ({ ...this.#request(one), network }));
    const endpoints = await this.#controller.attachMany(requests);
    for (const [at, endpoint] of endpoints.entries()) {
      this.#took(given[at] as EndpointArguments, endpoint);
    }
  }

  async bulkdetach(given: readonly EndpointArguments[]): Promise<void> {
    const sandboxes = given.map(({ ns, hif }) => {
      take(this.#endpoints, hif);
      return take(this.#sandboxes, ns);
    });
    await this.#controller.detachMany(sandboxes);
  }

  #request({ ns, hif, cif, mac, ip }: EndpointArguments) {
    const [address = ""] = ip.split("/");
    return {
      sandbox: { name: nameOf(ns), path: ns },
      name: hif,
      addresses: [address],
      mac,
      hostIfname: hif,
      ifname: cif,
    };
  }

  #took({ ns, hif }: EndpointArguments, endpoint: Endpoint): void {
    const { sandbox } = endpoint;
    if (sandbox === undefined) throw new Error(`${hif}: has not joined`);
    this.#sandboxes.set(ns, sandbox);
    this.#endpoints.set(hif, endpoint);
  }

  /** Not the controller's business. */
  links(): Promise<number> {
    return Promise.reject(new Error("use --layer netlink"));
  }

  async #join(sandbox: Sandbox, { hif, cif, mac, ip }: EndpointArguments): Promise<void> {
    const [address = ""] = ip.split("/");
    const options = { addresses: [address], mac, hostIfname: hif };
    const endpoint = await this.#network.createEndpoint(hif, options);
    this.#endpoints.set(hif, endpoint);
    await endpoint.join(sandbox, { ifname: cif });
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function take<T>(from: Map<string, T>, key: string): T {
  const taken = from.get(key);
  if (taken === undefined) throw new Error(`${key}: not made here`);
  from.delete(key);
  return taken;
}
