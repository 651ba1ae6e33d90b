#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds the project's own plugins like a third party: their unchanged directories, outside the source tree, against the
# installed package AtmSdk. It compiles all of them without code generation, links one, and loads that one into atmd.
# The exceptions need a directory of lib/ (docs/architecture.md): `history`, `manifest`, `tmux`.
#
#   own_plugins.sh SOURCE_DIR BUILD_DIR
set -euo pipefail

source_dir=$1
build_dir=$2
# shellcheck source=tests/install/support.sh
source "$(dirname "$0")/support.sh"

quietly install cmake --install "$build_dir" --component sdk --prefix "$work/prefix"

mapfile -t plugins < <(cd "$source_dir/plugins" && find . -name CMakeLists.txt -mindepth 2 -printf '%h\n' | sort)
own=()
for plugin in "${plugins[@]#./}"; do
  [[ ! $plugin =~ ^(history|manifest|tmux)$ ]] || continue
  own+=("$plugin")
  mkdir -p "$work/tree/$(dirname "$plugin")"
  cp -r "$source_dir/plugins/$plugin" "$work/tree/$plugin"
done
((${#own[@]} >= 7)) || fail "found the plugins ${own[*]}, expected 7 or more"
cp "$source_dir/cmake/AtmDependencies.cmake" "$work/tree/"

# The functions and targets of the source tree that the plugins name beside those of the package.
{
  cat <<'END'
cmake_minimum_required(VERSION 3.24)
project(own_plugins VERSION 0.1.0 LANGUAGES CXX)
find_package(AtmSdk 1 REQUIRED)
include(AtmDependencies.cmake)
add_library(atm_build INTERFACE)
target_compile_options(atm_build INTERFACE -Wall -Wextra ${OWN_OPTIONS})
function(atm_precompile)
endfunction()
function(atm_fuzzer)
endfunction()
END
  printf 'add_subdirectory(%s)\n' "${own[@]}"
} >"$work/tree/CMakeLists.txt"

configure() {
  cmake -S "$work/tree" -B "$work/$1" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_FLAGS=-O0 \
    -DCMAKE_UNITY_BUILD=ON -DATM_TESTS=OFF "${@:2}"
}
quietly configure-check configure check -DOWN_OPTIONS=-fsyntax-only
libraries() { ninja -C "$work/check" -t targets all | sed -nE 's/^([a-z_]*_(objects|core)): phony.*/\1/p'; }
mapfile -t objects < <(libraries | grep -v '^cmake_' | sort -u)
((${#objects[@]} >= ${#own[@]})) || fail "found the libraries ${objects[*]}, expected one for each plugin of ${own[*]}"
quietly check cmake --build "$work/check" --target "${objects[@]}"

quietly configure-context configure build
quietly context cmake --build "$work/build" --target context

# atmd searches no other directory: the copy has no plugins beside it.
mkdir -m 700 "$work"/{bin,plugins,home,run,config,state,data}
cp "$build_dir"/bin/{atm,atmd} "$work/bin/"
cp "$work/build/lib/atm/plugins"/context.{json,so} "$work/plugins/"
export HOME=$work/home XDG_RUNTIME_DIR=$work/run XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state \
  XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache ATM_SOCKET=$work/run/s
unset ATM_PLUGIN_PATH
cp "$build_dir/lib/atm/plugins"/unix.{json,so} "$work/plugins/"
"$work/bin/atmd" --foreground --plugin-dir "$work/plugins" >"$work/atmd.log" 2>&1 </dev/null &
daemon=$!
lists() { listed=$("$work/bin/atm" plugins 2>/dev/null); }
wait_for 60 'answer of atmd' lists
grep -q '^context .*0\.1\.0' <<<"$listed" || fail "atm plugins does not list context 0.1.0: $listed"
