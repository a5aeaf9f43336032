"""``eventbench errors``: where predictions are wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventbench.cli.groups import example
from eventbench.cli.options import (
    PATH,
    CorpusChoice,
    corpus_options,
    json_option,
    predicted_task_option,
    predictions_argument,
)
from eventbench.cli.output import print_json
from eventbench.errors import EventbenchError

if TYPE_CHECKING:
    from eventbench.evaluation.scoring import Diagnosis


@click.command("errors", epilog=example("errors runs/encoder --html errors.html"))
@predictions_argument()
@predicted_task_option
@click.option("--seed", type=int, metavar="N", help="which seed (default: the first)")
@click.option("--html", type=PATH, metavar="FILE", help="write a page with plots instead")
@json_option
@corpus_options
def command(
    predictions: Path,
    task: str,
    seed: int | None,
    html: Path | None,
    as_json: bool,
    corpus: CorpusChoice,
) -> None:
    """Show where predictions are wrong."""
    from eventbench.evaluation.scoring import diagnose

    found = diagnose(predictions, task, seed=seed, corpus=corpus.load())
    if html is not None:
        _write_page(html, f"{predictions}, seed {found.seed}", found)
    elif as_json:
        print_json(found.to_json())
    else:
        print(f"{predictions}: {found}")


def _write_page(path: Path, name: str, found: Diagnosis) -> None:
    from eventbench.html.errors import render_errors
    from eventbench.io import write_whole

    if found.spans is None:
        raise EventbenchError(f"--html: {found.gold.task.name} has no spans to show on a page")
    write_whole(path, render_errors(found.spans, name, found.intervals()))
    print(f"{path}: {len(found.spans.wrong)} sentences with errors")
