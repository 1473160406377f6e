import type { Scope } from "../scope.js";
import type { Data } from "./fields.js";
import type { LinkTarget } from "./types.js";

/** IFLA_LINK: the link that another sits on. @internal */
export function parentLink({ link }: { readonly link: LinkTarget }, scope: Scope): Data {
  return { link: scope.target(link, "link") };
}
