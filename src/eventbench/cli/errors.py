"""``eventbench errors``: where predictions are wrong."""

from __future__ import annotations

from pathlib import Path

import click

from eventbench.cli.groups import example
from eventbench.cli.options import (
    PATH,
    CorpusChoice,
    corpus_options,
    fold_option,
    json_option,
    predicted_task_option,
    predictions_argument,
)
from eventbench.cli.output import print_json


@click.command("errors", epilog=example("errors runs/encoder --html errors.html"))
@predictions_argument()
@predicted_task_option
@click.option("--seed", type=int, metavar="N", help="this seed alone (default: all together)")
@click.option("--html", type=PATH, metavar="FILE", help="write a page with all sentences instead")
@fold_option
@json_option
@corpus_options
def command(
    predictions: Path,
    task: str,
    seed: int | None,
    html: Path | None,
    fold: int | None,
    as_json: bool,
    corpus: CorpusChoice,
) -> None:
    """Show where predictions are wrong.

    What is confused with what over all seeds, the most frequent first, with its sentences.
    """
    from eventbench.evaluation.diagnosis import diagnose

    found = diagnose(predictions, task, seed=seed, corpus=corpus.load(), fold=fold)
    if html is not None:
        from eventbench.html.errors import render_errors
        from eventbench.io import write_whole

        name = str(predictions) if seed is None else f"{predictions}, seed {seed}"
        write_whole(html, render_errors(found, name))
        print(f"{html}: {sum(len(c.cases) for c in found.confusions)} errors")
    elif as_json:
        print_json(found.to_json())
    else:
        print(f"{predictions}: {found}")
