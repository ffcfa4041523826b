#!/usr/bin/env bash
# generate.sh SERVICE...: generates everything that is generated, in place, and
# removes generated files that nothing makes any more. Run by `make generate`.
set -Eeuo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
buf=$root/tools/npm/node_modules/.bin/buf
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# What buf generates, below the current folder.
generated() {
	find api app -name node_modules -prune -o -type f \
		\( -name '*.pb.go' -o -path 'api/ts/*_pb.js' -o -path 'api/ts/*_pb.d.ts' -o -path api/openapi.yaml \) -print | sort
}

echo "generate: contracts (buf)"
"$buf" format -w api
"$buf" generate -o "$scratch"
"$buf" generate -o "$scratch" --template buf.gen.conf.yaml
comm -23 <(generated) <(cd "$scratch" && generated) | xargs -r rm -v
cp -R "$scratch/." .
echo "generate: who may call what (openapi)"
"$buf" build api -o - | GOWORK=off go -C tools/openapi run . "$root/api/openapi.yaml"

for service in "$@"; do
	cd "$root/app/$service"
	echo "generate: $service store (ent)"
	"$root/bin/ent" generate --feature sql/lock,sql/modifier,sql/execquery,sql/versioned-migration \
		--target internal/adapter/store/ent ./internal/adapter/store/ent/schema
	echo "generate: $service composition (wire)"
	"$root/bin/wire" gen "./cmd/$service"
done
