import { randomInt } from "node:crypto";
import { CnmError, KernelError, type Context } from "../errors.js";
import { Job, type JobResult } from "../kernel/job.js";
import type { Link } from "../kernel/link/types.js";
import type { Namespace } from "../kernel/namespace.js";
import { leastMtuOf6 } from "../net/ip.js";
import {
  adoptedIsGone,
  bridgeOf,
  checkBridge,
  checkPort,
  gatewayAddresses,
  mendBridge,
  mendPort,
  ownAddress,
  setVlan,
  type BridgeState,
  type Own,
  type Port,
} from "./bridge-condition.js";
import {
  checkEndpointOptions,
  checkNetworkOptions,
  endpointOptionNames,
  networkOptionNames,
  optionsOf,
  type BridgeEndpointOptions,
  type Options,
} from "./bridge-options.js";
import type {
  Attached,
  Attachment,
  Driver,
  Host,
  InterfaceStatistics,
  Leaving,
  NetworkSpec,
  SubnetOfNetwork,
} from "./contract.js";
import { noDad, setUpInside } from "./inside.js";
import { uplinkMtu } from "./uplink.js";

const mostPorts = 1023; // BR_MAX_PORTS in net/bridge/br_private.h, and number 0 is none

/** A Linux bridge on the host, a veth pair for every endpoint. See docs/drivers/bridge.md. */
export const bridgeDriver: Driver = {
  name: "bridge",
  optionNames: networkOptionNames,
  endpointOptionNames,
  mostJoined: mostPorts,
  exclusiveOption: "bridge",
  subnets: "optional",

  checkOptions: checkNetworkOptions,

  checkEndpointOptions(given, _network, state) {
    const { defaultPvid } = state as unknown as BridgeState;
    return checkEndpointOptions(given, defaultPvid !== undefined);
  },

  ownLinks(options) {
    const { bridge } = options as unknown as Options;
    return bridge === null ? [] : [bridge];
  },

  async createNetwork(host, network) {
    const { bridge, unmanaged = false } = optionsOf(network);
    const there = bridge === null ? undefined : await findLink(host.namespace, bridge);
    if (there !== undefined) return { ...adopt(host, network, there) };
    if (unmanaged) throw isNotThere(bridge ?? "");
    return { ...(await makeBridge(host, network, await mtuOfNew(host, network))) };
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
    await removeOwn(host, endpointId, state as unknown as Port | undefined);
  },

  async statistics(host, endpointId) {
    const port = await host.namespace.links
      .statistics(host.mark(endpointId))
      .catch(undefinedIfGone);
    return port && mirrored(port);
  },

  async leaveMany(host, endpoints) {
    await removeMany(host, endpoints);
  },

  async checkNetwork(host, network, state, links) {
    return checkBridge(host, network, state as unknown as BridgeState, links);
  },

  async mendNetwork(host, network, state, links) {
    const bridge = state as unknown as BridgeState;
    const there = bridgeOf(network, bridge, links);
    if (there === undefined) {
      if (bridge.adopted) throw adoptedIsGone(bridge);
      return { ...(await makeBridge(host, network, bridge.mtu)) };
    }
    await mendBridge(host, network, bridge, there);
    return { ...bridge, index: there.index, address: there.address ?? bridge.address };
  },

  checkEndpoint(host, network, networkState, endpoint, links) {
    return checkPort(host, network, networkState as unknown as BridgeState, endpoint, links);
  },

  async mendEndpoint(host, network, networkState, endpoint, links) {
    await mendPort(host, network, networkState as unknown as BridgeState, endpoint, links);
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
    const { vlanFiltering = false, vlanDefaultPvid = 1 } = link.bridge ?? {};
    if (optionsOf(network).vlanFiltering === true && !vlanFiltering) {
      throw new CnmError(
        "ERR_CNM_CONFLICT",
        `vlanFiltering: the bridge ${link.name} is there already and keeps no VLANs apart; switch it on there`,
        { field: "vlanFiltering", link: link.name },
      );
    }
    const vlans = vlanFiltering ? { defaultPvid: vlanDefaultPvid } : {};
    return { bridge: link.name, index, address, adopted: true, mtu: effective, ...vlans };
  }
  throw new CnmError(
    "ERR_CNM_CONFLICT",
    `bridge: the link ${link.name} is there already and is ${
      link.kind === undefined ? "no bridge" : `a ${link.kind}, no bridge`
    }; choose another name`,
    { field: "bridge", link: link.name },
  );
}

function isNotThere(bridge: string): CnmError {
  return new CnmError(
    "ERR_CNM_NOT_FOUND",
    `bridge: the host has no link ${bridge}; make it first, or leave out mode: "unmanaged"`,
    { field: "bridge", link: bridge },
  );
}

// A network that reaches nothing outside needs not heed what is outside.
async function mtuOfNew(host: Host, network: NetworkSpec): Promise<number | null> {
  if (network.mtu !== undefined) return network.mtu;
  const mtu = network.internal ? undefined : await uplinkMtu(host);
  return mtu === undefined ? null : Math.max(mtu, isOnly4(network) ? leastMtu : leastMtuOf6);
}

