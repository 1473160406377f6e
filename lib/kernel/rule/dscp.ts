import { CnmError } from "../../errors.js";
import type { Message } from "../../native.js";
import type { Channel } from "../channel.js";

// Wrong in two ways: a DSCP beyond 63, which the kernel minds where it knows of such, and the length
// of a source that is not there, which every kernel minds, later. So nothing is ever made.
const question: Message = {
  type: "RTM_NEWRULE",
  flags: ["create", "excl"],
  header: { family: "inet", src_len: 1, action: "to_tbl", table: "main" },
  attributes: { dscp: 255 },
};

let known = false;

/**
 * Resolves where the kernel's rules look at a DSCP. Before Linux 6.13 one would be taken without
 * it: a rule for all packets, or the deletion of whatever comes first.
 *
 * @throws {CnmError} `ERR_CNM_UNSUPPORTED`.
 * @internal
 */
export async function requireDscp(channel: Channel, operation: string): Promise<void> {
  if (known) return;
  try {
    await channel.request(question);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EINVAL") {
      throw new CnmError(
        "ERR_CNM_UNSUPPORTED",
        `${operation}: dscp: rules of this kernel take no notice of it; it needs Linux 6.13`,
        { field: "dscp" },
      );
    }
    known = code === "ERANGE"; // else it was refused before: what is asked for itself will be, too
  }
}
