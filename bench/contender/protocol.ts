// The contender protocol: requests to calls of a layer, what they took to answers.
import { readFile } from "node:fs/promises";

/** The arguments of one endpoint, as they stand in a request. */
export interface EndpointArguments {
  /** Path of the namespace's pin. */
  readonly ns: string;
  /** Bridge on the host. */
  readonly br: string;
  /** Interface on the host, interface in the namespace. */
  readonly hif: string;
  readonly cif: string;
  readonly mac: string;
  /** `"10.1.0.2/16"` */
  readonly ip: string;
  readonly gw: string;
}

/** One line of the file of `vxprog`: a forwarding entry (mac to vtep) and a neighbour (ip to mac). */
export interface Remote {
  readonly mac: string;
  readonly ip: string;
  readonly vtep: string;
}

/** A published port: what arrives for `hport` goes to `cip`:`cport`. */
export interface PublishedPort {
  readonly proto: "tcp" | "udp";
  readonly hport: number;
  readonly cip: string;
  readonly cport: number;
}

/** One way to do the work: what is true when the promise resolves is the protocol's business. */
export interface Layer {
  readonly name: string;
  nsadd(endpoint: EndpointArguments): Promise<void>;
  nsdel(endpoint: EndpointArguments): Promise<void>;
  attach(endpoint: EndpointArguments): Promise<void>;
  detach(endpoint: EndpointArguments): Promise<void>;
  fattach(endpoint: EndpointArguments): Promise<void>;
  fdetach(endpoint: EndpointArguments): Promise<void>;
  bulkattach(endpoints: readonly EndpointArguments[]): Promise<void>;
  bulkdetach(endpoints: readonly EndpointArguments[]): Promise<void>;
  /** Dumps the host's links; resolves to how many there are. */
  links(): Promise<number>;
  /** Dumps the neighbours, or the forwarding database, of one link. */
  neighs?(dev: string): Promise<number>;
  fdb?(dev: string): Promise<number>;
  /** All remotes of a VXLAN link, permanent; and gone again. */
  vxprog?(dev: string, remotes: readonly Remote[]): Promise<void>;
  vxunprog?(dev: string, remotes: readonly Remote[]): Promise<void>;
  /** Whatever is made once for published ports. */
  pubinit?(): Promise<void>;
  /** All of them at once. */
  publish?(ports: readonly PublishedPort[]): Promise<void>;
  unpublish?(ports: readonly PublishedPort[]): Promise<void>;
}

type Single = "nsadd" | "nsdel" | "attach" | "detach" | "fattach" | "fdetach";
type Dump = "links" | "neighs" | "fdb";
type Publish = "pubinit" | "publish" | "unpublish" | "bulkpublish" | "bulkunpublish";
type Verb = Single | Dump | Publish | "bulkattach" | "bulkdetach" | "hello" | "vxprog" | "vxunprog";

const verbs: Readonly<Record<Verb, true>> = {
  attach: true,
  bulkattach: true,
  bulkdetach: true,
  bulkpublish: true,
  bulkunpublish: true,
  detach: true,
  fattach: true,
  fdb: true,
  fdetach: true,
  hello: true,
  links: true,
  neighs: true,
  nsadd: true,
  nsdel: true,
  pubinit: true,
  publish: true,
  unpublish: true,
  vxprog: true,
  vxunprog: true,
};

const unknownVerb = "ERR unknown verb";

/** Answers requests; the layer is opened by the first one that needs it, and not on its time. */
export function answerer(open: () => Promise<Layer>): (line: string) => Promise<string> {
  let opened: Promise<Layer> | undefined;
  return async (line) => {
    const [verb = "", ...words] = line.split(" ");
    if (!isKnown(verb)) return unknownVerb;
    try {
      return await run(await (opened ??= open()), verb, words);
    } catch (error) {
      return `ERR ${String(error).replaceAll("\n", " ")}`;
    }
  };
}

function isKnown(verb: string): verb is Verb {
  return Object.hasOwn(verbs, verb);
}

async function run(layer: Layer, verb: Verb, words: readonly string[]): Promise<string> {
  switch (verb) {
    case "hello":
      return `OK 0 name=vethwork-${layer.name} lang=node-${process.version}`;
    case "links":
    case "neighs":
    case "fdb": {
      const { dev = "" } = valuesOf(words);
      const start = process.hrtime.bigint();
      const count = await layer[verb]?.(dev);
      return count === undefined ? unknownVerb : `${took(start)} count=${count}`;
    }
    case "vxprog":
    case "vxunprog": {
      if (layer[verb] === undefined) return unknownVerb;
      const { dev = "", file = "" } = valuesOf(words);
      const remotes = await remotesIn(file);
      const start = process.hrtime.bigint();
      await layer[verb](dev, remotes);
      return took(start);
    }
    case "pubinit": {
      if (layer.pubinit === undefined) return unknownVerb;
      await layer.pubinit();
      return "OK 0";
    }
    case "publish":
    case "unpublish":
    case "bulkpublish":
    case "bulkunpublish": {
      const single = verb === "publish" || verb === "unpublish";
      const ports = single ? [portOf(words)] : await portsIn(valuesOf(words)["file"] ?? "");
      const start = process.hrtime.bigint();
      const add = verb === "publish" || verb === "bulkpublish";
      await (add ? layer.publish?.(ports) : layer.unpublish?.(ports));
      return layer.publish === undefined ? unknownVerb : took(start);
    }
    case "bulkattach":
    case "bulkdetach": {
      const endpoints = await endpointsIn(valuesOf(words)["file"] ?? "");
      const start = process.hrtime.bigint();
      await layer[verb](endpoints);
      return took(start);
    }
    default: {
      const endpoint = endpointOf(words);
      const start = process.hrtime.bigint();
      await layer[verb](endpoint);
      return took(start);
    }
  }
}

function took(start: bigint): string {
  return `OK ${process.hrtime.bigint() - start}`;
}

async function linesIn(file: string): Promise<readonly (readonly string[])[]> {
  const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
  return lines.map((line) => line.split(/\s+/));
}

async function endpointsIn(file: string): Promise<readonly EndpointArguments[]> {
  return (await linesIn(file)).map(endpointOf);
}

async function remotesIn(file: string): Promise<readonly Remote[]> {
  return (await linesIn(file)).map(([mac = "", ip = "", vtep = ""]) => ({ mac, ip, vtep }));
}

async function portsIn(file: string): Promise<readonly PublishedPort[]> {
  return (await linesIn(file)).map(portOf);
}

function portOf(words: readonly string[]): PublishedPort {
  const { proto, hport, cip = "", cport } = valuesOf(words);
  const name = proto === "udp" ? "udp" : "tcp";
  return { proto: name, hport: Number(hport), cip, cport: Number(cport) };
}

function endpointOf(words: readonly string[]): EndpointArguments {
  const {
    ns = "",
    br = "br0",
    hif = "",
    cif = "eth0",
    mac = "",
    ip = "",
    gw = "",
  } = valuesOf(words);
  return { ns, br, hif, cif, mac, ip, gw };
}

function valuesOf(words: readonly string[]): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const word of words) {
    const equals = word.indexOf("=");
    values[word.slice(0, equals)] = word.slice(equals + 1);
  }
  return values;
}
