"""Checks of the values of times, counts, places and sources, with the lists that they refer to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from eventbench.annotation.checks.base import AnnotationSet, Checks, quote
from eventbench.corpus.model import Document, Problem, Span, Value
from eventbench.corpus.scheme import NUMBER, PLACE, REPETITIONS, SPEAKER, TIME
from eventbench.corpus.values import (
    PLACES,
    SPEAKERS,
    UNKNOWN,
    VALUED,
    bounds,
    ids,
    interval,
    read_named,
    values_path,
)

CHECKS = Checks()

SLIP = "slip"
"""How the note begins on a value that corrects the words."""


def _each(annotated: AnnotationSet, *kinds: str) -> Iterator[tuple[Document, Value, str]]:
    """The values of some kinds, each with its article and its words."""
    for document in annotated.documents.values():
        for value in document.values:
            if value.kind in kinds:
                yield document, value, value.span.text_in(document.text)


def _problem(
    identifier: str, document: Document, value: Value, annotated: AnnotationSet, said: str
) -> Problem:
    path = values_path(annotated.lists / "gold" / f"{document.stem}.ann")
    return Problem(str(path), value.line, identifier, f"{quote(document, value.span)}: {said}")


def _spans(document: Document, annotated: AnnotationSet) -> dict[tuple[Span, str], int]:
    """The spans that need a value, with their kinds, and the line of an event that has them."""
    found: dict[tuple[Span, str], int] = {}
    for event in document.events:
        for argument in event.arguments:
            kind = annotated.scheme.kind(event.type, argument.role)
            if kind in VALUED:
                found[argument.span, str(kind)] = event.line
        if event.source is not None:
            found[event.source, SPEAKER] = event.line
    return found


@CHECKS.of_gold(
    "missing-value",
    "A time, count, place or source has no value, in a corpus that has values.",
)
def _missing_value(annotated: AnnotationSet) -> Iterator[Problem]:
    if not any(document.values for document in annotated.documents.values()):
        return
    for document in annotated.documents.values():
        given = {(value.span, value.kind) for value in document.values}
        for (span, kind), line in _spans(document, annotated).items():
            if (span, kind) not in given:
                path = annotated.paths[document.id]
                message = f"the {kind} {quote(document, span)} has no value"
                yield Problem(path, line, "missing-value", message)


@CHECKS.of_gold("stale-value", "A value belongs to a span that no event has with that kind.")
def _stale_value(annotated: AnnotationSet) -> Iterator[Problem]:
    for document in annotated.documents.values():
        needed = _spans(document, annotated)
        for value in document.values:
            if (value.span, value.kind) not in needed:
                said = f"no event has these words as a {value.kind}"
                yield _problem("stale-value", document, value, annotated, said)


@CHECKS.of_gold(
    "unknown-name", "A value names a place or source that places.toml or speakers.toml lacks."
)
def _unknown_name(annotated: AnnotationSet) -> Iterator[Problem]:
    for kind, file, key in ((PLACE, PLACES, "place"), (SPEAKER, SPEAKERS, "speaker")):
        known = read_named(annotated.lists / file, key)
        for document, value, _ in _each(annotated, kind):
            for name in ids(value.value):
                if name not in known and name != UNKNOWN:
                    said = f"{file} has no {name!r}"
                    yield _problem("unknown-name", document, value, annotated, said)


# Words and values. English only: the words of other languages are not listed.

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = "|".join(_MONTHS)
_DATE = re.compile(rf"\b(\d\d?)(?:st|nd|rd|th)? ({_MONTH})\b|\b({_MONTH}) (\d\d?)\b", re.I)
_WEEKDAY = re.compile(rf"\b({'|'.join(_DAYS)})\b", re.I)
_FIGURE = re.compile(r"\d+(?:[.,]\d{3})*(?![\d.,]*\d)")
_POWERS: Mapping[str, int] = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
_NUMERALS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    "twenty",
)  # fmt: skip


def _is_english(annotated: AnnotationSet) -> bool:
    return annotated.info.language.partition("-")[0] == "en"


def _days(value: Value) -> Iterator[date]:
    """The days of a time of a year at most; none if it is unknown."""
    found = interval(value.value)
    if found is not None:
        first, last = (end.date() for end in found)
        for day in range(min((last - first).days, 366) + 1):
            yield first + timedelta(days=day)


@CHECKS.of_gold("date-outside", "A time does not contain the date or weekday that its words name.")
def _date_outside(annotated: AnnotationSet) -> Iterator[Problem]:
    for document, value, words in _each(annotated, TIME):
        days = list(_days(value))
        if not days or value.note.startswith(SLIP) or not _is_english(annotated):
            continue
        dates = {(day.day, day.month) for day in days}
        for first, month, other_month, other in _DATE.findall(words):
            named = int(first or other), 1 + _MONTHS.index((month or other_month).lower())
            if named not in dates:
                said = f"{value.value} does not contain day {named[0]} of month {named[1]}"
                yield _problem("date-outside", document, value, annotated, said)
        for weekday in _WEEKDAY.findall(words):
            if _DAYS.index(weekday.lower()) not in {day.weekday() for day in days}:
                said = f"{value.value} contains no {weekday}"
                yield _problem("date-outside", document, value, annotated, said)


def _numbers(words: str) -> Iterator[int]:
    """The whole numbers that words write in figures, or from one to twenty as a word."""
    for match in _FIGURE.finditer(words):
        following = re.match(r"\s+(\w+)", words[match.end() :])
        if following and following[1].lower() in ("per", "percent"):
            continue  # a share, whose value is the number that it makes of the whole
        power = _POWERS.get(following[1].lower(), 1) if following else 1
        yield int(re.sub(r"[.,]", "", match[0])) * power
    for position, numeral in enumerate(_NUMERALS, 1):
        # Not "one of", "twenty-five", "two hundred" or "two thirds": another number or none.
        other = "-| of\\b| (?:hundred|thousand|million|thirds|quarters|fifths)"
        if re.search(rf"(?<!-)\b{numeral}\b(?!{other})", words, re.I):
            yield position


@CHECKS.of_gold("number-outside", "A count does not allow the number that its words name.")
def _number_outside(annotated: AnnotationSet) -> Iterator[Problem]:
    for document, value, words in _each(annotated, NUMBER, REPETITIONS):
        found = bounds(value.value)
        if found is None or value.note.startswith(SLIP) or not _is_english(annotated):
            continue
        low, high = found
        for number in _numbers(words):
            if (low is not None and number < low) or (high is not None and number > high):
                said = f"{value.value} does not allow {number}"
                yield _problem("number-outside", document, value, annotated, said)
