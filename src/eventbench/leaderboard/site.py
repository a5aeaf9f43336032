"""The leaderboard as a Markdown page and as a static site.

Whatever entries say is other people's text: it is escaped in every page and in
Markdown, and only http and https addresses become links.
"""

from __future__ import annotations

import math
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import EventbenchError
from eventbench.dataset.building import Row, labels, rows
from eventbench.evaluation.predictions import read_attributes, read_predictions
from eventbench.evaluation.report import read_and_score, signature_line
from eventbench.html.article import HUES, render_article, template
from eventbench.html.error_analysis import F1, OUTCOMES, analyse, render_errors
from eventbench.io import made_whole
from eventbench.leaderboard.entry import (
    INFO_FILE,
    PREDICTIONS,
    RESULT_FILE,
    Entry,
    MeanSd,
    TaskResult,
    load_entries,
)
from eventbench.scoring.counts import Counts, Floats, micro_f1, prf
from eventbench.scoring.significance import ALPHA, TOLERANCE, Interval, compare, holm
from eventbench.systems.runner import attribute_values

HERE, NEW = "on these documents", "on new documents"
_SEEN = ("seen", "unseen", "near-duplicate", "no near-duplicate")
_BEST = 5
"""How many systems of a task the first page shows."""
_ROUNDS = 10_000
"""Of the randomisation, as `significance.compare` has them."""
_TOGETHER = 64
"""How many systems are randomised at a time, which bounds the memory."""
_MOST_WRONG = 15
"""How many confusions of attributes an entry's page shows."""

Progress = Callable[[str, float], None]
"""Is told what is done, and what part of the whole."""


@dataclass(frozen=True)
class _Task:
    """A task in words: ``right`` says what counts, ``ranked`` what the score is."""

    title: str
    what: str
    right: str
    measure: str
    parts: str

    @property
    def ranked(self) -> str:
        measure = self.measure[0].upper() + self.measure[1:]
        return (
            f"{measure} of all articles' counts together, for each seed by itself; the score "
            "is the mean over seeds, never the best of them."
        )


_TASKS = {
    "triggers": _Task(
        "Triggers",
        "Find the words that name an event, and say of which type it is.",
        "Right is a trigger with its type and both bounds.",
        "F1",
        "By type",
    ),
    "arguments": _Task(
        "Arguments",
        "Find who, whom, where, when and how many of events whose triggers are given.",
        "Right is an argument with its role and both bounds.",
        "F1",
        "By role",
    ),
    "attributes": _Task(
        "Attributes",
        "Decide subtype, status, reported and contested of given events.",
        "Each of the four is a decision of its own.",
        "share of right decisions",
        "By attribute",
    ),
    "events": _Task(
        "Events",
        "From the article alone: triggers, arguments, attributes and links.",
        "Right is an argument with its role and both bounds, on the right trigger (AC+).",
        "F1",
        "By measure",
    ),
}


@dataclass(frozen=True)
class Standing:
    """An entry in a task.

    Attributes:
        entry: the entry.
        result: its scores in the task.
        rank: from 1; systems of equal score have the same. None if it is not ranked.
        group: number of the group of systems that it cannot be told apart from.
    """

    entry: Entry
    result: TaskResult
    rank: int | None = None
    group: int | None = None

    @property
    def score(self) -> _Score:
        found = self.result.micro_f1
        here, new = (self.result.intervals.get(name) for name in (HERE, NEW))
        return _Score(found.mean, found.sd, here, new)


@dataclass(frozen=True)
class _Score:
    """A score as it is drawn."""

    mean: float
    sd: float | None
    here: Interval | None
    new: Interval | None


@dataclass(frozen=True)
class _Scale:
    """The part of 0 to 100 that drawings of one table share, so that they can be compared."""

    low: int
    high: int

    def at(self, share: float) -> str:
        """Where a share lies, from the left, as SVG has it."""
        return f"{100 * (100 * share - self.low) / (self.high - self.low):.2f}%"

    @property
    def ticks(self) -> list[int]:
        return list(range(self.low, self.high + 1, 10 if self.high - self.low <= 40 else 20))


_WHOLE = _Scale(0, 100)


def _scale(standings: Sequence[Standing]) -> _Scale:
    """From the lowest to the highest of what is drawn, in steps of 20."""
    drawn = [s.score for s in standings]
    ends = [end for s in drawn for i in (s.here, s.new) if i for end in (i.low, i.high)]
    ends += [s.mean for s in drawn]
    if not ends:
        return _WHOLE
    low = min(80, max(0, 20 * math.floor(5 * min(ends))))
    return _Scale(low, max(low + 20, min(100, 20 * math.ceil(5 * max(ends)))))


