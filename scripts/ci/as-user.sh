#!/usr/bin/env bash
# The test suite as a user without rights, in a copy of the tree that has only what is in the repository, with
# an empty home folder: what somebody sees who has just cloned it.
set -euo pipefail
uid=65534

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/tree" "$folder/home"
git ls-files -z --cached --others --exclude-standard --deduplicate |
  tar --create --null --ignore-failed-read --files-from=- | tar --extract --directory="$folder/tree"
chown -R "$uid:$uid" "$folder"
cd "$folder/tree"
env --unset=XDG_RUNTIME_DIR --unset=XDG_CONFIG_HOME --unset=XDG_CACHE_HOME HOME="$folder/home" \
  setpriv --reuid "$uid" --regid "$uid" --clear-groups npm test
