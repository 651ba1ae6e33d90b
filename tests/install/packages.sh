#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds the Debian packages of a build and compares them with its installation; then uninstalls it.
#
#   packages.sh SOURCE_DIR BUILD_DIR
set -euo pipefail

source_dir=$1
export ATM_BUILD_DIR=$2
work=$(mktemp -d)
daemon=
clean_up() {
  if [[ -n $daemon ]]; then
    kill -KILL "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap clean_up EXIT
mkdir -m 700 "$work"/{home,config,state}
export HOME=$work/home XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state XDG_DATA_HOME=$work/home/.local/share
prefix=$work/prefix
list=$prefix/share/atm/installed-files

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}
same() { diff "$1" "$2" >&2 || fail "$3"; }
install_it() { "$source_dir/scripts/install" "$@" >"$work/said" 2>&1; }
field() { dpkg-deb --field "$work/$1.deb" "$2"; }

"$source_dir/scripts/package" "$work" >"$work/packages" || fail "scripts/package ended with $?"
for package in agent-tmux-monitor agent-tmux-monitor-zmq agent-tmux-monitor-dev; do
  file=$(grep "/${package}_" "$work/packages") || fail "no package $package"
  mv "$file" "$work/$package.deb"
  [[ $(field $package Package) == "$package" ]] || fail "$file is not $package"
  # No script runs at the installation: nothing is enabled or started, and no home is touched.
  dpkg-deb --ctrl-tarfile "$work/$package.deb" | tar -t | grep -vxE '\./|\./control|\./md5sums' &&
    fail "$package has scripts or configuration files of the system"
  dpkg-deb --contents "$work/$package.deb" >"$work/contents"
  grep -vE ' \./(usr/.*)?$' "$work/contents" && fail "$package has files outside /usr"
  grep -vE '^(d|-)rw[x-]r-[x-]r-[x-] root/root ' "$work/contents" &&
    fail "$package has files with unusual owners or permissions"
  # The paths relative to the prefix.
  awk '$1 !~ /^d/ { sub("^\\./usr/", "", $6); print $6 }' "$work/contents" | sort >"$work/$package.list"
  grep -qxF "share/doc/$package/copyright" "$work/$package.list" || fail "$package has no copyright"
done
grep -q libzmq <<<"$(field agent-tmux-monitor Depends)" && fail "agent-tmux-monitor needs libzmq"
grep -q libsqlite3 <<<"$(field agent-tmux-monitor Depends)" || fail "agent-tmux-monitor does not need libsqlite3"
[[ $(field agent-tmux-monitor-zmq Depends) == *"agent-tmux-monitor (= $(field agent-tmux-monitor Version))"* ]] ||
  fail "agent-tmux-monitor-zmq needs $(field agent-tmux-monitor-zmq Depends)"
grep -q libzmq <<<"$(field agent-tmux-monitor-zmq Depends)" || fail "agent-tmux-monitor-zmq does not need libzmq"

# An installation by scripts/install has the same files, and its list.
install_it "$prefix" || fail "scripts/install: $(cat "$work/said")"
(cd "$prefix" && find . ! -type d -printf '%P\n' | grep -vxF share/atm/installed-files | sort) >"$work/installed"
sort "$work"/agent-*.list >"$work/packaged"
same "$work/packaged" "$work/installed" "the packages and scripts/install differ in their files"
dpkg-deb -x "$work/agent-tmux-monitor.deb" "$work/root"
grep -qx 'ExecStart=/usr/bin/atmd' "$work/root/usr/lib/systemd/user/atmd.service" || fail "the unit has another path"
grep -rqF "$work" "$work/root/usr/share" "$work/root/usr/lib/systemd" && fail "a packaged file names the staging directory"
[[ $("$work/root/usr/bin/atm" --version) == "atm $(field agent-tmux-monitor Version)" ]] || fail "the packaged atm does not run"

# A second installation removes what this version does not have any more, unless it was changed.
for file in old changed; do echo old >"$prefix/share/atm/$file"; done
sum=$(sha256sum <"$prefix/share/atm/old")
printf 'file %s share/atm/%s\n' "${sum%% *}" old "${sum%% *}" changed >>"$list"
echo mine >"$prefix/share/atm/changed"
install_it "$prefix" || fail "the second scripts/install: $(cat "$work/said")"
[[ ! -e $prefix/share/atm/old ]] || fail "a file of an older version stays"
[[ -e $prefix/share/atm/changed ]] || fail "a changed file of an older version is gone"
rm "$prefix/share/atm/changed"

# An uninstallation removes the installed files and nothing else.
cp -r "$prefix" "$work/copy"
echo mine >"$prefix/bin/mine"
echo changed >>"$prefix/share/atm/template/CMakeLists.txt"
mkdir -p "$XDG_STATE_HOME/atm"
ATM_SOCKET=$work/s "$prefix/bin/atmd" >"$work/atmd.log" 2>&1 </dev/null &
daemon=$!
until grep -q ' ready$' "$work/atmd.log"; do
  if ! kill -0 "$daemon" 2>/dev/null || ((SECONDS > 150)); then
    fail "the installed atmd is not ready: $(cat "$work/atmd.log")"
  fi
  read -rt 0.05 <> <(:) || true
done
install_it --uninstall "$prefix" && fail "--uninstall reports success although it kept a file"
grep -qxF "atmd still runs; to stop it: kill $daemon" "$work/said" || fail "--uninstall does not name the daemon: $(cat "$work/said")"
grep -qF 'template/CMakeLists.txt: changed since' "$work/said" || fail "--uninstall says $(cat "$work/said")"
grep -qxF "left: state in $XDG_STATE_HOME/atm" "$work/said" || fail "--uninstall does not name the state: $(cat "$work/said")"
(cd "$prefix" && find . -type f | sort) >"$work/left"
printf './bin/mine\n./share/atm/template/CMakeLists.txt\n' >"$work/wanted"
same "$work/wanted" "$work/left" "--uninstall left other files"
[[ -z $(find "$prefix" -type d -empty) ]] || fail "--uninstall left empty directories: $(find "$prefix" -type d -empty)"
install_it --uninstall "$prefix" && fail "--uninstall works without a list"
grep -qF 'expected an installation by this script' "$work/said" || fail "--uninstall without a list says $(cat "$work/said")"

install_it --uninstall "$work/copy" || fail "--uninstall: $(cat "$work/said")"
[[ -z $(ls -A "$work/copy") ]] || fail "--uninstall left $(find "$work/copy")"
for line in 'file 00 ../outside' 'file 00 /etc/hosts' 'directory a/../..' 'link 00 a' 'file'; do
  mkdir -p "$work/hostile/share/atm"
  echo "$line" >"$work/hostile/share/atm/installed-files"
  install_it --uninstall "$work/hostile" && fail "--uninstall accepts the line '$line'"
  grep -qF "has the line '" "$work/said" || fail "--uninstall says $(cat "$work/said") to the line '$line'"
done
echo "the packages and scripts/install have the same files, and --uninstall removes them"