@dataclass(frozen=True)
class Board:
    """Every entry, ranked.

    Attributes:
        folder: the leaderboard.
        corpus: the data that its scores are of.
        entries: all of them.
        systems: by task the systems that do it, the best first.
        ceilings: by task what is not ranked, the best first.
        earlier: by task what was scored on other data, the best first.
        replaced: ids of entries of which a later revision does all tasks; they are not ranked.
    """

    folder: Path
    corpus: Corpus
    entries: tuple[Entry, ...]
    systems: dict[str, list[Standing]]
    ceilings: dict[str, list[Standing]]
    earlier: dict[str, list[Standing]]
    replaced: frozenset[str]


def read_board(leaderboard: Path, corpus: Corpus, progress: Progress | None = None) -> Board:
    """Read all entries and rank them.

    Args:
        leaderboard: folder of the entries.
        corpus: the data; entries of other data are kept apart.
        progress: told what is done, and what part of the whole.

    Raises:
        EventbenchError: naming the file, if an entry is not as it should be.
    """
    return rank(leaderboard, load_entries(leaderboard), corpus, progress)


def rank(
    leaderboard: Path,
    entries: Sequence[Entry],
    corpus: Corpus,
    progress: Progress | None = None,
) -> Board:
    """Rank entries that were read already; see `read_board`."""
    systems, ceilings, earlier = {}, {}, {}
    replaced = _replaced([entry for entry in entries if entry.is_of(corpus)])
    shown = [entry for entry in entries if entry.id not in replaced]
    for number, task in enumerate(_TASKS):
        found = [Standing(e, e.result.tasks[task]) for e in shown if task in e.result.tasks]
        found.sort(key=lambda s: (-s.result.micro_f1.mean, s.entry.id))
        current = [s for s in found if s.entry.is_of(corpus)]
        earlier[task] = [s for s in found if not s.entry.is_of(corpus)]
        ceilings[task] = [s for s in current if s.entry.info.kind == "ceiling"]
        competing = [s for s in current if s.entry.info.kind == "system"]
        systems[task] = _ranked(competing, _groups(competing, task, corpus))
        if progress:
            progress(f"ranking {task}", (number + 1) / len(_TASKS))
    return Board(leaderboard, corpus, tuple(entries), systems, ceilings, earlier, replaced)


def _replaced(entries: Sequence[Entry]) -> frozenset[str]:
    """The ids of entries all of whose tasks a later revision does too.

    Left in, each revision of a system would make it harder to tell any two systems apart.
    """
    revisions: dict[str, list[Entry]] = {}
    for entry in entries:
        revisions.setdefault(entry.info.system, []).append(entry)
    return frozenset(
        entry.id
        for entry in entries
        if any(
            _in_order(other.info.revision) > _in_order(entry.info.revision)
            and other.result.tasks.keys() >= entry.result.tasks.keys()
            for other in revisions[entry.info.system]
        )
    )


