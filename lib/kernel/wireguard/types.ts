/** One peer of a device, as `wireguard.set` takes it. Keys are base64, as wg(8) has them. */
export interface WireguardPeerSpec {
  readonly publicKey: string;
  /** `null` takes it away. */
  readonly presharedKey?: string | null;
  /** `"192.0.2.1:51820"`, `"[2001:db8::1]:51820"`. */
  readonly endpoint?: string;
  /** Subnets and addresses: what comes from the peer, and what goes to it. */
  readonly allowedIps?: readonly string[];
  /** Those that it has go first. Without it, `allowedIps` are added. */
  readonly replaceAllowedIps?: boolean;
  /** 0 switches it off. */
  readonly persistentKeepaliveS?: number;
  /** The peer is removed. */
  readonly remove?: boolean;
}

/** What `wireguard.set` changes; what is left out stays as it is. */
export interface WireguardChanges {
  /** `null` takes it away. */
  readonly privateKey?: string | null;
  /** 0 lets the kernel choose. */
  readonly listenPort?: number;
  /** Of the packets that go out; 0 is none. */
  readonly fwmark?: number;
  /** Added, or changed where they are there. */
  readonly peers?: readonly WireguardPeerSpec[];
  /** All peers that are there go first. */
  readonly replacePeers?: boolean;
}

/** A peer as the kernel shows it. */
export interface WireguardPeer {
  readonly publicKey: string;
  readonly presharedKey: string | undefined;
  /** The last that it was seen at. */
  readonly endpoint: string | undefined;
  readonly allowedIps: readonly string[];
  readonly persistentKeepaliveS: number;
  /** Since 1970; `undefined` before the first. */
  readonly lastHandshakeMs: number | undefined;
  readonly rxBytes: number;
  readonly txBytes: number;
}

/** A device as the kernel shows it. */
export interface WireguardDevice {
  /** Index of the link. */
  readonly link: number;
  readonly name: string;
  readonly privateKey: string | undefined;
  readonly publicKey: string | undefined;
  readonly listenPort: number;
  readonly fwmark: number;
  readonly peers: readonly WireguardPeer[];
}
