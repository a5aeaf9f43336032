"""Entries are ranked, and have letters, as the protocol says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from eventbench.errors import EventbenchError
from eventbench.leaderboard.board import Board
from eventbench.leaderboard.entry import Entry
from eventbench.leaderboard.markdown import markdown, markdown_summary
from eventbench.leaderboard.ranking import rank
from eventbench.leaderboard.tables import task_table
from eventbench.scoring.comparison import ALPHA, compare, holm, significant_here
from eventbench.scoring.counts import macro_f1, micro_f1
from eventbench.scoring.statistics import Measure, Statistics, Table
from eventbench.tasks.registry import find_task

# Ranks and letters


def names(board: Board, task: str = "triggers") -> list[str]:
    return [standing.entry.info.system for standing in board.systems[task]]


def test_systems_are_ranked_and_the_rest_is_apart(board: Board) -> None:
    assert names(board) == ["best", "better", "hostile", "triggers", "worst"]
    assert names(board, "arguments") == ["best", "better", "hostile", "worst"]
    assert names(board, "events") == []
    assert [s.rank for s in board.systems["triggers"]] == [1, 2, 3, 4, 5]
    for found, name in ((board.ceilings, "annotator"), (board.earlier, "earlier")):
        assert [(s.entry.info.system, s.rank, s.letters) for s in found["triggers"]] == [
            (name, None, ())
        ]


def test_equal_scores_have_one_rank_and_one_letter(board: Board, entries: list[Entry]) -> None:
    best, worst = entries[1], entries[2]
    twins = [replace(best, info=replace(best.info, system=name)) for name in ("a", "b")]
    ranked = rank(board.folder, [*twins, worst], board.corpus).systems["triggers"]
    assert [(s.entry.info.system, s.rank, s.letter_names) for s in ranked] == [
        ("a", 1, "a"),
        ("b", 1, "a"),
        ("worst", 3, "b"),
    ]


def test_letters_are_those_of_the_protocol(board: Board) -> None:
    """Two share a letter unless both tests tell them apart, the first by Holm over all pairs."""
    for task in ("triggers", "arguments"):
        standings = board.systems[task]
        gold = board.judge.gold(task)
        measure = gold.task.measure
        counts = [
            [
                gold.task.statistics(gold, answers)
                for answers in board.judge.read(s.entry.path / "predictions", task).values()
            ]
            for s in standings
        ]
        pairs = list(combinations(range(len(standings)), 2))
        found = [compare(counts[i], counts[k], measure) for i, k in pairs]
        adjusted = holm([f.p_new_documents for f in found])
        apart = {
            pair
            for pair, p, f in zip(pairs, adjusted, found, strict=True)
            if p < ALPHA and f.p_these_documents < ALPHA
        }
        for i, k in pairs:
            shared = set(standings[i].letters) & set(standings[k].letters)
            assert bool(shared) is ((i, k) not in apart)
        assert 0 < len(apart) < len(pairs)
        assert standings[0].letters[0] == 0


def test_the_difference_from_the_best_has_its_interval(board: Board) -> None:
    best, *others = board.systems["triggers"]
    assert best.minus_best is not None
    assert not best.minus_best.varies
    for standing in others:
        found = standing.minus_best
        assert found is not None
        difference = standing.score.mean - best.score.mean
        assert found.estimate == pytest.approx(difference)
        assert found.low < difference < found.high


@pytest.mark.parametrize("compute", [micro_f1, macro_f1], ids=["micro-F1", "macro-F1"])
def test_many_are_tested_at_a_time_as_one_by_one(
    compute: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For any measure, however small the blocks, and whether all rounds are needed or not."""
    rng = np.random.default_rng(3)
    gold = rng.poisson(1.2, (60, 3))
    measure = Measure("F1", "class", compute)

    def made(skill: float) -> Table:
        right = rng.binomial(gold, skill)
        predicted = right + rng.binomial(1, 0.2, gold.shape)
        return Table(("a", "b", "c"), np.stack([right, predicted, gold], -1))

    systems = [made(skill) for skill in (0.8, 0.75, 0.7, 0.65, 0.5)]
    pairs = np.array(list(combinations(range(len(systems)), 2)))
    tables = np.stack([table.values.astype(float) for table in systems], axis=1)
    found = significant_here(tables, pairs, measure)
    alone = [Statistics({"class": t}, np.arange(60) % 5) for t in systems]
    p = [compare([alone[i]], [alone[k]], measure).p_these_documents for i, k in pairs]
    # The swaps differ, because `compare` draws none for units on which both agree.
    clear = [k for k, each in enumerate(p) if abs(each - ALPHA) > 0.01]
    assert found[clear].tolist() == [p[k] < ALPHA for k in clear]
    assert 0 < found[clear].sum() < len(clear)
    assert 0.001 < min(abs(each - ALPHA) for each in p) < 0.04, "one takes all rounds"
    for name, value in (("comparison.LOOK", 10_000), ("intervals.BLOCK", 1000)):
        monkeypatch.setattr(f"eventbench.scoring.{name}", value)
        assert significant_here(tables, pairs, measure).tolist() == found.tolist()


