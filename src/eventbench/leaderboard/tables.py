"""The sortable tables of the site, as values for its templates."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import mean

from eventbench.corpus.loading import Corpus
from eventbench.leaderboard.board import Board, Estimate, Standing
from eventbench.leaderboard.entry import Entry
from eventbench.leaderboard.formatting import (
    SEEN_WORDS,
    duration,
    hue,
    learned_from,
    lesson_words,
    lessons,
    parameters,
)
from eventbench.leaderboard.info import CEILING, Info
from eventbench.scoring.intervals import Interval, t_quantile
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

    def length(self, interval: Interval) -> str:
        """Width of an interval, as an SVG length."""
        return f"{100 * 100 * (interval.high - interval.low) / (self.high - self.low):.2f}%"

    @property
    def steps(self) -> int:
        """The number of spaces between ticks."""
        return len(self.ticks) - 1

    @property
    def ticks(self) -> list[int]:
        return list(range(self.low, self.high + 1, 10 if self.high - self.low <= 40 else 20))


WHOLE = Scale(0, 100)

PSEUDO_UNITS = 100_000
"""Pseudo-values are written in units of one in as many."""


def scale_of(standings: Sequence[Standing]) -> Scale:
    """Smallest scale in steps of 20 that holds all scores and intervals."""
    drawn = [s.score for s in standings]
    ends = [end for s in drawn for i in (s.here, s.new) if i for end in (i.low, i.high)]
    ends += [s.mean for s in drawn]
    if not ends:
        return WHOLE
    low = min(80, max(0, 20 * math.floor(5 * min(ends))))
    return Scale(low, max(low + 20, min(100, 20 * math.ceil(5 * max(ends)))))


def short_view(css: str) -> str:
    """The class of cells for that of a head that names a view ("v-values"); others stay."""
    return css[2:4] if css.startswith("v-") else css


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        title: its header.
        css: CSS classes of its header. They set how it sorts ("rank" ascending first,
            "number" descending first, "words" alphabetically, "drawing" not at all) and
            the view that shows it ("v-…"; without one, all views).
        first: "asc" or "desc" if the table is initially sorted by this column.
        axis: True if its header shows the scale of the drawings.
        note: smaller text below the title.
    """

    title: str
    css: str
    first: str = ""
    axis: bool = False
    note: str = ""

    @property
    def cell_css(self) -> str:
        """CSS classes of its cells: only those that cells need, and short, as cells are many."""
        names = (name for name in self.css.split() if name not in ("number", "compared"))
        return " ".join(short_view(name) for name in names)

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
        order: the key that it is sorted by, if that is not its text.
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
        mark: what it learned from; empty for a ceiling.
        cells: each column with its cell.
        search: text that the search box looks through beside names and other words in cells.
        words: values of the filters by name of the filter, separated by spaces.
        band: True for a background that sets systems apart from those with another first letter.
        pseudo: the pseudo-values of its score, as `pairs.js` reads them; may be empty.
        worse: places of the systems below it that it is told apart from, likewise.
    """

    entry: Entry
    mark: str
    cells: list[tuple[Column, Cell]]
    search: str
    words: dict[str, str]
    band: bool = False
    pseudo: str = ""
    worse: str = ""


@dataclass(frozen=True)
class Table:
    """A table with a caption, which only screen readers present.

    Attributes:
        caption: what it shows.
        columns: its columns.
        rows: its rows.
        scale: the range of its drawings.
        sortable: True to sort by click, and to filter.
        quantile: half the width of the interval of a difference in standard errors; 0 if there
            are no two systems with pseudo-values.
    """

    caption: str
    columns: list[Column]
    rows: list[Line]
    scale: Scale = WHOLE
    sortable: bool = False
    quantile: float = 0.0


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
        mark = mark_of(entry.info, board.corpus)
        words = {"kind": kind, "task": " ".join(tasks), "learned": lesson_value(mark)}
        lines.append(Line(entry, mark, cells, _search_text(entry), words))
    return Table("All entries", [column for column, _ in columns], lines, sortable=True)


def _entry_columns(board: Board) -> Iterator[EntryColumn]:
    yield Column("System", "entry words", first="asc"), _name_cell
    for name, task in board.tasks.items():
        yield Column(task.title, "number"), partial(_task_cell, task=name)
    yield Column("Parameters", "number"), _parameters_cell
    yield Column("Learned from", "words"), partial(_learned_cell, corpus=board.corpus)
    yield Column("Kind", "words"), lambda entry: Cell(entry.info.kind)
    yield Column("Data", "words"), lambda entry: Cell(entry.result.data.version)


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
    rows = [_task_line(standing, columns, board.corpus) for standing in standings]
    articles = len(standings[0].pseudo) if ranked and len(standings) > 1 else 0
    return Table(
        f"{task.title}: {caption}",
        [column for column, _ in columns],
        rows,
        scale_of(everyone),
        sortable=ranked,
        quantile=t_quantile(articles) if articles else 0.0,
    )


def _task_line(standing: Standing, columns: Sequence[StandingColumn], corpus: Corpus) -> Line:
    entry, info = standing.entry, standing.entry.info
    mark = mark_of(info, corpus)
    return Line(
        entry,
        mark,
        [(column, cell(standing)) for column, cell in columns],
        _search_text(entry),
        {
            "protocol": info.protocol.replace(" ", "-"),
            "articles": info.articles_seen,
            "learned": lesson_value(mark),
            "letter": " ".join(map(letter, standing.letters[:MOST_LETTERS])),
        },
        band=sum(standing.letters[:1]) % 2 == 1,
        pseudo=" ".join(str(round(value * PSEUDO_UNITS)) for value in standing.pseudo),
        worse=_runs(standing.worse),
    )


def lesson_value(mark: str) -> str:
    """The value of the filter by what a system learned from, without spaces."""
    return mark.replace(" ", "-")


def _runs(places: Sequence[int]) -> str:
    """Places in order, runs of them as first-last: "3 5-9"."""
    runs: list[list[int]] = []
    for place in sorted(places):
        if runs and place == runs[-1][1] + 1:
            runs[-1][1] = place
        else:
            runs.append([place, place])
    return " ".join(f"{a}-{b}" if a < b else str(a) for a, b in runs)


def _task_columns(board: Board, task: Task) -> Iterator[StandingColumn]:
    yield Column("#", "rank"), lambda s: Cell(str(s.rank or ""))
    yield Column("System", "entry words"), lambda s: _name_cell(s.entry)
    yield Column("Letters", "rank chips"), _letters_cell
    yield Column("Score", "number main", first="desc"), lambda s: _score_cell(s.result.score)
    yield Column("Intervals", "drawing v-scores", axis=True), lambda s: Cell("", score=s.score)
    yield Column("From the best", "rank compared v-scores"), _difference_cell
    if task.counts_predictions:
        for title in ("Precision", "Recall"):
            cell = partial(_headline_cell, headline=task.headline, name=title.lower())
            yield Column(title, "number v-scores"), cell
    yield Column("Seeds", "number v-scores"), lambda s: Cell(str(len(s.result.seeds)))
    yield from _part_columns(board, task)
    for document in board.judge.gold(task.name).documents:
        yield Column(document.id, "number v-articles"), partial(_article_cell, name=document.id)
    if any(s.result.seen for s in board.current(task.name)):
        for part, title in SEEN_WORDS.items():
            yield Column(title, "number v-seen"), partial(_seen_cell, name=part)
    yield from _about_columns(board, task)


def _part_columns(board: Board, task: Task) -> Iterator[StandingColumn]:
    """F1 of each part of the task, such as a type, then of each value, with the gold's numbers.

    Values ("status:negated") are grouped by their attribute, the most frequent ones first.
    """
    counts = board.support(task, task.section)
    for name in board.names(task, task.section):
        note = f"{counts[name]} in gold" if name in counts else ""
        cell = partial(_part_cell, section=task.section, name=name)
        yield Column(name, "number v-parts", note=note), cell
    if not task.value_section:
        return
    counts = board.support(task, task.value_section)
    before = None
    for name in values_in_order(board.names(task, task.value_section), counts):
        attribute, _, value = name.partition(":")
        css = "number v-values" + (" begins" if attribute != before else "")
        cell = partial(_part_cell, section=task.value_section, name=name)
        yield Column(value or name, css, note=f"{attribute} · {counts.get(name, 0)}"), cell
        before = attribute


def values_in_order(names: Sequence[str], counts: Mapping[str, int]) -> list[str]:
    """Sort values by attribute, in the order in which those come, then by their numbers."""
    attributes = list(dict.fromkeys(name.partition(":")[0] for name in names))
    return sorted(
        names, key=lambda name: (attributes.index(name.partition(":")[0]), -counts.get(name, 0))
    )


def _about_columns(board: Board, task: Task) -> Iterator[StandingColumn]:
    yield Column("Parameters", "number v-about"), lambda s: _parameters_cell(s.entry)
    learned = partial(_learned_cell, corpus=board.corpus)
    yield Column("Learned from", "words v-about"), lambda s: learned(s.entry)
    if any(task.name in s.entry.speed for s in board.current(task.name)):
        yield Column("s / 1,000 sentences", "rank v-about"), partial(_speed_cell, task=task.name)
        yield Column("Timed on", "words v-about"), partial(_hardware_cell, task=task.name)
    for title in ("Encoder", "Protocol", "Articles seen", "Licence"):
        name = title.lower().replace(" ", "_")
        yield Column(title, "words v-about"), partial(_info_cell, name=name)


# Cells


def _name_cell(entry: Entry) -> Cell:
    return Cell(entry.info.name)


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
    return Cell(getattr(standing.entry.info, name))


def _learned_cell(entry: Entry, corpus: Corpus) -> Cell:
    return Cell(learned_from(entry.info, corpus))


def _speed_cell(standing: Standing, task: str) -> Cell:
    found = standing.entry.speed.get(task)
    if found is None:
        return Cell(UNDEFINED, str(math.inf))
    seconds = found.seconds_per_1000_sentences
    return Cell(duration(seconds), str(seconds))


def _hardware_cell(standing: Standing, task: str) -> Cell:
    found = standing.entry.speed.get(task)
    return Cell(found.hardware if found else UNDEFINED)


def _parameters_cell(entry: Entry) -> Cell:
    number = entry.info.parameters
    return Cell(parameters(number), str(-1 if number is None else number))


def _number_cell(share: float | None, heat: bool = False) -> Cell:
    if share is None:
        return Cell(UNDEFINED, "-1")
    strength = min(10, max(0, round(10 * share)))
    return Cell(percent(share), heat=strength if heat else None)


def _score_cell(found: MeanSd | None) -> Cell:
    """Mean, with the standard deviation as a note; sorted by all digits."""
    if found is None:
        return Cell(UNDEFINED, "-1")
    note = "" if found.sd is None else f"± {percent(found.sd)}"
    return Cell(percent(found.mean), f"{found.mean:.6f}", note)


def _heat_cell(found: MeanSd | None) -> Cell:
    """Mean, on a background as strong as the mean is high."""
    return _number_cell(None if found is None else found.mean, heat=True)


def _search_text(entry: Entry) -> str:
    """The texts that no cell of all tables has."""
    info = entry.info
    return " ".join((*info.authors, info.encoder, info.licence, *info.also_train))


def mark_of(info: Info, corpus: Corpus) -> str:
    """What a system learned from, as it is shown beside its name; empty for a ceiling."""
    return "" if info.kind == CEILING else lesson_words(lessons(info, corpus))
