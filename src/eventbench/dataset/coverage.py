"""How often each type and value occurs in the gold, against what a corpus wants at least."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eventbench.corpus.loading import INFO, Corpus, as_corpus, read_sources
from eventbench.corpus.model import Document
from eventbench.corpus.scheme import SPEAKER, YES, Attribute
from eventbench.errors import EventbenchError
from eventbench.io import short
from eventbench.text import UNDEFINED, percent, table


@dataclass(frozen=True)
class Count:
    """How often something occurs.

    Attributes:
        of: what it is counted among, such as an attribute.
        name: the value; with ``of`` before it ("class:medical") for attributes of spans,
            sources and registers, and for values of two attributes.
        count: the number of occurrences.
        share: the part of all that have a value there, 0 to 1; None if it is not a part.
        minimum: the number that ``corpus.toml`` wants at least; None if it wants none.
    """

    of: str
    name: str
    count: int
    share: float | None = None
    minimum: int | None = None

    @property
    def missing(self) -> int:
        """How many are missing to the minimum."""
        return max(0, (self.minimum or 0) - self.count)


@dataclass(frozen=True)
class Coverage:
    """How often each type and value occurs; prints as a table."""

    counts: tuple[Count, ...]

    def __repr__(self) -> str:
        return f"Coverage({len(self.counts)} counts)"

    def __str__(self) -> str:
        wanted = any(found.minimum is not None for found in self.counts)
        columns = ["of", "value", "count", "%"] + ["minimum", "missing"] * wanted
        body = []
        for one in self.counts:
            row = [one.of, one.name, one.count, "" if one.share is None else percent(one.share)]
            if wanted and one.minimum is not None:
                row += [one.minimum, one.missing or UNDEFINED]
            body.append(row + [""] * (len(columns) - len(row)))
        return table(columns, body, left=2)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the counts as JSON values."""
        return [{**asdict(found), "missing": found.missing} for found in self.counts]


def coverage(corpus: Corpus | str | Path | None = None) -> Coverage:
    """Count every type and value of the gold, also those that never occur.

    Event types, attributes, links and kinds of source are counted by event, attributes of
    spans by argument.

    Args:
        corpus: the corpus, or an argument of `load_corpus`.

    Raises:
        EventbenchError: if the corpus wants a minimum of something that is not counted.
    """
    data = as_corpus(corpus)
    groups = dict(_groups(data))
    prefixed = {*data.scheme.span_attributes, SOURCE, REGISTER}
    plain = Counter(v for of, counts in groups.items() if of not in prefixed for v in counts)
    flags = [a.name for a in data.scheme.attributes.values() if a.is_flag]
    found = []
    for of, counts in groups.items():
        total = 0 if of == ALL else sum(counts.values())
        if of in flags:  # which only say how often they are set
            total = sum(of in event.attributes for d in data.documents for event in d.events)
        for value, count in counts.items():
            name = f"{of}:{value}" if of in prefixed or plain[value] > 1 else value
            found.append(Count(of, name, count, count / total if total else None))
    return Coverage(tuple(_with_minimum(found, data)))


def _with_minimum(found: Sequence[Count], corpus: Corpus) -> Iterator[Count]:
    wanted = dict(corpus.info.minimum)
    for one in found:
        yield Count(one.of, one.name, one.count, one.share, wanted.pop(one.name, None))
    for name in wanted:
        raise EventbenchError(
            f"{corpus.root / INFO}: minimum has {short(name)}, expected a value that "
            "`eventbench data stats --coverage` prints"
        )


SOURCE, REGISTER, ALL = "source", "register", "corpus"
"""Groups beside those of the scheme; the last one's numbers are not parts of one whole."""


def _groups(corpus: Corpus) -> Iterator[tuple[str, dict[str, int]]]:
    """What is counted, and the number of each value, in the order of the scheme."""
    scheme, events = corpus.scheme, [e for d in corpus.documents for e in d.events]
    yield "type", _counted(scheme.event_types, (event.type for event in events))
    for attribute in scheme.attributes.values():
        labels = (
            attribute.label(event.type, event.attributes[attribute.name])
            for event in events
            if attribute.name in event.attributes
        )
        yield attribute.name, _values(attribute, labels)
    for attribute in scheme.span_attributes.values():
        arguments = (argument for event in events for argument in event.arguments)
        labels = (a.attributes[attribute.name] for a in arguments if attribute.name in a.attributes)
        yield attribute.name, _values(attribute, labels)
    links = (link.type for document in corpus.documents for link in document.links)
    yield "link", _counted(scheme.links, links)
    kinds = [kind for document in corpus.documents for kind in _source_kinds(document)]
    yield SOURCE, _counted(sorted(set(kinds)), kinds)
    sources = read_sources(corpus.root)
    registers = [source.register for source in sources if source.register]
    yield REGISTER, _counted(sorted(set(registers)), registers)
    invented = sum(source.invented for source in sources)
    yield ALL, {"articles": len(sources), "invented": invented, **_corpus_counts(corpus)}


def _counted(names: Iterable[str], found: Iterable[str]) -> dict[str, int]:
    counts = Counter(found)
    return {name: counts[name] for name in dict.fromkeys([*names, *counts])}


def _values(attribute: Attribute, labels: Iterator[str]) -> dict[str, int]:
    """The number of each value; of a flag, only how often it is set, by its own name."""
    counts = _counted(attribute.labels(), labels)
    return {attribute.name: counts[YES]} if attribute.is_flag else counts


def _source_kinds(document: Document) -> Iterator[str]:
    """The kind of the source of each event that has one, as its value says."""
    kinds = {value.span: value.precision for value in document.values if value.kind == SPEAKER}
    for event in document.events:
        if event.source in kinds:
            yield kinds[event.source]


def _corpus_counts(corpus: Corpus) -> dict[str, int]:
    sentences = [(d, s) for d in corpus.documents for s in d.sentences]
    lemmas = {" ".join(d.lemmas_of(e.trigger)) for d in corpus.documents for e in d.events}
    return {
        "tokens": sum(len(sentence.tokens) for _, sentence in sentences),
        "sentences": len(sentences),
        "sentences without event": sum(not any(d.events_in(s)) for d, s in sentences),
        "events": sum(len(document.events) for document in corpus.documents),
        "trigger lemmas": len(lemmas),
    }
