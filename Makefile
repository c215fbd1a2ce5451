# `make demo` and `make test` set everything up by themselves, in .venv and nowhere else. Needs Python 3.11+ and git.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet

.PHONY: demo test test-wide bench lint schemas commands formats lock clean
.DEFAULT_GOAL := demo

# Everything but labeler itself comes from the pinned files, each file checked against its hash.
$(READY): requirements.txt requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "labeler needs Python 3.11 or newer: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@echo "setting up $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# Labels the clips of samples/ for those of three presets that hold them, then verifies the outputs from their bytes.
demo: $(READY)
	@$(BIN)/python samples/demo.py

# Two processes, each with one half of the tests in their order, so that what a module or folder shares is made once.
SHARED := -n 2 --dist worksteal

# LABELER_MEDIA, when set, names a folder of more real clips. ARGS goes to pytest: make test ARGS="-k metadata"
test: $(READY)
	$(BIN)/python -m pytest $(SHARED) -m "not wide" $(ARGS)

# Hundreds of hostile files, and clips of every format, through the real commands.
test-wide: $(READY)
	$(BIN)/python -m pytest $(SHARED) -m wide $(ARGS)

bench: $(READY)
	$(BIN)/python -m benchmarks $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The JSON Schemas of all formats, from their types.
schemas: $(READY)
	$(BIN)/python -m labeler.rules.schemas docs/schemas

# The help pages of all commands, in English.
commands: $(READY)
	$(BIN)/python -m labeler.cli.reference docs/commands.md

# What becomes of files of every kind: makes many small ones (with ffmpeg), labels them, and writes docs/formats.md.
formats: $(READY)
	$(BIN)/python -m tests.matrix

# Pin again after a change of pyproject.toml: hashes of every file of each version, so that one list serves every Python
# and processor; and no index is named, pip uses the one it is set up with. `make lock LOCK=--upgrade` takes newer ones.
PINNED := --generate-hashes --all-build-deps --strip-extras --allow-unsafe --no-annotate \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --quiet $(LOCK)
lock: export CUSTOM_COMPILE_COMMAND = make lock
lock:
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet pip-tools
	build/lock/bin/pip-compile $(PINNED) --output-file requirements.txt pyproject.toml
	build/lock/bin/pip-compile $(PINNED) --constraint requirements.txt --extra dev \
		--output-file requirements-dev.txt pyproject.toml

clean:
	rm -rf $(VENV) demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
