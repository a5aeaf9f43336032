"""``eventbench hub``: the dataset and results on the Hugging Face Hub."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventbench.cli.groups import Group, example
from eventbench.cli.options import (
    PATH,
    CorpusChoice,
    Function,
    corpus_options,
    json_option,
)
from eventbench.cli.output import print_json

if TYPE_CHECKING:
    from eventbench.hub.plan import Plan


@click.group("hub", cls=Group, epilog=example("hub dataset dataset --repo-id me/eventbench"))
def command() -> None:
    """Publish the dataset or results on the Hugging Face Hub.

    Shows what would change; with --yes, changes it.
    """


def publishing_options(function: Function) -> Function:
    """Add the options of everything that is published: ``--repo-id``, ``--yes``, ``--json``."""
    repository = click.option(
        "--repo-id",
        required=True,
        metavar="OWNER/NAME",
        help="the repository, which must exist",
    )
    agreed = click.option("--yes", is_flag=True, help="publish, instead of only showing the plan")
    return repository(agreed(json_option(function)))


@command.command("dataset", epilog=example("hub dataset dataset --repo-id me/eventbench"))
@click.argument("directory", type=PATH, metavar="DIR", help="directory that `data build` wrote")
@click.option(
    "--i-may-publish-the-text",
    is_flag=True,
    help="you have the right to publish the text of the articles",
)
@publishing_options
def dataset(
    directory: Path, i_may_publish_the_text: bool, repo_id: str, yes: bool, as_json: bool
) -> None:
    """Publish a dataset that `data build` wrote."""
    from eventbench.hub.plan import plan_dataset

    plan = plan_dataset(directory, repo_id, i_may_publish_the_text=i_may_publish_the_text)
    _carry_out(plan, yes, as_json)


@command.command(
    "results",
    epilog=example("hub results runs/mine --repo-id me/model --dataset-id me/eventbench"),
)
@click.argument("predictions", type=PATH, metavar="PREDICTIONS", help="a run or an entry")
@click.option(
    "--dataset-id", required=True, metavar="OWNER/NAME", help="the dataset's repository on the Hub"
)
@publishing_options
@corpus_options
def results(
    predictions: Path,
    dataset_id: str,
    repo_id: str,
    yes: bool,
    as_json: bool,
    corpus: CorpusChoice,
) -> None:
    """Publish a system's scores in its model repository."""
    from eventbench.hub.plan import plan_results

    plan = plan_results(predictions, repo_id, dataset_id, corpus=corpus.load())
    _carry_out(plan, yes, as_json)


@command.command("check", epilog=example("hub check my-model"))
@click.argument("directory", type=PATH, metavar="DIR", help="a checkout of the repository")
def check(directory: Path) -> None:
    """Check the result files of a repository."""
    from eventbench.hub.checks import check_eval_results

    for path in check_eval_results(directory):
        print(f"{path}: valid")


def _carry_out(plan: Plan, yes: bool, as_json: bool) -> None:
    """Publish a plan if ``--yes`` was given, and print what was or would be done."""
    from eventbench.hub.client import push

    address = push(plan) if yes else None
    if as_json:
        print_json(plan.to_json() | {"commit": address})
        return
    print(plan.describe())
    if address:
        print(f"published: {address}")
    elif plan.nothing_to_do:
        print("nothing to do")
    else:
        print("nothing was sent; --yes publishes it")
