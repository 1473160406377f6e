// The contender's work by "vethwork/netlink": each request is one job, one hop to a worker.
import { Job, Namespace } from "vethwork/netlink";
import type { EndpointArguments, Layer } from "./protocol.js";

export class NetlinkLayer implements Layer {
  readonly name = "netlink";
  readonly #host: Namespace;
  /** By path. */
  readonly #open = new Map<string, Namespace>();
  /** Indexes of bridges, by name: a library knows its own bridge. */
  readonly #bridges = new Map<string, number>();

  private constructor(host: Namespace) {
    this.#host = host;
  }

  static async open(): Promise<NetlinkLayer> {
    const layer = new NetlinkLayer(await Namespace.own());
    await layer.#bridge("br0");
    return layer;
  }

  async nsadd({ ns }: EndpointArguments): Promise<void> {
    this.#open.set(ns, await Namespace.create({ path: ns, loopback: false }));
  }

  async nsdel({ ns }: EndpointArguments): Promise<void> {
    await this.#take(ns).delete();
  }

  async attach(endpoint: EndpointArguments): Promise<void> {
    const job = new Job();
    const inside = job.openNamespace({ path: endpoint.ns });
    await this.#connect(job, inside, endpoint, ["lo"]);
    this.#open.set(`${endpoint.ns} ${endpoint.hif}`, inside);
  }

  /** The namespace stays, as it was only opened. */
  async detach({ ns, hif }: EndpointArguments): Promise<void> {
    await this.#disconnect(this.#take(`${ns} ${hif}`), hif);
  }

  async fattach(endpoint: EndpointArguments): Promise<void> {
    const job = new Job();
    const inside = job.createNamespace({ path: endpoint.ns });
    await this.#connect(job, inside, endpoint);
    this.#open.set(endpoint.ns, inside);
  }

  async fdetach({ ns, hif }: EndpointArguments): Promise<void> {
    await this.#disconnect(this.#take(ns), hif);
  }

  async bulkattach(endpoints: readonly EndpointArguments[]): Promise<void> {
    await Promise.all(endpoints.map((endpoint) => this.fattach(endpoint)));
  }

  async bulkdetach(endpoints: readonly EndpointArguments[]): Promise<void> {
    await Promise.all(endpoints.map((endpoint) => this.fdetach(endpoint)));
  }

  async links(): Promise<number> {
    return (await this.#host.links.list()).length;
  }

  /** `down`: what is down in the namespace; set up behind the pair, so that one send does it all. */
  async #connect(
    job: Job,
    inside: Namespace,
    endpoint: EndpointArguments,
    down: readonly string[] = [],
  ): Promise<void> {
    const { br, hif, cif, mac, ip, gw } = endpoint;
    const queues = { txQueues: 1, rxQueues: 1 };
    const pair = job.addLink(this.#host, {
      kind: "veth",
      name: hif,
      master: this.#bridges.get(br) ?? (await this.#bridge(br)),
      up: true,
      ...queues,
      peer: { name: cif, address: mac, namespace: inside, ...queues },
    });
    for (const link of down) job.setLink(inside, link, { up: true });
    job.setLink(inside, pair.peer, { up: true });
    job.addAddress(inside, { link: pair.peer, address: ip });
    job.addRoute(inside, { destination: "default", gateway: gw, link: pair.peer });
    await job.run();
  }

  async #disconnect(inside: Namespace, hif: string): Promise<void> {
    const job = new Job();
    job.deleteLink(this.#host, hif);
    job.deleteNamespace(inside);
    await job.run();
  }

  async #bridge(name: string): Promise<number> {
    const { index } = await this.#host.links.get(name);
    this.#bridges.set(name, index);
    return index;
  }

  #take(key: string): Namespace {
    const namespace = this.#open.get(key);
    if (namespace === undefined) throw new Error(`${key}: not made or not opened here`);
    this.#open.delete(key);
    return namespace;
  }
}
