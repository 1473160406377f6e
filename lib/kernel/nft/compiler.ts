import { CnmError } from "../../errors.js";
import type { Message } from "../../native.js";
import { shapes, toHex, type Datatype } from "./datatypes.js";
import { registerAt, type Expression, type Register } from "./expression.js";
import { etherTypes, inetProtocols, interfaceTypes, nfProtocols } from "./symbols.js";

/** Which packets a table sees. */
export type NftFamily = "inet" | "ip" | "ip6" | "arp" | "bridge" | "netdev";

/** @internal */
export type NetworkProtocol = "ip" | "ip6" | "arp";

/** A set that belongs to the rule that is compiled. @internal */
export interface AnonymousSet {
  readonly name: string;
  readonly id: number;
}

/** What compiled rules have beside their expressions, a transaction at a time. @internal */
export interface Surroundings {
  readonly family: NftFamily;
  readonly table: string;
  /** Adds the messages of an anonymous set, which go before the rule's. */
  anonymous(make: (id: number) => readonly Message[]): number;
}

/**
 * Turns the parts of one rule into the kernel's expressions, and adds what nft(8) adds: that a
 * packet is of the protocol whose header is looked at.
 * @internal
 */
export class Compiler {
  readonly surroundings: Surroundings;
  readonly expressions: Expression[] = [];
  comment: string | undefined;
  #ether = false;
  #vlan = false;
  #network: string | undefined;
  #transport: string | number | undefined;

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings;
    const { family } = surroundings;
    if (family === "ip" || family === "ip6" || family === "arp") this.#network = family;
  }

  get family(): NftFamily {
    return this.surroundings.family;
  }

  emit(expression: Expression): void {
    this.expressions.push(expression);
  }

  register(word: number): Register {
    return registerAt(word);
  }

  /** The rule goes on for packets of that protocol only. */
  network(protocol: NetworkProtocol): void {
    const { family } = this;
    if (this.#network === protocol) return;
    if (this.#network !== undefined || (family === "inet" && protocol === "arp")) {
      throw conflict(`${protocol} in a rule for ${this.#network ?? family} packets`);
    }
    this.#network = protocol;
    if (family === "inet") {
      this.#compare("nfproto", "nf_proto", nfProtocols[protocol === "ip" ? "ipv4" : "ipv6"]);
    } else {
      this.#compare("protocol", "ether_type", etherTypes[protocol]);
    }
  }

  transport(protocol: keyof typeof inetProtocols): void {
    const number = inetProtocols[protocol];
    if (this.#transport === number) return;
    if (typeof this.#transport === "number") {
      throw conflict(`${protocol} in a rule for packets of another transport protocol`);
    }
    this.#transport = number;
    this.#compare("l4proto", "inet_proto", number);
  }

  /** That the packet has an Ethernet header. */
  ether(): void {
    if (this.#ether || this.family === "bridge") return;
    this.#ether = true;
    this.#compare("iiftype", "iface_type", interfaceTypes.ether);
  }

  /** That the Ethernet header has a tag of 802.1Q. */
  vlan(): void {
    if (this.#vlan) return;
    this.#vlan = true;
    const dreg = registerAt(0);
    this.emit({ kind: "payload", dreg, base: "link", offset: 12, len: 2 });
    this.#expect(dreg, "ether_type", etherTypes.vlan);
  }

  /** The rule itself has compared the protocol: what {@link network} would add is there. */
  knowNetwork(protocol: NetworkProtocol): void {
    this.#network ??= protocol;
  }
  /** As {@link knowNetwork}; text where it is one of several. */
  knowTransport(protocol: number | string): void {
    this.#transport ??= protocol;
  }
  get transportKnown(): boolean {
    return this.#transport !== undefined;
  }
  get networkKnown(): string | undefined {
    return this.#network;
  }

  #compare(key: string, type: Datatype, value: number): void {
    const dreg = registerAt(0);
    this.emit({ kind: "meta", key, dreg });
    this.#expect(dreg, type, value);
  }

  #expect(sreg: Register, type: Datatype, value: number): void {
    const { bytes, order } = shapes[type];
    const data = { value: toHex(BigInt(value), bytes, order) };
    this.emit({ kind: "cmp", op: "eq", sreg, data });
  }
}

function conflict(text: string): CnmError {
  return new CnmError("ERR_CNM_INVALID_OPTION", `rule: conflicting protocols: ${text}`);
}

/** A part of a rule: a match, a statement or a verdict. */
export class Statement {
  readonly #compile: (compiler: Compiler) => void;

  /** @internal */
  constructor(compile: (compiler: Compiler) => void) {
    this.#compile = compile;
  }

  /** @internal */
  compile(compiler: Compiler): void {
    this.#compile(compiler);
  }
}
