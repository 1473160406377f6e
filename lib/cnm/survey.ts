import type { Condition } from "../drivers/contract.js";
import { CnmError, messageOf } from "../errors.js";
import { Namespace } from "../kernel/namespace.js";
import type { Core } from "./core.js";
import type { Endpoint } from "./endpoint.js";
import type { Finding } from "./finding.js";
import { fillGateway, unheldGateways } from "./gateway.js";
import { LinksOfHost, removeLink } from "./host-links.js";
import { newWays } from "./host-routes.js";
import type { Network } from "./network.js";
import type { Sandbox } from "./sandbox.js";
import type { WarmPool } from "./warm-pool.js";

/** What was found, and how it is mended. @internal */
export interface Found {
  readonly finding: Finding;
  mend(): Promise<void>;
}

/**
 * Compares what this controller knows with what there is. Changes nothing. What an operation is at
 * work on is passed over: the kernel is looked at first, and after it who is at work, so that
 * whatever began in between was not there yet. @internal
 */
export async function survey(core: Core): Promise<readonly Found[]> {
  const [links, waysTo] = await core.operations.step("host", async () => {
    const read = await LinksOfHost.read(core);
    return [read, await newWays(core, read)] as const;
  });
  const pins = core.directory.pinned();
  const folders = core.directory.sandboxes();
  const idle = <T extends { readonly id: string }>(all: readonly T[]): readonly T[] =>
    all.filter(({ id }) => !core.busy.has(id));
  const sandboxes = idle(core.sandboxes.values());
  const networks = idle(core.networks.values());
  const ofNetworks = await Promise.all(networks.map((network) => ofNetwork(network, links)));
  return [
    ...sandboxes
      .filter((one) => one.isOrphaned)
      .map((sandbox) => ({
        finding: {
          object: "sandbox" as const,
          id: sandbox.id,
          name: sandbox.name,
          problem: "gone" as const,
          text: `the process that sandbox ${sandbox.name} was adopted from has ended`,
        },
        mend: () => sandbox.bury(),
      })),
    ...sandboxes.filter(({ lock, isOrphaned }) => !lock.held && !isOrphaned).flatMap(ofGateways),
    ...ofNetworks.flat(),
    ...networks.flatMap((network) => overlapsOf(network, waysTo)),
    ...networks.flatMap((network) =>
      idle(network.endpoints()).flatMap((endpoint) => ofEndpoint(endpoint, links)),
    ),
    ...networks.flatMap(({ warmPools }) => [...warmPools].flatMap((pool) => ofPool(pool, links))),
    ...orphanedLinks(core, links),
    ...orphanedPins(core, pins),
    ...orphanedFolders(core, folders),
  ];
}

async function ofNetwork(network: Network, links: LinksOfHost): Promise<readonly Found[]> {
  const { id, name } = network;
  let condition: Condition;
  try {
    condition = await network.driven.check(links);
  } catch (error) {
    return [unseen({ object: "network", id, name, text: `network ${name}` }, error)];
  }
  if (condition.is === "good") return [];
  const text = `network ${name}: ${inWords(condition, "what it is made of is gone")}`;
  return [
    {
      finding: { object: "network", id, name, problem: condition.is, text },
      mend: () => network.mend(links),
    },
  ];
}

function ofGateways(sandbox: Sandbox): readonly Found[] {
  return unheldGateways(sandbox).map(([family, heir]) => ({
    finding: {
      object: "sandbox",
      id: sandbox.id,
      name: sandbox.name,
      problem: "wrong",
      text: `sandbox ${sandbox.name}: no endpoint has its ${family} default route, which ${heir.name} could have`,
    },
    mend: () => sandbox.lock.run(() => fillGateway(sandbox, family)),
  }));
}

function overlapsOf(
  { id, name, clearSubnets }: Network,
  waysTo: (subnet: string) => readonly string[],
): readonly Found[] {
  return clearSubnets.flatMap((subnet) => {
    const ways = waysTo(subnet);
    if (ways.length === 0) return [];
    const text = `network ${name}: its subnet ${subnet} is reached otherwise by now: ${ways.join(", ")}`;
    return [
      {
        finding: { object: "network", id, name, problem: "overlap", text },
        mend: () => {
          const advice = `${text}; delete that, or make the network anew with another subnet`;
          return Promise.reject(new CnmError("ERR_CNM_SUBNET_OVERLAP", advice, { subnet }));
        },
      },
    ];
  });
}

