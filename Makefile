.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: install
install: $(STAMP) ## make .venv and install the hashed lock into it

$(STAMP): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q src
	@touch $@

.PHONY: lock
lock: ## resolve pyproject.toml into requirements.lock (UPGRADE=--upgrade moves every version)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-emit-package remit --custom-compile-command "make lock" \
		$(UPGRADE) --output-file requirements.lock pyproject.toml

.PHONY: run
run: install ## start PostgreSQL, migrate, serve, and say what to do next (ARGS="--port 8080")
	@$(BIN)/remit serve $(ARGS)

.PHONY: test
test: install ## run every test; what this machine lacks is skipped with a reason
	@$(BIN)/pytest $(ARGS)

.PHONY: test-long
test-long: install ## run what takes minutes: timing, and the mutations of both walls
	@$(BIN)/pytest -m long $(ARGS)

.PHONY: bench
bench: install ## measure writes and reads on both servers beside their limits, in under 5 minutes (BENCH_ACCOUNTS, BENCH_TASKS, BENCH_ROUNDS, BENCH_SECONDS)
	@$(BIN)/python -m tests.performance

.PHONY: bench-growth
bench-growth: install ## measure a page and a search as the tasks grow to a million; to ten with BENCH_LARGE=1
	@$(BIN)/python -m tests.performance.growth

.PHONY: check
check: install ## lint, types, import contracts, specs
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/pyright
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m tests.architecture.rules --check

.PHONY: format
format: install ## format and sort imports
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

.PHONY: specs
specs: install ## print which test proves which rule
	@$(BIN)/python -m tests.architecture.rules

.PHONY: specs-write
specs-write: install ## rewrite the generated specs: openapi.json and schema.md
	@$(BIN)/remit openapi > specs/api/openapi.json.new && mv specs/api/openapi.json.new specs/api/openapi.json
	@$(BIN)/python -m tests.support.catalogue > specs/database/schema.md.new && mv specs/database/schema.md.new specs/database/schema.md

.PHONY: migration
migration: install ## draft a migration from the tables: make migration NAME=what_it_does
	@$(BIN)/python -m tests.support.draft "$(NAME)"

.PHONY: clean
clean: ## remove .venv, caches and the development database
	rm -rf $(VENV) .remit .mypy_cache .pytest_cache .ruff_cache .hypothesis
