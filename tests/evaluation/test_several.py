"""Several systems in one table, with letters; each against a reference; found by their names."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import random
import re
import shutil
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest
from conftest import ROOT, Cli
from making import write_lines

from eventbench import Corpus, EventbenchError, ablation_table, compare, score, score_table
from eventbench.evaluation.runs import find_predictions
from eventbench.scoring.comparison import ALPHA, holm
from eventbench.scoring.comparison import compare as compare_counts
from eventbench.tasks.base import Gold
from eventbench.tasks.registry import find_task

NOISE = {"worse": 0.3, "best": 0.12, "good": 0.15, "bad": 0.7}
"""Share of the tags that are wrong, in the order in which the systems are given."""
TASKS = ("triggers", "arguments")


def noisy(gold: Gold, rate: float, seed: int) -> Iterator[dict[str, Any]]:
    """The gold as predictions, some tags of which are changed."""
    chance = random.Random(seed)
    for row in gold.rows:
        tags = [
            tag if tag == "O" or chance.random() >= rate else "O" for tag in gold.task.gold(row)
        ]
        yield json.loads(json.dumps(gold.task.dump(row, tags)))


@pytest.fixture(scope="module")
def runs(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the predictions of four systems, one of which does one task alone."""
    folder = tmp_path_factory.mktemp("runs")
    for task in TASKS:
        gold = Gold.of(find_task(task), corpus)
        for name, rate in NOISE.items():
            if (name, task) == ("bad", "arguments"):
                continue
            for seed in range(1 if name == "good" else 2):
                out = folder / name / task / f"seed{seed}"
                out.mkdir(parents=True)
                write_lines(out / "p.jsonl", noisy(gold, rate, seed + len(name)))
    return folder


@pytest.fixture(scope="module")
def paths(runs: Path) -> list[Path]:
    return [runs / name for name in NOISE]


@pytest.fixture(scope="module")
def table(corpus: Corpus, paths: list[Path]) -> Any:
    return score_table(*paths, task="all", corpus=corpus, verify=False)


# Scores and letters


def test_the_scores_are_those_of_each_system_by_itself(
    corpus: Corpus, table: Any, paths: list[Path]
) -> None:
    assert table.systems == tuple(map(str, paths))
    assert {task: [*found] for task, found in table.reports.items()} == {
        "triggers": [*map(str, paths)],
        "arguments": [*map(str, paths[:3])],
    }
    alone = score(paths[1], "arguments", corpus=corpus, verify=False)
    assert table.reports["arguments"][str(paths[1])].to_json() == alone.to_json()
    (grid,) = table.grids()
    assert [row[2] for row in grid.rows] == [
        *(str(table.reports["arguments"][str(path)].score) for path in paths[:3]),
        "–",
    ]
    assert "±" in grid.rows[0][1]
    assert "±" not in grid.rows[2][1]  # one seed has no deviation


def test_letters_are_those_of_all_pairs(table: Any, paths: list[Path]) -> None:
    """Two share one unless both tests tell them apart, the first by Holm over all pairs."""
    names = [str(path) for path in paths]
    pairs = list(combinations(names, 2))
    counts = {n: [*report.statistics.values()] for n, report in table.reports["triggers"].items()}
    measure = find_task("triggers").measure
    found = [compare_counts(counts[a], counts[b], measure) for a, b in pairs]
    adjusted = holm([f.p_new_documents for f in found])
    apart = {
        pair
        for pair, p, f in zip(pairs, adjusted, found, strict=True)
        if p < ALPHA and f.p_these_documents < ALPHA
    }
    letters = table.letters["triggers"]
    assert 0 < len(apart) < len(pairs)
    for a, b in pairs:
        assert set(letters[a]).isdisjoint(letters[b]) is ((a, b) in apart)
    assert "a" in letters[str(paths[1])]  # of the best, whatever the order


def test_the_order_of_systems_changes_no_letter(corpus: Corpus, table: Any) -> None:
    turned = score_table(*reversed(table.systems), corpus=corpus, verify=False, intervals=False)
    assert turned.systems == table.systems[::-1]
    assert turned.letters["triggers"] == table.letters["triggers"]


def test_one_task_shows_intervals_and_parts(corpus: Corpus, table: Any, paths: list[Path]) -> None:
    found = score_table(*paths, corpus=corpus, verify=False)
    scores, parts = found.grids()
    assert list(scores.columns[2:]) == ["on these documents", "on new documents"]
    low, high = (f"{100 * b:.1f}" for b in _bounds(table, paths[0]))
    assert scores.rows[0][2] == f"{low} to {high}"
    assert list(parts.columns[1:]) == sorted(corpus.scheme.event_types)
    assert scores.letters[1] == [found.letters["triggers"][str(path)] for path in paths]
    bare = score_table(*paths, corpus=corpus, verify=False, intervals=False)
    assert len(bare.grids()[0].columns) == 2


def _bounds(table: Any, path: Path) -> tuple[float, float]:
    found = table.reports["triggers"][str(path)].intervals["these_documents"]
    return found.low, found.high


