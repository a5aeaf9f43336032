"""The leaderboard as a static site: one board, or a front page and the boards of all tracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path

from eventbench.corpus.joining import repeated_article
from eventbench.errors import EventbenchError
from eventbench.html.article import template
from eventbench.html.cards import HUES
from eventbench.io import atomic_output, is_empty_directory
from eventbench.leaderboard.board import Board, Standing, plain_names
from eventbench.leaderboard.files import scan
from eventbench.leaderboard.formatting import LESSONS, lesson_kind, protocol_sentence
from eventbench.leaderboard.submit import Progress
from eventbench.leaderboard.tables import WHOLE, mark_of
from eventbench.leaderboard.track import Pages, Track, entry_folder, number_of_systems
from eventbench.tasks.registry import TASKS

_FIRST = 3
"""Systems of each task and track on the front page."""

_STYLE = "assets/board.css"
_SCRIPTS = ("assets/board.js", "assets/pairs.js", "assets/datatables.min.js")
_ASSETS = (*_SCRIPTS, "assets/datatables.LICENSE.txt")
_FOLDERS = ("articles", "assets", "entries")


@dataclass(frozen=True)
class Place:
    """A system of a task on the front page.

    Attributes:
        standing: the system.
        name: its name, to be shown.
        css: "top" if it is one of the first of all, and the key in `LESSONS` that it is one of
            the first of.
    """

    standing: Standing
    name: str
    css: str


def build_board(
    board: Board, out: str | Path, progress: Progress = lambda label, fraction: None
) -> int:
    """Write the site of one board; see `build_site`."""
    return build_site([board], out, progress)


def build_site(
    boards: Sequence[Board], out: str | Path, progress: Progress = lambda label, fraction: None
) -> int:
    """Write the site as a directory of pages that load nothing from elsewhere.

    With several boards, the first page shows the best systems of each task on each track, and
    every board has a folder, named after its corpus. A board whose corpus has articles of an
    earlier one, such as another edition of it, is listed as an archive.

    Args:
        boards: one or more boards with their ranked entries, the main one first.
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
        pages = Pages(new)
        _write_assets(new)
        if len(boards) == 1:
            Track(boards[0], pages).write(progress)
            return pages.number
        later = archives(boards)
        old = [f"{board.corpus.id}/" for board in later]
        tracks = {f"{board.corpus.id}/": board for board in boards}
        tracks = {f: tracks[f] for f in sorted(tracks, key=old.__contains__)}
        _write_front(tracks, old, pages)
        total = sum(len(board.entries) for board in boards) or 1
        done = 0.0
        for folder, board in tracks.items():
            share = len(board.entries) / total
            shifted = partial(_shifted, progress, done, share)
            Track(board, pages, folder, tracks, old).write(shifted)
            done += share
        return pages.number


def _shifted(progress: Progress, done: float, share: float, label: str, part: float) -> None:
    progress(label, done + share * part)


def _check_is_site(out: Path) -> None:
    """Check that a directory can be replaced: everything in it was written by `build_site`."""
    if not all((out / name).is_file() for name in ("index.html", _STYLE, "assets/board.js")):
        raise EventbenchError(f"{out}: exists and is not an earlier site; choose another --out")
    for item in scan(out):
        is_track = (out / item.name / "articles/index.html").is_file()
        if not (item.name in _FOLDERS or item.name.endswith(".html") or is_track):
            raise EventbenchError(
                f"{out / item.name}: is not a part of the site that would replace {out}; move it "
                "elsewhere or choose another --out"
            )


def _write_assets(out: Path) -> None:
    views = ("scores", "parts", "values", "articles", "seen", "about")
    style = template("board/board.css.j2")
    (out / _STYLE).parent.mkdir(parents=True)
    content = style.render(kinds=[], cards=[], hues=HUES, views=views, lessons=LESSONS)
    (out / _STYLE).write_text(content, encoding="utf-8", newline="")
    for asset in _ASSETS:
        source = files("eventbench") / "html" / "templates" / "board" / Path(asset).name
        (out / asset).write_bytes(source.read_bytes())


def archives(boards: Sequence[Board]) -> list[Board]:
    """The boards whose corpus has an article of an earlier one, such as of another edition."""
    found: list[Board] = []
    kept: list[Board] = []
    for board in boards:
        repeats = any(repeated_article(other.corpus, board.corpus) for other in kept)
        (found if repeats else kept).append(board)
    return found


def _write_front(tracks: dict[str, Board], old: Sequence[str], pages: Pages) -> None:
    """Write the front page, and a page for each task where older sites had that of the first."""
    current = {folder: board for folder, board in tracks.items() if folder not in old}
    tasks = [task for name, task in TASKS.items() if any(name in b.tasks for b in current.values())]
    cells = {
        task.name: {
            folder: _places(board, task.name)
            for folder, board in current.items()
            if task.name in board.tasks
        }
        for task in tasks
    }
    page = template("board/front.html.j2").render(
        root="",
        top="",
        here="front",
        tasks={},
        tracks=tracks,
        corpus=None,
        current=current,
        archives=old,
        is_archive=False,
        rows=[(task, cells[task.name]) for task in tasks],
        lessons=LESSONS,
        protocol_sentence=protocol_sentence,
        number_of_systems=number_of_systems,
        entry_folder=entry_folder,
        mark_of=mark_of,
        whole=WHOLE,
    )
    pages.write("index.html", page)
    first = next(iter(tracks))
    for task in tracks[first].tasks:
        moved = template("board/moved.html.j2").render(address=f"{first}{task}.html")
        pages.write(f"{task}.html", moved)


def _places(board: Board, task: str) -> list[Place]:
    """The first systems of a task, of all and of each kind by what they learned from."""
    systems = board.systems[task]
    names = plain_names(s.entry for found in board.systems.values() for s in found)
    chosen: dict[str, list[str]] = {s.entry.id: ["top"] for s in systems[:_FIRST]}
    for kind in LESSONS:
        of_kind = [s for s in systems if lesson_kind(s.entry.info) == kind]
        for standing in of_kind[:_FIRST]:
            chosen.setdefault(standing.entry.id, []).append(kind)
    return [
        Place(s, names[s.entry.id], " ".join(chosen[s.entry.id]))
        for s in systems
        if s.entry.id in chosen
    ]
