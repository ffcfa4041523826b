#!/usr/bin/env bash
# unchanged.sh COMMAND...: runs the command and fails when a file of the tree is not
# what it was: changed, added or removed. Ignored files do not count, and changes that
# are not committed yet do not matter.
set -Eeuo pipefail

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

state() {
	git ls-files --cached --others --exclude-standard -z | sort -zu |
		while IFS= read -r -d '' file; do
			if [[ -f $file ]]; then printf '%s\0' "$file"; fi
		done | xargs -0 sha256sum
}

state >"$scratch/before"
"$@"
state >"$scratch/after"
if ! changed=$(diff "$scratch/before" "$scratch/after"); then
	echo "$* changed the tree; commit what it makes:" >&2
	awk '/^[<>]/ { print "  " $3 }' <<<"$changed" | sort -u >&2
	exit 1
fi
