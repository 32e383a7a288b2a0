# Every command that a user or a developer of Windsock needs. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON := .venv/bin/python

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/.stamp: requirements/dev.txt pyproject.toml
	uv venv --quiet --allow-existing .venv
	uv pip install --quiet --python $(PYTHON) --require-hashes -r requirements/dev.txt
	uv pip install --quiet --python $(PYTHON) --no-deps -e .
	touch $@

generate: .venv/.stamp ## write every generated file
	.venv/bin/windsock generate

check: .venv/.stamp ## lint, types, generated files, unit tests: no server, two minutes
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/windsock generate --check
	$(PYTHON) -m pytest tests --ignore tests/integration --ignore tests/e2e

.PHONY: help generate check
