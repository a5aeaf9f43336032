"""Draws an annotated article as one HTML page that needs nothing but itself."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby, pairwise

import jinja2

from eventbench.corpus.model import Argument, Document, Event, Link, Sentence, Span
from eventbench.corpus.scheme import NUMBER, PARTICIPANT, SPEAKER, Scheme

HUES = (18, 265, 201, 44, 135, 330, 172, 85)
"""Hues in degrees, one an event type in the order of the scheme; they start anew at the end."""

_LABEL_SCALE = 0.75
"""How wide a letter of a role label is, in letters of the article's text."""


@dataclass(frozen=True)
class _Kind:
    """An event type as the page shows it; ``css`` is the class of its colour."""

    name: str
    short: str
    hue: int
    css: str
    total: int
    subtypes: list[tuple[str, int]]


@dataclass(frozen=True)
class _Mark:
    """An attribute's value.

    ``loud`` ones are not the value that the scheme lists first; ``spoken`` ones
    say whose words these are, which the text shows by itself.
    """

    attribute: str
    value: str
    loud: bool
    spoken: bool


@dataclass(frozen=True)
class _Filler:
    """A role of an event; ``sentence`` is where its text stands, if not beside its trigger."""

    name: str
    span: Span
    text: str
    sides: tuple[str, ...] = ()
    sentence: str | None = None


@dataclass(frozen=True)
class _End:
    """The other end of a link; ``arrow`` is empty for links without a direction."""

    link: str
    arrow: str
    card: _Card


@dataclass(frozen=True, eq=False)
class _Card:
    """An event as the page shows it; ``css`` is the class of all that belongs to it.

    The class is made of the event's place in the article, since an id may hold
    characters that mean something in a selector. ``groups`` are its roles: first
    those that no number binds to others, then a group for each number.
    """

    event: Event
    css: str
    kind: _Kind
    trigger: str
    sentence: str | None
    marks: list[_Mark]
    undecided: list[str]
    groups: list[list[_Filler]]
    ends: list[_End] = field(default_factory=list)

    @property
    def tag(self) -> str:
        """What stands behind the trigger in the text, so that colour never speaks alone."""
        marks = [f"· {mark.value}" for mark in self.marks if mark.loud and not mark.spoken]
        return " ".join(filter(None, [self.kind.short, self.event.subtype, *marks]))


@dataclass(frozen=True)
class _Use:
    """That an event uses a segment; ``label`` names the roles that begin there.

    A ``low`` label goes below the text, since it would run into the one before it.
    """

    css: str
    label: str
    low: bool


@dataclass(frozen=True)
class _Segment:
    """A stretch of text in which no span begins or ends."""

    text: str
    trigger: _Card | None
    uses: list[_Use]


@dataclass(frozen=True)
class _Row:
    """A sentence with its events; ``pieces`` are its segments, those of a trigger together."""

    id: str
    pieces: list[tuple[_Card | None, list[_Segment]]]
    cards: list[_Card]


@cache
def template(name: str) -> jinja2.Template:
    """One of our page templates; it escapes whatever is put into it, and a gap is an error."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("eventbench", "html/templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template(name)


def render_article(document: Document, title: str, scheme: Scheme, *, subtitle: str = "") -> str:
    """One self-contained HTML page of an article with its events.

    Args:
        document: the article; its offsets are code points of ``document.text``.
        title: the page's heading, as plain text like everything else here.
        scheme: what the annotations may hold; gives the order of types and
            which value of an attribute is the usual one (the first).
        subtitle: a line below the heading.

    Returns:
        The page, of which the same arguments always give the same bytes.

    Raises:
        KeyError: if a type, role or link is not in the scheme, or a link's end is no event.
    """
    kinds = _kinds(document, scheme)
    cards = [
        _card(document, event, f"x{n}", kinds[event.type], scheme)
        for n, event in enumerate(document.events, 1)
    ]
    _join(cards, document.links, scheme)
    paragraphs = [
        [_row(document, sentence, cards) for sentence in line] for line in _lines(document)
    ]
    return template("article.html.j2").render(
        document=document,
        title=title,
        subtitle=subtitle,
        kinds=list(kinds.values()),
        cards=cards,
        paragraphs=paragraphs,
        strays=[card for card in cards if card.sentence is None],
        marks=_mark_counts(cards, scheme),
        usual=[values[0] for _, values in _attributes(scheme).values() if values],
    )


def _kinds(document: Document, scheme: Scheme) -> dict[str, _Kind]:
    totals = Counter(event.type for event in document.events)
    subtypes = Counter((event.type, event.subtype) for event in document.events)
    shorts: list[str] = []
    kinds = {}
    for n, name in enumerate(scheme.event_types):
        shorts.append(_abbreviation(name, shorts))
        values = scheme.attributes.get(scheme.subtype_attribute(name), (frozenset(), ()))[1]
        counted = [(value, subtypes[name, value]) for value in values if subtypes[name, value]]
        hue = HUES[n % len(HUES)]
        kinds[name] = _Kind(name, shorts[-1], hue, f"k{n + 1}", totals[name], counted)
    return kinds


def _abbreviation(name: str, taken: Sequence[str]) -> str:
    """The capitals of a name of several words, else its first letters; not one of ``taken``."""
    capitals = "".join(re.findall("[A-Z]", name))
    tries = [capitals] if len(capitals) > 1 else []
    tries += [name[:length] for length in range(3, len(name) + 1)]
    return next((short for short in tries if short not in taken), name)


def _attributes(scheme: Scheme) -> dict[str, tuple[frozenset[str], tuple[str, ...]]]:
    """The scheme's attributes of events, without the subtypes."""
    subtypes = {scheme.subtype_attribute(name) for name in scheme.event_types}
    return {
        name: (bearers, values)
        for name, (bearers, values) in scheme.attributes.items()
        if name not in subtypes and bearers & scheme.roles.keys()
    }


