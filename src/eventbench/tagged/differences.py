"""Say how the tokens of a sentence differ from the gold's."""

from __future__ import annotations

from eventbench.io import short
from eventbench.text import difference


def token_difference(row_id: str, tokens: list[str], expected: list[str]) -> str:
    """Describe how a sentence's tokens differ from the gold's, even if that cannot be seen."""
    if len(tokens) != len(expected):
        return f"{row_id} has {len(tokens)} tokens, the gold has {len(expected)}"
    pairs = enumerate(zip(tokens, expected, strict=True))
    index, (found, right) = next((i, pair) for i, pair in pairs if pair[0] != pair[1])
    hidden = difference(found, right)
    said = f"token {index} of {row_id} is {short(found)}, the gold has {short(right)}"
    return f"{said} ({hidden})" if hidden else said
