import { CnmError } from "../errors.js";
import { Job } from "../kernel/job.js";
import type { Link, LinkTarget } from "../kernel/link/types.js";
import type { Namespace } from "../kernel/namespace.js";
import { parseCidr } from "../net/cidr.js";
import { macOfDigits } from "../net/mac.js";
import { optionsOf } from "./bridge-options.js";
import type { Condition, Host, HostLinks, Joined, NetworkSpec } from "./contract.js";

// Whether what the bridge driver made is there still and as it was, and how it is put right.

/** What tells a link of ours from another one when somebody has taken its mark away. */
export interface Own {
  readonly index: number;
  readonly address: string;
}

/** What the driver returns for an endpoint that has joined: the host's end of its pair. */
export interface Port extends Own {
  readonly vlan?: number;
}

/** What the driver returns for a network. */
export interface BridgeState extends Own {
  readonly bridge: string;
  /** It was there before us and is nobody's to delete. */
  readonly adopted: boolean;
  /** What its pairs get: the network's, else an adopted bridge's. `null` leaves it to the kernel. */
  readonly mtu: number | null;
  /** The VLAN that ports are in at first, of a bridge that keeps VLANs apart; 0 is none. */
  readonly defaultPvid?: number;
}

/** The hardware address of a link on the host, made of the id of what it is for. */
export function ownAddress(id: string): string {
  return macOfDigits(id.slice(-12));
}

/** Addresses of a bridge of ours, with their prefix length: its networks' gateways. */
export function gatewayAddresses(network: NetworkSpec): readonly string[] {
  return network.subnets.flatMap(({ gateway, subnet }) =>
    gateway === undefined ? [] : [`${gateway}/${parseCidr(subnet).prefix}`],
  );
}

/** The network's bridge, wherever it is by now; an adopted one goes by its name. */
export function bridgeOf(
  network: NetworkSpec,
  state: BridgeState,
  links: HostLinks,
): Link | undefined {
  if (!state.adopted) return ownLink(network.id, state, links);
  const there = links.named(state.bridge);
  return there?.kind === "bridge" ? there : undefined;
}

/** @throws {KernelError} when its addresses cannot be read. */
export async function checkBridge(
  host: Host,
  network: NetworkSpec,
  state: BridgeState,
  links: HostLinks,
): Promise<Condition> {
  const bridge = bridgeOf(network, state, links);
  if (bridge === undefined) return { is: "gone" };
  const what: string[] = [];
  if (bridge.index !== state.index) what.push(`${bridge.name} is another link than it was`);
  if (!state.adopted) {
    if (!isMarked(host, network.id, bridge)) what.push(`${bridge.name} has lost its altname`);
    if (!bridge.up) what.push(`${bridge.name} is down`);
    if (hasLostVlans(network, bridge)) what.push(`${bridge.name} keeps no VLANs apart any more`);
    for (const address of await missingAddresses(host, network, bridge)) {
      what.push(`${bridge.name} has lost its address ${address}`);
    }
  }
  return what.length === 0 ? good : { is: "wrong", what };
}

/** Of an adopted bridge nothing is put right: it is somebody else's. */
export async function mendBridge(
  host: Host,
  network: NetworkSpec,
  state: BridgeState,
  bridge: Link,
): Promise<void> {
  if (state.adopted) return;
  const { index, up } = bridge;
  const missing = await missingAddresses(host, network, bridge);
  const job = new Job();
  const lostVlans = hasLostVlans(network, bridge);
  if (!up) job.setLink(host.namespace, index, { up: true });
  if (lostVlans) job.setLink(host.namespace, index, { bridge: { vlanFiltering: true } });
  for (const address of missing) {
    const of6 = address.includes(":") ? { noDad: true } : {};
    job.addAddress(host.namespace, { link: index, address, ...of6 });
  }
  if (!up || lostVlans || missing.length > 0) await job.run();
  if (!isMarked(host, network.id, bridge)) {
    await host.namespace.links.addAltname(index, host.mark(network.id));
  }
}

