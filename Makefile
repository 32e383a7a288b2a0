# Every command that a user or a developer of Windsock needs. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON := .venv/bin/python

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: ## the whole loop on this machine, without Docker: from clone to the first page; Ctrl-C ends it
	@demo/install.sh demo
	@$(PYTHON) -m demo

env: ## a .env with random passwords for docker compose; keeps one that is there
	@deploy/make-env.sh

generate: ## write every generated file
	@demo/install.sh check
	.venv/bin/windsock generate

lint: ## style, types, scripts, generated files
	@demo/install.sh check
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/shellcheck demo/*.sh deploy/*.sh .ci/run
	.venv/bin/windsock generate --check

check: lint ## lint and the tests that need no server: two minutes
	$(PYTHON) -m pytest tests --ignore tests/integration --ignore tests/e2e -n 2

test: ## everything that CI runs: lint, unit, integration and end-to-end tests
	@.ci/run

test-full: ## the above and what takes too long for it, in parts; goes on where it stopped; results: docs/test-full.md
	@demo/install.sh full
	$(PYTHON) -m tests.full $(PARTS)

drills: ## incidents on a real Airflow, one at a time, and who hears of them: [DRILLS="scheduler-killed crowd"] [AIRFLOW=2.11]
	@demo/install.sh test
	$(PYTHON) -m tests.drills $(if $(AIRFLOW),--airflow $(AIRFLOW)) $(if $(SCALE),--time-scale $(SCALE)) $(DRILLS)

record-statsd: ## what a real Airflow sends over StatsD, into tests/data/statsd: VERSION=3.2 [MODE=tags]; needs PostgreSQL
	@demo/install.sh check
	@version=$$($(PYTHON) -m tests.recording "$(VERSION)" --pinned) && demo/install.sh airflow "$$version" && \
	  nice -n 5 $(PYTHON) -m tests.recording "$$version" $(if $(MODE),--mode $(MODE)) $(if $(FRESH),--fresh)

metadb-schemas: ## the tables of each Airflow's metadata database, into tests/data/metadb/schemas: [VERSION=3.2]
	@demo/install.sh check
	nice -n 5 $(PYTHON) -m tests.recording.schemas $(VERSION)

evidence: ## what proves each StatsD name: recordings, then the sources of nine Airflows; for docs/statsd-evidence.md
	@demo/install.sh test
	$(PYTHON) -m tests.support.evidence
	.venv/bin/windsock generate

docs: ## the documentation as a site, in build/site
	@demo/install.sh check
	NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs build --strict --site-dir build/site

sbom: ## what the exporter is made of, as CycloneDX: build/windsock.cdx.json
	@demo/install.sh check
	@mkdir -p build
	deploy/supply-chain.sh sbom build/windsock.cdx.json

audit: ## known weaknesses of that; asks a service on the internet, so no other target runs it
	@demo/install.sh check
	deploy/supply-chain.sh audit

clean: ## remove everything that the other targets made
	rm -rf .demo .state .venv .airflow .bin .tools dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis

.PHONY: help demo env generate lint check test test-full drills record-statsd metadb-schemas evidence docs sbom audit clean
