"""``eventbench run``: a system's predictions for every test article."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from eventbench.cli.groups import example
from eventbench.cli.options import (
    CorpusChoice,
    also_train_option,
    config_option,
    corpus_options,
    numbers_option,
    out_option,
    tasks_option,
    track_option,
)
from eventbench.cli.system_options import SystemCommand, SystemOptions, system_argument

LOG = logging.getLogger(__name__)


@click.command(
    "run", cls=SystemCommand, epilog=example("run encoder --out runs/encoder --epochs 20")
)
@system_argument()
@out_option("DIR", "directory of the run; a run started there is continued")
@tasks_option
@numbers_option("--seeds", "0", "seeds, as 0-4 or 0,3, each once (default: 0)", "N")
@numbers_option("--folds", None, "folds, as 0-4 or 0,3, each once (default: all)", "K")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="processes that train folds and seeds side by side, one thread each; any number gives "
    "the same bytes (default: one after another, all threads)",
)
@also_train_option
@track_option
@config_option
@corpus_options
def command(
    system: str,
    options: SystemOptions,
    out: Path,
    tasks: list[str],
    seeds: list[int],
    folds: list[int] | None,
    workers: int | None,
    also_train: list[str],
    track: list[str],
    config: Path | None,
    corpus: CorpusChoice,
) -> None:
    """Run a system fold by fold and store its predictions.

    The options of a system are flags of this command, before or after its name:
    `eventbench run SYSTEM --help` lists them.
    """
    from eventbench.systems.machine import is_first_process
    from eventbench.systems.progress import progress_bar, quiet_datasets
    from eventbench.systems.runner import run

    values, by_fold = options.resolve(config)
    LOG.info("options of %s: %s", system, values)
    with quiet_datasets(), progress_bar(system) as progress:
        done = run(
            system,
            corpus=corpus.load(),
            also_train=also_train,
            out=out,
            task=tasks,
            seeds=seeds,
            folds=folds,
            workers=workers,
            options=values,
            fold_options=by_fold,
            track=track,
            progress=progress,
        )
    if is_first_process():
        print(f"{system}: {done}")
