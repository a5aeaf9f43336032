"""The sortable tables of the site, as values for its templates."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import mean

from eventbench.corpus.loading import Corpus
from eventbench.leaderboard.board import Board, Estimate, Standing
from eventbench.leaderboard.entry import Entry
from eventbench.leaderboard.formatting import SEEN_WORDS, hue, learned_from, parameters
from eventbench.scoring.letters import MOST_LETTERS, letter
from eventbench.scoring.report import MeanSd
from eventbench.tasks.base import Task
from eventbench.text import UNDEFINED, percent, signed


@dataclass(frozen=True)
class Scale:
    """The range, in percent, that all drawings of a table share to be comparable."""

    low: int
    high: int

    def at(self, share: float) -> str:
        """Horizontal position of a share of 1, as an SVG length."""
        return f"{100 * (100 * share - self.low) / (self.high - self.low):.2f}%"

    @property
    def ticks(self) -> list[int]:
        return list(range(self.low, self.high + 1, 10 if self.high - self.low <= 40 else 20))


WHOLE = Scale(0, 100)

OWN, OTHERS = "own", "others"
"""Values of the filter by what systems learned from: this corpus alone, or others too."""


def scale_of(standings: Sequence[Standing]) -> Scale:
    """Smallest scale in steps of 20 that holds all scores and intervals."""
    drawn = [s.score for s in standings]
    ends = [end for s in drawn for i in (s.here, s.new) if i for end in (i.low, i.high)]
    ends += [s.mean for s in drawn]
    if not ends:
        return WHOLE
    low = min(80, max(0, 20 * math.floor(5 * min(ends))))
    return Scale(low, max(low + 20, min(100, 20 * math.ceil(5 * max(ends)))))


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        title: its header.
        css: CSS classes of its cells. They set how it sorts ("rank" ascending first,
            "number" descending first, "words" alphabetically, "drawing" not at all) and
            the view that shows it ("v-…"; without one, all views).
        first: "asc" or "desc" if the table is initially sorted by this column.
        axis: True if its header shows the scale of the drawings.
    """

    title: str
    css: str
    first: str = ""
    axis: bool = False

    @property
    def entry(self) -> bool:
        return "entry" in self.css.split()

    @property
    def words(self) -> bool:
        return "words" in self.css.split()

    @property
    def ranked(self) -> bool:
        return "rank" in self.css.split()


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes:
        text: its text.
        order: the key that it is sorted by.
        note: smaller text below.
        heat: strength of the background colour, from 0 to 10; None for no colour.
        chips: letters to draw as chips, each with the number of its colour.
        score: what to draw instead of text.
    """

    text: str
    order: str = ""
    note: str = ""
    heat: int | None = None
    chips: tuple[tuple[str, int], ...] = ()
    score: Estimate | None = None


@dataclass(frozen=True)
class Line:
    """A row of a table.

    Attributes:
        entry: the entry that it shows.
        cells: each column with its cell.
        search: lower-case text that the search box looks through.
        words: values of the filters by name of the filter, separated by spaces.
        band: True for a background that sets systems apart from those with another first letter.
    """

    entry: Entry
    cells: list[tuple[Column, Cell]]
    search: str
    words: dict[str, str]
    band: bool = False


@dataclass(frozen=True)
class Table:
    """A table with a caption, which only screen readers present."""

    caption: str
    columns: list[Column]
    rows: list[Line]
    scale: Scale = WHOLE
    sortable: bool = False


EntryColumn = tuple[Column, Callable[[Entry], Cell]]
StandingColumn = tuple[Column, Callable[[Standing], Cell]]
"""A column with the function that makes its cells."""


# All entries


def entries_table(board: Board) -> Table:
    """Table of all entries, by name."""
    columns = list(_entry_columns(board))
    lines = []
    for entry in sorted(board.entries, key=lambda e: (e.info.name.casefold(), e.id)):
        tasks = [name for name in board.tasks if name in entry.result.tasks]
        current = any(board.is_current(entry, task) for task in tasks)
        kind = entry.info.kind if current else "earlier"
        kind = "replaced" if entry.id in board.replaced else kind
        cells = [(column, cell(entry)) for column, cell in columns]
        words = {"kind": kind, "task": " ".join(tasks)}
        lines.append(Line(entry, cells, _search_text(entry), words))
    return Table("All entries", [column for column, _ in columns], lines, sortable=True)


def _entry_columns(board: Board) -> Iterator[EntryColumn]:
    yield Column("System", "entry words", first="asc"), _name_cell
    for name, task in board.tasks.items():
        yield Column(task.title, "number"), partial(_task_cell, task=name)
    yield Column("Parameters", "number"), _parameters_cell
    yield Column("Learned from", "words"), partial(_learned_cell, corpus=board.corpus)
    yield Column("Kind", "words"), lambda entry: Cell(entry.info.kind, entry.info.kind)
    yield Column("Data", "words"), lambda entry: _version_cell(entry.result.data.version)


# The entries of a task


def task_table(
    board: Board, task: Task, caption: str, standings: Sequence[Standing], ranked: bool = False
) -> Table:
    """Table of entries of a task; all tables of a task have the same scale.

    Args:
        board: the leaderboard.
        task: the task.
        caption: what the entries are.
        standings: the entries, in display order.
        ranked: True to show rank and letters, and to sort by click.
    """
    columns = [(c, cell) for c, cell in _task_columns(board, task) if ranked or not c.ranked]
    everyone = (*board.current(task.name), *board.earlier[task.name])
    return Table(
        f"{task.title}: {caption}",
        [column for column, _ in columns],
        [_task_line(standing, columns) for standing in standings],
        scale_of(everyone),
        sortable=ranked,
    )


def _task_line(standing: Standing, columns: Sequence[StandingColumn]) -> Line:
    info = standing.entry.info
    cells = [(column, cell(standing)) for column, cell in columns]
    words = {
        "protocol": info.protocol.replace(" ", "-"),
        "articles": info.articles_seen,
        "learned": OTHERS if info.also_train else OWN,
        "letter": " ".join(map(letter, standing.letters[:MOST_LETTERS])),
    }
    band = sum(standing.letters[:1]) % 2 == 1
    return Line(standing.entry, cells, _search_text(standing.entry), words, band)


def _task_columns(board: Board, task: Task) -> Iterator[StandingColumn]:
    yield Column("#", "rank"), lambda s: Cell(str(s.rank or ""), str(s.rank or ""))
    yield Column("System", "entry words"), lambda s: _name_cell(s.entry)
    yield Column("Letters", "rank chips"), _letters_cell
    yield Column("Score", "number main", first="desc"), lambda s: _score_cell(s.result.score)
    yield Column("Intervals", "drawing v-scores", axis=True), lambda s: Cell("", score=s.score)
    yield Column("From the best", "rank v-scores"), _difference_cell
    if task.counts_predictions:
        for title in ("Precision", "Recall"):
            cell = partial(_headline_cell, headline=task.headline, name=title.lower())
            yield Column(title, "number v-scores"), cell
    yield Column("Seeds", "number v-scores"), lambda s: _count_cell(len(s.result.seeds))
    for section, view in ((task.section, "v-parts"), (task.value_section, "v-values")):
        for name in board.names(task, section) if section else ():
            yield Column(name, f"number {view}"), partial(_part_cell, section=section, name=name)
    for document in board.judge.gold(task.name).documents:
        yield Column(document.id, "number v-articles"), partial(_article_cell, name=document.id)
    if any(s.result.seen for s in board.current(task.name)):
        for part, title in SEEN_WORDS.items():
            yield Column(title, "number v-seen"), partial(_seen_cell, name=part)
    yield Column("Parameters", "number v-about"), lambda s: _parameters_cell(s.entry)
    learned = partial(_learned_cell, corpus=board.corpus)
    yield Column("Learned from", "words v-about"), lambda s: learned(s.entry)
    for title in ("Encoder", "Protocol", "Articles seen", "Licence"):
        name = title.lower().replace(" ", "_")
        yield Column(title, "words v-about"), partial(_info_cell, name=name)


# Cells


def _name_cell(entry: Entry) -> Cell:
    return Cell(entry.info.name, f"{entry.info.name} {entry.id}".casefold())


def _letters_cell(standing: Standing) -> Cell:
    found = standing.letters[:MOST_LETTERS]
    # By the first letter, then by the last; there may be thousands.
    order = f"{found[0]}.{found[-1]:09d}" if found else ""
    more = "…" if len(standing.letters) > MOST_LETTERS else ""
    return Cell(more, order, chips=tuple((letter(k), hue((k,))) for k in found))


def _difference_cell(standing: Standing) -> Cell:
    """The difference from the best system, with its interval on new documents as a note."""
    found = standing.minus_best
    if found is None or not found.varies:
        return Cell(UNDEFINED, "0")
    note = f"{signed(found.low)} to {signed(found.high)}"
    return Cell(signed(found.estimate), f"{-found.estimate:.10f}", note)


def _task_cell(entry: Entry, task: str) -> Cell:
    result = entry.result.tasks.get(task)
    return _score_cell(result.score if result else None)


def _headline_cell(standing: Standing, headline: tuple[str, str], name: str) -> Cell:
    """Precision or recall of a task's headline, averaged over seeds."""
    section, score = headline
    found = (sections.get(section, {}) for sections in standing.result.sections.values())
    values = [getattr(scores[score], name) for scores in found if score in scores]
    return _number_cell(mean(values) if values else None)


