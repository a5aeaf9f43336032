"""``eventbench fit``: a system trained on all articles, kept as a model."""

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
    out_option,
    task_option,
)
from eventbench.cli.output import progress_bar, quiet_datasets
from eventbench.cli.system_options import SystemCommand, SystemOptions, system_argument
from eventbench.tasks.registry import model_tasks

LOG = logging.getLogger(__name__)


@click.command("fit", cls=SystemCommand, epilog=example("fit encoder --out model"))
@system_argument
@out_option("DIR", "model directory to write")
@task_option("task to learn (default: the most that the system does)", among=model_tasks())
@click.option(
    "--fold", type=int, metavar="K", help="leave out the test article of a fold (default: none)"
)
@click.option("--seed", type=int, default=0, metavar="N", help="seed (default: 0)")
@also_train_option
@config_option
@corpus_options
def command(
    system: str,
    options: SystemOptions,
    out: Path,
    task: str | None,
    fold: int | None,
    seed: int,
    also_train: list[str],
    config: Path | None,
    corpus: CorpusChoice,
) -> None:
    """Train a system on all articles and keep it as a model.

    The options of a system are flags of this command, before or after its name:
    `eventbench fit SYSTEM --help` lists them.
    """
    from eventbench.systems.machine import is_first_process
    from eventbench.systems.models import fit
    from eventbench.systems.protocol import available_systems

    values, by_fold = options.resolve(config)
    if fold is not None:
        values |= by_fold.get(fold, {})
    LOG.info("options of %s: %s", system, values)
    with quiet_datasets(), progress_bar(system) as progress:
        fitted = fit(
            system,
            corpus=corpus.load(),
            also_train=also_train,
            out=out,
            task=task,
            fold=fold,
            seed=seed,
            options=values,
            progress=lambda part, **measured: progress(system, part),
        )
    if is_first_process():
        needs = "" if system in available_systems() else f" (predict needs --system {system})"
        print(f"{out}: a model of {system} for {fitted.task}{needs}")
