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
    track_option,
)
from eventbench.cli.system_options import SystemCommand, SystemOptions, system_argument
from eventbench.errors import EventbenchError
from eventbench.tasks.registry import model_tasks

LOG = logging.getLogger(__name__)


@click.command("fit", cls=SystemCommand, epilog=example("fit encoder --out model"))
@system_argument(" (default: the best one, on all corpora)", required=False)
@out_option(
    "DIR",
    "model directory to write (default, without SYSTEM: where `predict` looks)",
    required=False,
)
@task_option("task to learn (default: the most that the system does)", among=model_tasks())
@click.option(
    "--fold", type=int, metavar="K", help="leave out the test article of a fold (default: none)"
)
@click.option("--seed", type=int, default=0, metavar="N", help="seed (default: 0)")
@also_train_option
@track_option
@config_option
@corpus_options
def command(
    system: str | None,
    options: SystemOptions,
    out: Path | None,
    task: str | None,
    fold: int | None,
    seed: int,
    also_train: list[str],
    track: list[str],
    config: Path | None,
    corpus: CorpusChoice,
) -> None:
    """Train a system on all articles and keep it as a model.

    Without SYSTEM, the best end-to-end system learns from all corpora of this package, unless
    --corpus, --data or --also-train says from which. `predict` uses this model if it is told
    no other. The options of a system are flags of this command, before or after its name:
    `eventbench fit SYSTEM --help` lists them.
    """
    from eventbench.systems.default import DEFAULT_SYSTEM
    from eventbench.systems.machine import is_first_process
    from eventbench.systems.models import fit
    from eventbench.systems.progress import progress_bar, quiet_datasets
    from eventbench.systems.protocol import available_systems

    if system is None and config is not None:
        raise EventbenchError(f"{config}: has options of a system: name the system too")
    values, by_fold = options.resolve(config)
    if fold is not None:
        values |= by_fold.get(fold, {})
    name = system or DEFAULT_SYSTEM
    LOG.info("options of %s: %s", name, values)
    with quiet_datasets(), progress_bar(name) as progress:
        fitted = fit(
            system,
            corpus=corpus.named,
            also_train=also_train,
            out=out,
            task=task,
            fold=fold,
            seed=seed,
            options=values,
            track=track,
            progress=lambda part, **measured: progress(name, part),
        )
    if is_first_process():
        needs = "" if name in available_systems() else f" (predict needs --system {name})"
        print(f"{fitted.directory}: a model of {name} for {fitted.task}{needs}")
