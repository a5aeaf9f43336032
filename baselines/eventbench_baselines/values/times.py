"""When a time is: rule N1 of the annotation manual, counted from the day of publication."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from eventbench_baselines.simple import DAYS
from eventbench_baselines.values.context import Context
from eventbench_baselines.values.days import (
    DAY,
    NAMED_DAY,
    SEASONS,
    Period,
    clock,
    dated,
    feast,
    month_of,
    season_of,
    week_of,
    weekday,
    year_of,
)

UNKNOWN = "unknown"

_OPENING = re.compile(
    r"^(?:(?:the|on|in|at|during|by|around|about|only|just|throughout|all|of|over"
    r"|within|from|until|till|earlier|later|late at|early on|late on"
    r"|shortly|before|after|as of|starting|beginning)\s+)+"
)
_PART = (
    r"(?:(?:early|late|mid)[ -])?(?:dawn|daybreak|sunrise|first light|sunset|dusk|nightfall"
    r"|morning|midmorning|forenoon|midday|afternoon|evening|night|nighttime|day|daytime|hours)"
)
_SEASON = "|".join(SEASONS)
_UNIT = "hour|day|night|week|month|year|season"
_THIRD = r"(?:the )?(?:early|mid|middle of|late|start of|beginning of|end of|very end of)"
_LASTS = re.compile(r"\b(?:has|have|had)\b[^.;:]*\bfor (?:\w+ )?$", re.I)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_RECENT = re.compile(rf"\b(?:{'|'.join(DAYS)}|this (?:week|month))\b", re.I)
_THAT = re.compile(r"\bthat\s*$", re.I)
_FEW = 3
"""Units that "past few days" reaches back."""


@dataclass(frozen=True)
class Clues:
    """What the words of a time are read with.

    Attributes:
        published: the day of publication.
        present: the day that dates without a year are counted from.
        ahead: the time is one of a plan.
        here: the day that the sentence names last before the words.
        anchor: the day that the article names last before the words.
        lasts: the sentence tells of what has gone on until publication.
        begun: the time is one since which something goes on, so that it is past.
    """

    published: date
    present: date
    ahead: bool
    here: date | None = None
    anchor: date | None = None
    lasts: bool = False
    begun: bool = False


def read_time(words: str, published: date, context: Context) -> str:
    """Return the interval of days that the words of a time mean, or "unknown".

    Args:
        words: the words as printed, such as "since early March".
        published: the day of publication.
        context: what stands around the words.
    """
    clues = Clues(published, _present(published, context), context.plans())
    here = _last_day(context.before, clues)
    lasts = bool(_LASTS.search(context.before))
    clues = replace(clues, here=here, anchor=here or _last_day(context.earlier, clues), lasts=lasts)
    text = _normalised(f"that {words}" if _THAT.search(context.before) else words)
    at = clock(text) or clock(_OPENING.sub("", text))
    if at:
        time, rest = at
        found = _period(rest or "day", clues)
        return f"{found[0]}T{time}/{found[0]}T{time}" if found else UNKNOWN
    if found := _period(text, clues):
        return f"{found[0]}/{found[1]}" if found[0] <= found[1] else UNKNOWN
    return UNKNOWN


def _normalised(words: str) -> str:
    """Lower case, numbers as figures, no commas or words that do not change the meaning."""
    from text_to_num import alpha2digit

    text = " ".join(words.replace("’", "'").lower().split()).strip(" ,.;:")
    text = re.sub(r"\b(first|last) light\b", "dawn", text)
    text = alpha2digit(text, "en", threshold=0.0)
    text = re.sub(r"\s+'s\b|'s\b(?! (?:day|eve))", "", text) if "year" not in text else text
    text = re.sub(r"\b(?:alone|so far|last night's)$", "", text)
    text = re.sub(r"\b(mid|early|late)-(?=\w)", r"\1 ", text)
    return " ".join(text.replace(",", " ").split())


def _present(published: date, context: Context) -> date:
    """The day that dates without a year are counted from.

    An article without weekdays that names several earlier years looks back: the year that it
    named last goes on.
    """
    named = [int(year) for year in _YEAR.findall(f"{context.earlier} {context.before}")]
    earlier = {year for year in map(int, _YEAR.findall(context.article)) if year < published.year}
    if len(earlier) < 2 or _RECENT.search(context.article) or not named:
        return published
    return published if named[-1] >= published.year else date(named[-1], 12, 31)


def _last_day(text: str, clues: Clues) -> date | None:
    """The day that a text names last, by its date or weekday."""
    for match in reversed(list(NAMED_DAY.finditer(text))):
        found = _day(_normalised(match[0]), replace(clues, ahead=False))
        if found:
            return found[0]
    return None


def _day(text: str, clues: Clues) -> Period | None:
    """A weekday, date, month, year or feast."""
    ahead = clues.ahead and clues.present == clues.published
    for read in (weekday, feast):
        if found := read(text, clues.present, ahead):
            return found
    if found := dated(text, clues.present, ahead, begun=clues.begun):
        return found
    match = re.fullmatch(r"(\w+)\.? (.*\d.*)", text)  # "Friday 4 November": the date decides
    if match and weekday(match[1], clues.published, False):
        return dated(match[2], clues.present, ahead)
    return None


def _period(text: str, clues: Clues) -> Period | None:
    """Try the rules in order, on the words and then without the words that open them."""
    for part in dict.fromkeys([text, _OPENING.sub("", text)]):
        for pattern, rule in RULES:
            match = re.fullmatch(pattern, part)
            if match and (found := rule(match, clues)):
                return found
        if found := _day(part, clues):
            return found
    return None


# Rules: each gets the match of its pattern


def _since(match: re.Match[str], clues: Clues) -> Period | None:
    found = _period(match[1] or match[2], replace(clues, ahead=False, begun=True))
    return (found[0], clues.published) if found and found[0] <= clues.published else None


def _from_to(match: re.Match[str], clues: Clues) -> Period | None:
    one, other = match[1], match[2]
    if re.fullmatch(r"\d\d?(?:st|nd|rd|th)?", one):  # "2 and 8 May" have one month
        one = f"{one} {re.sub(r'^[0-9]+(?:st|nd|rd|th)? ?', '', other)}"
    elif re.fullmatch(r"\d\d?(?:st|nd|rd|th)?", other):  # "May 2-8"
        other = f"{re.sub(r' ?[0-9]+(?:st|nd|rd|th)?$', '', one)} {other}"
    elif (year := re.search(r" (\d{4})$", other)) and not re.search(r"\d{4}$", one):
        one = f"{one} {year[1]}"
    begin, end = _period(one, clues) or _first_word(one, clues), _period(other, clues)
    if not begin or not end:
        return None
    if begin[0] > end[1]:  # "from December to March" began a year before
        begin = _period(one, replace(clues, ahead=False)) or begin
        end = _period(other, replace(clues, ahead=True)) or end
    return begin[0], end[1]


def _first_word(text: str, clues: Clues) -> Period | None:
    """The first of a list of days: "Wednesday, Thursday and Friday"."""
    return _period(text.split()[0], clues) if " " in text.strip() else None


def _past(match: re.Match[str], clues: Clues) -> Period | None:
    number = match["number"]
    many = int(number) if number.isdigit() else _FEW if match["many"] else 1
    many = 2 if "couple" in number else many
    if match["unit"] in ("day", "night") and number.isdigit():
        many -= 1  # the day of publication counts
    return _before(clues.published, many, match["unit"]), clues.published


def _before(day: date, many: int, unit: str) -> date:
    if unit in ("month", "year", "season"):
        many *= {"month": 1, "year": 12, "season": 3}[unit]
        first, last = month_of(day, -many)
        return min(first + timedelta(days=day.day - 1), last)
    days = {"hour": 1 / 24, "day": 1, "night": 1, "week": 7}[unit]
    return day - timedelta(days=round(many * days))


def _calendar(match: re.Match[str], clues: Clues) -> Period | None:
    """ "This", "last" and "next" week, month, year or season."""
    day, unit = clues.published, match["unit"]
    step = {"this": 0, "current": 0, "last": -1, "previous": -1}.get(match["which"], 1)
    if unit in SEASONS:
        return _season(unit, clues, match["which"])
    found = {
        "week": week_of(day, step),
        "month": month_of(day, step),
        "year": year_of(day.year + step),
        "weekend": _weekend(day, step == 1),
    }[unit]
    return (found[0], min(found[1], day)) if step == 0 else found


def _weekend(day: date, ahead: bool) -> Period:
    if ahead:
        first = day + timedelta(days=(5 - day.weekday() - 1) % 7 + 1)
    else:
        first = day - timedelta(days=(day.weekday() - 6) % 7) - DAY
    return first, first + DAY


def _season(name: str, clues: Clues, which: str = "") -> Period:
    day = clues.published
    them = [season_of(name, day.year + k) for k in (-2, -1, 0, 1)]
    if which == "this":  # the one that is on, or the nearest
        return min(them, key=lambda s: max((s[0] - day).days, (day - s[1]).days))
    if which in ("next", "coming") or clues.ahead:
        return next(s for s in them if s[0] > day)
    if which in ("last", "previous"):
        return [s for s in them if s[1] < day][-1]
    return [s for s in them if s[0] <= day][-1]


def _bare_season(match: re.Match[str], clues: Clues) -> Period:
    year = match["year"]
    if year and year.isdigit():
        return season_of(match["season"], int(year))
    clues = replace(clues, published=clues.present)
    return _season(match["season"], clues, "this" if year else "")


def _whole(text: str, clues: Clues) -> Period | None:
    """A time; "the month" and "this month" are all of it, beyond publication too."""
    if match := re.fullmatch(r"(?:(?:this|the) )?(week|month|year)", text):
        day = clues.published
        return {"week": week_of(day), "month": month_of(day), "year": year_of(day.year)}[match[1]]
    return _period(text, clues)


def _third(match: re.Match[str], clues: Clues) -> Period | None:
    """The first, middle or last third of a month, year or week."""
    found = _whole(match["whole"], clues)
    if not found or found[0] == found[1]:
        return found
    first, last = found
    which = 0 if re.search("early|start|begin", match["third"]) else 1
    which = 2 if re.search("late|end", match["third"]) else which
    if found == month_of(first):
        end = last if which == 2 else first.replace(day=10 * which + 10)
        return first.replace(day=10 * which + 1), end
    if found == year_of(first.year):
        return date(first.year, 4 * which + 1, 1), month_of(date(first.year, 4 * which + 4, 1))[1]
    third = (last - first + DAY) / 3
    return first + which * third, last if which == 2 else first + (which + 1) * third - DAY


def _week_of_month(match: re.Match[str], clues: Clues) -> Period | None:
    found = _period(match["whole"], clues)
    if not found:
        return None
    if match["which"] == "last":
        return found[1] - timedelta(days=6), found[1]
    number = {"first": 1, "second": 2}.get(match["which"]) or int(match["which"][0])
    first = found[0] + timedelta(weeks=number - 1)
    return first, min(first + timedelta(days=6), found[1])


def _part_of_day(match: re.Match[str], clues: Clues) -> Period | None:
    return _period(match["day"], clues)


def _night_of(match: re.Match[str], clues: Clues) -> Period | None:
    found = _period(match["day"], clues)
    return found and (found[0], found[1] + DAY)


def _night_to(match: re.Match[str], clues: Clues) -> Period | None:
    found = _period(match["day"], clues)
    return found and (found[0] - DAY, found[1])


def _bare_part(match: re.Match[str], clues: Clues) -> Period:
    """A part of a day that is not named: that of the sentence's day, else of publication."""
    day = clues.here or clues.published
    return day, day


