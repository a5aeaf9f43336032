"""The files that the Hugging Face Hub reads scores from: written, and checked. No network.

Where they are documented:

- ``eval.yaml`` of a benchmark's dataset repository:
  https://huggingface.co/docs/hub/eval-results, section "Eval.yaml specification";
- ``.eval_results/*.yaml`` of a model repository:
  https://github.com/huggingface/hub-docs/blob/main/eval_results.yaml;
- ``model-index`` in the front matter of a model card:
  https://github.com/huggingface/hub-docs/blob/main/modelcard.md.

All that eventbench writes is checked here more strictly than there: no other keys, tasks of
ours, values in percent.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable, Hashable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from eventbench import __version__
from eventbench.corpus.model import EventbenchError
from eventbench.dataset.building import TASKS

if TYPE_CHECKING:
    from eventbench.evaluation.report import Report

FRAMEWORK = "eventbench"
"""``evaluation_framework`` of eval.yaml. The Hub shows a dataset as a benchmark only once the name
is in https://github.com/huggingface/huggingface.js/blob/main/packages/tasks/src/eval.ts."""

CARD = "README.md"
RESULTS = ".eval_results"
_TASK_TYPES = {
    "triggers": ("token-classification", "event triggers"),
    "arguments": ("token-classification", "event arguments of given triggers"),
    "attributes": ("text-classification", "event attributes of given triggers"),
    "events": ("token-classification", "whole events, end to end"),
}
_METRICS = {
    "triggers": ("f1", "micro F1 of triggers, strict span and type"),
    "arguments": ("f1", "micro F1 of arguments, strict span and role"),
    "attributes": ("accuracy", "share of right decisions"),
    "events": ("f1", "micro F1 of AC+, arguments with their role on the right trigger"),
}
"""Type and name of the figure that a task is ranked by, `Report.micro_f1`."""


# Written


def eval_yaml(front: dict[str, Any]) -> str:
    """The benchmark for the Hub, where a task of ours is a task with a leaderboard."""
    value = {
        "name": front.get("pretty_name") or "eventbench",
        "description": (
            "Conflict events in news articles: triggers, arguments, attributes and whole events. "
            "Every article is the test article once, of a system that was not trained on it; "
            "predictions for all of them are scored together, as `eventbench score` does."
        ),
        "evaluation_framework": FRAMEWORK,
        "tasks": [{"id": task, "config": task, "split": "test"} for task in TASKS],
    }
    text = _dump(value)
    _check_eval_yaml(text, "eval.yaml")
    return text


def eval_results(reports: dict[str, Report], dataset_id: str, place: str) -> str:
    """The text of a file in ``.eval_results``: an entry a task, with what its number is.

    Args:
        reports: by task.
        dataset_id: "owner/name" of the dataset repository.
        place: the file's name, for messages.
    """
    text = _dump(
        [
            {
                "dataset": {"id": dataset_id, "task_id": task},
                "value": _percent(report.micro_f1()[0]),
                "notes": _notes(task, report),
            }
            for task, report in reports.items()
        ]
    )
    _check_eval_results(text, place)
    return text


def _percent(value: float) -> float:
    return round(100 * value, 2)


def _notes(task: str, report: Report) -> str:
    """What the number is, and how sure it is."""
    deviation = report.micro_f1()[1]
    seeds = len(report.pooled)
    spread = "" if deviation is None else f" (standard deviation {_percent(deviation)})"
    parts = [
        f"percent; {_METRICS[task][1]}",
        f"mean of {seeds} seeds{spread}" if seeds > 1 else "one seed",
        *(
            f"{x.confidence:.0%} interval {name} {_percent(x.low)} to {_percent(x.high)}"
            for name, x in report.intervals.items()
        ),
        f"gold {report.signature['data']} ({report.signature['fingerprint']})",
        f"eventbench {__version__}",
    ]
    return "; ".join(parts)


