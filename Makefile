# `make run` starts the page and `make test` runs every test; CONTRIBUTING.md tells about the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := run
.DELETE_ON_ERROR:

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
ROOMS := corpus index assistant ui evals
PYTEST_ARGS ?=

.PHONY: run install index test test-slow gate check format browser lock clean

run: .venv/.installed
	$(BIN)/attache serve

install: .venv/.installed

index: .venv/.installed
	$(BIN)/attache index

test: .venv/.installed-dev browser
	$(BIN)/python -m pytest -m "not slow" $(PYTEST_ARGS)

test-slow: .venv/.installed-dev browser
	$(BIN)/python -m pytest -m slow $(PYTEST_ARGS)

# The project's own test cases against the figures they reached when the baseline was kept.
gate: .venv/.installed-dev
	$(BIN)/attache eval gate --baseline evals/baseline.json

check: .venv/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(addprefix -p ,$(ROOMS))

format: .venv/.installed-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# The stamps lie inside .venv, so that deleting it starts afresh and nothing else has to be known.
.venv/.made:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Attaché needs Python 3.11 or newer; name it with make PYTHON=/path/to/python3.11." >&2; exit 1; }
	"$(PYTHON)" -m venv .venv
	@touch $@

.venv/.installed: .venv/.made requirements.lock pyproject.toml
	$(PIP) install --requirement requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.lock
	$(PIP) install --requirement requirements-dev.lock
	@touch $@

browser:
	@if [ -x /usr/bin/chromium ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		(apt-get update -q && DEBIAN_FRONTEND=noninteractive \
			apt-get install -qy --no-install-recommends chromium fonts-dejavu-core) || \
		echo "Chromium could not be installed; the tests that drive it are skipped." >&2; \
	else \
		echo "The tests that drive the page need Chromium: install your system's package" >&2; \
		echo "(Debian: apt-get install chromium, as root). Without it they are skipped." >&2; \
	fi

# Resolves pyproject.toml anew in a venv of its own. Only public versions are kept: a local
# build label (+cpu) or a file's address means nothing on another machine.
LOCK_VENV := build/lock
FREEZE := $(LOCK_VENV)/bin/python -m pip freeze --all --exclude-editable | \
	sed -E -e 's/^torch(==| @ ).*/torch==2.13.0/' -e '/^(\#|pip==|wheel==)/d' -e '/^(nvidia|triton|cuda)[-_a-z0-9]*==/d'
lock:
	rm -rf $(LOCK_VENV)
	"$(PYTHON)" -m venv $(LOCK_VENV)
	$(LOCK_VENV)/bin/python -m pip --disable-pip-version-check install --editable '.[evals]'
	{ echo '# Exact versions for Linux x86-64 and Python 3.11, made by `make lock`.'; $(FREEZE); } \
		> requirements.lock
	$(LOCK_VENV)/bin/python -m pip --disable-pip-version-check install \
		--constraint requirements.lock --editable '.[dev]'
	{ echo '# What development needs beside the program itself, made by `make lock`.'; \
		echo '-r requirements.lock'; $(FREEZE) | grep -vxFf requirements.lock; } \
		> requirements-dev.lock

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
