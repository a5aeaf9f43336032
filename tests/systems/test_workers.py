"""Folds and seeds side by side: the same bytes, one clear error, and a run that goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from making import all_tested, write_ships

from eventbench import Corpus, EventbenchError, load_corpus, run, score

SYSTEM = """
import os
import signal
from dataclasses import dataclass
from eventbench import EventbenchError

@dataclass
class Counting:
    seed: int = 0
    trouble: str = ""
    zero_shot = True

    def fit(self, fold, progress):
        self.size = sum(len(row["tokens"]) for row in fold.train) + self.seed
        self.record = {"omp": os.environ.get("OMP_NUM_THREADS"), "process": os.getpid()}
        progress(0.5, size=self.size)
        if self.trouble == "refused" and self.seed == 1:
            raise EventbenchError("counting: cannot go on")
        if self.trouble == "killed" and self.seed == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    def predict(self, test):
        return [["O"] * k + ["B-Arrival"] + ["O"] * (len(row["tokens"]) - k - 1)
                for row in test for k in [self.size % len(row["tokens"])]]
"""


@pytest.fixture
def counting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a system whose module is on the path of this process and its workers."""
    (tmp_path / "counted.py").write_text(SYSTEM, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "counted", raising=False)
    return "counted:Counting"


@pytest.fixture(scope="module")
def ships(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return load_corpus(write_ships(tmp_path_factory.mktemp("corpus") / "ships"))


def predictions(out: Path) -> dict[str, bytes]:
    files = sorted([*out.rglob("*.jsonl"), *out.rglob("*.csv")])
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


def test_workers_give_the_bytes_of_one_process(
    counting: str, ships: Corpus, tmp_path: Path
) -> None:
    before = dict(os.environ)
    told: list[float] = []
    outs = {}
    for workers in (None, 1, 2):
        out = tmp_path / f"run{workers}"
        found = run(
            counting,
            corpus=ships,
            out=out,
            seeds=[0, 1],
            folds=[0, 2],
            workers=workers,
            progress=lambda label, part: told.append(part),
        )
        assert (found.cells, found.stored) == (4, 0)
        outs[workers] = predictions(out)
    assert len(outs[None]) == 8
    assert outs[None] == outs[1] == outs[2]
    assert dict(os.environ) == before
    assert 0 <= min(told) <= max(told) <= 1
    cells = [json.loads(p.read_text()) for p in (tmp_path / "run2").glob("triggers/*/*.json")]
    assert {cell["omp"] for cell in cells} == {"1"}
    assert os.getpid() not in {cell["process"] for cell in cells}


def test_what_a_worker_refuses_is_one_line_and_the_run_goes_on(
    counting: str, ships: Corpus, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    options = {"trouble": "refused"}

    def again(**more: object) -> object:
        return run(counting, corpus=ships, out=out, folds=[0, 1], options=options, **more)

    with pytest.raises(EventbenchError, match=r"^counting: cannot go on$"):
        again(seeds=[0, 1], workers=2)
    assert not list(out.rglob("seed1/*.jsonl"))
    assert again(seeds=[0], workers=2).cells == 2
    whole = predictions(out)
    (out / "triggers/seed0/fold1.jsonl").unlink()
    found = again(seeds=[0], workers=2)
    assert (found.cells, found.stored) == (2, 1)
    assert predictions(out) == whole
    assert again(seeds=[0], workers=2).stored == 2


@pytest.mark.posix
def test_a_worker_that_dies_is_one_line(counting: str, ships: Corpus, tmp_path: Path) -> None:
    with pytest.raises(EventbenchError, match=r"^a worker process died, perhaps for lack of mem"):
        run(
            counting,
            corpus=ships,
            out=tmp_path / "run",
            seeds=[1],
            workers=2,
            options={"trouble": "killed"},
        )
    assert not list(tmp_path.rglob("*.jsonl"))


def test_workers_get_the_corpus_that_was_given(
    counting: str, ships: Corpus, tmp_path: Path
) -> None:
    """Not what its directory holds: this one has another protocol."""
    whole = all_tested(ships)
    run(counting, corpus=whole, out=tmp_path / "run", workers=1)
    assert score(tmp_path / "run", corpus=whole, intervals=False).signature["protocol"] == (
        "fixed-splits"
    )
    assert len(predictions(tmp_path / "run")["triggers/seed0/fold0.jsonl"].splitlines()) == 16


IN_PROCESS = """
import json
import sys
from eventbench import load_corpus, run
run(sys.argv[1], corpus=load_corpus(sys.argv[2]), out=sys.argv[3], task="all", folds=[0, 1],
    options=json.loads(sys.argv[4]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("system", ["crf", "encoder"])
def test_a_baseline_is_the_same_in_workers_and_in_one_thread(
    system: str, ships: Corpus, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    options = {}
    if system == "encoder":
        path = request.getfixturevalue("small_encoder")
        options = {"encoder": path, "epochs": 1, "detail_epochs": 1, "members": 1}
    run(
        system,
        corpus=ships,
        out=tmp_path / "workers",
        task="all",
        folds=[0, 1],
        workers=2,
        options=options,
    )
    arguments = [system, str(ships.root), str(tmp_path / "alone"), json.dumps(options)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    command = [sys.executable, "-c", IN_PROCESS, *arguments]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    alone = predictions(tmp_path / "alone")
    assert len([name for name in alone if name.endswith(".jsonl")]) == 8
    assert predictions(tmp_path / "workers") == alone


SPY = """
import gc
import sys
from dataclasses import dataclass, field
from eventbench import Corpus, Document

@dataclass
class Spy:
    seed: int = 0
    record: dict = field(default_factory=dict)

    def fit(self, fold, progress):
        self.known = {d.id for d in (*fold.train_documents, *fold.validation_documents)}

    def predict(self, test):
        reached, frame = gc.get_objects(), sys._getframe()
        while frame is not None:
            reached += frame.f_locals.values()
            frame = frame.f_back
        self.record = {
            "known": len(self.known),
            "articles": len({o.id for o in reached if isinstance(o, Document)}),
            "leaked": sorted({o.id for o in reached if isinstance(o, Document)} - self.known),
            "corpora": sum(isinstance(o, Corpus) for o in reached),
            "columns": test.column_names,
        }
        return [["O"] * len(row["tokens"]) for row in test]
"""


def test_a_worker_holds_no_gold_of_the_test_article(
    ships: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system that looks through its process finds the articles that it learned from alone."""
    (tmp_path / "spies.py").write_text(SPY, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    run("spies:Spy", corpus=ships, out=tmp_path / "run", folds=[0], workers=1)
    found = json.loads((tmp_path / "run/triggers/seed0/fold0.json").read_text("utf-8"))
    assert found["articles"] == found["known"] == len(ships.documents) - 1
    assert (found["leaked"], found["corpora"]) == ([], 0)
    assert "ner_tags" not in found["columns"]