def _card(document: Document, event: Event, css: str, kind: _Kind, scheme: Scheme) -> _Card:
    marks = []
    has_subtypes = scheme.subtype_attribute(event.type) in scheme.attributes
    undecided = ["Subtype"] if has_subtypes and event.subtype is None else []
    for name, (bearers, values) in _attributes(scheme).items():
        value = getattr(event, name.lower()) if event.type in bearers else False
        if value is None:
            undecided.append(name)
        elif value:
            shown = str(value) if values else name.lower()
            loud = not values or value != values[0]
            marks.append(_Mark(name, shown, loud, spoken=name.lower() == "reported"))
    home = document.sentence_of(event.trigger)

    def filler(name: str, span: Span, sides: tuple[str, ...] = ()) -> _Filler:
        sentence = document.sentence_of(span)
        elsewhere = sentence.id if sentence is not None and sentence != home else None
        return _Filler(name, span, span.text_in(document.text), sides, elsewhere)

    groups = [
        [filler(f"{a.role}{a.number if a.number > 1 else ''}", a.span, a.sides) for a in arguments]
        for arguments in _groups(event, scheme)
    ]
    if event.source is not None:
        role = next(r for r, k in scheme.roles[event.type].items() if k == SPEAKER)
        groups[0].append(filler(role, event.source))
    return _Card(
        event=event,
        css=css,
        kind=kind,
        trigger=event.trigger.text_in(document.text),
        sentence=home.id if home is not None else None,
        marks=marks,
        undecided=undecided,
        groups=groups,
    )


def _groups(event: Event, scheme: Scheme) -> list[list[Argument]]:
    """The arguments that no number binds to others, then those of each number.

    Numbers bind counts to those they count, where an event has more than one of them.
    """

    def bindable(argument: Argument) -> bool:
        return scheme.kind(event.type, argument.role) in (NUMBER, PARTICIPANT)

    several = any(bindable(a) and a.number > 1 for a in event.arguments)
    groups: dict[int, list[Argument]] = defaultdict(list)
    for argument in sorted(event.arguments, key=lambda a: (a.span, a.role)):
        groups[argument.number if several and bindable(argument) else 0].append(argument)
    return [groups[0], *(groups[number] for number in sorted(groups) if number)]


def _join(cards: Sequence[_Card], links: Sequence[Link], scheme: Scheme) -> None:
    """Give each card the links of its event, whichever end it stands at."""
    by_id = {card.event.id: card for card in cards}
    for link in links:
        first, second = by_id[link.first], by_id[link.second]
        # What joins any type to any type reads the same from both ends.
        ends = scheme.links[link.type]
        directed = ends[0] != ends[1]
        first.ends.append(_End(link.type, "→" if directed else "", second))
        second.ends.append(_End(link.type, "←" if directed else "", first))


def _mark_counts(cards: Sequence[_Card], scheme: Scheme) -> list[tuple[_Mark, int]]:
    counts = Counter(mark for card in cards for mark in card.marks if mark.loud)
    names = list(_attributes(scheme))

    def place(mark: _Mark) -> tuple[int, int]:
        values = scheme.values(mark.attribute)
        return names.index(mark.attribute), values.index(mark.value) if values else 0

    return [(mark, counts[mark]) for mark in sorted(counts, key=place)]


def _lines(document: Document) -> Iterator[list[Sentence]]:
    """The sentences, those of one line of the article together."""
    line: list[Sentence] = []
    for sentence in document.sentences:
        if line and "\n" in document.text[line[-1].span.end : sentence.span.start]:
            yield line
            line = []
        line.append(sentence)
    if line:
        yield line


def _row(document: Document, sentence: Sentence, cards: Sequence[_Card]) -> _Row:
    segments = _segments(document, sentence, cards)
    pieces = [(card, list(found)) for card, found in groupby(segments, key=lambda s: s.trigger)]
    own = [card for card in cards if card.sentence == sentence.id]
    own.sort(key=lambda card: card.event.trigger)
    return _Row(sentence.id, pieces, own)


def _segments(document: Document, sentence: Sentence, cards: Sequence[_Card]) -> list[_Segment]:
    """The sentence, cut wherever a trigger or argument of any event begins or ends."""
    inside = sentence.span
    triggers = [(c.event.trigger, c) for c in cards if c.event.trigger.overlaps(inside)]
    fillers = [(f, c) for c in cards for g in c.groups for f in g if f.span.overlaps(inside)]
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
                roles.setdefault(card.css, []).extend([filler.name] if begins else [])
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
