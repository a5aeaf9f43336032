"""The task "events" from the other three, by one system: triggers, then what hangs on them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventbench import Progress, Scheme, Sentence, Span, features, from_iob2, to_iob2

if TYPE_CHECKING:
    from datasets import Dataset

PARTS = ("triggers", "arguments", "attributes")
"""The tasks that make up "events", in the order in which one needs the other."""

ATTRIBUTES = ("subtype", "status", "reported", "contested")

ROLES = "roles.json"
ABOUT_OTHER_ARTICLES = ("near_duplicates", "triggers_seen", "trigger_seen")
NONE: frozenset[str] = frozenset()

Row = dict[str, Any]


class Chain:
    """One system three times, each fitted to one of `PARTS`, which together do "events".

    A system that can do `PARTS` makes it with ``Chain(self)`` where its own task is
    "events", and hands its calls on. The copies have its options and seed.
    """

    def __init__(self, system: Any) -> None:
        self.parts: dict[str, Any] = {task: replace(system, task=task) for task in PARTS}
        self.roles: dict[str, list[str]] = {}
        """The roles that each event type had in training, the types in their frozen order."""

    def fit(self, train: Dataset, validation: Dataset, progress: Progress) -> None:
        """Fit each part; what it measures gets its task's name in front ("triggers_loss")."""
        splits = task_datasets(train, validation)
        scheme = _seen_scheme([train, validation])
        self.roles = {event_type: list(roles) for event_type, roles in scheme.roles.items()}
        for index, (task, part) in enumerate(self.parts.items()):
            part.fit(*splits[task], _share(progress, index, task))

    def predict(self, test: Dataset) -> list[Row]:
        """The events of each article; arguments and attributes are those of predicted triggers."""
        sentences = [
            {**row, "article": index} for index, a in enumerate(test) for row in _sentences(a)
        ]
        triggers = [
            {**row, "trigger_start": start, "trigger_end": end, "event_type": event_type}
            for row, tags in zip(sentences, self._ask("triggers", sentences), strict=True)
            for event_type, start, end in from_iob2(tags)
        ]
        for number, row in enumerate(triggers, 1):
            row["id"] = f"{row['doc_id']}-E{number}"
        tags, values = (self._ask(task, triggers) for task in ("arguments", "attributes"))
        found: list[Row] = [{"events": [], "links": []} for _ in test]
        for row, its_tags, its_values in zip(triggers, tags, values, strict=True):
            found[row["article"]]["events"].append(self._event(row, its_tags, its_values))
        return found

    def _ask(self, task: str, rows: list[Row]) -> Sequence[Any]:
        """The predictions of a part; it is not asked about nothing, which some cannot bear."""
        if not rows:
            return []
        roles = {event_type: dict.fromkeys(found, "") for event_type, found in self.roles.items()}
        columns = features(Scheme((), roles, {}, {}, NONE), "arguments")
        given = {name: columns[name] for name in columns if name in rows[0]}
        predicted: Sequence[Any] = self.parts[task].predict(_dataset(given, rows))
        return predicted

    def _event(self, row: Row, tags: Sequence[str], values: Row) -> Row:
        """An event as ``eventbench score`` reads it, less what its type cannot have."""

        def span(first: int, last: int) -> Row:
            return {"start": row["token_starts"][first], "end": row["token_ends"][last - 1]}

        event_type, _, subtype = (values["subtype"] or "").partition("/")
        return {
            "id": row["id"].rpartition("-")[2],
            "type": row["event_type"],
            "trigger": span(row["trigger_start"], row["trigger_end"]),
            "arguments": [
                {"role": role, **span(first, last)}
                for role, first, last in from_iob2(tags)
                if role in self.roles[row["event_type"]]
            ],
            "subtype": subtype if event_type == row["event_type"] else None,
            "status": values["status"],
            "reported": values["reported"],
            "contested": None if values["contested"] is None else values["contested"] == "yes",
        }

    def save(self, directory: Path) -> None:
        for task, part in self.parts.items():
            (directory / task).mkdir(parents=True)
            part.save(directory / task)
        (directory / ROLES).write_text(json.dumps(self.roles), encoding="utf-8")

    @classmethod
    def load(cls, system: Any, directory: Path) -> Chain | None:
        """What `save` wrote, of a system of the same class; None if that is not there."""
        if not (directory / ROLES).is_file():
            return None
        chain = cls(system)
        chain.roles = json.loads((directory / ROLES).read_text(encoding="utf-8"))
        chain.parts = {task: system.load(directory / task) for task in PARTS}
        return chain


def task_datasets(train: Dataset, validation: Dataset) -> dict[str, tuple[Dataset, Dataset]]:
    """The training and validation rows of each of `PARTS`, made from those of "events".

    They are the rows of `eventbench.load` without the columns about other articles,
    and with label sets that hold only what occurs in these articles. What the gold
    must not have (see ``eventbench validate``) is left out: events whose trigger is
    not made of whole tokens of a sentence, or, of "attributes", without a value.
    """
    scheme = _seen_scheme([train, validation])

    def made(split: Dataset, task: str) -> Dataset:
        columns = features(scheme, task)
        given = {name: columns[name] for name in columns if name not in ABOUT_OTHER_ARTICLES}
        types = split.features["events"].feature["type"]
        return _dataset(given, [row for a in split for row in _ROWS[task](a, types)])

    return {task: (made(train, task), made(validation, task)) for task in PARTS}


