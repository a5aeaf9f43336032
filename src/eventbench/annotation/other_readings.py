"""Read decisions for what neither annotator has: other words, another label or value."""

from __future__ import annotations

import re
from dataclasses import replace

from eventbench.corpus.model import Document, Sentence, Span, Value
from eventbench.corpus.scheme import Attribute
from eventbench.corpus.values import BASES, PRECISIONS, wrong_value
from eventbench.errors import EventbenchError
from eventbench.io import short


def find_label(attribute: Attribute, bearer: str, written: str) -> str:
    """A value of an attribute of a type or kind.

    Raises:
        EventbenchError: if the scheme does not have it.
    """
    values = attribute.values[bearer]
    if written not in values:
        expected = ", ".join(values)
        raise EventbenchError(f"decision is {short(written)}, expected a, b or one of {expected}")
    return written


def find_span(document: Document, sentence: Sentence | None, written: str) -> Span:
    """The span of words, or of offsets ``START-END``, in a sentence or in a whole article.

    Words that look like offsets ("10-15") are words if they occur.

    Raises:
        EventbenchError: if they are not there, occur twice, or are not whole tokens.
    """
    whole = Span(0, len(document.text)) if sentence is None else sentence.span
    where = document.id if sentence is None else sentence.id
    words = r"\s+".join(map(re.escape, written.split()))
    pattern = rf"(?<!\w){words}(?!\w)"
    matches = re.compile(pattern).finditer(document.text, whole.start, whole.end)
    found = [Span(*match.span()) for match in matches]
    offsets = re.fullmatch(r"(\d+)-(\d+)", written)
    if offsets and not found:
        found = [span for span in [Span.written(*offsets.groups())] if span]
    if len(found) > 1:
        raise EventbenchError(
            f"{short(written)} occurs {len(found)} times in {where}, expected START-END"
        )
    span = found[0] if found else None
    if span is None or not whole.contains(span) or span.start >= span.end:
        raise EventbenchError(f"decision is {short(written)}, which {where} does not have")
    tokens = [token for s in document.sentences for token in s.tokens]
    if not any(t.start == span.start for t in tokens) or not any(t.end == span.end for t in tokens):
        raise EventbenchError(f"{short(span.text_in(document.text))} is not made of whole tokens")
    return span


def find_value(value: Value, written: str) -> Value:
    """A value, alone or with precision and basis behind commas, in place of another one.

    Raises:
        EventbenchError: if it is not of the form that the kind has.
    """
    said, *rest = [part.strip() for part in written.split(",")]
    if problem := wrong_value(value.kind, said):
        raise EventbenchError(problem)
    if not rest:
        return replace(value, value=said)
    if len(rest) != 2 or not all(rest):
        raise EventbenchError(f"decision is {short(written)}, expected VALUE, PRECISION, BASIS")
    for name, known, given in zip(("precision", "basis"), (PRECISIONS, BASES), rest, strict=True):
        if given not in known.get(value.kind, (given,)):
            expected = ", ".join(known[value.kind])
            raise EventbenchError(f"{name} is {short(given)}, expected {expected}")
    return replace(value, value=said, precision=rest[0], basis=rest[1])
