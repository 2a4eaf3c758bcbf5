# Lapwing: `make run` opens the dashboard on port 8050, `make test` runs every test.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
INSTALLED := .venv/installed
PYTEST := $(BIN)/python -m pytest -n logical --dist loadfile
FAST_TESTS := $(PYTEST) tests/unit tests/integration

.DEFAULT_GOAL := help
.PHONY: help setup run test lint check fix bench lock browser screenshots

help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 13

setup: $(INSTALLED)  ## the environment, in .venv

$(INSTALLED): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Lapwing needs Python 3.11 or newer (set PYTHON=... if it has another name)."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { \
		rm -rf .venv; echo "Python cannot make environments here (Debian: apt-get install python3-venv)."; exit 1; }
	@echo "Installing into .venv (a minute or two the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(INSTALLED)

run: setup  ## the dashboard, on http://localhost:8050
	@$(BIN)/lapwing serve

browser: setup
	@sh tests/browser/install_chromium.sh

test: browser  ## every test: unit, integration, browser
	@$(FAST_TESTS)
	@$(PYTEST) tests/browser

lint: setup  ## lint, types, layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

check: lint  ## lint, types, layers, unit and integration tests
	@$(FAST_TESTS)

fix: setup  ## what the linter can mend by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup  ## the measurements of benchmarks/
	@$(BIN)/python -m benchmarks

screenshots: browser  ## the pictures of docs/, taken anew
	@$(BIN)/python -m docs.screenshots

lock: setup  ## requirements.lock anew, from pyproject.toml (needs uv)
	@uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --quiet --output-file requirements.lock
