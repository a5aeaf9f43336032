"""How many a count says: rule N2 of the annotation manual."""

from __future__ import annotations

import re

VAGUE = (
    (r"hundreds of thousands", "200000-999999"),
    (r"tens of thousands", "20000-99999"),
    (r"(?:dozens|scores|hundreds) of millions|millions", "2000000-9999999"),
    (r"thousands", "2000-9999"),
    (r"hundreds", "200-999"),
    (r"scores", "40-199"),
    (r"dozens", "24-99"),
    (r"tens", "20-99"),
    (r"numerous|many|countless|several|some|few|multiple|various|number|groups?|lots?|handful"
     r"|repeated(?:ly)?|series|waves?|more|others", "2-"),
)  # fmt: skip
"""Words without a figure and what they mean, the more specific ones first."""

VAGUE_VALUES = frozenset(value for _, value in VAGUE)

POWERS = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
AT_LEAST = re.compile(
    r"\b(?:(?<!no )(?<!not )more than|over|at least|at a minimum|(?:no|not) (?:fewer|less) than"
    r"|above|exceed\w*|upwards? of|minimum|or more|and more|in excess of|greater than)\b|\+$",
)
AT_MOST = re.compile(
    r"\b(?:at most|up to|fewer than|less than|under|below|no more than|not more than|maximum"
    r"|as many as|or (?:fewer|less)|at the most|a maximum of)\b",
)
_FIGURE = r"\d{1,3}(?:[., ]\d{3})+(?!\d)|\d+\.\d+|\d+"
_NUMBER = re.compile(
    rf"(?<![\w.,])({_FIGURE})(?![a-z])(?:\s+(hundred|thousand|million|billion)s?\b)?"
)
_RANGE = re.compile(r"\s*(?:-|–|—|to|and|or|through)\s*$")
_FRACTION = re.compile(
    r"\d+\s*(?:percent|per cent|%)|\b(?:half|halves|quarters?|a third|\d(?:rd|th)s)\b"
)
_PLURAL = re.compile(r"\b(?:tens|dozens|scores|hundreds|thousands|millions)\b")
_NOBODY = re.compile(r"\b(?:no one|nobody|none)\b")
_ONE = re.compile(r"^(?:an?|another|single|sole)\b")
_TIMES = (("once", 1), ("twice", 2), ("thrice", 3))


def read_count(words: str) -> str | None:
    """Return the range ``LOW-HIGH`` that a count allows; None if it names no number.

    Args:
        words: the words as printed, such as "at least two dozen".
    """
    text = _figures(" ".join(words.lower().split()))
    if _PLURAL.search(text) or _NOBODY.search(text):
        return _vague(text)
    found = [(match, _value(match)) for match in _NUMBER.finditer(text)]
    if not found:
        return _vague(text) or ("-" if _FRACTION.search(text) else None)
    if _FRACTION.search(text):
        return "-"  # a share of something that is not told
    first, number = found[0]
    if len(found) > 1 and _RANGE.fullmatch(text[first.end() : found[1][0].start()]):
        other = found[1][1]
        if first[2] is None and (power := found[1][0][2]) and number < other:
            number = number * POWERS[power] if number < 1000 else number  # "2 to 3 million"
        return f"{min(number, other)}-{max(number, other)}"
    if AT_LEAST.search(text):
        return f"{number}-"
    if AT_MOST.search(text):
        return f"-{number}"
    return f"{number}-{number}"


def _vague(text: str) -> str | None:
    return next((value for words, value in VAGUE if re.search(rf"\b(?:{words})\b", text)), None)


def _figures(text: str) -> str:
    """Write the numbers of a text in figures: "two dozen" is "24", "half a million" "500000"."""
    from text_to_num import alpha2digit

    text = re.sub(r"\bhalf a (hundred|thousand|million)\b", r"0.5 \1", text)
    text = re.sub(r"\ban? (?=hundred\b|thousand\b|million\b|dozen\b|score\b)", "one ", text)
    text = re.sub(r"\b(?:several|few|many) (hundred|thousand|million)\b", r"\1s", text)
    text = re.sub(r"(?<=[a-z])-(?=\d)|(?<=\d)-(?=[a-z])", " ", text)
    # text2num takes "1.5 million" for two numbers; under another name it leaves the word alone.
    text = re.sub(r"(\d)\s*(?:million|mln|m)\b", r"\1 millionfold", text)
    text = re.sub(r"(\d)\s*(?:thousand|k)\b", r"\1 thousandfold", text)
    text = re.sub(r"(\d)\s*hundred\b", r"\1 hundredfold", text)
    text = text if _PLURAL.search(text) else alpha2digit(text, "en", threshold=0.0)
    text = re.sub(r"\b(million|thousand|hundred)fold\b", r"\1", text)
    text = re.sub(r"\b(\d+) dozen\b", lambda m: str(12 * int(m[1])), text)
    text = re.sub(r"\b(\d+) score\b", lambda m: str(20 * int(m[1])), text)
    text = re.sub(r"\bdozen\b", "12", text)
    text = re.sub(r"\b(?:a|an) (?:couple|pair)\b|\b(?:couple|pair|both)\b", "2", text)
    for word, number in _TIMES:
        text = re.sub(rf"\b{word}\b", str(number), text)
    return text if _NUMBER.search(text) or _vague(text) else _ONE.sub("1", text)


def _value(match: re.Match[str]) -> int:
    figures = match[1]
    if re.fullmatch(r"\d+(?:[., ]\d{3})+", figures):  # a full stop may be the thousands mark
        number = float(re.sub(r"[., ]", "", figures))
    else:
        number = float(figures)
    return round(number * POWERS.get(match[2] or "", 1))
