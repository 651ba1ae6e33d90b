#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Acts like a third party: installs, builds examples/echo against the installed package alone, loads it into the
# installed atmd, sends a record with the installed atm-hook, and checks its session with the installed atm.
#
#   sdk_install.sh SOURCE_DIR BUILD_DIR
set -euo pipefail

source_dir=$1
build_dir=$2
work=$(mktemp -d)
daemon=
cleanup() {
  [[ -z $daemon ]] || kill -KILL "$daemon" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  [[ ! -f $work/atmd.log ]] || sed 's/^/  atmd: /' "$work/atmd.log" >&2
  exit 1
}

# quietly LOG COMMAND...: prints the output only if the command fails.
quietly() {
  local log=$work/$1.log
  shift
  "$@" >"$log" 2>&1 || { cat "$log" >&2; fail "$*"; }
}

# wait_for SECONDS WHAT COMMAND...: polls a condition up to a deadline.
wait_for() {
  local until=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    ((SECONDS < until)) || fail "no $what"
    kill -0 "$daemon" 2>/dev/null || fail "atmd ended while waiting for $what"
    read -rt 0.05 <> <(:) || true
  done
}

install_all() { ATM_BUILD_DIR=$build_dir "$source_dir/scripts/install" "$work/prefix"; }
quietly install install_all
[[ -z $(find "$work/prefix" -maxdepth 1 -name '.*' ! -path "$work/prefix") ]] || fail "scripts/install left its own directory"
for file in bin/atmd bin/atm bin/atm-hook lib/atm/plugins/claude_code.so include/atm/abi.h share/atm/template/CMakeLists.txt; do
  found=$(find "$work/prefix" -path "*/${file#lib/}" | head -1)
  [[ -n $found ]] || fail "$file was not installed"
done

cp -r "$source_dir/examples/echo" "$work/echo"
quietly configure cmake -S "$work/echo" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
  -DCMAKE_PREFIX_PATH="$work/prefix"
quietly build cmake --build "$work/build"
quietly unit ctest --test-dir "$work/build" --output-on-failure

# The project's own plugins link Atm::Posix of the installed package.
mkdir "$work/posix"
cat >"$work/posix/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.24)
project(uses_posix CXX)
find_package(AtmSdk 1 REQUIRED)
add_executable(uses_posix main.cpp)
target_link_libraries(uses_posix PRIVATE Atm::Sdk Atm::Posix)
END
cat >"$work/posix/main.cpp" <<'END'
#include <unistd.h>

#include <atm/client/endpoint.hpp>
#include <atm/posix/proc_stat.hpp>
int main() {
  const auto stat = atm::posix::read_proc_stat(::getpid());
  return stat && stat->comm == "uses_posix" && !atm::client::socket_candidates("/s").empty() ? 0 : 1;
}
END
quietly posix-configure cmake -S "$work/posix" -B "$work/posix/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix"
quietly posix-build cmake --build "$work/posix/build"
quietly posix-run "$work/posix/build/uses_posix"

mkdir -m 700 "$work"/{home,run,config,state,data}
export HOME=$work/home XDG_RUNTIME_DIR=$work/run XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state \
  XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache ATM_SOCKET=$work/run/s
unset ATM_PLUGIN_PATH
PATH=$work/prefix/bin:$PATH

mkdir -p "$XDG_CONFIG_HOME/atm"
printf '[plugins.echo]\ngreeting = "echo: "\n' >"$XDG_CONFIG_HOME/atm/atm.toml"
chmod 700 "$work/build/lib/atm/plugins"
atmd --foreground --plugin-dir "$work/build/lib/atm/plugins" >"$work/atmd.log" 2>&1 </dev/null &
daemon=$!
answers() { atm stats >/dev/null 2>&1; }
wait_for 30 'answer of atmd' answers

sees() { atm list --json 2>/dev/null | grep -q "$1"; }
atm plugins | grep -q '^echo .*1\.0\.0' || fail "atm plugins does not list echo: $(atm plugins)"
printf '{"session":"out-of-tree","text":"hello"}' | atm-hook --agent echo
wait_for 30 'session of the echo plugin' sees out-of-tree

# A second installation replaces the loaded libraries on disk and must not change their open files.
library=$(find "$work/prefix" -name claude_code.so | head -1)
inode=$(stat -c %i "$library")
exec {loaded}<"$library"
before=$(sha256sum <"/proc/self/fd/$loaded")
quietly again install_all
[[ $(stat -c %i "$library") != "$inode" ]] || fail "the second installation wrote into $library"
[[ $(sha256sum <"/proc/self/fd/$loaded") == "$before" ]] || fail "the loaded copy of $library has changed"
grep -q "claude_code.so (deleted)" "/proc/$daemon/maps" || fail "atmd does not run the library that it has loaded"
answers || fail "atmd does not answer after a second installation"

kill -TERM "$daemon"
wait "$daemon" || fail "atmd ended with $?"
daemon=
[[ ! -e $ATM_SOCKET ]] || fail "the socket is still there"
echo "the installed SDK builds a plugin that the installed atmd loads"
