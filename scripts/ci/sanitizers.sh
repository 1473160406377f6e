#!/usr/bin/env bash
# The tests that reach native code, against an addon built with AddressSanitizer and UBSan.
set -euo pipefail

node scripts/setup.mjs
options=(-D -O build-asan/build)
npx cmake-js configure "${options[@]}" --CDVETHWORK_WERROR=ON --CDVETHWORK_SANITIZE=address,undefined
npx cmake-js build "${options[@]}"

# node-gyp-build looks for build/Debug/vethwork.node in this folder.
export VETHWORK_PREBUILD=$PWD/build-asan
# Node is not built with sanitizers, so their libraries must be there before it starts. Leaks: Node's own.
export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1
LD_PRELOAD="$(g++ -print-file-name=libasan.so) $(g++ -print-file-name=libubsan.so)" \
  node scripts/test.mjs codec kernel -- --timeout 60000
