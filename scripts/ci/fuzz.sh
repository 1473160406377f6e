#!/usr/bin/env bash
# A short run of each fuzzer; `npm run fuzz -- --seconds N` is the long one.
set -euo pipefail
source scripts/ci/lib.sh

# libFuzzer and the sanitizers of clang, which it only recommends.
install_missing "libclang-rt-$(clang++ -dumpversion | cut -d. -f1)-dev"
node scripts/fuzz.mjs --seconds 30
