import type { Entries } from "../../util/options.js";
import type { Scope } from "../scope.js";
import type { Data, Given } from "./fields.js";
import type { LinkDetails, LinkSpec } from "./types.js";

/** Of the kinds that a message makes: all but tun and tap. @internal */
export type MessageSpec = Exclude<LinkSpec, { kind: "tap" | "tun" }>;

/** What makes a link of this kind. @internal */
export type SpecOf<K extends MessageSpec["kind"]> = Extract<MessageSpec, { kind: K }>;

/** What a kind of link adds to a {@link Link}. @internal */
export interface ShownKind {
  /** Of IFLA_INFO_DATA. */
  decode(data: Given): LinkDetails;
}

/**
 * One kind of link. To add one: this, its table in native/codec/rtnl/link_kind, a member of
 * {@link LinkSpec} and {@link LinkDetails} in types.ts, and a line in each of index.ts, schema.ts
 * and the two lists beside the table.
 * @internal
 */
export interface LinkKind<K extends MessageSpec["kind"] = MessageSpec["kind"]> extends ShownKind {
  readonly kind: K;
  /** Its own options, beside those of every link. */
  readonly entries: Entries;
  /** Those of them that a link which is there may be given. */
  readonly changes?: Entries;
  /** IFLA_INFO_DATA. */
  encode(spec: SpecOf<K>, scope: Scope): Data | undefined;
  /** The same of what has passed `changes`. */
  change?(changes: object, scope: Scope): Data;
  /** What stands beside IFLA_LINKINFO. */
  attributes?(spec: SpecOf<K>, scope: Scope): Data;
}
