import { CnmError, invalidArgType } from "../../errors.js";
import { check } from "../../util/check.js";
import { optional, options } from "../../util/options.js";
import { integer, list, oneOf } from "../../util/schemas.js";
import { layoutOf, type Datatype, type Layout } from "./datatypes.js";
import { lengthOf, wordsOf } from "./definition.js";
import { Field, SettableField, type Source } from "./fields.js";
import { Key, type AnyKey } from "./keys.js";
import { learnEtherType } from "./packet.js";
import type { Types } from "./sets.js";

// What the kernel knows of a packet beside its bytes. Source: nft(8), "META EXPRESSIONS" and on.

function read<T extends Datatype>(
  type: T,
  key: string,
  more: { layout?: Layout; learn?: Source["learn"] } = {},
): Field<T> {
  return new Field(type, sourceOf(key, more.learn), more.layout);
}

function settable<T extends Datatype>(type: T, key: string): SettableField<T> {
  return new SettableField(type, sourceOf(key));
}

function sourceOf(key: string, learn?: Source["learn"]): Source {
  return {
    load: (compiler, dreg) => {
      compiler.emit({ kind: "meta", key, dreg });
    },
    store: (compiler, sreg) => {
      compiler.emit({ kind: "meta", key, sreg });
    },
    ...(learn && { learn }),
  };
}

const bytes = (size: number): Layout => ({ type: "integer", bytes: size, order: "host" });

export const meta = {
  /** Bytes of the packet. */
  length: read("integer", "len"),
  protocol: read("ether_type", "protocol", {
    layout: layoutOf("ether_type", "big"),
    learn: learnEtherType,
  }),
  nfproto: read("nf_proto", "nfproto", {
    learn: (compiler, value) => {
      if (value !== undefined) compiler.knowNetwork(value === 2 ? "ip" : "ip6");
    },
  }),
  l4proto: read("inet_proto", "l4proto", {
    learn: (compiler, value) => {
      compiler.knowTransport(value ?? "several");
    },
  }),
  mark: settable("mark", "mark"),
  priority: settable("integer", "priority"),
  iif: read("iface_index", "iif"),
  oif: read("iface_index", "oif"),
  iifname: read("ifname", "iifname"),
  oifname: read("ifname", "oifname"),
  iiftype: read("iface_type", "iiftype"),
  oiftype: read("iface_type", "oiftype"),
  iifgroup: read("devgroup", "iifgroup"),
  oifgroup: read("devgroup", "oifgroup"),
  /** Name of the bridge that the packet came by. */
  ibrname: read("ifname", "bri_iifname"),
  obrname: read("ifname", "bri_oifname"),
  skuid: read("uid", "skuid"),
  skgid: read("gid", "skgid"),
  pkttype: settable("pkt_type", "pkttype"),
  nftrace: new SettableField("integer", sourceOf("nftrace"), bytes(1)),
  rtclassid: read("realm", "rtclassid"),
  cpu: read("integer", "cpu"),
  cgroup: read("integer", "cgroup"),
  random: read("integer", "prandom"),
} as const;

interface CtMore {
  readonly direction?: "original" | "reply";
  readonly layout?: Layout;
  readonly need?: Source["need"];
}

function ctSource(key: string, { direction, need }: CtMore): Source {
  return {
    load: (compiler, dreg) => {
      compiler.emit({ kind: "ct", key, dreg, ...(direction && { direction }) });
    },
    store: (compiler, sreg) => {
      compiler.emit({ kind: "ct", key, sreg, ...(direction && { direction }) });
    },
    ...(need && { need }),
  };
}
function connection<T extends Datatype>(type: T, key: string, more: CtMore = {}): Field<T> {
  return new Field(type, ctSource(key, more), more.layout);
}
function settableCt<T extends Datatype>(type: T, key: string, more: CtMore = {}): SettableField<T> {
  return new SettableField(type, ctSource(key, more), more.layout);
}

