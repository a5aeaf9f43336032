"""A task is one object: a new one is run, scored, ranked and published without further changes.

The task asks of each sentence if it has an event, and is ranked by macro-F1, so that nothing
here is a tag, a span or a micro-average.
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import yaml
from commandline import modules_of
from made_submissions import seal, write_info

import eventbench as eb
from eventbench.corpus.model import Document
from eventbench.corpus.scheme import Scheme
from eventbench.dataset.build import read_manifest
from eventbench.dataset.card import CARD
from eventbench.hub.checks import check_card, front_matter
from eventbench.hub.results import card_with_results, eval_results, eval_yaml
from eventbench.leaderboard.board import Board
from eventbench.leaderboard.markdown import markdown, markdown_summary
from eventbench.leaderboard.ranking import read_board
from eventbench.leaderboard.site import build_board
from eventbench.leaderboard.submit import submit
from eventbench.leaderboard.verify import verify
from eventbench.scoring.comparison import ALPHA
from eventbench.scoring.counts import macro_f1
from eventbench.scoring.decisions import EVENT, Decision, Mark
from eventbench.scoring.statistics import (
    Measure,
    Numbers,
    Sections,
    Statistics,
    average_scores,
    class_scores,
    tally,
)
from eventbench.tasks.base import (
    SENTENCE_COLUMNS,
    Gold,
    HubWords,
    Row,
    Task,
    sentence_columns,
    sentence_features,
    tokens_span,
)
from eventbench.tasks.seen import Seen

ANSWERS = ("no", "yes")


class Presence(Task):
    """A sentence a row; the answer is "yes" or "no"."""

    name = "presence"
    title = "Presence"
    question = "Say of each sentence if it has an event."
    right = "Each sentence is one decision."
    inputs = SENTENCE_COLUMNS
    headline = ("average", "macro avg")
    section = "answer"
    section_title = "By answer"
    matching: ClassVar[Mapping[str, str]] = {"matching": "each sentence by itself"}
    hub = HubWords("text-classification", "sentences with events", "f1", "macro F1 of yes and no")

    def features(self, scheme: Scheme) -> Any:
        from datasets import ClassLabel, Features

        return Features({**sentence_features(), "answer": ClassLabel(names=list(ANSWERS))})

    def scheme_text(self, scheme: Scheme) -> str:
        return ""

    def section_names(self, scheme: Scheme) -> tuple[str, ...]:
        return ANSWERS

    def bare_rows(self, document: Document, scheme: Scheme, seen: Seen | None) -> Iterator[Row]:
        for index, sentence in enumerate(document.sentences):
            answer = "yes" if any(document.events_in(sentence)) else "no"
            yield {**sentence_columns(document, index, sentence), "answer": answer}

    def gold(self, row: Row) -> str:
        answer: str = row["answer"]
        return answer

    def parse(self, record: Mapping[str, Any], row: Row, scheme: Scheme) -> str:
        if record.get("answer") not in ANSWERS:
            raise eb.EventbenchError(f"answer is {record.get('answer')!r}, expected yes or no")
        answer: str = record["answer"]
        return answer

    def dump(self, row: Row, answer: str) -> Row:
        return {"id": row["id"], "answer": answer}

    @property
    def measure(self) -> Measure:
        return Measure("macro-F1", "answer", macro_f1)

    def statistics(self, gold: Gold, answers: Mapping[str, str]) -> Statistics:
        right = [(unit, row["answer"], 0) for unit, row in enumerate(gold.rows)]
        said = [(unit, answers[row["id"]], 0) for unit, row in enumerate(gold.rows)]
        articles = np.array([gold.article_numbers[row["doc_id"]] for row in gold.rows])
        return Statistics({"answer": tally(right, said, ANSWERS, len(right))}, articles)

    def breakdown(self, statistics: Statistics, totals: Mapping[str, Numbers]) -> Sections:
        return {
            "answer": class_scores(totals["answer"], ANSWERS),
            "average": average_scores(totals["answer"], ANSWERS),
        }

    def decisions(self, gold: Gold, answers: Mapping[str, str]) -> list[Decision]:
        found = []
        for row in gold.rows:
            right, said = row["answer"], answers[row["id"]]
            marks = (Mark(EVENT, row["doc_id"], tokens_span(row, 0, len(row["tokens"]))),)
            found.append(Decision("has an event", right, said, row["id"], marks, right == said))
        return found


SYSTEM = '''
from dataclasses import dataclass
from typing import ClassVar


@dataclass
class Cue:
    """Says yes where a word stands that was more often in sentences with an event."""

    seed: int = 0
    always: bool = False
    tasks: ClassVar[tuple[str, ...]] = ("presence",)

    def fit(self, fold, progress):
        self.words = {}
        for row in fold.train:
            for word in set(row["tokens"]):
                self.words[word] = self.words.get(word, 0) + (1 if row["answer"] else -1)
        progress(1.0)

    def predict(self, test):
        assert set(test.column_names) == {COLUMNS}
        scores = (sum(self.words.get(word, 0) > 1 for word in row["tokens"]) for row in test)
        return ["yes" if self.always or score > 2 else "no" for score in scores]
'''


@pytest.fixture(scope="module")
def task() -> Iterator[Presence]:
    made = Presence()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(eb.TASKS, "presence", made)
        yield made


@pytest.fixture(scope="module")
def folder(task: Presence, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs ``cue`` and ``always`` of the toy system, made by the public API."""
    folder = tmp_path_factory.mktemp("toy")
    columns = repr(set(SENTENCE_COLUMNS))
    (folder / "toy.py").write_text(SYSTEM.replace("{COLUMNS}", columns), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, modules_of(folder):
        patch.chdir(folder)
        eb.run("toy:Cue", task="presence", out="cue", seeds=(0, 1))
        eb.run("toy:Cue", task="all", out="always", options={"always": True})
    return folder


@pytest.fixture(scope="module")
def gold(task: Presence) -> dict[str, str]:
    return {row["id"]: row["answer"] for row in Gold.of(task, eb.load_corpus()).rows}


def predictions(run: Path) -> dict[str, str]:
    """The answers of seed 0, as they are stored."""
    files = (run / "presence/seed0").glob("*.jsonl")
    lines = (json.loads(line) for file in files for line in file.read_text("utf-8").splitlines())
    return {line["id"]: line["answer"] for line in lines}


def by_hand(gold: dict[str, str], said: dict[str, str]) -> float:
    """Macro-F1 from its definition."""
    f1 = []
    for answer in ANSWERS:
        right = sum(gold[i] == said[i] == answer for i in gold)
        f1.append(2 * right / sum((gold[i] == answer) + (said[i] == answer) for i in gold))
    return sum(f1) / 2


def test_it_is_scored_with_intervals(folder: Path, gold: dict[str, str]) -> None:
    said = predictions(folder / "cue")
    assert said.keys() == gold.keys()
    assert set(said.values()) == set(ANSWERS)
    report = eb.score(folder / "cue", "presence")
    expected = by_hand(gold, said)
    assert report.score.mean == pytest.approx(expected)
    assert report.sections[0]["average"]["macro avg"].f1 == pytest.approx(expected)
    assert report.sections[0]["average"]["micro avg"].f1 != pytest.approx(expected)
    assert list(report.intervals) == ["these_documents", "new_documents"]
    for interval in report.intervals.values():
        assert interval.estimate == pytest.approx(expected)
        assert interval.low < interval.estimate < interval.high
    assert report.signature["task"] == "presence"
    assert str(report).startswith("Presence, 2 seeds. Each sentence is one decision.")
    for article, score in report.by_article[0].items():
        here = {i: answer for i, answer in gold.items() if i.startswith(article)}
        assert score.f1 == pytest.approx(by_hand(here, said))


def test_it_is_compared_and_diagnosed(folder: Path, gold: dict[str, str]) -> None:
    said = predictions(folder / "cue")
    found = eb.compare(folder / "always", folder / "cue", task="presence")
    [comparison] = found.comparisons.values()
    assert comparison.difference == pytest.approx(
        by_hand(gold, dict.fromkeys(gold, "yes")) - by_hand(gold, said)
    )
    assert found.measure == "macro-F1"
    diagnosis = eb.diagnose(folder / "cue", "presence", seed=0)
    assert diagnosis.spans == {}
    wrong = Counter((gold[i], said[i]) for i in gold if gold[i] != said[i])
    assert {(c.gold, c.predicted): c.times for c in diagnosis.confusions} == wrong
    (choice,) = diagnosis.choices
    report = eb.score(folder / "cue", "presence")
    assert {name: score.f1 for name, score in choice.scores.items()} == pytest.approx(
        {name: score.f1 for name, score in report.sections[0]["answer"].items()}
    )
    assert list(diagnosis.intervals()) == ["macro avg", "no", "yes"]


def test_what_is_no_answer_is_refused_by_line(folder: Path, tmp_path: Path) -> None:
    path = next((folder / "cue/presence/seed0").glob("fold2.jsonl"))
    text = path.read_text(encoding="utf-8").replace('"no"', '"maybe"', 1)
    (tmp_path / "fold2.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(eb.EventbenchError, match=r"fold2\.jsonl:\d+: answer is 'maybe'"):
        eb.score(tmp_path / "fold2.jsonl", "presence")


@pytest.fixture(scope="module")
def board(folder: Path) -> Board:
    """The board of both runs."""
    for system in ("cue", "always"):
        name = system.capitalize()
        path = folder / f"{system}.toml"
        info = write_info(path, system=system, name=name, deterministic=True)
        submit(folder / system, info, folder / "leaderboard")
    return read_board(folder / "leaderboard")


def test_it_is_submitted_and_verified(folder: Path, board: Board, tmp_path: Path) -> None:
    found = verify(folder / "leaderboard")
    assert (found.recomputed, found.problems) == (("always/1", "cue/1"), ())
    path = next((folder / "leaderboard/aleppo/cue/1/predictions/presence/seed1").iterdir())
    content = gzip.decompress(path.read_bytes()).replace(b'"yes"', b'"no"', 1)
    assert 0.9 < board.judge.ceiling("presence") <= 1.0
    shutil.copytree(folder / "leaderboard", tmp_path / "leaderboard")
    entry = tmp_path / "leaderboard/aleppo/cue/1"
    (tmp_path / path.relative_to(folder)).write_bytes(gzip.compress(content))
    seal(entry)
    problem, *_ = verify(tmp_path / "leaderboard").problems
    assert problem.startswith(f"{entry}/result.json: tasks.presence.")


def test_it_is_ranked(folder: Path, board: Board) -> None:
    standings = board.systems["presence"]
    assert [(s.entry.id, s.rank) for s in standings] == [("cue/1", 1), ("always/1", 2)]
    found = eb.compare(folder / "cue", folder / "always", task="presence")
    apart = next(iter(found.adjusted.values())) < ALPHA
    assert [s.letter_names for s in standings] == ["a", "b" if apart else "a"]
    text = markdown(board)
    mean = f"{100 * standings[0].score.mean:.1f}"
    assert "## Presence" in text
    assert f"| 1 | [Cue](cue/1) 1 | a | {mean} ± 0.0 |" in text
    for summary in (markdown_summary(board), str(board)):
        assert "presence" in summary
        assert mean in summary


def test_its_pages_are_built(board: Board, tmp_path: Path) -> None:
    build_board(board, tmp_path / "site")
    page = (tmp_path / "site/presence.html").read_text(encoding="utf-8")
    assert "Say of each sentence if it has an event." in page
    assert "Macro-F1, computed from the sums over all articles" in page
    for head in ("Precision", "By answer", "no", "yes"):
        assert f">{head}<" in page or f"> {head}<" in page
    assert "Seen and unseen" not in page
    entry = (tmp_path / "site/entries/cue/1/index.html").read_text(encoding="utf-8")
    result = board.systems["presence"][0].result
    yes = result.of("answer", "yes")
    assert yes is not None
    assert f'<th scope="row">yes</th><td class="number">{100 * yes.mean:.1f}' in entry
    assert '<th scope="row">has an event</th><td>no</td><td>yes</td>' in entry
    errors = (tmp_path / "site/entries/cue/1/errors-presence.html").read_text(encoding="utf-8")
    assert "has an event: no taken for yes" in errors
    assert "presence.html" in (tmp_path / "site/index.html").read_text(encoding="utf-8")


def test_it_is_a_configuration_of_the_dataset(
    task: Presence, gold: dict[str, str], tmp_path: Path
) -> None:
    rows = eb.load("presence", fold=0)["test"]
    assert [ANSWERS[k] for k in rows["answer"]] == [gold[i] for i in rows["id"]]
    built = eb.build(tmp_path / "dataset")
    assert {"presence", "presence_fold0"} <= set(built.configs)
    croissant = json.loads((built.path / "croissant.json").read_text(encoding="utf-8"))
    [records] = [found for found in croissant["recordSet"] if found["@id"] == "presence"]
    assert [field["name"] for field in records["field"]] == [
        *(f"presence/{name}" for name in SENTENCE_COLUMNS),
        "presence/answer",
    ]
    card = (built.path / "README.md").read_text(encoding="utf-8")
    benchmark = yaml.safe_load(eval_yaml(front_matter(card, CARD), read_manifest(built.path)))
    assert {"id": "presence", "config": "presence", "split": "test"} in benchmark["tasks"]
    assert "presence" in benchmark["description"]


def test_its_results_are_published(folder: Path) -> None:
    reports = {"presence": eb.score(folder / "cue", "presence")}
    [result] = yaml.safe_load(eval_results(reports, "owner/data", "results.yaml"))
    assert result["dataset"] == {"id": "owner/data", "task_id": "presence"}
    assert result["value"] == round(100 * reports["presence"].score.mean, 2)
    assert "macro F1 of yes and no" in result["notes"]
    card = card_with_results("", reports, "owner/data", "toy", "README.md")
    check_card(card, "README.md")
    assert "macro F1 of yes and no" in card
