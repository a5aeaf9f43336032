"""``eventbench compare``: tests whether systems differ."""

from __future__ import annotations

from pathlib import Path

import click

from eventbench.cli.groups import example
from eventbench.cli.options import (
    CorpusChoice,
    corpus_options,
    figure_option,
    format_option,
    one_or_several,
    predicted_tasks_option,
    predictions_argument,
)


@click.command("compare", epilog=example("compare runs/encoder runs/without-probe runs/crf"))
@predictions_argument(several=True)
@predicted_tasks_option
@format_option
@figure_option
@corpus_options
def command(
    predictions: tuple[Path, ...],
    tasks: list[str],
    format: str,
    figure: Path | None,
    corpus: CorpusChoice,
) -> None:
    """Test whether systems differ, each against the first.

    An ablation study: the whole system is the first, the others lack a part each.
    """
    from eventbench.evaluation.comparing import ablation_table

    found = ablation_table(*predictions, task=one_or_several(tasks), corpus=corpus.load())
    if figure is not None:
        found.save_figure(figure)
    print(found.formatted(format))
