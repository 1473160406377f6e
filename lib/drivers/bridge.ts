import { CnmError, KernelError, type Context } from "../errors.js";
import { Job, type JobResult } from "../kernel/job.js";
import type { Link } from "../kernel/link/types.js";
import type { Namespace } from "../kernel/namespace.js";
import { check } from "../util/check.js";
import { optional, options } from "../util/options.js";
import { ifname } from "../util/schemas.js";
import {
  adoptedIsGone,
  bridgeOf,
  checkBridge,
  checkPort,
  gatewayAddresses,
  mendBridge,
  mendPort,
  ownAddress,
  type BridgeState,
  type Own,
} from "./bridge-condition.js";
import type {
  Attached,
  Attachment,
  Driver,
  Host,
  InterfaceStatistics,
  NetworkSpec,
  SubnetOfNetwork,
} from "./contract.js";
import { noDad, setUpInside } from "./inside.js";

/** Options of `createNetwork` that are the bridge driver's own. */
export interface BridgeNetworkOptions {
  /**
   * Name of the bridge on the host. One that is there already is used as it is: its addresses stay
   * as they are, and it is not deleted with the network. Default: `br-` and the network's id.
   */
  readonly bridge?: string;
}

interface Options {
  readonly bridge: string | null;
}

const ownOptions = options({ bridge: optional(ifname()) });

/** A Linux bridge on the host, a veth pair for every endpoint. See docs/drivers/bridge.md. */
export const bridgeDriver: Driver = {
  name: "bridge",
  optionNames: ["bridge"],

  checkOptions(given) {
    const { bridge } = check(ownOptions, given, "create network");
    return { bridge: bridge ?? null };
  },

  ownLinks(options) {
    const { bridge } = options as unknown as Options;
    return bridge === null ? [] : [bridge];
  },

  async createNetwork(host, network) {
    const { bridge } = network.options as unknown as Options;
    const there = bridge === null ? undefined : await findLink(host.namespace, bridge);
    const state =
      there === undefined ? await makeBridge(host, network) : adopt(host, network, there);
    return { ...state };
  },

  mtuOf(network, state) {
    return network.mtu ?? (state as unknown as BridgeState).mtu ?? 1500;
  },

  async deleteNetwork(host, network, state) {
    const bridge = state as unknown as BridgeState | undefined;
    if (bridge?.adopted) return;
    await removeOwn(host, network.id, bridge);
  },

  async join(host, network, state, attachment) {
    return attach(host, network, state as unknown as BridgeState, attachment);
  },

  async leave(host, endpointId, state) {
    await removeOwn(host, endpointId, state as unknown as Own | undefined);
  },

  async statistics(host, endpointId) {
    const port = await host.namespace.links
      .statistics(host.mark(endpointId))
      .catch(undefinedIfGone);
    return port && mirrored(port);
  },

  async checkNetwork(host, network, state, links) {
    return checkBridge(host, network, state as unknown as BridgeState, links);
  },

  async mendNetwork(host, network, state, links) {
    const bridge = state as unknown as BridgeState;
    const there = bridgeOf(network, bridge, links);
    if (there === undefined) {
      if (bridge.adopted) throw adoptedIsGone(bridge);
      return { ...(await makeBridge(host, network)) };
    }
    await mendBridge(host, network, bridge, there);
    return { ...bridge, index: there.index, address: there.address ?? bridge.address };
  },

  checkEndpoint(host, _network, networkState, endpoint, links) {
    return checkPort(host, networkState as unknown as BridgeState, endpoint, links);
  },

  async mendEndpoint(host, _network, networkState, endpoint, links) {
    await mendPort(host, networkState as unknown as BridgeState, endpoint, links);
  },
};

// What one end of a pair sends, the other receives.
function mirrored(port: InterfaceStatistics): InterfaceStatistics {
  return {
    rxBytes: port.txBytes,
    txBytes: port.rxBytes,
    rxPackets: port.txPackets,
    txPackets: port.rxPackets,
    rxErrors: port.txErrors,
    txErrors: port.rxErrors,
    rxDropped: port.txDropped,
    txDropped: port.rxDropped,
  };
}

function adopt(host: Host, network: NetworkSpec, link: Link): BridgeState {
  if (link.altnames.some((altname) => altname.startsWith(host.mark("")))) {
    throw new CnmError(
      "ERR_CNM_CONFLICT",
      `bridge: the link ${link.name} is another network's; choose another name`,
      { field: "bridge", link: link.name },
    );
  }
  if (link.kind === "bridge") {
    const { index, address = "" } = link;
    const effective = network.mtu ?? link.mtu;
    if (effective < leastMtuOf6 && has6(network)) {
      throw new CnmError(
        "ERR_CNM_CONFLICT",
        `bridge: ${link.name} has an MTU of ${link.mtu}, and a network with IPv6 needs ${leastMtuOf6}`,
        { field: "bridge", link: link.name },
      );
    }
    return { bridge: link.name, index, address, adopted: true, mtu: effective };
  }
  throw new CnmError(
    "ERR_CNM_CONFLICT",
    `bridge: the link ${link.name} is there already and is ${
      link.kind === undefined ? "no bridge" : `a ${link.kind}, no bridge`
    }; choose another name`,
    { field: "bridge", link: link.name },
  );
}