def _counted_day(match: re.Match[str], clues: Clues) -> Period | None:
    """ "Second morning" is counted from the day named last; "38th day" is that of the report."""
    if match["part"] == "day" and int(match["number"]) > _FEW:
        return clues.published, clues.published
    if clues.anchor is None:
        return None
    day = clues.anchor + (int(match["number"]) - 1) * DAY
    return day, day


def _lasting(match: re.Match[str], clues: Clues) -> Period | None:
    """A length of time, which has a known end only if it goes on until publication."""
    return _past(match, clues) if clues.lasts else None


def _of_year(match: re.Match[str], clues: Clues) -> Period | None:
    year = clues.published.year + {"this": 0, "last": -1, "next": 1}[match["which"]]
    return _period(f"{match['day']} {year}", clues)


def _days_to(match: re.Match[str], clues: Clues) -> Period | None:
    end = _period(match["day"], clues)
    return end and (_before(end[1], int(match["number"]), match["unit"]) + DAY, end[1])


def _later(match: re.Match[str], clues: Clues) -> Period | None:
    if clues.anchor is None:
        return None
    many = int(match["number"]) * (1 if match["side"] in ("later", "after") else -1)
    found = _before(clues.anchor, -many, match["unit"])
    return found, found


def _from_anchor(days: int) -> Rule:
    def rule(match: re.Match[str], clues: Clues) -> Period | None:
        if clues.anchor is None:
            return None
        found = clues.anchor + timedelta(days=days)
        return found, found

    return rule


