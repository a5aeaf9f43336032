"""Give the values of times, counts and places whose spans are given."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document
from eventbench.corpus.scheme import NUMBER, PLACE, REPETITIONS, TIME, Scheme
from eventbench.corpus.values import (
    PRECISIONS,
    canonical_value,
    ids,
    interval,
    wrong_value,
)
from eventbench.errors import EventbenchError
from eventbench.io import short
from eventbench.scoring.decisions import EVENT, NOTHING, Decision, Mark
from eventbench.tasks.base import (
    SENTENCE_COLUMNS,
    Gold,
    HubWords,
    Row,
    Task,
    sentence_columns,
    sentence_features,
    tokens_span,
)
from eventbench.tasks.seen import Seen

if TYPE_CHECKING:
    from datasets import Features

    from eventbench.scoring.counts import Floats
    from eventbench.scoring.statistics import Measure, Numbers, Sections, Statistics

KINDS = tuple(PRECISIONS)
"""The kinds of span whose values are asked for."""

GROUPS = {TIME: "times", NUMBER: "counts", REPETITIONS: "counts", PLACE: "places"}
"""What the headline is the mean over."""

OVERLAP = "overlap"


class Values(Task):
    """One row per span, with its sentence and the publication date of the article.

    Values are those of `eventbench.corpus.values`: an interval of days, a range of numbers,
    or ids of places; None if undecided. The headline is the mean of the accuracies of times,
    counts and places, so that the many places do not hide the others; Number and Repetitions
    are one there, since Repetitions are few. Only equal values are right; the section
    "overlap" gives partial credit.
    """

    name = "values"
    title = "Values"
    question = "Say when, how many and which place given spans mean."
    right = "A value is right if it equals that of the gold."
    inputs = (*SENTENCE_COLUMNS, "span_start", "span_end", "kind", "published")
    headline = ("average", "macro avg")
    section = "kind"
    section_title = "By kind"
    counts_predictions = False
    matching: ClassVar[Mapping[str, str]] = {
        "values_of": "gold spans",
        "matching": "equal values, mean over times, counts and places",
    }
    meanings: ClassVar[Mapping[str, str]] = {
        "span_start": "Index of the first token of the span.",
        "span_end": "Index after the last token of the span.",
        "kind": f"Kind of the span, the index of one of {', '.join(KINDS)}.",
        "published": "Day of publication of the article in ISO 8601, null if unknown.",
        "value": (
            "What the span says. Time: two days in ISO 8601 with a slash, both included, each with "
            "a clock time if the text has one. Number and Repetitions: LOW-HIGH, an end that is "
            "not known empty. Place: ids of the corpus's gazetteer, joined by +. Or unknown."
        ),
    }
    hub = HubWords(
        "text-classification",
        "values of given times, counts and places",
        "accuracy",
        "mean of the shares of right times, counts and places",
    )

    def applies(self, corpus: Corpus) -> bool:
        return any(value.kind in KINDS for d in corpus.documents for value in d.values)

    # Rows

    def features(self, scheme: Scheme) -> Features:
        from datasets import ClassLabel, Features, Value

        return Features(
            {
                **sentence_features(),
                "span_start": Value("int32"),
                "span_end": Value("int32"),
                "kind": ClassLabel(names=list(KINDS)),
                "published": Value("string"),
                "value": Value("string"),
            }
        )

    def scheme_text(self, scheme: Scheme) -> str:
        return ""  # the rows have all that is used

    def section_names(self, scheme: Scheme) -> Sequence[str]:
        return KINDS

    def bare_rows(self, document: Document, scheme: Scheme, seen: Seen | None) -> Iterator[Row]:
        published = document.published.isoformat() if document.published else None
        asked = [value for value in document.values if value.kind in KINDS]
        for index, sentence in enumerate(document.sentences):
            starts = {t.start: k for k, t in enumerate(sentence.tokens)}
            ends = {t.end: k for k, t in enumerate(sentence.tokens, 1)}
            for value in [v for v in asked if sentence.span.contains(v.span)]:
                asked.remove(value)
                if value.span.start not in starts or value.span.end not in ends:
                    raise _misplaced(document, value.span.text_in(document.text), value.line)
                yield {
                    **sentence_columns(document, index, sentence),
                    "id": f"{document.id}-{value.kind}-{value.span.start}-{value.span.end}",
                    "span_start": starts[value.span.start],
                    "span_end": ends[value.span.end],
                    "kind": value.kind,
                    "published": published,
                    "value": canonical_value(value.kind, value.value),
                }
        for value in asked:
            raise _misplaced(document, value.span.text_in(document.text), value.line)

    # Answers

    def gold(self, row: Row) -> str:
        value: str = row["value"]
        return value

    def parse(self, record: Mapping[str, Any], row: Row, scheme: Scheme) -> str | None:
        if "value" not in record:
            raise EventbenchError("has no 'value'")
        value, kind = record["value"], row["kind"]
        kind = KINDS[kind] if isinstance(kind, int) else kind  # a dataset has numbers of classes
        if value is None:
            return None
        if not isinstance(value, str):
            raise EventbenchError(f"value is {short(value)}, expected null or a string")
        if wrong := wrong_value(kind, value):
            raise EventbenchError(f"{kind}: {wrong}")
        return canonical_value(kind, value)

    def dump(self, row: Row, answer: str | None) -> Row:
        return {"id": row["id"], "value": answer}

    def said(self, row: Row, answer: str | None) -> Sequence[Hashable]:
        return [] if answer is None else [answer]

    def annotators_answer(self, row: Row, document: Document, scheme: Scheme) -> str | None:
        start = row["token_starts"][row["span_start"]]
        end = row["token_ends"][row["span_end"] - 1]
        for found in document.values:
            if (found.span.start, found.span.end, found.kind) == (start, end, row["kind"]):
                return canonical_value(found.kind, found.value)
        return None

    # Scores

    @property
    def measure(self) -> Measure:
        from eventbench.scoring.statistics import POOLED, Measure

        return Measure("mean accuracy of times, counts and places", POOLED, _mean_accuracy)

    def statistics(self, gold: Gold, answers: Mapping[str, str | None]) -> Statistics:
        """Count values, and sum their overlaps, by kind; the units are sentences."""
        import numpy as np

        from eventbench.scoring.statistics import POOLED, Statistics, Table, tally

        units = gold.sentence_units
        right, said = [], []
        overlaps = np.zeros((len(units), len(KINDS), 2))
        for row in gold.rows:
            unit, kind = units[row["doc_id"], row["sent_id"]], row["kind"]
            answer = answers[row["id"]]
            right.append((unit, kind, (row["id"], row["value"])))
            credit = 0.0
            if answer is not None:
                said.append((unit, kind, (row["id"], answer)))
                credit = overlap(kind, row["value"], answer)
            overlaps[unit, KINDS.index(kind)] += credit, 1
        one, other = (
            [(unit, GROUPS[kind], item) for unit, kind, item in side] for side in (right, said)
        )
        tables = {
            POOLED: tally(one, other, set(GROUPS.values()), len(units)),
            self.section: tally(right, said, KINDS, len(units)),
            OVERLAP: Table(KINDS, overlaps, (OVERLAP, "gold")),
        }
        return Statistics(tables, gold.unit_articles)

    def breakdown(self, statistics: Statistics, totals: Mapping[str, Numbers]) -> Sections:
        from eventbench.scoring.counts import GOLD
        from eventbench.scoring.statistics import POOLED, Score, accuracy_score

        names, counts = statistics.tables[self.section].names, totals[self.section]
        order = [names.index(kind) for kind in KINDS]
        mean = float(_mean_accuracy(totals[POOLED]))
        partial = {
            kind: Score(credit / gold, credit / gold, credit / gold, int(gold))
            for kind, (credit, gold) in zip(KINDS, totals[OVERLAP].tolist(), strict=True)
            if gold
        }
        return {
            self.section: {names[k]: accuracy_score(counts[[k]]) for k in order if counts[k].any()},
            OVERLAP: partial,
            "average": {
                "micro avg": accuracy_score(counts),
                "macro avg": Score(mean, mean, mean, int(counts[:, GOLD].sum())),
            },
        }

    def decisions(self, gold: Gold, answers: Mapping[str, str | None]) -> list[Decision]:
        found = []
        for row in gold.rows:
            said = answers[row["id"]] or NOTHING
            if said != row["value"]:
                span = tokens_span(row, row["span_start"], row["span_end"])
                marks = (Mark(EVENT, row["doc_id"], span, row["kind"]),)
                found.append(Decision(row["kind"], row["value"], said, row["id"], marks))
        return found


def _misplaced(document: Document, words: str, line: int) -> EventbenchError:
    place = f"{document.stem}.values.tsv:{line}"
    return EventbenchError(f"{place}: {short(words)} is not made of whole tokens of one sentence")


def _mean_accuracy(counts: Numbers) -> Floats:
    """The mean accuracy over the groups that the gold has; counts: shape (…, groups, 3)."""
    import numpy as np

    from eventbench.scoring.counts import CORRECT, GOLD

    gold = counts[..., GOLD]
    shares = counts[..., CORRECT] / np.maximum(gold, 1)
    mean: Floats = shares.sum(axis=-1) / np.maximum((gold > 0).sum(axis=-1), 1)
    return mean


def overlap(kind: str, one: str, other: str) -> float:
    """Partial credit between 0 and 1, which is 1 for equal values.

    Times and places get their Jaccard index, of time that passes and of ids; counts the share
    of their two bounds that are equal, since an open bound has no length.
    """
    if one == other:
        return 1.0
    if kind == TIME:
        first, second = _time(one), _time(other)
        if first is None or second is None:
            return 0.0
        shared = min(first[1], second[1]) - max(first[0], second[0])
        whole = max(first[1], second[1]) - min(first[0], second[0])
        return max(shared / whole, 0.0)
    if kind == PLACE:
        a, b = set(ids(one)), set(ids(other))
        return len(a & b) / len(a | b)
    ends = zip(one.split("-"), other.split("-"), strict=True)
    return sum(a == b for a, b in ends) / 2


def _time(value: str) -> tuple[datetime, datetime] | None:
    """Where a time begins and ends: with the last day, or with the last minute if one is given."""
    found = interval(value)
    if found is None:
        return None
    last = timedelta(minutes=1) if "T" in value.partition("/")[2] else timedelta(days=1)
    return found[0], found[1] + last
