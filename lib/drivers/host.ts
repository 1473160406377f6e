import { CnmError } from "../errors.js";
import type { Namespace } from "../kernel/namespace.js";
import type { Attachment, Driver, Host } from "./contract.js";
import { nullDriver } from "./null.js";

/**
 * The host's own interfaces, as they are: for sandboxes that were adopted from the host's namespace.
 * See docs/drivers/host.md.
 */
export const hostDriver: Driver = {
  ...nullDriver,
  name: "host",

  join(host, network, state, attachment) {
    if (isSame(host.namespace, attachment.sandbox)) {
      return nullDriver.join(host, network, state, attachment);
    }
    return Promise.reject(elsewhere(host, attachment));
  },
};

// By cookie: many paths and descriptors lead to one namespace, and an inode may be another's by now.
function isSame(one: Namespace, other: Namespace): boolean {
  return one.identity.cookie === other.identity.cookie;
}

function elsewhere(host: Host, { sandbox }: Attachment): CnmError {
  const [ours, theirs] = [host.namespace, sandbox].map(({ identity }) => identity.cookie);
  return new CnmError(
    "ERR_CNM_CONFLICT",
    `sandbox: its namespace is not the host's (cookie ${theirs}, not ${ours}), and an endpoint of the driver host has the host's interfaces; join one that was adopted from the host, by path, pid or descriptor`,
    { field: "sandbox", cookie: theirs, host: ours },
  );
}
