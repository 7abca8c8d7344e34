# The two commands of the README are make demo and make test. Nothing here needs GNU extensions of sed, find or date.

SHELL := /bin/sh
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
WEB := cmd/manifold/internal/console/web
BUILT := cmd/manifold/internal/console/built
SDK := test/sdk
ECOSYSTEM := test/ecosystem
GENERATED := graph/generated graph/model upstream/pipefy/generated
PEOPLE ?= 250
FUZZTIME ?= 20s

.PHONY: demo test soak bench generate lint build console clean fuzz tools drift sdk ecosystem released

# Starts Manifold against three simulated systems; the address is printed.
demo: build
	./bin/manifold demo --people $(PEOPLE)

build: console
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/manifold ./cmd/manifold

# Everything that decides whether a change lands. Two packages run twice: at full size, which the race detector is too
# slow for, and under it.
test: tools build lint drift
	go test -race ./...
	go test ./upstream/sim ./upstream/contract
	@$(MAKE) sdk
	@$(MAKE) ecosystem

# The page is bundled when npm is at hand; without it, a plain page is served in its place.
console:
	@if command -v npm >/dev/null 2>&1; then $(MAKE) $(BUILT)/index.html; \
	else echo "npm is not installed: the plain page is built in"; fi

$(BUILT)/index.html: $(WEB)/package-lock.json $(WEB)/build.mjs $(WEB)/page.jsx $(WEB)/page.css $(WEB)/index.html $(WEB)/icon.svg
	cd $(WEB) && npm ci --no-fund --no-audit && npm run build
	@touch $@

lint:
	@unformatted=$$(gofmt -l cmd examples graph resolvers upstream); \
	if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...

generate:
	go generate ./...

# Generated code that is committed must be what the generators make now.
drift: generate
	@git diff --exit-code -- $(GENERATED) || { echo "generated code is stale: run make generate, and commit what it changes"; exit 1; }

bench:
	go test -run '^$$' -bench . -benchmem -timeout 30m ./...

# Two hundred kills of the real process while it offboards, over SQLite and over PostgreSQL: half an hour.
soak: build tools
	go test -tags soak -run '^TestSoak' -count=1 -timeout 90m -v ./cmd/manifold/internal/fleet

# Every fuzz target for FUZZTIME each.
fuzz:
	@for p in $$(go list ./...); do \
	  for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz'); do \
	    echo "$$p $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p || exit 1; \
	  done; \
	done

# What the tests need beyond Go: Node for the page and the vendors' SDKs, Chromium to look at the page, a real Redis, a real PostgreSQL.
tools:
	@missing=""; \
	command -v npm >/dev/null 2>&1 || missing="$$missing npm"; \
	command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 \
	  || [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ] || missing="$$missing chromium"; \
	{ command -v redis-server && command -v redis-cli; } >/dev/null 2>&1 || missing="$$missing redis-server"; \
	{ [ -n "$$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null)" ] || command -v initdb; } >/dev/null 2>&1 || missing="$$missing postgresql"; \
	[ -z "$$missing" ] && exit 0; \
	if command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; then \
	  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing; \
	else \
	  echo "The tests need:$$missing"; \
	  echo "  Debian, Ubuntu:  sudo apt-get install$$missing"; \
	  echo "  macOS:           brew install node redis postgresql; brew install --cask google-chrome"; \
	  exit 1; \
	fi

# The vendors' own SDKs, and the documents of Pipefy's guide, against the simulators.
sdk: $(SDK)/node_modules/.package-lock.json
	cd $(SDK) && npm test

$(SDK)/node_modules/.package-lock.json: $(SDK)/package.json $(SDK)/package-lock.json $(SDK)/.npmrc
	cd $(SDK) && npm ci
	@touch $@

# The clients, gateways and linters that others wrote, against a real Manifold.
ecosystem: $(ECOSYSTEM)/node_modules/.package-lock.json
	cd $(ECOSYSTEM) && npm test

$(ECOSYSTEM)/node_modules/.package-lock.json: $(ECOSYSTEM)/package.json $(ECOSYSTEM)/package-lock.json $(ECOSYSTEM)/.npmrc
	cd $(ECOSYSTEM) && npm ci
	@touch $@

# Part of a release: from now on, breaking what the schema says today fails the tests.
released:
	cp schema.graphqls $(ECOSYSTEM)/released.graphqls
	echo '[]' > $(ECOSYSTEM)/accepted.json

clean:
	rm -rf bin $(WEB)/node_modules $(SDK)/node_modules $(ECOSYSTEM)/node_modules
	cd $(BUILT) && rm -f index.html icon.svg page.js page.css page.js.LEGAL.txt page.css.LEGAL.txt
