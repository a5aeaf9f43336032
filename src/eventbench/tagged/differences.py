"""Say in words how tokens differ from the gold's, also where the difference is invisible."""

from __future__ import annotations

import unicodedata

from eventbench.io import short

_INVISIBLE = {
    "\r": "a carriage return",
    "\t": "a tab",
    "\u00a0": "a no-break space",
    "\u202f": "a narrow no-break space",
    "\u00ad": "a soft hyphen",
    "\ufeff": "a byte-order mark",
    "\u200b": "a zero-width space",
    "\u200c": "a zero-width non-joiner",
    "\u200d": "a zero-width joiner",
    "\u2060": "a word joiner",
    "\u200e": "a left-to-right mark",
    "\u200f": "a right-to-left mark",
}


def token_difference(row_id: str, tokens: list[str], expected: list[str]) -> str:
    """In words, how a sentence's tokens differ from the gold's."""
    if len(tokens) != len(expected):
        return f"{row_id} has {len(tokens)} tokens, the gold has {len(expected)}"
    pairs = enumerate(zip(tokens, expected, strict=True))
    index, (found, right) = next((i, pair) for i, pair in pairs if pair[0] != pair[1])
    hidden = hidden_difference(found, right)
    return f"token {index} of {row_id} is {short(found)}, the gold has {short(right)}" + (
        f" ({hidden})" if hidden else ""
    )


def hidden_difference(found: str, expected: str) -> str | None:
    """Name a difference between two strings that cannot be seen; None if it can.

    These are normal forms of Unicode, and characters that print as nothing or as a space.
    """
    if found == expected or _visible(found) != _visible(expected):
        return None
    for form in ("NFC", "NFD"):
        if unicodedata.normalize(form, found) == expected:
            return f"the same characters, but the gold is in Unicode normal form {form}"
    names = []
    for char in sorted({*found, *expected}):
        difference = found.count(char) - expected.count(char)
        if difference and (char in _INVISIBLE or unicodedata.category(char) in ("Cf", "Cc")):
            side = "here" if difference > 0 else "in the gold"
            names.append(f"{_name(char)} (U+{ord(char):04X}) {side}")
    return ", ".join(names) or "different code points that look the same"


def _name(char: str) -> str:
    return _INVISIBLE.get(char) or unicodedata.name(char, "control character").lower()


def _visible(text: str) -> str:
    """The text as it looks: composed, without what prints as nothing, one kind of space."""
    kept = (
        " " if unicodedata.category(char) == "Zs" else char
        for char in unicodedata.normalize("NFC", text)
        if unicodedata.category(char) not in ("Cf", "Cc")
    )
    return unicodedata.normalize("NFC", "".join(kept)).strip()
