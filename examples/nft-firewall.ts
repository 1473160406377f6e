// A firewall and a published port, in one transaction of nftables; the ruleset is read back.
// Run: npm run example nft-firewall
// Prints: 5 rules in 3 chains, generation 2, then why a mistake changed nothing
import { KernelError, Namespace, nft } from "vethwork/netlink";

const { accept, ct, dnat, drop, counter, icmp, ip, masquerade, meta, tcp } = nft;

await using host = await Namespace.create(); // stands for the host: the machine's own stays as it is
const table = nft.table("inet", "demo");
const input = table.chain("input", {
  type: "filter",
  hook: "input",
  priority: "filter",
  policy: "drop",
});
const pre = table.chain("pre", { type: "nat", hook: "prerouting", priority: "dstnat" });
const post = table.chain("post", { type: "nat", hook: "postrouting", priority: "srcnat" });
const blocked = table.set("blocked", { type: "ipv4_addr", flags: ["interval"] });

await host.nft
  .transaction()
  .add(table, input, pre, post, blocked, blocked.elements(["192.0.2.0/24"]))
  .add(input.rule(ct.state.in("established", "related"), accept))
  .add(input.rule(ip.saddr.in(blocked), counter, drop))
  .add(input.rule(icmp.type.eq("echo-request"), accept))
  .add(pre.rule(tcp.dport.eq(80), dnat({ address: "10.0.0.2", port: 8080 })))
  .add(post.rule(meta.oifname.ne("lo"), masquerade()))
  .commit(); // all of it, or nothing

const { rules, chains, generation } = await host.nft.ruleset();
console.log(`${rules.length} rules in ${chains.length} chains, generation ${generation}`);

try {
  await host.nft.add(table.chain("late"), input.rule(nft.jump("nowhere")));
} catch (error) {
  if (error instanceof KernelError) console.log(error.message);
}
