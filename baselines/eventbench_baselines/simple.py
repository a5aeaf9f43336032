"""Simple answers of the lexicon to attribution, links, values and incidents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

Row = dict[str, Any]
Fact = tuple[tuple[str, ...], str]
"""Something seen in training, and what it was."""

# Attribution


def sources(row: Row) -> Iterator[Fact]:
    """The words of the source of an event, if it has one."""
    if row["source"] is not None:
        yield (row["source"]["text"].lower(),), "source"


def find_source(row: Row, known: Iterable[tuple[str, ...]]) -> Row:
    """The longest known source that the sentence names; the author if it names none."""
    for (phrase,) in sorted(known, key=lambda key: (-len(key[0]), key)):
        found = re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", row["text"], re.IGNORECASE)
        if found:
            start = row["token_starts"][0]
            place = {"start": start + found.start(), "end": start + found.end()}
            return {"reported": "attributed", "source": place}
    return {"reported": "author", "source": None}


# Links

SAME_WORDS = ("same words",)


def links_of_same_words(row: Row) -> Iterator[Fact]:
    """The types of links between events with the same trigger words and type."""
    words = {event["id"]: _words_and_type(event) for event in row["events"]}
    for link in row["links"]:
        if words[link["first"]] == words[link["second"]]:
            yield SAME_WORDS, link["type"]


def same_words(row: Row, memory: dict[tuple[str, ...], str]) -> list[Row]:
    """Link each event to the last one before it with the same trigger words and type.

    The type of the link is the most frequent one between such events in training.
    """
    if SAME_WORDS not in memory:
        return []
    last: dict[tuple[str, str], str] = {}
    links = []
    for event in row["events"]:
        key = _words_and_type(event)
        if key in last:
            links.append({"type": memory[SAME_WORDS], "first": last[key], "second": event["id"]})
        last[key] = event["id"]
    return links


def _words_and_type(event: Row) -> tuple[str, str]:
    return event["trigger"]["text"].lower(), event["type"]


# Values

COUNTS = ("Number", "Repetitions")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
SMALL = (
    *("one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)


def words_of(row: Row) -> str:
    """The words of the span, in lower case."""
    return " ".join(row["tokens"][row["span_start"] : row["span_end"]]).lower()


def meanings(row: Row) -> Iterator[Fact]:
    """The value of the words of a span, and of a span of its kind."""
    yield (row["kind"], words_of(row)), row["value"]
    yield (row["kind"],), row["value"]


def read_value(row: Row, memory: dict[tuple[str, ...], str]) -> str | None:
    """What figures and names of days say; else what the words, or the kind, mostly meant."""
    words, kind = words_of(row), row["kind"]
    read = None
    if kind in COUNTS:
        read = count(words)
    elif kind == "Time":
        read = day(words, row["published"])
    return read or memory.get((kind, words)) or memory.get((kind,))


def count(words: str) -> str | None:
    """The range of a number in figures or of a small one in letters: "more than 20" is "20-"."""
    figures = re.search(r"(?<![\d.,])\d+(?:,\d{3})*(?![\d.])", words)
    letters = next((k for k, word in enumerate(SMALL, 1) if word in words.split()), None)
    if figures is None and letters is None:
        return None
    number = int(figures[0].replace(",", "")) if figures else letters
    is_least = any(bound in words for bound in ("more than", "at least", "over "))
    return f"{number}-" if is_least else f"{number}-{number}"


def day(words: str, published: str | None) -> str | None:
    """A date, or the last such day of the week before publication."""
    month = next((k for k, name in enumerate(MONTHS, 1) if name in words), None)
    year = re.search(r"\b(?:19|20)\d\d\b", words)
    number = re.search(r"\b([1-9]|[12]\d|3[01])\b", words)
    if month and number and (year or published):
        try:
            found = date(int(year[0] if year else str(published)[:4]), month, int(number[0]))
        except ValueError:
            return None  # no such day
        return f"{found}/{found}"
    weekday = next((k for k, name in enumerate(DAYS) if name in words), None)
    if weekday is None or not published:
        return None
    last = date.fromisoformat(published)
    found = last - timedelta(days=(last.weekday() - weekday) % 7)
    return f"{found}/{found}"


# Incidents


def signs_of_incidents(row: Row) -> Iterator[Fact]:
    """The incident of a type, place and time in words; the id of a place, and what kills."""
    events = {event["id"]: event for event in row["events"]}
    for incident in row["incidents"]:
        for event in (events[name] for name in incident["events"]):
            if key := _type_place_time(event):
                yield ("incident", *key), incident["name"]
            if len(incident["where"]) == 1:
                for words in _fillers(event, "Place"):
                    yield ("Place", words), incident["where"][0]
            if incident["killed"] and _fillers(event, "Number"):
                yield ("killed", *_kind_of_event(event)), "killed"


def find_incidents(row: Row, memory: dict[tuple[str, ...], str]) -> list[Row]:
    """Join events of one type whose places and times have the same words; others are alone.

    The name is that of the incident with these words in training, else one of the article.
    """
    clusters: dict[str, list[Row]] = {}
    for event in row["events"]:
        key = _type_place_time(event)
        new = f"{row['id']} {' '.join(key) or event['id']}"
        name = memory.get(("incident", *key), new) if key else new
        clusters.setdefault(name, []).append(event)
    found = []
    for name, events in clusters.items():
        times = [w for event in events for w in _fillers(event, "Time")]
        places = [w for event in events for w in _fillers(event, "Place")]
        deadly = [event for event in events if ("killed", *_kind_of_event(event)) in memory]
        counts = [w for event in deadly for w in _fillers(event, "Number")]
        days = (day(words, row["published"]) for words in times)
        where = {memory["Place", words] for words in places if ("Place", words) in memory}
        found.append(
            {
                "name": name,
                "events": [event["id"] for event in events],
                "when": next(filter(None, days), None),
                "where": sorted(where - {"unknown"}),
                "killed": next(filter(None, map(count, counts)), None),
            }
        )
    return found


def _type_place_time(event: Row) -> tuple[str, ...]:
    """The type of an event with the words of its places and times; empty if it has neither."""
    words = [" ".join(_fillers(event, kind)) for kind in ("Place", "Time")]
    return (event["type"], *words) if any(words) else ()


def _fillers(event: Row, kind: str) -> list[str]:
    return [a["text"].lower() for a in event["arguments"] if a["kind"] == kind]


def _kind_of_event(event: Row) -> tuple[str, ...]:
    found = {a["name"]: a["value"] for a in event["attributes"]}
    return event["type"], found.get("subtype", "")
