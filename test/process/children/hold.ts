// Holds an open, idle namespace handle and ends by running out of work.
import { Namespace } from "#lib/netlink.js";

const [, , path = ""] = process.argv;
const netns = await Namespace.create({ path });
const links = await netns.links.list();
process.stdout.write(`${links.length} link, and nothing more to do\n`);
