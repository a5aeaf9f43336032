"""The list of articles that have pages, with what became of their events."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import add

from eventbench.evaluation.side_by_side import OUTCOMES, SideBySide, Tally, values_of
from eventbench.html.article import template
from eventbench.html.cards import SIGNS, WORDS
from eventbench.html.viewed import Viewed

GENERATOR = "eventbench view"
"""What the list names as its maker, so that it may be replaced."""


def render_articles(
    viewed: Viewed, compared: Mapping[str, SideBySide], addresses: Mapping[str, str]
) -> str:
    """Draw one self-contained HTML page that lists articles.

    Args:
        viewed: the articles.
        compared: those that have gold, beside it.
        addresses: the address of each article's page.

    Returns:
        The page; equal arguments give equal bytes.
    """
    tallies = {article: side.tally for article, side in compared.items()}
    return template("articles.html.j2").render(
        viewed=viewed,
        addresses=addresses,
        tallies=tallies,
        total=reduce(add, tallies.values(), Tally()),
        note=not_compared_note(viewed),
        outcomes=OUTCOMES,
        signs=SIGNS,
        words=WORDS,
        generator=GENERATOR,
        kinds=[],
        cards=[],
    )


def not_compared_note(viewed: Viewed) -> str:
    """Say what is not compared, in a sentence; empty if all is."""
    if not viewed.not_compared:
        return ""
    start = values_of("")
    names = [n.replace("_", " ") for n in viewed.not_compared if not n.startswith(start)]
    kinds = [n.removeprefix(start) for n in viewed.not_compared if n.startswith(start)]
    if kinds:
        names.append(values_of(", ".join(kinds)))
    return f"Not compared, since no prediction has them: {', '.join(names)}."
