#!/usr/bin/env bash
# CMakeLists.txt and binding.gyp must give the same addon.
set -euo pipefail

node scripts/setup.mjs
npx cmake-js configure -O build-cmake --CDVETHWORK_WERROR=ON
npx cmake-js build -O build-cmake
node scripts/ci/compare-exports.mjs build/Release/vethwork.node build-cmake/Release/vethwork.node
