import type { Message, Plain, Step } from "../../native.js";
import type { Scope } from "../scope.js";
import { altnameMessage, linkGetMessage, settingMessages } from "./messages.js";
import type { TapSpec, TunSpec } from "./tun.js";
import type { LinkSpec } from "./types.js";

type TunStep = Extract<Step, { do: "tun" }>;

/** @internal Made by a step of its own, not by a message. */
export function isTun(spec: LinkSpec): spec is TapSpec | TunSpec {
  return spec.kind === "tap" || spec.kind === "tun";
}

/**
 * What makes a tun or tap in the namespace `at`, answered with the link as a request of one message
 * is; and what gives it its settings, there too.
 * @internal
 */
export function tunAddition(spec: TapSpec | TunSpec, scope: Scope, at: number) {
  const { kind, name, index, altnames = [], owner, ownerGroup, ...others } = spec;
  const { packetInformation, vnetHeader, multiQueue, ...changes } = others;
  const make: TunStep = {
    do: "tun",
    in: at,
    type: kind,
    name,
    index,
    packetInformation,
    vnetHeader,
    multiQueue,
    owner,
    ownerGroup,
    messages: [linkGetMessage(name)],
  };
  const rest = (index: Plain): readonly Message[] => [
    ...settingMessages(index, changes, scope),
    ...(altnames.length > 0 ? [altnameMessage(index, altnames)] : []),
  ];
  return { make, rest };
}
