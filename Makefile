# stockonce: `make` prints help. Every target works in a fresh clone: what it needs
# beyond Go and make it builds into bin/ or installs, and says so.

SHELL       := /bin/bash
.SHELLFLAGS := -Eeuo pipefail -c
MAKEFLAGS   += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help

SERVICES := order product
MODULES  := api app/internal app/order app/order/internal/proof app/paysim app/product bench examples test
# Programs that people run; `make build` puts them into bin/.
PROGRAMS := ./app/order/cmd/order ./app/product/cmd/product ./app/paysim/cmd/paysim ./test/demo
# Packages that meet the database server: `make test-mysql` runs them on MySQL 9.7.
ON_MYSQL := ./app/internal/platform/... ./app/order/internal/adapter/store/... \
	./app/product/internal/adapter/store/... ./test/...

VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
BUF      := tools/npm/node_modules/.bin/buf
WITHMYSQL = go run ./app/internal/platform/dbtest/withmysql

# ---------------------------------------------------------------------------

.PHONY: help
help: ## Print this
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

##@ Use it

.PHONY: demo
demo: build ## Start both services, play the provider, kill one, check every invariant (under 20 s)
	@bin/demo

.PHONY: run
run: build ## Start both services on SQLite and leave them running; prints their URLs
	@bin/demo run

.PHONY: build
build: ## Build the services, paysim and the demo into bin/
	@bash tools/build.sh $(VERSION) $(PROGRAMS)

##@ Check it

.PHONY: test
test: test-unit test-e2e ## The whole suite: unit, contracts on SQLite and MySQL, real Consul, end to end

.PHONY: test-unit
test-unit: bin/.consul ## All of it but the end-to-end tests, under the race detector
	@bash tools/need-cc.sh
	packages=$$(go list work | grep -v '/stockonce/test\b'); \
		$(WITHMYSQL) -- go test -race -timeout 20m $$packages
	@# Again without the race detector, which leaves out the large ones: every reachable state.
	go test -timeout 20m ./app/order/internal/proof

.PHONY: proof
proof: ## Visit every state the protocol can reach, and print how many there are
	go test -count=1 -v -run '^Test' ./app/order/internal/proof

.PHONY: test-e2e
test-e2e: bin/.consul ## The built services on a real database server and a real Consul agent
	go test -count=1 -p 1 -timeout 20m ./test/...

.PHONY: test-mysql
test-mysql: bin/.consul ## The store suites and the end-to-end chain on MySQL 9.7
	test/mysql97/with-mysql97 -- go test -count=1 -p 1 -timeout 20m $(ON_MYSQL)

.PHONY: test-crash
test-crash: bin/.consul ## Kill both services at every step of the flow, 20 times each
	go test -count=1 -run TestAKill -timeout 60m -v ./test -kills 20

.PHONY: torture
torture: bin/.consul ## Break everything for MINUTES=2 while customers shop; SEED= does the same again, DB=mysql on MySQL 9.7
	@DB=$(DB) bash test/torture/need.sh
	$(if $(filter mysql,$(DB)),test/mysql97/with-mysql97 --) go run ./test/torture -minutes $(or $(MINUTES),2) -seed $(or $(SEED),0)

.PHONY: bench-overload
bench-overload: ## Send ten times the callbacks that can be taken, for a minute, and tell what becomes of them
	@go run ./bench/overload

.PHONY: test-million
test-million: ## A million orders with the seven damages: `order reconcile` finds them, and nothing else, ORDERS=1000000
	go run ./test/million -orders $(or $(ORDERS),1000000)

.PHONY: fuzz
fuzz: ## Fuzz every parser of what providers send, FUZZTIME=60s each
	@bash tools/fuzz.sh $(or $(FUZZTIME),60s)

.PHONY: verify
verify: verify-proto verify-generated verify-modules verify-dependencies vet lint ## The gates before the tests: contracts, generated code, modules, dependencies, vet, lint

.PHONY: lint
lint: bin/.lint ## Run golangci-lint in every module
	@failed=; for module in $(MODULES); do \
		echo "lint $$module"; \
		(cd $$module && $(CURDIR)/bin/golangci-lint run ./...) || failed="$$failed $$module"; \
	done; \
	[[ -z $$failed ]] || { echo "lint failed in$$failed" >&2; exit 1; }

