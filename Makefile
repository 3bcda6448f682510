# make run             sets up, scans seeds/ and serves it on http://127.0.0.1:8000
# make test            sets up and runs the fast tests
# make test-all        runs every test
# make test-random     runs the fast tests in random order
# make check           runs what CI runs: lint, types, every test
# make soak            runs the long tests: kills an import twenty times; ten minutes of random changes
#                      to a folder (MINUTES=…); ten minutes of saves during scans, reloads and clock
#                      steps; then the randomised tests with more examples
# make bench-ingest    measures reading a folder, compared with Hugo (ARTICLES=…)
# make bench-versions  measures a first import by this and another version, alternately
#                      (OTHER=…/.venv/bin/python)
# make bench-serve     measures the cost of an answer, compared with nginx and a plain view (ARTICLES=…)
# make bench-day       simulates a day of 10,000 subscribers, compared with nginx and a plain view
#                      (SUBSCRIBERS=…)
# make bench-slices    measures building any of 20,000 feeds at its first request (ARTICLES=…)
PYTHON ?= python3
# one worker more than there are cores, because many tests wait for real processes
WORKERS ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )))
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

MINUTES ?= 10
ARTICLES ?= 100000
SUBSCRIBERS ?= 10000
# the tests with a long form, see tests/campaigns.py
CAMPAIGNS = $(shell grep -l 'from tests.campaigns' tests/test_*.py)

.PHONY: run test test-all test-random check lint types soak bench-ingest bench-versions bench-slices bench-serve bench-day clean

run: .venv/run
	exec $(BIN)/feedsvc serve

test: .venv/dev .venv/npm/installed
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not slow"

test-all: .venv/dev .venv/npm/installed
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

test-random: .venv/dev .venv/npm/installed
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not slow" -p randomly

check: lint types test-all

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev
	$(BIN)/mypy

soak: .venv/dev
	$(BIN)/python -W ignore -m tests.import_kill --files 10000 --kills 20
	$(BIN)/python -m benchmarks.soak --minutes $(MINUTES)
	$(BIN)/python -m benchmarks.saves --minutes $(MINUTES)
	LOAD=long RAW_EXAMPLES=100000 $(BIN)/pytest -s tests/test_http_load.py tests/test_http_raw.py
	CAMPAIGN=long $(BIN)/pytest -n $(WORKERS) --dist worksteal $(CAMPAIGNS)

bench-ingest: .venv/dev
	$(INSTALL) -e '.[bench]'
	$(BIN)/python -m benchmarks.ingest --articles $(ARTICLES)

bench-versions: .venv/dev
	$(BIN)/python -m benchmarks.versions $(OTHER) --articles $(ARTICLES)

bench-slices: .venv/dev
	$(BIN)/python -m benchmarks.slices --articles $(ARTICLES)

bench-serve: .venv/dev
	$(INSTALL) -e '.[bench]'
	$(BIN)/python -m benchmarks.serve --articles $(ARTICLES)

bench-day: .venv/dev
	$(INSTALL) -e '.[bench]'
	$(BIN)/python -m benchmarks.day --subscribers $(SUBSCRIBERS)

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "feedsvc needs Python 3.11 or later: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv

.venv/run: .venv/bin/python pyproject.toml constraints.txt
	$(INSTALL) -e .
	@touch $@

.venv/dev: .venv/run
	$(INSTALL) -e '.[dev]'
	@touch $@

# feed parsers from npm that the tests use; without npm, those tests are skipped
.venv/npm/installed: tests/npm/package.json | .venv/bin/python
	@mkdir -p $(@D)
	@if ! command -v npm >/dev/null; then \
	  echo "npm is missing: the tests with feed parsers from npm are skipped"; \
	else \
	  cp $< $(@D)/ && npm install --loglevel=error --no-package-lock --no-audit --no-fund \
	    --prefix $(@D) && touch $@; \
	fi
