# Two commands set everything up: `make baseline` and `make test`. Both may be repeated.
# A virtual environment is made in .venv; PYTHON names the interpreter to make it with.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNS := runs
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# Threads that wait asleep: a machine with busy neighbours trains several times faster so.
export OMP_WAIT_POLICY ?= passive

.PHONY: baseline test lint format docs clean

baseline: $(VENV)/.baseline
	$(BIN)/eventbench run lexicon --out $(RUNS)/lexicon
	$(BIN)/eventbench run encoder --out $(RUNS)/encoder
	@echo
	@$(BIN)/eventbench score $(RUNS)/lexicon $(RUNS)/encoder

test: $(VENV)/.dev lint
	$(BIN)/python -m pytest

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The documents show what commands print; this prints it into them again.
docs: $(VENV)/.dev
	$(BIN)/python docs/refresh.py

clean:
	rm -rf $(VENV) $(RUNS)

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "eventbench needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

# The stamp files make the second call quick; a changed requirement makes them stale.
$(VENV)/.baseline: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing into $(VENV) (a few minutes the first time)"
	$(PIP) -e '.[encoder]'
	@touch $@

$(VENV)/.dev: $(VENV)/.baseline
	$(PIP) -e '.[dev]'
	@touch $@
