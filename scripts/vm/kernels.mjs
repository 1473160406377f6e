// The kernels that scripts/vm.mjs boots.

/**
 * `lacks`: what Debian's kernel of that series really has not; any other need that is not met is a failure there.
 * `differs`: test files that find another kernel there than a new one, and so another way through the library;
 * they are run although no test of them is skipped on a new kernel.
 */
export const kernels = [
  { series: "6.12", lacks: [], differs: [] },
  { series: "6.1", lacks: ["link:netkit"], differs: [] },
];

/** Of a version such as `6.12.117+deb12-amd64` too. */
export function kernelOf(version) {
  const found = kernels.find(
    ({ series }) => version === series || version.startsWith(`${series}.`),
  );
  return found ?? { series: version, lacks: [], differs: [] };
}
