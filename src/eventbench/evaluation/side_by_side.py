"""Predicted events beside those of the gold, event by event, by the rules of the scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from eventbench.corpus.model import SOURCE, Document, Event, Span
from eventbench.corpus.scheme import Scheme
from eventbench.corpus.values import canonical_value, shown_value
from eventbench.scoring.decisions import NOTHING
from eventbench.scoring.error_analysis import Entity, Match
from eventbench.tasks.matching import EventMatch, attribute_pairs, match_arguments, match_events
from eventbench.tasks.values import KINDS
from eventbench.text import plural

RIGHT, PARTLY, WRONG, MISSED = OUTCOMES = ("right", "partly", "wrong", "missed")
"""What can become of an event: all of it is as in the gold; trigger and type are, something else
differs; trigger or type differ, or the gold has no such event; no prediction overlaps it."""

ARGUMENTS = "arguments"
"""What is compared of an event besides its trigger, type, attributes, source and values."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a prediction says otherwise than the gold.

    Attributes:
        about: what differs: "trigger", "type", "source", an attribute or a role.
        gold: the gold's words or value; `NOTHING` if it has none.
        predicted: those of the prediction, likewise.
        gold_span: where the gold has its words, if it has any.
        predicted_span: where the prediction has its words, likewise.
        gold_role: what the words of the gold are.
    """

    about: str
    gold: str
    predicted: str
    gold_span: Span | None = None
    predicted_span: Span | None = None
    gold_role: str = ""

    def __str__(self) -> str:
        return f"{self.about}: gold {self.gold}, predicted {self.predicted}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one event.

    Attributes:
        outcome: one of `OUTCOMES`.
        gold: the event of the gold; None if the gold has none there.
        predicted: the predicted event; None if it is missed.
        differences: what the two say differently. If their triggers or types differ, nothing
            else is compared, as in the scores.
    """

    outcome: str
    gold: Event | None
    predicted: Event | None
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class SideBySide:
    """An article with its predicted events and those of the gold that were missed.

    Attributes:
        document: the article. Missed events follow the predicted ones; their ids begin with
            "gold-". Links are the predicted ones.
        verdicts: what became of each event of ``document``, by its id.
    """

    document: Document
    verdicts: Mapping[str, Verdict]

    @property
    def tally(self) -> Tally:
        """How many events are right, wrong and missed."""
        return Tally.of(self.verdicts.values())


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of events by what became of them; ``extra`` are the wrong ones without gold."""

    right: int = 0
    partly: int = 0
    wrong: int = 0
    missed: int = 0
    extra: int = 0

    @classmethod
    def of(cls, verdicts: Iterable[Verdict]) -> Tally:
        """Count verdicts."""
        listed = list(verdicts)
        found = Counter(verdict.outcome for verdict in listed)
        extra = sum(verdict.gold is None for verdict in listed)
        return cls(found[RIGHT], found[PARTLY], found[WRONG], found[MISSED], extra)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.right + other.right,
            self.partly + other.partly,
            self.wrong + other.wrong,
            self.missed + other.missed,
            self.extra + other.extra,
        )

    @property
    def predicted(self) -> int:
        """How many events were predicted."""
        return self.right + self.partly + self.wrong

    @property
    def gold(self) -> int:
        """How many events the gold has."""
        return self.predicted - self.extra + self.missed

    def __str__(self) -> str:
        extra = f" ({self.extra} of them not in the gold)" if self.extra else ""
        return (
            f"{plural(self.predicted, 'event')} predicted, {self.gold} in the gold: {self.right} "
            f"right, {self.partly} partly right, {self.wrong} wrong{extra}, {self.missed} missed"
        )


def never_predicted(documents: Iterable[Document], scheme: Scheme) -> tuple[str, ...]:
    """Name what no predicted event has: a system may not be made to predict it.

    Args:
        documents: all articles of a system, with its predictions.
        scheme: the scheme of the corpus.

    Returns:
        `ARGUMENTS`, names of attributes, `SOURCE`, and a `values_of` each kind of argument, as far
        as they are missing.
    """
    found: set[str] = set()
    for document in documents:
        found |= {values_of(value.kind) for value in document.values}
        for event in document.events:
            found |= {name for name, value in event.attributes.items() if value is not None}
            found |= {SOURCE} if event.source else set()
            found |= {ARGUMENTS} if event.arguments else set()
            kinds = (scheme.kind(event.type, a.role) for a in event.arguments if a.value)
            found |= set(map(values_of, kinds))
    names = (ARGUMENTS, *scheme.attributes, SOURCE, *map(values_of, KINDS))
    return tuple(name for name in names if name not in found)


def values_of(kind: str) -> str:
    """The name of what arguments of a kind mean, such as days or places."""
    return f"values of {kind}"


def compare_article(
    predicted: Document, gold: Document, scheme: Scheme, ignored: Sequence[str] = ()
) -> SideBySide:
    """Compare the events of an article with those of the gold.

    Events are matched by trigger and type, arguments by role and bounds, and attributes and
    sources by their values, as in the scores of ``events`` and ``attribution``. A right
    event has no difference.

    Args:
        predicted: the article with its predicted events.
        gold: the same article with those of the gold.
        scheme: the scheme of both.
        ignored: what is not compared; see `never_predicted`.
    """
    shown: list[Event] = []
    verdicts: dict[str, Verdict] = {}
    predicted_ids = {event.id for event in predicted.events}
    taken = set(predicted_ids)
    missed = []
    for match in match_events(gold.events, predicted.events, scheme):
        if match.predicted is None:
            missed.append(match)
            continue
        found = tuple(_differences(match, predicted, gold, scheme, ignored))
        outcome = WRONG if match.outcome != "exact" else PARTLY if found else RIGHT
        shown.append(match.predicted)
        verdicts[match.predicted.id] = Verdict(outcome, match.gold, match.predicted, found)
    for match in missed:
        assert match.gold is not None
        name = f"gold-{match.gold.id}"
        while name in taken:
            name = f"gold-{name}"
        taken.add(name)
        shown.append(replace(match.gold, id=name))
        verdicts[name] = Verdict(MISSED, match.gold, None)
    alone = {a.span for event in shown if event.id not in predicted_ids for a in event.arguments}
    alone -= {a.span for event in predicted.events for a in event.arguments}
    values = (*predicted.values, *(value for value in gold.values if value.span in alone))
    document = replace(predicted, events=tuple(shown), values=values)
    return SideBySide(document, verdicts)


def _differences(
    match: EventMatch, predicted: Document, gold: Document, scheme: Scheme, ignored: Sequence[str]
) -> Iterator[Difference]:
    ours, theirs, text = match.gold, match.predicted, predicted.text
    if ours is None or theirs is None:
        return
    if ours.type != theirs.type:
        yield Difference("type", ours.type, theirs.type)
    if ours.trigger != theirs.trigger:
        yield _of_spans("trigger", ours.trigger, theirs.trigger, text)
    if match.outcome != "exact":
        return
    for attribute, right, said in attribute_pairs(ours, theirs, scheme):
        if right != said and attribute.name not in ignored:
            # The type is that of both events, and need not be said with the value.
            right, said = (label.removeprefix(f"{ours.type}/") for label in (right, said))
            yield Difference(attribute.title.lower(), right, said)
    if ARGUMENTS not in ignored:
        for argument in match_arguments(ours, theirs):
            if argument.outcome != "exact":
                yield _of_argument(argument, text)
            else:
                yield from _of_value(argument, theirs, predicted, gold, scheme, ignored)
    if SOURCE not in ignored and ours.source != theirs.source:
        yield _of_spans("source", ours.source, theirs.source, text)


def _of_spans(about: str, gold: Span | None, predicted: Span | None, text: str) -> Difference:
    return Difference(about, _quoted(gold, text), _quoted(predicted, text), gold, predicted, about)


def _quoted(span: Span | None, text: str) -> str:
    return NOTHING if span is None else f"“{' '.join(span.text_in(text).split())}”"


def _of_argument(match: Match, text: str) -> Difference:
    ours, theirs = (
        None if entity is None else Span(entity.start, entity.end)
        for entity in (match.gold, match.predicted)
    )
    roles = [entity.label for entity in (match.gold, match.predicted) if entity is not None]
    if len({*roles}) == 1:
        return _of_spans(roles[0], ours, theirs, text)
    right, said = (
        f"{role} {_quoted(span, text)}" for role, span in zip(roles, (ours, theirs), strict=True)
    )
    return Difference("role", right, said, ours, theirs, roles[0])


def _of_value(
    match: Match,
    event: Event,
    predicted: Document,
    gold: Document,
    scheme: Scheme,
    ignored: Sequence[str],
) -> Iterator[Difference]:
    """The difference of what an argument means, if the gold says it."""
    entity: Entity | None = match.gold
    assert entity is not None
    span, kind = Span(entity.start, entity.end), scheme.kind(event.type, entity.label)
    if kind not in KINDS or values_of(kind) in ignored:
        return
    said = next(
        (a.value for a in event.arguments if a.span == span and a.role == entity.label), None
    )
    said = said or _value_at(predicted, span, kind)
    right = _value_at(gold, span, kind)
    if right is not None and right != said:
        about = f"value of {entity.label} {_quoted(span, predicted.text)}"
        yield Difference(about, shown_value(right), shown_value(said) if said else NOTHING)


def _value_at(document: Document, span: Span, kind: str) -> str | None:
    found = next((v.value for v in document.values if (v.span, v.kind) == (span, kind)), None)
    return None if found is None else canonical_value(kind, found)
