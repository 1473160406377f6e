#!/usr/bin/env bash
# What `npm test` does at every seventh point and with 100 sequences, whole.
set -euo pipefail

export VETHWORK_TEST_SWEEP=all VETHWORK_TEST_SEQUENCES=${1:-500}
node scripts/test.mjs process -- --grep "kill -9|a refusal|any sequence"
