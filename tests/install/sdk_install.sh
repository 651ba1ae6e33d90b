#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Acts like a third party: installs, builds the installed template and the examples echo, jsonl and lamp against the
# installed packages, loads echo and jsonl into the installed atmd, sends a record with the installed atm-hook, and
# checks its session with the installed atm, in the file of jsonl, and with lamp.
#
#   sdk_install.sh SOURCE_DIR BUILD_DIR
set -euo pipefail

source_dir=$1
build_dir=$2
# shellcheck source=tests/install/support.sh
source "$(dirname "$0")/support.sh"

install_all() { ATM_BUILD_DIR=$build_dir "$source_dir/scripts/install" "$work/prefix"; }
quietly install install_all
[[ -z $(find "$work/prefix" -maxdepth 1 -name '.*' ! -path "$work/prefix") ]] || fail "scripts/install left its own directory"
for file in bin/atmd bin/atm bin/atm-hook lib/atm/plugins/claude_code.so include/atm/abi.h share/atm/template/CMakeLists.txt; do
  found=$(find "$work/prefix" -path "*/${file#lib/}" | head -1)
  [[ -n $found ]] || fail "$file was not installed"
done

# Each relative link of an installed document leads to an installed file. CHANGELOG.md describes the source tree.
docs=$work/prefix/share/doc/agent-tmux-monitor
python3 - "$docs" >"$work/dead" <<'END'
import pathlib
import re
import sys

for page in sorted(pathlib.Path(sys.argv[1]).rglob("*.md")):
    text = re.sub(r"`[^`]*`", "", page.read_text(encoding="utf-8"))
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        path = link.split("#")[0]
        if path and ":" not in path and page.name != "CHANGELOG.md" and not (page.parent / path).exists():
            print(f"{page}: {link}")
END
[[ ! -s $work/dead ]] || fail "installed documents have dead links: $(cat "$work/dead")"

cp -r "$docs/examples/echo" "$docs/examples/jsonl" "$docs/examples/lamp" "$work/"
quietly configure cmake -S "$work/echo" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
  -DCMAKE_PREFIX_PATH="$work/prefix"
quietly build cmake --build "$work/build"
quietly unit ctest --test-dir "$work/build" --output-on-failure

quietly jsonl-configure cmake -S "$work/jsonl" -B "$work/jsonl/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
  -DCMAKE_PREFIX_PATH="$work/prefix" -DATM_PLUGIN_OUTPUT_DIRECTORY="$work/build/lib/atm/plugins"
quietly jsonl-build cmake --build "$work/jsonl/build"

cp -r "$work/prefix/share/atm/template" "$work/template"
quietly template-configure cmake -S "$work/template" -B "$work/template/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
  -DCMAKE_PREFIX_PATH="$work/prefix"
quietly template-build cmake --build "$work/template/build"
quietly template-unit ctest --test-dir "$work/template/build" --output-on-failure

# A client needs no RapidJSON: its headers are hidden.
quietly lamp-configure cmake -S "$work/lamp" -B "$work/lamp/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
  -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_FLAGS=-DRAPIDJSON_RAPIDJSON_H_=
quietly lamp-build cmake --build "$work/lamp/build"

# The project's own plugins link Atm::Posix and Atm::TransportSupport of the installed package.
mkdir "$work/posix"
cat >"$work/posix/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.24)
project(uses_posix CXX)
find_package(AtmSdk 1 REQUIRED)
add_executable(uses_posix main.cpp)
target_link_libraries(uses_posix PRIVATE Atm::TransportSupport)
END
cat >"$work/posix/main.cpp" <<'END'
#include <unistd.h>

#include <atm/client/endpoint.hpp>
#include <atm/posix/proc_stat.hpp>
#include <atm/transport/local_listener.hpp>
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
  XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache ATM_SOCKET=$work/run/s ATM_JSONL=$work/events.jsonl
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
wait_for 30 'event in the file of the jsonl plugin' grep -qs '"id":"out-of-tree"' "$ATM_JSONL"
timeout 60 "$work/lamp/build/lamp" >"$work/lamp.out" 2>&1 &
lamp=$!
shows() { grep -qxE '[0-9]+ of [1-9][0-9]*' "$work/lamp.out"; }
wait_for 30 'session in the client example' shows
kill -TERM "$lamp"
wait "$lamp" || true

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