function ofEndpoint(endpoint: Endpoint, links: LinksOfHost): readonly Found[] {
  const { joining, network, id, name } = endpoint;
  if (joining === undefined) return [];
  const joined = { id, state: joining.attached.state };
  let condition: Condition;
  try {
    condition = network.driven.checkEndpoint(joined, links);
  } catch (error) {
    const text = `endpoint ${name} on network ${network.name}`;
    return [unseen({ object: "endpoint", id, name, text }, error)];
  }
  if (condition.is === "good") return [];
  const text = `endpoint ${name} on network ${network.name}: ${inWords(condition, "its interface is gone")}`;
  return [
    {
      finding: { object: "endpoint", id, name, problem: condition.is, text },
      mend: () =>
        joining.sandbox.lock.run(async () => {
          if (endpoint.joining !== joining) return; // it has left meanwhile
          if (condition.is === "gone") await endpoint.leaveBehind();
          else await network.driven.mendEndpoint(joined, links);
        }),
    },
  ];
}

/** Nobody knows those that wait in a pool, but for whoever takes one. */
function ofPool(pool: WarmPool, links: LinksOfHost): readonly Found[] {
  const { network } = pool;
  return pool.waiting.flatMap((one): readonly Found[] => {
    const { id, name } = one.endpoint;
    const text = `a sandbox that waits in a warm pool of network ${network.name}`;
    const finding = { object: "endpoint", id, name } as const;
    try {
      const state = one.joining.attached.state;
      const condition = network.driven.checkEndpoint({ id, state }, links);
      if (condition.is === "good") return [];
      const words = inWords(condition, "its interface is gone");
      return [
        {
          finding: { ...finding, problem: condition.is, text: `${text}: ${words}` },
          mend: () => pool.mend(one),
        },
      ];
    } catch (error) {
      return [unseen({ ...finding, text }, error)];
    }
  });
}

/** One that its driver cannot look at keeps no other from being looked at, and mended. */
function unseen(of: Omit<Finding, "problem">, error: unknown): Found {
  return {
    finding: {
      ...of,
      problem: "wrong",
      text: `${of.text}: its driver cannot look at it: ${messageOf(error)}`,
    },
    mend: () => Promise.reject(error instanceof Error ? error : new Error(messageOf(error))),
  };
}

function inWords(condition: Exclude<Condition, { is: "good" }>, gone: string): string {
  return condition.is === "gone" ? gone : condition.what.join("; ");
}

function orphanedLinks(core: Core, links: LinksOfHost): readonly Found[] {
  const owned = ownersOfLinks(core);
  return Array.from(links.allMarked())
    .filter(([id]) => !owned.has(id) && !core.busy.has(id))
    .map(([id, { name }]) => ({
      finding: {
        object: "link",
        id,
        name,
        problem: "orphan",
        text: `the link ${name} carries this controller's mark, and belongs to nothing`,
      },
      mend: async () => {
        // It may have joined again. What it does from now on comes behind our removal in the line.
        if (!ownersOfLinks(core).has(id) && !core.busy.has(id)) {
          await removeLink(core, core.host.mark(id));
        }
      },
    }));
}

function ownersOfLinks(core: Core): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const network of core.networks.values()) {
    ids.add(network.id);
    for (const { id, joining } of network.endpoints()) if (joining !== undefined) ids.add(id);
  }
  return ids;
}

function orphanedPins(core: Core, pins: readonly string[]): readonly Found[] {
  return unknown(core, pins).map((id) => {
    const path = core.directory.pin(id);
    return {
      finding: {
        object: "namespace",
        id,
        name: path,
        problem: "orphan",
        text: `${path} is pinned where this controller's sandboxes are, and belongs to none`,
      },
      mend: () => Namespace.unpin(path),
    };
  });
}

function orphanedFolders(core: Core, folders: readonly string[]): readonly Found[] {
  return unknown(core, folders).map((id) => ({
    finding: {
      object: "files",
      id,
      name: id,
      problem: "orphan",
      text: `the files of sandbox ${id} are there, and it is not`,
    },
    mend: () => {
      core.directory.removeSandbox(id);
      return Promise.resolve();
    },
  }));
}

function unknown(core: Core, ids: readonly string[]): readonly string[] {
  const known = new Set<string>(core.sandboxes.values().map(({ id }) => id));
  return ids.filter((id) => !known.has(id) && !core.busy.has(id));
}
