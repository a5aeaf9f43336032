"""``eventbench leaderboard``: submit entries, verify them, show and build the board."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventbench.cli.groups import Group, example
from eventbench.cli.options import (
    PATH,
    CorpusChoice,
    corpus_options,
    figure_option,
    format_option,
    json_option,
    leaderboard_option,
    out_option,
    predictions_argument,
    task_option,
)
from eventbench.cli.output import print_json
from eventbench.errors import EventbenchError
from eventbench.systems.progress import progress_bar

if TYPE_CHECKING:
    from eventbench.leaderboard.board import Board
    from eventbench.leaderboard.verify import Verification


@click.group("leaderboard", cls=Group, epilog=example("leaderboard verify"))
def command() -> None:
    """Submit entries to the leaderboard; verify, show or build it."""


@command.command("submit", epilog=example("leaderboard submit runs/mine --entry entry.toml"))
@predictions_argument(entries=False)
@click.option(
    "--entry", type=PATH, required=True, metavar="FILE", help="TOML file that describes the system"
)
@task_option("task that was predicted, if PREDICTIONS is not a run")
@leaderboard_option
@corpus_options
def submit_command(
    predictions: Path, entry: Path, task: str | None, leaderboard: Path, corpus: CorpusChoice
) -> None:
    """Score predictions and write them as an entry of the leaderboard."""
    from eventbench.leaderboard.submit import submit

    with progress_bar("submit") as progress:
        written = submit(
            predictions, entry, leaderboard, corpus=corpus.load(), task=task, progress=progress
        )
    for name, result in written.result.tasks.items():
        print(f"{name}: {result.score}")
    print(f"{written.path}: written")


@command.command(
    "speed", epilog=example("leaderboard speed runs/mine --entry leaderboard/CORPUS/mine/1")
)
@click.argument("run", type=PATH, metavar="RUN", help="directory of a run of its system")
@click.option("--entry", type=PATH, required=True, metavar="DIR", help="folder of the entry")
def speed_command(run: Path, entry: Path) -> None:
    """Add to an entry how fast its system predicts, as a run of the system measured it.

    One fold is enough. Predictions and scores of the entry stay as they are.
    """
    from eventbench.leaderboard.submit import add_speed

    found = add_speed(run, entry)
    for task, speed in found.speed.items():
        seconds = f"{speed.seconds_per_1000_sentences:g} s for 1,000 sentences"
        print(f"{task}: {seconds} ({speed.hardware}; cells timed: {speed.cells})")


@command.command("verify", epilog=example("leaderboard verify --entry leaderboard/CORPUS/mine/1"))
@click.option(
    "--entry",
    "entries",
    type=PATH,
    multiple=True,
    metavar="DIR",
    help="verify this entry alone; may be repeated",
)
@json_option
@leaderboard_option
@corpus_options
def verify_command(
    entries: tuple[Path, ...], as_json: bool, leaderboard: Path, corpus: CorpusChoice
) -> None:
    """Compute every entry again from its predictions and compare."""
    from eventbench.leaderboard.verify import verify

    with progress_bar("verify") as progress:
        found = verify(leaderboard, entries, corpus=corpus.load(), progress=progress)
    if as_json:
        print_json(dataclasses.asdict(found))
    else:
        _print_verified(found)
    if found.problems:
        raise click.exceptions.Exit(1)


def _print_verified(found: Verification) -> None:
    for problem in found.problems:
        print(problem)
    if not found.problems:
        print(f"computed again and right: {', '.join(found.recomputed) or 'nothing'}")
    if found.earlier:
        print(f"of an earlier version, unchanged: {', '.join(found.earlier)}")


@command.command("show", epilog=example("leaderboard show"))
@click.option(
    "--values",
    "attributes",
    multiple=True,
    metavar="ATTRIBUTE",
    help="print F1 of each value of this attribute of events instead; may be repeated",
)
@format_option
@figure_option
@leaderboard_option
@corpus_options
def show(
    attributes: tuple[str, ...],
    format: str,
    figure: Path | None,
    leaderboard: Path,
    corpus: CorpusChoice,
) -> None:
    """Print the best entries of each task."""
    if attributes and figure is not None:
        raise click.UsageError("--figure is of scores: it goes without --values")
    from eventbench.leaderboard.shown import ShownBoard

    shown = ShownBoard(_read_board(leaderboard, corpus), attributes)
    if figure is not None:
        shown.save_figure(figure)
    print(shown.formatted(format))


@command.command("build", epilog=example("leaderboard build --out site"))
@out_option("DIR", "directory of the site to write (default: site)", default=Path("site"))
@leaderboard_option
@corpus_options
def build(out: Path, leaderboard: Path, corpus: CorpusChoice) -> None:
    """Write LEADERBOARD.md and the site, of all corpora with a board.

    With --corpus or --data, of that corpus alone.
    """
    from eventbench.io import write_whole
    from eventbench.leaderboard.markdown import markdown
    from eventbench.leaderboard.site import build_site

    named = corpus.named
    choices = _with_boards(leaderboard) if named is None else [corpus]
    boards = [_read_board(leaderboard, choice) for choice in choices]
    with progress_bar("pages") as progress:
        pages = build_site(boards, out, progress)
    for board in boards:
        path = leaderboard / board.corpus.id / "LEADERBOARD.md"
        write_whole(path, markdown(board))
        print(f"{path}: written")
    print(f"{pages} pages in {out}: open {out / 'index.html'}")


def _with_boards(leaderboard: Path) -> list[CorpusChoice]:
    """The corpora of this package that a leaderboard has a folder of; the first if it has none."""
    from eventbench.corpus.loading import available_corpora

    known = available_corpora()
    found = [name for name in known if (leaderboard / name).is_dir()]
    others = sorted(path.name for path in leaderboard.glob("[!.]*/") if path.name not in known)
    if others and not found:
        named = "name it with --data" if len(others) == 1 else "name one with --data"
        raise EventbenchError(f"{leaderboard}: has only boards of {', '.join(others)}: {named}")
    return [CorpusChoice(name, None) for name in found or list(known)[:1]]


def _read_board(leaderboard: Path, corpus: CorpusChoice) -> Board:
    from eventbench.leaderboard.ranking import read_board

    with progress_bar("leaderboard") as progress:
        return read_board(leaderboard, corpus.load(), progress)