.PHONY: examples
examples: build bin/.examples ## Run the Go and the TypeScript client against both services
	@bin/demo with -- bash -Eeuo pipefail -c 'go run ./examples/go; node examples/typescript/dist/main.js'

##@ Change it

.PHONY: generate
generate: bin/.gen bin/.npm ## Generate everything from the .proto files, the Ent schemas and wire.go
	@bash tools/generate.sh $(SERVICES)

.PHONY: migrations
migrations: ## Write migrations for what the Ent schemas have beyond them: make migrations NAME=add_x
	@: "$${NAME:?say what the migration does: make migrations NAME=add_something}"
	@for service in $(SERVICES); do \
		folder=internal/adapter/store/migrations; \
		(cd app/$$service && go run ./$$folder/diff -dir $$folder -name "$(NAME)"); done

.PHONY: dependencies
dependencies: ## Write docs/DEPENDENCIES.md: what is shipped, with licence and purpose
	@cd tools/dependencies && GOWORK=off go run .

.PHONY: baseline
baseline: bin/.npm ## Accept today's contracts as what later ones are compared with
	$(BUF) build api -o api/baseline.binpb

.PHONY: tools
tools: bin/.gen bin/.npm bin/.lint ## Install the generators and linters at their pinned versions into bin/

.PHONY: clean
clean: ## Remove what was built or installed into the tree
	rm -rf bin tools/npm/node_modules examples/typescript/node_modules examples/typescript/dist

# --- the parts of verify ----------------------------------------------------

.PHONY: verify-proto
verify-proto: bin/.npm
	$(BUF) lint
	$(BUF) format api --diff --exit-code
	$(BUF) breaking api --against api/baseline.binpb

.PHONY: verify-generated
verify-generated: bin/.gen bin/.npm
	@bash tools/unchanged.sh $(MAKE) generate

.PHONY: verify-modules
verify-modules:
	@for module in $(MODULES); do echo "tidy $$module"; (cd $$module && GOWORK=off go mod tidy -diff); done
	@bash tools/pins.sh $(MODULES)

.PHONY: verify-dependencies
verify-dependencies:
	@cd tools/dependencies && GOWORK=off go test ./... && GOWORK=off go run . -check

.PHONY: vet
vet:
	go build work
	go vet work

# --- tools, installed again only when their pins change -----------------------

bin/.gen: tools/gen/go.mod tools/gen/go.sum
	@echo "tools: building the generators into bin/ (about a minute the first time)"
	@mkdir -p bin
	@GOWORK=off GOBIN=$(CURDIR)/bin go -C tools/gen install tool
	@touch $@

bin/.lint: tools/lint/go.mod tools/lint/go.sum
	@echo "tools: building golangci-lint into bin/ (two minutes the first time)"
	@mkdir -p bin
	@GOWORK=off GOBIN=$(CURDIR)/bin go -C tools/lint install tool
	@touch $@

bin/.consul: tools/consul/go.mod tools/consul/go.sum
	@echo "tools: building Consul into bin/ for the tests (four minutes the first time)"
	@mkdir -p bin
	@GOWORK=off go -C tools/consul build -trimpath -ldflags='-s -w' -o $(CURDIR)/bin/consul github.com/hashicorp/consul
	@touch $@

# Not npm ci: it wants the packages of all platforms in the lock file, and mirrors lack some.
bin/.npm: tools/npm/package.json tools/npm/package-lock.json
	@bash tools/need-node.sh
	@echo "tools: installing buf and protoc-gen-es"
	@npm install --no-save --loglevel=error --no-audit --no-fund --prefix tools/npm
	@mkdir -p bin && touch $@

# The TypeScript client, compiled against the generated messages in api/ts.
bin/.examples: examples/typescript/package-lock.json examples/typescript/tsconfig.json \
		$(wildcard examples/typescript/src/*.ts) $(wildcard api/ts/*/v1/*_pb.*) api/ts/package.json
	@bash tools/need-node.sh
	@echo "examples: installing and compiling the TypeScript client"
	@npm ci --loglevel=error --no-audit --no-fund --prefix examples/typescript
	@npm run --silent --prefix examples/typescript build
	@mkdir -p bin && touch $@