async function makeBridge(host: Host, network: NetworkSpec): Promise<BridgeState> {
  const { bridge } = network.options as unknown as Options;
  const name = bridge ?? `br-${network.id.slice(0, 12)}`;
  const address = ownAddress(network.id);
  const { mtu = null } = network;
  const job = new Job();
  const made = job.addLink(host.namespace, {
    kind: "bridge",
    name,
    up: true,
    // One of its own: else it takes the lowest of its ports', which changes as they come and go.
    address,
    altnames: [host.mark(network.id)],
    ...(mtu !== null && { mtu }),
    ...(!has6(network) && quiet(mtu)),
  });
  for (const address of gatewayAddresses(network)) {
    job.addAddress(host.namespace, { link: made.index, address, ...noDad(address) });
  }
  const result = await run(job, async () => {
    const there = await findLink(host.namespace, name);
    return there && taken("bridge", `the link ${name} is there already`, { link: name });
  });
  return { bridge: name, index: result.link(made).index, address, adopted: false, mtu };
}

// One hop: the pair in one message with its peer made where it will live, then both ends set up.
async function attach(
  host: Host,
  network: NetworkSpec,
  state: BridgeState,
  attachment: Attachment,
): Promise<Attached> {
  const { id, mac, ifname, hostIfname, sandbox } = attachment;
  const mtu = state.mtu === null ? {} : { mtu: state.mtu };
  const hostName = hostIfname ?? `veth${id.slice(0, 11)}`;
  const job = new Job();
  const pair = job.addLink(host.namespace, {
    kind: "veth",
    name: hostName,
    address: ownAddress(id),
    master: state.index,
    up: true,
    ...mtu,
    // One queue, said so: else the kernel makes and unmakes objects for a queue a CPU.
    txQueues: 1,
    rxQueues: 1,
    // A port needs no address; without one there is no MLD report of it to flood to all others.
    ...quiet(state.mtu),
    altnames: [host.mark(id)],
    peer: {
      name: ifname,
      address: mac,
      namespace: sandbox,
      txQueues: 1,
      rxQueues: 1,
      // The host's end keeps the network's: a bridge takes the smallest of its ports.
      ...(attachment.mtu === undefined ? mtu : { mtu: attachment.mtu }),
    },
  });
  const quietInside = has6(network) ? {} : quiet(attachment.mtu ?? state.mtu);
  setUpInside(job, pair.peer, attachment, quietInside);
  const result = await run(job, async () => {
    const there = await findLink(host.namespace, hostName);
    return there === undefined
      ? taken("ifname", `the sandbox has an interface ${ifname} already`, { ifname })
      : taken("hostIfname", `the host has a link ${hostName} already`, { link: hostName });
  });
  const { index, address = "", link = 0, mtu: actual } = result.link(pair);
  const { mtu: inside = actual } = attachment;
  return { index: link, mtu: inside, hostIfname: hostName, state: { index, address } };
}

/** Runs the job; `explain` says whose name was taken where the kernel says only that one was. */
async function run(job: Job, explain: () => Promise<CnmError | undefined>): Promise<JobResult> {
  try {
    return await job.run();
  } catch (error) {
    const isTaken = error instanceof KernelError && error.errnoName === "EEXIST";
    if (!isTaken || error.syscall !== "RTM_NEWLINK") throw error;
    throw (await explain()) ?? error;
  }
}

function taken(field: string, what: string, names: Context): CnmError {
  return new CnmError("ERR_CNM_CONFLICT", `${field}: ${what}; choose another name`, {
    field,
    ...names,
  });
}

const leastMtuOf6 = 1280; // RFC 8200, section 5: below it the kernel takes IPv6 off the link

// No link-local address. A link that has no IPv6 anyway knows no such mode (EAFNOSUPPORT).
function quiet(mtu: number | null): { addrGenMode?: "none" } {
  return mtu !== null && mtu < leastMtuOf6 ? {} : { addrGenMode: "none" };
}

function has6({ subnets }: { readonly subnets: readonly SubnetOfNetwork[] }): boolean {
  return subnets.some(({ subnet }) => subnet.includes(":"));
}

async function findLink(namespace: Namespace, name: string): Promise<Link | undefined> {
  return namespace.links.get(name).catch(undefinedIfGone);
}

// By its mark: a name or an index alone may be somebody else's by now. Where the mark is gone the
// link need not be: it is ours still if it has both the index and the hardware address.
async function removeOwn(host: Host, id: string, own: Own | undefined): Promise<void> {
  const { links } = host.namespace;
  try {
    await links.delete(host.mark(id));
  } catch (error) {
    undefinedIfGone(error);
    const there =
      own === undefined
        ? await unmarked(host, id)
        : await links.get(own.index).catch(undefinedIfGone);
    if (there === undefined || (own !== undefined && there.address !== own.address)) return;
    await links.delete(there.index).catch(undefinedIfGone);
  }
}

// A process may end between making a link and marking it: the address is made of the id.
async function unmarked(host: Host, id: string): Promise<Link | undefined> {
  const address = ownAddress(id);
  return (await host.namespace.links.list()).find((link) => link.address === address);
}

function undefinedIfGone(error: unknown): undefined {
  if (error instanceof KernelError && error.errnoName === "ENODEV") return undefined;
  throw error;
}
