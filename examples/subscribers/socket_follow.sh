#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Follows the sessions over the Unix socket with socat and jq. It recovers after lost messages and a restart of the
# daemon.
#
#   socket_follow.sh [--activity] [SOCKET]      the daemon of this user
#
# One line a change, with --activity one for each observation too. The rules are those of docs/specs/protocol.md.
set -euo pipefail

activity=false
if [[ ${1:-} == --activity ]]; then
  activity=true
  shift
fi
socket=${1:-${ATM_SOCKET:-${XDG_RUNTIME_DIR:-/run/user/$UID}/atm/atm.sock}}

# One connection after another. A daemon that refuses one refuses the next, too.
connections() {
  while true; do
    # Only the writing side is closed after the two requests; the daemon keeps sending. socat exits after a day, and the
    # loop reconnects.
    printf '%s\n' '{"type":"hello","protocol_version":"1.1","client_type":"subscriber"}' \
      "{\"type\":\"subscribe\",\"activity\":$activity}" |
      socat -t 86400 - UNIX-CONNECT:"$socket" 2>/dev/null || true
    # A killed daemon may leave an incomplete line.
    printf '\n{"type":"lost"}\n'
    sleep 0.5
  done
}

# The jq program's state is a map from session id to session.
# shellcheck disable=SC2016  # jq's variables
program='
def line($id; $s): "\($id) is \($s.status.status), rev \($s.rev)";
def put($s):
  .known[$s.id] as $old
  | if $old and $old.rev == $s.rev and $old.status.status == $s.status.status then . else .say += [line($s.id; $s)] end
  | .known[$s.id] = $s;
def remove($id): if .known[$id] then .say += ["\($id) is gone"] | del(.known[$id]) else . end;
def snapshot:
  .arriving as $all
  | reduce (.known | keys_unsorted[] | select($all[.] | not)) as $id (.; remove($id))
  | reduce ($all | to_entries[] | .value) as $s (.; put($s))
  | .say += ["in step, \($all | length) sessions"] | .arriving = {};
foreach (inputs | fromjson? | objects) as $m ({known: {}, arriving: {}, lost: false};
  .say = []
  | if $m.type == "sessions" then
      reduce $m.sessions[] as $s (.; .arriving[$s.id] = $s) | if $m.more then . else snapshot end
    elif $m.type == "session_registered" or $m.type == "session_updated" then put($m.session)
    elif $m.type == "session_removed" then remove($m.session_id)
    elif $m.type == "activity" then .say += ["\($m.observation.session_id): \($m.observation.type)"]
    elif $m.type == "gap" then .arriving = {} | .say += ["missed \($m.missed) events; what follows is how it is now"]
    elif $m.type == "lost" then
      .arriving = {} | if .lost then . else .say += ["no daemon; trying again"] end | .lost = true
    elif $m.type == "server_hello" then if $m.accepted then .lost = false else error($m.reason) end
    elif $m.type == "error" then .say += ["\($m.code): \($m.message)"]
    else . end;
  .say[])'

connections | jq --unbuffered -nRr "$program"
