# The two commands a newcomer needs are `make run` and `make test`; each does all the set-up by itself.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
# Compiled modules are kept also where the environment says otherwise: every command starts a quarter faster.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := run
.PHONY: setup run test check browser lock clean

setup: .venv/run.stamp

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Daybook needs Python 3.11 or newer; say make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv

.venv/run.stamp: .venv/bin/python requirements.lock pyproject.toml $(wildcard i18n/*/LC_MESSAGES/*.po)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m i18n.cli compile
	touch $@

.venv/test.stamp: .venv/run.stamp requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	touch $@

run: setup
	DAYBOOK_ENV=demo DAYBOOK_URL=$${DAYBOOK_URL:-http://127.0.0.1:$(PORT)} $(BIN)/daybook demo --if-empty
	DAYBOOK_ENV=demo $(BIN)/daybook up --port $(PORT)

test: .venv/test.stamp
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not browser" $(ARGS)

check: .venv/test.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m i18n.cli check

browser: .venv/test.stamp
	$(BIN)/python -m pytest -m browser

# uv writes the locks; plain pip reads them. No index address may stand in them.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header pyproject.toml
lock:
	$(LOCK) --output-file requirements.lock
	$(LOCK) --extra dev --constraint requirements.lock --output-file requirements-dev.lock

clean:
	rm -rf .venv instance
