"""The board is printed in every format with the scores of its entries."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from made_entries import BIDI, HOSTILE

from eventbench import EventbenchError
from eventbench.leaderboard.board import Board
from eventbench.leaderboard.markdown import markdown_summary, markdown_values
from eventbench.leaderboard.shown import ShownBoard
from eventbench.printing import FORMATS


def rows_of(board: Board, attributes: Sequence[str] = ()) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(ShownBoard(board, attributes).formatted("csv"))))


def test_csv_has_the_stored_scores(board: Board) -> None:
    main = {(r["system"], r["task"]): r for r in rows_of(board) if not r["section"]}
    current = [(s, task) for task in board.tasks for s in board.current(task)]
    assert set(main) == {(standing.entry.id, task) for standing, task in current}
    for standing, task in current:
        row, result = main[standing.entry.id, task], standing.result
        assert float(row["mean"]) == result.score.mean
        assert row["rank"] == ("" if standing.rank is None else str(standing.rank))
        assert row["letters"] == standing.letter_names
        assert float(row["new_low"]) == result.intervals["new_documents"].low
        assert int(row["seeds"]) == len(result.seeds)
        assert row["kind"] == standing.entry.info.kind
    (part,) = (
        row
        for row in rows_of(board)
        if (row["system"], row["task"], row["name"]) == ("best/1", "triggers", "Attack")
    )
    best = board.systems["triggers"][0].result.of("type", "Attack")
    assert best is not None
    assert (float(part["mean"]), part["measure"]) == (best.mean, "F1")


def test_json_has_the_rows_of_csv(board: Board) -> None:
    found = json.loads(ShownBoard(board).formatted("json"))
    assert (found["corpus"], found["version"]) == (board.corpus.id, board.corpus.version)
    assert [row["system"] for row in found["scores"]] == [row["system"] for row in rows_of(board)]


def test_text_and_markdown_are_those_of_the_board(board: Board) -> None:
    assert ShownBoard(board).formatted("text") == str(board)
    assert ShownBoard(board).formatted("markdown") == markdown_summary(board)


def test_no_format_shows_what_turns_the_direction_of_text(board: Board) -> None:
    for format in FORMATS:
        assert BIDI[0] not in ShownBoard(board).formatted(format)


def test_latex_shows_hostile_names_literally(board: Board) -> None:
    lines = ShownBoard(board).formatted("latex").splitlines()
    assert sum(line == r"\begin{tabular}{lr@{\,}lr@{\,}l}" for line in lines) == 1
    (row, *_) = [line for line in lines if "alert" in line and not line.startswith("%")]
    assert r"\textless{}script\textgreater{}alert('x')\textless{}/script" in row
    assert HOSTILE[:8] not in row
    assert row.count(" & ") == 4  # two scores and their letters


def test_unknown_attributes_are_refused_in_every_format(board: Board) -> None:
    with pytest.raises(EventbenchError) as told:
        markdown_values(board, ["nothing"])
    for format in FORMATS:
        with pytest.raises(EventbenchError) as refused:
            ShownBoard(board, ["nothing"]).formatted(format)
        assert str(refused.value) == str(told.value)


def test_the_figure_has_a_panel_for_each_task_with_entries(board: Board, tmp_path: Path) -> None:
    path = tmp_path / "board.svg"
    ShownBoard(board).save_figure(path)
    drawn = path.read_text("utf-8")
    assert drawn.count('id="axes_') == sum(bool(board.current(task)) for task in board.tasks) == 2
