#!/usr/bin/env bash
# Boots a Debian kernel in QEMU without KVM, on this machine's own file system, runs a command in the current folder
# as root, shows what it prints, and exits with its exit code.
#   scripts/vm/boot.sh KERNEL SECONDS COMMAND [ARGUMENT ...]
# KERNEL is 6.12, 6.1, or a version such as 6.12.117+deb12-amd64. 124 is the exit code when the time is over, 125
# when the machine did not come up in VETHWORK_VM_BOOT_SECONDS (180) or stopped before the command did.
#
# Nothing that the command writes stays: its root is an overlay in memory. It has no network but its own.
# Everything takes 20 to 100 times as long as outside.
set -euo pipefail

fail() {
  echo "vm: $1" >&2
  exit 125
}

[ $# -ge 3 ] || fail "boot.sh KERNEL SECONDS COMMAND [ARGUMENT ...]"
kernel=$1 seconds=$2
shift 2

[ "$(uname -m)" = x86_64 ] || fail "the addon is built for this CPU, and only x86-64 is emulated"
for program in busybox cpio modprobe qemu-system-x86_64 xz; do
  command -v "$program" >/dev/null ||
    fail "needs $program; Debian: apt-get install qemu-system-x86 busybox-static cpio kmod xz-utils"
done
busybox=$(command -v busybox)
if ldd "$busybox" >/dev/null 2>&1; then fail "needs a static busybox; Debian: apt-get install busybox-static"; fi

unpacked=$("$(dirname "$0")/kernel.sh" "$kernel")
version=$(ls "$unpacked/lib/modules")

work=$(mktemp -d)
machine=
stop() {
  if [ -n "$machine" ]; then
    kill "$machine" 2>/dev/null || true
    wait "$machine" || true
  fi
  rm -rf "$work"
}
trap stop EXIT

# --- the first root: busybox and the modules that the real one is reached by ---------------------------------------
first=$work/first
mkdir -p "$first"/{bin,modules,proc,sys,dev,below,above,root}
cp "$busybox" "$first/bin/busybox"
for applet in sh mount umount mkdir insmod switch_root poweroff cat echo; do
  ln -s busybox "$first/bin/$applet"
done
for module in virtio_pci 9pnet_virtio 9p overlay; do
  modprobe --dirname "$unpacked" --set-version "$version" --show-depends "$module" 2>/dev/null
done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$work/needed"
while read -r file; do
  name=$(basename "${file%%.ko*}").ko
  case $file in
    *.xz) xz --decompress --stdout "$file" ;;
    *.zst) zstd --decompress --quiet --stdout "$file" ;;
    *) cat "$file" ;;
  esac >"$first/modules/$name"
  echo "$name" >>"$first/modules/order"
done <"$work/needed"

cat >"$first/init" <<'INIT'
#!/bin/sh
mount -t proc none /proc && mount -t sysfs none /sys && mount -t devtmpfs none /dev
for module in $(cat /modules/order); do insmod "/modules/$module"; done
stop() { echo "vm: $1" >/dev/console; poweroff -f; }
p9=trans=virtio,version=9p2000.L,msize=262144
mount -t 9p -o "$p9,cache=loose,ro" root /below || stop "the file system of the machine cannot be mounted"
mount -t tmpfs none /above && mkdir /above/upper /above/work
mount -t overlay -o lowerdir=/below,upperdir=/above/upper,workdir=/above/work none /root || stop "no overlay"
mount -t proc none /root/proc; mount -t sysfs none /root/sys; mount -t devtmpfs none /root/dev
mkdir -p /root/dev/pts /root/dev/shm /root/lib/modules
mount -t devpts none /root/dev/pts; mount -t tmpfs none /root/dev/shm
mount -t tmpfs none /root/run && mkdir /root/run/vm
mount -t 9p -o "$p9,cache=loose,ro" modules /root/lib/modules || stop "the modules cannot be mounted"
mount -t 9p -o "$p9" shared /root/run/vm || stop "the shared folder cannot be mounted"
umount /sys /proc
exec switch_root /root /bin/bash /run/vm/start
INIT
chmod +x "$first/init"
(cd "$first" && find . | cpio --create --format=newc --quiet | gzip -1) >"$work/first.gz"

# --- the command: its output comes by the second serial line, which the kernel does not write to ---------------------
shared=$work/shared
mkdir "$shared"
{
  printf 'export PATH=%q HOME=%q TERM=dumb\n' "$PATH" "${HOME:-/root}"
  printf 'cd %q && ' "$PWD"
  printf '%q ' "$@"
  echo
} >"$shared/command"
cat >"$shared/start" <<'START'
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
echo up >/run/vm/up
echo 1 >/proc/sys/kernel/printk
ip link set lo up
modprobe tun # udev would make /dev/net/tun, and load it when somebody opens that
mkdir -p /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup
stty -F /dev/ttyS1 -opost
bash /run/vm/command </dev/null >/dev/ttyS1 2>&1
echo $? >/run/vm/code
sync
echo o >/proc/sysrq-trigger
sleep 60
START

# Without la57: five levels of page tables make the emulator slower for nothing.
timeout --kill-after=10 "$seconds" qemu-system-x86_64 \
  -machine q35 -accel tcg,thread=multi -cpu max,la57=off -smp 2 -m 3072 -display none -no-reboot -nic none -monitor none \
  -kernel "$unpacked"/boot/vmlinuz-* -initrd "$work/first.gz" -append "console=ttyS0 quiet panic=-1 rdinit=/init" \
  -serial "file:$work/console" -serial stdio \
  -virtfs local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap \
  -virtfs "local,path=$unpacked/lib/modules,mount_tag=modules,security_model=none,readonly=on" \
  -virtfs "local,path=$shared,mount_tag=shared,security_model=none" \
  </dev/null &
machine=$!

# A kernel that hangs early would otherwise take all of the time that the command is given.
boot_seconds=${VETHWORK_VM_BOOT_SECONDS:-180}
deadline=$((SECONDS + boot_seconds))
while [ ! -e "$shared/up" ] && kill -0 "$machine" 2>/dev/null; do
  if [ "$SECONDS" -ge "$deadline" ]; then
    tail -n 20 "$work/console" >&2
    fail "the machine was not up after $boot_seconds seconds; above is its console"
  fi
  sleep 0.5
done

code=0
wait "$machine" || code=$?
machine=
if [ "$code" = 124 ] || [ "$code" = 137 ]; then
  echo "vm: the command took more than $seconds seconds" >&2
  exit 124
fi
if [ ! -e "$shared/code" ]; then
  tail -n 20 "$work/console" >&2
  fail "the machine stopped before the command did (exit code $code of QEMU); above is its console"
fi
exit "$(cat "$shared/code")"
