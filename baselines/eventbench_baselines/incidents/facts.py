"""What an article tells of an incident: when and where it was, and how many it killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

from eventbench.claims import Named, bounds, common, read_time, together, until
from eventbench_baselines.incidents.mentions import NUMBER, TIME, Mention, Row

Label = tuple[str, str]
"""Type and subtype."""


def facts_of(
    mentions: Sequence[Mention], deadly: Collection[Label], places: Mapping[str, Named]
) -> Row:
    """Say when and where an incident was and how many it killed, from the values of its events.

    The rules are those by which `eventbench.claims` derives incidents, without the links
    between events, which are not given.

    Args:
        mentions: its events in an article.
        deadly: types and subtypes whose numbers are of people killed (`deadly_labels`).
        places: the gazetteer.

    Returns:
        The fields when, where and killed of an incident.
    """
    found = {place for mention in mentions for place in mention.places}
    wider = {outer for place in found for outer in around(place, places)}
    return {
        "when": _when(mentions),
        "where": sorted(found - wider),
        "killed": _killed(mentions, deadly),
    }


def _when(mentions: Iterable[Mention]) -> str | None:
    """What the times of an incident have in common; those of a course from first to last.

    What has happened did so by the day of publication.
    """
    found = []
    for mention in mentions:
        when = common(read_time(value, "day") for value in mention.values.get(TIME, ()))
        if when and mention.published and mention.is_actual:
            when = until(when, date.fromordinal(mention.published))
        found.append(when)
    when = together(found) if any(m.is_repeated for m in mentions) else common(found)
    return when.interval if when else None


def _killed(mentions: Sequence[Mention], deadly: Collection[Label]) -> str | None:
    """The lowest and highest figure of what has happened; running ones are of totals only."""
    is_total = 2 * sum(m.is_total for m in mentions) > len(mentions)
    figures = [
        found
        for m in mentions
        if m.label in deadly and m.is_total == is_total and m.is_actual
        for value in m.values.get(NUMBER, ())[:1]
        if (found := bounds(value))
    ]
    if not figures:
        return None
    lows = [low for low, _ in figures if low is not None]
    highs = [high for _, high in figures if high is not None]
    # An end that one figure leaves open is open.
    low = min(lows) if len(lows) == len(figures) else ""
    high = max(highs) if len(highs) == len(figures) else ""
    return f"{low}-{high}" if (low, high) != ("", "") else None


def deadly_labels(told: Iterable[tuple[Row, Mention]]) -> frozenset[Label]:
    """The types and subtypes whose numbers mostly are the toll of their incident.

    Args:
        told: mentions with their incidents.
    """
    counts: Counter[Label] = Counter()
    for incident, mention in told:
        for value in mention.values.get(NUMBER, ()):
            counts[mention.label] += 1 if value == incident["killed"] else -1
    return frozenset(label for label, count in counts.items() if count > 0)


def around(place: str, places: Mapping[str, Named]) -> Iterator[str]:
    """The places that contain one, the smallest first."""
    seen = {place}
    entry = places.get(place)
    while entry and isinstance(parent := entry.facts.get("parent"), str) and parent not in seen:
        yield parent
        seen.add(parent)
        entry = places.get(parent)