def test_stored_sums_of_other_names_are_refused(board: Board) -> None:
    best, worst = board.systems["triggers"][0].entry, board.systems["triggers"][-1].entry
    result = best.result.tasks["triggers"]
    [first, *_] = result.statistics.values()
    others = (
        {"000": {"Attack": (1.0, 1.0, 1.0)}},
        {"9": {"pooled": (1.0, 1.0, 1.0)}},
        {**first, "000": {"pooled": (1.0, 1.0, 10**6)}},  # of another gold
    )
    for sums in others:
        forged = replace(result, statistics=dict.fromkeys(result.statistics, sums))
        entry = replace(best, result=replace(best.result, tasks={"triggers": forged}))
        with pytest.raises(EventbenchError, match=r"best/1/result\.json: statistics of triggers"):
            rank(board.folder, [entry, worst], board.corpus)


def test_a_task_ages_alone(board: Board) -> None:
    """Results on other gold of one task are apart, those of the others are still ranked."""
    entries = [standing.entry for standing in board.systems["triggers"][:2]]
    data = entries[0].result.data
    aged = replace(data, fingerprints={**data.fingerprints, "arguments": "0" * 16})
    half = replace(entries[0], result=replace(entries[0].result, data=aged))
    found = rank(board.folder, [half, entries[1]], board.corpus)
    assert names(found) == ["best", "better"]
    assert names(found, "arguments") == ["better"]
    assert [s.entry.id for s in found.earlier["arguments"]] == ["best/1"]
    assert found.earlier["triggers"] == []
    # A revision of what is still current replaces it, but not the result that aged.
    info = replace(half.info, revision="2")
    tasks = {"triggers": half.result.tasks["triggers"]}
    new = replace(half, info=info, result=replace(half.result, tasks=tasks))
    found = rank(board.folder, [half, new], board.corpus)
    assert found.replaced == {"best/1"}
    assert [s.entry.id for s in found.systems["triggers"]] == ["best/2"]
    assert [s.entry.id for s in found.earlier["arguments"]] == ["best/1"]


# Revisions


def _revised(board: Board, *revisions: tuple[str, tuple[str, ...]]) -> Board:
    """The best entries as revisions of one system that do certain tasks, and another one."""

    def renamed(entry: Entry, name: str, revision: str, tasks: Sequence[str]) -> Entry:
        info = replace(entry.info, system=name.lower(), name=name, revision=revision)
        results = {task: entry.result.tasks[task] for task in tasks}
        return replace(entry, info=info, result=replace(entry.result, tasks=results))

    best = [standing.entry for standing in board.systems["triggers"]]
    names = [("One", *revision) for revision in revisions] + [("Two", "1", ("triggers",))]
    entries = [renamed(entry, *name) for entry, name in zip(best, names, strict=False)]
    return rank(board.folder, entries, board.corpus)


