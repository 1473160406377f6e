import {
  CnmError,
  KernelError,
  type Attached,
  type Attachment,
  type Condition,
  type Driver,
  type DriverState,
  type Host,
  type HostLinks,
  type Joined,
  type NetworkSpec,
  setUpInside,
} from "#lib/index.js";
import { Job } from "#lib/netlink.js";

// As an embedder writes one: of what "vethwork" and "vethwork/netlink" export, and nothing else.

interface Options {
  readonly ageingTimeMs: number;
}

interface Bridge {
  readonly index: number;
}

/** A bridge that forgets stations after a time of the user's choice. */
export class AgeingDriver implements Driver {
  readonly name = "ageing";
  readonly optionNames = ["ageingTimeMs"];

  checkOptions({ ageingTimeMs = 1000, ...rest }: Readonly<Record<string, unknown>>): DriverState {
    const [unknown] = Object.keys(rest);
    if (unknown !== undefined) throw invalid(unknown, "unknown option");
    if (Number.isInteger(ageingTimeMs)) return { ageingTimeMs: ageingTimeMs as number };
    throw invalid("ageingTimeMs", "must be a whole number");
  }

  ownLinks(): readonly string[] {
    return [];
  }

  async createNetwork(host: Host, network: NetworkSpec): Promise<DriverState> {
    const { links, addresses } = host.namespace;
    const { ageingTimeMs } = network.options as unknown as Options;
    const name = `ag-${network.id.slice(0, 12)}`;
    const mark = host.mark(network.id);
    const mtu = network.mtu === undefined ? {} : { mtu: network.mtu };
    const { index } = await links.add({
      kind: "bridge",
      name,
      up: true,
      altnames: [mark],
      ageingTimeMs,
      ...mtu,
    });
    try {
      for (const { subnet, gateway } of network.subnets) {
        if (gateway === undefined) continue;
        const address = `${gateway}/${subnet.replace(/.*\//, "")}`;
        await addresses.add({ link: index, address, ...noDad(address) });
      }
    } catch (error) {
      await remove(host, mark);
      throw error;
    }
    return { index };
  }

  async deleteNetwork(host: Host, network: NetworkSpec): Promise<void> {
    await remove(host, host.mark(network.id));
  }

  async join(
    host: Host,
    network: NetworkSpec,
    state: DriverState,
    attachment: Attachment,
  ): Promise<Attached> {
    const { id, mac, ifname, hostIfname, sandbox } = attachment;
    const mtu = network.mtu === undefined ? {} : { mtu: network.mtu };
    const inside = attachment.mtu === undefined ? mtu : { mtu: attachment.mtu };
    const name = hostIfname ?? `ag${id.slice(0, 12)}`;
    const mark = host.mark(id);
    const port = await host.namespace.links.add({
      kind: "veth",
      name,
      master: (state as unknown as Bridge).index,
      up: true,
      altnames: [mark],
      peer: { name: ifname, address: mac, namespace: sandbox, ...inside },
      ...mtu,
    });
    try {
      const peer = await sandbox.links.get(ifname);
      const job = new Job();
      setUpInside(job, peer.index, attachment);
      await job.run();
      return { index: peer.index, mtu: peer.mtu, hostIfname: name, state: { index: port.index } };
    } catch (error) {
      await remove(host, mark);
      throw error;
    }
  }

  async leave(host: Host, endpointId: string): Promise<void> {
    await remove(host, host.mark(endpointId));
  }

  checkNetwork(
    _host: Host,
    network: NetworkSpec,
    _state: DriverState,
    links: HostLinks,
  ): Promise<Condition> {
    return Promise.resolve(conditionOf(network.id, links));
  }

  async mendNetwork(
    host: Host,
    network: NetworkSpec,
    state: DriverState,
    links: HostLinks,
  ): Promise<DriverState> {
    const bridge = links.marked(network.id);
    if (bridge === undefined) return this.createNetwork(host, network);
    await host.namespace.links.set(bridge.index, { up: true });
    return state;
  }

  checkEndpoint(
    _host: Host,
    _network: NetworkSpec,
    _networkState: DriverState,
    endpoint: Joined,
    links: HostLinks,
  ): Condition {
    return conditionOf(endpoint.id, links);
  }

  async mendEndpoint(
    host: Host,
    _network: NetworkSpec,
    networkState: DriverState,
    endpoint: Joined,
    links: HostLinks,
  ): Promise<void> {
    const port = links.marked(endpoint.id);
    const { index: master } = networkState as unknown as Bridge;
    if (port !== undefined) await host.namespace.links.set(port.index, { up: true, master });
  }
}

function conditionOf(id: string, links: HostLinks): Condition {
  const link = links.marked(id);
  if (link === undefined) return { is: "gone" };
  return link.up ? { is: "good" } : { is: "wrong", what: [`${link.name} is down`] };
}

async function remove(host: Host, mark: string): Promise<void> {
  try {
    await host.namespace.links.delete(mark);
  } catch (error) {
    if (!(error instanceof KernelError) || error.errnoName !== "ENODEV") throw error;
  }
}

function noDad(address: string): { noDad?: boolean } {
  return address.includes(":") ? { noDad: true } : {};
}

function invalid(field: string, text: string): CnmError {
  return new CnmError("ERR_CNM_INVALID_OPTION", `create network: ${field}: ${text}`, { field });
}
