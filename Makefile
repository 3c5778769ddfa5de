# Each target is one command. It makes .venv and installs what it needs the first time, and again when pyproject.toml
# changes; after that it needs no network. Without make, type the same commands: README.md has them.

PYTHON ?= python3
LABARGS ?=
TESTARGS ?=
PY = .venv/bin/python

.PHONY: help lab test check build bench clean

help:
	@echo 'make lab     open the course in ./cnnlab-course (make lab LABARGS="--no-browser --port 8899")'
	@echo 'make test    run all tests (make test TESTARGS="-k workspace")'
	@echo 'make check   lint, types, import floors, then all tests'
	@echo 'make build   build the notebooks from notebooks/source'
	@echo 'make bench   measure the widgets in a browser, the operations, and the grader'
	@echo 'make clean   remove all that these made, except your course folder'
	@echo 'Another Python: make PYTHON=python3.12 lab'

lab: .venv/lab.stamp
	$(PY) -m cnnlab lab $(LABARGS)

test: .venv/dev.stamp
	$(PY) -m pytest $(TESTARGS)

check: .venv/dev.stamp
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) -m pytest $(TESTARGS)

build: .venv/dev.stamp
	$(PY) -m cnnlab build

bench: .venv/dev.stamp
	$(PY) benchmarks/latency.py
	$(PY) benchmarks/compare.py
	$(PY) benchmarks/grading.py

clean:
	rm -rf .venv build dist .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'cnnlab needs Python 3.11 or newer, and "$(PYTHON)" is not. Name another: make PYTHON=python3.12 lab'; exit 1; }
	@echo 'Making the environment .venv'
	@$(PYTHON) -m venv --clear .venv || { rm -rf .venv; \
	  echo 'Python could not make an environment. On Debian and Ubuntu: sudo apt install python3-venv'; exit 1; }

.venv/lab.stamp: .venv/bin/python pyproject.toml
	$(PY) -m pip install --quiet --disable-pip-version-check -e '.[lab]'
	@touch $@

.venv/dev.stamp: .venv/bin/python pyproject.toml
	$(PY) -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@# npm brings the type checker of the JavaScript; without it one test is skipped.
	@! command -v npm >/dev/null || npm install --silent --no-audit --no-fund --prefix .venv typescript@5.9.3 || \
	  echo 'TypeScript cannot be had here; the JavaScript is not type-checked.'
	@touch $@ .venv/lab.stamp