def _in_order(revision: str) -> list[str | int]:
    """What revisions are sorted by: their numbers by value, so that 10 comes after 9."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", revision)]


def _ranked(standings: Sequence[Standing], groups: Sequence[int]) -> list[Standing]:
    scores = [s.result.micro_f1.mean for s in standings]
    return [
        Standing(s.entry, s.result, scores.index(s.result.micro_f1.mean) + 1, group)
        for s, group in zip(standings, groups, strict=True)
    ]


# Groups that cannot be told apart


def _groups(standings: Sequence[Standing], task: str, corpus: Corpus) -> list[int]:
    """The group of each system, from 1; ``standings`` begin with the best.

    The best of those that have no group yet begins one, and all others of them whose
    difference from it is not significant join it: the larger p of both tests
    (`significance.compare`), adjusted by Holm over the comparisons with that one
    system, is not below `ALPHA`. Classes are summed up first, since micro-F1 knows none.
    """
    by_article = [_counts_by_article(s.result, corpus) for s in standings]

    @cache
    def by_sentence(k: int) -> Floats:
        folder = standings[k].entry.path / PREDICTIONS / task
        report = read_and_score(folder, corpus, task, intervals=False, verify=False)
        seeds = [c.values.sum(axis=1) for c in report.counts.values()]
        found: Floats = np.stack(seeds).mean(axis=0)
        return found

    groups = [0] * len(standings)
    left = list(range(len(standings)))
    number = 0
    while left:
        head, *others = left
        number += 1
        # The test on new documents needs counts of articles only, which results hold. What it
        # does not find significant by itself, the larger of its p and another is not either:
        # the other test, which needs counts of sentences, is for what remains.
        p = [
            compare(by_article[head], by_article[k], micro_f1, rounds=1).p_new_documents
            for k in others
        ]
        doubtful = [place for place, adjusted in enumerate(holm(p)) if adjusted < ALPHA]
        found = _randomised(by_sentence(head), [by_sentence(others[place]) for place in doubtful])
        for place, p_these_documents in zip(doubtful, found, strict=True):
            p[place] = max(p[place], p_these_documents)
        apart = [k for k, adjusted in zip(others, holm(p), strict=True) if adjusted < ALPHA]
        for k in left:
            groups[k] = groups[k] if k in apart else number
        left = apart
    return groups


def _randomised(head: Floats, others: Sequence[Floats]) -> list[float]:
    """Approximate randomisation of one system against each of others.

    The test on these documents of `significance.compare`, for hundreds of systems at a
    time: the swaps of the sentences are drawn once and serve all of them.

    Args:
        head: right, predicted and gold entities of each sentence, shape (sentences, 3),
            mean over seeds, which weighs systems of different numbers of seeds alike.
        others: the same of each other system.
    """
    if not others:
        return []
    rng = np.random.default_rng(0)
    swaps = (rng.random((_ROUNDS, len(head)), dtype=np.float32) < 0.5).astype(np.float64)
    result: list[float] = []
    for start in range(0, len(others), _TOGETHER):
        block = np.stack(others[start : start + _TOGETHER], axis=1)
        change = block - head[:, None]
        total, totals = head.sum(axis=0), block.sum(axis=0)
        moved = (swaps @ change.reshape(len(head), -1)).reshape(_ROUNDS, *totals.shape)
        statistic = abs(prf(total + moved).f1 - prf(totals - moved).f1)
        observed = abs(prf(total).f1 - prf(totals).f1)
        reached = (statistic >= observed - TOLERANCE).sum(axis=0)
        result += ((reached + 1) / (_ROUNDS + 1)).tolist()
    return result


def _counts_by_article(result: TaskResult, corpus: Corpus) -> list[Counts]:
    """The counts of each seed, of all classes together; a unit is an article."""
    articles = [document.id for document in corpus.documents]
    groups = np.arange(len(articles))

    def total(found: Mapping[str, Sequence[int]]) -> list[list[int]]:
        return [[sum(counts[k] for counts in found.values()) for k in range(3)]]

    return [
        Counts(("all",), np.array([total(found.get(a, {})) for a in articles]), groups)
        for found in result.counts.values()
    ]


# As Markdown


def markdown(board: Board) -> str:
    """``LEADERBOARD.md``: a table for each task; links lead to the folders of the entries."""
    corpus = board.corpus
    parts = [
        "# Leaderboard",
        f"Data {corpus.version} (fingerprint {corpus.fingerprint}), {len(corpus.documents)} "
        "articles, each predicted by a system that was not trained on it. Scores are in percent: "
        "the mean over seeds ± its standard deviation. *These* and *new* are 95 % intervals on "
        "these documents and on new ones. A *group* is its best system and "
        "every one whose difference from it is not significant in both tests, on these documents "
        "and on new ones (Holm): one whose scores vary more by article may be in it where a better "
        "one is not. Ceilings are not systems, and have no rank.",
    ]
    for task, words in _TASKS.items():
        parts += [f"## {words.title}", f"{words.what} {words.right} Score: {words.measure}."]
        shown = [*board.systems[task], *board.ceilings[task]]
        parts.append(_markdown_table(board, shown) if shown else "No entry yet.")
        if board.earlier[task]:
            parts += [
                f"### {words.title}: of an earlier version of the data",
                "Scored on other gold; not to be compared with the table above.",
                _markdown_table(board, board.earlier[task]),
            ]
    if board.replaced:
        links = ", ".join(f"[{i}]({i})" for i in sorted(board.replaced))
        parts.append(f"Not ranked, since a later revision does all their tasks: {links}.")
    return "\n\n".join(parts) + "\n"


def markdown_summary(board: Board) -> str:
    """Two tables for a page that links to the rest: every task, and triggers by type.

    Entries of this data, the best of the first task that they do first, then the ceilings.
    """
    found: dict[str, dict[str, Standing]] = {}
    for standings in (board.systems, board.ceilings):
        for task in _TASKS:
            for standing in standings[task]:
                found.setdefault(standing.entry.id, {})[task] = standing
    ids = sorted(
        {entry.id: 0 for entry in board.entries if entry.id in found}, key=list(found).index
    )

    shown = [next(iter(found[i].values())).entry for i in ids]
    names = _names(shown)
    ceilings = {entry.id for entry in shown if entry.info.kind != "system"}

    def name(entry_id: str) -> str:
        return "ceiling: " * (entry_id in ceilings) + _escape_markdown(names[entry_id])

    def cell(value: MeanSd | None) -> str:
        return _mean_sd(value) if value else "–"

    tasks = [["system", *(words.title.lower() for words in _TASKS.values())]]
    for entry_id in ids:
        mine = found[entry_id]
        scores = (mine[t].result.micro_f1 if t in mine else None for t in _TASKS)
        tasks.append([name(entry_id), *map(cell, scores)])
    types = board.corpus.scheme.event_types
    by_type = [["triggers", *types, "lemma seen", "unseen"]]
    for entry_id in ids:
        if "triggers" in found[entry_id]:
            result = found[entry_id]["triggers"].result
            recalls = (_percent(result.recall(part)) for part in ("seen", "unseen"))
            by_type.append([name(entry_id), *(cell(result.score(t)) for t in types), *recalls])
    return "\n\n".join(
        (
            _pipes(tasks, "lrrrr"),
            "F1 by event type, and recall of triggers whose lemma is a trigger in a training "
            "article, or is not:",
            _pipes(by_type, "l" + "r" * (len(types) + 2)),
        )
    )


def _names(entries: Iterable[Entry]) -> dict[str, str]:
    """By id the name of each entry, with its revision where there are several of its system."""
    infos = {entry.id: entry.info for entry in entries}
    revisions = Counter(info.system for info in infos.values())
    return {
        entry_id: f"{info.name} {info.revision}" if revisions[info.system] > 1 else info.name
        for entry_id, info in infos.items()
    }


def _markdown_table(board: Board, standings: Sequence[Standing]) -> str:
    lines = [["", "system", "group", "score", "these", "new", "parameters"]]
    for standing in standings:
        info, score = standing.entry.info, standing.score
        address = standing.entry.id  # the file lies in the leaderboard's folder
        place = standing.rank if standing.rank is not None else ""
        lines.append(
            [
                str(place) if info.kind == "system" else "ceiling",
                f"[{_escape_markdown(info.name)}]({address}) {info.revision}",
                "" if standing.group is None else str(standing.group),
                _mean_sd(standing.result.micro_f1),
                _range(score.here),
                _range(score.new),
                _parameters(info.parameters),
            ]
        )
    return _pipes(lines, "rlrrrrr")


def _pipes(lines: Sequence[Sequence[str]], align: str) -> str:
    """A table of GitHub's Markdown; cells are escaped already."""
    rule = ["---:" if side == "r" else ":---" for side in align]
    return "\n".join(f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]])


