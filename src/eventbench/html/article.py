"""Draw an annotated article as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, pairwise
from typing import Any

import jinja2

from eventbench.corpus.model import Document, Sentence, Span
from eventbench.corpus.scheme import NUMBER, Scheme
from eventbench.evaluation.side_by_side import Tally, Verdict
from eventbench.html.cards import (
    SIGNS,
    WORDS,
    Card,
    card_of,
    divides,
    join_cards,
    kinds_of,
    mark_counts,
    marked,
    usual_value,
)
from eventbench.text import number, percent, plural

_LABEL_SCALE = 0.75
"""How wide a letter of a role label is, in letters of the article's text."""


@dataclass(frozen=True)
class _Use:
    """An event's use of a segment.

    Attributes:
        label: the roles that begin there.
        low: the label goes below the text, since it would run into the one before it.
    """

    css: str
    label: str
    low: bool


@dataclass(frozen=True)
class _Segment:
    """A stretch of text in which no span begins or ends."""

    text: str
    trigger: Card | None
    uses: list[_Use]


@dataclass(frozen=True)
class _Row:
    """A sentence with its events; ``pieces`` are its segments, those of a trigger together."""

    id: str
    pieces: list[tuple[Card | None, list[_Segment]]]
    cards: list[Card]


def template(name: str) -> jinja2.Template:
    """Load a page template, which escapes all values and refuses undefined ones."""
    return _environment().get_template(name)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("eventbench", "html/templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
    )
    environment.globals.update(number=number, percent=percent, plural=plural)
    return environment


def render_article(
    document: Document,
    title: str,
    scheme: Scheme,
    *,
    subtitle: str = "",
    verdicts: Mapping[str, Verdict] | None = None,
    note: str = "",
    ways: Sequence[tuple[str, str]] = (),
    credit: str = "",
) -> str:
    """Draw one self-contained HTML page of an article with its events.

    Args:
        document: the article; its offsets are code points of ``document.text``.
        title: the page's heading, plain text.
        scheme: what may be annotated; gives the order of types, and the usual value of an
            attribute, which is its first.
        subtitle: a line below the heading, plain text.
        verdicts: what became of each event, by its id, if they are predictions beside gold; see
            `eventbench.evaluation.side_by_side`.
        note: a line below the number of right and wrong events, plain text.
        ways: links to other pages, label and address.
        credit: a line at the end of the page that says whose the article and its annotations are.

    Returns:
        The page; equal arguments give equal bytes.

    Raises:
        KeyError: if a type, role or link is not in the scheme, or a link joins an unknown
            event.
    """
    kinds = kinds_of(document, scheme, verdicts)
    cards = [
        card_of(document, event, f"x{n}", kinds[event.type], scheme, (verdicts or {}).get(event.id))
        for n, event in enumerate(document.events, 1)
    ]
    join_cards(cards, document.links, scheme)
    paragraphs = [[_row(document, s, cards) for s in line] for line in _lines(document)]
    return template("article.html.j2").render(
        document=document,
        title=title,
        subtitle=subtitle,
        note=note,
        ways=ways,
        credit=credit,
        tally=None if verdicts is None else Tally.of(verdicts.values()),
        signs=SIGNS,
        words=WORDS,
        kinds=list(kinds.values()),
        cards=cards,
        paragraphs=paragraphs,
        strays=[card for card in cards if card.sentence is None],
        marks=mark_counts(cards, scheme),
        **_legend(document, cards, scheme),
    )


def _legend(document: Document, cards: Sequence[Card], scheme: Scheme) -> dict[str, Any]:
    """What the explanation of the marks speaks of."""
    return {
        "is_sure": any(card.sure or any(mark.sure for mark in card.marks) for card in cards),
        "usual": [usual_value(found) for found in marked(scheme) if not found.is_flag],
        "has_subtypes": any(map(divides, scheme.attributes.values())),
        "has_counts": NUMBER in scheme.entities,
        "of_spans": [
            *(attribute.title for attribute in scheme.span_attributes.values()),
            *(["the day, number, place or source that is meant"] if document.values else []),
        ],
    }


def _lines(document: Document) -> Iterator[list[Sentence]]:
    """The sentences, grouped by line of the article."""
    line: list[Sentence] = []
    for sentence in document.sentences:
        if line and "\n" in document.text[line[-1].span.end : sentence.span.start]:
            yield line
            line = []
        line.append(sentence)
    if line:
        yield line


def _row(document: Document, sentence: Sentence, cards: Sequence[Card]) -> _Row:
    segments = _segments(document, sentence, cards)
    pieces = [(card, list(found)) for card, found in groupby(segments, key=lambda s: s.trigger)]
    own = [card for card in cards if card.sentence == sentence.id]
    own.sort(key=lambda card: card.event.trigger)
    return _Row(sentence.id, pieces, own)


def _segments(document: Document, sentence: Sentence, cards: Sequence[Card]) -> list[_Segment]:
    """The sentence, cut wherever a trigger or argument of any event begins or ends."""
    inside = sentence.span
    triggers = [(c.event.trigger, c) for c in cards if c.event.trigger.overlaps(inside)]
    listed = ((f, c) for c in cards for g in [*c.groups, c.unpredicted] for f in g)
    fillers = [(filler, card) for filler, card in listed if filler.span.overlaps(inside)]
    spans = [span for span, _ in triggers] + [filler.span for filler, _ in fillers]
    edges = {point for span in spans for point in (span.start, span.end)}
    cuts = {p for p in edges if inside.start < p < inside.end}
    free_from: dict[str, int] = {}  # where the last label of each event ends, about
    segments = []
    for start, end in pairwise([inside.start, *sorted(cuts), inside.end]):
        segment = Span(start, end)
        roles: dict[str, list[str]] = {}
        for filler, card in fillers:
            if filler.span.contains(segment):
                begins = start == max(filler.span.start, inside.start)
                roles.setdefault(card.css, []).extend([filler.label] if begins else [])
        uses = []
        for css, names in roles.items():
            label = " · ".join(names)
            low = bool(label) and start < free_from.get(css, 0)
            if label and not low:
                free_from[css] = start + round(_LABEL_SCALE * len(label)) + 1
            uses.append(_Use(css, label, low))
        trigger = next((card for span, card in triggers if span.contains(segment)), None)
        segments.append(_Segment(segment.text_in(document.text), trigger, uses))
    return segments