const one = (direction: "original" | "reply") =>
  ({
    /** Of IPv4. */
    ipSaddr: connection("ipv4_addr", "src_ip", { direction }),
    ipDaddr: connection("ipv4_addr", "dst_ip", { direction }),
    ip6Saddr: connection("ipv6_addr", "src_ip6", { direction }),
    ip6Daddr: connection("ipv6_addr", "dst_ip6", { direction }),
    protoSrc: connection("inet_service", "proto_src", { direction }),
    protoDst: connection("inet_service", "proto_dst", { direction }),
    l3proto: connection("nf_proto", "l3protocol", { direction }),
    protocol: connection("inet_proto", "protocol", { direction }),
    packets: connection("integer", "pkts", { direction, layout: bytes(8) }),
    bytes: connection("integer", "bytes", { direction, layout: bytes(8) }),
    zone: settableCt("integer", "zone", { direction, layout: bytes(2) }),
  }) as const;

/** The connection that the packet belongs to. */
export const ct = {
  state: connection("ct_state", "state"),
  direction: connection("ct_dir", "direction"),
  status: connection("ct_status", "status"),
  mark: settableCt("mark", "mark"),
  zone: settableCt("integer", "zone", { layout: bytes(2) }),
  id: connection("integer", "id"),
  /** Milliseconds that are left. */
  expiration: connection("integer", "expiration"),
  /** Of both directions. */
  packets: connection("integer", "pkts", { layout: bytes(8) }),
  bytes: connection("integer", "bytes", { layout: bytes(8) }),
  original: one("original"),
  reply: one("reply"),
} as const;

type FibFlag = "saddr" | "daddr" | "mark" | "iif" | "oif";
const fibFlags = list(oneOf("saddr", "daddr", "mark", "iif", "oif"));

/** What routing says of an address: `fib("daddr").type.eq("local")`. */
export function fib(...flags: readonly FibFlag[]): {
  readonly type: Field<"fib_addrtype">;
  readonly oif: Field<"iface_index">;
  readonly oifname: Field<"ifname">;
  /** Whether there is a route. */
  readonly exists: Field<"boolean">;
} {
  const given = check(fibFlags, flags, "fib", "flags");
  if (!given.includes("saddr") && !given.includes("daddr")) {
    throw new CnmError("ERR_CNM_INVALID_OPTION", 'fib: needs "saddr" or "daddr"');
  }
  const of = <T extends Datatype>(
    type: T,
    result: "oif" | "oifname" | "addrtype",
    present = false,
    layout?: Layout,
  ) =>
    new Field(
      type,
      {
        load: (compiler, dreg) => {
          const all = present ? ([...given, "present"] as const) : given;
          compiler.emit({ kind: "fib", result, flags: all, dreg });
        },
      },
      layout,
    );
  return {
    type: of("fib_addrtype", "addrtype"),
    oif: of("iface_index", "oif"),
    oifname: of("ifname", "oifname"),
    exists: of("boolean", "oif", true, { type: "boolean", bytes: 4, order: "host" }),
  };
}

const route = <T extends Datatype>(type: T, key: string, layout?: Layout, need?: Source["need"]) =>
  new Field(
    type,
    {
      ...(need && { need }),
      load: (compiler, dreg) => {
        compiler.emit({ kind: "rt", key, dreg });
      },
    },
    layout,
  );

/** Where the packet is to go. */
export const rt = {
  classid: route("realm", "classid"),
  ipNexthop: route("ipv4_addr", "nexthop4", undefined, (compiler) => {
    compiler.network("ip");
  }),
  ip6Nexthop: route("ipv6_addr", "nexthop6", undefined, (compiler) => {
    compiler.network("ip6");
  }),
  /** The largest segment that fits; for `tcpOption.maxseg.set(rt.mtu)`. */
  mtu: route("integer", "tcpmss", bytes(2)),
} as const;

