#!/bin/sh
# SPDX-License-Identifier: MIT
# Replaces `atm-hook --status-line` on systems without it: sends a status line's JSON to atmd through the atm-hook.sh
# beside it, and prints the line.
#
#   atm-status.sh [--agent NAME] --then 'COMMAND' < payload    the command gets the input and prints the line
#   atm-status.sh [--agent NAME] COMMAND ARGUMENT... < payload
#   atm-status.sh [--agent NAME] < payload                     a plain line: model, context, cost
#
# Does not wait for the daemon. Exits with the exit code of the command, otherwise with 0.
agent=claude_code
then=
while [ $# -gt 0 ]; do
  case $1 in
    --agent | --then)
      [ $# -ge 2 ] || break
      if [ "$1" = --agent ]; then agent=$2; else then=$2; fi
      shift 2
      ;;
    --agent=*) agent=${1#*=} && shift ;;
    --then=*) then=${1#*=} && shift ;;
    --)
      shift
      break
      ;;
    -*) shift ;;
    *) break ;;
  esac
done
case $1 in -*) set -- ;; esac

newline='
'
payload=$(cat && echo .)
payload=${payload%.}
payload=${payload%"$newline"}

# The shell would wait for a child that holds its output.
case $0 in */*) hook=${0%/*}/atm-hook.sh ;; *) hook=$(command -v atm-hook.sh) ;; esac
if [ -x "$hook" ]; then
  (printf '%s\n' "$payload" | "$hook" --agent "$agent" --status-line) </dev/null >/dev/null 2>&1 &
fi

# The shell executes the command: signals and exit code are those of the command.
if [ -n "$then" ]; then
  exec /bin/sh -c "$then" <<END
$payload
END
elif [ $# -gt 0 ]; then
  exec "$@" <<END
$payload
END
fi

# Sets value to the text after the key $2, which follows the key $1; without quotes.
find_value() {
  case $payload in *"\"$1\""*"\"$2\""*) ;; *) return 1 ;; esac
  value=${payload#*"\"$1\""}
  case $value in *"\"$2\""*) ;; *) return 1 ;; esac
  value=${value#*"\"$2\""}
  value=${value#*:}
  value=${value# }
  case $value in
    \"*)
      value=${value#\"}
      value=${value%%\"*}
      ;;
    *) value=${value%%[!0-9.]*} ;;
  esac
  case $value in '' | *\\*) return 1 ;; esac
}

line=
if find_value model display_name; then line=$value; fi
if find_value context_window used_percentage; then line="${line:+$line  }$value%"; fi
if find_value cost total_cost_usd; then
  whole=${value%%.*}
  cents=${value#"$whole"}
  cents=${cents#.}00
  line="${line:+$line  }\$$whole.${cents%"${cents#??}"}"
fi
[ -z "$line" ] || printf '%s\n' "$line"
exit 0
