"""The files from which the Hub reads scores, written with the classes of `huggingface_hub`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml
from huggingface_hub import EvalResult, EvalResultEntry, eval_result_entries_to_yaml
from huggingface_hub.repocard_data import eval_results_to_model_index
from huggingface_hub.utils import yaml_dump

from eventbench import __version__
from eventbench.dataset.croissant import description
from eventbench.errors import EventbenchError
from eventbench.evaluation.runs import ALSO_TRAIN
from eventbench.hub.checks import (
    FRAMEWORK,
    check_card,
    check_eval_yaml,
    check_results,
    front_matter,
    split_card,
)
from eventbench.scoring.report import INTERVAL_NAMES
from eventbench.tasks.registry import TASKS

if TYPE_CHECKING:
    from eventbench.scoring.report import Report

Row = dict[str, Any]


def eval_yaml(front: Row, manifest: Row) -> str:
    """Write ``eval.yaml``, which makes a dataset a benchmark with a leaderboard for each task.

    Args:
        front: front matter of the dataset's card, which names it.
        manifest: of the built dataset, which describes it.
    """
    tasks = manifest["tasks"]
    titles = ", ".join(TASKS[task].title.lower() for task in tasks)
    text = _dump(
        {
            "name": front.get("pretty_name") or manifest["name"],
            "description": f"{description(manifest)} Tasks: {titles}. Predictions for all "
            "test articles are scored together, as `eventbench score` does.",
            "evaluation_framework": FRAMEWORK,
            "tasks": [{"id": task, "config": task, "split": "test"} for task in tasks],
        }
    )
    check_eval_yaml(text, "eval.yaml")
    return text


def eval_results(reports: dict[str, Report], dataset_id: str, place: str) -> str:
    """Write a file of ``.eval_results``, with one entry for each task of the reports."""
    entries = [
        EvalResultEntry(dataset_id, task, _percent(report.score.mean), notes=_notes(task, report))
        for task, report in reports.items()
    ]
    text = _dump(eval_result_entries_to_yaml(entries))
    check_results(text, place)
    return text


def card_with_results(
    card: str,
    reports: dict[str, Report],
    dataset_id: str,
    name: str,
    place: str,
) -> str:
    """Replace the results of a dataset in a model card, and leave every other line as it is.

    `huggingface_hub.metadata_update` would write the whole front matter anew, without its
    comments, and merge several models into one.

    Args:
        card: the present text; empty if the repository has no card.
        reports: by task.
        dataset_id: "owner/name" of the dataset repository.
        name: of the model, if the card has no model-index.
        place: of the card, for messages.

    Raises:
        EventbenchError: if the card's front matter cannot be understood.
    """
    card = card or f"\n# {name}\n"
    index = front_matter(card, place).get("model-index") or []
    results = [_indexed(task, report, dataset_id) for task, report in reports.items()]
    models = eval_results_to_model_index(name, results)
    if index:
        try:
            models = _merged(index, models[0]["results"], dataset_id)
        except (TypeError, KeyError):
            raise EventbenchError(
                f"{place}: its model-index does not have the documented form; correct it first"
            ) from None
    if models != index:
        card = _with_key(card, "model-index", models, place)
    check_card(card, place)
    return card


def _percent(value: float) -> float:
    return round(100 * value, 2)


def _notes(task: str, report: Report) -> str:
    """Say what the value is and how certain it is."""
    deviation = report.score.sd
    seeds = len(report.scores)
    spread = "" if deviation is None else f" (standard deviation {_percent(deviation)})"
    parts = [
        f"percent; {TASKS[task].hub.metric_name}",
        f"mean of {seeds} seeds{spread}" if seeds > 1 else "one seed",
        *(
            f"{x.confidence:.0%} interval {INTERVAL_NAMES[name]} {_percent(x.low)} to "
            f"{_percent(x.high)}"
            for name, x in report.intervals.items()
            if x.varies
        ),
        f"gold {report.signature['corpus']} {report.signature['data']} "
        f"({report.signature['fingerprint']})",
        *(f"also learned from {name}" for name in report.signature.get(ALSO_TRAIN, ())),
        f"eventbench {__version__}",
    ]
    return "; ".join(parts)


def _indexed(task: str, report: Report, dataset_id: str) -> EvalResult:
    terms = TASKS[task].hub
    return EvalResult(
        task_type=terms.task_type,
        task_name=terms.task_name,
        dataset_type=dataset_id,
        dataset_name=f"{FRAMEWORK} {report.signature['corpus']}",
        # No split: the score covers the test articles of every fold.
        dataset_config=task,
        metric_type=terms.metric,
        metric_value=_percent(report.score.mean),
        metric_name=f"{terms.metric_name}, in percent, {report.signature['protocol']}",
    )


def _merged(index: list[Row], new: list[Row], dataset_id: str) -> list[Row]:
    """Replace all results of a dataset: new ones go where the first was, or to the end."""
    models = []
    for model in index:
        results = []
        for result in model["results"] or []:
            if result["dataset"]["type"] != dataset_id:
                results.append(result)
            else:
                results, new = results + new, []
        models.append({**model, "results": results})
    models[0]["results"] += new
    return models


def _with_key(card: str, key: str, value: Any, place: str) -> str:
    """Replace or add one key of the front matter."""
    opening, front, rest = split_card(card, place)
    line_break = "\r\n" if card.partition("\n")[0].endswith("\r") else "\n"
    new = _dump({key: value}, line_break)
    if not opening:
        return f"---{line_break}{new}---{line_break}{rest}"
    node = yaml.compose(front, Loader=yaml.SafeLoader)
    if node is not None and node.flow_style:
        raise EventbenchError(f"{place}: its front matter is in braces; write one key a line")
    starts = {k.value: k.start_mark.index for k, _ in node.value} if node is not None else {}
    start = starts.get(key, len(front))
    end = min((other for other in starts.values() if other > start), default=len(front))
    # Comments and empty lines before the next key belong to that key.
    old = re.sub(r"(^[ \t]*(#.*)?\r?\n)+\Z", "", front[start:end], flags=re.MULTILINE)
    return "".join([opening, front[:start], new, front[start + len(old) :], rest])


def _dump(value: Any, line_break: str = "\n") -> str:
    return yaml_dump(value, sort_keys=False, width=100, line_break=line_break)
