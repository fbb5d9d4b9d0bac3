# The commands people type. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# Half of the suite's time goes by waiting for servers. One database is for one process alone.
PROCESSES ?= $(if $(NEO4J_URI),0,2)

.DEFAULT_GOAL := help
.PHONY: help setup demo bench test test-versions check lint types fmt migrate up down lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(VENV)/.runtime: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

setup: $(VENV)/.dev ## make the virtual environment from the lock files

demo: $(VENV)/.runtime ## real shop data, from files to recommendations; ARGS=--no-serve ends at once
	$(BIN)/footpath demo $(ARGS)

test: $(VENV)/.dev ## every test, in two processes, each on a real Neo4j of its own
	$(BIN)/python -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder $(ARGS)

test-versions: $(VENV)/.dev ## the suite against an external Neo4j 2026.08 and 5.26 LTS, one after the other
	$(BIN)/python -m tests.versions $(ARGS)

bench: $(VENV)/.dev ## time and memory beside peers; ARGS='walks --size 10k', ARGS=page for all of it
	$(BIN)/python -m bench $(ARGS)

lint: $(VENV)/.dev ## ruff and spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell bench graphdb recommender migrations tests docs README.md CONTRIBUTING.md CHANGELOG.md

types: $(VENV)/.dev ## mypy, strict
	$(BIN)/mypy

fmt: $(VENV)/.dev ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check: lint types test ## what CI runs

migrate: $(VENV)/.runtime ## bring the database's schema up to date
	$(BIN)/footpath migrate

up: ## Neo4j and the API in containers
	docker compose up --wait

down: ## stop the containers, keep the data
	docker compose down

lock: $(VENV)/.dev ## resolve the lock files again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --group build pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate -c requirements.lock --group dev pyproject.toml -o requirements-dev.lock

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
