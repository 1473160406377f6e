import type { Decoded, Message, Plain } from "../../native.js";
import type {
  WireguardChanges,
  WireguardDevice,
  WireguardPeer,
  WireguardPeerSpec,
} from "./types.js";

// Keys are hex in messages.
const keyBytes = 32; // WG_KEY_LEN
const noKey = "00".repeat(keyBytes);

function keyHex(key: string | null | undefined): string | undefined {
  if (key === null) return noKey;
  return key === undefined ? undefined : Buffer.from(key, "base64").toString("hex");
}

function keyText(hex: string | undefined): string | undefined {
  if (hex === undefined || hex === noKey) return undefined;
  return Buffer.from(hex, "hex").toString("base64");
}

function device(link: string | number) {
  return typeof link === "number" ? { ifindex: link } : { ifname: link };
}

/** @internal */
export function getMessage(link: string | number): Message {
  return { type: "WG_CMD_GET_DEVICE", flags: ["dump"], attributes: device(link) };
}

// A message of the kernel's holds some 16 KiB, and a peer without addresses takes 160 bytes at most,
// an address 40: a peer counts as four addresses.
const mostInMessage = 256;
const peerWeight = 4;

/**
 * As many messages as the peers need. Only the first one replaces, and only the first part of a peer
 * has more than its addresses (linux/wireguard.h).
 * @internal
 */
export function setMessages(link: string | number, changes: WireguardChanges): readonly Message[] {
  const { peers = [], replacePeers, privateKey, listenPort, fwmark } = changes;
  const [first, ...rest] = portions(peers);
  const set = (attributes: Readonly<Record<string, Plain | undefined>>): Message => ({
    type: "WG_CMD_SET_DEVICE",
    attributes: { ...device(link), ...attributes },
  });
  return [
    set({
      private_key: keyHex(privateKey),
      flags: replacePeers === true ? ["replace_peers"] : undefined,
      listen_port: listenPort,
      fwmark,
      peers: first,
    }),
    ...rest.map((some) => set({ peers: some })),
  ];
}

type PeerAttributes = Readonly<Record<string, Plain | undefined>>;

function portions(peers: readonly WireguardPeerSpec[]): readonly (readonly PeerAttributes[])[] {
  const all: PeerAttributes[][] = [];
  let left = 0;
  for (const peer of peers) {
    const ips = (peer.allowedIps ?? []).map(allowedIp);
    let at = 0;
    do {
      if (left < peerWeight + 1) {
        all.push([]);
        left = mostInMessage;
      }
      left -= peerWeight;
      const some = ips.slice(at, at + left);
      all.at(-1)?.push(at === 0 ? wholePeer(peer, some) : laterPart(peer, some));
      left -= some.length;
      at += some.length;
    } while (at < ips.length);
  }
  return all;
}

function wholePeer(peer: WireguardPeerSpec, allowedips: readonly Plain[]): PeerAttributes {
  const flags = [
    ...(peer.remove === true ? ["remove_me"] : []),
    ...(peer.replaceAllowedIps === true ? ["replace_allowedips"] : []),
  ];
  return {
    public_key: keyHex(peer.publicKey),
    preshared_key: keyHex(peer.presharedKey),
    flags: flags.length === 0 ? undefined : flags,
    endpoint: peer.endpoint,
    persistent_keepalive_interval: peer.persistentKeepaliveS,
    allowedips: allowedips.length === 0 ? undefined : allowedips,
  };
}

function laterPart({ publicKey }: WireguardPeerSpec, allowedips: readonly Plain[]): PeerAttributes {
  return { public_key: keyHex(publicKey), allowedips };
}

function allowedIp(text: string): Plain {
  const [ipaddr = "", prefix] = text.split("/"); // checked
  const family = ipaddr.includes(":") ? "inet6" : "inet";
  const whole = family === "inet6" ? 128 : 32;
  return { family, ipaddr, cidr_mask: prefix === undefined ? whole : Number(prefix) };
}

interface DeviceAttributes {
  readonly ifindex: number;
  readonly ifname: string;
  readonly private_key?: string;
  readonly public_key?: string;
  readonly listen_port?: number;
  readonly fwmark?: number;
  readonly peers?: readonly DecodedPeer[];
}

interface DecodedPeer {
  readonly public_key: string;
  readonly preshared_key?: string;
  readonly endpoint?: string;
  readonly persistent_keepalive_interval?: number;
  readonly last_handshake_time?: { readonly sec: number; readonly nsec: number };
  readonly rx_bytes?: number;
  readonly tx_bytes?: number;
  readonly allowedips?: readonly { readonly ipaddr: string; readonly cidr_mask: number }[];
}

/** Of all parts of a dump: a peer that does not fit goes on in the next one. @internal */
export function toDevice(parts: readonly Decoded[]): WireguardDevice | undefined {
  const [first, ...rest] = parts.map(({ attributes }) => attributes as unknown as DeviceAttributes);
  if (first === undefined) return undefined;
  const peers: WireguardPeer[] = [];
  for (const one of [first, ...rest].flatMap((part) => part.peers ?? [])) {
    const peer = toPeer(one);
    const last = peers.at(-1);
    if (last?.publicKey === peer.publicKey) {
      peers[peers.length - 1] = { ...last, allowedIps: [...last.allowedIps, ...peer.allowedIps] };
    } else {
      peers.push(peer);
    }
  }
  return {
    link: first.ifindex,
    name: first.ifname,
    privateKey: keyText(first.private_key),
    publicKey: keyText(first.public_key),
    listenPort: first.listen_port ?? 0,
    fwmark: first.fwmark ?? 0,
    peers,
  };
}

function toPeer(a: DecodedPeer): WireguardPeer {
  const { sec = 0, nsec = 0 } = a.last_handshake_time ?? {};
  return {
    publicKey: keyText(a.public_key) ?? "",
    presharedKey: keyText(a.preshared_key),
    endpoint: a.endpoint,
    allowedIps: (a.allowedips ?? []).map(({ ipaddr, cidr_mask }) => `${ipaddr}/${cidr_mask}`),
    persistentKeepaliveS: a.persistent_keepalive_interval ?? 0,
    lastHandshakeMs: sec === 0 ? undefined : sec * 1000 + Math.floor(nsec / 1e6),
    rxBytes: a.rx_bytes ?? 0,
    txBytes: a.tx_bytes ?? 0,
  };
}
