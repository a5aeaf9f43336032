"""Systems that are quickly trained, for tests of what runs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from eventbench import TASKS


class Nothing:
    """Finds nothing, and counts how often it was fitted."""

    fitted: ClassVar[int] = 0

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, fold, progress) -> None:
        type(self).fitted += 1
        self.seen = {*fold.train["doc_id"], *fold.validation["doc_id"]}
        progress(0.5)

    def predict(self, test) -> list[list[str]]:
        assert "ner_tags" not in test.column_names
        assert not self.seen & set(test["doc_id"])
        return [["O"] * len(row["tokens"]) for row in test]


class Wrong(Nothing):
    """Gives each sentence one tag."""

    def predict(self, test) -> list[list[str]]:
        return [["O"] for row in test]


@dataclass
class Everything:
    """Does every task, badly, and remembers what it was asked."""

    seed: int = 0
    task: str = "triggers"
    answer: str = "right"
    tasks: ClassVar[tuple[str, ...]] = tuple(TASKS)
    asked: ClassVar[list[tuple[str, int, str]]] = []

    def fit(self, fold, progress) -> None:
        self.record = {"rows": len(fold.train)}
        for step in (0.25, 1.0):
            progress(step, loss=1 - step, epoch=step)

    def predict(self, test) -> list[Any]:
        assert set(test.column_names) == set(TASKS[self.task].inputs)
        (document,) = set(test[TASKS[self.task].article_column])
        self.asked.append((self.task, self.seed, document))
        return [self._answer(row) for row in test]

    def _answer(self, row: Mapping[str, Any]) -> Any:
        if self.answer != "right":
            return {"wrong kind": 3, "wrong value": {"subtype": "Attack/kiss"}}[self.answer]
        if self.task == "attributes":
            return {"status": "actual", "reported": "author", "contested": "no"}
        if self.task == "attribution":
            return {"reported": "author", "source": None}
        if self.task in ("links", "incidents", "values"):
            return None if self.task == "values" else []
        if self.task in ("events", "incidents-from-text"):
            first = row["sentences"][0]
            trigger = {"start": first["token_starts"][0], "end": first["token_ends"][0]}
            event = {"id": "e1", "type": "Attack", "trigger": trigger, "arguments": []}
            return {"events": [event], "incidents": []}
        return ["O"] * len(row["tokens"])


class Watching(Everything):
    """Remembers the columns that it learned from."""

    columns: ClassVar[set[str]] = set()

    def fit(self, fold, progress) -> None:
        self.columns.update(fold.train.column_names, fold.validation.column_names)


class Overtaken(Everything):
    """Another run begins in the directory of this one while it learns."""

    out: ClassVar[Path]

    def fit(self, fold, progress) -> None:
        self.out.mkdir()
        record = '{"system": "other", "data": {"fingerprints": {}}}'
        (self.out / "run.json").write_text(record, "utf-8")


class Sharing(Everything):
    """Keeps in the fold which tasks were fitted before it."""

    earlier: ClassVar[list[tuple[str, ...]]] = []

    def fit(self, fold, progress) -> None:
        before = fold.kept.setdefault("tasks", [])
        self.earlier.append(tuple(before))
        before.append(self.task)
