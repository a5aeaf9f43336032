"""The best entries of each task, or F1 of values of attributes, printed in every format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eventbench.errors import EventbenchError
from eventbench.leaderboard.board import Board, Standing, display_names
from eventbench.leaderboard.markdown import markdown_summary, markdown_values
from eventbench.printing import Grid, Printable
from eventbench.scoring.figures import Bar, Panel, save_panels
from eventbench.scoring.report import SCORE_COLUMNS, MeanSd, score_record
from eventbench.tables import Table
from eventbench.tasks.base import Task

_COLUMNS: dict[str, type] = {
    "system": str, "title": str, "kind": str, "rank": int,
    **{name: kind for name, kind in SCORE_COLUMNS.items() if name != "system"},
}  # fmt: skip
"""Columns of entries: the id of the entry, its display name, whether it is a system or a ceiling,
its rank, and then those of any score."""


@dataclass(frozen=True)
class ShownBoard(Printable):
    """What is shown of a board: scores in every task, or F1 of each value of attributes.

    Attributes:
        board: the ranked entries.
        attributes: the attributes; all scores without any.
    """

    board: Board
    attributes: Sequence[str] = ()

    def grids(self) -> list[Grid]:
        """The tables of `Board.summary` or of `Board.values`."""
        values = [self.board.values(attribute) for attribute in self.attributes]
        return values or self.board.summary()

    def remarks(self) -> list[str]:
        """None: the titles say it all."""
        return []

    def to_markdown(self) -> str:
        """Format the tables in Markdown."""
        found = self.attributes
        return markdown_values(self.board, found) if found else markdown_summary(self.board)

    def to_table(self) -> Table:
        """All scores of the current entries, one a row.

        Raises:
            EventbenchError: as `Board.values` does.
        """
        if self.attributes:
            self.grids()  # refuses attributes that are unknown
        names = display_names(
            s.entry for task in self.board.tasks for s in self.board.current(task)
        )
        rows = [
            {"title": names[standing.entry.id], **record}
            for task in self.board.tasks.values()
            for standing in self.board.current(task.name)
            for record in self._records(task, standing)
        ]
        return Table("scores", _COLUMNS, rows)

    def _records(self, task: Task, standing: Standing) -> Iterator[dict[str, Any]]:
        result, info = standing.result, standing.entry.info
        own = {
            "system": standing.entry.id,
            "kind": info.kind,
            "task": task.name,
            "seeds": len(result.seeds),
        }
        if not self.attributes:
            main = score_record(task.measure.name, result.score, result.intervals)
            yield {**own, **main, "rank": standing.rank, "letters": standing.letter_names}
        for section in filter(None, (task.section, task.value_section)):
            for name in result.names(section):
                score = result.of(section, name)
                if score is not None and self._is_asked_for(section, name, task):
                    yield {**own, "section": section, "name": name, **_f1(score)}

    def _is_asked_for(self, section: str, name: str, task: Task) -> bool:
        if not self.attributes:
            return True
        return section == task.value_section and name.partition(":")[0] in self.attributes

    def save_figure(self, path: Path) -> None:
        """Draw the scores with their stored intervals and letters, a panel for each task.

        Raises:
            EventbenchError: if the file does not end in .pdf, .svg or .png, or cannot be written.
        """
        current = {name: self.board.current(name) for name in self.board.tasks}
        names = display_names(s.entry for found in current.values() for s in found)
        panels = []
        for name, found in current.items():
            bars = {standing.entry.id: _bar(names, standing) for standing in found}
            title, measure = self.board.tasks[name].title, self.board.tasks[name].measure.name
            if bars:
                panels.append(Panel(title, f"{measure} (%)", [bars.get(i) for i in names]))
        if not panels:
            raise EventbenchError(f"{self.board.folder}: has no entry to draw")
        save_panels(panels, list(names.values()), path)

    def to_json(self) -> dict[str, Any]:
        """The corpus, its version, and the rows of `to_table`."""
        corpus = self.board.corpus
        rows = self.to_table().records()
        return {"corpus": corpus.id, "version": corpus.version, "scores": rows}


def _bar(names: Mapping[str, str], standing: Standing) -> Bar:
    result, name = standing.result, names[standing.entry.id]
    seeds = tuple(result.scores.values())
    return Bar(name, result.score.mean, result.intervals, seeds, standing.letter_names)


def _f1(score: MeanSd) -> dict[str, Any]:
    return score_record("F1", score)
