// The words of nft(8): `import { nft } from "vethwork/netlink"`.
export {
  comment,
  counter,
  counterFrom,
  ctCount,
  last,
  limit,
  log,
  notrack,
  queue,
  quota,
  reject,
} from "./statements.js";
export type {
  LimitOptions,
  LogOptions,
  QueueOptions,
  QuotaOptions,
  RejectOptions,
} from "./statements.js";
export { accept, drop, goto, jump, Verdict, continue, return } from "./verdict.js";
export { dnat, masquerade, redirect, snat, tproxy } from "./nat.js";
export type { NatOptions, NatPort, PortOptions } from "./nat.js";
export { ct, fib, jhash, meta, numgen, rt, socket, symhash, tcpOption } from "./meta.js";
export type { HashOptions } from "./meta.js";
export {
  arp,
  dccp,
  ether,
  icmp,
  icmpv6,
  ip,
  ip6,
  raw,
  sctp,
  tcp,
  th,
  udp,
  udplite,
  vlan,
} from "./packet.js";
export { concat, Key } from "./keys.js";
export { Field, Masked, SettableField } from "./fields.js";
export { Statement } from "./compiler.js";
export type { NftFamily } from "./compiler.js";
export type { Datatype, Interval, Match, Values } from "./datatypes.js";
export type { CommonSetOptions } from "./definition.js";
export type { DynamicOptions } from "./dynamic.js";
export type { ElementInfo } from "./elements.js";
export type {
  Data,
  Expression,
  Expressions,
  NatFlag,
  Register,
  VerdictData,
} from "./expression.js";
export type { Hook, Priority, PriorityName } from "./hooks.js";
export type {
  NftChainInfo,
  NftFlowtableInfo,
  NftObjectInfo,
  NftRuleInfo,
  NftSetInfo,
  NftTableInfo,
} from "./listing.js";
export { Chain, Flowtable, NamedObject, Rule, table, Table } from "./objects.js";
export type { ChainOptions, FlowtableOptions, RuleReference, TableOptions } from "./objects.js";
export { Elements, NftMap, NftSet } from "./sets.js";
export type {
  ElementKey,
  MapData,
  MapElement,
  MapOptions,
  MapValue,
  SetElement,
  SetOptions,
  TypeOrTypes,
  Types,
} from "./sets.js";
export type { NftObject } from "./commands.js";
export { Transaction } from "./transaction.js";
export type { CommitOptions, CommitResult } from "./transaction.js";
