"""``eventbench compare``: tests whether systems differ."""

from __future__ import annotations

from pathlib import Path

import click

from eventbench.cli.groups import example
from eventbench.cli.options import (
    CorpusChoice,
    corpus_options,
    json_option,
    predicted_task_option,
    predictions_argument,
)
from eventbench.cli.output import print_json


@click.command("compare", epilog=example("compare runs/lexicon runs/encoder"))
@predictions_argument(several=True)
@predicted_task_option
@json_option
@corpus_options
def command(predictions: tuple[Path, ...], task: str, as_json: bool, corpus: CorpusChoice) -> None:
    """Test whether systems differ, each against the first."""
    from eventbench.evaluation.scoring import compare

    found = compare(*predictions, task=task, corpus=corpus.load())
    if as_json:
        print_json(found.to_json())
    else:
        print(found)
