// The kernels that scripts/vm.mjs boots.

/**
 * `lacks`: what Debian's kernel of that series really has not; any other need that is not met is a failure there.
 * `differs`: test files that find another kernel there than a new one, and so another way through the library;
 * they are run although no test of them is skipped on a new kernel.
 */
export const kernels = [
  { series: "6.12", lacks: [], differs: ["test/kernel/rule-dscp.test.ts"] },
  {
    series: "6.1",
    lacks: [
      "attribute:IFLA_BRPORT_BACKUP_NHID", // 6.5
      "attribute:IFLA_BRPORT_MAB", // 6.2
      "attribute:IFLA_BRPORT_MCAST_MAX_GROUPS", // 6.3
      "attribute:IFLA_BR_FDB_MAX_LEARNED", // 6.7
      "attribute:IFLA_GSO_IPV4_MAX_SIZE", // 6.3
      "attribute:IFLA_MACVLAN_BC_CUTOFF", // 6.4
      "attribute:IFLA_VXLAN_LOCALBYPASS", // 6.5
      "kernel:nft-persist", // 6.9
      "link:netkit", // 6.7
    ],
    // What we are answered where the kernel echoes no link (6.2), has no NFT_MSG_DESTROY* (6.3), and takes no
    // attribute that it does not know.
    differs: [
      "test/kernel/features.test.ts",
      "test/kernel/link-raw.test.ts",
      "test/kernel/links.test.ts",
      "test/kernel/nft-raw.test.ts",
      "test/kernel/nft-transactions.test.ts",
      "test/kernel/rule-dscp.test.ts",
    ],
  },
];

/** Of a version such as `6.12.117+deb12-amd64` too. */
export function kernelOf(version) {
  const found = kernels.find(
    ({ series }) => version === series || version.startsWith(`${series}.`),
  );
  return found ?? { series: version, lacks: [], differs: [] };
}
