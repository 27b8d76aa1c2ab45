# The front door: every target works in a fresh clone, and may be run twice.

PYTHON ?= python3
BIN    := .venv/bin
CDK    := node_modules/.bin/cdk
SOURCE := layers/guard/python/finetune_guard infra lambdas local app.py
STYLED := $(SOURCE) tests bench docs

# Set on some machines; without byte code every start of a Python compiles all it imports anew.
unexport PYTHONDONTWRITEBYTECODE
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup demo test check unit e2e e2e-apart synth deploy destroy local-up local-down bench bench-early fuzz mutants quality gallery fit lock clean aws-check simulate secrets sbom audit faults
.DELETE_ON_ERROR:

help: ## This list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

setup: ## Install everything that is locked: Python, the local engine, the CDK CLI
	@$(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j3) .venv/.done .venv-engine/.done .venv-supply/.done node_modules/.done

demo: setup ## Five stories through the deployed stack, on this machine, no AWS account
	@$(BIN)/python -m local.demo

test: setup ## All checks, all tests, the deployed stack among them
	@$(MAKE) --no-print-directory -j2 --output-sync check secrets sbom
	@echo "Now the tests and, beside them, the deployed stack, of which all is told at its end: some ten minutes."
	@$(MAKE) --no-print-directory -j2 unit e2e-apart

check: setup ## Style, types, import rules
	$(BIN)/ruff check $(wildcard $(STYLED))
	$(BIN)/ruff format --check $(wildcard $(STYLED))
	$(BIN)/mypy --strict $(wildcard $(STYLED))
	$(BIN)/lint-imports

unit: setup ## Every test that needs no deployed stack
	$(BIN)/pytest -n 2 -m "not e2e"

aws-check: setup ## What an AWS account would refuse: rights, keys, limits, calls, layers (unit has these too)
	$(BIN)/pytest -n 2 tests/infra tests/aws

e2e: setup ## The deployed stack on the local engine, permissions enforced
	$(BIN)/pytest -m e2e tests/e2e

e2e-apart: setup
	@mkdir -p build
	@$(MAKE) --no-print-directory e2e > build/e2e.txt 2>&1; ended=$$?; cat build/e2e.txt; exit $$ended

secrets: setup ## Look for secrets in every file that git knows
	$(BIN)/python -m infra.supply.secrets

sbom: setup ## Bills of materials (CycloneDX) and licences of what is deployed, into build/sbom
	$(BIN)/python -m infra.supply.licences
	$(BIN)/python -m infra.supply.bill

audit: setup ## Known vulnerabilities of all that is locked; needs more than the package registries
	$(BIN)/python -m infra.supply.audit

synth: setup ## The CloudFormation template, into cdk.out
	$(CDK) synth --quiet

deploy: setup ## The stack, into the AWS account of your shell
	$(CDK) deploy

destroy: setup ## The stack, out of the account, unless jobs run (FORCE=1: even then; STACK=name)
	@$(BIN)/python -m finetune_guard leave $(if $(STACK),--stack $(STACK)) || if [ "$(FORCE)" = 1 ]; \
	then echo "FORCE=1: the stack is destroyed all the same. What is listed above runs on and bills."; \
	else echo "Nothing was destroyed. Stop what runs, or destroy all the same: make destroy FORCE=1"; exit 3; fi
	$(CDK) destroy $(if $(STACK),--context stackName=$(STACK))

local-up: setup ## Start engine and stand-in, deploy the stack to them, write .local/env
	@$(BIN)/python -m local.up

local-down: ## End what local-up started; its state stays
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m local.down; else echo "Nothing was ever set up here."; fi

bench: setup .venv-bench/.done ## What a start, a tick, a big metric file and the detectors cost on this machine
	$(BIN)/python -m bench.starts
	$(BIN)/python -m bench.tick
	$(BIN)/python -m bench.load
	$(BIN)/python -m bench.csv_rows
	$(BIN)/python -m bench.preflight
	PYTHONPATH=layers/guard/python .venv-bench/bin/python -m bench.detectors

bench-early: setup ## Guarded runs against unguarded ones, on jobs that train for real; half an hour
	$(BIN)/python -m bench.early $(if $(SEEDS),--seeds $(SEEDS))

fuzz: setup ## 100,000 generated files and configs each; minutes (ONLY=csv COUNT=1000)
	$(BIN)/python -m tests.fuzz $(ONLY) $(if $(COUNT),--count $(COUNT))

simulate: setup ## 1,000 simulated nights of the whole guard; about an hour (SEEDS=1-20)
	$(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),1-1000)

quality: setup ## Judge the labelled curves anew, write every published figure (docs/signals.md)
	$(BIN)/python -m tests.curves.quality

gallery: setup ## Draw what is still judged wrongly, after quality (docs/gallery.md)
	$(BIN)/python -m tests.curves.gallery

fit: setup ## Choose thresholds with whole repositories left out, and compare; minutes
	$(BIN)/python -m tests.curves.fitting

mutants: setup ## Whether the tests notice a changed detector; long (files: ONLY="collapse jobs")
	$(BIN)/python -m tests.mutation $(ONLY)

faults: setup ## Whether the tests notice faults put in by hand where runs are watched; long (ONLY="3 17")
	$(BIN)/python -m tests.mutation.faults $(ONLY)

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

lock: setup ## Write the locked requirements anew, newest versions within the ranges
	$(BIN)/pip install --quiet uv==0.13.9
	$(COMPILE) --upgrade --all-extras pyproject.toml -o requirements/dev.txt
	$(COMPILE) --upgrade requirements/build.in -o requirements/build.txt
	$(COMPILE) --upgrade requirements/supply.in -o requirements/supply.txt
	$(COMPILE) layers/numeric/requirements.in -c requirements/dev.txt -o layers/numeric/requirements.txt
	$(COMPILE) layers/runtime/requirements.in -c requirements/dev.txt -o layers/runtime/requirements.txt
	$(COMPILE) --upgrade local/requirements.in -o local/requirements.txt
	$(COMPILE) --upgrade bench/requirements.in -c requirements/dev.txt -o bench/requirements.txt

clean: local-down ## Remove what can be made again, but for the environments
	rm -rf .local build cdk.out dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(wildcard $(STYLED)) -name __pycache__ -prune -exec rm -rf {} +

# Locked to the last package, so there is nothing to resolve; byte code is made of what is imported.
INSTALL := pip install --quiet --disable-pip-version-check --no-deps --no-compile --require-hashes -r

.venv/.done: requirements/dev.txt requirements/build.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/$(INSTALL) requirements/dev.txt
	$(BIN)/$(INSTALL) requirements/build.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv-engine/.done: local/requirements.txt
	$(PYTHON) -m venv .venv-engine
	.venv-engine/bin/$(INSTALL) local/requirements.txt
	@touch $@

.venv-supply/.done: requirements/supply.txt
	$(PYTHON) -m venv .venv-supply
	.venv-supply/bin/$(INSTALL) requirements/supply.txt
	@touch $@

.venv-bench/.done: bench/requirements.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/$(INSTALL) bench/requirements.txt
	@touch $@

node_modules/.done: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@
