import { invalidArgType } from "../errors.js";
import { check, copyRecord, inside, isPlainObject, wrongType, type Type } from "../util/check.js";
import { options } from "../util/options.js";
import { choice, custom, list, name } from "../util/schemas.js";
import { Attaching, type AttachPlan, type FieldOf } from "./attaching.js";
import type { Core } from "./core.js";
import type { Endpoint } from "./endpoint.js";
import type { EndpointOptions, JoinOptions } from "./endpoint-types.js";
import { operate } from "./failure.js";
import { lockAll } from "./lock-all.js";
import { Network } from "./network.js";
import { abortOptions, sandboxEntries } from "./options.js";
import { Sandbox } from "./sandbox.js";
import type { NewSandbox } from "./sandbox-types.js";

/** How {@link Controller.attach} is to do it. */
export interface AttachOptions extends EndpointOptions, JoinOptions {
  /** The endpoint's. Default: the sandbox's. */
  readonly name?: string;
}

/** One of those that {@link Controller.attachMany} is to attach. */
export interface AttachRequest extends Omit<AttachOptions, "signal"> {
  /** One that is there, or one that is made for it. */
  readonly sandbox: Sandbox | NewSandbox;
  readonly network: Network;
}

const newSandbox = options({ name: name(), ...sandboxEntries });
const aSandbox = custom((value): value is Sandbox => value instanceof Sandbox, "Sandbox");
const aNetwork = custom((value): value is Network => value instanceof Network, "Network");

const aPlace = choice("Sandbox or object", (value) =>
  value instanceof Sandbox ? aSandbox : newSandbox,
);

// What else it may have, the network's driver says.
const request: Type<AttachPlan> = {
  parse(value) {
    if (!isPlainObject(value)) throw wrongType("object", value);
    const { sandbox, network, ...rest } = copyRecord(value, (one) => one);
    // What is given is looked at first; then what is missing.
    const given = sandbox === undefined ? undefined : under("sandbox", aPlace, sandbox);
    const checked = under("network", aNetwork, network);
    const where = { sandbox: given ?? under("sandbox", aPlace, sandbox), network: checked };
    return { ...checked.driven.schemas.request.parse(rest), ...where };
  },
};

function under<T>(key: string, type: Type<T>, value: unknown): T {
  try {
    return type.parse(value);
  } catch (error) {
    throw inside(key, error);
  }
}

const requestList = list(request);

/** @internal */
export async function attach(
  core: Core,
  sandbox: Sandbox | NewSandbox,
  network: Network,
  given: AttachOptions,
): Promise<Endpoint> {
  if (!(network instanceof Network)) throw invalidArgType("network", "Network", network, "attach");
  const operation = `attach sandbox ${nameOf(sandbox)} to network ${network.name}`;
  const { signal, ...rest } = check(network.driven.schemas.attach, given, operation);
  const where =
    sandbox instanceof Sandbox ? sandbox : check(newSandbox, sandbox, "attach", "sandbox");
  const [endpoint] = await attachAll(
    core,
    [{ ...rest, sandbox: where, network }],
    operation,
    signal,
    () => undefined,
  );
  return endpoint as Endpoint;
}

// For the operation's phrase, before it is known whether it has one.
function nameOf(sandbox: unknown): string {
  const given = (sandbox as { name?: unknown } | undefined | null)?.name;
  return typeof given === "string" ? given : "";
}

/** @internal */
export async function attachMany(
  core: Core,
  given: readonly AttachRequest[],
  options: { readonly signal?: AbortSignal },
): Promise<readonly Endpoint[]> {
  const requests = check(requestList, given, "attach", "requests");
  const { signal } = check(abortOptions, options, "attach");
  const operation = `attach ${requests.length} endpoint${requests.length === 1 ? "" : "s"}`;
  return attachAll(core, requests, operation, signal, (at) => `requests.${at}`);
}

async function attachAll(
  core: Core,
  requests: readonly AttachPlan[],
  operation: string,
  signal: AbortSignal | undefined,
  fieldOf: FieldOf,
): Promise<readonly Endpoint[]> {
  core.assertOpen(operation);
  signal?.throwIfAborted();
  const there = requests.flatMap(({ sandbox }) => (sandbox instanceof Sandbox ? [sandbox] : []));
  const work = operate(operation, () => {
    const attaching = new Attaching(core, requests, operation, signal, fieldOf);
    attaching.assertUsable();
    return lockAll(there, signal, () => attaching.run());
  });
  for (const network of new Set(requests.map((one) => one.network))) {
    network.membership.awaitBirth(work);
  }
  return work;
}
