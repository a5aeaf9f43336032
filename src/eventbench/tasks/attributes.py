"""Decide the attributes of given events, such as subtype and status."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from eventbench.corpus.model import Document, Event
from eventbench.corpus.scheme import Attribute, Scheme
from eventbench.errors import EventbenchError
from eventbench.io import short
from eventbench.scoring.decisions import NOTHING, Decision
from eventbench.tasks.base import (
    EVENT_COLUMNS,
    Gold,
    HubWords,
    Row,
    Task,
    event_columns,
    event_features,
    trigger_mark,
)
from eventbench.tasks.events_at import event_at
from eventbench.tasks.seen import SEEN_COLUMNS, Seen

if TYPE_CHECKING:
    from datasets import Dataset, Features

    from eventbench.scoring.counts import Floats
    from eventbench.scoring.statistics import Measure, Numbers, Sections, Statistics, Table

Labels = dict[str, str | None]
"""The label of each attribute; None if undecided."""

MEAN = "mean of macro F1"
"""The mean over attributes of macro-F1, in the section of averages."""

BY_ATTRIBUTE = "values by attribute"
"""The table of the headline."""


class Attributes(Task):
    """One row per event; one column for each attribute of events in the scheme.

    The headline is the mean over attributes of macro-F1 (`mean_macro_f1`). Most events have
    the most frequent value of each attribute: the share of right decisions rewards saying so
    of every event, which leaves macro-F1 low. The share is the "micro avg" of the averages.
    """

    name = "attributes"
    title = "Attributes"
    question = "Decide the attributes of given events, such as subtype, status and attribution."
    right = (
        "Each attribute of each event is a decision of its own; rare values weigh as much as "
        "frequent ones."
    )
    inputs = EVENT_COLUMNS
    headline = ("average", MEAN)
    section = "attribute"
    section_title = "By attribute"
    value_section = "value"
    counts_predictions = False
    matching: ClassVar[Mapping[str, str]] = {
        "attributes_of": "gold events",
        "matching": "each attribute by itself, mean of macro-F1",
    }
    hub = HubWords(
        "text-classification",
        "event attributes of given triggers",
        "f1",
        "mean over attributes of macro F1",
    )

    def features(self, scheme: Scheme) -> Features:
        from datasets import ClassLabel, Features

        columns = {a.name: ClassLabel(names=a.labels()) for a in scheme.attributes.values()}
        return Features({**event_features(scheme), **columns})

    def scheme_text(self, scheme: Scheme) -> str:
        return repr([(a.name, a.labels()) for a in scheme.attributes.values()])

    def bare_rows(self, document: Document, scheme: Scheme, seen: Seen | None) -> Iterator[Row]:
        for row, others, _, event in event_columns(document, seen):
            for attribute in scheme.attributes_of(event.type):
                if attribute.name not in event.attributes:
                    place = f"{document.stem}.ann:{event.line}"
                    raise EventbenchError(
                        f"{place}: {event.id} has no {attribute.name}; see eventbench data validate"
                    )
            yield {**row, **others, **_labels(event, scheme)}

    def inputs_for(self, documents: Sequence[Document], scheme: Scheme) -> Dataset:
        rows = [self.fill_in(row, d.text, d.title) for d in documents for row in _bare_inputs(d)]
        return self.dataset(rows, scheme).select_columns(list(self.inputs))

    def gold(self, row: Row) -> Labels:
        return {k: v for k, v in row.items() if k not in (*EVENT_COLUMNS, *SEEN_COLUMNS)}

    def dump(self, row: Row, answer: Mapping[str, str | None]) -> Row:
        return {"id": row["id"], **answer}

    def said(self, row: Row, answer: Mapping[str, str | None]) -> Sequence[Hashable]:
        return [item for item in answer.items() if item[1] is not None]

    def parse(self, record: Mapping[str, Any], row: Row, scheme: Scheme) -> Labels:
        found: Labels = {}
        for name, attribute in scheme.attributes.items():
            if name not in record:
                expected = ", ".join(scheme.attributes)
                raise EventbenchError(f"has no {name!r}, expected {expected}")
            label, labels = record[name], attribute.labels()
            if label is not None and label not in labels:
                expected = ", ".join(labels)
                message = f"{name} is {short(label)}, expected null or one of {expected}"
                raise EventbenchError(message)
            found[name] = label
        return found

    def check(self, row: Row, answer: Any, scheme: Scheme) -> Labels:
        if not isinstance(answer, Mapping):
            message = f"found {answer!r:.60}, expected a dictionary of attributes"
            raise EventbenchError(message)
        found: Labels = super().check(row, {n: answer.get(n) for n in scheme.attributes}, scheme)
        return found

    def annotators_answer(self, row: Row, document: Document, scheme: Scheme) -> Labels:
        event, _ = event_at(row, document)
        return _labels(event, scheme) if event else dict.fromkeys(scheme.attributes)

    @property
    def measure(self) -> Measure:
        from eventbench.scoring.statistics import Measure

        return Measure("mean macro-F1 of attributes", BY_ATTRIBUTE, mean_macro_f1)

    def statistics(self, gold: Gold, answers: Mapping[str, Labels]) -> Statistics:
        """Count decisions by attribute and label; the units are sentences."""
        import numpy as np

        from eventbench.scoring.statistics import Statistics, tally

        attributes, units = gold.scheme.attributes.values(), gold.sentence_units
        right, said = [], []
        for row in gold.rows:
            unit = units[row["doc_id"], row["sent_id"]]
            for attribute in attributes:
                label, answer = row[attribute.name], answers[row["id"]][attribute.name]
                if label is None:
                    continue  # the type of this event does not have the attribute
                question = row["id"], attribute.name
                right.append((unit, _value(attribute, label), question))
                if answer is not None:
                    said.append((unit, _value(attribute, answer), question))
        names = [_value(a, label) for a in attributes for label in a.labels()]
        table = tally(right, said, names, len(units))
        articles = np.array([gold.article_numbers[article] for article, _ in units])
        return Statistics({BY_ATTRIBUTE: _by_attribute(table), "value": table}, articles)

    def breakdown(self, statistics: Statistics, totals: Mapping[str, Numbers]) -> Sections:
        from eventbench.scoring.counts import GOLD
        from eventbench.scoring.statistics import (
            Score,
            accuracy_score,
            average_scores,
            class_scores,
            macro_score,
        )

        names, counts = statistics.tables["value"].names, totals["value"]
        mean = float(mean_macro_f1(totals[BY_ATTRIBUTE]))
        by_attribute: dict[str, Any] = {}
        for attribute in dict.fromkeys(name.partition(":")[0] for name in names):
            mine = counts[[k for k, n in enumerate(names) if n.startswith(f"{attribute}:")]]
            by_attribute[f"{attribute} accuracy"] = accuracy_score(mine)
            by_attribute[f"{attribute} macro F1"] = macro_score(mine)
        return {
            self.section: by_attribute,
            "value": class_scores(counts, names),
            "average": {
                **average_scores(counts, names),
                MEAN: Score(mean, mean, mean, int(counts[:, GOLD].sum())),
            },
        }

    def decisions(self, gold: Gold, answers: Mapping[str, Labels]) -> list[Decision]:
        found = []
        for name in gold.scheme.attributes:
            for row in gold.rows:
                right, said = row[name], answers[row["id"]][name] or NOTHING
                if right is not None:
                    marks = (trigger_mark(row),)
                    found.append(Decision(name, right, said, row["id"], marks, said == right))
        return found


def mean_macro_f1(counts: Numbers) -> Floats:
    """Mean over attributes of macro-F1, each over the values that occur in gold or predictions.

    Rare values ("negated") weigh as much as frequent ones, and attributes with many values
    as much as those with few. A value counts as soon as it is in the gold or predicted, as
    in seqeval and scikit-learn: one that is only predicted has F1 0, so a system gains
    nothing by calling on values that the articles do not have. A value that is in neither
    has no F1, and is left out. So is an attribute that the gold decides nowhere.

    Args:
        counts: counts of each attribute's values, shape (…, attributes, 3 · values), as in
            the table `BY_ATTRIBUTE`; attributes with fewer values end with zeros.
    """
    import numpy as np

    from eventbench.scoring.counts import GOLD, macro_f1

    by_value = counts.reshape(*counts.shape[:-1], counts.shape[-1] // 3, 3)
    decided = (by_value[..., GOLD] > 0).any(axis=-1)
    total = np.where(decided, macro_f1(by_value), 0.0).sum(axis=-1)
    mean: Floats = total / np.maximum(decided.sum(axis=-1), 1)
    return mean


def _by_attribute(table: Table) -> Table:
    """Arrange counts by value as one name per attribute, with the counts of all its values."""
    import numpy as np

    from eventbench.scoring.statistics import COUNTS, Table

    columns: dict[str, list[int]] = {}
    for k, name in enumerate(table.names):
        columns.setdefault(name.partition(":")[0], []).append(k)
    most = max(map(len, columns.values()), default=1)
    values = np.zeros((len(table.values), len(columns), most, len(COUNTS)), table.values.dtype)
    for place, mine in enumerate(columns.values()):
        values[:, place, : len(mine)] = table.values[:, mine]
    kinds = COUNTS * most
    return Table(tuple(columns), values.reshape(*values.shape[:2], len(kinds)), kinds)


def _bare_inputs(document: Document) -> Iterator[Row]:
    """Rows without labels, since predicted events have none."""
    return (row for row, *_ in event_columns(document, None))


def _value(attribute: Attribute, label: str) -> str:
    return f"{attribute.name}:{label}"


def _labels(event: Event, scheme: Scheme) -> Labels:
    """The labels of an event's attributes; None for attributes that it does not have."""
    return {
        name: attribute.label(event.type, event.attributes[name])
        if name in event.attributes
        else None
        for name, attribute in scheme.attributes.items()
    }