def _from_publication(first: int, last: int) -> Rule:
    def rule(match: re.Match[str], clues: Clues) -> Period:
        return clues.published + first * DAY, clues.published + last * DAY

    return rule


def _that(match: re.Match[str], clues: Clues) -> Period | None:
    """The week, month or year of the day that was named last."""
    if (day := clues.anchor) is None:
        return None
    unit = match["unit"]
    if unit in SEASONS:
        return season_of(unit, day.year)
    found = {"week": week_of(day), "month": month_of(day), "year": year_of(day.year)}
    return found.get(unit, (day, day + DAY) if unit == "night" else (day, day))


def _relative_weekday(match: re.Match[str], clues: Clues) -> Period | None:
    ahead = clues.ahead and match["which"] == "this"
    ahead = ahead or match["which"] in ("next", "coming", "this coming")
    return weekday(match["day"], clues.published, ahead)


def _stretch_of(match: re.Match[str], clues: Clues) -> Period | None:
    """The first or last weeks, months or half of a longer time."""
    if (found := _whole(match["whole"], clues)) is None:
        return None
    first, last = found
    if match["unit"] == "half":
        middle = first + (last - first + DAY) / 2
        return (first, middle - DAY) if match["which"] in ("1st", "first") else (middle, last)
    if match["which"] == "last":
        return _before(last + DAY, int(match["number"]), match["unit"]), last
    return first, _before(first, -int(match["number"]), match["unit"]) - DAY


