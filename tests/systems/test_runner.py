"""Runs: every cell once, whole or not at all; resumed, killed, shared; annotations as a run."""

from __future__ import annotations

import csv
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT
from making import ANNOTATED_TASKS, MAIN_TASKS, all_tested, write_ships
from toys import Everything, Nothing, Overtaken, Sharing, Watching

from eventbench import TASKS, Corpus, EventbenchError, load_corpus, run, score
from eventbench.corpus import standoff
from eventbench.systems.runner import Run, write_annotations_as_run
from eventbench.tasks.base import Gold

ALL = list(MAIN_TASKS)


def run_everything(corpus: Corpus, out: Path, **options) -> Run:
    Everything.asked.clear()
    return run("toys:Everything", corpus=corpus, out=out, seeds=[0, 3], **options)


def test_every_task_is_run_stored_and_scored(corpus: Corpus, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert run_everything(corpus, out, task="all") == Run(out, 10 * len(ALL), 0)
    assert len(Everything.asked) == len(ALL) * 2 * 5
    assert [task for task, _, _ in Everything.asked[: len(ALL)]] == ALL
    for task in ALL:
        report = score(out, task, corpus=corpus, intervals=False)
        assert report.seeds == [0, 3]
        assert report.signature["task"] == task
    again = run_everything(corpus, out, task=["events", "triggers"])
    assert again == Run(out, 20, 20)
    assert str(again) == f"predictions are in {out} (20 of 20 cells were stored before)"
    assert Everything.asked == []
    record = json.loads((out / "run.json").read_text("utf-8"))
    assert record["data"] == {
        "corpus": "aleppo",
        "version": corpus.version,
        "fingerprints": {t: Gold.of(TASKS[t], corpus).fingerprint for t in ALL},
    }


def test_a_task_may_be_added_to_a_run_and_is_scored(corpus: Corpus, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run_everything(corpus, out)
    run_everything(corpus, out, task="attributes")
    assert {task for task, _, _ in Everything.asked} == {"attributes"}
    assert score(out, "attributes", corpus=corpus, intervals=False).seeds == [0, 3]


def test_tasks_of_a_fold_and_seed_share_what_they_keep(corpus: Corpus, tmp_path: Path) -> None:
    Sharing.earlier.clear()
    run("toys:Sharing", corpus=corpus, out=tmp_path, task="all", seeds=[0, 1], folds=[0, 1])
    one_fold = [tuple(ALL[:k]) for k in range(len(ALL))]
    assert Sharing.earlier == one_fold * 4


def test_a_cell_leaves_its_time_its_memory_and_its_curve(corpus: Corpus, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run_everything(corpus, out, folds=[2])
    cell = out / "triggers" / "seed3"
    assert sorted(path.name for path in cell.iterdir()) == [
        "fold2.csv",
        "fold2.json",
        "fold2.jsonl",
    ]
    measured = json.loads((cell / "fold2.json").read_text("utf-8"))
    assert measured["rows"] > 0
    assert measured["peak_memory_mb"] > 10
    with (cell / "fold2.csv").open(encoding="utf-8") as file:
        assert list(csv.DictReader(file)) == [
            {"part": "0.25", "loss": "0.75", "epoch": "0.25"},
            {"part": "1.0", "loss": "0.0", "epoch": "1.0"},
        ]


def test_a_run_of_some_folds_is_not_scored_as_a_whole(corpus: Corpus, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run_everything(corpus, out, folds=[0, 1], task=["triggers", "events"])
    with pytest.raises(EventbenchError, match=r"seed0: \d+ of 206 rows of triggers are missing"):
        score(out, corpus=corpus)
    with pytest.raises(EventbenchError, match=r"seed0: 3 of 5 rows of events are missing, .* 002"):
        score(out, "events", corpus=corpus)
    with pytest.raises(
        EventbenchError, match="has no predictions of arguments, but of triggers, events"
    ):
        score(out, "arguments", corpus=corpus)


@pytest.mark.parametrize(
    ("task", "answer", "message"),
    [
        ("attributes", "wrong kind", "000-E1: found 3, expected a dictionary of attributes"),
        ("attributes", "wrong value", "000-E1: subtype is 'Attack/kiss', expected null or one of"),
        ("events", "wrong kind", "000: found 3, expected an answer of events"),
        ("events", "wrong value", "000: has no 'events'"),
    ],
)
def test_predictions_that_do_not_fit_are_not_stored(
    corpus: Corpus, tmp_path: Path, task: str, answer: str, message: str
) -> None:
    with pytest.raises(EventbenchError, match=f"^toys:Everything: {message}"):
        run(
            "toys:Everything",
            corpus=corpus,
            out=tmp_path / "r",
            task=task,
            options={"answer": answer},
        )
    assert not (tmp_path / "r").exists()


def test_tags_that_do_not_fit_are_not_stored(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(EventbenchError, match="toys:Wrong: 000-001: 000-001 has 1 tags, expected"):
        run("toys:Wrong", corpus=corpus, out=tmp_path / "run")
    assert list(tmp_path.rglob("*.jsonl")) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"folds": [5]}, "no fold 5: expected 0 to 4"),
        ({"fold_options": {7: {}}}, "no fold 7: expected 0 to 4"),
        ({"task": "nonsense"}, "no task 'nonsense'"),
        ({"fold_options": {2: {"colour": 3}}}, "unexpected keyword argument 'colour'"),
        ({"task": []}, "no task to run"),
        ({"seeds": []}, "no seed to run"),
        ({"folds": []}, "no fold to run"),
        ({"seeds": [0, -1]}, "seed is -1, expected an int from 0 to 999999999"),
        ({"seeds": [10**9]}, "seed is 1000000000, expected an int from 0"),
        ({"seeds": [True]}, "seed is True, expected an int from 0"),
        ({"seeds": [0.5]}, "seed is 0.5, expected an int from 0"),
        ({"options": {"answer": float("nan")}}, "answer is nan, expected str"),
        ({"workers": 0}, "--workers is 0, expected 1 or more"),
    ],
)
def test_what_cannot_be_run_is_said_before_anything_runs(
    corpus: Corpus, tmp_path: Path, options: dict[str, object], message: str
) -> None:
    Everything.asked.clear()
    with pytest.raises(EventbenchError, match=message):
        run("toys:Everything", corpus=corpus, out=tmp_path / "r", **options)
    assert Everything.asked == []
    assert not (tmp_path / "r").exists()


def test_repeated_seeds_and_folds_count_once(corpus: Corpus, tmp_path: Path) -> None:
    Nothing.fitted = 0
    found = run("toys:Nothing", corpus=corpus, out=tmp_path / "r", seeds=[2, 2], folds=[0, 1, 0])
    assert (found.cells, Nothing.fitted) == (2, 2)


def test_a_stopped_run_goes_on_where_it_was(corpus: Corpus, tmp_path: Path) -> None:
    out = tmp_path / "run"
    Nothing.fitted = 0
    told: list[float] = []
    run("toys:Nothing", corpus=corpus, out=out, progress=lambda label, part: told.append(part))
    assert Nothing.fitted == 5
    assert told == sorted(told)
    assert told[-1] == 1.0
    before = {path: path.read_bytes() for path in sorted(out.rglob("*.jsonl"))}
    next(iter(before)).unlink()
    assert run("toys:Nothing", corpus=corpus, out=out).stored == 4
    assert Nothing.fitted == 6
    assert {path: path.read_bytes() for path in sorted(out.rglob("*.jsonl"))} == before
    found = score(out, corpus=corpus).score
    assert (found.mean, found.sd) == (0.0, None)


def test_a_directory_is_not_shared_by_two_runs(corpus: Corpus, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run("toys:Nothing", corpus=corpus, out=out)
    with pytest.raises(EventbenchError, match=r"run\.json: holds another run: system is 'toys"):
        run("lexicon", corpus=corpus, out=out)
    (out / "run.json").write_text("{", "utf-8")
    with pytest.raises(EventbenchError, match="is not the record of a run"):
        run("lexicon", corpus=corpus, out=out)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").touch()
    with pytest.raises(EventbenchError, match="is not empty and holds no run"):
        run("lexicon", corpus=corpus, out=tmp_path / "other")


def test_runs_of_other_data_or_options_are_told_apart(corpus: Corpus, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run("crf", corpus=corpus, out=out, folds=[2], options={"iterations": 3})
    options = {"iterations": 4}
    with pytest.raises(EventbenchError, match=r"another run: options is \{'iterations': 3\}"):
        run("crf", corpus=corpus, out=out, folds=[3], options=options)
    with pytest.raises(EventbenchError, match="holds another run: protocol is 'leave-one-doc"):
        run("crf", corpus=all_tested(corpus), out=out, options={"iterations": 3})
    ships = load_corpus(write_ships(tmp_path / "ships"))
    with pytest.raises(EventbenchError, match="holds another run: data is"):
        run("crf", corpus=ships, out=out, options={"iterations": 3})


def test_options_may_differ_in_a_fold(corpus: Corpus, tmp_path: Path) -> None:
    def outputs(out: Path, **more: object) -> list[bytes]:
        run("crf", corpus=corpus, out=out, folds=[1, 2], **more)
        return [(out / f"triggers/seed0/fold{k}.jsonl").read_bytes() for k in (1, 2)]

    few, many = {"iterations": 1}, {"iterations": 30}
    mixed = outputs(tmp_path / "mixed", options=few, fold_options={2: many})
    low, high = (outputs(tmp_path / n, options=o) for n, o in (("few", few), ("many", many)))
    assert mixed == [low[0], high[1]] != low
    record = json.loads((tmp_path / "mixed" / "run.json").read_text("utf-8"))
    assert record["fold_options"] == {"2": many}


def test_no_system_sees_what_rows_know_of_the_test_article(corpus: Corpus, tmp_path: Path) -> None:
    run("toys:Watching", corpus=corpus, out=tmp_path / "run", task="all", folds=[0])
    assert Watching.columns >= {"ner_tags", "trigger_start", "subtype", "events"}
    assert not Watching.columns & {"near_duplicates", "triggers_seen", "trigger_seen"}


def test_a_run_does_not_write_into_another_that_began_meanwhile(
    corpus: Corpus, tmp_path: Path
) -> None:
    Overtaken.out = tmp_path / "run"
    with pytest.raises(EventbenchError, match="holds another run: system is 'other'"):
        run("toys:Overtaken", corpus=corpus, out=tmp_path / "run")
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["run.json"]


NAMED = """
from dataclasses import dataclass
from mine.words import WORDS

@dataclass
class Named:
    seed: int = 0

    def fit(self, fold, progress):
        pass

    def predict(self, test):
        return [["O"] * len(row["tokens"]) for row in test]
"""


def test_a_change_of_a_module_beside_it_is_another_run(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "mine"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "words.py").write_text("WORDS = ['war']\n", "utf-8")
    (package / "system.py").write_text(NAMED, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    for fold in (0, 1):
        run("mine.system:Named", corpus=corpus, out=tmp_path / "r", folds=[fold])
    (package / "words.py").write_text("WORDS = ['peace']\n", "utf-8")
    with pytest.raises(EventbenchError, match="holds another run: source is"):
        run("mine.system:Named", corpus=corpus, out=tmp_path / "r", folds=[2])
    assert len([*tmp_path.glob("r/triggers/seed0/*.jsonl")]) == 2
    for name in ("mine", "mine.words", "mine.system"):
        monkeypatch.delitem(sys.modules, name)


# Killed, and several processes


SLOW = '''
from dataclasses import dataclass
import time

@dataclass
class Slow:
    """Takes a while; says of every word what the seed and the articles make of it."""

    seed: int = 0

    def fit(self, fold, progress):
        self.words = len(fold.train) + self.seed
        for step in range(5):
            time.sleep(0.02)
            progress(step / 5, loss=step)

    def predict(self, test):
        tags = ["B-Attack" if i % 7 == self.words % 7 else "O" for i in range(500)]
        return [tags[: len(row["tokens"])] for row in test]
'''
RUN = "import sys, eventbench; eventbench.run({system!r}, out=sys.argv[1], seeds=range({seeds}))"


def predictions_in(out: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(out)): path.read_bytes() if path.suffix == ".jsonl" else b""
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


@pytest.mark.posix
@pytest.mark.slow
def test_a_run_killed_ten_times_ends_with_the_same_files(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW, "utf-8")
    command = [sys.executable, "-c", RUN.format(system="slow:Slow", seeds=10)]
    subprocess.run([*command, "whole"], cwd=tmp_path, check=True, capture_output=True)
    chance = random.Random(7)
    killed = 0
    # Each start gets a little further; how far it gets, and whether in the midst of a file,
    # is left to chance.
    for _ in range(60):
        process = subprocess.Popen(
            [*command, "cut"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        before = len(list((tmp_path / "cut").rglob("*.jsonl")))
        while process.poll() is None and len(list((tmp_path / "cut").rglob("*.jsonl"))) == before:
            time.sleep(0.03)
        time.sleep(chance.uniform(0, 0.3))
        if process.poll() is not None or killed == 10:
            break
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += 1
    process.communicate()
    assert process.returncode == 0
    assert killed == 10
    assert predictions_in(tmp_path / "cut") == predictions_in(tmp_path / "whole")


def test_of_several_processes_the_first_alone_writes(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    run("lexicon", corpus=corpus, out=tmp_path / "run", folds=[0])
    assert not (tmp_path / "run").exists()
    monkeypatch.setenv("RANK", "0")
    run("lexicon", corpus=corpus, out=tmp_path / "run", folds=[0])
    cell = tmp_path / "run" / "triggers" / "seed0"
    assert (cell / "fold0.jsonl").is_file()
    assert json.loads((cell / "fold0.json").read_text("utf-8"))["processes"] == 2


# A scheme of its own


@pytest.mark.parametrize("system", ["lexicon", "crf"])
def test_a_scheme_with_a_flag_and_a_partial_attribute_runs_in_every_task(
    system: str, tmp_path: Path
) -> None:
    """The encoder does in `test_encoder`, which is slow."""
    ships = load_corpus(write_ships(tmp_path / "ships"))
    out = tmp_path / "run"
    run(system, corpus=ships, out=out, task="all")
    assert score(out, "triggers", corpus=ships, intervals=False).score.mean == 1.0
    report = score(out, "attributes", corpus=ships)
    assert report.score.mean == 1.0
    found = {n: s.support for n, s in report.sections[0]["attribute"].items() if "accuracy" in n}
    assert found == {"cargo accuracy": 8, "delayed accuracy": 16, "kind accuracy": 8}
    assert [*report.sections[0]["value"]] == [
        "cargo:coal", "cargo:grain", "delayed:no", "delayed:yes",
        "kind:Accident/collision", "kind:Accident/fire",
    ]  # fmt: skip
    whole = score(out, "events", corpus=ships).sections[0]["measure"]
    assert [whole[f"{name} accuracy"].f1 for name in ("kind", "cargo", "delayed")] == [1.0] * 3


# Annotations as a run


def test_the_gold_as_a_run_scores_all_it_can(corpus: Corpus, tmp_path: Path) -> None:
    gold = ROOT / "annotations" / "gold"
    write_annotations_as_run(corpus, gold, "gold", tmp_path / "run")
    for task in ANNOTATED_TASKS:
        report = score(tmp_path / "run", task, corpus=corpus, intervals=False)
        assert report.score.mean == 1.0
    with pytest.raises(EventbenchError, match="run: exists; choose another"):
        write_annotations_as_run(corpus, gold, "gold", tmp_path / "run")


def test_an_annotator_who_missed_an_event_loses_what_hangs_on_it(
    corpus: Corpus, tmp_path: Path
) -> None:
    (tmp_path / "pass").mkdir()
    for number, document in enumerate(corpus.documents):
        gone = document.events[0].id if number == 0 else ""
        events = [event for event in document.events if event.id != gone]
        links = [link for link in document.links if gone not in (link.first, link.second)]
        ann = standoff.write(events, links, document.text, corpus.scheme)
        (tmp_path / "pass" / f"{document.stem}.ann").write_text(ann, "utf-8")
    write_annotations_as_run(corpus, tmp_path / "pass", "reader", tmp_path / "run")
    report = score(tmp_path / "run", "attributes", corpus=corpus, intervals=False)
    micro = report.sections[0]["average"]["micro avg"]
    events = sum(len(document.events) for document in corpus.documents)
    assert (micro.precision, micro.recall) == (1.0, 1 - 1 / events)
    roles = score(tmp_path / "run", "arguments", corpus=corpus, intervals=False)
    assert roles.sections[0]["average"]["micro avg"].precision == 1.0
    assert 0.9 < roles.sections[0]["average"]["micro avg"].recall < 1.0
