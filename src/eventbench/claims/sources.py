"""Who says what of an incident."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from eventbench.claims.facts import Facts, arguments, publisher_of, value_of
from eventbench.claims.grouping import NEGATED
from eventbench.claims.model import (
    ANNOUNCES,
    ASSERTS,
    DENIES,
    DOUBTS,
    EXPECTS,
    NEGATES,
    REPORTED,
    STANCES,
    SUPPOSES,
    UNNAMED,
    Claim,
    Figure,
    Mention,
)
from eventbench.corpus.model import Document, Event
from eventbench.corpus.scheme import ACTOR, NUMBER, PARTICIPANT, REPETITIONS, SPEAKER, YES
from eventbench.corpus.values import bounds, ids

TIMES = "times"
"""The measure of a count of the happenings themselves."""

_STANCES = {NEGATED: NEGATES, "planned": EXPECTS, "hypothetical": SUPPOSES}
"""The stance by Status; what is actual is asserted, or doubted if Certainty says so."""


def claims_of(
    events: Sequence[tuple[Document, Event]], mentions: Sequence[Mention], facts: Facts
) -> tuple[Claim, ...]:
    """One claim for each source and stance; each rests on the mentions that it is made of."""
    found: dict[tuple[str, str], Claim] = {}
    for (document, event), mention in zip(events, mentions, strict=True):
        figures = tuple(_figures(document, event, mention, facts))
        for source in _sources(document, event, facts):
            claim = replace(
                source,
                stance=_stance(document, event, source, facts),
                since=document.published,
                mentions=(mention,),
                figures=figures,
                contested=event.attributes.get("contested") == YES,
            )
            known = found.get((claim.source, claim.stance))
            found[claim.source, claim.stance] = _united(known, claim) if known else claim
    claims = [_denial(claim, found.values()) for claim in found.values()]
    return tuple(sorted(claims, key=lambda c: (STANCES.index(c.stance), c.source)))


def _united(first: Claim, second: Claim) -> Claim:
    dates = [claim.since for claim in (first, second) if claim.since is not None]
    return replace(
        first,
        since=min(dates, default=None),
        mentions=tuple(dict.fromkeys(first.mentions + second.mentions)),
        figures=tuple(dict.fromkeys(first.figures + second.figures)),
        contested=first.contested or second.contested,
    )


def _denial(claim: Claim, claims: Iterable[Claim]) -> Claim:
    """A claim that nothing happened, as a denial if another source says that it did."""
    if claim.stance != NEGATES:
        return claim
    others = (other for other in claims if other.source != claim.source)
    is_denial = claim.contested or any(other.stance in (ASSERTS, DOUBTS) for other in others)
    return replace(claim, stance=DENIES) if is_denial else claim


def _stance(document: Document, event: Event, source: Claim, facts: Facts) -> str:
    """What a source says of an event, before it is known what others say: one of `STANCES`."""
    stance = _STANCES.get(event.attributes.get("status", ""))
    if stance is None:
        return DOUBTS if event.attributes.get("certainty") == "uncertain" else ASSERTS
    return ANNOUNCES if stance == EXPECTS and _is_own(document, event, source, facts) else stance


def _is_own(document: Document, event: Event, source: Claim, facts: Facts) -> bool:
    """Return True if a source, or its side, is among those who act in an event."""
    span = event.source
    if span is None:
        return False
    words = span.text_in(document.text).casefold()
    return any(
        (source.side != "" and source.side in argument.attributes.get("side", "").split("_"))
        or argument.span.overlaps(span)
        or argument.span.text_in(document.text).casefold() == words
        for _, _, argument in arguments([(document, event)], facts.scheme, ACTOR)
        if argument.role not in facts.reading.others
    )


def _sources(document: Document, event: Event, facts: Facts) -> Iterator[Claim]:
    """An empty claim for each source of an event."""

    def claim(source: str, name: str, kind: str, side: str) -> Claim:
        return Claim(source, name, kind, side, ASSERTS, None, (), (), contested=False)

    if event.source is None:
        if event.attributes.get(REPORTED) == "attributed":
            yield claim(UNNAMED, "not named", "", "")
        else:
            name = publisher_of(document)
            entry = facts.speakers.get(_slug(name))
            yield claim(_slug(name), entry.name if entry else name, "media", "")
        return
    words = event.source.text_in(document.text)
    value, kind, side = value_of(document, event.source, SPEAKER)
    for source in ids(value) if value else [_slug(words)]:
        entry = facts.speakers.get(source)
        if entry is not None:
            kind, side = (str(entry.facts.get(key, "")) for key in ("kind", "side"))
        yield claim(source, entry.name if entry else words, kind, "" if side == "none" else side)


def _slug(words: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", words.lower())) or UNNAMED


def _figures(document: Document, event: Event, mention: Mention, facts: Facts) -> Iterator[Figure]:
    scheme = facts.scheme
    people = next((r for r, k in scheme.roles[event.type].items() if k == PARTICIPANT), None)
    for _, _, argument in arguments([(document, event)], scheme, NUMBER, REPETITIONS):
        kind = scheme.kind(event.type, argument.role)
        counted = [
            a.span.text_in(document.text)
            for a in event.arguments
            if kind == NUMBER and (a.role, a.number) == (people, argument.number)
        ]
        value, _, _ = value_of(document, argument.span, kind)
        low, high = bounds(value) or (None, None)
        measure = TIMES if kind == REPETITIONS else facts.reading.measure(mention.label)
        words = argument.span.text_in(document.text)
        yield Figure(mention, measure, ", ".join(counted), words, low, high)