def card_with_results(
    card: str, reports: dict[str, Report], dataset_id: str, name: str, place: str
) -> str:
    """A model card with these results in its model-index; every other line stays as it is.

    Args:
        card: as it is now; empty if there is none.
        reports: by task; they take the place of all results of this dataset.
        dataset_id: "owner/name" of the dataset repository.
        name: of the model, if the card has no model-index.
        place: of the card, for messages.

    Raises:
        EventbenchError: if the card's front matter cannot be understood.
    """
    ours = _model_index(reports, dataset_id)
    if not card:
        card = f"---\n---\n\n# {name}\n"
    index = front_matter(card, place).get("model-index") or []
    try:
        models = [{**model, "results": list(model["results"] or [])} for model in index]
        kept = [[r["dataset"]["type"] == dataset_id for r in model["results"]] for model in models]
    except (TypeError, KeyError, AttributeError):
        raise EventbenchError(
            f"{place}: its model-index is not of the documented form; mend it first"
        ) from None
    if not models:
        models = [{"name": name, "results": []}]
        kept = [[]]
    where = next((k for k, found in enumerate(kept) if any(found)), 0)
    for k, (model, are_ours) in enumerate(zip(models, kept, strict=True)):
        before = are_ours.index(True) if any(are_ours) else len(are_ours)
        results = [r for r, mine in zip(model["results"], are_ours, strict=True) if not mine]
        model["results"] = results[:before] + (ours if k == where else []) + results[before:]
    if models != index:
        card = _with_key(card, "model-index", models, place)
    _check_card(card, place)
    return card


def _model_index(reports: dict[str, Report], dataset_id: str) -> list[dict[str, Any]]:
    """The results of ``model-index``, one a task."""
    return [
        {
            "task": dict(zip(("type", "name"), _TASK_TYPES[task], strict=True)),
            # No split: the score is that of many splits, each with another article held out.
            "dataset": {"type": dataset_id, "name": "eventbench", "config": task},
            "metrics": [
                {
                    "type": _METRICS[task][0],
                    "value": _percent(report.micro_f1()[0]),
                    "name": f"{_METRICS[task][1]}, in percent, every article held out once",
                }
            ],
        }
        for task, report in reports.items()
    ]


def _split_card(card: str, place: object) -> tuple[list[str], list[str], list[str]]:
    """The lines of a card, with their ends: the opening fence, the front matter, and the rest.

    The rest begins with the closing fence. Without a front matter, all lines are the rest.
    """
    lines = card.splitlines(keepends=True)
    if not lines or lines[0].rstrip() != "---":
        return [], [], lines
    for k, line in enumerate(lines[1:], 1):
        if line.rstrip() == "---":
            return lines[:1], lines[1:k], lines[k:]
    raise EventbenchError(f"{place}: the front matter that begins in line 1 has no end")


def front_matter(card: str, place: object) -> dict[str, Any]:
    """The metadata at the top of a card; empty if there is none.

    Raises:
        EventbenchError: if it is no YAML, or no mapping.
    """
    front = _load("".join(_split_card(card, place)[1]), place, first_line=2)
    if not isinstance(front, dict | None):
        raise EventbenchError(f"{place}: its front matter is no mapping")
    return front or {}


def _with_key(card: str, key: str, value: Any, place: str) -> str:
    """The card with another value of one key of its front matter."""
    opening, front, rest = _split_card(card, place)
    end = "\r\n" if card.partition("\n")[0].endswith("\r") else "\n"
    new = [line + end for line in _dump({key: value}).splitlines()]
    if not opening:
        return "".join([f"---{end}", *new, f"---{end}", *rest])
    node = yaml.compose("".join(front), Loader=yaml.SafeLoader)
    if node is not None and node.flow_style:
        raise EventbenchError(f"{place}: its front matter is in braces; write a key a line")
    keys = [] if node is None else [(k.value, k.start_mark.line) for k, _ in node.value]
    first = last = len(front)
    for k, (name, line) in enumerate(keys):
        if name == key:
            first = line
            last = keys[k + 1][1] if k + 1 < len(keys) else len(front)
            # Comments and empty lines before the next key are the next key's.
            while re.match(r"\s*(#|$)", front[last - 1]):
                last -= 1
    return "".join([*opening, *front[:first], *new, *front[last:], *rest])


