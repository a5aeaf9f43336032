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

.PHONY: baseline test fuzz lint format docs site results clean

baseline: $(VENV)/.baseline
	$(BIN)/eventbench run lexicon --out $(RUNS)/lexicon
	$(BIN)/eventbench run crf --task triggers,attributes --workers $(WORKERS) --out $(RUNS)/crf
	$(BIN)/eventbench run encoder --members 1 --workers $(WORKERS) --out $(RUNS)/encoder
	@echo
	@$(BIN)/eventbench score $(RUNS)/lexicon $(RUNS)/crf $(RUNS)/encoder
	@echo
	@echo "What only this benchmark asks: which given events did not happen, and which are disputed (crf)"
	@echo "                                         precision    recall    F1    gold"
	@$(BIN)/eventbench score $(RUNS)/crf --task attributes --no-intervals | grep -E '^(status:negated|contested:yes) '

test: $(VENV)/.dev lint
	$(BIN)/python -m pytest -n 2 --dist worksteal

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

# Update the output of commands, the notebook and the list of public names in the documents.
docs: $(VENV)/.dev
	$(BIN)/python docs/refresh.py

# Build the documentation as a site: open build/site/index.html.
site: $(VENV)/.dev
	$(BIN)/python docs/site/build.py

# Recreate the leaderboard entries of our own systems on both tracks: many hours on two cores. The board of
# edition 1, leaderboard/aleppo-1, stays as it is.
ALL := $(RUNS)/all
SYSTEMS := lexicon crf probe encoder
# Seeds and revisions of the entries on aleppo, alone and with practice, and of those on transfer. Only the encoder
# differs from seed to seed.
lexicon crf: SEEDS := 0-4 0 0 0
probe: SEEDS := 0 0 0 0
lexicon crf probe: REVISIONS := 1 2 1 2
encoder: SEEDS := 0-4 0-4 0-4 0-4
encoder: REVISIONS := 5 4 4 6
results: $(VENV)/.baseline $(SYSTEMS)
	for pass in a b; do test -d $(ALL)/pass-$$pass || \
	  $(BIN)/eventbench data export --format run --annotations annotations/passes/$$pass --out $(ALL)/pass-$$pass; \
	  $(BIN)/eventbench leaderboard submit $(ALL)/pass-$$pass --entry leaderboard/aleppo/pass-$$pass/1/entry.toml || exit 1; done

run = $(BIN)/eventbench run $@ --task all --seeds $(word $(1),$(SEEDS)) --workers $(WORKERS)
# $(call submit,N,RUN,CORPUS): a run without an entry.toml on the board is not submitted.
submit = file=leaderboard/$(3)/$@/$(word $(1),$(REVISIONS))/entry.toml; if test -f $$file; \
  then $(BIN)/eventbench leaderboard submit $(ALL)/$(2) --corpus $(3) --entry $$file; \
  else echo "$$file: missing, so $(2) is not submitted"; fi
.PHONY: $(SYSTEMS)
$(SYSTEMS): $(VENV)/.baseline
	$(call run,1) --out $(ALL)/$@
	$(call run,2) --also-train practice --out $(ALL)/$@-practice
	$(call run,3) --corpus transfer --also-train aleppo --out $(ALL)/$@-transfer
	$(call run,4) --corpus transfer --also-train aleppo --also-train practice --out $(ALL)/$@-transfer-practice
	$(call submit,1,$@,aleppo)
	$(call submit,2,$@-practice,aleppo)
	$(call submit,3,$@-transfer,transfer)
	$(call submit,4,$@-transfer-practice,transfer)

clean:
	rm -rf $(VENV) $(RUNS)

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "eventbench needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

# The stamp files make repeated calls fast; changed requirements invalidate them. An older pip than 23.1 cannot build seqeval,
# which has no wheel.
$(VENV)/.baseline: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing into $(VENV) (a few minutes the first time)"
	$(PIP) 'pip>=23.1'
	$(PIP) -e '.[crf,encoder]'
	@touch $@

$(VENV)/.dev: $(VENV)/.baseline
	$(PIP) -e '.[dev]'
	@touch $@
