import { check } from "../../util/check.js";
import { string } from "../../util/schemas.js";
import { Statement } from "./compiler.js";
import type { VerdictData } from "./expression.js";
import type { Chain } from "./objects.js";

/** How a packet goes on; ends a rule, or is what a verdict map has. */
export class Verdict extends Statement {
  readonly data: VerdictData;

  /** @internal */
  constructor(data: VerdictData) {
    super((compiler) => {
      compiler.emit({ kind: "immediate", dreg: "verdict", data: { verdict: data } });
    });
    this.data = data;
  }
}

export const accept = new Verdict({ code: "accept" });
export const drop = new Verdict({ code: "drop" });
/** Back to the rule behind the jump; in a base chain, the policy. */
const returned = new Verdict({ code: "return" });
/** The next rule. */
const continued = new Verdict({ code: "continue" });
export { continued as continue, returned as return };

/** Goes through the chain, and comes back. */
export function jump(chain: Chain | string): Verdict {
  return new Verdict({ code: "jump", chain: nameOf(chain, "jump") });
}
/** Goes through the chain, and does not come back here. */
export function goto(chain: Chain | string): Verdict {
  return new Verdict({ code: "goto", chain: nameOf(chain, "goto") });
}

const word = string();

function nameOf(chain: Chain | string, operation: string): string {
  const name = typeof chain === "object" ? (chain as Chain | null)?.name : chain;
  return check(word, name, operation, "chain");
}
