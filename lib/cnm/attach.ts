import { invalidArgType } from "../errors.js";
import { check } from "../util/check.js";
import { Undo } from "../util/undo.js";
import type { Core } from "./core.js";
import type { Endpoint } from "./endpoint.js";
import type { EndpointOptions, JoinOptions } from "./endpoint-types.js";
import { operate } from "./failure.js";
import { Network } from "./network.js";
import { Sandbox } from "./sandbox.js";

/** How {@link Controller.attach} is to do it. */
export interface AttachOptions extends EndpointOptions, JoinOptions {
  /** The endpoint's. Default: the sandbox's. */
  readonly name?: string;
}

/** @internal */
export async function attach(
  core: Core,
  sandbox: Sandbox,
  network: Network,
  given: AttachOptions,
): Promise<Endpoint> {
  if (!(sandbox instanceof Sandbox)) throw invalidArgType("sandbox", "Sandbox", sandbox, "attach");
  if (!(network instanceof Network)) throw invalidArgType("network", "Network", network, "attach");
  const operation = `attach sandbox ${sandbox.name} to network ${network.name}`;
  const checked = check(network.schemas.attach, given, operation);
  const { name = sandbox.name, ifname, signal, ...rest } = checked;
  core.assertOpen(operation);
  sandbox.assertAlive(operation);
  sandbox.assertOf(core, operation);
  const aborted = signal === undefined ? {} : { signal };
  return operate(operation, async () => {
    await using undo = new Undo();
    const endpoint = await network.createEndpoint(name, { ...rest, ...aborted });
    undo.defer(() => endpoint.delete());
    await endpoint.join(sandbox, { ...(ifname !== undefined && { ifname }), ...aborted });
    undo.commit();
    return endpoint;
  });
}
