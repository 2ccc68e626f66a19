# `make demo` and `make test` need Python >= 3.11, make and git; each makes what it needs below .venv and starts at once the second time.

.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= $(shell for name in python3.12 python3.11 python3.13 python3; do \
	  command -v $$name >/dev/null 2>&1 && $$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$name; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
ONCE ?=
PARALLEL := $(BIN)/python -m pytest -q -n logical --maxprocesses 8 --dist worksteal

help:  ## Shows what can be made.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

demo: $(VENV)/.demo  ## The whole way, from a sensor to a verified shipment (ONCE=1 stops after the first story).
	@$(BIN)/aios demo $(if $(ONCE),--once)

test: $(VENV)/.dev  ## The quick suite: no network, no broker, no chain outside the process; one worker per core.
	$(PARALLEL)

check: $(VENV)/.dev  ## What a change must pass besides tests: format, lint, types, direction of imports.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Arithmetic, and every property once more with many examples, use every core; then one after the other, because real processes, kills and chains that tick share a machine badly.
peers: $(VENV)/.dev  ## The tests against real peers and the slow ones; those whose peer is missing are skipped and say so.
	$(PARALLEL) -m "arithmetic or (hypothesis and not peer and not slow)" --hypothesis-profile=thorough
	$(BIN)/python -m pytest -q -m "(peer or slow) and not arithmetic"

bench: $(VENV)/.dev  ## Measures each budget as a ratio to a limit measured in the same run.
	$(BIN)/python -m benchmarks

hardware: $(VENV)/.dev  ## Adds the drivers of tokens and TPMs, for the tests with SoftHSM and swtpm (needs gcc, pkg-config and libtss2-dev).
	@$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps --require-hashes -r requirements/hardware.txt

contracts: $(VENV)/.dev  ## Rebuilds the contracts, compares them byte for byte with oracle/artifacts, tests and proves them (needs npm).
	contracts/check.sh

verifier:  ## Builds the static verify page, verifier/dist/verify.html, and tests its modules (needs npm).
	verifier/check.sh

lock: $(VENV)/.dev  ## Resolves requirements/*.in into the locks beside them.
	$(BIN)/python -m pip install -q uv
	for set in "dev:runtime demo train report dev" "demo:runtime demo" "runtime:runtime" "hardware:hsm tpm"; do \
	  $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --override requirements/overrides.txt \
	    $$(test "$${set%%:*}" = dev || echo "-c requirements/dev.txt") \
	    $$(for name in $${set#*:}; do echo requirements/$$name.in; done) -o requirements/$${set%%:*}.txt || exit 1; done

clean:  ## Removes everything that was made.
	rm -rf $(VENV) build dist *.egg-info demo-data .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache contracts/node_modules contracts/out contracts/build contracts/.tools contracts/cache verifier/node_modules verifier/dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "make: no Python >= 3.11 with venv was found; install one (Debian: apt-get install python3-venv) or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

# A lock names every package and its hash, so nothing is resolved here and nothing else can be installed.
$(VENV)/.demo: requirements/demo.txt setup.py pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the demo needs; this happens once"
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --no-deps --require-hashes -r requirements/demo.txt
	@$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt setup.py pyproject.toml | $(VENV)/bin/python
	@echo "Installing what tests and checks need; this happens once"
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --no-deps --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps -e .
	@touch $@ $(VENV)/.demo

.PHONY: help demo test check peers bench hardware contracts verifier lock clean
