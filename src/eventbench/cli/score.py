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
    figure_option,
    fold_option,
    format_option,
    one_or_several,
    predicted_tasks_option,
    predictions_argument,
)
from eventbench.cli.output import print_json
from eventbench.tagged.reading import FORMATS
from eventbench.tagged.schemes import SCHEMES

if TYPE_CHECKING:
    from eventbench.tagged.files import FileScores


@click.command("score", epilog=example("score runs/lexicon runs/encoder"))
@predictions_argument(several=True)
@predicted_tasks_option
@format_option
@figure_option
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
    "--input",
    "kind",
    type=click.Choice(FORMATS),
    help="format of both files with --gold (default: what their endings say)",
)
@fold_option
@click.option("--no-verify", is_flag=True, help="do not compare the scores with seqeval's")
@click.option("--no-intervals", is_flag=True, help="do not compute intervals")
@corpus_options
def command(
    predictions: tuple[Path, ...],
    tasks: list[str],
    format: str,
    figure: Path | None,
    gold: Path | None,
    conlleval: bool,
    convert: str | None,
    kind: str | None,
    fold: int | None,
    no_verify: bool,
    no_intervals: bool,
    corpus: CorpusChoice,
) -> None:
    """Score the predictions of a task, with intervals.

    Several systems or tasks give one table, in which systems that share a letter do not differ
    significantly.
    """
    if gold is not None or conlleval:
        if len(predictions) != 1 or (gold is not None and conlleval):
            raise click.UsageError("--gold FILE or --conlleval takes one file of predictions")
        if fold is not None:
            raise click.UsageError("--fold is of a corpus: it goes without --gold and --conlleval")
        if conlleval and kind is not None:
            raise click.UsageError("--input goes with --gold; --conlleval is a format itself")
        if format not in ("text", "json") or figure is not None:
            raise click.UsageError("--figure and --format but json are of predictions of a corpus")
        found = _score_files(gold, predictions[0], not no_verify, convert, kind)
        print_json(dataclasses.asdict(found)) if format == "json" else print(found)
        return
    if convert is not None or kind is not None:
        raise click.UsageError("--convert and --input go with --gold")
    from eventbench.evaluation.several import score_table

    table = score_table(
        *predictions,
        task=one_or_several(tasks),
        corpus=corpus.load(),
        fold=fold,
        intervals=not no_intervals,
        verify=not no_verify,
    )
    if figure is not None:
        table.save_figure(figure)
    print(table.formatted(format))


def _score_files(
    gold: Path | None, path: Path, verify: bool, convert: str | None, kind: str | None
) -> FileScores:
    """Score a file of any tagged sentences against another, or against its own gold column."""
    from eventbench.tagged.files import score_conlleval, score_files

    if gold is None:
        return score_conlleval(path, verify=verify, convert=convert)
    return score_files(gold, path, verify=verify, convert=convert, format=kind)
