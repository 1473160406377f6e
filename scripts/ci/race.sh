#!/usr/bin/env bash
# The engine, without Node, under ThreadSanitizer: several threads submit jobs, and stop it while they run.
# Run: scripts/ci/race.sh [SECONDS]
set -euo pipefail
seconds=${1:-30}

node scripts/setup.mjs
cmake -S . -B build-tsan -G Ninja -DVETHWORK_NATIVE_TESTS=ON -DVETHWORK_WERROR=ON >/dev/null
cmake --build build-tsan --target race
# ThreadSanitizer of GCC 12 knows no address space that is as random as newer kernels make it: setarch -R.
TSAN_OPTIONS=second_deadlock_stack=1 timeout $((seconds + 120)) \
  build/Release/vethwork-helper private --run-tmpfs -- setarch -R build-tsan/race "$seconds"
