#!/usr/bin/env bash
# Makes sure of a C compiler, which only the race detector needs. Root gets it from
# apt where it is missing.
set -Eeuo pipefail

cc=$(go env CC)
command -v "${cc%% *}" >/dev/null && exit 0
if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
	echo "need a C compiler for the race detector: install gcc and libc6-dev and run this again" >&2
	exit 1
fi
bash "$(dirname "$0")/apt.sh" gcc libc6-dev