function hasLostVlans(network: NetworkSpec, { bridge }: Link): boolean {
  return optionsOf(network).vlanFiltering === true && bridge?.vlanFiltering !== true;
}

export function adoptedIsGone({ bridge }: BridgeState): CnmError {
  return new CnmError(
    "ERR_CNM_CONFLICT",
    `bridge: ${bridge}, which the network has adopted, is gone; make it again, or delete the network`,
    { field: "bridge", link: bridge },
  );
}

/** A port of the bridge: the host's end of an endpoint's pair. */
export function checkPort(
  host: Host,
  network: NetworkSpec,
  bridge: BridgeState,
  { id, state }: Joined,
  links: HostLinks,
): Condition {
  const port = ownLink(id, state as unknown as Own, links);
  if (port === undefined) return { is: "gone" };
  const what: string[] = [];
  if (!isMarked(host, id, port)) what.push(`${port.name} has lost its altname`);
  if (port.master !== bridge.index) what.push(`${port.name} is no port of ${bridge.bridge}`);
  if (!port.up) what.push(`${port.name} is down`);
  if (hasLostIsolation(network, port)) what.push(`${port.name} is not isolated any more`);
  return what.length === 0 ? good : { is: "wrong", what };
}

export async function mendPort(
  host: Host,
  network: NetworkSpec,
  bridge: BridgeState,
  { id, state }: Joined,
  links: HostLinks,
): Promise<void> {
  const port = ownLink(id, state as unknown as Own, links);
  if (port === undefined) return;
  const { index, master, up } = port;
  const { vlan } = state as unknown as Port;
  const isElsewhere = master !== bridge.index;
  if (isElsewhere || !up || hasLostIsolation(network, port)) {
    const job = new Job();
    // A port that comes back begins anew: what it was told to be is lost.
    const { isolateEndpoints: isolated = false } = optionsOf(network);
    const { namespace } = host;
    job.setLink(namespace, index, { master: bridge.index, up: true });
    if (isolated) job.setLink(namespace, index, { bridgePort: { isolated } });
    if (isElsewhere && vlan !== undefined) setVlan(job, namespace, index, vlan, bridge);
    await job.run();
  }
  if (!isMarked(host, id, port)) await host.namespace.links.addAltname(index, host.mark(id));
}

function hasLostIsolation(network: NetworkSpec, { bridgePort }: Link): boolean {
  return optionsOf(network).isolateEndpoints === true && bridgePort?.isolated !== true;
}

/** Adds to the job that the port is in this VLAN alone, and untagged at the other end. */
export function setVlan(
  job: Job,
  host: Namespace,
  link: LinkTarget,
  vid: number,
  { defaultPvid = 0 }: BridgeState,
): void {
  job.addBridgeVlan(host, { link, vid, pvid: true, untagged: true });
  if (defaultPvid !== 0 && defaultPvid !== vid) {
    job.deleteBridgeVlan(host, { link, vid: defaultPvid });
  }
}

const good: Condition = { is: "good" };

// By its mark; where somebody has taken that away, by index and hardware address together.
function ownLink(id: string, own: Own, links: HostLinks): Link | undefined {
  const marked = links.marked(id);
  if (marked !== undefined) return marked;
  const there = links.at(own.index);
  return there?.address === own.address ? there : undefined;
}

function isMarked(host: Host, id: string, link: Link): boolean {
  return link.altnames.includes(host.mark(id));
}

async function missingAddresses(
  host: Host,
  network: NetworkSpec,
  bridge: Link,
): Promise<readonly string[]> {
  const wanted = gatewayAddresses(network);
  if (wanted.length === 0) return [];
  const there = await host.namespace.addresses.list({ link: bridge.index });
  const texts = there.map(({ address }) => address);
  return wanted.filter((address) => !texts.includes(address));
}
