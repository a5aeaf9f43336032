"""Checks of the files from which the Hub reads scores. They need no network.

The Hub documents the formats:

- ``eval.yaml`` of a dataset repository:
  https://huggingface.co/docs/hub/eval-results, section "Eval.yaml specification";
- ``.eval_results/*.yaml`` of a model repository:
  https://github.com/huggingface/hub-docs/blob/main/eval_results.yaml;
- ``model-index`` in the front matter of a model card:
  https://github.com/huggingface/hub-docs/blob/main/modelcard.md.

These checks are stricter: no unknown or duplicate keys, only tasks of eventbench, values in
percent.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from huggingface_hub.constants import EVAL_RESULTS_FOLDER, REPOCARD_NAME
from huggingface_hub.repocard import REGEX_YAML_BLOCK
from huggingface_hub.utils import validate_repo_id

from eventbench.errors import EventbenchError
from eventbench.io import read_text, reading
from eventbench.tasks.base import Task
from eventbench.tasks.registry import TASKS

FRAMEWORK = "eventbench"
"""``evaluation_framework`` of eval.yaml. The Hub shows a dataset as a benchmark only once the name
is in https://github.com/huggingface/huggingface.js/blob/main/packages/tasks/src/eval.ts."""

Check = Callable[[Any, str], None]
"""Takes a value and its place, and raises an EventbenchError that begins with the place."""


def check_eval_results(path: str | Path) -> list[Path]:
    """Check one of these files, or all of them in a checkout of a repository.

    Returns:
        The files that were checked.

    Raises:
        EventbenchError: if no file is found, or one is wrong; the message names it and its
            first error.
    """
    path = Path(path)
    files = [path]
    if path.is_dir():
        results = sorted(path.glob(f"{EVAL_RESULTS_FOLDER}/*.y*ml"))
        files = [path / "eval.yaml", path / REPOCARD_NAME, *results]
        files = [file for file in files if file.is_file()]
    if not files:
        raise EventbenchError(
            f"{path}: contains no eval.yaml, {REPOCARD_NAME} or {EVAL_RESULTS_FOLDER}/*.yaml"
        )
    for file in files:
        text = read_text(file)
        if file.name == REPOCARD_NAME:
            check_card(text, str(file))
        elif file.name == "eval.yaml":
            check_eval_yaml(text, str(file))
        else:
            check_results(text, str(file))
    return files


def check_results(text: str, place: str) -> None:
    """Check the text of a file in ``.eval_results``."""
    _RESULTS(load_yaml(text, place), place)


def check_eval_yaml(text: str, place: str) -> None:
    """Check the text of an ``eval.yaml``."""
    _EVAL_YAML(load_yaml(text, place), place)


def check_card(text: str, place: str) -> None:
    """Check the results of eventbench in the model-index of a card."""
    index = front_matter(text, place).get("model-index", [])
    _LIST(index, f"{place}: model-index")
    for number, model in enumerate(index, 1):
        here = f"{place}: model-index: model {number}"
        _MODEL(model, here)
        for position, result in enumerate(model["results"], 1):
            dataset = result.get("dataset") if isinstance(result, dict) else None
            name = dataset.get("name") if isinstance(dataset, dict) else None
            if str(name).partition(" ")[0] == FRAMEWORK:
                _INDEXED(result, f"{here}: result {position}")


def check_repo_id(value: Any, place: str) -> None:
    """Check the name of a repository by the Hub's rules; the owner is required."""
    _REPO_ID(value, place)


# YAML and front matter


