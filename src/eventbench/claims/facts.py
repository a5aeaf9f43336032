"""What incidents are derived from, and how to look it up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from eventbench.claims.codebooks import Reading
from eventbench.corpus.model import Argument, Document, Event, Span
from eventbench.corpus.scheme import Scheme
from eventbench.corpus.values import UNKNOWN, Named


@dataclass(frozen=True)
class Facts:
    """Everything that incidents are derived from, without the lists of incidents.

    Attributes:
        documents: the articles with their events, links and values.
        scheme: what is annotated.
        reading: how to read the scheme.
        places: the gazetteer.
        speakers: the sources.
    """

    documents: Sequence[Document]
    scheme: Scheme
    reading: Reading
    places: Mapping[str, Named]
    speakers: Mapping[str, Named]


def arguments(
    events: Iterable[tuple[Document, Event]], scheme: Scheme, *kinds: str
) -> Iterator[tuple[Document, Event, Argument]]:
    """The arguments of some kinds, by the order of the roles in the scheme."""
    for document, event in events:
        roles = list(scheme.roles[event.type])
        for argument in sorted(event.arguments, key=lambda a: (roles.index(a.role), a.span)):
            if scheme.kind(event.type, argument.role) in kinds:
                yield document, event, argument


def value_of(document: Document, span: Span, kind: str) -> tuple[str, str, str]:
    """Value, precision and basis of a span; empty if it has none or it is unknown."""
    for value in document.values:
        if (value.span, value.kind) == (span, kind) and value.value != UNKNOWN:
            return value.value, value.precision, value.basis
    return "", "", ""


def publisher_of(document: Document) -> str:
    """The publisher of an article; one that is not known is another one for each article."""
    return document.publisher or f"article {document.id}"