def _named(summary: str) -> list[str]:
    """The systems of the first table."""
    table = next(block for block in summary.split("\n\n") if block.startswith("|"))
    return [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines()[2:]]


@pytest.mark.parametrize(("late", "early"), [("2", "1"), ("10", "9"), ("1.1", "1"), ("b", "a")])
def test_only_the_latest_revision_is_ranked(board: Board, late: str, early: str) -> None:
    for revisions in ((late, early), (early, late)):  # which is the better one does not matter
        found = _revised(board, *((revision, ("triggers",)) for revision in revisions))
        assert found.replaced == {f"one/{early}"}
        assert [s.entry.id for s in found.systems["triggers"]] == [f"one/{late}", "two/1"]
        assert _named(markdown_summary(found)) == ["One", "Two"]
        assert markdown(found).endswith(f"all their tasks: [one/{early}](one/{early}).\n")


def test_revisions_of_other_tasks_are_told_apart(board: Board) -> None:
    found = _revised(board, ("1", ("triggers", "arguments")), ("2", ("triggers",)))
    assert not found.replaced
    assert _named(markdown_summary(found)) == ["One 1", "One 2", "Two"]


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"authors": ("A Stranger",)}, False),
        ({"authors": ("A. Person", "A Stranger")}, False),
        ({"kind": "ceiling"}, False),
        ({"description": "better"}, True),
    ],
)
def test_nobody_replaces_the_system_of_others(
    change: dict[str, Any], replaces: bool, board: Board
) -> None:
    """A revision with score 0 by someone else leaves the one before it where it was."""
    both = _revised(board, ("1", ("triggers",)), ("2", ("triggers",)))
    first, second = both.entries[:2]
    second = replace(second, info=replace(second.info, **change))
    found = rank(board.folder, [first, second], board.corpus)
    assert found.replaced == ({"one/1"} if replaces else set())
    assert ("one/1" in [s.entry.id for s in found.systems["triggers"]]) is not replaces


def test_the_order_of_authors_does_not_matter(board: Board) -> None:
    first, second = _revised(board, ("1", ("triggers",)), ("2", ("triggers",))).entries[:2]
    first = replace(first, info=replace(first.info, authors=("A", "B")))
    second = replace(second, info=replace(second.info, authors=("B", "A")))
    assert rank(board.folder, [first, second], board.corpus).replaced == {"one/1"}


def test_a_revision_changes_nothing_for_other_systems(board: Board) -> None:
    one = _revised(board, ("2", ("triggers",)))
    entries = [*one.entries, *_revised(board, ("1", ("triggers",))).entries[:1]]
    both = rank(board.folder, entries, board.corpus)
    assert both.replaced == {"one/1"}
    assert both.systems == one.systems


def test_of_many_letters_the_first_are_shown(board: Board) -> None:
    standing = board.systems["triggers"][0]
    assert replace(standing, letters=(0, 1, 5, 26)).letter_names == "abfa2"
    assert replace(standing, letters=tuple(range(1000))).letter_names == "abcd…"


def test_systems_sort_by_their_first_letter_then_by_the_last(board: Board) -> None:
    """However many letters there are."""
    task = find_task("triggers")
    standing = board.systems["triggers"][0]
    ordered: list[tuple[int, ...]] = [(0,), (0, 1), (0, 2), (0, 12), (0, 2500), (1,), (1, 3), (30,)]
    standings = [replace(standing, letters=found) for found in ordered]
    rows = task_table(board, task, "systems", standings, ranked=True).rows
    keys = [cell.order for row in rows for column, cell in row.cells if column.title == "Letters"]
    assert sorted(keys, key=float) == keys
    assert len(set(keys)) == len(keys)
