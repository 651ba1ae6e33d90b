# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Sourced by the checks. They run at the top of their tree, over the files that git tracks or would add.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# tracked PATTERN...: files of the tree, by git pathspec; recorded data is excluded. git 2.39 compares an exclusion
# without the first letters that all patterns share, and can exclude every file; the pattern "-" shares none.
tracked() { git ls-files -co --exclude-standard -- - "$@" ':!:*testdata/*' | while read -r f; do [[ ! -f $f ]] || printf '%s\n' "$f"; done; }

# verdict: fails if the file descriptor of the check's findings received output.
findings=$(mktemp)
trap 'rm -f "$findings"' EXIT
found() { printf '%s\n' "$*" >>"$findings"; }
verdict() {
  sort -u "$findings"
  [[ ! -s $findings ]]
}
