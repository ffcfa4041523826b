#!/usr/bin/env bash
# Makes sure of Node.js 18.14 or newer with npm: buf and the TypeScript parts need it.
# Root gets it from apt where it is missing.
set -Eeuo pipefail

have() {
	command -v node >/dev/null && command -v npm >/dev/null &&
		node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 18 || (a === 18 && b >= 14) ? 0 : 1)'
}

have && exit 0
if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
	echo "need Node.js 18.14 or newer with npm: install it and run this again" >&2
	exit 1
fi
bash "$(dirname "$0")/apt.sh" nodejs npm
have || {
	echo "the packaged Node.js is older than 18.14: install a newer one and run this again" >&2
	exit 1
}
