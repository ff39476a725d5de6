# setup builds .venv and installs perpbox in it; every other verb does that first.
# Extra arguments: make serve ARGS="--port 8801", make test ARGS="tests/unit -x".

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
NODE_CLIENT := tests/conformance/node
NODE_STAMP := $(NODE_CLIENT)/node_modules/.installed
PAGE := dashboard
PAGE_STAMP := $(PAGE)/node_modules/.installed
ARGS ?=

.DEFAULT_GOAL := setup
.PHONY: setup serve test simulation kill node browser dashboard lint bench bench-check compiled compiled-check docs conformance
.DELETE_ON_ERROR:

setup: $(STAMP)

$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c '' 2>/dev/null || { \
	  echo "perpbox needs Python 3.11 to 3.14, and $(PYTHON) does not run here."; \
	  echo "Install it (Debian, Ubuntu: apt-get install python3 python3-venv)."; \
	  exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || { \
	  echo "perpbox needs Python 3.11 to 3.14, and $(PYTHON) is $$($(PYTHON) -V 2>&1)."; \
	  echo "Install one of them and name it: make setup PYTHON=python3.12"; \
	  exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments: its venv or ensurepip module is missing."; \
	  echo "Install it (Debian, Ubuntu: apt-get install python3-venv, or python3.X-venv for your X)."; \
	  exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@echo "Installing the pinned requirements into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  --requirement requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --no-build-isolation --editable .
	@touch $@
	@echo "Ready: $(BIN)/perpbox"

serve: $(STAMP)
	@exec $(BIN)/perpbox serve $(ARGS)

test: $(STAMP) node browser
	$(BIN)/python -m pytest -n 2 $(ARGS)

# The long runs, for the night: a million random commands, the books added up after each of them.
simulation: $(STAMP)
	$(BIN)/perpbox simulate --seeds 2000 --seed $$(date +%s)
	$(BIN)/python -m tests.simulation.conservation $(ARGS)

# The Node.js client of the tests, and what the page is built with. Without them everything else is
# tested, and their own tests fail and say what to install: so nothing here is an error.
node:
	@test $(NODE_STAMP) -nt $(NODE_CLIENT)/package-lock.json && \
	 test $(PAGE_STAMP) -nt $(PAGE)/package-lock.json || { \
	  command -v node >/dev/null && command -v npm >/dev/null || { \
	    test "$$(id -u)" = 0 && command -v apt-get >/dev/null && { \
	      echo "Installing Node.js, for the tests of a Node.js client and of the page ..."; \
	      export DEBIAN_FRONTEND=noninteractive; \
	      apt-get -qq update >/dev/null; \
	      for package in nodejs npm; do command -v $${package%js} >/dev/null || \
	        apt-get -qq install --yes --no-install-recommends $$package >/dev/null; done; \
	      command -v node >/dev/null && command -v npm >/dev/null; }; \
	  } || echo "Node.js is missing: install node and npm (apt-get install nodejs npm)."; \
	  if command -v npm >/dev/null; then \
	    for folder in $(NODE_CLIENT) $(PAGE); do \
	      test $$folder/node_modules/.installed -nt $$folder/package-lock.json || { \
	        echo "Installing the pinned packages of $$folder ..."; \
	        (cd $$folder && npm ci --loglevel=error --ignore-scripts --no-audit --no-fund >/dev/null) \
	          && touch $$folder/node_modules/.installed \
	          || echo "npm could not install the packages of $$folder."; }; \
	    done; \
	  fi; }

# The browser that the tests of the page drive: any Chromium by that name. As above, no error here.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	 command -v google-chrome >/dev/null || { \
	  test "$$(id -u)" = 0 && command -v apt-get >/dev/null && { \
	    echo "Installing Chromium, for the tests of the page ..."; \
	    export DEBIAN_FRONTEND=noninteractive; \
	    apt-get -qq update >/dev/null; \
	    apt-get -qq install --yes --no-install-recommends chromium >/dev/null; }; \
	  } || echo "Chromium is missing: install it (apt-get install chromium)."

# Builds the page into the package; what is built is committed, and the tests build it anew.
dashboard: node
	cd $(PAGE) && npm run --silent build

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Installs the peers it compares with and builds the compiled core beside the package, measures
# everything (about half an hour), writes docs/performance.md, its plots and the numbers. Every
# measure is bounded and kept as soon as it is done: make bench ARGS="--from bench/results/X.json"
# goes on with a run that was interrupted, of the same sources on the same machine.
bench: $(STAMP) node browser
	$(BIN)/python -m bench.peers.setup
	$(BIN)/python -m bench --report $(ARGS)

# Instructions of fixed work against bench/baseline.json: more than a tenth lost is an error.
bench-check: $(STAMP)
	$(BIN)/python -m bench.check $(ARGS)

# Real clients, each installed in its newest version under build/, against a box:
# make conformance ARGS="ccxt freqtrade" runs these two again. Its pages are written even where a
# call has failed.
conformance: $(STAMP) node
	@$(BIN)/python -m conformance $(ARGS); status=$$?; \
	  $(BIN)/python -m perpbox.wire.coverage > docs/coverage.md.new && \
	  mv docs/coverage.md.new docs/coverage.md; exit $$status

# The engine translated to C, for who wants it faster: needs a C compiler. Nothing else changes.
compiled: $(STAMP)
	$(BIN)/python -m tools.compile_core

# Builds it anew and holds it against the Python one; then the engine's own tests run on it, but for
# the one that loosens guards of the Python engine: nothing can be loosened in a compiled one.
compiled-check: compiled
	$(BIN)/python -m tools.compare_cores
	PERPBOX_COMPILED=1 $(BIN)/python -m pytest -n 2 tests/unit/engine tests/scenarios \
	  tests/property tests/golden tests/unit/calculator tests/unit/gateway \
	  --deselect tests/property/test_runs.py::test_a_loosened_guard_is_found_out $(ARGS)

docs: $(STAMP)
	$(BIN)/perpbox openapi > docs/openapi.json.new
	mv docs/openapi.json.new docs/openapi.json
	$(BIN)/python -m perpbox.calculator.fidelity tests/golden/risk \
	  tests/golden/frames/differences.json > docs/fidelity.md.new
	mv docs/fidelity.md.new docs/fidelity.md
	$(BIN)/python -m tests.golden.lab_page > docs/lab.md.new
	mv docs/lab.md.new docs/lab.md
	$(BIN)/python -m perpbox.wire.coverage > docs/coverage.md.new
	mv docs/coverage.md.new docs/coverage.md
	$(BIN)/python -m conformance.pages
