"""Tables, numbers and differences of texts as people read them in a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

UNDEFINED = "–"
"""Shown for an undefined number."""


def table(columns: Sequence[str], body: Sequence[Sequence[Any]], left: int = 1) -> str:
    """Format a table with the first ``left`` columns left-aligned, the others right-aligned."""
    from tabulate import tabulate

    aligned = ["left"] * left + ["right"] * (len(columns) - left)
    return tabulate(body, list(columns), colalign=aligned, disable_numparse=True)


def percent(share: float | None) -> str:
    """Format a share between 0 and 1 in percent with one decimal; None as a dash."""
    return UNDEFINED if share is None else f"{100 * share:.1f}"


def number(mean: float) -> str:
    """Format a count, or a mean of counts with one decimal."""
    return f"{mean:.0f}" if float(mean).is_integer() else f"{mean:.1f}"


def mean_sd(mean: float, sd: float | None) -> str:
    """Format a mean in percent, with its standard deviation unless it is None."""
    return percent(mean) + ("" if sd is None else f" ± {percent(sd)}")


def signed(difference: float) -> str:
    """Format a difference of shares in percent, with its sign."""
    return f"{100 * difference:+.1f}"


def p_value(p: float) -> str:
    """Format a p-value with four decimals."""
    return "<0.0001" if p < 0.0001 else f"{p:.4f}"


def plural(number: int, noun: str, many: str = "") -> str:
    """Format a number with its noun ("1 seed", "2 seeds"); ``many`` is an irregular plural."""
    return f"{number} {noun if number == 1 else many or f'{noun}s'}"


def mismatch(found: str, expected: str, place: str) -> str:
    """Say that a text is not the article's at a place: quotes both, names what cannot be seen."""
    hidden = difference(found, expected)
    quoted = f"found {_quote(found)}, but the article has {_quote(expected)} at {place}"
    return f"{quoted} ({hidden})" if hidden else quoted


def _quote(text: str) -> str:
    return repr(text if len(text) <= 200 else f"{text[:200]}…")


def difference(found: str, expected: str) -> str:
    """Name the difference of two texts that look the same; empty if it can be seen.

    Such a difference is another Unicode normal form, another kind of space, or characters
    without a width: zero-width spaces and joiners, byte-order marks, carriage returns.
    """
    if found == expected or _visible(found) != _visible(expected):
        return ""
    if unicodedata.normalize("NFC", found) == unicodedata.normalize("NFC", expected):
        return f"the first is {_normal_form(found)}, the second {_normal_form(expected)}"
    pairs = enumerate(zip_longest(found, expected, fillvalue=""))
    index, (ours, theirs) = next((k, pair) for k, pair in pairs if pair[0] != pair[1])
    return f"at character {index} {_name(ours)}, expected {_name(theirs)}"


_INVISIBLE = frozenset("\r\u034f\ufe0e\ufe0f")
"""Besides format characters (Cf): carriage return, grapheme joiner, variation selectors."""


def _visible(text: str) -> str:
    spaced = (" " if c.isspace() and c not in _INVISIBLE else c for c in text)
    drawn = (c for c in spaced if c not in _INVISIBLE and unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFC", "".join(drawn))


def _normal_form(text: str) -> str:
    forms = (form for form in ("NFC", "NFD") if unicodedata.is_normalized(form, text))
    return next(forms, "in no normal form")


_NAMES = {"": "the end", "\t": "tab", "\n": "line feed", "\r": "carriage return"}
_NAMES["\ufeff"] = "byte-order mark"


def _name(character: str) -> str:
    """A character as people call it ("no-break space")."""
    return _NAMES.get(character) or unicodedata.name(character, repr(character)).lower()