def _part_cell(standing: Standing, section: str, name: str) -> Cell:
    return _heat_cell(standing.result.of(section, name))


def _article_cell(standing: Standing, name: str) -> Cell:
    return _heat_cell(standing.result.article(name))


def _seen_cell(standing: Standing, name: str) -> Cell:
    return _number_cell(standing.result.recall(name), heat=True)


def _info_cell(standing: Standing, name: str) -> Cell:
    text: str = getattr(standing.entry.info, name)
    return Cell(text, text.casefold())


def _learned_cell(entry: Entry, corpus: Corpus) -> Cell:
    text = learned_from(entry.info, corpus)
    return Cell(text, text)


def _version_cell(version: str) -> Cell:
    return Cell(version, version)


def _count_cell(number: int) -> Cell:
    return Cell(str(number), str(number))


def _parameters_cell(entry: Entry) -> Cell:
    number = entry.info.parameters
    return Cell(parameters(number), str(-1 if number is None else number))


def _number_cell(share: float | None, heat: bool = False) -> Cell:
    if share is None:
        return Cell(UNDEFINED, "-1")
    strength = min(10, max(0, round(10 * share)))
    return Cell(percent(share), f"{share:.10f}", heat=strength if heat else None)


def _score_cell(found: MeanSd | None) -> Cell:
    """Mean, with the standard deviation as a note."""
    if found is None:
        return Cell(UNDEFINED, "-1")
    note = "" if found.sd is None else f"± {percent(found.sd)}"
    return Cell(percent(found.mean), f"{found.mean:.10f}", note)


def _heat_cell(found: MeanSd | None) -> Cell:
    """Mean, on a background as strong as the mean is high."""
    return _number_cell(None if found is None else found.mean, heat=True)


def _search_text(entry: Entry) -> str:
    info = entry.info
    texts = (info.name, entry.id, *info.authors, info.encoder, info.licence, *info.also_train)
    return " ".join(texts).lower()
