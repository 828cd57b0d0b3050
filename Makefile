# All targets run in .venv, which is created from the hashed lock. Requires Python 3.11 or later and make.
# `make PYTHON=python3.12 test` selects the Python; `make test ARGS="-k migrations"` passes arguments. Tests spend part of
# their time waiting, so three workers suit two cores; the tests of a module run in one worker, long tests first.
.DEFAULT_GOAL := help

PYTHON ?= python3
WORKERS ?= 3
ARGS ?=
SPREAD := --dist loadscope --no-loadscope-reorder
BIN := .venv/bin
# Keep compiled modules, so that workers need not compile the pipeline and the tests again.
unexport PYTHONDONTWRITEBYTECODE
CONSOLE := mentorsync_pipeline/console
READY := .venv/.ready

.PHONY: help demo up test coverage test-fast simulate bench lint types format migration translations clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or later is needed: make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	# The lock is complete, so dependencies are not resolved; every file is verified by its hash.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	# Where PYTHONDONTWRITEBYTECODE is set, every command would otherwise compile the pipeline again.
	$(BIN)/python -m compileall -q mentorsync_pipeline
	touch $(READY)

demo: $(READY) ## Run the whole loop twice with invented people
	$(BIN)/mentorsync demo $(ARGS)

up: $(READY) ## Start the database, Dagster and the review console
	exec $(BIN)/mentorsync up $(ARGS)

test: $(READY) ## Run all tests
	$(BIN)/python -m pytest -n $(WORKERS) $(SPREAD) $(ARGS)

coverage: $(READY) ## Run all tests and report uncovered lines and branches
	$(BIN)/python -m pytest -n $(WORKERS) $(SPREAD) --cov --cov-report=term:skip-covered $(ARGS)

simulate: $(READY) ## Simulate invented seasons by seed: make simulate ARGS="--seasons 1000 --seed 1"
	$(BIN)/python -m tests.seasons $(ARGS)

test-fast: $(READY) ## Run the fast tests, within a minute
	$(BIN)/python -m pytest -q -n logical $(SPREAD) -m "not slow" --hypothesis-profile=fast $(ARGS)

bench: $(READY) ## Run the benchmarks and compare with alternatives
	$(BIN)/python -m benchmarks $(ARGS)

lint: $(READY) ## Check style, formatting and the import order
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo

types: $(READY) ## Check types
	$(BIN)/mypy

format: $(READY) ## Format the code and fix style errors
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

migration: $(READY) ## Create a migration from the tables: make migration NAME="add a column"
	@test -n "$(NAME)" || { echo 'Describe the change: make migration NAME="add a column"'; exit 1; }
	$(BIN)/mentorsync db upgrade
	$(BIN)/alembic -c pyproject.toml revision --autogenerate -m "$(NAME)"
	$(BIN)/ruff check --quiet --fix mentorsync_pipeline/db/migrations/versions
	$(BIN)/ruff format --quiet mentorsync_pipeline/db/migrations/versions

translations: $(READY) ## Collect the console's texts for translators
	$(BIN)/pybabel -q extract -F babel.cfg -k N_ -k NN_:1,2 --no-location --sort-output --omit-header -o $(CONSOLE)/locales/console.pot $(CONSOLE)

clean: ## Remove the virtual environment and caches, but not .mentorsync
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis .coverage .coverage.* htmlcov dist
