"""Draw an annotated article as one self-contained HTML page."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby, pairwise

import jinja2

from eventbench.corpus.model import Argument, Document, Event, Link, Sentence, Span
from eventbench.corpus.scheme import NO, NUMBER, PARTICIPANT, SPEAKER, Attribute, Scheme
from eventbench.text import number, percent, plural

HUES = (18, 265, 201, 44, 135, 330, 172, 85)
"""Hues in degrees, one an event type in the order of the scheme, repeated if there are more."""

_LABEL_SCALE = 0.75
"""How wide a letter of a role label is, in letters of the article's text."""


@dataclass(frozen=True)
class _Kind:
    """An event type as the page shows it.

    Attributes:
        css: the class of its colour.
        total: how many events of the article have it.
        subtypes: the values that divide the type and how many events have each.
    """

    name: str
    short: str
    hue: int
    css: str
    total: int
    subtypes: list[tuple[str, int]]


@dataclass(frozen=True)
class _Mark:
    """The value of an attribute; ``loud`` if it is not the one that the scheme lists first."""

    attribute: str
    value: str
    loud: bool


@dataclass(frozen=True)
class _Filler:
    """A role of an event with its words.

    Attributes:
        values: the values of the span's attributes.
        sentence: the id of the sentence that holds the words, if it is not the trigger's.
    """

    name: str
    span: Span
    text: str
    values: list[str]
    sentence: str | None


@dataclass(frozen=True)
class _End:
    """The other end of a link; ``arrow`` is empty for symmetric links."""

    link: str
    arrow: str
    card: _Card


@dataclass(frozen=True, eq=False)
class _Card:
    """An event as the page shows it.

    Attributes:
        css: the class of everything that belongs to it. It is made of the event's place in
            the article, since an id may hold characters that mean something in a selector.
        subtypes: the values shown beside its type.
        marks: the values of its other attributes.
        undecided: the titles of attributes without a value.
        groups: its roles: first those that no number binds to others, then those of each
            number.
    """

    event: Event
    css: str
    kind: _Kind
    trigger: str
    sentence: str | None
    subtypes: list[str]
    marks: list[_Mark]
    undecided: list[str]
    groups: list[list[_Filler]]
    ends: list[_End] = field(default_factory=list)

    @property
    def tag(self) -> str:
        """The label behind the trigger in the text, so that colour is never the only sign."""
        marks = [f"· {mark.value}" for mark in self.marks if mark.loud]
        return " ".join([self.kind.short, *self.subtypes, *marks])


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
    trigger: _Card | None
    uses: list[_Use]