async function makeBridge(
  host: Host,
  network: NetworkSpec,
  mtu: number | null,
): Promise<BridgeState> {
  const { bridge, vlanFiltering = false } = optionsOf(network);
  const name = bridge ?? `br-${network.id.slice(0, 12)}`;
  const address = ownAddress(network.id);
  const job = new Job();
  const made = job.addLink(host.namespace, {
    kind: "bridge",
    name,
    up: true,
    // One of its own: else it takes the lowest of its ports', which changes as they come and go.
    address,
    altnames: [host.mark(network.id)],
    ...(mtu !== null && { mtu }),
    ...(vlanFiltering && { vlanFiltering, vlanDefaultPvid: 1 }),
    ...(!has6(network) && quiet(mtu)),
  });
  for (const address of gatewayAddresses(network)) {
    job.addAddress(host.namespace, { link: made.index, address, ...noDad(address) });
  }
  const result = await run(job, async () => {
    const there = await findLink(host.namespace, name);
    return there && taken("bridge", `the link ${name} is there already`, { link: name });
  });
  const { index } = result.link(made);
  const vlans = vlanFiltering ? { defaultPvid: 1 } : {};
  return { bridge: name, index, address, adopted: false, mtu, ...vlans };
}

// One hop: the pair in one message with its peer made where it will live, then both ends set up.
async function attach(
  host: Host,
  network: NetworkSpec,
  state: BridgeState,
  attachment: Attachment,
): Promise<Attached> {
  const { id, mac, ifname, hostIfname, sandbox } = attachment;
  const { vlan } = (attachment.options ?? {}) as BridgeEndpointOptions;
  const { isolateEndpoints: isolated = false } = optionsOf(network);
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
    ...(isolated && { bridgePort: { isolated } }),
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
  if (vlan !== undefined) setVlan(job, host.namespace, pair.index, vlan, state);
  const quietInside = isOnly4(network) ? quiet(attachment.mtu ?? state.mtu) : {};
  setUpInside(job, pair.peer, attachment, quietInside);
  const result = await run(job, async (error) => {
    if (error.errnoName === "EXFULL") return isFull(state, error);
    const there = await findLink(host.namespace, hostName);
    return there === undefined
      ? taken("ifname", `the sandbox has an interface ${ifname} already`, { ifname })
      : taken("hostIfname", `the host has a link ${hostName} already`, { link: hostName });
  });
  const { index, address = "", link = 0, mtu: actual } = result.link(pair);
  const { mtu: inside = actual } = attachment;
  const port = { index, address, ...(vlan !== undefined && { vlan }) };
  return { index: link, mtu: inside, hostIfname: hostName, state: port };
}

// Ports that are not this network's count too, and only the kernel knows them.
function isFull({ bridge }: BridgeState, cause: KernelError): CnmError {
  return new CnmError(
    "ERR_CNM_NETWORK_FULL",
    `the bridge ${bridge} has ${mostPorts} ports, and takes no more; spread the endpoints over several networks`,
    { link: bridge },
    { cause },
  );
}

/** Runs the job; `explain` says whose name was taken, or what is full, where the kernel says that alone. */
async function run(
  job: Job,
  explain: (error: KernelError) => Promise<CnmError | undefined>,
): Promise<JobResult> {
  try {
    return await job.run();
  } catch (error) {
    if (!(error instanceof KernelError) || error.syscall !== "RTM_NEWLINK") throw error;
    if (error.errnoName !== "EEXIST" && error.errnoName !== "EXFULL") throw error;
    throw (await explain(error)) ?? error;
  }
}

function taken(field: string, what: string, names: Context): CnmError {
  return new CnmError("ERR_CNM_CONFLICT", `${field}: ${what}; choose another name`, {
    field,
    ...names,
  });
}

const leastMtu = 68; // RFC 791

// No link-local address. A link that has no IPv6 anyway knows no such mode (EAFNOSUPPORT).
function quiet(mtu: number | null): { addrGenMode?: "none" } {
  return mtu !== null && mtu < leastMtuOf6 ? {} : { addrGenMode: "none" };
}

function has6({ subnets }: { readonly subnets: readonly SubnetOfNetwork[] }): boolean {
  return subnets.some(({ subnet }) => subnet.includes(":"));
}

// Where the addresses are somebody else's matter, so is whether there is IPv6: the kernel's way then.
function isOnly4(network: NetworkSpec): boolean {
  return network.subnets.length > 0 && !has6(network);
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

const manyLinks = 16; // from here on a group is gone sooner than that many notifications have come

// One by one the kernel waits for each; a group it takes down together. A group of a number that
// nobody has: whose link it is is said by its mark.
async function removeMany(host: Host, endpoints: readonly Leaving[]): Promise<void> {
  const { links } = host.namespace;
  const removeEach = (some: readonly Leaving[]) =>
    Promise.all(
      some.map(({ id, state }) => removeOwn(host, id, state as unknown as Own | undefined)),
    );
  if (endpoints.length < manyLinks) {
    await removeEach(endpoints);
    return;
  }
  const group = randomInt(2 ** 30, 2 ** 31);
  const found = await Promise.all(
    endpoints.map(({ id }) => links.set(host.mark(id), { group }).then(yes, undefinedIfGone)),
  );
  if (found.includes(true)) await links.deleteGroup(group);
  await removeEach(endpoints.filter((_, at) => found[at] !== true));
}

const yes = () => true;

// A process may end between making a link and marking it: the address is made of the id.
async function unmarked(host: Host, id: string): Promise<Link | undefined> {
  const address = ownAddress(id);
  return (await host.namespace.links.list()).find((link) => link.address === address);
}

function undefinedIfGone(error: unknown): undefined {
  if (error instanceof KernelError && error.errnoName === "ENODEV") return undefined;
  throw error;
}
