#!/usr/bin/env bash
# Prints the folder that a Debian kernel is unpacked in, with its modules; fetches the package where the cache has
# it not yet. Nothing is installed.
#   scripts/vm/kernel.sh KERNEL
# KERNEL is 6.12, 6.1, or a version such as 6.12.117+deb12-amd64.
set -euo pipefail

fail() {
  echo "vm: $1" >&2
  exit 125
}

kernel=$1
for program in apt-cache apt-get depmod dpkg; do
  command -v "$program" >/dev/null || fail "needs $program, and Debian: kernels are its packages"
done

# The newest package of a series, or the one that was named; empty where Debian's lists have none.
package_of() {
  case $1 in
    *-amd64) echo "linux-image-$1" ;;
    *) apt-cache search --names-only "^linux-image-$1\.[0-9.]+[-+][0-9a-z]+-amd64$" | cut -d' ' -f1 | sort -V | tail -n 1 ;;
  esac
}

home=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)} # CI may have none
cache=${XDG_CACHE_HOME:-$home/.cache}/vethwork-vm
package=$(package_of "$kernel")
[ -n "$package" ] || fail "Debian's package lists have no kernel $kernel; apt-get update?"
unpacked=$cache/$package
if [ ! -d "$unpacked" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  (cd "$work" && timeout 300 apt-get download --quiet --quiet "$package" >"$work/log" 2>&1) ||
    fail "$package cannot be downloaded; apt-get update? $(tail -n 2 "$work/log")"
  mkdir -p "$cache"
  unpacking=$(mktemp -d "$cache/.unpacking.XXXXXX")
  trap 'rm -rf "$work" "$unpacking"' EXIT
  dpkg --extract "$work/$package"_*.deb "$unpacking/tree"
  depmod --basedir "$unpacking/tree" "$(ls "$unpacking/tree/lib/modules")"
  mv --no-target-directory "$unpacking/tree" "$unpacked" || [ -d "$unpacked" ] # whole; or another was faster
fi
echo "$unpacked"
