import type { Namespace } from "#lib/netlink.js";
import type { Context } from "mocha";
import { newNetns } from "./netns.js";
import { runIn } from "./other-eyes.js";

/** A namespace in which nft(8) can look. */
export function withNft(context: Context): Promise<Namespace> {
  return newNetns(context, "program:nft");
}

/** Runs one command of nft(8); resolves to what it prints. */
export async function nftCommand(netns: Namespace, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runIn(netns, "nft", ...words);
  if (code !== 0) throw new Error(`nft ${words.join(" ")}: ${stderr}`);
  return stdout;
}

/** What `nft list ruleset` prints. */
export const rulesetOf = (netns: Namespace) => nftCommand(netns, "list", "ruleset");
