import type { Plain } from "../../native.js";
import type { Entries } from "../../util/options.js";
import type { Scope } from "../scope.js";
import type { Link, LinkSpec } from "./types.js";

/** IFLA_INFO_DATA as the addon takes it. @internal */
export type Data = Readonly<Record<string, Plain | undefined>>;

/**
 * One kind of link. To add one: this, its table in native/codec/rtnl/link_kind, a member of
 * {@link LinkSpec}, and a line in each of index.ts, schema.ts, messages.ts and the two lists beside
 * the table.
 * @internal
 */
export interface LinkKind<K extends LinkSpec["kind"] = LinkSpec["kind"]> {
  readonly kind: K;
  /** Its own options, beside those of every link. */
  readonly entries: Entries;
  encode(spec: Extract<LinkSpec, { kind: K }>, scope: Scope): Data | undefined;
  /** What of IFLA_INFO_DATA a {@link Link} shows. */
  decode(data: Readonly<Record<string, unknown>>): Partial<Link>;
}
