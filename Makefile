# `make help` says what there is. Needs Python 3.11 or newer, with venv; everything else is installed into .venv.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
.DEFAULT_GOAL := help
.PHONY: help run test test-browser faults chaos chaos-short chaos-long reliability fuzz sabotage demo backup restore lint types bench lock docs
MAKEFLAGS += --no-print-directory

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: $(VENV)/run.stamp staticfiles/staticfiles.json ## the whole product, on PostgreSQL and Valkey of its own (PORT, HOST, DATABASE_URL, REDIS_URL, ADMIN_EMAIL, ADMIN_PASSWORD)
	@exec $(RUN) -m core.embedded run

# What is compiled once, and pytest's rewritten tests, are read by the processes that tests start, and by the next run.
test test-browser faults chaos chaos-short chaos-long fuzz sabotage: export PYTHONDONTWRITEBYTECODE :=

# Three on two cores: each waits for the engines, and for what it starts, a fourth of its time.
test: $(VENV)/dev.stamp ## the test suite, on engines of its own in a temporary folder (ARGS for pytest)
	@exec $(RUN) -m core.embedded exec $(RUN) -m pytest -n 3 --dist worksteal $(ARGS)

test-browser: $(VENV)/dev.stamp ## the pages in Chromium (Debian's package, or the one that CHROMIUM names)
	@exec $(RUN) -m core.embedded exec $(RUN) -m pytest -m browser $(if $(findstring tests/browser,$(ARGS)),,tests/browser) $(ARGS)

# One at a time: their bounds are in seconds.
faults: $(VENV)/dev.stamp ## the tests of the apps that kill and freeze engines and processes of their own
	@exec $(RUN) -m core.embedded exec $(RUN) -m pytest -m fault --ignore=tests/chaos $(ARGS)

chaos: FORM := full
chaos-short: FORM := short
chaos-long: FORM := long
chaos: $(VENV)/dev.stamp ## kill, freeze and replace the whole service under load (half an hour; docs/reliability.md)
chaos-short: $(VENV)/dev.stamp ## most of it with a few kills each (five minutes)
chaos-long: $(VENV)/dev.stamp ## the same for five minutes each, and with more kills and deliveries
chaos chaos-short chaos-long:
	@CHAOS=$(FORM) exec $(RUN) -m core.embedded exec $(RUN) -m pytest -m fault $(if $(findstring tests/chaos,$(ARGS)),,tests/chaos) $(ARGS)

reliability: $(VENV)/dev.stamp ## docs/reliability.md from what the last `make chaos` and `make fuzz` found
	@$(RUN) -m tests.hostile.report
	@exec $(RUN) -m tests.chaos.report

fuzz: $(VENV)/dev.stamp ## calls that schemathesis makes up from the API's document, and hostile input (ARGS='-k "edges or corpus or forty or protocol"' for the quick part)
	@exec $(RUN) -m core.embedded exec $(RUN) -m pytest -m fuzz $(ARGS)

sabotage: $(VENV)/dev.stamp ## take one defence away at a time, and see the tests turn red (ARGS="04 11" for some of them)
	@exec $(RUN) -m core.embedded exec $(RUN) -m tests.sabotage $(ARGS)

demo: $(VENV)/run.stamp ## fill the running service with a believable month
	@exec $(RUN) manage.py demo_data

backup: $(VENV)/run.stamp ## the database of `make run` into a file: make backup FILE=incidents.dump
	@test -n "$(FILE)" || { echo "Name the file: make $@ FILE=incidents.dump" >&2; exit 1; }
	@exec $(RUN) -m core.embedded backup "$(FILE)"

restore: $(VENV)/run.stamp ## and back: make restore FILE=incidents.dump
	@test -n "$(FILE)" || { echo "Name the file: make $@ FILE=incidents.dump" >&2; exit 1; }
	@exec $(RUN) -m core.embedded restore "$(FILE)"

lint: $(VENV)/dev.stamp ## style, formatting and import contracts
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/lint-imports

types: $(VENV)/dev.stamp ## mypy
	@$(VENV)/bin/mypy .

bench: $(VENV)/dev.stamp ## measure the service, beside a peer where one is named (benchmarks/RESULTS.md)
	@exec $(RUN) -m benchmarks.run $(ARGS)

docs: $(VENV)/dev.stamp ## write docs/openapi.json anew
	@exec $(RUN) manage.py write_openapi

lock: $(VENV)/dev.stamp ## requirements*.lock from requirements*.txt
	@for name in requirements requirements-embedded requirements-dev; do \
	  $(VENV)/bin/pip-compile --quiet --upgrade --allow-unsafe --generate-hashes --no-emit-find-links --no-emit-index-url \
	    --no-emit-trusted-host --strip-extras --output-file=$$name.lock $$name.txt || exit 1; done

# Hashed and compressed, for browsers to keep.
staticfiles/staticfiles.json: $(VENV)/run.stamp core/static_files.py $(shell find static -type f)
	@$(RUN) manage.py collectstatic --noinput --clear --verbosity 0
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed as $(PYTHON): name one with make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "No virtual environment could be made in $(CURDIR): the folder must be writable, and Python must have venv (Debian: apt install python3-venv)." >&2; exit 1; }

# What the tests need holds all that running needs.
$(VENV)/run.stamp: requirements-embedded.lock | $(VENV)/bin/python
	@test $(VENV)/dev.stamp -nt requirements-dev.lock || $(RUN) -m core.embedded.install requirements-embedded.lock
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock | $(VENV)/bin/python
	@$(RUN) -m core.embedded.install requirements-dev.lock
	@touch $@
