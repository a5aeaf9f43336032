"""Running systems: cells, tasks, configurations, being killed, and annotations as a run."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from conftest import ROOT, Cli

from eventbench import Corpus, EventbenchError, read_and_score, run
from eventbench.corpus import standoff
from eventbench.dataset.building import rows
from eventbench.evaluation.predictions import read_attributes
from eventbench.systems.runner import INPUT_COLUMNS, attribute_values, read_config

HERE = "test_systems"


@dataclass
class Everything:
    """Does every task, badly, and remembers what it was given."""

    seed: int = 0
    task: str = "triggers"
    answer: str = "right"
    tasks: ClassVar[tuple[str, ...]] = ("triggers", "arguments", "attributes", "events")
    asked: ClassVar[list[tuple[str, int, str]]] = []

    def fit(self, train, validation, progress) -> None:
        self.record = {"rows": len(train)}
        for step in (0.25, 1.0):
            progress(step, loss=1 - step, epoch=step)

    def predict(self, test):
        assert set(test.column_names) == set(INPUT_COLUMNS[self.task])
        documents = test["id"] if self.task == "events" else test["doc_id"]
        (document,) = set(documents)
        self.asked.append((self.task, self.seed, document))
        return [self._answer(row) for row in test]

    def _answer(self, row):
        if self.answer != "right":
            return {"wrong kind": 3, "wrong value": {"subtype": "Attack/kiss"}}[self.answer]
        if self.task == "attributes":
            return {"subtype": None, "status": "actual", "reported": "author", "contested": "no"}
        if self.task == "events":
            first = row["sentences"][0]
            trigger = {"start": first["token_starts"][0], "end": first["token_ends"][0]}
            return {"events": [{"id": "e1", "type": "Attack", "trigger": trigger, "arguments": []}]}
        return ["O"] * len(row["tokens"])


def run_everything(corpus: Corpus, out: Path, **options) -> int:
    Everything.asked.clear()
    return run(f"{HERE}:Everything", {}, corpus, out, [0, 3], **options)


def test_every_task_is_run_stored_and_scored(corpus: Corpus, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert run_everything(corpus, out, tasks=Everything.tasks) == 0
    assert len(Everything.asked) == 4 * 2 * 5
    assert [task for task, _, _ in Everything.asked[:4]] == list(Everything.tasks)
    for task in Everything.tasks:
        report = read_and_score(out, corpus, task, intervals=False)
        assert list(report.pooled) == [0, 3]
        assert report.signature["task"] == task
    assert run_everything(corpus, out, tasks=["events", "triggers"]) == 20
    assert Everything.asked == []


def test_attributes_are_scored_by_the_share_of_right_decisions(
    corpus: Corpus, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    run_everything(corpus, out, tasks=["attributes"])
    gold = rows(corpus, "attributes")
    said = {"status": "actual", "reported": "author", "contested": "no"}
    right = {name: sum(row[name] == value for row in gold) for name, value in said.items()}
    report = read_and_score(out, corpus, "attributes", intervals=False)
    micro = report.pooled[0]["micro avg"]
    assert micro.support == 4 * len(gold)
    assert micro.recall == sum(right.values()) / (4 * len(gold))
    assert micro.precision == sum(right.values()) / (3 * len(gold))  # it leaves the subtype open
    assert report.figures[0]["status accuracy"] == right["status"] / len(gold)
    assert report.figures[0]["subtype accuracy"] == 0.0


def test_a_cell_leaves_its_time_its_memory_and_its_curve(corpus: Corpus, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run_everything(corpus, out, only_folds=[2])
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
    run_everything(corpus, out, only_folds=[0, 1], tasks=["triggers", "events"])
    with pytest.raises(EventbenchError, match=r"seed0: \d+ of 206 sentences are missing"):
        read_and_score(out, corpus)
    with pytest.raises(EventbenchError, match=r"seed0: 3 of 5 articles are missing, .* 002"):
        read_and_score(out, corpus, "events")
    with pytest.raises(EventbenchError, match="has no predictions of arguments, but of events, tr"):
        read_and_score(out, corpus, "arguments")


@pytest.mark.parametrize(
    ("task", "answer", "message"),
    [
        ("attributes", "wrong kind", "000-E1: found 3, expected a dictionary of attributes"),
        ("attributes", "wrong value", "000-E1: subtype is 'Attack/kiss', expected null or one of"),
        ("events", "wrong kind", "000: found 3, expected a dictionary with events"),
        ("events", "wrong value", "000: has no 'events'"),
    ],
)
def test_predictions_that_do_not_fit_are_not_stored(
    corpus: Corpus, tmp_path: Path, task: str, answer: str, message: str
) -> None:
    with pytest.raises(EventbenchError, match=message):
        run(f"{HERE}:Everything", {"answer": answer}, corpus, tmp_path / "r", tasks=[task])
    assert not (tmp_path / "r").exists()


def test_what_a_system_does_not_do_is_said(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "mine.py").write_text(
        "from dataclasses import dataclass\n@dataclass\nclass Mine:\n    seed: int = 0\n"
        "    def fit(self, train, validation, progress): pass\n    def predict(self, test): pass\n",
        "utf-8",
    )
    result = cli("run", "mine:Mine", "--task", "events", "--out", "r")
    assert result.returncode == 1
    assert result.stderr == (
        "eventbench: error: system 'mine:Mine' does not do events, but triggers\n"
    )
    assert cli("run", "mine:Mine", "--task", "event", "--out", "r").returncode == 2
    assert "no fold 5" in cli("run", "mine:Mine", "--folds", "5", "--out", "r").stderr


# Configurations


def test_a_configuration_gives_options_and_flags_go_before_it(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "c.toml").write_text(
        'description = "x"\n[options]\nl1 = 0.5\niterations = 3\n[fold.2]\niterations = 4\n',
        "utf-8",
    )
    pytest.importorskip("pycrfsuite", reason="the crf needs the extra [crf]")
    common = ["run", "crf", "--config", "c.toml", "--folds", "2"]
    assert cli(*common, "--out", "one").returncode == 0
    record = json.loads((tmp_path / "one" / "run.json").read_text("utf-8"))
    assert (record["options"]["l1"], record["options"]["iterations"]) == (0.5, 3)
    assert record["options by fold"] == {"2": {"iterations": 4}}
    assert cli(*common, "--iterations", "5", "--out", "two").returncode == 0
    record = json.loads((tmp_path / "two" / "run.json").read_text("utf-8"))
    assert record["options"]["iterations"] == 5
    assert record["options by fold"] == {"2": {"iterations": 5}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[options]\nendng = 'x'\n", "unknown option 'endng'"),
        ("options = 3\n", "options is 3, expected a table"),
        ("[fold]\nx = 3\n", r"expected tables [fold.0]"),
        ("[options", "is not TOML"),
    ],
)
def test_a_configuration_with_a_mistake_is_one_clear_line(
    tmp_path: Path, cli: Cli, text: str, message: str
) -> None:
    (tmp_path / "c.toml").write_text(text, "utf-8")
    result = cli("run", "lexicon", "--config", "c.toml", "--out", "r")
    assert result.returncode == 1
    assert result.stderr.startswith("eventbench: error: c.toml: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("value", "message"),
    [("'3'", "iterations is '3', expected int"), ("true", "iterations is True, expected int")],
)
def test_a_value_of_another_type_in_a_configuration(
    tmp_path: Path, cli: Cli, value: str, message: str
) -> None:
    (tmp_path / "c.toml").write_text(f"[options]\nl1 = 1\niterations = {value}\n", "utf-8")
    result = cli("run", "crf", "--config", "c.toml", "--out", "r")
    assert (result.returncode, result.stderr) == (1, f"eventbench: error: c.toml: {message}\n")


OPTIONS = """
from dataclasses import dataclass, field
from pathlib import Path

