# Every target first makes what it needs, in .venv; nothing else is installed or fetched.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test bench soak contract screenshots install style types tests coverage lock clean

PYTHON ?=
export PYTHON
BIN := .venv/bin

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: install ## a seeded alliance with server and worker; ARGS="--reset --port 8601"
	@$(BIN)/stoa demo $(ARGS)

test: style types tests ## the whole check: style, types, contracts, tests

bench: install ## the measurements, as ratios to pgbench in the same run; ARGS=--help tells more
	@STOA_PARTNER_RATE=100000 STOA_PARTNER_BURST=1000000 $(BIN)/python -m bench $(ARGS)

soak: develop ## trials by the hundred: kills, storms, cuts; ARGS="--kills 200", ARGS=--help tells more
	@PYTHONPATH=tests $(BIN)/python -m trials $(ARGS)

contract: develop ## ask a server that runs whatever its OpenAPI document allows; ARGS="--examples 1000"
	@PYTHONPATH=tests $(BIN)/python -m contracts $(ARGS)

screenshots: develop ## pictures of the admin web into docs/screenshots, from a demo of their own; ARGS="--only overview"
	@STOA_CHROMIUM="$$(.ci/chromium)" && export STOA_CHROMIUM && $(BIN)/python tests/screenshots.py $(ARGS)

install: ## make .venv with what runs
	@.ci/set-up run

style: develop ## ruff, and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --config setup.cfg --no-logo

types: develop ## mypy, strict; pyright too
	@$(BIN)/mypy
	@$(BIN)/pyright --pythonpath $(BIN)/python

tests: develop ## pytest alone, on all cores; ARGS="tests/services -k lot"
	@STOA_CHROMIUM="$$(.ci/chromium)" && export STOA_CHROMIUM && $(BIN)/pytest -n auto $(ARGS)

coverage: develop ## the tests once more, slower: which branches they take, and the bars for them
	@rm -f .coverage*
	@STOA_CHROMIUM="$$(.ci/chromium)" && export STOA_CHROMIUM && $(BIN)/coverage run -m pytest -n auto $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report
	@$(BIN)/coverage report --include 'core/stoa/values/*,core/stoa/hookspecs.py' --fail-under 100 >/dev/null
	@$(BIN)/coverage report --include 'core/stoa/services/*' --fail-under 95 >/dev/null

lock: develop ## write the locks anew; ARGS=--upgrade takes newer versions
	@$(BIN)/python .ci/lock.py $(ARGS)

clean: ## forget .venv and every cache; the data of the demo stays
	@rm -rf .venv .coverage* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .tox build dist
	@find . -name __pycache__ -prune -exec rm -rf {} +

.PHONY: develop
develop:
	@.ci/set-up dev
