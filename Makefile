# Two commands set everything up: `make baseline` and `make test`. Both may be repeated.
# A virtual environment is made in .venv; PYTHON names the interpreter to make it with.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNS := runs
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# Threads that wait asleep: a machine with busy neighbours trains several times faster so.
export OMP_WAIT_POLICY ?= passive

.PHONY: baseline test lint format docs results clean

baseline: $(VENV)/.baseline
	$(BIN)/eventbench run lexicon --out $(RUNS)/lexicon
	$(BIN)/eventbench run crf --out $(RUNS)/crf
	$(BIN)/eventbench run encoder --config baselines/configs/encoder.toml --out $(RUNS)/encoder
	@echo
	@$(BIN)/eventbench score $(RUNS)/lexicon $(RUNS)/crf $(RUNS)/encoder

test: $(VENV)/.dev lint
	$(BIN)/python -m pytest -n 2

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

# The leaderboard's entries of our own systems, from nothing: hours on two cores. Arguments and
# attributes of the stack are the encoder's, and predictions are handed in once.
ALL := $(RUNS)/all
results: $(VENV)/.baseline
	$(BIN)/eventbench run lexicon --task all --seeds 0-4 --out $(ALL)/lexicon
	$(BIN)/eventbench run crf --task all --seeds 0-4 --out $(ALL)/crf
	$(BIN)/eventbench run encoder --config baselines/configs/encoder.toml --task all --seeds 0-4 --out $(ALL)/encoder
	$(BIN)/eventbench run probe --seeds 0-4 --out $(ALL)/probe
	$(BIN)/eventbench run stack --config baselines/configs/stack.toml --task triggers,events --seeds 0-4 --out $(ALL)/stack
	for pass in a b; do test -d $(ALL)/pass-$$pass || \
	  $(BIN)/eventbench export --format run --annotations annotations/passes/$$pass --out $(ALL)/pass-$$pass; done
	for entry in lexicon/1 crf/1 probe/1 encoder/3 stack/3 pass-a/1 pass-b/1; do \
	  $(BIN)/eventbench submit $(ALL)/$${entry%/*} --entry leaderboard/$$entry/entry.toml || exit 1; done

clean:
	rm -rf $(VENV) $(RUNS)

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "eventbench needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

# The stamp files make the second call quick; a changed requirement makes them stale.
$(VENV)/.baseline: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing into $(VENV) (a few minutes the first time)"
	$(PIP) -e '.[crf,encoder]'
	@touch $@

$(VENV)/.dev: $(VENV)/.baseline
	$(PIP) -e '.[dev]'
	@touch $@