def _escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is, in a cell of a table too: no mark-up, no link."""
    text = " ".join(text.split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A colon, an at sign or www. would make an address a link by itself.
    text = re.sub(r"([\\`*_\[\](){}!|~:@$#])", r"\\\1", text)
    return re.sub(r"(?i)\bwww\.", lambda found: found[0][:-1] + r"\.", text)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"


def _mean_sd(found: MeanSd) -> str:
    spread = "" if found.sd is None else f" ± {_percent(found.sd)}"
    return f"{_percent(found.mean)}{spread}"


def _range(interval: Interval | None) -> str:
    return f"{_percent(interval.low)}–{_percent(interval.high)}" if interval else "–"


def _parameters(number: int | None) -> str:
    if number is None:
        return "unknown"
    for size, unit in ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k")):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return str(number)


# As a site


@dataclass(frozen=True)
class _Column:
    """A column of a sortable table.

    Attributes:
        title: its head.
        css: classes of its cells: how it sorts ("rank" upwards first, "number" downwards,
            "words" by letters, "drawing" not at all), and its view.
        first: "asc" or "desc", if the table is sorted by it to begin with.
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
class _Cell:
    """A cell: ``order`` is what it is sorted by, ``heat`` from 0 to 10 how strong its colour."""

    text: str
    order: str = ""
    note: str = ""
    heat: int | None = None
    chip: int = 0
    score: _Score | None = None


@dataclass(frozen=True)
class _Line:
    """A row of a table; ``words`` are what filters ask for, by the name of the filter."""

    entry: Entry
    cells: list[tuple[_Column, _Cell]]
    search: str
    words: dict[str, str]
    band: bool = False


@dataclass(frozen=True)
class _Table:
    caption: str
    columns: list[_Column]
    rows: list[_Line]
    scale: _Scale = _WHOLE
    sortable: bool = False


def build_board(board: Board, out: Path, progress: Progress | None = None) -> int:
    """Write the site: one folder of pages that load nothing from elsewhere.

    Args:
        board: the ranked entries.
        out: the folder; an earlier site there is replaced.
        progress: told what is done, and what part of the whole.

    Returns:
        How many pages were written. The same entries always give the same bytes.

    Raises:
        EventbenchError: if ``out`` holds something else, or something cannot be read or
            written.
    """
    is_site = (out / "index.html").is_file() and (out / "articles").is_dir()
    if out.exists() and not is_site and not (out.is_dir() and not any(out.iterdir())):
        raise EventbenchError(f"{out}: exists and is no earlier site; choose another --out")
    with made_whole(out) as new:
        site = _Site(board, new)
        site.write_assets()
        site.write_overview()
        for task in _TASKS:
            site.write_task(task)
        site.write_articles()
        for number, entry in enumerate(board.entries, 1):
            site.write_entry(entry)
            if progress:
                progress(entry.id, number / len(board.entries))
        return site.pages


@cache
def _page(name: str) -> Any:
    return template(f"board/{name}")


