"""Features of pairs of events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log1p
from typing import NamedTuple

import numpy as np

from eventbench import Document, Event
from eventbench_baselines.encoder import Floats
from eventbench_baselines.links.mentions import (
    Mention,
    Reading,
    content,
    content_of,
    mentions_of,
    read,
)

Features = dict[str, float]
"""Sparse features: name to value, mostly 0 to 1."""

UNKNOWN = "unknown"

NEAR = 4
"""Words on each side of a trigger that are features of a pair."""

APART = 12
"""Maximum number of words between two triggers that are features of a pair."""


class Pair(NamedTuple):
    """Two mentions of an article by index, in the order in which a link would name them."""

    first: int
    second: int


@dataclass
class Article:
    """An article with what all its pairs share.

    Attributes:
        document: the article.
        reading: its words.
        mentions: its events in reading order.
        cosines: for each view the cosines of its events, shape (views, events, events).
        ranks: for each view and event the ranks of the others of its type by cosine, from 0;
            same shape.
        contents: for each sentence, the words that name something.
        weights: for each such word, how rare it is among the sentences, 0 to 1.
    """

    document: Document
    reading: Reading
    mentions: list[Mention]
    cosines: Floats
    ranks: Floats
    contents: list[frozenset[str]]
    weights: dict[str, float]

    @classmethod
    def of(cls, document: Document, vectors: Floats) -> Article:
        """Prepare an article.

        Args:
            document: the article.
            vectors: of its events in reading order, shape (events, views, width).
        """
        reading = read(document)
        mentions = mentions_of(document, reading)
        cosines = _cosines(vectors)
        contents = [content_of(lemmas) for lemmas in reading.lemmas]
        counts = Counter(word for words in contents for word in words)
        total = log1p(len(contents))
        weights = {word: 1 - log1p(n - 1) / max(total, 1) for word, n in counts.items()}
        ranks = _ranks(cosines, [m.event.type for m in mentions])
        return cls(document, reading, mentions, cosines, ranks, contents, weights)


def _cosines(vectors: Floats) -> Floats:
    """The cosines of all pairs, rounded so that the last bits of vectors do not matter."""
    events, views = vectors.shape[:2]
    result = np.zeros((views, events, events))
    for view in range(views):
        rows = vectors[:, view].astype(float)
        rows = rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-12)
        result[view] = np.round(rows @ rows.T, 4)
    return result


def _ranks(cosines: Floats, types: Sequence[str]) -> Floats:
    same = np.array([[a == b for b in types] for a in types], dtype=bool).reshape(
        len(types), len(types)
    )
    np.fill_diagonal(same, False)
    result = np.zeros_like(cosines)
    for view, table in enumerate(cosines):
        for k in range(len(types)):
            others = table[k, same[k]]
            result[view, k] = [(others > value).sum() for value in table[k]]
    return result


def features_of(article: Article, pair: Pair) -> Features:
    """The features of a pair of events.

    Attributes and arguments that an event does not have are features of their own, so
    that a classifier can learn what to make of an event about which little is known.
    """
    return dict(_all(article, pair))


def _all(article: Article, pair: Pair) -> Iterator[tuple[str, float]]:
    a, b = article.mentions[pair.first], article.mentions[pair.second]
    yield from _places(article, pair, a, b)
    yield from _triggers(article, pair, a, b)
    yield from _attributes(a.event, b.event)
    yield from _arguments(a, b)
    yield from _sources(article, a.event, b.event)
    yield from _sentences(article, a, b)
    yield from _words(article, a, b)


def _places(article: Article, pair: Pair, a: Mention, b: Mention) -> Iterator[tuple[str, float]]:
    types = f"{a.event.type}>{b.event.type}"
    order = ">" if pair.first < pair.second else "<"
    apart = abs(a.sentence - b.sentence)
    between = article.mentions[min(pair) + 1 : max(pair)]
    alike = sum(m.event.type == b.event.type for m in between)
    bucket = next((str(top) for top in (0, 1, 2, 5, 10, 20) if apart <= top), "more")
    yield f"types {types}", 1.0
    yield f"order {order} {types}", 1.0
    yield f"apart {bucket}", 1.0
    yield f"apart {bucket} order {order}", 1.0
    yield f"apart {bucket} {types}", 1.0
    yield "apart log", log1p(apart) / 4
    yield "between log", log1p(len(between)) / 4
    yield f"between {min(len(between), 3)}", 1.0
    yield f"between alike {min(alike, 3)}", 1.0
    if not apart:
        words = max(a.first, b.first) - min(a.last, b.last)
        yield f"words {order}", log1p(max(words, 0)) / 4
        yield f"between {min(len(between), 3)} in sentence {order}", 1.0
    if 0 in (a.sentence, b.sentence):
        yield "in first sentence", 1.0
    yield "events log", log1p(len(article.mentions)) / 4


def _triggers(article: Article, pair: Pair, a: Mention, b: Mention) -> Iterator[tuple[str, float]]:
    if a.lemmas == b.lemmas:
        yield "same lemmas", 1.0
        yield f"same lemmas {a.event.type}", 1.0
        same = sum(m.lemmas == a.lemmas for m in article.mentions)
        yield "same lemmas alone", 2 / max(same, 2)
    elif {*a.lemmas} & {*b.lemmas}:
        yield "shared lemma", 1.0
    elif a.lemmas and b.lemmas and a.lemmas[0][:4] == b.lemmas[0][:4]:
        yield "shared beginning", 1.0
    for view, (cosines, ranks) in enumerate(zip(article.cosines, article.ranks, strict=True)):
        cosine = float(cosines[pair])
        yield f"cosine {view}", cosine
        yield f"cosine {view} above half", max(0.0, 2 * cosine - 1)
        rank, back = ranks[pair.first, pair.second], ranks[pair.second, pair.first]
        yield f"rank {view}", 1 / (1 + float(min(rank, back)))
        yield f"rank {view} mutual", 1 / (1 + float(max(rank, back)))


def _attributes(a: Event, b: Event) -> Iterator[tuple[str, float]]:
    for name in sorted({*a.attributes, *b.attributes}):
        values = [event.attributes.get(name, UNKNOWN) for event in (a, b)]
        yield f"attribute {name} {values[0]}>{values[1]}", 1.0
        if a.type == b.type:
            known = UNKNOWN not in values
            kind = ("same" if values[0] == values[1] else "differ") if known else UNKNOWN
            yield f"attribute {name} {kind}", 1.0
    for side, event in (("first", a), ("second", b)):
        if not event.attributes:
            yield f"{side} without attributes", 1.0
        if not event.arguments:
            yield f"{side} without arguments", 1.0


def _arguments(a: Mention, b: Mention) -> Iterator[tuple[str, float]]:
    for role in sorted({*a.fillers, *b.fillers}):
        if role not in b.fillers:
            yield f"role {role} first only", 1.0
        elif role not in a.fillers:
            yield f"role {role} second only", 1.0
        else:
            found = _comparison(a.fillers[role], b.fillers[role])
            yield f"role {role} {found}", 1.0
            yield f"both {found}", 1.0
    words = [frozenset().union(*m.fillers.values()) for m in (a, b)]
    yield "arguments overlap", _jaccard(*words)
    digits = [{w for w in found if w.isdigit()} for found in words]
    if all(digits):
        yield ("numbers shared" if digits[0] & digits[1] else "numbers differ"), 1.0
    first, second = ({g.span for g in m.event.arguments} for m in (a, b))
    if first & second:
        yield "argument shared", 1.0
    for side, one, other in (("first", a, b), ("second", b, a)):
        trigger = other.event.trigger
        roles = {g.role for g in one.event.arguments if g.span.overlaps(trigger)}
        yield from ((f"trigger in {side} {role}", 1.0) for role in sorted(roles))
    described = [_described(m.event) for m in (a, b)]
    for key in sorted(described[0].keys() & described[1].keys()):
        same = described[0][key] & described[1][key]
        yield f"described {key} {'same' if same else 'differ'}", 1.0


def _described(event: Event) -> dict[str, set[str]]:
    """The values of attributes of the arguments, by role and name."""
    found: dict[str, set[str]] = {}
    for argument in event.arguments:
        for name, value in argument.attributes.items():
            found.setdefault(f"{argument.role} {name}", set()).add(value)
    return found


def _comparison(a: frozenset[str], b: frozenset[str]) -> str:
    if a == b:
        return "same"
    return "overlap" if a & b else "differ"


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / max(len(a | b), 1)


def _sources(article: Article, a: Event, b: Event) -> Iterator[tuple[str, float]]:
    if a.source is None or b.source is None:
        known = (a.source is not None) + (b.source is not None)
        yield f"sources {known}", 1.0
    elif a.source == b.source:
        yield "sources same span", 1.0
    else:
        text = article.document.text
        sources = [content(event.source.text_in(text)) for event in (a, b) if event.source]
        yield f"sources {_comparison(*sources)}", 1.0


def _sentences(article: Article, a: Mention, b: Mention) -> Iterator[tuple[str, float]]:
    """What two sentences share, other than the triggers."""
    if a.sentence == b.sentence:
        return
    one, other = (article.contents[m.sentence] - {*a.lemmas, *b.lemmas} for m in (a, b))
    shared = sum(article.weights[w] for w in sorted(one & other))
    least = min(sum(article.weights[w] for w in sorted(side)) for side in (one, other))
    yield "sentences share", shared / max(least, 1.0)
    yield "sentences share any", float(bool(one & other))
    digits = [{w for w in side if w.isdigit()} for side in (one, other)]
    if all(digits):
        yield ("sentences' numbers shared" if digits[0] & digits[1] else "numbers none shared"), 1.0


def _words(article: Article, a: Mention, b: Mention) -> Iterator[tuple[str, float]]:
    for side, m in (("first", a), ("second", b)):
        lemmas = article.reading.lemmas[m.sentence]
        before, after = lemmas[max(0, m.first - NEAR) : m.first], lemmas[m.last : m.last + NEAR]
        if before:
            yield f"{side} after {before[-1]}", 1.0
        if after:
            yield f"{side} before {after[0]}", 1.0
        yield from ((f"{side} near {word}", 1.0) for word in sorted({*before, *after}))
        yield f"{side} trigger {' '.join(m.lemmas)}", 1.0
    if a.sentence == b.sentence:
        order = ">" if a.first < b.first else "<"
        start, end = min(a.last, b.last), max(a.first, b.first)
        between = article.reading.lemmas[a.sentence][start:end]
        if not between:
            yield f"next to {order}", 1.0
        elif len(between) <= APART:
            yield from ((f"between {order} {word}", 1.0) for word in sorted({*between}))
            yield f"between first {order} {between[0]}", 1.0
            yield f"between last {order} {between[-1]}", 1.0
    elif abs(a.sentence - b.sentence) == 1:
        later = article.reading.lemmas[max(a.sentence, b.sentence)]
        yield from ((f"next sentence {word}", 1.0) for word in sorted({*later[:12]}))
