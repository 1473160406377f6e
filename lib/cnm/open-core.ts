import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "../drivers/contract.js";
import { drivers } from "../drivers/index.js";
import { CnmError, messageOf, phrase } from "../errors.js";
import type { Ipam, IpamFactory, IpamOptions } from "../ipam/contract.js";
import { ipams } from "../ipam/index.js";
import type { Namespace } from "../kernel/namespace.js";
import type { Store } from "../store/contract.js";
import { openStore } from "../store/index.js";
import { FileLock } from "../util/file-lock.js";
import { makeFolder } from "../util/make-folder.js";
import { nearMiss } from "../util/near-miss.js";
import { Busy } from "./busy.js";
import { Order, type Core } from "./core.js";
import { CountedStore } from "./counted-store.js";
import { DriftCounts } from "./drift-counts.js";
import { Events } from "./events.js";
import { checkIpam } from "./extensions.js";
import { newId, type ControllerId } from "./ids.js";
import { Operations } from "./operations.js";
import { keep, type ControllerRecord } from "./records.js";
import { Registry } from "./registry.js";
import { RunDirectory } from "./run-directory.js";
import type { CheckedController } from "./controller-options.js";

/** What controllers share with their objects, before anything is in it. @internal */
export async function openCore(
  instance: string,
  namespace: Namespace,
  options: CheckedController,
  closers: (() => unknown)[],
): Promise<Omit<Core, "assertOpen">> {
  makeIpams(ipams, { controllerId: "", pools: options.pools }); // refuses what makes no sense
  const directory = new RunDirectory(options.runDirectory, instance);
  closers.unshift(() => {
    directory.close();
  });
  const store = await openStateStore(options, directory, closers);
  const id = await identify(store, instance);
  const { bootId, cookie } = namespace.identity;
  directory.use(id, `${instance} ${bootId} ${cookie}`);
  const host: Host = { namespace, mark: (object) => `${instance}.${id}.${object}` };
  const operations = new Operations({ id, instance });
  const own = options.ipams ?? [];
  const made = makeIpams([...ipams, ...own], { controllerId: id, pools: options.pools });
  const known = [...drivers, ...(options.drivers ?? [])];
  return {
    id,
    host,
    store: new CountedStore(store, operations),
    directory,
    networks: new Registry("network"),
    sandboxes: new Registry("sandbox"),
    events: new Events(),
    busy: new Busy(),
    operations,
    drift: new DriftCounts(),
    withFiles: new Set(),
    order: new Order(),
    driver: (name) => byName("driver", known, name),
    ipam: (name) => byName("ipam", made, name),
    hasDriver: (name) => known.some((one) => one.name === name),
    hasIpam: (name) => made.some((one) => one.name === name),
  };
}

async function openStateStore(
  { store: given, stateDirectory }: CheckedController,
  directory: RunDirectory,
  closers: (() => unknown)[],
): Promise<Store> {
  if (given !== undefined) return given; // and stays the caller's to close
  const store = await openOwnStore(stateDirectory, directory, closers);
  closers.unshift(() => store.close());
  return store;
}

function openOwnStore(
  stateDirectory: string | undefined,
  directory: RunDirectory,
  closers: (() => unknown)[],
): Promise<Store> {
  if (stateDirectory === undefined) {
    return openStore("memory", { stateDirectory: "", runDirectory: "" });
  }
  // Several may share a run directory, each with a state directory of its own.
  const lock = lockOf(stateDirectory);
  closers.unshift(() => {
    lock.release();
  });
  const name = createHash("sha256").update(realpathSync(stateDirectory)).digest("hex");
  return openStore("lmdb", {
    stateDirectory,
    runDirectory: join(directory.state, name.slice(0, 16)),
  });
}

/** @throws {CnmError} `ERR_CNM_CONFLICT` with the holder's `pid`; `ERR_CNM_STORE`. */
function lockOf(stateDirectory: string): FileLock {
  try {
    makeFolder(stateDirectory, 0o700);
    return FileLock.take(join(stateDirectory, "lock"));
  } catch (error) {
    if (error instanceof CnmError && error.code === "ERR_CNM_CONFLICT") {
      throw new CnmError(
        "ERR_CNM_CONFLICT",
        `open controller: stateDirectory: ${error.message}; close that controller, or give another directory`,
        { ...error.context, field: "stateDirectory" },
        { cause: error },
      );
    }
    if (error instanceof CnmError) throw phrase("open controller: stateDirectory", error);
    throw new CnmError(
      "ERR_CNM_STORE",
      `open controller: stateDirectory: cannot use ${stateDirectory}: ${messageOf(error)}; give one that this user may write`,
      { field: "stateDirectory", path: stateDirectory },
      { cause: error },
    );
  }
}

/** The controller's id is for good: marks, pins and the default IPv6 prefix are made of it. */
async function identify(store: Store, instance: string): Promise<ControllerId> {
  const known = (await store.get("controller", "self")) as ControllerRecord | undefined;
  if (known === undefined) {
    const id = newId() as ControllerId;
    await store.write([keep("controller", "self", { id, instance })]);
    return id;
  }
  if (known.instance === instance) return known.id as ControllerId;
  throw new CnmError(
    "ERR_CNM_CONFLICT",
    `open controller: instance: the state is of the instance ${known.instance}, not of ${instance}; open it as that, or give another stateDirectory`,
    { field: "instance", instance: known.instance },
  );
}

function makeIpams(factories: readonly IpamFactory[], options: IpamOptions): readonly Ipam[] {
  try {
    return factories.map((factory) => checkIpam(factory, factory.create(options)));
  } catch (error) {
    throw phrase("open controller", error);
  }
}

function byName<T extends { readonly name: string }>(
  field: string,
  all: readonly T[],
  name: string,
): T {
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = all.map((one) => one.name);
  const meant = nearMiss(name, names);
  throw new CnmError(
    "ERR_CNM_INVALID_OPTION",
    `create network: ${field}: there is no ${JSON.stringify(name.slice(0, 64))}; ${
      meant === undefined ? `known are ${names.join(", ")}` : `did you mean ${meant}?`
    }`,
    { field },
  );
}
