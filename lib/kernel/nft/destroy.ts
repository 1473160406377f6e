import type { Decoded, Message } from "../../native.js";
import type { Channel } from "../channel.js";
import {
  isReference,
  makeMessages,
  removeMessages,
  type NftObject,
  type Numbers,
} from "./commands.js";
import { Chain, type RuleReference } from "./objects.js";

/**
 * What stands for NFT_MSG_DESTROY* where the kernel has none: the object is made, which changes
 * nothing where it is there, and deleted.
 * @internal
 */
export async function withoutDestroy(
  channel: Channel,
  object: NftObject | RuleReference,
  numbers: Numbers,
): Promise<readonly Message[]> {
  if (isReference(object)) {
    return (await isThere(channel, object)) ? removeMessages(object, "DEL") : [];
  }
  const remove = removeMessages(object, "DEL");
  // Without its hook: one that is there may have another.
  const make = object instanceof Chain ? new Chain(object.table, object.name, {}) : object;
  return [...makeMessages(make, numbers), ...remove];
}

async function isThere(channel: Channel, rule: RuleReference): Promise<boolean> {
  const { family, table, chain, handle } = rule;
  const rules: readonly Decoded[] = await channel.dump({
    type: "NFT_MSG_GETRULE",
    flags: ["dump"],
    header: { family },
    attributes: { table, chain },
  });
  return rules.some(({ attributes }) => attributes["handle"] === handle);
}
