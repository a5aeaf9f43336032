"""Days of the calendar that words name: dates, weekdays, feasts, seasons and clock times."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from eventbench_baselines.simple import DAYS, MONTHS

Period = tuple[date, date]
"""The first and the last day."""

DAY = timedelta(days=1)

_SOON = timedelta(days=45)
"""How far ahead a date without a year may be, where nothing tells of a plan."""

MONTH = "|".join([*MONTHS, *(rf"{m[:3]}\.?" for m in MONTHS), r"sept\.?"])
WEEKDAY = "|".join([*DAYS, *(rf"{d[:3]}\.?" for d in DAYS)])
NAMED_DAY = re.compile(
    rf"\b(?:\d\d?(?:st|nd|rd|th)? (?:of )?(?:{MONTH})\b|(?:{MONTH}) \d\d?(?:st|nd|rd|th)?\b"
    rf"|(?:{'|'.join(DAYS)})\b)(?:,? \d{{4}}\b)?",
    re.I,
)
"""A day by its date or weekday, anywhere in a text."""

SEASONS = {"winter": 12, "spring": 3, "summer": 6, "autumn": 9, "fall": 9}
"""The first month of each, in the northern half of the world."""

FEASTS = {
    r"christmas(?: day)?": (12, 25),
    r"christmas eve": (12, 24),
    r"new year'?s eve": (12, 31),
    r"new year(?:'?s(?: day)?)?": (1, 1),
    r"may day": (5, 1),
}

_DATED = re.compile(
    rf"(?=.*\b(?:{MONTH}|(?:19|20)\d\d|ago\b|\d\d?[/.]\d\d?[/.]))"
    rf"(?:(?:the|of|a|an|{MONTH}|{WEEKDAY}|(?:19|20)\d\d|\d\d?(?:st|nd|rd|th)?|[\d/.]{{6,10}}"
    r"|(?:day|week|month|year)s?|ago)(?:,? |$))+"
)
"""What dateparser is asked to read; it finds dates in more words than say one."""

_CLOCK = re.compile(
    r"(?:(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)\s*(?P<half>[ap]\.?m\.?)?"
    r"|(?P<hour12>1[0-2]|[1-9])\s*(?P<half12>[ap]\.?m\b\.?|o'clock)"
    r"|(?P<named>noon|midday|midnight))"
    r"(?: (?:local time|gmt|utc|hours))?"
)


def month_of(day: date, months: int = 0) -> Period:
    """The month of a day, or one that lies some months after it."""
    index = day.year * 12 + day.month - 1 + months
    first = date(index // 12, index % 12 + 1, 1)
    return first, date((index + 1) // 12, (index + 1) % 12 + 1, 1) - DAY


def year_of(year: int) -> Period:
    """All days of a year."""
    return date(year, 1, 1), date(year, 12, 31)


def week_of(day: date, weeks: int = 0) -> Period:
    """Monday to Sunday of the week of a day, or of one some weeks after it."""
    monday = day - timedelta(days=day.weekday()) + timedelta(weeks=weeks)
    return monday, monday + timedelta(days=6)


def season_of(name: str, year: int) -> Period:
    """The three months of a season that begins in a year."""
    first = date(year, SEASONS[name], 1)
    return first, month_of(first, 2)[1]


def weekday(words: str, published: date, ahead: bool) -> Period | None:
    """The last such weekday up to publication, or the next one after it."""
    if not re.fullmatch(rf"(?:{WEEKDAY})(?:'s)?", words):
        return None
    wanted = next(k for k, name in enumerate(DAYS) if words.startswith(name[:3]))
    if ahead:
        found = published + timedelta(days=(wanted - published.weekday() - 1) % 7 + 1)
    else:
        found = published - timedelta(days=(published.weekday() - wanted) % 7)
    return found, found


def feast(words: str, published: date, ahead: bool) -> Period | None:
    """A feast that falls on the same day every year."""
    for pattern, (month, day) in FEASTS.items():
        if re.fullmatch(rf"(?:the )?{pattern}", words):
            found = date(published.year, month, day)
            if found > published and not ahead:
                found = found.replace(year=found.year - 1)
            elif found < published and ahead:
                found = found.replace(year=found.year + 1)
            return found, found
    return None


def clock(words: str) -> tuple[str, str] | None:
    """The clock time at the beginning of words as ``HH:MM``, and the rest of the words."""
    match = _CLOCK.match(words)
    if not match:
        return None
    rest = re.sub(r"^[,\s]*(?:on\b)?\s*", "", words[match.end() :])
    if match["named"]:
        return ("00:00" if match["named"] == "midnight" else "12:00"), rest
    hour, half = int(match["hour"] or match["hour12"]), match["half"] or match["half12"] or ""
    if half.startswith(("a", "p")) and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return f"{hour:02}:{match['minute'] or '00'}", rest


@lru_cache(maxsize=1)
def _dates() -> type[Any]:
    from dateparser.date import DateDataParser

    found: type[Any] = DateDataParser
    return found


@lru_cache(maxsize=64)
def _reader(published: date, prefer: str) -> Any:
    settings = {
        "RELATIVE_BASE": datetime(published.year, published.month, published.day),
        "PREFER_DATES_FROM": prefer,
        "PREFER_DAY_OF_MONTH": "first",
        "PREFER_MONTH_OF_YEAR": "first",
    }
    return _dates()(languages=["en"], settings=settings)


def dated(words: str, published: date, ahead: bool, begun: bool = False) -> Period | None:
    """A date, month or year, or a stretch of time ago, as dateparser reads it.

    A date without a year is the last one before publication, unless one comes soon and nothing
    has ``begun`` then, or the next one if the words tell of what lies ahead.
    """
    if re.fullmatch(r"(?:19|20)\d\d", words):
        return year_of(int(words))
    if not _DATED.fullmatch(words):
        return None
    latest = published if begun else published + _SOON
    for prefer in ("current_period", "future" if ahead else "past"):
        found = _reader(published, prefer).get_date_data(words)
        if found.date_obj is None:
            return None
        first, last = _whole(found.date_obj.date(), found.period)
        if (last >= published) if ahead else (first <= latest):
            break
    return first, last


def _whole(day: date, period: str) -> Period:
    if period == "month":
        return month_of(day)
    if period == "year":
        return year_of(day.year)
    if period == "week":
        return week_of(day)
    return day, day