@dataclass
class _Site:
    """Writes the pages below ``out``."""

    board: Board
    out: Path
    pages: int = 0

    def _write(self, name: str, content: str) -> None:
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="")
        self.pages += name.endswith(".html")

    def _render(self, page: str, name: str, here: str, **values: Any) -> None:
        root = "../" * name.count("/")
        common = {
            "root": root,
            "here": here,
            "tasks": _TASKS,
            "corpus": self.board.corpus,
            "entry_folder": _entry_folder,
            "whole": _WHOLE,
        }
        self._write(name, _page(page).render(**common, **values))

    def write_assets(self) -> None:
        views = ("scores", "parts", "articles", "seen", "about")
        style = _page("board.css.j2").render(kinds=[], cards=[], hues=HUES, views=views)
        self._write("assets/board.css", style)
        for name in ("board.js", "datatables.min.js", "datatables.LICENSE.txt"):
            source = files("eventbench") / "html" / "templates" / "board" / name
            (self.out / "assets" / name).write_bytes(source.read_bytes())

    def write_articles(self) -> None:
        corpus = self.board.corpus
        self._render("articles.html.j2", "articles/index.html", "articles")
        for document in corpus.documents:
            title = corpus.titles[document.id]
            page = render_article(document, title, corpus.scheme)
            self._write(f"articles/{document.id}.html", page)

    def write_overview(self) -> None:
        board = self.board
        best = {
            task: {
                "standings": board.systems[task][:_BEST],
                "words": _in_short(board.systems[task], board.ceilings[task]),
                "scale": _scale(board.systems[task][:_BEST]),
            }
            for task in _TASKS
        }
        columns = [
            _Column("System", "entry words", first="asc"),
            *(_Column(words.title, "number") for words in _TASKS.values()),
            _Column("Parameters", "number"),
            _Column("Kind", "words"),
            _Column("Data", "words"),
        ]
        lines = []
        for entry in sorted(board.entries, key=lambda e: (e.info.name.casefold(), e.id)):
            kind = entry.info.kind if entry.is_of(board.corpus) else "earlier"
            kind = "replaced" if entry.id in board.replaced else kind
            cells = [_entry_cell(entry)]
            for task in _TASKS:
                result = entry.result.tasks.get(task)
                cells.append(_share_cell(result.micro_f1 if result else None))
            cells += [
                _parameters_cell(entry),
                _Cell(entry.info.kind, entry.info.kind),
                _Cell(entry.result.data.version, entry.result.data.version),
            ]
            words = {"kind": kind, "task": " ".join(entry.result.tasks)}
            lines.append(_line(entry, columns, cells, words))
        kinds = [
            ("", "all"),
            ("system", "systems"),
            ("ceiling", "ceilings"),
            ("earlier", "on earlier data"),
            ("replaced", "replaced by a later revision"),
        ]
        tasks = [("", "any"), *((name, words.title) for name, words in _TASKS.items())]
        self._render(
            "index.html.j2",
            "index.html",
            "index",
            systems=len({s.entry.id for shown in board.systems.values() for s in shown}),
            best=best,
            names=_names(s.entry for shown in board.systems.values() for s in shown),
            entries=_Table("All entries", columns, lines, sortable=True),
            selects=[("task", "Task", tasks), ("kind", "Kind", kinds)],
        )

    def write_task(self, task: str) -> None:
        board, words = self.board, _TASKS[task]
        systems, ceilings = board.systems[task], board.ceilings[task]
        earlier = board.earlier[task]
        columns = self._columns(task)
        seen = any(s.result.seen for s in (*systems, *ceilings))
        views = [("scores", "Scores"), ("parts", words.parts), ("articles", "By article")]
        views += [("seen", "Seen and unseen")] if seen else []
        views += [("about", "The systems")]

        def table(caption: str, found: Sequence[Standing], ranked: bool = False) -> _Table:
            lines = [self._task_line(task, s, columns) for s in found]
            shown = [c for c in columns if ranked or not c.ranked]
            for line in lines:
                line.cells[:] = [(c, cell) for c, cell in line.cells if c in shown]
            scale = _scale([*systems, *ceilings, *earlier])
            return _Table(f"{words.title}: {caption}", shown, lines, scale, sortable=ranked)

        self._render(
            "task.html.j2",
            f"{task}.html",
            task,
            task=words,
            views=views,
            groups=len({s.group for s in systems}),
            systems=table("systems", systems, ranked=True),
            ceilings=table("ceilings", ceilings),
            earlier=table("on earlier versions of the data", earlier),
            plot=_plot(systems, ceilings) if systems else None,
            selects=_selects(systems),
            seen=seen,
            alpha=ALPHA,
        )

    def _columns(self, task: str) -> list[_Column]:
        words = _TASKS[task]
        systems = (*self.board.systems[task], *self.board.ceilings[task])
        counted = task != "attributes"  # there every decision is made, or counts as wrong
        return [
            _Column("#", "rank"),
            _Column("System", "entry words"),
            _Column("Group", "rank chips"),
            _Column("F1" if words.measure == "F1" else "Right", "number main", first="desc"),
            _Column("Intervals", "drawing v-scores", axis=True),
            *(
                [_Column("Precision", "number v-scores"), _Column("Recall", "number v-scores")]
                if counted
                else []
            ),
            _Column("Seeds", "number v-scores"),
            *(_Column(name, "number v-parts") for name in self._parts(task)),
            *(_Column(d.id, "number v-articles") for d in self.board.corpus.documents),
            *(
                [_Column(name, "number v-seen") for name in _SEEN]
                if any(s.result.seen for s in systems)
                else []
            ),
            _Column("Parameters", "number v-about"),
            _Column("Encoder", "words v-about"),
            _Column("Protocol", "words v-about"),
            _Column("Articles seen", "words v-about"),
            _Column("Licence", "words v-about"),
        ]

    def _parts(self, task: str) -> list[str]:
        """The classes of tags, or the figures, that a task has columns for."""
        scheme = self.board.corpus.scheme
        if task == "triggers":
            return list(scheme.event_types)
        if task == "arguments":
            return list(scheme.argument_roles())
        standings = (*self.board.systems[task], *self.board.ceilings[task])
        return list(
            dict.fromkeys(
                name for s in standings for found in s.result.figures.values() for name in found
            )
        )

    def _task_line(self, task: str, standing: Standing, columns: list[_Column]) -> _Line:
        info, result = standing.entry.info, standing.result
        tagged = task in ("triggers", "arguments")
        cells = [
            _Cell(str(standing.rank or ""), str(standing.rank or "")),
            _entry_cell(standing.entry),
            _Cell(str(standing.group or ""), str(standing.group or ""), chip=standing.group or 0),
            _share_cell(result.micro_f1),
            _Cell("", score=standing.score),
        ]
        if task != "attributes":
            pooled = [s["micro avg"] for s in result.pooled.values() if "micro avg" in s]
            for name in ("precision", "recall"):
                found = mean(getattr(s, name) for s in pooled) if pooled else None
                cells.append(_number_cell(found))
        cells.append(_Cell(str(len(result.seeds)), str(len(result.seeds))))
        for name in self._parts(task):
            cells.append(
                _share_cell(result.score(name) if tagged else result.figure(name), heat=True)
            )
        for document in self.board.corpus.documents:
            cells.append(_share_cell(result.document(document.id), heat=True))
        if len(columns) - len(cells) > 5:
            cells += [_number_cell(result.recall(part), heat=True) for part in _SEEN]
        cells += [
            _parameters_cell(standing.entry),
            *(
                _Cell(text, text.casefold())
                for text in (info.encoder, info.protocol, info.articles_seen, info.licence)
            ),
        ]
        words = {
            "protocol": info.protocol.replace(" ", "-"),
            "articles": info.articles_seen,
            "group": str(standing.group or ""),
        }
        band = (standing.group or 1) % 2 == 0
        return _line(standing.entry, columns, cells, words, band)

    def write_entry(self, entry: Entry) -> None:
        folder = _entry_folder(entry)
        names = [INFO_FILE, RESULT_FILE, *(n for n in sorted(entry.result.files) if n != INFO_FILE)]
        downloads = []
        for name in names:
            target = self.out / folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(entry.path / name, target)
            downloads.append((name, _size(target.stat().st_size)))
        current = entry.is_of(self.board.corpus)
        parts = [
            self._entry_part(entry, task, current) for task in _TASKS if task in entry.result.tasks
        ]
        url = entry.info.url
        self._render(
            "entry.html.j2",
            f"{folder}/index.html",
            "entry",
            entry=entry,
            current=current,
            known={document.id for document in self.board.corpus.documents},
            parts=parts,
            parameters=_parameters(entry.info.parameters),
            link=url if re.match(r"(?i)https?://", url) else "",
            downloads=downloads[:2],
            predictions=downloads[2:],
        )

    def _entry_part(self, entry: Entry, task: str, current: bool) -> dict[str, Any]:
        result = entry.result.tasks[task]
        standing = self._standings[task].get(entry.id, Standing(entry, result))
        place = ""
        if entry.id in self.board.replaced:
            place = "not ranked: a later revision does all its tasks"
        if standing.rank is not None:
            total = len(self.board.systems[task])
            place = f"rank {standing.rank} of {total}, group {standing.group}"
        names = dict.fromkeys(name for found in result.pooled.values() for name in found)
        articles = dict.fromkeys(a for found in result.by_document.values() for a in found)
        figures = dict.fromkeys(name for found in result.figures.values() for name in found)
        errors = None
        if current and task in ("triggers", "arguments"):
            errors = self._write_errors(standing, task)
        return {
            "name": task,
            "task": _TASKS[task],
            "result": result,
            "score": standing.score,
            "place": place,
            "documents": [(article, result.document(article)) for article in articles],
            "classes": [(name, _class(result, name)) for name in names],
            "seen": [(part, result.recall(part)) for part in _SEEN] if result.seen else [],
            "figures": [(name, result.figure(name)) for name in figures],
            "errors": errors,
            "wrong": self._wrong_decisions(standing) if current and task == "attributes" else [],
            "signature": signature_line(result.signature),
        }

    @cached_property
    def _standings(self) -> dict[str, dict[str, Standing]]:
        return {task: {s.entry.id: s for s in found} for task, found in self.board.systems.items()}

    def _write_errors(self, standing: Standing, task: str) -> dict[str, Any]:
        """The page of the errors of an entry's first seed, and what its own page says of them."""
        entry = standing.entry
        seed = standing.result.seeds[0]
        gold, known, classes = self._gold[task]
        folder = entry.path / PREDICTIONS / task / f"seed{seed}"
        (tags,) = read_predictions(folder, gold, known, task).values()
        report = analyse(gold, tags, classes)
        score = standing.score
        drawn = F1(
            score.mean,
            (score.here.low, score.here.high) if score.here else None,
            (score.new.low, score.new.high) if score.new else None,
        )
        title = f"{entry.info.name} {entry.info.revision}, seed {seed}"
        page = render_errors(report, title, {"mean over seeds": drawn})
        self._write(f"{_entry_folder(entry)}/errors-{task}.html", page)
        found = Counter(match.outcome for match in report.matches)
        return {"seed": seed, "outcomes": [(name, found[name]) for name in OUTCOMES]}

    def _wrong_decisions(self, standing: Standing) -> list[tuple[str, str, str, int]]:
        """What an entry's first seed took for what, the most frequent first, and how often."""
        folder = (
            standing.entry.path / PREDICTIONS / "attributes" / f"seed{standing.result.seeds[0]}"
        )
        gold, values = self._decisions
        (said,) = read_attributes(folder, gold, values).values()
        wrong = Counter(
            (name, row[name], said[row["id"]][name] or "nothing")
            for name in values
            for row in gold
            if said[row["id"]][name] != row[name]
        )
        return [(*confused, number) for confused, number in wrong.most_common(_MOST_WRONG)]

    @cached_property
    def _decisions(self) -> tuple[list[Row], dict[str, list[str]]]:
        corpus = self.board.corpus
        return rows(corpus, "attributes", with_seen=False), attribute_values(corpus)

    @cached_property
    def _gold(self) -> dict[str, tuple[list[Row], list[str], Sequence[str]]]:
        """By task of tags: its rows, its labels and its classes, in the order of the scheme."""
        corpus = self.board.corpus
        scheme = corpus.scheme
        return {
            task: (rows(corpus, task), labels(scheme, task), classes)
            for task, classes in (
                ("triggers", scheme.event_types),
                ("arguments", scheme.argument_roles()),
            )
        }