# Formats


def test_csv_has_the_numbers_of_json(table: Any, paths: list[Path]) -> None:
    rows = list(csv.DictReader(io.StringIO(table.to_csv())))
    main = {(row["system"], row["task"]): row for row in rows if not row["section"]}
    stored = json.loads(table.formatted("json"))
    assert {(s, t) for s, found in stored.items() for t in found} == set(main)
    for (system, task), row in main.items():
        report = stored[system][task]
        assert float(row["mean"]) == report["score"]["mean"]
        assert (float(row["sd"]) if row["sd"] else None) == report["score"]["sd"]
        assert float(row["these_low"]) == report["intervals"]["these_documents"]["low"]
        assert float(row["new_high"]) == report["intervals"]["new_documents"]["high"]
        assert row["letters"] == report["letters"]
        assert int(row["seeds"]) == len(report["scores"])
    (f1,) = (
        row
        for row in rows
        if (row["system"], row["task"]) == (str(paths[2]), "triggers")
        and (row["section"], row["name"], row["measure"]) == ("average", "micro avg", "F1")
    )
    average = stored[str(paths[2])]["triggers"]["sections"]["0"]["average"]["micro avg"]
    assert (float(f1["mean"]), int(f1["gold"])) == (average["f1"], average["support"])
    assert {row["section"] for row in rows} >= {"", "article", "average"}


def test_every_format_has_the_same_scores(table: Any, paths: list[Path]) -> None:
    mean_sd = str(table.reports["triggers"][str(paths[1])].score)
    letters = table.letters["triggers"][str(paths[1])]
    assert f"{mean_sd}  {letters}" in table.formatted("text")
    assert f"{mean_sd} <sup>{letters}</sup>" in table.formatted("markdown")
    latex = mean_sd.replace("±", r"\pm")
    assert rf"${latex}$ & \textsuperscript{{{letters}}}" in table.formatted("latex")


def test_the_json_of_one_task_is_that_of_its_report(corpus: Corpus, paths: list[Path]) -> None:
    """Alone without letters; asked for by a list of tasks, it is below the task."""
    path = str(paths[2])
    plain = score(path, corpus=corpus).to_json()
    assert score_table(path, corpus=corpus).to_json() == {path: plain}
    assert score_table(path, task=["triggers"], corpus=corpus).to_json() == {
        path: {"triggers": plain}
    }
    assert str(score_table(path, corpus=corpus)) == f"{path}: {score(path, corpus=corpus)}"


def test_the_command_prints_each_format(cli: Cli, runs: Path, tmp_path: Path) -> None:
    some = (f"Gut & Böse={runs / 'good'}", runs / "worse", "--no-verify")
    latex = cli("score", *some, "--format", "latex", "--figure", "f.pdf")
    assert (latex.returncode, latex.stderr) == (0, "")
    assert "\nGut \\& Böse & " in latex.stdout
    assert (tmp_path / "f.pdf").read_bytes().startswith(b"%PDF")
    assert cli("score", *some, "--json").stdout == cli("score", *some, "--format", "json").stdout
    refused = cli("score", "none", "--figure", "f.jpeg")  # before anything is read
    assert refused.stderr == (
        "eventbench: error: f.jpeg: expected a name that ends in .pdf, .svg, .png\n"
    )
    assert (refused.returncode, refused.stdout) == (1, "")


def test_tasks_that_cannot_be_scored_are_refused(harbour: Path, tmp_path: Path) -> None:
    (tmp_path / "run/attribution").mkdir(parents=True)
    expected = r"run: has only attribution, harbour has triggers, arguments, .*"
    with pytest.raises(EventbenchError, match=expected):
        score_table(tmp_path / "run", task="all", corpus=harbour)
    with pytest.raises(EventbenchError, match=r"^no task is given, expected one or more$"):
        score_table(tmp_path / "run", task=[], corpus=harbour)


# A reference


def test_differences_are_those_of_each_comparison(corpus: Corpus, paths: list[Path]) -> None:
    reference, *others = map(str, (paths[1], paths[0], paths[3]))
    found = ablation_table(reference, *others, task="all", corpus=corpus)
    assert {task: [*r.comparisons] for task, r in found.reports.items()} == {
        "triggers": others,
        "arguments": others[:1],
    }
    alone = compare(reference, *others, corpus=corpus)
    assert found.reports["triggers"].to_json() == alone.to_json()
    rows = list(csv.DictReader(io.StringIO(found.to_csv())))
    whole = {(row["system"], row["task"]): row for row in rows if not row["article"]}
    for (system, task), row in whole.items():
        report = found.reports[task]
        difference = report.scores[reference].mean - report.scores[system].mean
        assert float(row["difference"]) == pytest.approx(difference)
        assert float(row["these_low"]) == report.intervals[system]["these_documents"].low
        assert float(row["p_holm"]) == report.adjusted[system]
        assert (row["significant"] == "yes") is report.differs(system)
        parts = [r for r in rows if (r["system"], r["task"]) == (system, task) and r["article"]]
        assert [float(r["difference"]) for r in parts] == [*report.comparisons[system].by_article]
    overview, *_ = found.grids()
    assert overview.rows[0][1] == str(found.reports["triggers"].scores[reference])
    assert overview.rows[2][2] == "–"
    assert overview.letters[1][2] == "*"
    shown = str(found)
    assert len(re.findall("cannot go below p", shown)) == 1  # remarks are printed once
    assert set(found.to_json()) == {"triggers", "arguments"}


