"""The ranked entries of one corpus, as an object that prints its scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from eventbench.corpus.loading import Corpus
from eventbench.errors import EventbenchError
from eventbench.leaderboard.entry import Entry, TaskResult
from eventbench.leaderboard.formatting import EXTRA, LETTERS, extra_mark
from eventbench.leaderboard.info import CEILING
from eventbench.leaderboard.judge import Judge
from eventbench.printing import Grid
from eventbench.scoring.intervals import NEW_DOCUMENTS, THESE_DOCUMENTS, Interval
from eventbench.scoring.letters import Letters, letter_names
from eventbench.tasks.base import Task
from eventbench.text import UNDEFINED, percent, plural


@dataclass(frozen=True)
class Estimate:
    """A score with its uncertainty; all numbers are between 0 and 1.

    Attributes:
        mean: mean over seeds.
        sd: sample standard deviation over seeds; None with one seed.
        here: interval on these documents; None if unknown, or nothing varies.
        new: interval on new documents; None if unknown, or nothing varies.
    """

    mean: float
    sd: float | None
    here: Interval | None
    new: Interval | None


@dataclass(frozen=True)
class Standing:
    """The place of an entry in a task.

    Attributes:
        entry: the entry.
        result: scores of the entry in the task.
        rank: from 1; equal scores share a rank. None if the entry is not ranked.
        letters: systems that share a letter, here by number from 0, cannot be told apart;
            empty if the entry is not ranked.
        worse: places of the systems below it that it is told apart from, from 0.
        minus_best: its score minus that of the best system, with the interval on new
            documents; None if unknown.
        pseudo: its jackknife pseudo-values by article, of which those of two systems give the
            interval of their difference; empty if unknown.
    """

    entry: Entry
    result: TaskResult
    rank: int | None = None
    letters: Letters = ()
    worse: tuple[int, ...] = ()
    minus_best: Interval | None = None
    pseudo: tuple[float, ...] = ()

    @property
    def letter_names(self) -> str:
        """Its letters as people read them ("ab"); see `letters.letter_names`."""
        return letter_names(self.letters)

    @property
    def score(self) -> Estimate:
        found, intervals = self.result.score, self.result.intervals
        found_intervals = (intervals.get(name) for name in (THESE_DOCUMENTS, NEW_DOCUMENTS))
        here, new = (i if i and i.varies else None for i in found_intervals)
        return Estimate(found.mean, found.sd, here, new)


@dataclass(frozen=True)
class Board:
    """All entries of a corpus, ranked; ``print`` shows a summary.

    Attributes:
        folder: directory of the corpus's entries.
        judge: the corpus, with the gold of its tasks.
        entries: all entries of the corpus.
        systems: ranked systems by task, best first.
        ceilings: ceilings by task, best first; they are not ranked.
        earlier: results on earlier data by task, best first; they are not ranked.
        replaced: ids of entries that are not ranked because a later revision covers all
            of their tasks.
    """

    folder: Path
    judge: Judge = field(repr=False)
    entries: tuple[Entry, ...]
    systems: dict[str, list[Standing]]
    ceilings: dict[str, list[Standing]]
    earlier: dict[str, list[Standing]]
    replaced: frozenset[str]

    def __repr__(self) -> str:
        return f"Board({self.corpus.id!r}, {plural(len(self.entries), 'entry', 'entries')})"

    def __str__(self) -> str:
        return "\n\n".join(f"{grid.title}\n\n{grid.text()}" for grid in self.summary())

    @property
    def corpus(self) -> Corpus:
        return self.judge.corpus

    @property
    def tasks(self) -> dict[str, Task]:
        """The tasks that apply to the corpus by name, in display order."""
        return self.judge.tasks

    def current(self, task: str) -> list[Standing]:
        """Systems and ceilings of a task, scored on the data of today."""
        return [*self.systems[task], *self.ceilings[task]]

    def is_current(self, entry: Entry, task: str) -> bool:
        """Return True if a task of an entry was scored on the data of today."""
        return entry.is_of(self.judge.gold(task))

    def names(self, task: Task, section: str) -> list[str]:
        """Names of a section of a task: those of the scheme, then others in the results."""
        known = task.section_names(self.corpus.scheme) if section == task.section else ()
        found = (s.result.names(section) for s in self.current(task.name))
        return list(dict.fromkeys([*known, *(name for names in found for name in names)]))

    def support(self, task: Task, section: str) -> dict[str, int]:
        """How often each name of a section occurs in the gold, as the results say."""
        counts: dict[str, int] = {}
        for standing in self.current(task.name):
            for scores in standing.result.sections.values():
                for name, score in scores.get(section, {}).items():
                    counts[name] = max(score.support, counts.get(name, 0))
        return counts

    def summary(self) -> list[Grid]:
        """Short tables: the scores in every task with entries, then one task in detail.

        The detail is of the first task whose results tell apart what other articles have.
        The rows are the current entries: systems ordered by their place in the first task
        that they do, then ceilings.
        """
        rows = self._rows()
        tasks = [name for name in self.tasks if self.current(name)] or list(self.tasks)
        scores = [
            [name, *(str(found[t].result.score) if t in found else UNDEFINED for t in tasks)]
            for name, found in rows
        ]
        titles = [self.tasks[name].title.lower() for name in tasks]
        entries = (next(iter(found.values())).entry for _, found in rows)
        about = [LETTERS, *([EXTRA] if any(entry.info.also_train for entry in entries) else [])]
        letters = {
            column: [found[name].letter_names if name in found else "" for _, found in rows]
            for column, name in enumerate(tasks, 1)
        }
        grids = [Grid(["system", *titles], scores, " ".join(about), letters=letters)]
        for task in self.tasks.values():
            if any(s.result.seen for s in self.current(task.name)):
                done = [(name, found[task.name]) for name, found in rows if task.name in found]
                return [*grids, self._detail(task, done)]
        return grids

    def values(self, attribute: str) -> Grid:
        """A table of the F1 of each value of an attribute, with its number in the gold.

        Args:
            attribute: an attribute of events in the scheme of the corpus.

        Raises:
            EventbenchError: if no entry has scores of its values.
        """
        for task in self.tasks.values():
            values = self.names(task, task.value_section) if task.value_section else []
            names = [name for name in values if name.startswith(f"{attribute}:")]
            if names:
                found = [
                    (row, by_task[task.name])
                    for row, by_task in self._rows()
                    if task.name in by_task
                ]
                support = self.support(task, task.value_section)
                counts = {name: support[name] for name in names}
                return _values(attribute, task, counts, found)
        expected = ", ".join(self.corpus.scheme.attributes) or "none, the scheme has no attributes"
        raise EventbenchError(
            f"no entry of {self.corpus.id} has scores of the values of {attribute!r}; "
            f"attributes are: {expected}"
        )

    def _rows(self) -> list[tuple[str, dict[str, Standing]]]:
        """The name of each current entry, with its standings by task."""
        standings: dict[str, dict[str, Standing]] = {}
        for group in (self.systems, self.ceilings):
            for name in self.tasks:
                for standing in group[name]:
                    standings.setdefault(standing.entry.id, {})[name] = standing
        shown = display_names(next(iter(found.values())).entry for found in standings.values())
        return [(_row_name(by_task, shown), by_task) for by_task in standings.values()]

    def _detail(self, task: Task, standings: list[tuple[str, Standing]]) -> Grid:
        names = self.names(task, task.section)
        title = (
            f"{task.title}: F1 {task.section_title.lower()}, and recall of gold whose trigger "
            "lemma is also a trigger in another article of this corpus (lemma seen) or in none "
            "(unseen):"
        )
        rows = [
            [
                shown,
                *(str(s.result.of(task.section, name) or UNDEFINED) for name in names),
                *(percent(s.result.recall(part)) for part in ("seen", "unseen")),
            ]
            for shown, s in standings
        ]
        columns = [task.title.lower(), *names, "lemma seen", "unseen"]
        return Grid(columns, rows, title)


def _values(
    attribute: str,
    task: Task,
    counts: Mapping[str, int],
    standings: list[tuple[str, Standing]],
) -> Grid:
    """The table of `Board.values`, the most frequent values first."""
    names = sorted(counts, key=lambda name: -counts[name])
    rows = [
        [shown, *(str(s.result.of(task.value_section, name) or UNDEFINED) for name in names)]
        for shown, s in standings
    ]
    heads = (f"{name.partition(':')[2]} ({counts[name]})" for name in names)
    title = f"{task.title}: F1 of each value of {attribute} (number in the gold):"
    return Grid([attribute, *heads], rows, title)


def _row_name(by_task: dict[str, Standing], shown: dict[str, str]) -> str:
    entry = next(iter(by_task.values())).entry
    return "ceiling: " * (entry.info.kind == CEILING) + shown[entry.id]


def display_names(entries: Iterable[Entry]) -> dict[str, str]:
    """Names of entries by id, with `extra_mark`, to be shown; see `plain_names`."""
    entries = list(entries)
    marks = {entry.id: extra_mark(entry.info) for entry in entries}
    names = plain_names(entries)
    return {id: " ".join(filter(None, [name, marks[id]])) for id, name in names.items()}


def plain_names(entries: Iterable[Entry]) -> dict[str, str]:
    """Names of entries by id, with the revision if several of a system are given."""
    infos = {entry.id: entry.info for entry in entries}
    revisions = Counter(info.system for info in infos.values())
    return {
        id: f"{info.name} {info.revision}" if revisions[info.system] > 1 else info.name
        for id, info in infos.items()
    }
