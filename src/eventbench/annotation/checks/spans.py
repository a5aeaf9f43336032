"""Checks of triggers and arguments: where they are and what they hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from eventbench.annotation.checks.base import AnnotationSet, Checks, Finding, quote
from eventbench.corpus.model import Argument, Document, Event
from eventbench.corpus.scheme import NUMBER, PARTICIPANT, REPETITIONS, TIME, Scheme
from eventbench.corpus.values import UNKNOWN

CHECKS = Checks()


@CHECKS.of_document("trigger-outside-sentence", "A trigger does not lie within one sentence.")
def _trigger_outside_sentence(document: Document, annotated: AnnotationSet) -> Iterator[Finding]:
    for event in document.events:
        if document.sentence_of(event.trigger) is None:
            yield event.line, f"{quote(document, event.trigger)} is not within one sentence"


@CHECKS.of_document(
    "not-on-tokens", "A trigger, argument or source does not begin and end with a token."
)
def _not_on_tokens(document: Document, annotated: AnnotationSet) -> Iterator[Finding]:
    starts = {t.start for s in document.sentences for t in s.tokens}
    ends = {t.end for s in document.sentences for t in s.tokens}
    for event in document.events:
        sources = () if event.source is None else (event.source,)
        for span in (event.trigger, *(a.span for a in event.arguments), *sources):
            if span.start not in starts or span.end not in ends:
                yield event.line, f"{quote(document, span)} is not made of whole tokens"


@CHECKS.of_document(
    "triggers-overlap", "Two triggers share text; a token belongs to one trigger at most."
)
def _triggers_overlap(document: Document, annotated: AnnotationSet) -> Iterator[Finding]:
    for first, second in combinations(sorted(document.events, key=lambda e: e.trigger), 2):
        if first.trigger.overlaps(second.trigger):
            quoted = quote(document, first.trigger)
            yield second.line, f"{quote(document, second.trigger)} overlaps trigger {quoted}"


@CHECKS.of_document(
    "argument-outside-sentence", "An argument does not lie in its trigger's sentence."
)
def _argument_outside_sentence(document: Document, annotated: AnnotationSet) -> Iterator[Finding]:
    for event in document.events:
        sentence = document.sentence_of(event.trigger)
        for argument in event.arguments:
            if sentence is not None and not sentence.span.contains(argument.span):
                quoted = quote(document, argument.span)
                yield event.line, f"{argument.role} {quoted} is not in sentence {sentence.id}"


@CHECKS.of_document(
    "arguments-overlap", "Two arguments of one event, or an argument and its trigger, overlap."
)
def _arguments_overlap(document: Document, annotated: AnnotationSet) -> Iterator[Finding]:
    for event in document.events:
        spans = [("trigger", event.trigger), *((a.role, a.span) for a in event.arguments)]
        for (name_a, a), (name_b, b) in combinations(spans, 2):
            if a.overlaps(b):
                first, second = quote(document, a), quote(document, b)
                yield event.line, f"{name_a} {first} overlaps {name_b} {second}"


# Kinds of role filler that a scheme may have or lack


def _of_kind(event: Event, scheme: Scheme, *kinds: str) -> list[Argument]:
    return [a for a in event.arguments if scheme.kind(event.type, a.role) in kinds]


@CHECKS.of_document(
    "count-unpaired",
    "A count of people does not bear the number of people it counts, or shares its number.",
)
def _count_unpaired(document: Document, annotated: AnnotationSet) -> Iterator[Finding]:
    for event in document.events:
        counted = {a.number for a in _of_kind(event, annotated.scheme, PARTICIPANT)}
        counts = _of_kind(event, annotated.scheme, NUMBER)
        shared = {n for n, times in Counter(a.number for a in counts).items() if times > 1}
        for count in counts:
            quoted = quote(document, count.span)
            if count.number in shared:
                yield event.line, f"{count.role} {quoted} shares number {count.number}"
            # The first count may count the trigger itself: "nine bodies, among them six children".
            elif counted and count.number > 1 and count.number not in counted:
                yield event.line, f"{count.role} {quoted} is number {count.number}, as nobody is"


_NUMBER_WORD = {
    "en": re.compile(
        r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|"
        r"(?:twen|thir|for|fif|six|seven|eigh|nine)ty|twice|dozens?|scores?|"
        r"hundreds?|thousands?|millions?|half|third|quarter|number)\b",
        re.IGNORECASE,
    )
}
_TIME_WORD = {
    "en": re.compile(
        r"\d|\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|"
        r"july|august|september|october|november|december|today|tonight|yesterday|tomorrow|"
        r"dawn|daybreak|sunrise|first light|mornings?|noon|midday|afternoons?|dusk|sunset|"
        r"nightfall|evenings?|nights?|overnight|midnight|minutes?|hours?|days?|weeks?|fortnight|weekend|"
        r"quarter|months?|years?|decades?|spring|summer|autumn|winter|christmas|easter|past)\b",
        re.IGNORECASE,
    )
}
"""By language, as the words of a language that nobody has listed cannot be checked."""


def _without(
    words: dict[str, re.Pattern[str]], document: Document, annotated: AnnotationSet, *kinds: str
) -> Iterator[tuple[Event, Argument]]:
    """The arguments of some kinds that hold none of the words, and have no value either."""
    pattern = words.get(annotated.info.language.partition("-")[0])
    if pattern is None:
        return
    known = {v.span for v in document.values if v.kind in kinds and v.value != UNKNOWN}
    for event in document.events:
        for argument in _of_kind(event, annotated.scheme, *kinds):
            words_of_it = argument.span.text_in(document.text)
            if argument.span not in known and not pattern.search(words_of_it):
                yield event, argument


@CHECKS.of_document(
    "count-without-number", "A count holds no figure and no number word, and has no value."
)
def _count_without_number(document: Document, annotated: AnnotationSet) -> Iterator[Finding]:
    for event, a in _without(_NUMBER_WORD, document, annotated, NUMBER, REPETITIONS):
        yield event.line, f"{a.role} {quote(document, a.span)} holds no number"


@CHECKS.of_document(
    "not-a-time",
    "A time names no hour, day, date, month, season, year or length of these, and has no value.",
)
def _not_a_time(document: Document, annotated: AnnotationSet) -> Iterator[Finding]:
    for event, a in _without(_TIME_WORD, document, annotated, TIME):
        yield event.line, f"{a.role} {quote(document, a.span)} names no time"