def _entry_folder(entry: Entry) -> str:
    return f"entries/{entry.id}"


def _line(
    entry: Entry,
    columns: list[_Column],
    cells: list[_Cell],
    words: dict[str, str],
    band: bool = False,
) -> _Line:
    info = entry.info
    told = (info.name, entry.id, *info.authors, info.encoder, info.licence)
    search = " ".join(told).lower()
    return _Line(entry, list(zip(columns, cells, strict=True)), search, words, band)


def _entry_cell(entry: Entry) -> _Cell:
    return _Cell(entry.info.name, f"{entry.info.name} {entry.id}".casefold())


def _number_cell(share: float | None, heat: bool = False) -> _Cell:
    if share is None:
        return _Cell("–", "-1")
    return _Cell(_percent(share), f"{share:.10f}", heat=round(10 * share) if heat else None)


def _share_cell(found: MeanSd | None, heat: bool = False) -> _Cell:
    if found is None:
        return _Cell("–", "-1")
    note = "" if found.sd is None or heat else f"± {_percent(found.sd)}"
    return _Cell(
        _percent(found.mean),
        f"{found.mean:.10f}",
        note,
        heat=min(10, max(0, round(10 * found.mean))) if heat else None,
    )


def _parameters_cell(entry: Entry) -> _Cell:
    number = entry.info.parameters
    return _Cell(_parameters(number), str(-1 if number is None else number))


