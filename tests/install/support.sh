# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For the scripts that act like a third party with an installed package: a private directory $work, which is removed at
# the end with the process $daemon, and the functions fail, quietly and wait_for.
work=$(mktemp -d)
daemon=
clean_up() {
  [[ -z $daemon ]] || { kill -KILL "$daemon" && wait "$daemon"; } 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

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
