#!/usr/bin/env bash
# fuzz.sh DURATION: fuzz each fuzz target of the workspace for so long, one after the
# other. Inputs that fail are written to testdata/ beside the test: commit them.
set -Eeuo pipefail
cd "$(dirname "$0")/.."
duration=${1:?for how long, as in 60s}

failed=()
while read -r package target; do
	printf '== %s %s\n' "${package#github.com/stockonce/stockonce/}" "$target"
	# Public-key operations cover ever new lines, so that an input is minimised for ever
	# unless that is bounded.
	go test "$package" -run '^$' -fuzz "^$target\$" -fuzztime "$duration" -fuzzminimizetime 1s | grep -v '^fuzz: elapsed: .*[1-9]s,' ||
		failed+=("$package $target")
done < <(go list work | while read -r package; do
	# Only what has a fuzz target is built.
	dir=$(go list -f '{{.Dir}}' "$package")
	grep -hoE '^func Fuzz[A-Za-z0-9]+' "$dir"/*_test.go 2>/dev/null | sed "s|^func |$package |" || true
done)

if [[ ${#failed[@]} -gt 0 ]]; then
	printf 'fuzzing failed: %s\n' "${failed[@]}" >&2
	exit 1
fi