Rule = Callable[[re.Match[str], Clues], Period | None]

_WHICH = r"(?:the )?(?P<which>this|current|last|next|coming|previous|following)"
_AMOUNT = r"(?P<number>\d+|(?:a )?few|several|(?:a )?couple of)"

RULES: tuple[tuple[str, Rule], ...] = (
    (r"(?:ever )?since (.+)|(?:from )(?!.* (?:to|until|till|through) )(.+?) on(?:wards?)?", _since),
    (r"(?:between|from)? ?(.+?)(?: (?:and|to|into|until|till|through) | ?[-–—] ?)(.+)", _from_to),
    (rf"(?:the |in |over |these )*(?:past|last|previous) {_AMOUNT} (?P<unit>{_UNIT})(?P<many>s?)",
     _past),
    (rf"(?:the |in |over |these )*(?P<number>past|recent) (?P<unit>{_UNIT})(?P<many>s?)", _past),
    (rf"(?P<third>{_THIRD})[ -](?:of )?(?:the )?(?P<whole>.+)", _third),
    (r"(?:the )?(?P<which>1st|2nd|first|second|last) (?P<number>)(?P<unit>half) of (?P<whole>.+)",
     _stretch_of),
    (rf"(?:the )?(?P<which>1st|first|last) (?P<number>\d+) (?P<unit>{_UNIT})s (?:of|in) "
     r"(?P<whole>.+)", _stretch_of),
    (r"(?:the )?(?P<which>\d(?:st|nd|rd|th)|first|second|last) week (?:of|in) (?P<whole>.+)",
     _week_of_month),
    (rf"{_WHICH} (?P<unit>week|month|year|weekend|{_SEASON})", _calendar),
    (rf"(?:the )?(?P<season>{_SEASON})(?: (?:of )?(?P<year>\d{{4}}|this year))?", _bare_season),
    (r"(?:the )?weekend", lambda match, clues: _weekend(clues.published, clues.ahead)),
    (r"(?:the )?day before yesterday", _from_publication(-2, -2)),
    (r"(?:late |early )?yesterday(?: \w+)?", _from_publication(-1, -1)),
    (r"(?:the )?day after tomorrow", _from_publication(2, 2)),
    (r"tomorrow(?: \w+)?", _from_publication(1, 1)),
    (r"(?:late |early )?today|tonight|now|currently|this day", _from_publication(0, 0)),
    (rf"(?:late |early |earlier )?this {_PART}", _from_publication(0, 0)),
    (r"overnight|(?:late )?last night|all night(?: long)?|the night", _from_publication(-1, 0)),
    (r"last (?:evening|afternoon|morning)", _from_publication(-1, -1)),
    (r"(?:the )?overnight (?:in)?to (?P<day>.+)", _night_to),
    (r"(?:the )?night (?:of|from) (?P<day>.+)", _night_of),
    (rf"(?:the )?(?:{_PART}|early|late|overnight|before dawn) (?:on |of )?(?P<day>.+)",
     _part_of_day),
    (rf"(?P<day>.+?),? (?:in the |at )?(?:{_PART}|overnight)s?", _part_of_day),
    (rf"(?:the )?{_PART}", _bare_part),
    (rf"(?:the )?(?P<number>\d+)(?:st|nd|rd|th) (?P<part>{_PART})", _counted_day),
    (r"day (?P<number>\d+)(?P<part>)", _from_publication(0, 0)),
    (rf"(?P<number>\d+) (?P<unit>{_UNIT})(?P<many>s?)", _lasting),
    (r"(?P<day>.+) (?P<which>this|last|next) year", _of_year),
    (rf"(?:the )?(?P<number>\d+) (?P<unit>{_UNIT})s? to (?P<day>.+)", _days_to),
    (rf"(?P<number>\d+) (?P<unit>{_UNIT})s? (?P<side>later|after|earlier|before)", _later),
    (r"(?:the )?(?:(?:next|following) (?:day|morning|afternoon|evening|night)|day (?:later|after))",
     _from_anchor(1)),
    (r"(?:the )?(?:day before|day earlier|previous day)", _from_anchor(-1)),
    (rf"(?:the )?(?:same|that) (?P<unit>{_PART}|week|month|year|{_SEASON})", _that),
    (r"(?:the )?(?P<which>last|next|that|this|coming|this coming|past) (?P<day>\w+day)",
     _relative_weekday),
)  # fmt: skip
"""Patterns for all the words of a time, in the order in which they are tried."""
