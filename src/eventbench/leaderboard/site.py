"""The leaderboard as a static site.

Texts of entries are untrusted: every page escapes them. Only http and https addresses become
links, since `eventbench.leaderboard.info` refuses others.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from statistics import mean
from typing import Any

from eventbench.corpus.loading import Corpus
from eventbench.errors import EventbenchError
from eventbench.evaluation.diagnosis import diagnose_answers
from eventbench.html.article import render_article, template
from eventbench.html.cards import HUES
from eventbench.html.errors import render_errors
from eventbench.io import atomic_output, is_empty_directory
from eventbench.leaderboard.board import MOST_LETTERS, Board, Standing, display_names
from eventbench.leaderboard.entry import RESULT_FILE, UNKNOWN, Entry, TaskResult
from eventbench.leaderboard.files import PREDICTIONS, scan
from eventbench.leaderboard.formatting import (
    EXTRA,
    SEEN_WORDS,
    extra_mark,
    learned_from,
    parameters,
    protocol_sentence,
)
from eventbench.leaderboard.info import INFO_FILE
from eventbench.leaderboard.plot import plot
from eventbench.leaderboard.submit import Progress
from eventbench.leaderboard.tables import OTHERS, OWN, WHOLE, entries_table, scale_of, task_table
from eventbench.scoring.comparison import ALPHA
from eventbench.scoring.intervals import CONFIDENCE
from eventbench.scoring.letters import letter
from eventbench.scoring.report import signature_line
from eventbench.tasks.base import Task
from eventbench.text import percent, plural

_BEST = 5
"""Systems of each task on the first page."""
_MOST_WRONG = 15
"""Confusions on the page of an entry."""

_STYLE = "assets/board.css"
_ASSETS = ("assets/board.js", "assets/datatables.min.js", "assets/datatables.LICENSE.txt")
_FOLDERS = ("articles", "assets", "entries")

Select = tuple[str, str, list[tuple[str, str]]]
"""A filter above a table: its name, its label, and its choices with their labels."""


def build_board(
    board: Board, out: str | Path, progress: Progress = lambda label, fraction: None
) -> int:
    """Write the site as a directory of pages that load nothing from elsewhere.

    Args:
        board: the ranked entries.
        out: the directory; an earlier site there is replaced.
        progress: called after each entry.

    Returns:
        The number of pages. The same entries always give the same bytes.

    Raises:
        EventbenchError: if ``out`` is neither empty nor an earlier site and nothing else, or
            if a file cannot be read or written.
    """
    out = Path(out)
    if out.exists() and not is_empty_directory(out):
        _check_is_site(out)
    with atomic_output(out) as new:
        site = _Site(board, new)
        site.write_assets()
        site.write_overview()
        for task in board.tasks.values():
            site.write_task(task)
        site.write_articles()
        for number, entry in enumerate(board.entries, 1):
            site.write_entry(entry)
            progress(entry.id, number / len(board.entries))
        return site.pages


def _check_is_site(out: Path) -> None:
    """Check that a directory can be replaced: everything in it was written by `build_board`."""
    if not all((out / name).is_file() for name in ("index.html", _STYLE, *_ASSETS)):
        raise EventbenchError(f"{out}: exists and is not an earlier site; choose another --out")
    for item in scan(out):
        if item.name not in _FOLDERS and not item.name.endswith(".html"):
            raise EventbenchError(
                f"{out / item.name}: is not a part of the site that would replace {out}; move it "
                "elsewhere or choose another --out"
            )


def _entry_folder(entry: Entry) -> str:
    return f"entries/{entry.id}"


@dataclass
class _Site:
    """Writes the pages below ``out`` and counts them."""

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
            "tasks": self.board.tasks,
            "corpus": self.board.corpus,
            "tested": len(self.board.corpus.test_articles),
            "entry_folder": _entry_folder,
            "extra_mark": extra_mark,
            "whole": WHOLE,
        }
        self._write(name, template(f"board/{page}").render(**common, **values))

    def write_assets(self) -> None:
        views = ("scores", "parts", "values", "articles", "seen", "about")
        style = template("board/board.css.j2")
        self._write(_STYLE, style.render(kinds=[], cards=[], hues=HUES, views=views))
        for asset in _ASSETS:
            name = Path(asset).name
            source = files("eventbench") / "html" / "templates" / "board" / name
            (self.out / asset).write_bytes(source.read_bytes())

    def write_articles(self) -> None:
        corpus = self.board.corpus
        self._render("articles.html.j2", "articles/index.html", "articles")
        for document in corpus.documents:
            page = render_article(
                document, document.title, corpus.scheme, credit=corpus.info.credit
            )
            self._write(f"articles/{document.id}.html", page)

    def write_overview(self) -> None:
        board = self.board
        best = {
            name: {
                "standings": board.systems[name][:_BEST],
                "words": _in_short(board.systems[name], board.ceilings[name]),
                "scale": scale_of(board.systems[name][:_BEST]),
            }
            for name in board.tasks
        }
        ranked = [standing for found in board.systems.values() for standing in found]
        self._render(
            "index.html.j2",
            "index.html",
            "index",
            systems=len({standing.entry.id for standing in ranked}),
            extra=EXTRA if any(entry.info.also_train for entry in board.entries) else "",
            protocol=protocol_sentence(board.corpus),
            best=best,
            names=display_names(standing.entry for standing in ranked),
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
        pages = {s.entry.id: f"{_entry_folder(s.entry)}/index.html" for s in systems}
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
            selects=_task_selects(systems),
            seen=seen,
            extra=EXTRA if any(s.entry.info.also_train for s in board.current(name)) else "",
            alpha=ALPHA,
            confidence=f"{100 * CONFIDENCE:g} %",
            most_letters=MOST_LETTERS,
        )

    def write_entry(self, entry: Entry) -> None:
        downloads = self._copy_files(entry)
        self._render(
            "entry.html.j2",
            f"{_entry_folder(entry)}/index.html",
            "entry",
            entry=entry,
            known={document.id for document in self.board.corpus.documents},
            parts=[
                self._entry_part(entry, task)
                for name, task in self.board.tasks.items()
                if name in entry.result.tasks
            ],
            parameters=parameters(entry.info.parameters),
            learned_from=_learned_from(entry, self.board.corpus),
            downloads=downloads[:2],
            predictions=downloads[2:],
        )

    def _copy_files(self, entry: Entry) -> list[tuple[str, str]]:
        """Copy the files of an entry; their names and sizes, predictions last."""
        names = [INFO_FILE, RESULT_FILE, *(n for n in sorted(entry.result.files) if n != INFO_FILE)]
        copied = []
        for name in names:
            target = self.out / _entry_folder(entry) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(entry.path / name, target)
            copied.append((name, _size(target.stat().st_size)))
        return copied

    def _entry_part(self, entry: Entry, task: Task) -> dict[str, Any]:
        """Template values of a task on the page of an entry."""
        result = entry.result.tasks[task.name]
        standing = self._standings[task.name].get(entry.id, Standing(entry, result))
        current = self.board.is_current(entry, task.name)
        articles = dict.fromkeys(a for found in result.by_article.values() for a in found)
        seen = [(words, result.recall(part)) for part, words in SEEN_WORDS.items()]
        return {
            "name": task.name,
            "task": task,
            "current": current,
            "fingerprint": entry.result.data.fingerprints.get(task.name, "unknown"),
            "result": result,
            "score": standing.score,
            "place": self._place(standing, task.name),
            "articles": [(article, result.article(article)) for article in articles],
            "sections": _sections(result, task),
            "seen": seen if any(result.seen.values()) else [],
            "signature": signature_line(result.signature),
            **(self._wrong(standing, task) if current else {"errors": None, "confusions": ()}),
        }

    def _place(self, standing: Standing, task: str) -> str:
        if standing.rank is not None:
            total = len(self.board.systems[task])
            letters = "letter" if len(standing.letters) == 1 else "letters"
            return f"rank {standing.rank} of {total}, {letters} {standing.letter_names}"
        replaced = standing.entry.id in self.board.replaced
        return "not ranked: a later revision does all its tasks" if replaced else ""

    @cached_property
    def _standings(self) -> dict[str, dict[str, Standing]]:
        return {task: {s.entry.id: s for s in found} for task, found in self.board.systems.items()}

    def _wrong(self, standing: Standing, task: Task) -> dict[str, Any]:
        """Write the page of errors over all seeds.

        Returns:
            Template values of the entry's page: their number, a mean over seeds, None if the task
            does not list them; and the most frequent ones.
        """
        entry, result = standing.entry, standing.result
        answers = self.board.judge.read(entry.path / PREDICTIONS, task.name)
        found = diagnose_answers(answers, self.board.judge.gold(task.name))
        if not found.lists_errors:
            return {"errors": None, "confusions": ()}
        title = f"{entry.info.name} {entry.info.revision}"
        page = render_errors(found, title, {"mean over seeds": result.intervals})
        self._write(f"{_entry_folder(entry)}/errors-{task.name}.html", page)
        return {
            "errors": sum(confusion.times for confusion in found.confusions),
            "confusions": found.confusions[:_MOST_WRONG],
        }


def _learned_from(entry: Entry, corpus: Corpus) -> str:
    """What an entry learned from, with the versions of other corpora that its run recorded."""
    versions = [
        f"{other.corpus} {other.version}"
        for other in entry.result.data.also_train
        if other.version != UNKNOWN
    ]
    return learned_from(entry.info, corpus) + (f" ({', '.join(versions)})" if versions else "")


def _sections(result: TaskResult, task: Task) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """The sections of a result: key, title and rows; the task's own section first."""
    found = dict.fromkeys(key for sections in result.sections.values() for key in sections)
    keys = sorted(found, key=lambda key: key != task.section)
    return [
        (
            key,
            task.section_title if key == task.section else f"{key[:1].upper()}{key[1:]}",
            [_row(result, key, name) for name in result.names(key)],
        )
        for key in keys
    ]


