#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Installs, uses, upgrades and purges the packages in a chroot with a bare Debian 12, and prints what is left. Run it by
# hand as root; it needs debootstrap and a network.
#
#   tests/install/bare_debian.sh [BASE]    BASE: a tree made by "debootstrap --variant=minbase bookworm BASE"; it is
#                                          copied. Without it the script makes one
#
# With ATM_BUILD_DIR=DIR the script packages that build.
set -euo pipefail
# The mounts end with this script.
[[ -n ${ATM_BARE_NAMESPACE:-} ]] || ATM_BARE_NAMESPACE=1 exec unshare --mount --propagation private "$0" "$@"
base=${1:+$(realpath "$1")}
cd "$(dirname "$0")/../.."

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}
step() { printf '\n== %s\n' "$*"; }

work=$(mktemp -d)
root=$work/root
daemon=
end_daemon() {
  if [[ -n $daemon ]]; then
    kill -TERM "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
    daemon=
  fi
}
clean_up() {
  end_daemon
  umount "$root/proc" 2>/dev/null || true
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT

in_root() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"; }
as_user() { chroot --userspec=dev:dev "$root" env -i PATH=/usr/bin:/bin HOME=/home/dev LC_ALL=C.UTF-8 "$@"; }
shown() {
  printf '$ %s\n' "$*"
  as_user "$@"
}
# shellcheck disable=SC2016  # the format of dpkg-query
installed() { in_root dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\n' 'agent-tmux-monitor*'; }
# Files besides those of apt, dpkg and the kernel.
files() { (cd "$root" && find . -xdev \( -path ./var/lib/apt -o -path ./var/lib/dpkg -o -path ./var/cache -o -path ./var/log \
  -o -path ./packages -o -path ./proc -o -path ./etc/ld.so.cache \) -prune -o -print | sort); }
start_daemon() {
  chroot --userspec=dev:dev "$root" env -i PATH=/usr/bin:/bin HOME=/home/dev LC_ALL=C.UTF-8 atmd >"$work/atmd.log" 2>&1 &
  daemon=$!
  local tries
  # atm would start a second daemon if autostart is on.
  for ((tries = 0; tries < 200; ++tries)); do
    if grep -q ' ready$' "$work/atmd.log"; then return; fi
    kill -0 "$daemon" 2>/dev/null || break
    read -rt 0.05 <> <(:) || true
  done
  fail "atmd does not answer: $(cat "$work/atmd.log")"
}

step 'packages of two versions'
for version in 0.1.0 0.1.1; do
  ATM_PACKAGE_VERSION=$version scripts/package "$work/packages/$version"
done

step 'a bare Debian 12'
if [[ -n $base ]]; then
  cp -a "$base" "$root"
else
  debootstrap --variant=minbase bookworm "$root" >"$work/debootstrap.log" 2>&1 || fail "$(tail "$work/debootstrap.log")"
fi
cp -r "$work/packages" "$root/packages"
cp -L /etc/resolv.conf "$root/etc/"
mount -t proc proc "$root/proc"
in_root useradd --create-home --shell /bin/bash dev
in_root apt-get -qq update
for tool in g++ cmake python3; do
  in_root sh -c "command -v $tool" >/dev/null && fail "the chroot has $tool"
done
files >"$work/before"

step 'install'
in_root sh -c 'apt-get install -y --no-install-recommends /packages/0.1.0/*.deb' >"$work/apt.log" 2>&1 || fail "$(cat "$work/apt.log")"
installed
grep -hiE 'enabled|created symlink' "$work/apt.log" && fail "the installation enables a unit"
[[ -z $(find "$root/home" -newer "$root/packages/0.1.0" -type f) ]] || fail "the installation wrote into a home"
as_user atm ping >/dev/null 2>&1 && fail "the installation starts a daemon"

step 'use'
shown atm --version
shown atm list || printf '(exit code %d)\n' $?
start_daemon
shown atm list
printf '{"session_id":"bare-debian","hook_event_name":"SessionStart","source":"startup","cwd":"/home/dev"}' |
  as_user atm-hook --agent claude_code
for ((tries = 0; tries < 200; ++tries)); do
  as_user atm list | grep -q bare && break
  read -rt 0.05 <> <(:) || true
done
shown atm list
as_user atm list | grep -q bare || fail "the session of the hook is missing"
shown atm setup
shown atm setup claude --autostart
shown atm setup
shown atm plugins
shown atm doctor || printf '(exit code %d)\n' $?

step 'upgrade while the daemon runs'
in_root sh -c 'apt-get install -y --no-install-recommends /packages/0.1.1/*.deb' >"$work/apt.log" 2>&1 || fail "$(cat "$work/apt.log")"
installed
as_user atm ping || fail "the daemon does not answer after the upgrade"
as_user atm list | grep -q bare || fail "the daemon has lost its session"
shown atm doctor || printf '(exit code %d)\n' $?
end_daemon
start_daemon
as_user atm list | grep -q bare || fail "the new daemon does not know the session"

step 'purge'
shown atm setup --remove claude --autostart
end_daemon
in_root sh -c 'apt-get purge -y --autoremove agent-tmux-monitor agent-tmux-monitor-zmq agent-tmux-monitor-dev' >"$work/apt.log" 2>&1 || fail "$(cat "$work/apt.log")"
in_root dpkg-query -W 'agent-tmux-monitor*' 2>/dev/null && fail "a package is left"
files >"$work/after"
comm -13 "$work/before" "$work/after" >"$work/left"
printf 'left on the disk:\n'
sed 's/^\./  /' "$work/left"
grep -vE '^\./(home/dev(/.*)?|run/user.*|tmp/.*)$' "$work/left" && fail "files outside the home are left"
comm -23 "$work/before" "$work/after" | grep . && fail "files of others are gone"
printf '\nthe packages install, work, upgrade and purge in a bare Debian 12\n'