def test_what_cannot_be_compared_is_refused(corpus: Corpus, runs: Path, tmp_path: Path) -> None:
    with pytest.raises(EventbenchError, match=r"compare needs two systems or more$"):
        ablation_table(runs / "good", corpus=corpus)
    with pytest.raises(EventbenchError, match=r"^A: is given twice$"):
        score_table(f"A={runs / 'good'}", f"A={runs / 'bad'}", corpus=corpus)
    (tmp_path / "only/arguments").mkdir(parents=True)
    with pytest.raises(EventbenchError, match=r"bad: has no task that another system has too$"):
        ablation_table(runs / "bad", tmp_path / "only", task="all", corpus=corpus)
    path = write_lines(tmp_path / "p.jsonl", [])
    with pytest.raises(EventbenchError, match=r"p\.jsonl: has no folders of tasks: name its --ta"):
        score_table(path, task="all", corpus=corpus)
    with pytest.raises(EventbenchError, match=r"bad: has no predictions of arguments, but of tri"):
        score_table(runs / "bad", task=list(TASKS), corpus=corpus)


def test_one_fold_is_scored_and_searched_for_errors(
    corpus: Corpus, cli: Cli, tmp_path: Path
) -> None:
    gold = Gold.of(find_task("triggers"), corpus, fold=3)
    for seed in (0, 1):
        write_lines(tmp_path / f"{seed}.jsonl", noisy(gold, 0.5, seed))
    shown = cli("score", "A=0.jsonl", "B=1.jsonl", "--fold", "3", "--no-verify")
    assert shown.returncode == 0, shown.stderr
    assert "on new documents" not in shown.stdout  # one article says nothing of others
    assert "letter" not in shown.stdout
    found = json.loads(cli("errors", "0.jsonl", "--fold", "3", "--json").stdout)
    assert {c["article"] for x in found["confusions"] for c in x["cases"]} == {
        corpus.article_ids[3]
    }
    (tmp_path / "run").mkdir()
    (tmp_path / "run/run.json").write_text("{}", "utf-8")
    for verb in ("score", "errors"):
        refused = cli(verb, "run", "--fold", "3").stderr
        assert refused.endswith("run: has the predictions of all folds, expected those of one\n")


# Names of predictions


@pytest.fixture
def board_here(tmp_path: Path) -> Iterator[Path]:
    """A working directory with entries of two corpora."""
    for place in ("aleppo/lexicon/2", "aleppo-1/lexicon/1"):
        shutil.copytree(ROOT / "leaderboard" / place, tmp_path / "leaderboard" / place)
    with contextlib.chdir(tmp_path):
        yield tmp_path


def test_an_entry_is_found_by_its_short_name(board_here: Path, cli: Cli) -> None:
    entry = Path("leaderboard/aleppo/lexicon/2")
    assert find_predictions("lexicon/2", "aleppo").path == entry
    assert find_predictions("L=lexicon/2", "aleppo").name == "L"
    for verb in ("score", "errors"):
        options = ["--no-verify", "--no-intervals"] if verb == "score" else []
        short, long = (cli(verb, name, *options) for name in ("lexicon/2", entry))
        assert short.returncode == 0, short.stderr
        assert short.stdout.partition(": ")[2] == long.stdout.partition(": ")[2] != ""
    found = cli("compare", f"A={entry}", "lexicon/2", "--json")
    assert json.loads(found.stdout)["comparisons"][0]["p_these_documents"] == 1.0
    windows = PureWindowsPath("L=lexicon/2")  # as the command line gives it there
    assert find_predictions(windows, "aleppo").path == entry
    # What exists as a path goes before an entry, also with an equals sign in its name.
    (board_here / "a=b").mkdir()
    assert find_predictions("a=b", "aleppo").path == Path("a=b")
    (board_here / "lexicon").mkdir()
    (board_here / "lexicon/2").write_text("", "utf-8")
    assert find_predictions("lexicon/2", "aleppo").path == Path("lexicon/2")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lexicon/1", "lexicon/1: is an entry of aleppo-1, not of aleppo (--corpus)"),
        ("lexicon/7", "lexicon/7: does not exist, expected a run, "),
        ("A=lexicon/7", "lexicon/7: does not exist, expected a run, "),
        ("A=", "A=: does not exist, "),
        ("../lexicon", "../lexicon: does not exist, "),
    ],
)
def test_what_is_not_there_is_refused(board_here: Path, name: str, message: str) -> None:
    with pytest.raises(EventbenchError) as refused:
        find_predictions(name, "aleppo")
    assert str(refused.value).startswith(message)
