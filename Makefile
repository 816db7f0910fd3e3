# Words of this project. Needs Python 3.11 or later and make; uv is used when it is on PATH.

PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev

.PHONY: help setup demo test fire bench lint supply sbom
.DELETE_ON_ERROR:

help:
	@echo 'make demo          the main thing: an example pool matched on real servers, then the API'
	@echo 'make demo ONCE=1   the same, ending after the last screen'
	@echo 'make test          all tests, on real PostgreSQL and Redis'
	@echo 'make bench         the benchmarks, each beside its peer or bound'
	@echo 'make fire          the long fault tests, whose figures stand in the README'
	@echo 'make lint          ruff, mypy, import contracts'
	@echo 'make supply        unsafe code (bandit) and secrets in files (detect-secrets)'
	@echo 'make sbom          what a release is made of, as CycloneDX in dist/'
	@echo 'make setup         only the environment in .venv'

setup: $(INSTALLED)

demo: $(INSTALLED)
	@$(BIN)/workpool demo $(if $(filter-out 0,$(ONCE)),--once)

# In the order of the tree: by the number of their tests, as xdist would have it, the files with few
# and slow ones (processes, the demo, generated requests) come last, and one core waits for them.
test: $(INSTALLED_DEV)
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

bench: $(INSTALLED_DEV)
	@$(BIN)/python -m pytest -s -q -o python_files='bench_*.py' tests/benchmarks

lint: $(INSTALLED_DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fire: $(INSTALLED_DEV)
	@FIRE_SECONDS=300 FIRE_WRITES=10000 $(BIN)/python -m pytest -s -q -m "slow or fire" tests/processes

# In the product a secret is anything that looks like one; in tests, which invent passwords, only
# what has the shape of a real key.
SHAPES_ONLY = --disable-plugin KeywordDetector --disable-plugin HexHighEntropyString \
	--disable-plugin Base64HighEntropyString --disable-plugin BasicAuthDetector

supply: $(INSTALLED_DEV)
	$(BIN)/bandit -q -ii -c pyproject.toml -r matcher api workers
	find matcher api workers docs .ci Makefile Dockerfile *.md *.yml *.toml -type f ! -name '*.pyc' \
		-print0 | xargs -0 $(BIN)/detect-secrets-hook
	find tests -type f ! -name '*.pyc' -print0 | xargs -0 $(BIN)/detect-secrets-hook $(SHAPES_ONLY)

sbom: $(INSTALLED_DEV)
	@mkdir -p dist
	@$(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml \
		--output-reproducible --spec-version 1.6 -o dist/sbom.cdx.json
	@echo dist/sbom.cdx.json

# --- the environment ---------------------------------------------------------------------------

ifneq ($(UV),)
MAKE_VENV = $(UV) venv --quiet --clear --python $(PYTHON) $(VENV)
INSTALL = $(UV) pip install --quiet --python $(BIN)/python
else
# Debian's python3 may come without ensurepip; its pip can then install into the environment.
MAKE_VENV = if $(PYTHON) -c 'import ensurepip' 2>/dev/null; \
	then $(PYTHON) -m venv --clear $(VENV); \
	elif $(PYTHON) -m pip --version >/dev/null 2>&1; \
	then $(PYTHON) -m venv --clear --without-pip $(VENV); \
	else echo 'No uv, no ensurepip and no pip: install the Debian package python3-venv.' >&2; exit 1; fi
PIP = $$(if [ -x $(BIN)/pip ]; \
	then echo '$(BIN)/python -m pip'; else echo '$(PYTHON) -m pip --python $(BIN)/python'; fi)
# Compiling all of it costs half the time of the set-up; what is used is compiled at first use.
INSTALL = $(PIP) install --quiet --no-compile --disable-pip-version-check
endif

# An environment without stamp is half made: begin anew. One with an older stamp is brought up.
$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Workpool needs Python 3.11 or later; name one with: make PYTHON=python3.12' >&2; exit 1; }
	@echo 'Making the environment in $(VENV)'
	@if [ ! -e $@ ]; then $(MAKE_VENV); fi
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(INSTALLED_DEV): requirements-dev.lock $(INSTALLED)
	@echo 'Adding the tools for tests and checks'
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@
