"""Articles of other corpora to learn from, made to fit the scheme of the corpus that is tested.

Event types, roles, attributes, values and links must be those of the tested corpus. What
only makes sense within one corpus is left out of the others' articles: attributes of spans
whose values are parties (``Side``), unless both corpora have the same ones, and the values of
places and sources, which refer to lists of their own corpus. Their incidents have no places
for the same reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from eventbench.corpus.loading import GOLD, Corpus
from eventbench.corpus.model import Argument, Document, Event, ToldIncident
from eventbench.corpus.scheme import PLACE, SPEAKER, Attribute, Scheme
from eventbench.errors import EventbenchError

SEPARATOR = ":"
"""Between a corpus and an article in the ids of extra articles; ids in a corpus have none."""

REPEATED = 0.5
"""Share of an article's sentences from which another article that has them repeats it."""


def extra_articles(corpus: Corpus, others: Sequence[Corpus]) -> tuple[Document, ...]:
    """Return the articles of other corpora, to be learned from beside those of a corpus.

    The ids of articles and sentences begin with the id of their corpus ("practice:001").

    Args:
        corpus: the corpus that systems are tested on.
        others: the corpora to learn from too.

    Raises:
        EventbenchError: if a corpus is given twice or is the tested one; if an annotation is not
            of the scheme of ``corpus``; or if an article repeats one of ``corpus``.
    """
    known = {corpus.id}
    for other in others:
        if other.id in known:
            found = "the tested corpus" if other.id == corpus.id else "given twice"
            raise EventbenchError(f"corpus {other.id!r} cannot be learned from too: it is {found}")
        known.add(other.id)
    return tuple(document for other in others for document in _fitted(corpus, other))


def corpus_of(article: str, corpus: str) -> str:
    """The corpus of an article in a fold of ``corpus``, by its id."""
    return article.rpartition(SEPARATOR)[0] or corpus


def _fitted(corpus: Corpus, other: Corpus) -> Iterator[Document]:
    same_parties = corpus.info.parties == other.info.parties
    dropped = set() if same_parties else party_attributes(corpus) | party_attributes(other)
    if pair := repeated_article(corpus, other):
        raise EventbenchError(
            f"corpus {other.id!r} cannot be learned from too: its article {pair[1]} repeats "
            f"article {pair[0]} of the tested corpus {corpus.id!r}"
        )
    for document in other.documents:
        path = other.root / GOLD / f"{document.stem}.ann"
        events = tuple(_without(event, dropped) for event in document.events)
        for line, problem in _misfits(replace(document, events=events), corpus.scheme):
            raise EventbenchError(
                f"{path}:{line}: {problem}, which the scheme of corpus {corpus.id!r} refuses"
            )
        yield replace(
            document,
            id=f"{other.id}{SEPARATOR}{document.id}",
            sentences=tuple(
                replace(s, id=f"{other.id}{SEPARATOR}{s.id}") for s in document.sentences
            ),
            events=events,
            values=tuple(v for v in document.values if v.kind not in (PLACE, SPEAKER)),
            incidents=_told(document, other),
        )


def _told(document: Document, other: Corpus) -> tuple[ToldIncident, ...] | None:
    """The incidents of an article with names of their own corpus; None if they are not known."""
    if document.incidents is None:
        return None
    return tuple(
        replace(told, name=f"{other.id}{SEPARATOR}{told.name}", where=())
        for told in document.incidents
    )


def party_attributes(corpus: Corpus) -> set[str]:
    """The attributes of spans whose values name parties of the corpus, alone or joined by "_".

    Values that name a single one of several parties do not count, since a party may have the
    name of a kind of actor ("international").
    """
    parties = {party.id for party in corpus.info.parties}
    found = set()
    for attribute in corpus.scheme.span_attributes.values():
        named = parties & {name for label in attribute.labels() for name in label.split("_")}
        if named and (len(named) > 1 or len(parties) == 1):
            found.add(attribute.name)
    return found


def repeated_article(corpus: Corpus, other: Corpus) -> tuple[str, str] | None:
    """Find an article of ``other`` that has half of the sentences of an article of ``corpus``.

    Returns:
        The ids of both, that of ``corpus`` first; None if there is none.
    """
    theirs = [(document.id, _sentences(document)) for document in other.documents]
    for document in corpus.documents:
        ours = _sentences(document)
        for name, sentences in theirs:
            if ours and len(ours & sentences) >= REPEATED * len(ours):
                return document.id, name
    return None


def _sentences(document: Document) -> set[tuple[str, ...]]:
    """The sentences of an article as words in lower case."""
    return {
        tuple(token.text_in(document.text).lower() for token in sentence.tokens)
        for sentence in document.sentences
    }


def _without(event: Event, dropped: set[str]) -> Event:
    """An event whose arguments lack some attributes."""

    def kept(argument: Argument) -> Argument:
        attributes = {k: v for k, v in argument.attributes.items() if k not in dropped}
        return replace(argument, attributes=attributes)

    return replace(event, arguments=tuple(map(kept, event.arguments)))


def _misfits(document: Document, scheme: Scheme) -> Iterator[tuple[int, str]]:
    """The line and a description of everything in an article that is not of a scheme."""
    types = {event.id: event.type for event in document.events}
    for event in document.events:
        if event.type not in scheme.roles:
            yield event.line, f"{event.id} is of type {event.type}"
            continue
        for attribute in scheme.attributes_of(event.type):
            if attribute.name not in event.attributes:
                yield event.line, f"{event.id} ({event.type}) has no {attribute.name}"
        known = {a.name: a for a in scheme.attributes_of(event.type)}
        for problem in _wrong_values(event.type, event.attributes, known):
            yield event.line, f"{event.id} ({event.type}) {problem}"
        if event.source is not None and scheme.speaker_role(event.type) is None:
            yield event.line, f"{event.id} ({event.type}) has a source"
        for argument in event.arguments:
            if argument.role not in scheme.roles_of(event.type):
                yield event.line, f"{event.id} ({event.type}) has the role {argument.role}"
                continue
            kind = scheme.kind(event.type, argument.role)
            for problem in _wrong_values(kind, argument.attributes, scheme.span_attributes):
                yield event.line, f"{argument.role} of {event.id} {problem}"
    for link in document.links:
        first, second = scheme.links.get(link.type, (frozenset(), frozenset()))
        if types[link.first] not in first or types[link.second] not in second:
            ends = f"{types[link.first]} and {types[link.second]}"
            yield link.line, f"{link.type} joins {ends}"


def _wrong_values(
    bearer: str, given: Mapping[str, str], known: Mapping[str, Attribute]
) -> Iterator[str]:
    for name, value in given.items():
        if name not in known or value not in known[name].values.get(bearer, ()):
            yield f"has {name} {value!r}"
