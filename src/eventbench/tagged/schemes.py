"""Tags of other schemes than IOB2: recognised, and converted to IOB2.

``iob1``
    An entity begins with I-; with B- where it follows an entity of its class directly.
    This reader takes any B- for the beginning of an entity, so IOB2 is read unchanged.
``bioes``
    B- I- … E- for several tokens, S- for one (also written IOBES).
``bilou``
    B- I- … L- for several tokens, U- for one.
``io``
    The class of each token, as I-x or as x alone; neighbours of one class are one entity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from eventbench.corpus.iob2 import OUTSIDE
from eventbench.errors import EventbenchError
from eventbench.io import short

SCHEMES = ("iob1", "bioes", "bilou", "io")
"""The schemes that can be converted."""

_PREFIXES = {"iob1": "BI", "bioes": "BIES", "bilou": "BILU", "io": "I"}
_LAST, _SINGLE = "EL", "SU"

_ODD = re.compile(r"$|[^BIESLU][-_]|[BIESLU](_|-$)|.*[-_][BIESLUO]$")
"""Tags that neither begin with a prefix nor are the plain name of a class (b-x, B_x, x-B)."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A sentence's tags in IOB2, and the places of tags that belong to no entity there."""

    tags: list[str]
    stray: list[int]


def check_scheme(scheme: str) -> None:
    """Raise an `EventbenchError` unless the scheme can be converted."""
    if scheme not in SCHEMES:
        raise EventbenchError(f"scheme is {short(scheme)}, expected {', '.join(SCHEMES)}")


def convert(tags: Sequence[str], scheme: str) -> Converted:
    """Convert the tags of a sentence to IOB2.

    Strict, as seqeval's ``mode="strict"``: a tag that is not part of a whole entity of the
    scheme, such as a B- without its E-, becomes O, and its place is reported.

    Args:
        tags: one a token.
        scheme: one of `SCHEMES`.

    Raises:
        EventbenchError: naming the first tag that the scheme does not have.
    """
    split = [_split(tag, scheme) for tag in tags]
    result = [OUTSIDE] * len(tags)
    spans = _chunks(split) if scheme in ("iob1", "io") else _bracketed(split)
    for first, last in spans:
        name = split[first][1]
        result[first:last] = [f"B-{name}", *[f"I-{name}"] * (last - first - 1)]
    stray = [i for i, tag in enumerate(result) if tag == OUTSIDE and split[i][0] != OUTSIDE]
    return Converted(result, stray)


def has_tag(scheme: str, tag: str) -> bool:
    """Return True if a scheme has a tag."""
    if not isinstance(tag, str):
        return False
    is_bare = scheme == "io" and tag != "" and _prefix(tag) == " "
    return tag == OUTSIDE or is_bare or _prefix(tag) in _PREFIXES[scheme]


def _split(tag: str, scheme: str) -> tuple[str, str]:
    """Prefix and class of a tag; ("O", "") outside."""
    if tag == OUTSIDE:
        return OUTSIDE, ""
    if not has_tag(scheme, tag):
        raise EventbenchError(f"unknown tag {short(tag)}, expected {_expected(scheme)}")
    return (tag[0], tag[2:]) if _prefix(tag) != " " else ("I", tag)


def _expected(scheme: str) -> str:
    tags = [OUTSIDE, *(f"{prefix}-…" for prefix in _PREFIXES[scheme])]
    if scheme == "io":
        tags.append("a class")
    return f"{', '.join(tags[:-1])} or {tags[-1]} ({scheme.upper()})"


def _prefix(tag: str) -> str:
    """The prefix of a tag in any scheme; a space if it has none."""
    return tag[0] if tag[1:2] == "-" and len(tag) > 2 and tag[0] in "BIESLU" else " "


def _chunks(split: Sequence[tuple[str, str]]) -> Iterator[tuple[int, int]]:
    """Entities of IOB1 and IO: runs of one class, which a B- cuts."""
    first = 0
    for i, (prefix, name) in enumerate([*split, (OUTSIDE, "")]):
        inside = i > 0 and split[i - 1][0] != OUTSIDE
        if inside and (prefix in ("B", OUTSIDE) or name != split[i - 1][1]):
            yield first, i
            inside = False
        if not inside:
            first = i


def _bracketed(split: Sequence[tuple[str, str]]) -> Iterator[tuple[int, int]]:
    """Entities of BIOES and BILOU."""
    i = 0
    while i < len(split):
        prefix, name = split[i]
        i += 1
        if prefix in _SINGLE:
            yield i - 1, i
        elif prefix == "B":
            first = i - 1
            while i < len(split) and split[i] == ("I", name):
                i += 1
            if i < len(split) and split[i][0] in _LAST and split[i][1] == name:
                i += 1
                yield first, i


def looks_like(sentences: Iterable[Sequence[str]]) -> str | None:
    """The scheme that the tags of sentences seem to follow.

    Returns:
        One of `SCHEMES`, or None if it is IOB2 with errors, or none that is known.
    """
    prefixes: set[str] = set()
    is_iob1 = True
    for tags in sentences:
        before = ""
        for tag in tags:
            if not isinstance(tag, str):
                return None
            if tag != OUTSIDE:
                prefixes.add("?" if _ODD.match(tag) else _prefix(tag))
                # In IOB1, B- parts two neighbours of a class, and does nothing else.
                is_iob1 = is_iob1 and (tag[:2] != "B-" or tag[2:] == before)
            before = tag[2:]
    if prefixes <= {" ", "I"} and " " in prefixes:
        return "io"
    if prefixes <= {*"BI"}:
        return "iob1" if is_iob1 else None
    found = [s for s in ("bioes", "bilou") if prefixes <= {*_PREFIXES[s]}]
    return found[0] if found else None


def advice(scheme: str | None) -> str:
    """What to do about tags that are not IOB2, as the end of a message."""
    if scheme is None:
        return "correct the tag, or use --convert iob1, where I- may begin an entity"
    return f"the file looks like {scheme.upper()}, not IOB2: use --convert {scheme}"