class _Loader(yaml.SafeLoader):
    """Refuses duplicate keys, of which YAML would silently keep the last."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    problem = f"duplicate key {key.value!r}"
                    raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
                seen.add(key.value)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


def load_yaml(text: str, place: object, first_line: int = 1) -> Any:
    """Read YAML without duplicate keys; ``first_line`` is the text's first line in its file."""
    with reading(place, "not valid YAML"):
        try:
            return yaml.load(text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            line = f":{error.problem_mark.line + first_line}" if error.problem_mark else ""
            raise EventbenchError(f"{place}{line}: not valid YAML: {error.problem}") from None


def split_card(card: str, place: object) -> tuple[str, str, str]:
    """Split a card into opening fence, front matter (both may be empty), and all the rest."""
    # The Hub's expression wants a line between the fences; an empty front matter is one, too.
    found = REGEX_YAML_BLOCK.match(card) or re.match(r"(---\r?\n)()---", card)
    if found:
        end = card.index("---", found.end(2))
        return card[: found.end(1)], card[found.end(1) : end], card[end:]
    if re.match(r"\s*---\s*$", card, re.MULTILINE):
        raise EventbenchError(
            f"{place}: the front matter has no end: expected a line ---, YAML, and a line ---"
        )
    return "", "", card


def front_matter(card: str, place: object) -> dict[str, Any]:
    """Read the metadata at the top of a card; empty without metadata."""
    opening, front, _ = split_card(card, place)
    value = load_yaml(front, place, first_line=1 + opening.count("\n"))
    if not isinstance(value, dict | None):
        raise EventbenchError(f"{place}: the front matter is not a mapping")
    return value or {}


# Values


def _satisfying(condition: Callable[[Any], object], expected: str) -> Check:
    def check(value: Any, place: str) -> None:
        if not condition(value):
            raise EventbenchError(f"{place}: found {reprlib.repr(value)}, expected {expected}")

    return check


def _matching(pattern: str, expected: str) -> Check:
    whole = re.compile(pattern, re.DOTALL).fullmatch
    return _satisfying(lambda value: isinstance(value, str) and whole(value), expected)


def _one_of(choices: Iterable[str]) -> Check:
    known = dict.fromkeys(choices)
    return _satisfying(lambda value: isinstance(value, str) and value in known, " or ".join(known))


def _of_a_task(word: Callable[[Task], str]) -> Check:
    """Check for a name of the registered tasks, looked up when called."""
    return lambda value, place: _one_of(map(word, TASKS.values()))(value, place)


def _mapping(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    """Make a check of a mapping that has these keys and no others."""
    known = required | (optional or {})
    is_mapping = _satisfying(
        lambda value: isinstance(value, dict), f"a mapping with {', '.join(required)}"
    )

    def check(value: Any, place: str) -> None:
        is_mapping(value, place)
        for key in value:
            if key not in known:
                raise EventbenchError(
                    f"{place}: unknown key {reprlib.repr(key)}, expected {', '.join(known)}"
                )
        for key, check_value in known.items():
            if key in value:
                check_value(value[key], f"{place}: {key}")
            elif key in required:
                raise EventbenchError(f"{place}: no {key}")

    return check


def _list_of(
    name: str, check_element: Check, unique: Callable[[Any], object] | None = None
) -> Check:
    """Make a check of a list with at least one element, of which no two have the same key."""
    is_list = _satisfying(lambda value: isinstance(value, list) and value, "a list with elements")

    def check(value: Any, place: str) -> None:
        is_list(value, place)
        seen = set()
        for number, element in enumerate(value, 1):
            check_element(element, f"{place}: {name} {number}")
            key = number if unique is None else unique(element)
            if key in seen:
                raise EventbenchError(f"{place}: {key} occurs twice")
            seen.add(key)

    return check


def _accepts(parse: Callable[[Any], object], value: Any) -> bool:
    try:
        parse(value)
    except (TypeError, ValueError):
        return False
    return True


_LIST = _satisfying(lambda value: isinstance(value, list), "a list")
_TEXT = _matching(r".*\S.*", "a text")
_URL = _matching(r"https?://[^\s/]\S*", "an address, https://…")
_COMMIT = _matching(r"[0-9a-f]{40}", "a commit, 40 hexadecimal digits (in quotes)")
_SAYS_PERCENT = _matching(
    r".*percent.*", 'a text that says what the value is, with its scale, "percent"'
)
_PERCENTAGE = _satisfying(
    lambda value: type(value) in (int, float) and 0 <= value <= 100,  # neither a bool nor NaN
    "a number from 0 to 100 (percent)",
)
_DATE = _satisfying(
    partial(_accepts, datetime.fromisoformat),
    'an ISO 8601 date in quotes, as "2026-11-22" or "2026-11-22T13:00:00Z"',
)
_REPO_ID = _satisfying(
    lambda value: value and _accepts(validate_repo_id, value) and "/" in value, "owner/name"
)
_TASK = _of_a_task(lambda task: task.name)
_TASK_TYPE = _of_a_task(lambda task: task.hub.task_type)
_METRIC = _of_a_task(lambda task: task.hub.metric)

# The files

_BENCHMARK_TASK = _mapping(
    {"id": _TASK}, {"config": _TASK, "split": _one_of(("train", "validation", "test"))}
)
_EVAL_YAML = _mapping(
    {
        "name": _TEXT,
        "description": _TEXT,
        "evaluation_framework": _one_of((FRAMEWORK,)),
        "tasks": _list_of("task", _BENCHMARK_TASK, unique=lambda task: task["id"]),
    }
)
_DATASET = _mapping({"id": _REPO_ID, "task_id": _TASK}, {"revision": _COMMIT})
_SOURCE = _mapping({"url": _URL}, {"name": _TEXT, "user": _TEXT, "org": _TEXT})
_RESULT = _mapping(
    {"dataset": _DATASET, "value": _PERCENTAGE, "notes": _SAYS_PERCENT},
    {"date": _DATE, "source": _SOURCE, "verifyToken": _TEXT},
)
_RESULTS = _list_of(
    "entry", _RESULT, unique=lambda entry: (entry["dataset"]["id"], entry["dataset"]["task_id"])
)
_MODEL = _mapping({"name": _TEXT, "results": _LIST})
_CARD_DATASET = _mapping({"type": _REPO_ID, "name": _TEXT, "config": _TASK}, {"revision": _COMMIT})
_CARD_METRIC = _mapping({"type": _METRIC, "value": _PERCENTAGE, "name": _SAYS_PERCENT})
_INDEXED = _mapping(
    {
        "task": _mapping({"type": _TASK_TYPE, "name": _TEXT}),
        "dataset": _CARD_DATASET,
        "metrics": _list_of("metric", _CARD_METRIC),
    }
)
