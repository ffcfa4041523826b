#!/usr/bin/env bash
# apt.sh PACKAGE...: installs Debian packages, quietly, as root. Fetches the package
# lists when they are missing or too old.
set -Eeuo pipefail

export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT

try() { apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1; }

echo "installing $* with apt"
try install -y --no-install-recommends "$@" && exit 0
if try update && try install -y --no-install-recommends "$@"; then
	exit 0
fi
cat "$log" >&2
exit 1
