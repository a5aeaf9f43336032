"""Compact letter display: items that share a letter do not differ significantly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from string import ascii_lowercase

Letters = tuple[int, ...]
"""The letters of an item, by number from 0, in order."""

MOST_LETTERS = 4
"""Letters of an item that are shown; among hundreds of items one may have thousands."""


def letters(number: int, apart: Iterable[tuple[int, int]]) -> list[Letters]:
    """Give items letters, so that two share one exactly if they are not told apart.

    Unlike groups, letters may overlap, since "not told apart" is not transitive: a letter
    belongs to a largest set of items of which no two are told apart (Piepho 2004, J. Comput.
    Graph. Stat. 13:456). His insert-and-absorb finds all such sets, of which many hundred
    systems have too many; this grows one set after the other, as long as a pair shares none
    (clique-growing: Gramm et al. 2007, Comput. Stat. Data Anal. 52:725).

    Args:
        number: how many items there are, best first: letter 0 is one of the first.
        apart: pairs of items, by index, that are told apart.

    Returns:
        The letters of each item.
    """
    alike = [(1 << number) - 1 for _ in range(number)]  # sets of items, as bits
    for one, other in apart:
        alike[one] &= ~(1 << other)
        alike[other] &= ~(1 << one)
    columns: list[int] = []
    shared = [0] * number
    for one in range(number):
        # An item like no other shares its letter with itself alone.
        while missing := (alike[one] & ~shared[one]) >> one:
            column = _grown(alike, one, one + _first(missing))
            for item in _members(column):
                shared[item] |= column
            columns.append(column)
    ordered = sorted(columns, key=_members)
    return [tuple(k for k, c in enumerate(ordered) if c >> i & 1) for i in range(number)]


def _grown(alike: Sequence[int], one: int, other: int) -> int:
    """A largest set with two items of which no two are told apart, the best items first."""
    column = 1 << one | 1 << other
    left = alike[one] & alike[other] & ~column
    while left:
        item = _first(left)
        column |= 1 << item
        left &= alike[item] & ~column
    return column


def _first(items: int) -> int:
    return (items & -items).bit_length() - 1


def _members(items: int) -> list[int]:
    return [item for item in range(items.bit_length()) if items >> item & 1]


def letter(number: int) -> str:
    """The name of a letter: a to z, then a2, b2 and so on."""
    lap, place = divmod(number, len(ascii_lowercase))
    return ascii_lowercase[place] + (str(lap + 1) if lap else "")


def letter_names(found: Letters) -> str:
    """The letters of an item as people read them ("ab"); of more than `MOST_LETTERS` the first."""
    return "".join(map(letter, found[:MOST_LETTERS])) + "…" * (len(found) > MOST_LETTERS)
