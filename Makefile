# Everything runs in .venv, which is made from the hashed lock. Needs Python 3.11 or later and make, nothing else.
# `make PYTHON=python3.12 test` chooses the Python; `make test ARGS="-k migrations"` passes arguments on. Tests wait for
# processes and services for a part of their time, so that two cores serve three workers; a module stays with one.
.DEFAULT_GOAL := help

PYTHON ?= python3
WORKERS ?= 3
ARGS ?=
BIN := .venv/bin
# Compiled modules are kept: each worker would else compile the pipeline and the tests again, which takes seconds.
unexport PYTHONDONTWRITEBYTECODE
CONSOLE := mentorsync_pipeline/console
READY := .venv/.ready

.PHONY: help demo up test coverage test-fast simulate bench lint types format migration translations clean

help: ## Say what there is
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or later is needed: make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	# The lock is complete, so nothing is resolved; every file is checked against its hash.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(READY)

demo: $(READY) ## The whole loop, twice around, on invented people
	$(BIN)/mentorsync demo $(ARGS)

up: $(READY) ## Database, Dagster's UI and daemon; Ctrl-C stops all
	exec $(BIN)/mentorsync up $(ARGS)

test: $(READY) ## All tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope $(ARGS)

coverage: $(READY) ## All tests, with the lines and branches that they leave out
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --cov --cov-report=term:skip-covered $(ARGS)

simulate: $(READY) ## Seasons by seed: make simulate ARGS="--seasons 1000 --seed 1"
	$(BIN)/python -m tests.seasons $(ARGS)

test-fast: $(READY) ## The tests that need no process or whole year: an answer within a minute
	$(BIN)/python -m pytest -q -n logical --dist loadscope -m "not slow" --hypothesis-profile=fast $(ARGS)

bench: $(READY) ## The benchmarks, beside what one would use instead
	$(BIN)/python -m benchmarks $(ARGS)

lint: $(READY) ## Style, formatting, and which package may import which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo

types: $(READY) ## Types
	$(BIN)/mypy

format: $(READY) ## Put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

migration: $(READY) ## A migration from the tables: make migration NAME="add a column"
	@test -n "$(NAME)" || { echo 'Say what it does: make migration NAME="add a column"'; exit 1; }
	$(BIN)/mentorsync db upgrade
	$(BIN)/alembic -c pyproject.toml revision --autogenerate -m "$(NAME)"

translations: $(READY) ## Collect the console's texts for translators
	$(BIN)/pybabel -q extract -F babel.cfg -k N_ --no-location --sort-output --omit-header -o $(CONSOLE)/locales/console.pot $(CONSOLE)

clean: ## Remove the virtual environment and caches; the data in .mentorsync stays
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis .coverage .coverage.* htmlcov dist
