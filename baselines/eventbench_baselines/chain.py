"""The task "events" by chaining the other three: triggers, then arguments and attributes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventbench import (
    TASKS,
    Argument,
    ArticleEvents,
    Document,
    Event,
    Fold,
    Progress,
    Scheme,
    Span,
    document_of,
    from_iob2,
)
from eventbench_baselines.rows import Row

if TYPE_CHECKING:
    from datasets import Dataset

PARTS = ("triggers", "arguments", "attributes")
"""The tasks that make up "events"; each needs the results of those before it."""

SAVED = "chain.json"


class Chain:
    """One system three times, each fitted to one of `PARTS`, which together do "events".

    A system that can do `PARTS` makes it with ``Chain(self)`` where its own task is
    "events", and hands its calls on. The copies have its options and seed.
    """

    def __init__(self, system: Any) -> None:
        self.parts: dict[str, Any] = {task: replace(system, task=task) for task in PARTS}
        self.roles: dict[str, list[str]] = {}
        """The roles of each event type in the training data."""

    def fit(self, fold: Fold, progress: Progress) -> None:
        """Fit each part; what it measures gets its task's name in front ("triggers_loss")."""
        self.scheme = fold.scheme
        roles: dict[str, set[str]] = {event_type: set() for event_type in fold.scheme.event_types}
        for document in (*fold.train_documents, *fold.validation_documents):
            for event in document.events:
                roles[event.type].update(argument.role for argument in event.arguments)
        self.roles = {event_type: sorted(found) for event_type, found in roles.items()}
        for index, (task, part) in enumerate(self.parts.items()):
            part.fit(fold.of(task), _share(progress, index, task))

    def predict(self, test: Dataset) -> list[ArticleEvents]:
        """Predict the events of each article; later parts get the predicted triggers."""
        documents = [document_of(row) for row in test]
        sentences, tags = self._ask("triggers", documents)
        found = TASKS["triggers"].to_events(sentences, tags, self.scheme)
        documents = [replace(d, events=found[d.id].events) for d in documents if d.id in found]
        arguments = self._by_event("arguments", documents)
        attributes = self._by_event("attributes", documents)
        events: dict[str, list[Event]] = {article: [] for article in test["id"]}
        for document in documents:
            for event in document.events:
                key = f"{document.id}-{event.id}"
                row, its_tags = arguments[key]
                _, labels = attributes[key]
                events[document.id].append(self._complete(event, row, its_tags, labels))
        return [ArticleEvents(tuple(its)) for its in events.values()]

    def _ask(self, task: str, documents: Sequence[Document]) -> tuple[list[Row], list[Any]]:
        """A part's rows of some articles and its answers; it is never asked about nothing."""
        rows = TASKS[task].inputs_for(documents, self.scheme)
        if not len(rows):
            return [], []
        return list(rows), list(self.parts[task].predict(rows))

    def _by_event(self, task: str, documents: Sequence[Document]) -> dict[str, tuple[Row, Any]]:
        rows, answers = self._ask(task, documents)
        return {row["id"]: (row, found) for row, found in zip(rows, answers, strict=True)}

    def _complete(
        self, event: Event, row: Row, tags: Sequence[str], labels: dict[str, str | None]
    ) -> Event:
        """Add arguments and attributes to an event, except those that its type cannot have."""
        starts, ends = row["token_starts"], row["token_ends"]
        arguments = tuple(
            Argument(role, Span(starts[first], ends[last - 1]))
            for role, first, last in from_iob2(tags)
            if role in self.roles[event.type]
        )
        values = {
            name: value
            for name, attribute in self.scheme.attributes.items()
            if (label := labels.get(name)) is not None
            and (value := attribute.value_of(event.type, label)) is not None
        }
        return replace(event, arguments=arguments, attributes=values)

    def save(self, directory: Path) -> None:
        for task, part in self.parts.items():
            (directory / task).mkdir(parents=True)
            part.save(directory / task)
        content = {"roles": self.roles, "scheme": self.scheme.to_json()}
        (directory / SAVED).write_text(json.dumps(content), encoding="utf-8")

    @classmethod
    def load(cls, system: Any, directory: Path) -> Chain | None:
        """Load what `save` wrote; None if it is not there."""
        if not (directory / SAVED).is_file():
            return None
        content = json.loads((directory / SAVED).read_text(encoding="utf-8"))
        chain = cls(system)
        chain.roles, chain.scheme = content["roles"], Scheme.from_json(content["scheme"])
        chain.parts = {task: system.load(directory / task) for task in PARTS}
        return chain


def _share(progress: Progress, index: int, task: str) -> Progress:
    """Convert the progress of a part to that of the whole."""

    def report(part: float, **measured: float) -> None:
        named = {f"{task}_{name}": value for name, value in measured.items()}
        progress((index + part) / len(PARTS), **named)

    return report