def _class(result: TaskResult, name: str) -> dict[str, Any]:
    found = [scores[name] for scores in result.pooled.values() if name in scores]
    return {
        "f1": result.score(name),
        "precision": mean(s.precision for s in found),
        "recall": mean(s.recall for s in found),
        "support": max(s.support for s in found),
    }


def _in_short(systems: Sequence[Standing], ceilings: Sequence[Standing]) -> str:
    """How many systems there are, how many are like the best, and the ceilings."""
    equal = sum(s.group == 1 for s in systems)
    number = "1 system" if len(systems) == 1 else f"{len(systems)} systems"
    words = [number + (f", {equal - 1} not told apart from the best" if equal > 1 else "")]
    words += [f"{s.entry.info.name}: {_percent(s.result.micro_f1.mean)}" for s in ceilings]
    return "; ".join(words)


def _selects(systems: Sequence[Standing]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The filters of a task's table: those that have something to choose between."""
    protocols = sorted({s.entry.info.protocol for s in systems})
    answers = sorted({s.entry.info.articles_seen for s in systems})
    groups = sorted({s.group for s in systems if s.group is not None})
    found = [
        ("group", "Group", [(str(g), str(g)) for g in groups]),
        ("protocol", "Protocol", [(p.replace(" ", "-"), p) for p in protocols]),
        ("articles", "Articles seen", [(a, a) for a in answers]),
    ]
    return [(name, title, [("", "all"), *c]) for name, title, c in found if len(c) > 1]


def _size(number: int) -> str:
    return f"{number / 1000:.1f} kB" if number >= 1000 else f"{number} B"


# The plot of size against score


@dataclass(frozen=True)
class _Dot:
    entry: Entry
    group: int
    x: float
    y: float
    text: str


@dataclass(frozen=True)
class _Label:
    x: float
    y: float
    anchor: str
    text: str


@dataclass(frozen=True)
class _Plot:
    """A scatter plot in its own units, about pixels."""

    width: int = 820
    height: int = 400
    left: int = 40
    right: int = 805
    top: int = 12
    bottom: int = 345
    x_ticks: list[tuple[float, str]] = field(default_factory=list)
    y_ticks: list[tuple[float, str]] = field(default_factory=list)
    lines: list[tuple[float, str]] = field(default_factory=list)
    dots: list[_Dot] = field(default_factory=list)
    labels: list[_Label] = field(default_factory=list)

    def y(self, share: float) -> float:
        return round(self.bottom - (self.bottom - self.top) * share, 1)


_STRIP = 70
"""Width of the strips for systems of no parameters and of an unknown number."""
_LINE = 14
"""Height of a label: ceilings that are closer share a line."""
_LETTER = 6.6
"""About the width of a letter of a label."""


def _plot(systems: Sequence[Standing], ceilings: Sequence[Standing]) -> _Plot:
    plot = _Plot()
    sizes = [s.entry.info.parameters for s in systems]
    strips = {}
    at = float(plot.left)
    for value, name in ((None, "unknown"), (0, "none")):
        if value in sizes:
            strips[value] = at + _STRIP / 2
            plot.x_ticks.append((strips[value], name))
            at += _STRIP
    known = [size for size in sizes if size]
    first = math.floor(math.log10(min(known))) if known else 0
    last = max(first + 1, math.ceil(math.log10(max(known)))) if known else 1
    step = (plot.right - 20 - at - 20) / (last - first)
    if known:
        plot.x_ticks.extend(
            (round(at + 20 + step * k, 1), _parameters(10 ** (first + k)))
            for k in range(last - first + 1)
        )
    plot.y_ticks.extend((plot.y(share / 100), str(share)) for share in (0, 25, 50, 75, 100))
    for ceiling in ceilings:
        score = ceiling.result.micro_f1
        line = (plot.y(score.mean), f"{ceiling.entry.info.name} {_percent(score.mean)}")
        if plot.lines and abs(plot.lines[-1][0] - line[0]) < _LINE:
            plot.lines[-1] = (plot.lines[-1][0], f"{plot.lines[-1][1]}, {line[1]}")
        else:
            plot.lines.append(line)
    for number, standing in enumerate(systems):
        size = standing.entry.info.parameters
        if size:
            x = at + 20 + step * (math.log10(size) - first)
        else:  # side by side, so that dots of one height stay apart
            x = strips[size] + (number * 7) % 31 - 15
        score = standing.result.micro_f1
        text = f"{_mean_sd(score)}, {_parameters(size)} parameters, rank {standing.rank}"
        dot = _Dot(standing.entry, standing.group or 0, round(x, 1), plot.y(score.mean), text)
        plot.dots.append(dot)
    plot.labels.extend(_labels(plot))
    # The best lies on top.
    plot.dots.reverse()
    return plot


def _labels(plot: _Plot) -> Iterator[_Label]:
    """Names beside the dots, the best first, wherever there is room."""
    names = _names(dot.entry for dot in plot.dots)
    taken = [(d.x - 6, d.y - 6, d.x + 6, d.y + 6) for d in plot.dots]
    taken += [(plot.right - _LETTER * len(text), y - 18, plot.right, y) for y, text in plot.lines]
    for dot in plot.dots:
        name = names[dot.entry.id]
        text = name if len(name) <= 24 else f"{name[:23]}…"
        width = _LETTER * len(text)
        for x, anchor, low in (
            (dot.x + 9, "start", dot.x + 9),
            (dot.x - 9, "end", dot.x - 9 - width),
        ):
            box = (low, dot.y - 8, low + width, dot.y + 6)
            inside = box[0] >= plot.left and box[2] <= plot.right
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                yield _Label(x, dot.y + 4, anchor, text)
                break


def _overlap(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
