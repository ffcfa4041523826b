#!/usr/bin/env bash
# pins.sh MODULE...: fails when a module asks for another version of a direct
# dependency than the workspace builds with. What is tested together is then what
# each module says.
set -Eeuo pipefail

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Not `go list -m all`: that wants checksums of modules that nothing is built from.
go list -deps -test -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}' work |
	sort -u >"$scratch/built"
for module in "$@"; do
	go mod edit -print "$module/go.mod" | awk -v module="$module" -v built="$scratch/built" '
		BEGIN { while ((getline line < built) > 0) { split(line, f, " "); version[f[1]] = f[2] } }
		/^require \(/ { block = 1; next }
		/^\)/ { block = 0 }
		/\/\/ indirect/ { next }
		block { check($1, $2) }
		/^require [^(]/ { check($2, $3) }
		function check(path, wants) {
			if (path in version && version[path] != wants) {
				print module " asks for " path " " wants ", the workspace builds with " version[path]
			}
		}'
done >"$scratch/differ"
if [[ -s $scratch/differ ]]; then
	cat "$scratch/differ" >&2
	exit 1
fi
echo "pins: equal in all modules"
