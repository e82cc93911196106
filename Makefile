# What CI runs, a person runs: every target sets up first what it needs.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: setup demo test lint docs package bench torture fuzz clean

setup: $(READY)

$(READY): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev,docs,bench,serve,report]"
	@echo "Compiling the kernels, once: some minutes ..."
	@$(BIN)/python -m naskh.sketch.warm
	@touch $(READY)

demo: setup
	@bash examples/demo.sh demo

test: setup
	$(BIN)/python -m pytest -n 4  # more than there are cores: many tests wait, for a process or a browser

lint: setup
	$(BIN)/ruff format --check src tests benchmarks docs packaging
	$(BIN)/ruff check src tests benchmarks docs packaging
	$(BIN)/mypy

docs: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

package: setup  # CHECK=--suite runs the tests, too; PYTHON=python3.13 installs for that
	@PYTHON=$(PYTHON) bash packaging/check.sh $(CHECK)

bench: setup
	$(BIN)/python -m benchmarks.run

torture: setup
	$(BIN)/python -m tests.torture

fuzz: setup
	$(BIN)/python -m tests.fuzz

clean:
	rm -rf .venv demo build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find src tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +
