// The contender's work by "vethwork/netlink": a request is one job, one hop to a worker. Where a
// namespace is made, there are two: this thread writes the second while a worker is at the first.
import { Job, Namespace, nft } from "vethwork/netlink";
import type { EndpointArguments, Layer, PublishedPort, Remote } from "./protocol.js";

const loopback = 1; // the index of lo in every namespace

const table = nft.table("ip", "cnm");
const ports = table.map("ports", {
  type: ["inet_proto", "inet_service"],
  data: ["ipv4_addr", "inet_service"],
});

function elementsOf(published: readonly PublishedPort[]) {
  return ports.elements(
    published.map(({ proto, hport, cip, cport }) => [
      [proto, hport],
      [cip, cport],
    ]),
  );
}

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
    // A library knows the namespaces that it made; the harness's own have to be opened.
    const known = this.#open.get(endpoint.ns);
    if (known !== undefined) return this.#connect(new Job(), known, endpoint, [loopback]);
    const job = new Job();
    const inside = job.openNamespace({ path: endpoint.ns });
    await this.#connect(job, inside, endpoint, [loopback]);
    this.#open.set(`${endpoint.ns} ${endpoint.hif}`, inside);
  }

  /** What attach opened is closed again. */
  async detach({ ns, hif }: EndpointArguments): Promise<void> {
    const key = `${ns} ${hif}`;
    if (this.#open.has(key)) await this.#disconnect(this.#take(key), hif);
    else await this.#host.links.delete(hif);
  }

  async fattach(endpoint: EndpointArguments): Promise<void> {
    const making = new Job();
    // The second job brings lo up, in the same send as the rest.
    const inside = making.createNamespace({ path: endpoint.ns, loopback: false });
    const made = making.run({ withNext: true });
    await Promise.all([made, this.#connect(new Job(), inside, endpoint, [loopback])]);
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

  async neighs(link: string): Promise<number> {
    return (await this.#host.neighbours.list({ link, family: "inet" })).length;
  }

  async fdb(link: string): Promise<number> {
    return (await this.#host.fdb.list({ link })).length;
  }

  async vxprog(link: string, remotes: readonly Remote[]): Promise<void> {
    const { index } = await this.#host.links.get(link);
    const { neighbours, fdb } = this.#host;
    await Promise.all([
      fdb.replaceMany(remotes.map(({ mac, vtep }) => ({ link: index, mac, dst: vtep }))),
      neighbours.replaceMany(
        remotes.map(({ ip, mac }) => ({ link: index, address: ip, lladdr: mac })),
      ),
    ]);
  }

  async vxunprog(link: string, remotes: readonly Remote[]): Promise<void> {
    const { index } = await this.#host.links.get(link);
    const { neighbours, fdb } = this.#host;
    await Promise.all([
      fdb.deleteMany(remotes.map(({ mac, vtep }) => ({ link: index, mac, dst: vtep }))),
      neighbours.deleteMany(remotes.map(({ ip }) => ({ link: index, address: ip }))),
    ]);
  }

  async pubinit(): Promise<void> {
    const { meta, th } = nft;
    const pre = table.chain("pre", { type: "nat", hook: "prerouting", priority: "dstnat" });
    const post = table.chain("post", { type: "nat", hook: "postrouting", priority: "srcnat" });
    const to = nft.concat(meta.l4proto, th.dport).map(ports);
    const rule = pre.rule(
      nft.fib("daddr").type.eq("local"),
      meta.l4proto.in("tcp", "udp"),
      nft.dnat({ to }),
    );
    await this.#host.nft.transaction().add(table, ports, pre, post, rule).commit();
  }

  async publish(published: readonly PublishedPort[]): Promise<void> {
    await this.#host.nft.transaction().add(elementsOf(published)).commit();
  }

  async unpublish(published: readonly PublishedPort[]): Promise<void> {
    await this.#host.nft.transaction().delete(elementsOf(published)).commit();
  }

  /** `down` is what else is down in the namespace. */
  async #connect(
    job: Job,
    inside: Namespace,
    { br, hif, cif, mac, ip, gw }: EndpointArguments,
    down: readonly number[] = [],
  ): Promise<void> {
    const pair = job.addLink(this.#host, {
      kind: "veth",
      name: hif,
      master: this.#bridges.get(br) ?? (await this.#bridge(br)),
      up: true,
      txQueues: 1,
      rxQueues: 1,
      peer: { name: cif, address: mac, namespace: inside, txQueues: 1, rxQueues: 1 },
    });
    for (const link of down) job.setLink(inside, link, { up: true });
    job.setLink(inside, pair.peer, { up: true, addrGenMode: "none" }); // IPv4 alone is asked for
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
