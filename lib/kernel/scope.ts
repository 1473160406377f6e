import type { NamespaceReference, Plain } from "../native.js";
import { CnmError } from "../errors.js";
import type { LinkTarget } from "./link/types.js";
import type { Namespace } from "./namespace.js";
import { LinkReference } from "./reference.js";

/**
 * What a message's values mean where it is sent from: which position a namespace has among the
 * job's, whether a reference belongs to the job.
 * @internal
 */
export interface Scope {
  namespace(namespace: Namespace): NamespaceReference;
  target(target: LinkTarget, field: string): Plain;
}

/** @internal Outside of a job: no references. */
export function plainTarget(target: LinkTarget, field: string): Plain {
  if (target instanceof LinkReference) {
    throw new CnmError(
      "ERR_CNM_INVALID_OPTION",
      `${field}: a reference to a job's link is good in that job only; use the name or the index`,
      { field },
    );
  }
  return target;
}

/** @internal "br0" or "#7": for messages. */
export function describeTarget(target: LinkTarget): string {
  if (target instanceof LinkReference) return "of this job";
  return typeof target === "number" ? `#${target}` : target;
}
