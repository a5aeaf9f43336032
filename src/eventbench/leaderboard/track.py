"""The pages of one board of the site: its overview, tasks, entries and articles.

Texts of entries are untrusted: every page escapes them. Only http and https addresses become
links, since `eventbench.leaderboard.info` refuses others.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eventbench.html.article import render_article, template
from eventbench.leaderboard.board import Board, Standing, plain_names
from eventbench.leaderboard.entry import RESULT_FILE, Entry
from eventbench.leaderboard.entry_page import entry_part, learned_from_versions
from eventbench.leaderboard.formatting import (
    EXTRA,
    lesson_words,
    lessons,
    parameters,
    protocol_sentence,
)
from eventbench.leaderboard.info import CEILING, INFO_FILE
from eventbench.leaderboard.plot import plot, speed_of
from eventbench.leaderboard.speed import SPEED_FILE
from eventbench.leaderboard.tables import (
    WHOLE,
    entries_table,
    lesson_value,
    mark_of,
    scale_of,
    task_table,
)
from eventbench.scoring.comparison import ALPHA
from eventbench.scoring.intervals import CONFIDENCE
from eventbench.scoring.letters import MOST_LETTERS, letter
from eventbench.tasks.base import Task
from eventbench.text import percent, plural

_BEST = 5
"""Systems of each task on the first page of a board."""

Select = tuple[str, str, list[tuple[str, str]]]
"""A filter above a table: its name, its label, and its choices with their labels."""


def entry_folder(entry: Entry) -> str:
    """The folder of an entry's page below that of its board."""
    return f"entries/{entry.id}"


@dataclass
class Pages:
    """Writes pages below a folder and counts them."""

    out: Path
    number: int = 0

    def write(self, name: str, content: str) -> None:
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="")
        self.number += name.endswith(".html")


@dataclass
class Track:
    """Writes the pages of a board.

    Attributes:
        board: the board.
        pages: where to write them, below ``folder``.
        folder: folder of the board in the site, "" or with a slash at its end.
        tracks: the boards of the site, by folder; empty for a site of this board alone.
        archives: the folders of those that are archives.
    """

    board: Board
    pages: Pages
    folder: str = ""
    tracks: Mapping[str, Board] = field(default_factory=dict)
    archives: Collection[str] = ()

    def write(self, progress: Callable[[str, float], None]) -> None:
        """Write all pages; ``progress`` is called after each entry."""
        self.write_overview()
        for task in self.board.tasks.values():
            self.write_task(task)
        self.write_articles()
        for number, entry in enumerate(self.board.entries, 1):
            self.write_entry(entry)
            progress(f"{self.folder}{entry.id}", number / len(self.board.entries))

    def _render(self, page: str, name: str, here: str, **values: Any) -> None:
        root = "../" * name.count("/")
        common = {
            "root": root,
            "top": root + "../" * self.folder.count("/"),
            "here": here,
            "tasks": self.board.tasks,
            "tracks": self.tracks,
            "archives": self.archives,
            "is_archive": self.folder in self.archives,
            "corpus": self.board.corpus,
            "tested": len(self.board.corpus.test_articles),
            "entry_folder": entry_folder,
            "mark_of": mark_of,
            "whole": WHOLE,
        }
        content = template(f"board/{page}").render(**common, **values)
        self.pages.write(self.folder + name, content)

    def write_articles(self) -> None:
        corpus = self.board.corpus
        self._render("articles.html.j2", "articles/index.html", "articles")
        for document in corpus.documents:
            page = render_article(
                document, document.title, corpus.scheme, credit=corpus.info.credit
            )
            self.pages.write(f"{self.folder}articles/{document.id}.html", page)

    def write_overview(self) -> None:
        board = self.board
        best = {
            name: {
                "standings": board.systems[name][:_BEST],
                "words": in_short(board.systems[name], board.ceilings[name]),
                "scale": scale_of(board.systems[name][:_BEST]),
            }
            for name in board.tasks
        }
        ranked = [standing for found in board.systems.values() for standing in found]
        self._render(
            "index.html.j2",
            "index.html",
            "index",
            systems=number_of_systems(board),
            extra=_explained(board.entries),
            protocol=protocol_sentence(board.corpus),
            best=best,
            names=plain_names(standing.entry for standing in ranked),
            entries=entries_table(board),
            selects=_overview_selects(board),
        )

    def write_task(self, task: Task) -> None:
        board, name = self.board, task.name
        systems, ceilings = board.systems[name], board.ceilings[name]
        seen = any(s.result.seen for s in board.current(name))
        views = [("scores", "Scores"), ("parts", task.section_title)]
        views += [("values", "By value")] if task.value_section else []
        views += [("articles", "By article")]
        views += [("seen", "Seen and unseen")] if seen else []
        views += [("about", "The systems")]
        earlier = "on earlier versions of the data"
        pages = {s.entry.id: f"{entry_folder(s.entry)}/index.html" for s in systems}
        timed = [s for s in systems if name in s.entry.speed]
        self._render(
            "task.html.j2",
            f"{name}.html",
            name,
            task=task,
            fingerprint=board.judge.gold(name).fingerprint,
            views=views,
            letters=len({k for s in systems for k in s.letters}),
            systems=task_table(board, task, "systems", systems, ranked=True),
            ceilings=task_table(board, task, "ceilings", ceilings),
            earlier=task_table(board, task, earlier, board.earlier[name]),
            plot=plot(systems, ceilings, pages) if systems else None,
            speed=plot(timed, ceilings, pages, speed_of(name)) if timed else None,
            untimed=len(systems) - len(timed),
            selects=_task_selects(board, systems),
            seen=seen,
            extra=_explained(s.entry for s in board.current(name)),
            alpha=ALPHA,
            confidence=f"{100 * CONFIDENCE:g} %",
            most_letters=MOST_LETTERS,
        )

    def write_entry(self, entry: Entry) -> None:
        downloads = self._copy_files(entry)
        folder = entry_folder(entry)

        def write(name: str, content: str) -> None:
            self.pages.write(f"{self.folder}{folder}/{name}", content)

        self._render(
            "entry.html.j2",
            f"{folder}/index.html",
            "entry",
            entry=entry,
            known={document.id for document in self.board.corpus.documents},
            parts=[
                entry_part(self.board, entry, task, write)
                for name, task in self.board.tasks.items()
                if name in entry.result.tasks
            ],
            parameters=parameters(entry.info.parameters),
            learned_from=learned_from_versions(entry, self.board.corpus),
            downloads=[one for one in downloads if "/" not in one[0]],
            predictions=[one for one in downloads if "/" in one[0]],
        )

    def _copy_files(self, entry: Entry) -> list[tuple[str, str]]:
        """Copy the files of an entry; their names and sizes, predictions last."""
        names = [INFO_FILE, RESULT_FILE, *([SPEED_FILE] if entry.speed else [])]
        names += [name for name in sorted(entry.result.files) if name not in names]
        copied = []
        for name in names:
            target = self.pages.out / self.folder / entry_folder(entry) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(entry.path / name, target)
            copied.append((name, _size(target.stat().st_size)))
        return copied


