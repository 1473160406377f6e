#!/usr/bin/env bash
# What `npm test` does at every seventh point and with 100 sequences, whole. In two runs beside each other: most
# of the time is that of processes that start.
set -euo pipefail

export VETHWORK_TEST_SWEEP=all VETHWORK_TEST_SEQUENCES=${1:-500}
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

node scripts/test.mjs process -- --grep "a refusal" >"$logs/refusals" 2>&1 &
refusals=$!
code=0
node scripts/test.mjs process -- --grep "kill -9|any sequence" 2>&1 | tee "$logs/ends" || code=$?
wait "$refusals" || code=$?
cat "$logs/refusals"

sed -nE 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p' "$logs"/* |
  awk '{ p += $1; f += $2; s += $3 } END { print p " passed, " f " failed, " s " skipped" }'
exit "$code"
