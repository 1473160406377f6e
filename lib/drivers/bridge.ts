import { CnmError, KernelError } from "../errors.js";
import { Job } from "../kernel/job.js";
import type { Link } from "../kernel/link/types.js";
import type { Namespace } from "../kernel/namespace.js";
import { parseCidr } from "../net/cidr.js";
import { formatMac, macFromBytes } from "../net/mac.js";
import { check } from "../util/check.js";
import { optional, options } from "../util/options.js";
import { ifname } from "../util/schemas.js";
import type {
  Attached,
  Attachment,
  Driver,
  Host,
  NetworkSpec,
  SubnetOfNetwork,
} from "./contract.js";

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

interface BridgeState {
  readonly bridge: string;
  readonly index: number;
  /** It was there before us and is nobody's to delete. */
  readonly adopted: boolean;
  /** What its pairs get: the network's, else an adopted bridge's. `null` leaves it to the kernel. */
  readonly mtu: number | null;
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

  async deleteNetwork(host, network, state) {
    if ((state as unknown as BridgeState).adopted) return;
    await deleteIfThere(host.namespace, host.mark(network.id));
  },

  async join(host, network, state, attachment) {
    return attach(host, network, state as unknown as BridgeState, attachment);
  },

  async leave(host, endpointId) {
    await deleteIfThere(host.namespace, host.mark(endpointId));
  },
};

function adopt(host: Host, { mtu }: NetworkSpec, link: Link): BridgeState {
  if (link.altnames.some((altname) => altname.startsWith(host.mark("")))) {
    throw new CnmError(
      "ERR_CNM_CONFLICT",
      `bridge: the link ${link.name} is another network's; choose another name`,
      { field: "bridge", link: link.name },
    );
  }
  if (link.kind === "bridge") {
    return { bridge: link.name, index: link.index, adopted: true, mtu: mtu ?? link.mtu };
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
  const job = new Job();
  const made = job.addLink(host.namespace, {
    kind: "bridge",
    name,
    up: true,
    // One of its own: else it takes the lowest of its ports', which changes as they come and go.
    address: formatMac(macFromBytes(Buffer.from(network.id.slice(0, 12), "hex"))),
    altnames: [host.mark(network.id)],
    ...(network.mtu !== undefined && { mtu: network.mtu }),
    ...(!has6(network) && { addrGenMode: "none" }),
  });
  for (const { gateway, subnet } of network.subnets) {
    if (gateway === undefined) continue;
    const address = `${gateway}/${parseCidr(subnet).prefix}`;
    job.addAddress(host.namespace, { link: made.index, address, ...noDad(gateway) });
  }
  const result = await job.run();
  return { bridge: name, index: result.link(made).index, adopted: false, mtu: network.mtu ?? null };
}

// One hop: the pair in one message with its peer made where it will live, then both ends set up.
async function attach(
  host: Host,
  network: NetworkSpec,
  state: BridgeState,
  { id, mac, addresses, ifname, hostIfname, sandbox, defaultGateways }: Attachment,
): Promise<Attached> {
  const mtu = state.mtu === null ? {} : { mtu: state.mtu };
  const hostName = hostIfname ?? `veth${id.slice(0, 11)}`;
  const job = new Job();
  const pair = job.addLink(host.namespace, {
    kind: "veth",
    name: hostName,
    master: state.index,
    up: true,
    ...mtu,
    // One queue, said so: else the kernel makes and unmakes objects for a queue a CPU.
    txQueues: 1,
    rxQueues: 1,
    // A port needs no address; without one there is no MLD report of it to flood to all others.
    addrGenMode: "none",
    altnames: [host.mark(id)],
    peer: { name: ifname, address: mac, namespace: sandbox, txQueues: 1, rxQueues: 1, ...mtu },
  });
  job.setLink(sandbox, pair.peer, {
    up: true,
    ...(!has6(network) && { addrGenMode: "none" }),
  });
  for (const address of addresses) {
    job.addAddress(sandbox, { link: pair.peer, address, ...noDad(address) });
  }
  for (const gateway of defaultGateways) {
    job.addRoute(sandbox, { destination: "default", gateway, link: pair.peer });
  }
  const made = (await job.run()).link(pair);
  return { index: made.link ?? 0, mtu: made.mtu, hostIfname: hostName, state: {} };
}

function has6({ subnets }: { readonly subnets: readonly SubnetOfNetwork[] }): boolean {
  return subnets.some(({ subnet }) => subnet.includes(":"));
}

// IPAM vouches that nobody else has it: waiting for duplicates would cost a second.
function noDad(address: string): { noDad?: boolean } {
  return address.includes(":") ? { noDad: true } : {};
}

async function findLink(namespace: Namespace, name: string): Promise<Link | undefined> {
  return namespace.links.get(name).catch(undefinedIfGone);
}

// By its mark: a name or an index alone may be somebody else's by now.
async function deleteIfThere(namespace: Namespace, mark: string): Promise<void> {
  await namespace.links.delete(mark).catch(undefinedIfGone);
}

function undefinedIfGone(error: unknown): undefined {
  if (error instanceof KernelError && error.errnoName === "ENODEV") return undefined;
  throw error;
}
