#!/usr/bin/env bash
# The tests that need what this kernel lacks, on a Debian kernel in the emulator.
set -euo pipefail
source scripts/ci/lib.sh

install_missing qemu-system-x86 busybox-static cpio kmod xz-utils
ls -d "${XDG_CACHE_HOME:-$HOME/.cache}"/vethwork-vm/linux-image-6.12* >/dev/null 2>&1 || apt-get update -qq
node scripts/vm.mjs --kernel 6.12 --seconds 480