@dataclass
class Named:
    word: str
    rate: float = field(default_factory=lambda: 0.5)
    seed: int = 0

    def fit(self, train, validation, progress):
        assert (self.word, self.rate) == ("war", 0.5)

    def predict(self, test):
        return [["O"] * len(row["tokens"]) for row in test]

@dataclass
class InFolder:
    folder: Path = Path()
    seed: int = 0
"""


def test_options_without_a_default_or_with_a_factory(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "named.py").write_text(OPTIONS, "utf-8")
    missing = cli("run", "named:Named", "--out", "r")
    assert missing.stderr == ("eventbench: error: named:Named needs --word, which has no default\n")
    assert not (tmp_path / "r").exists()
    shown = cli("run", "named:Named", "--help").stdout
    assert "--word STR" in shown
    assert shown.count("(required)") == shown.count("(default: 0.5)") == 1
    result = cli("run", "named:Named", "--word", "war", "--out", "r")
    assert (result.returncode, result.stderr) == (0, "")
    record = json.loads((tmp_path / "r/run.json").read_text("utf-8"))
    assert record["options"] == {"word": "war", "rate": 0.5}
    other = cli("run", "named:InFolder", "--out", "q")
    assert (other.returncode, other.stderr.count("\n")) == (1, 1)
    assert "option folder is of type" in other.stderr


class Watching(Everything):
    """Remembers the columns that it learned from."""

    columns: ClassVar[set[str]] = set()

    def fit(self, train, validation, progress) -> None:
        self.columns.update(train.column_names, validation.column_names)


def test_no_system_sees_what_rows_know_of_the_test_article(corpus: Corpus, tmp_path: Path) -> None:
    run(f"{HERE}:Watching", {}, corpus, tmp_path / "run", tasks=Everything.tasks, only_folds=[0])
    assert Watching.columns >= {"ner_tags", "trigger_start", "subtype", "events"}
    assert not Watching.columns & {"near_duplicates", "triggers_seen", "trigger_seen"}


def test_a_change_of_a_module_beside_it_is_another_run(tmp_path: Path, cli: Cli) -> None:
    package = tmp_path / "mine"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "words.py").write_text("WORDS = ['war']\n", "utf-8")
    (package / "system.py").write_text(
        OPTIONS.replace("from pathlib", "from mine.words import WORDS\nfrom pathlib"), "utf-8"
    )
    command = ("run", "mine.system:Named", "--word", "war", "--out", "r")
    assert cli(*command, "--folds", "0").returncode == 0
    assert cli(*command, "--folds", "1").returncode == 0
    (package / "words.py").write_text("WORDS = ['peace']\n", "utf-8")
    changed = cli(*command, "--folds", "2")
    assert "holds another run: source is" in changed.stderr
    assert len([*tmp_path.glob("r/triggers/seed0/*.jsonl")]) == 2


class Overtaken(Everything):
    """Another run begins in the directory of this one while it learns."""

    out: ClassVar[Path]

    def fit(self, train, validation, progress) -> None:
        self.out.mkdir()
        (self.out / "run.json").write_text('{"system": "other"}', "utf-8")


def test_a_run_does_not_write_into_another_that_began_meanwhile(
    corpus: Corpus, tmp_path: Path
) -> None:
    Overtaken.out = tmp_path / "run"
    with pytest.raises(EventbenchError, match="holds another run: system is 'other'"):
        run(f"{HERE}:Overtaken", {}, corpus, tmp_path / "run")
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["run.json"]


def test_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EventbenchError, match=r"none\.toml: No such file"):
        read_config(tmp_path / "none.toml")


# Killed, and several processes


SLOW = '''
from dataclasses import dataclass
import time

@dataclass
class Slow:
    """Takes a while; says of every word what the seed and the article make of it."""

    seed: int = 0

    def fit(self, train, validation, progress):
        self.words = len(train) + self.seed
        for step in range(5):
            time.sleep(0.02)
            progress(step / 5, loss=step)

    def predict(self, test):
        tags = ["B-Attack" if i % 7 == self.words % 7 else "O" for i in range(500)]
        return [tags[: len(row["tokens"])] for row in test]
'''


def predictions_in(out: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(out)): path.read_bytes() if path.suffix == ".jsonl" else b""
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def test_a_run_killed_ten_times_ends_with_the_same_files(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW, "utf-8")
    command = [sys.executable, "-m", "eventbench", "run", "slow:Slow", "--seeds", "0-9", "--out"]
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
            time.sleep(0.005)
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


def test_of_several_processes_the_first_alone_writes(tmp_path: Path, cli: Cli) -> None:
    command = ["run", "lexicon", "--folds", "0", "--out", "run"]
    environment = os.environ | {"RANK": "1", "WORLD_SIZE": "2"}
    second = [sys.executable, "-m", "eventbench", *command]
    subprocess.run(second, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert not (tmp_path / "run").exists()
    assert cli(*command).returncode == 0
    assert (tmp_path / "run" / "triggers" / "seed0" / "fold0.jsonl").is_file()


# Annotations as a run


def test_the_gold_as_a_run_scores_all_it_can(corpus: Corpus, tmp_path: Path, cli: Cli) -> None:
    gold = ROOT / "annotations" / "gold"
    result = cli("export", "--format", "run", "--annotations", gold, "--out", "run")
    assert (result.returncode, result.stderr) == (0, "")
    for task in Everything.tasks:
        assert read_and_score(tmp_path / "run", corpus, task).micro_f1()[0] == 1.0
    again = cli("export", "--format", "run", "--annotations", gold, "--out", "run")
    assert again.stderr == "eventbench: error: run: exists; choose another\n"


def test_an_annotator_who_missed_an_event_loses_what_hangs_on_it(
    corpus: Corpus, tmp_path: Path, cli: Cli
) -> None:
    (tmp_path / "pass").mkdir()
    for number, document in enumerate(corpus.documents):
        gone = document.events[0].id if number == 0 else ""
        events = [event for event in document.events if event.id != gone]
        links = [link for link in document.links if gone not in (link.first, link.second)]
        ann = standoff.write(events, links, document.text, corpus.scheme)
        (tmp_path / "pass" / f"{document.stem}.ann").write_text(ann, "utf-8")
    result = cli("export", "--format", "run", "--annotations", "pass", "--out", "run")
    assert (result.returncode, result.stderr) == (0, "")
    report = read_and_score(tmp_path / "run", corpus, "attributes", intervals=False)
    micro = report.pooled[0]["micro avg"]
    assert (micro.precision, micro.recall) == (1.0, 1 - 1 / len(rows(corpus, "attributes")))


# Reading attributes


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r | {"status": "maybe"}, r":1: status is 'maybe', expected null or one of act"),
        (lambda r: {"id": r["id"]}, ":1: has no 'subtype', expected subtype, status, reported, co"),
        (lambda r: r | {"id": "000-E999"}, ":1: '000-E999' is not the id of an event"),
        (lambda r: [r], ":1: found .*, expected an object with an id"),
        (lambda r: None, r": 1 of 309 events are missing, the first is 000-E1"),
    ],
)
def test_faulty_attributes_are_named(corpus: Corpus, tmp_path: Path, change, message: str) -> None:
    gold = rows(corpus, "attributes", with_seen=False)
    values = attribute_values(corpus)
    lines = [{"id": row["id"], **{name: row[name] for name in values}} for row in gold]
    path = tmp_path / "p.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    assert len(read_attributes(path, gold, values)[0]) == len(gold)
    changed = change(lines[0])
    lines = [*([] if changed is None else [changed]), *lines[1:]]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    with pytest.raises(EventbenchError, match=re.escape(str(path)) + message):
        read_attributes(path, gold, values)