def _row(result: TaskResult, section: str, name: str) -> dict[str, Any]:
    """Template values of a score: F1, precision and recall over seeds, and the gold count."""
    scores = (sections.get(section, {}) for sections in result.sections.values())
    found = [by_name[name] for by_name in scores if name in by_name]
    return {
        "name": name,
        "f1": result.of(section, name),
        "precision": mean(s.precision for s in found),
        "recall": mean(s.recall for s in found),
        "support": max(s.support for s in found),
    }


def _in_short(systems: Sequence[Standing], ceilings: Sequence[Standing]) -> str:
    """A summary of a task: number of systems, those not told apart from the best, and ceilings."""
    equal = sum(not set(s.letters).isdisjoint(systems[0].letters) for s in systems)
    number = plural(len(systems), "system")
    words = [number + (f", {equal - 1} not told apart from the best" if equal > 1 else "")]
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
    return [("task", "Task", tasks), ("kind", "Kind", kinds)]


def _task_selects(systems: Sequence[Standing]) -> list[Select]:
    """Filters of the table of a task that have more than one choice."""
    protocols = sorted({s.entry.info.protocol for s in systems})
    answers = sorted({s.entry.info.articles_seen for s in systems})
    extra = {bool(s.entry.info.also_train) for s in systems}
    words = ((False, OWN, "this corpus alone"), (True, OTHERS, "other corpora too"))
    learned = [(value, text) for others, value, text in words if others in extra]
    shared = [letter(k) for k in sorted({k for s in systems for k in s.letters[:MOST_LETTERS]})]
    found = [
        ("letter", "Letter", [(name, name) for name in shared]),
        ("protocol", "Protocol", [(p.replace(" ", "-"), p) for p in protocols]),
        ("articles", "Articles seen", [(a, a) for a in answers]),
        ("learned", "Learned from", learned),
    ]
    return [(name, title, [("", "all"), *c]) for name, title, c in found if len(c) > 1]


def _size(number: int) -> str:
    return f"{number / 1000:.1f} kB" if number >= 1000 else f"{number} B"
