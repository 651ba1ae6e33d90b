#!/bin/sh
# SPDX-License-Identifier: MIT
# Replaces atm-hook on systems without it: sends an agent's JSON on standard input to atmd.
#
#   atm-hook.sh [--agent NAME] [--status-line] < payload
#
# Needs socat, or an nc with -U. Prints nothing and always exits with 0. Waits at most a second for its input, and at
# most a second for a stopped daemon. Does not shorten the payload: the daemon refuses a megabyte or more. Has no
# spool: without a daemon the payload is lost.
exec >/dev/null 2>&1
set -f

agent=claude_code
channel=hook
while [ $# -gt 0 ]; do
  case $1 in
    --agent)
      agent=${2-}
      [ $# -eq 1 ] || shift
      ;;
    --agent=*) agent=${1#*=} ;;
    --status-line) channel=status_line ;;
  esac
  shift
done

if command -v timeout; then
  within_a_second() { timeout 1 "$@"; }
else
  # A background command reads nothing without a redirection, and `wait` returns 143 for a terminated one.
  within_a_second() {
    {
      "$@" <&3 3<&- &
      reader=$!
      (sleep 1 && kill "$reader") >/dev/null 3<&- &
      watch=$!
      wait "$reader"
      result=$?
      kill "$watch"
    } 3<&0
    return "$result"
  }
fi

# White space between tokens may be newlines; inside strings JSON has none.
payload=$(within_a_second tr '\n' ' ')
case $agent in '' | *[!A-Za-z0-9._-]*) exit 0 ;; esac
[ -n "$payload" ] || exit 0

# Values that need escaping are left out; only named variables are read.
context=
env=
add_text() { # NAME VALUE
  case $2 in '' | *[!A-Za-z0-9%_./:@,+=~-]*) return ;; esac
  context="$context,\"$1\":\"$2\""
}
add_env() { # NAME VALUE
  case $2 in '' | *[!A-Za-z0-9%_./:@,+=~-]*) return ;; esac
  env="$env,\"$1\":\"$2\""
}

# Sets comm, parent and start of process $1. Parses from the end of the name, which may hold any bytes.
read_process() {
  IFS= read -r stat <"/proc/$1/stat" || return 1
  comm=${stat#*\(}
  comm=${comm%)*}
  # shellcheck disable=SC2086 # fields
  set -- ${stat##*) }
  [ $# -ge 20 ] || return 1
  parent=$2
  shift 19
  start=$1
}

# The agent process: CLAUDE_PID if it is an ancestor; else the nearest with an agent's name.
find_client() {
  client=$PPID
  steps=0
  while [ "$steps" -lt 16 ] && [ "$client" -gt 1 ] && read_process "$client"; do
    case ${CLAUDE_PID:-$comm} in
      "$client" | claude | node) return 0 ;;
    esac
    client=$parent
    steps=$((steps + 1))
  done
  return 1
}

find_client && context=",\"pid\":$client,\"start_ticks\":$start"
add_text tmux_pane "${TMUX_PANE-}"
add_text tmux_socket "${TMUX%%,*}"
add_env CLAUDE_CONFIG_DIR "${CLAUDE_CONFIG_DIR-}"
add_env CLAUDE_CODE_SESSION_ID "${CLAUDE_CODE_SESSION_ID-}"
add_env CLAUDE_CODE_ENTRYPOINT "${CLAUDE_CODE_ENTRYPOINT-}"
add_env CLAUDE_CODE_SESSION_ATTENDED "${CLAUDE_CODE_SESSION_ATTENDED-}"
[ -z "$env" ] || context="$context,\"env\":{${env#,}}"

write_message() {
  printf '%s\n' '{"type":"hello","protocol_version":{"major":1,"minor":0},"client_type":"session"}'
  printf '{"type":"ingest","channel":"%s/%s","payload":%s,"context":{%s}}\n' \
    "$agent" "$channel" "$payload" "${context#,}"
}

# True once a daemon has the message or a part of it: then no other socket is tried.
send_to() { # SOCKET
  [ -S "$1" ] || return 1
  if command -v socat; then
    write_message | within_a_second socat -u STDIN "UNIX-CONNECT:$1"
  else
    write_message | within_a_second nc -N -U "$1"
  fi
  case $? in 0 | 124 | 143) return 0 ;; esac
  return 1
}

if [ -n "${ATM_SOCKET-}" ]; then
  send_to "$ATM_SOCKET"
  exit 0
fi
case ${XDG_RUNTIME_DIR-} in
  /*) send_to "$XDG_RUNTIME_DIR/atm/atm.sock" && exit 0 ;;
esac
[ -d /run/user ] && send_to "/run/user/$(id -u)/atm/atm.sock" && exit 0
case ${XDG_STATE_HOME-} in
  /*) send_to "$XDG_STATE_HOME/atm/run/atm.sock" ;;
  *) send_to "${HOME-}/.local/state/atm/run/atm.sock" ;;
esac
exit 0
