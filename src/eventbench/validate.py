"""Is the gold sound? A registry of checks, each with a stable id."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from eventbench import standoff
from eventbench.corpus import GOLD, default_data_dir, read_corpus_scheme, read_documents
from eventbench.model import Document, Problem, Span
from eventbench.scheme import Scheme

Finding = tuple[int, str]
"""The line of a finding and what to say of it."""


@dataclass(frozen=True)
class Check:
    """One rule that annotations must keep."""

    id: str
    meaning: str
    find: Callable[[Document, Scheme], Iterator[Finding]]


CHECKS: dict[str, Check] = {}


def check(identifier: str, meaning: str) -> Callable[..., Callable[..., Iterator[Finding]]]:
    """Register a function that finds breaches of one rule in a document."""

    def register(find: Callable[..., Iterator[Finding]]) -> Callable[..., Iterator[Finding]]:
        CHECKS[identifier] = Check(identifier, meaning, find)
        return find

    return register


def all_checks() -> dict[str, str]:
    """The id and the meaning of every check, those of reading first."""
    return standoff.CHECKS | {c.id: c.meaning for c in CHECKS.values()}


def validate(data_dir: Path | None = None, annotations: Path | None = None) -> list[Problem]:
    """Everything that is wrong with a set of annotations, by file and line.

    Args:
        data_dir: a directory with ``seeds`` and ``annotations``; ours if None.
        annotations: a directory of ``.ann`` files to check instead of the gold.

    Raises:
        EventbenchError: if articles, tokens, scheme or a whole file cannot be read.
    """
    data_dir = default_data_dir() if data_dir is None else data_dir
    scheme = read_corpus_scheme(data_dir)
    annotation_dir = data_dir / GOLD if annotations is None else annotations
    found: list[Problem] = []
    for document, path, problems in read_documents(data_dir, annotation_dir, scheme):
        found += problems
        for c in CHECKS.values():
            found += [Problem(str(path), n, c.id, m) for n, m in c.find(document, scheme)]
    return sorted(found)


def _quote(document: Document, span: Span) -> str:
    return f"{span.text_in(document.text)!r} ({span.start}-{span.end})"


@check("trigger-outside-sentence", "A trigger does not lie within one sentence.")
def _trigger_outside_sentence(document: Document, scheme: Scheme) -> Iterator[Finding]:
    for event in document.events:
        if document.sentence_of(event.trigger) is None:
            yield event.line, f"{_quote(document, event.trigger)} is not within one sentence"


@check("not-on-tokens", "A trigger or argument does not begin and end with a token.")
def _not_on_tokens(document: Document, scheme: Scheme) -> Iterator[Finding]:
    starts = {t.start for s in document.sentences for t in s.tokens}
    ends = {t.end for s in document.sentences for t in s.tokens}
    for event in document.events:
        for span in (event.trigger, *(a.span for a in event.arguments)):
            if span.start not in starts or span.end not in ends:
                yield event.line, f"{_quote(document, span)} is not made of whole tokens"


@check("triggers-overlap", "Two triggers share text; a token belongs to one trigger at most.")
def _triggers_overlap(document: Document, scheme: Scheme) -> Iterator[Finding]:
    ordered = sorted(document.events, key=lambda event: event.trigger)
    for first, second in pairwise(ordered):
        if first.trigger.overlaps(second.trigger):
            quoted = _quote(document, first.trigger)
            message = f"{_quote(document, second.trigger)} overlaps trigger {quoted}"
            yield second.line, message


@check("argument-outside-sentence", "An argument does not lie in its trigger's sentence.")
def _argument_outside_sentence(document: Document, scheme: Scheme) -> Iterator[Finding]:
    for event in document.events:
        sentence = document.sentence_of(event.trigger)
        for argument in event.arguments:
            if sentence is not None and not sentence.span.contains(argument.span):
                quoted = _quote(document, argument.span)
                yield event.line, f"{argument.role} {quoted} is not in sentence {sentence.id}"
