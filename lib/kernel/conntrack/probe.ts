import { addon, runJob, type Decoded } from "../../native.js";
import { deleteAllMessage } from "./filter.js";
import { addMessage, decodeFlow } from "./messages.js";
import type { FlowFilter, FlowSpec, FlowTuple } from "./types.js";

const original: FlowTuple = {
  source: "192.0.2.1",
  destination: "192.0.2.2",
  protocol: "udp",
  sourcePort: 1,
  destinationPort: 2,
};
const victim: FlowSpec = { original, timeoutS: 60, mark: 3, status: ["seen_reply"] };
// Each differs from the victim in one thing.
const bystanders: readonly FlowSpec[] = [
  { ...victim, original: { ...original, sourcePort: 3 }, mark: 2 },
  { ...victim, original: { ...original, sourcePort: 4 }, status: [] },
  { ...victim, original: { ...original, protocol: "udplite" } },
  { ...victim, original: { ...original, destinationPort: 5 } },
  { ...victim, original: { ...original, source: "192.0.2.3" } },
  { ...victim, original: { ...original, source: "2001:db8::1", destination: "2001:db8::2" } },
];
const filter: FlowFilter = {
  family: "inet",
  protocol: "udp",
  original: { source: "192.0.2.1", destinationPort: 2 },
  mark: 1,
  markMask: 1,
  status: ["seen_reply"],
};

/**
 * Whether this kernel deletes what a filter matches, and nothing else. Found out in a namespace of
 * its own: on kernels that do not filter (before Linux 6.8) such a deletion is refused, takes no
 * notice of parts of it, or empties the table.
 * @internal
 */
export async function kernelFiltersDeletions(): Promise<boolean> {
  const deletion = deleteAllMessage(filter);
  if (deletion === undefined) return false;
  try {
    const results = await runJob(
      [new (addon().Handle)()],
      [
        { do: "create", in: 0 },
        { do: "request", in: 0, messages: [...[victim, ...bystanders].map(addMessage), deletion] },
        { do: "dump", in: 0, message: { type: "IPCTNL_MSG_CT_GET", flags: ["dump"] } },
        { do: "close", in: 0 },
      ],
    );
    const left = (results.at(2) as readonly Decoded[]).map(decodeFlow);
    return left.length === bystanders.length && !left.some(isVictim);
  } catch {
    return false; // refused, or there is no namespace to be had: one by one will do
  }
}

function isVictim(flow: { readonly original: FlowTuple }): boolean {
  const { protocol, source, sourcePort, destinationPort } = flow.original;
  const same = protocol === original.protocol && source === original.source;
  return same && sourcePort === original.sourcePort && destinationPort === original.destinationPort;
}