class _Loader(yaml.SafeLoader):
    """Refuses a key that is there twice, of which YAML would keep the last without a word."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    problem = f"the key {key.value!r} is there twice"
                    raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
                seen.add(key.value)
        found: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return found


def _load(text: str, place: object, first_line: int = 1) -> Any:
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + first_line}" if error.problem_mark else ""
        raise EventbenchError(f"{place}{line}: is no YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        message = " ".join(str(error).split())
        raise EventbenchError(f"{place}: is no YAML: {message}") from None


def _dump(value: Any) -> str:
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100)
    return text


# Checked

Check = Callable[[Any, str], None]
"""Looks at a value and raises an EventbenchError that begins with the place."""

_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?"


def check_eval_results(path: Path) -> list[Path]:
    """Check the files that the Hub reads results from, in the form that eventbench gives them.

    Args:
        path: a YAML file of results, or a directory (a checkout of a dataset or model
            repository) with ``eval.yaml``, ``.eval_results/*.yaml`` or a model-index in
            ``README.md``.

    Returns:
        The files that were checked.

    Raises:
        EventbenchError: naming the file and what is wrong: a type, an unknown or missing key
            or task, a value that is no percentage, a date that is not ISO 8601, an id that is
            not owner/name; or there is nothing to check.
    """
    checks: dict[Path, Check]
    if path.is_dir():
        checks = {path / "eval.yaml": _check_eval_yaml, path / CARD: _check_card}
        checks |= dict.fromkeys(sorted(path.glob(f"{RESULTS}/*.y*ml")), _check_eval_results)
        checks = {found: check for found, check in checks.items() if found.is_file()}
    else:
        is_eval = path.name == "eval.yaml"
        checks = {path: _check_eval_yaml if is_eval else _check_eval_results}
    if not checks:
        raise EventbenchError(f"{path}: no eval.yaml, {CARD} or {RESULTS}/*.yaml in there")
    for found, check in checks.items():
        try:
            text = found.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise EventbenchError(f"{found}: cannot be read: {error}") from None
        check(text, str(found))
    return list(checks)


def _check_eval_results(text: str, place: str) -> None:
    """Check the text of a file in ``.eval_results``."""
    entries = _load(text, place)
    _records(entries, place, "entry", _check_result)
    _unique([(e["dataset"]["id"], e["dataset"]["task_id"]) for e in entries], place)


def _check_eval_yaml(text: str, place: str) -> None:
    """Check the text of an ``eval.yaml``."""
    value = _load(text, place)
    _record(
        value,
        place,
        {
            "name": _text,
            "description": _text,
            "evaluation_framework": partial(_one_of, choices=(FRAMEWORK,)),
            "tasks": lambda tasks, at: _records(tasks, at, "task", _check_task),
        },
    )
    _unique([task["id"] for task in value["tasks"]], f"{place}: tasks")


def _check_task(value: Any, place: str) -> None:
    known = partial(_one_of, choices=TASKS)
    split = partial(_one_of, choices=("train", "validation", "test"))
    _record(value, place, {"id": known}, {"config": known, "split": split})


def _check_result(value: Any, place: str) -> None:
    def dataset(found: Any, at: str) -> None:
        task = partial(_one_of, choices=TASKS)
        _record(found, at, {"id": check_repo_id, "task_id": task}, {"revision": _commit})

    def source(found: Any, at: str) -> None:
        _record(found, at, {"url": _url}, {"name": _text, "user": _text, "org": _text})

    _record(
        value,
        place,
        {"dataset": dataset, "value": _percentage, "notes": _says_percent},
        {"date": _iso_date, "source": source, "verifyToken": _text},
    )


def _check_card(text: str, place: str) -> None:
    """Check the results of a card's model-index that are eventbench's."""
    index = front_matter(text, place).get("model-index", [])
    at = f"{place}: model-index"
    if not isinstance(index, list):
        raise _wrong(at, index, "a list")
    for number, model in enumerate(index, 1):
        here = f"{at}: model {number}"
        _record(model, here, {"name": _text, "results": _any_list})
        for position, result in enumerate(model["results"], 1):
            dataset = result.get("dataset") if isinstance(result, dict) else None
            if isinstance(dataset, dict) and dataset.get("name") == "eventbench":
                _check_indexed(result, f"{here}: result {position}")


def _check_indexed(value: Any, place: str) -> None:
    def dataset(found: Any, at: str) -> None:
        _record(
            found,
            at,
            {
                "type": check_repo_id,
                "name": _text,
                "config": partial(_one_of, choices=TASKS),
            },
            {"revision": _commit},
        )

    def task(found: Any, at: str) -> None:
        types = tuple(dict(_TASK_TYPES.values()))
        _record(found, at, {"type": partial(_one_of, choices=types), "name": _text})

    def metric(found: Any, at: str) -> None:
        types = tuple(dict(_METRICS.values()))
        kind = partial(_one_of, choices=types)
        _record(found, at, {"type": kind, "value": _percentage, "name": _says_percent})

    _record(
        value,
        place,
        {
            "task": task,
            "dataset": dataset,
            "metrics": lambda found, at: _records(found, at, "metric", metric),
        },
    )


def check_repo_id(value: Any, place: str) -> None:
    """The Hub's rule for names, as `huggingface_hub.utils.validate_repo_id` states it."""
    ok = isinstance(value, str) and re.fullmatch(rf"{_NAME}/{_NAME}", value) and len(value) <= 96
    if not ok or "--" in value or ".." in value or value.endswith(".git"):
        raise _wrong(place, value, "owner/name")


def _wrong(place: str, value: Any, expected: str) -> EventbenchError:
    return EventbenchError(f"{place}: found {reprlib.repr(value)}, expected {expected}")


def _record(
    value: Any, place: str, required: dict[str, Check], optional: dict[str, Check] | None = None
) -> None:
    """Check a mapping that has these keys and no other."""
    known = required | (optional or {})
    if not isinstance(value, dict):
        raise _wrong(place, value, f"a mapping with {', '.join(required)}")
    for key in value:
        if key not in known:
            raise EventbenchError(
                f"{place}: unknown key {reprlib.repr(key)}, expected {', '.join(known)}"
            )
    for key, check in known.items():
        if key in value:
            check(value[key], f"{place}: {key}")
        elif key in required:
            raise EventbenchError(f"{place}: no {key}")


def _records(value: Any, place: str, name: str, check: Check) -> None:
    if not isinstance(value, list) or not value:
        raise _wrong(place, value, "a list with something in it")
    for number, element in enumerate(value, 1):
        check(element, f"{place}: {name} {number}")


def _unique(names: list[Any], place: str) -> None:
    for k, name in enumerate(names):
        if name in names[:k]:
            raise EventbenchError(f"{place}: {name} is there twice")


def _any_list(value: Any, place: str) -> None:
    if not isinstance(value, list):
        raise _wrong(place, value, "a list")


def _text(value: Any, place: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise _wrong(place, value, "a text")


def _one_of(value: Any, place: str, choices: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in choices:
        raise _wrong(place, value, " or ".join(choices))


def _percentage(value: Any, place: str) -> None:
    if type(value) not in (int, float) or not 0 <= value <= 100:  # which NaN is not, either
        raise _wrong(place, value, "a number from 0 to 100 (percent)")


def _says_percent(value: Any, place: str) -> None:
    if not isinstance(value, str) or "percent" not in value:
        raise _wrong(place, value, 'a text that says what the value is, with its scale, "percent"')


def _iso_date(value: Any, place: str) -> None:
    expected = 'an ISO 8601 date in quotes, as "2026-11-22" or "2026-11-22T13:00:00Z"'
    if not isinstance(value, str):
        raise _wrong(place, value, expected)
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise _wrong(place, value, expected) from None


def _commit(value: Any, place: str) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{40}", value):
        raise _wrong(place, value, "a commit, 40 hexadecimal digits (in quotes)")


def _url(value: Any, place: str) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"https?://[^\s/]\S*", value):
        raise _wrong(place, value, "an address, https://…")