@dataclass(frozen=True)
class _Row:
    """A sentence with its events; ``pieces`` are its segments, those of a trigger together."""

    id: str
    pieces: list[tuple[_Card | None, list[_Segment]]]
    cards: list[_Card]


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
    document: Document, title: str, scheme: Scheme, *, subtitle: str = "", home: str = ""
) -> str:
    """Draw one self-contained HTML page of an article with its events.

    Args:
        document: the article; its offsets are code points of ``document.text``.
        title: the page's heading, plain text.
        scheme: what may be annotated; gives the order of types, and the usual value of an
            attribute, which is its first.
        subtitle: a line below the heading, plain text.
        home: address of the page that leads to this one; empty if there is none.

    Returns:
        The page; equal arguments give equal bytes.

    Raises:
        KeyError: if a type, role or link is not in the scheme, or a link joins an unknown
            event.
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
        home=home,
        kinds=list(kinds.values()),
        cards=cards,
        paragraphs=paragraphs,
        strays=[card for card in cards if card.sentence is None],
        marks=_mark_counts(cards, scheme),
        usual=[_usual(attribute) for attribute in _marked(scheme) if not attribute.is_flag],
        has_subtypes=any(map(_divides, scheme.attributes.values())),
        has_counts=NUMBER in scheme.entities,
        of_spans=[
            *(attribute.title for attribute in scheme.span_attributes.values()),
            *(["the day, number, place or source that is meant"] if document.values else []),
        ],
    )


def _kinds(document: Document, scheme: Scheme) -> dict[str, _Kind]:
    totals = Counter(event.type for event in document.events)
    shorts: list[str] = []
    kinds = {}
    for n, name in enumerate(scheme.event_types):
        shorts.append(_abbreviation(name, shorts))
        events = [event for event in document.events if event.type == name]
        counted = []
        for attribute in filter(_divides, scheme.attributes_of(name)):
            found = Counter(event.attributes.get(attribute.name) for event in events)
            counted += [(value, found[value]) for value in attribute.values[name] if found[value]]
        hue = HUES[n % len(HUES)]
        kinds[name] = _Kind(name, shorts[-1], hue, f"k{n + 1}", totals[name], counted)
    return kinds


def _abbreviation(name: str, taken: Sequence[str]) -> str:
    """The capitals of a name of several words, else its first letters; not one of ``taken``."""
    capitals = "".join(re.findall("[A-Z]", name))
    tries = [capitals] if len(capitals) > 1 else []
    tries += [name[:length] for length in range(3, len(name) + 1)]
    return next((short for short in tries if short not in taken), name)


def _divides(attribute: Attribute) -> bool:
    """Return True for an attribute whose values divide a type, and are shown beside it."""
    return attribute.by_type and not attribute.is_flag


def _marked(scheme: Scheme) -> list[Attribute]:
    """The attributes that are shown as marks."""
    return [attribute for attribute in scheme.attributes.values() if not _divides(attribute)]


def _usual(attribute: Attribute) -> str:
    return next(iter(attribute.values.values()))[0]


def _mark(attribute: Attribute, value: str) -> _Mark:
    shown = attribute.title.lower() if attribute.is_flag else value
    return _Mark(attribute.name, shown, loud=value != _usual(attribute))


def _card(document: Document, event: Event, css: str, kind: _Kind, scheme: Scheme) -> _Card:
    home = document.sentence_of(event.trigger)
    subtypes: list[str] = []
    marks: list[_Mark] = []
    undecided: list[str] = []
    for attribute in scheme.attributes_of(event.type):
        value = event.attributes.get(attribute.name, NO if attribute.is_flag else None)
        if value is None:
            undecided.append(attribute.title)
        elif _divides(attribute):
            subtypes.append(value)
        elif not (attribute.is_flag and value == NO):
            marks.append(_mark(attribute, value))

    meant = {(v.span, v.kind): _shown(v.value) for v in document.values}

    def filler(name: str, span: Span, kind: str | None, values: list[str]) -> _Filler:
        sentence = document.sentence_of(span)
        elsewhere = sentence.id if sentence is not None and sentence != home else None
        values = [*values, *filter(None, [meant.get((span, kind or ""))])]
        return _Filler(name, span, span.text_in(document.text), values, elsewhere)

    groups = [
        [
            filler(
                f"{a.role}{a.number if a.number > 1 else ''}",
                a.span,
                scheme.kind(event.type, a.role),
                _values(a, scheme),
            )
            for a in arguments
        ]
        for arguments in _groups(event, scheme)
    ]
    speaker = scheme.speaker_role(event.type)
    if event.source is not None and speaker is not None:
        groups[0].append(filler(speaker, event.source, SPEAKER, []))
    return _Card(
        event=event,
        css=css,
        kind=kind,
        trigger=event.trigger.text_in(document.text),
        sentence=home.id if home is not None else None,
        subtypes=subtypes,
        marks=marks,
        undecided=undecided,
        groups=groups,
    )


def _shown(value: str) -> str:
    """A value as the page shows it: an interval of one day is that day."""
    first, slash, last = value.partition("/")
    return first if first == last else value.replace("/", " to ") if slash else value


def _values(argument: Argument, scheme: Scheme) -> list[str]:
    """The values of a span's attributes as the page shows them; a flag by its title."""
    shown = []
    for attribute in scheme.span_attributes.values():
        value = argument.attributes.get(attribute.name)
        if value is not None and not (attribute.is_flag and value == NO):
            shown.append(attribute.title.lower() if attribute.is_flag else value)
    return shown


def _groups(event: Event, scheme: Scheme) -> list[list[Argument]]:
    """The arguments that no number binds to others, then those of each number.

    A number binds a count to those it counts, if an event has several of them.
    """

    def bindable(argument: Argument) -> bool:
        return scheme.kind(event.type, argument.role) in (NUMBER, PARTICIPANT)

    several = any(bindable(a) and a.number > 1 for a in event.arguments)
    groups: dict[int, list[Argument]] = defaultdict(list)
    for argument in sorted(event.arguments, key=lambda a: (a.span, a.role)):
        groups[argument.number if several and bindable(argument) else 0].append(argument)
    return [groups[0], *(groups[number] for number in sorted(groups) if number)]


def _join(cards: Sequence[_Card], links: Sequence[Link], scheme: Scheme) -> None:
    """Give each card the links of its event, from either end."""
    by_id = {card.event.id: card for card in cards}
    for link in links:
        first, second = by_id[link.first], by_id[link.second]
        directed = link.type not in scheme.symmetric
        first.ends.append(_End(link.type, "→" if directed else "", second))
        second.ends.append(_End(link.type, "←" if directed else "", first))


def _mark_counts(cards: Sequence[_Card], scheme: Scheme) -> list[tuple[_Mark, int]]:
    """The loud marks with their numbers, in the order of the scheme."""
    counts = Counter(mark for card in cards for mark in card.marks if mark.loud)
    known = (
        _mark(attribute, value)
        for attribute in _marked(scheme)
        for value in dict.fromkeys(v for values in attribute.values.values() for v in values)
    )
    return [(mark, counts[mark]) for mark in known if counts[mark]]


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
