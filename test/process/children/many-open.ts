// Opens one namespace so many times, uses every handle twice, and tells how many descriptors that takes.
import { Namespace } from "#lib/netlink.js";
import { descriptors } from "../../support/traces.js";

const [, , path = "", count = "0"] = process.argv;
const first = await Namespace.create({ path });
const opened: Namespace[] = [];
for (let at = 0; at < Number(count); at++) opened.push(await Namespace.open({ path }));
const links = await Promise.all(opened.map((netns) => netns.links.get("lo")));
const again = await Promise.all(opened.map((netns) => netns.links.get(1)));
const sockets = descriptors().filter((one) => one.startsWith("socket")).length;
const right = [...links, ...again].every(({ name }) => name === "lo");
await Promise.all(opened.map((netns) => netns.close()));
await first.delete();
const left = descriptors().length;
process.stdout.write(JSON.stringify({ sockets, right, left }));
