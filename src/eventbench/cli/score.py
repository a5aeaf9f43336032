"""``eventbench score``: scores of predictions against the gold."""

from __future__ import annotations

import dataclasses
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
from eventbench.tagged.reading import FORMATS
from eventbench.tagged.schemes import SCHEMES
from eventbench.tasks.registry import TASKS

if TYPE_CHECKING:
    from eventbench.tagged.files import FileScores


@click.command("score", epilog=example("score runs/lexicon runs/encoder"))
@predictions_argument(several=True)
@predicted_task_option
@json_option
@click.option(
    "--gold",
    type=PATH,
    metavar="FILE",
    help="score one file of tagged sentences against this one instead of the corpus",
)
@click.option(
    "--conlleval",
    is_flag=True,
    help="score one file by itself: its last two columns are the gold and the predicted tags",
)
@click.option(
    "--convert",
    type=click.Choice(SCHEMES),
    help="scheme of the tags of --gold or --conlleval; they are converted to IOB2",
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice(FORMATS),
    help="format of both files with --gold (default: what their endings say)",
)
@click.option(
    "--fold",
    type=int,
    metavar="K",
    help="the predictions are of the test articles of this fold alone (default: of all folds)",
)
@click.option("--no-verify", is_flag=True, help="do not compare the scores with seqeval's")
@click.option("--no-intervals", is_flag=True, help="do not compute intervals")
@corpus_options
def command(
    predictions: tuple[Path, ...],
    task: str,
    as_json: bool,
    gold: Path | None,
    conlleval: bool,
    convert: str | None,
    file_format: str | None,
    fold: int | None,
    no_verify: bool,
    no_intervals: bool,
    corpus: CorpusChoice,
) -> None:
    """Score the predictions of a task, with intervals."""
    if gold is not None or conlleval:
        if len(predictions) != 1 or (gold is not None and conlleval):
            raise click.UsageError("--gold FILE or --conlleval takes one file of predictions")
        if fold is not None:
            raise click.UsageError("--fold is of a corpus: it goes without --gold and --conlleval")
        if conlleval and file_format is not None:
            raise click.UsageError("--format goes with --gold; --conlleval is a format itself")
        found = _score_files(gold, predictions[0], not no_verify, convert, file_format)
        print_json(dataclasses.asdict(found)) if as_json else print(found)
        return
    if convert is not None or file_format is not None:
        raise click.UsageError("--convert and --format go with --gold")
    from eventbench.evaluation.scoring import score
    from eventbench.scoring.report import ranking_table

    loaded = corpus.load()
    reports = {
        str(path): score(
            path,
            task,
            corpus=loaded,
            fold=fold,
            intervals=not no_intervals,
            verify=not no_verify,
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


def _score_files(
    gold: Path | None, path: Path, verify: bool, convert: str | None, file_format: str | None
) -> FileScores:
    """Score a file of any tagged sentences against another, or against its own gold column."""
    from eventbench.tagged.files import score_conlleval, score_files

    if gold is None:
        return score_conlleval(path, verify=verify, convert=convert)
    return score_files(gold, path, verify=verify, convert=convert, format=file_format)
