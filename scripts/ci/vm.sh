#!/usr/bin/env bash
# The tests that need what this kernel lacks, and those that take another way on an old one, on Debian's kernels
# in the emulator.
set -euo pipefail
source scripts/ci/lib.sh

install_missing qemu-system-x86 busybox-static cpio kmod xz-utils
for kernel in 6.12 6.1; do
  scripts/vm/kernel.sh "$kernel" >/dev/null 2>&1 || {
    apt-get update -qq # the lists are absent, or older than what the mirror has
    scripts/vm/kernel.sh "$kernel" >/dev/null
  }
done
node scripts/vm.mjs --seconds 600
