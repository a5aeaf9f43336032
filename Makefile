# `make baseline` and `make test` set everything up; both can be repeated.
# The virtual environment is .venv; PYTHON is the interpreter that creates it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNS := runs
# Processes that train folds and seeds side by side, one thread each.
WORKERS ?= $(shell getconf _NPROCESSORS_ONLN)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# Waiting threads sleep instead of spinning: training is several times faster on a busy machine.
export OMP_WAIT_POLICY ?= passive

.PHONY: baseline test fuzz lint format docs api results clean

baseline: $(VENV)/.baseline
	$(BIN)/eventbench run lexicon --out $(RUNS)/lexicon
	$(BIN)/eventbench run crf --workers $(WORKERS) --out $(RUNS)/crf
	$(BIN)/eventbench run encoder --config baselines/configs/encoder.toml --workers $(WORKERS) --out $(RUNS)/encoder
	@echo
	@$(BIN)/eventbench score $(RUNS)/lexicon $(RUNS)/crf $(RUNS)/encoder

test: $(VENV)/.dev lint
	$(BIN)/python -m pytest -n 2

# Mutated real files for every reader; a seed gives the same files again. The inputs of failures
# stay in fuzz-failures/.
SEED ?= 0
COUNT ?= 1000
fuzz: $(VENV)/.dev
	$(BIN)/python tests/fuzz/fuzz.py --seed $(SEED) --count $(COUNT)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Update the output of commands and the list of public names in the documents.
docs: $(VENV)/.dev
	$(BIN)/python docs/refresh.py

# Build the API reference: open build/api/index.html.
api: $(VENV)/.dev
	$(BIN)/python docs/api.py build/api

# Recreate the leaderboard entries of our own systems on the default corpus: an hour or more on two cores. The stack's
# arguments and attributes are the encoder's, so they are submitted only once. The board of edition 1, leaderboard/aleppo-1,
# stays as it is. A system without an entry.toml on this board is run but not submitted.
ALL := $(RUNS)/all
RUN := $(BIN)/eventbench run --seeds 0-4 --workers $(WORKERS)
BOARD := leaderboard/aleppo
results: $(VENV)/.baseline
	$(RUN) lexicon --task all --out $(ALL)/lexicon
	$(RUN) crf --task all --out $(ALL)/crf
	$(RUN) encoder --config baselines/configs/encoder.toml --task all --out $(ALL)/encoder
	$(RUN) probe --out $(ALL)/probe
	$(RUN) stack --config baselines/configs/stack.toml --task triggers,events --out $(ALL)/stack
	for pass in a b; do test -d $(ALL)/pass-$$pass || \
	  $(BIN)/eventbench data export --format run --annotations annotations/passes/$$pass --out $(ALL)/pass-$$pass; done
	for system in lexicon crf; do \
	  $(BIN)/eventbench run $$system --task all --also-train practice --out $(ALL)/$$system-practice && \
	  $(BIN)/eventbench run $$system --task all --corpus transfer --also-train aleppo --out $(ALL)/$$system-transfer-1 && \
	  $(BIN)/eventbench run $$system --task all --corpus transfer --also-train aleppo --also-train practice \
	    --out $(ALL)/$$system-transfer-2 && \
	  $(BIN)/eventbench leaderboard submit $(ALL)/$$system-practice --entry $(BOARD)/$$system/2/entry.toml && \
	  for revision in 1 2; do $(BIN)/eventbench leaderboard submit $(ALL)/$$system-transfer-$$revision \
	    --corpus transfer --entry leaderboard/transfer/$$system/$$revision/entry.toml || exit 1; done || exit 1; done
	for entry in lexicon/1 crf/1 probe/1 encoder/3 stack/3 pass-a/1 pass-b/1; do \
	  file=$(BOARD)/$$entry/entry.toml; test -f $$file || { echo "$$file: missing, so $$entry is not submitted"; continue; }; \
	  $(BIN)/eventbench leaderboard submit $(ALL)/$${entry%/*} --entry $$file || exit 1; done

clean:
	rm -rf $(VENV) $(RUNS)

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "eventbench needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

# The stamp files make repeated calls fast; changed requirements invalidate them.
$(VENV)/.baseline: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing into $(VENV) (a few minutes the first time)"
	$(PIP) -e '.[crf,encoder]'
	@touch $@

$(VENV)/.dev: $(VENV)/.baseline
	$(PIP) -e '.[dev]'
	@touch $@
