#!/usr/bin/env bash
# build.sh VERSION PACKAGE...: builds the programs into bin/. A first build compiles
# several hundred packages, so it tells how far it is.
set -Eeuo pipefail

version=$1
shift
mkdir -p bin
flags=(-trimpath -ldflags "-s -w -X main.version=$version" -o bin/)

if [[ -x bin/order ]]; then
	go build "${flags[@]}" "$@"
	exit
fi
echo "first build: some minutes on two cores, later ones take seconds"
start=$SECONDS
go build -v "${flags[@]}" "$@" 2>&1 | awk '
	/^go: downloading / { if (++d % 50 == 0) { print "  " d " modules downloaded"; fflush() } next }
	/^[A-Za-z0-9._~\/-]+$/ { if (++n % 100 == 0) { print "  " n " packages compiled"; fflush() } next }
	{ print; fflush() }'
echo "built in $((SECONDS - start)) s"
