#!/usr/bin/env bash
# What a user gets: the packed package, installed in an empty folder without install scripts, on a machine that
# has no compiler, runs an example.
set -euo pipefail
example=${1:-demo}

node scripts/prebuild.mjs
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm pack --silent --pack-destination "$folder" >/dev/null
cp -r out/examples/. "$folder"
echo '{ "type": "module" }' >"$folder/package.json"

mkdir "$folder/bin"
for program in node npm sh env ping curl; do ln -s "$(command -v "$program")" "$folder/bin/"; done
# Not what is on PATH, which may be a version manager's script.
ln -s "$(python3 -c 'import sys; print(sys.executable)')" "$folder/bin/python3"

cd "$folder"
PATH=$folder/bin npm install --silent --ignore-scripts --no-audit --no-fund ./vethwork-*.tgz
installed=node_modules/vethwork
if [ -e "$installed/build" ]; then
  echo "the package was compiled on install" >&2
  exit 1
fi
helper=$(echo "$installed"/prebuilds/linux-"$(node -p process.arch)"/vethwork-helper)
PATH=$folder/bin "$helper" private --run-tmpfs -- node "$example.js"