def number_of_systems(board: Board) -> int:
    """How many systems are ranked in any task."""
    return len({s.entry.id for found in board.systems.values() for s in found})


def _explained(entries: Iterable[Entry]) -> str:
    """Explains the marks of systems that learned from other corpora, if there are any."""
    return EXTRA if any(entry.info.also_train for entry in entries) else ""


def in_short(systems: Sequence[Standing], ceilings: Sequence[Standing]) -> str:
    """A summary of a task: how many systems, how many as good as the best, and ceilings."""
    equal = sum(not set(s.letters).isdisjoint(systems[0].letters) for s in systems)
    number = plural(len(systems), "system")
    words = [number + (f", {equal - 1} not significantly worse than the best" if equal > 1 else "")]
    words += [f"{s.entry.info.name}: {percent(s.score.mean)}" for s in ceilings]
    return "; ".join(words)


def _overview_selects(board: Board) -> list[Select]:
    """Filters of the table of all entries."""
    kinds = [
        ("", "all"),
        ("system", "systems"),
        ("ceiling", "ceilings"),
        ("earlier", "on earlier data"),
        ("replaced", "replaced by a later revision"),
    ]
    tasks = [("", "any"), *((name, task.title) for name, task in board.tasks.items())]
    systems = (entry for entry in board.entries if entry.info.kind != CEILING)
    learned = _learned_choices(board, systems)
    selects: list[Select] = [("task", "Task", tasks), ("kind", "Kind", kinds)]
    return selects + ([("learned", "Learned from", learned)] if len(learned) > 2 else [])


def _task_selects(board: Board, systems: Sequence[Standing]) -> list[Select]:
    """Filters of the table of a task that have more than one choice."""
    protocols = sorted({s.entry.info.protocol for s in systems})
    answers = sorted({s.entry.info.articles_seen for s in systems})
    shared = [letter(k) for k in sorted({k for s in systems for k in s.letters[:MOST_LETTERS]})]
    found = [
        ("learned", "Learned from", _learned_choices(board, (s.entry for s in systems))[1:]),
        ("letter", "Letter", [(name, name) for name in shared]),
        ("protocol", "Protocol", [(p.replace(" ", "-"), p) for p in protocols]),
        ("articles", "Articles seen", [(a, a) for a in answers]),
    ]
    return [(name, title, [("", "all"), *c]) for name, title, c in found if len(c) > 1]


def _learned_choices(board: Board, entries: Iterable[Entry]) -> list[tuple[str, str]]:
    """The choices of the filter by what systems learned from, the shortest first."""
    found = {lessons(entry.info, board.corpus) for entry in entries}
    ordered = sorted(found, key=lambda one: (len(one), one))
    words = map(lesson_words, ordered)
    return [("", "all"), *((lesson_value(text), text) for text in words)]


def _size(number: int) -> str:
    return f"{number / 1000:.1f} kB" if number >= 1000 else f"{number} B"