def _sentences(article: Row) -> Iterator[Row]:
    for index, sentence in enumerate(article["sentences"]):
        places = zip(sentence["token_starts"], sentence["token_ends"], strict=True)
        yield {
            "id": sentence["id"],
            "doc_id": article["id"],
            "sent_id": index,
            "text": article["text"][sentence["start"] : sentence["end"]],
            "tokens": [article["text"][start:end] for start, end in places],
            "token_starts": sentence["token_starts"],
            "token_ends": sentence["token_ends"],
        }


def _events(article: Row, types: Any) -> Iterator[tuple[Row, Row]]:
    """Each event with the columns that every row about it begins with."""
    events = sorted(article["events"], key=lambda event: event["trigger"]["start"])
    for sentence in _sentences(article):
        starts = {start: i for i, start in enumerate(sentence["token_starts"])}
        ends = {end: i + 1 for i, end in enumerate(sentence["token_ends"])}
        for event in events:
            start, end = event["trigger"]["start"], event["trigger"]["end"]
            if start in starts and end in ends:
                row = {
                    **sentence,
                    "id": f"{article['id']}-{event['id']}",
                    "trigger_start": starts[start],
                    "trigger_end": ends[end],
                    "event_type": types.int2str(event["type"]),
                }
                yield row, event


def _trigger_rows(article: Row, types: Any) -> Iterator[Row]:
    spans = [(types.int2str(event["type"]), event["trigger"]) for event in article["events"]]
    return ({**row, "ner_tags": _tags(row, spans)} for row in _sentences(article))


def _argument_rows(article: Row, types: Any) -> Iterator[Row]:
    for row, event in _events(article, types):
        yield {**row, "ner_tags": _tags(row, [(a["role"], a) for a in event["arguments"]])}


def _attribute_rows(article: Row, types: Any) -> Iterator[Row]:
    for row, event in _events(article, types):
        if all(event[name] is not None for name in ATTRIBUTES):
            yield {
                **row,
                "subtype": f"{row['event_type']}/{event['subtype']}",
                "status": event["status"],
                "reported": event["reported"],
                "contested": "yes" if event["contested"] else "no",
            }


_ROWS = {"triggers": _trigger_rows, "arguments": _argument_rows, "attributes": _attribute_rows}


def _tags(row: Row, labelled: list[tuple[str, Row]]) -> list[str]:
    tokens = tuple(map(Span, row["token_starts"], row["token_ends"]))
    spans = [(label, Span(place["start"], place["end"])) for label, place in labelled]
    tags, _ = to_iob2(Sentence(row["id"], Span(0, 0), tokens), spans)
    return tags


def _dataset(columns: dict[str, Any], rows: list[Row]) -> Dataset:
    from datasets import Dataset, Features

    # Not from_list, which finds no columns where there are no rows.
    content = {name: [row[name] for row in rows] for name in columns}
    return Dataset.from_dict(content, features=Features(columns))


def _seen_scheme(splits: list[Dataset]) -> Scheme:
    """As much of the scheme as these articles show: a system is given rows, but no scheme."""
    types = splits[0].features["events"].feature["type"]
    roles: dict[str, set[str]] = {event_type: set() for event_type in types.names}
    values: dict[str, set[str]] = {
        name: set() for name in ("Status", "Reported", *(f"{t}Subtype" for t in types.names))
    }
    for event in (event for split in splits for events in split["events"] for event in events):
        event_type = types.int2str(event["type"])
        roles[event_type].update(argument["role"] for argument in event["arguments"])
        values["Status"].add(event["status"])
        values["Reported"].add(event["reported"])
        values[f"{event_type}Subtype"].add(event["subtype"])
    return Scheme(
        entities=(),
        roles={event_type: dict.fromkeys(sorted(found), "") for event_type, found in roles.items()},
        attributes={name: (NONE, tuple(sorted(found - {None}))) for name, found in values.items()},
        links={},
        symmetric=NONE,
    )


def decoded(rows: Dataset) -> Iterator[Row]:
    """The rows with the names of labels in place of their numbers."""
    kinds = {column: getattr(kind, "feature", kind) for column, kind in rows.features.items()}
    names = {column: kind.int2str for column, kind in kinds.items() if hasattr(kind, "int2str")}
    for row in rows:
        yield {**row, **{column: name(row[column]) for column, name in names.items()}}


def _share(progress: Progress, index: int, task: str) -> Progress:
    """Progress of the part with this index, as that of the whole."""

    def report(part: float, **measured: float) -> None:
        named = {f"{task}_{name}": value for name, value in measured.items()}
        progress((index + part) / len(PARTS), **named)

    return report
