// A set too large for the socket of an ordinary user, whole and in chunks: prints what came of it.
import { KernelError, Namespace, nft } from "#lib/netlink.js";

const netns = await Namespace.own();
const table = nft.table("inet", "t");
const set = table.set("s", { type: "ipv4_addr" });
const address = (_: unknown, at: number) => `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`;
const [, , bytes = "0"] = process.argv;
const comment = "x".repeat(120); // more than 140 bytes an element
const length = Math.ceil(Number(bytes) / 140);
const elements = set.elements(
  Array.from({ length }, (_, at) => ({ key: address(_, at), comment })),
);
try {
  await netns.nft.add(table, set, elements);
} catch (error) {
  const name = error instanceof KernelError ? error.errnoName : String(error);
  process.stdout.write(`${name}, ${(await netns.nft.tables()).length} tables; `);
}
await netns.nft.transaction().add(table, set, elements).commit({ chunks: true });
process.stdout.write(`in chunks, ${(await netns.nft.elements(set)).length - length} are missing`);
await netns.close();
