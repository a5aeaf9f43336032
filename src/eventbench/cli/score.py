"""``eventbench score``: scores of predictions against the gold."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from eventbench.cli.groups import example
from eventbench.cli.options import (
    PATH,
    CorpusChoice,
    corpus_options,
    json_option,
    predictions_argument,
    task_option,
)
from eventbench.cli.output import print_json
from eventbench.errors import EventbenchError
from eventbench.tasks.registry import DEFAULT, TASKS


@click.command("score", epilog=example("score runs/lexicon runs/encoder"))
@predictions_argument(several=True)
@task_option("task that was predicted", default=DEFAULT)
@json_option
@click.option(
    "--gold",
    type=PATH,
    metavar="FILE",
    help="score one file of tagged sentences against this one instead of the corpus",
)
@click.option("--no-verify", is_flag=True, help="do not compare the scores with seqeval's")
@click.option("--no-intervals", is_flag=True, help="do not compute intervals")
@corpus_options
def command(
    predictions: tuple[Path, ...],
    task: str,
    as_json: bool,
    gold: Path | None,
    no_verify: bool,
    no_intervals: bool,
    corpus: CorpusChoice,
) -> None:
    """Score the predictions of a task, with intervals."""
    if gold is not None:
        _score_files(gold, predictions, verify=not no_verify, as_json=as_json)
        return
    from eventbench.evaluation.scoring import score
    from eventbench.scoring.report import ranking_table

    loaded = corpus.load()
    reports = {
        str(path): score(
            path, task, corpus=loaded, intervals=not no_intervals, verify=not no_verify
        )
        for path in predictions
    }
    if as_json:
        print_json({name: report.to_json() for name, report in reports.items()})
        return
    for name, report in reports.items():
        print(f"{name}: {report}")
    if len(reports) > 1:
        print("All systems, over all articles together (mean of seeds)\n")
        print(ranking_table(reports, TASKS[task].section))


def _score_files(gold: Path, predictions: tuple[Path, ...], verify: bool, as_json: bool) -> None:
    """Score one file of any tagged sentences against another."""
    from eventbench.tagged.files import score_files

    if len(predictions) != 1:
        raise EventbenchError("--gold takes one file of predictions")
    found = score_files(gold, predictions[0], verify=verify)
    if as_json:
        print_json(dataclasses.asdict(found))
    else:
        print(found)
