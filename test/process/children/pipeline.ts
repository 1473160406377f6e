// Makes twenty requests in one tick, between two marks that strace(1) sees.
import { Namespace } from "#lib/netlink.js";
import { existsSync } from "node:fs";

const netns = await Namespace.create();
await netns.links.add({ kind: "bridge", name: "br0" });
const requests = 20;
existsSync("/mark-begin");
await Promise.all(
  Array.from({ length: requests }, (_, at) =>
    netns.addresses.add({ link: 2, address: `10.0.0.${at + 1}/24` }),
  ),
);
existsSync("/mark-end");
await netns.delete();
