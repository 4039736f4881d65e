# `make demo` sets everything up and runs two simulated nights; `make test` sets everything up and passes the tests.
SHELL := /bin/bash
.PHONY: help setup reader demo up live test soak lint bench schema release clean

help:
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /\1\t/' | expand -t 10

setup: ## the virtual environment and the browser code, from the locks; a second run does nothing
	@bash scripts/setup.sh

reader: setup ## the environment for the tests of the README's snippets; a second run installs nothing
	@bash scripts/reader.sh

demo: setup ## runs two simulated nights through Dagster, without a network
	@.venv/bin/minsheng demo

up: setup ## the demo; then keeps the Dagster UI, the store and the sandbox running until Ctrl-C
	@.venv/bin/minsheng up

live: setup ## asks the real agencies that need no key, in a home of its own
	@MINSHENG_HOME=$${MINSHENG_HOME:-.minsheng-live} .venv/bin/minsheng live

test: setup reader lint ## lint, types, import contracts, and all fast tests
	@.venv/bin/python -m pytest -m "not soak" -n 3 --dist loadfile --no-loadscope-reorder

soak: setup ## the long tests
	@.venv/bin/python -m pytest -m soak -n 2 --dist worksteal

lint: setup ## format, lint, types, import contracts; of the browser code too
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/lint-imports
	@.venv/bin/mypy
	@bash scripts/browser.sh check

bench: setup ## speed and memory, compared with the obvious way; time per row of CSV; and what one more day costs
	@.venv/bin/python -m benchmarks

schema: setup ## the JSON Schema of dataset.yaml, for editors, and the page of all datasets
	@.venv/bin/python -c 'import sys; from catalog.declaration.dataset import json_schema; sys.stdout.write(json_schema())' > datasets/dataset.schema.json
	@.venv/bin/python scripts/dataset_table.py

release: setup ## all fast tests, then the annotated tag of this version; sends nothing to another machine
	@.venv/bin/python scripts/release.py

clean: ## removes .minsheng, the state of the demo; the virtual environment stays
	@rm -rf .minsheng