const ofSocket = <T extends Datatype>(type: T, key: string) =>
  new Field(type, {
    load: (compiler, dreg) => {
      compiler.emit({ kind: "socket", key, dreg });
    },
  });

/** The socket of this host that the packet belongs to. */
export const socket = {
  transparent: ofSocket("boolean", "transparent"),
  mark: ofSocket("mark", "mark"),
  wildcard: ofSocket("boolean", "wildcard"),
} as const;

const generated = options({
  modulus: integer(1, 0xffff_ffff),
  offset: optional(integer(0, 0xffff_ffff)),
});
const generate = (type: "incremental" | "random", modulus: number, offset?: number) => {
  const given = check(generated, { modulus, offset }, "numgen");
  return new Field("integer", {
    load: (compiler, dreg) => {
      compiler.emit({ kind: "numgen", type, dreg, ...given });
    },
  });
};

/** Numbers below a modulus: one after another, or random. */
export const numgen = {
  inc: (modulus: number, offset?: number) => generate("incremental", modulus, offset),
  random: (modulus: number, offset?: number) => generate("random", modulus, offset),
} as const;

/** Options of {@link jhash} and {@link symhash}. */
export interface HashOptions {
  /** The hash is below it. */
  readonly modulus: number;
  readonly seed?: number;
  readonly offset?: number;
}
const hashing = options({
  modulus: integer(1, 0xffff_ffff),
  seed: optional(integer(0, 0xffff_ffff)),
  offset: optional(integer(0, 0xffff_ffff)),
});

/** A hash of the key. */
export function jhash<K extends Types>(key: Key<K>, given: HashOptions): Field<"integer"> {
  const more = check(hashing, given, "jhash");
  if (!((key as unknown) instanceof Key)) throw invalidArgType("key", "Key", key, "jhash");
  const from = key as unknown as AnyKey;
  return new Field("integer", {
    need: (compiler) => {
      from.need(compiler);
    },
    load: (compiler, dreg) => {
      from.load(compiler, 4, false);
      const sreg = compiler.register(4);
      const len = from.layouts.length === 1 ? lengthOf(from.layouts) : 4 * sum(from.layouts);
      compiler.emit({ kind: "hash", type: "jenkins", sreg, dreg, len, ...more });
    },
  });
}

const sum = (layouts: readonly Layout[]) =>
  layouts.reduce((words, layout) => words + wordsOf(layout), 0);

/** A hash of the connection, the same in both directions. */
export function symhash(given: Omit<HashOptions, "seed">): Field<"integer"> {
  const more = check(hashing, given, "symhash");
  return new Field("integer", {
    load: (compiler, dreg) => {
      compiler.emit({ kind: "hash", type: "sym", dreg, ...more });
    },
  });
}

const option = (type: number, offset: number, len: number) =>
  new SettableField(
    "integer",
    {
      need: (compiler) => {
        compiler.transport("tcp");
      },
      load: (compiler, dreg) => {
        compiler.emit({ kind: "exthdr", op: "tcpopt", type, offset, len, dreg });
      },
      store: (compiler, sreg) => {
        compiler.emit({ kind: "exthdr", op: "tcpopt", type, offset, len, sreg });
      },
    },
    { type: "integer", bytes: len, order: "big" },
  );
const present = (type: number) =>
  new Field("boolean", {
    load: (compiler, dreg) => {
      const at = { type, offset: 0, len: 1, flags: ["present"] } as const;
      compiler.emit({ kind: "exthdr", op: "tcpopt", ...at, dreg });
    },
  });

/** Options of TCP. Source: IANA, "TCP Option Kind Numbers". */
export const tcpOption = {
  maxseg: option(2, 2, 2),
  window: option(3, 2, 1),
  exists: {
    maxseg: present(2),
    window: present(3),
    sackPerm: present(4),
    sack: present(5),
    timestamp: present(8),
    md5sig: present(19),
  },
} as const;
