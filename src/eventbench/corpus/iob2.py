"""Convert labelled spans to IOB2 tags of tokens, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eventbench.corpus.model import Document, Sentence, Span
from eventbench.errors import EventbenchError

OUTSIDE = "O"


def iob2_labels(names: Iterable[str]) -> list[str]:
    """The IOB2 tags for class names: "O", then B- and I- of each name in turn."""
    return [OUTSIDE, *(f"{prefix}-{name}" for name in names for prefix in "BI")]


def to_iob2(
    sentence: Sentence, labelled: Iterable[tuple[str, Span]]
) -> tuple[list[str], list[tuple[str, Span]]]:
    """Convert labelled spans of a sentence to IOB2 tags of its tokens.

    Args:
        sentence: the sentence.
        labelled: label and span of each entity.

    Returns:
        One tag per token, and the spans that flat tags cannot represent: those that do
        not begin and end at token boundaries of the sentence, and those that overlap a
        span already tagged (spans are taken in reading order, longer ones first).
    """
    tags = [OUTSIDE] * len(sentence.tokens)
    starts = {token.start: i for i, token in enumerate(sentence.tokens)}
    ends = {token.end: i + 1 for i, token in enumerate(sentence.tokens)}
    left_out = []
    for label, span in sorted(labelled, key=lambda x: (x[1].start, -x[1].end, x[0])):
        first, last = starts.get(span.start), ends.get(span.end)
        if first is None or last is None or any(tag != OUTSIDE for tag in tags[first:last]):
            left_out.append((label, span))
            continue
        tags[first:last] = [f"B-{label}"] + [f"I-{label}"] * (last - first - 1)
    return tags, left_out


def tagged_sentences(document: Document) -> list[tuple[Sentence, list[str]]]:
    """Each sentence with the IOB2 tags of its triggers.

    Raises:
        EventbenchError: if flat tags cannot hold a trigger.
    """
    for event in document.events:
        if not document.sentence_of(event.trigger):
            raise _not_held(document, event.type, event.trigger)
    return [(sentence, trigger_tags(document, sentence)) for sentence in document.sentences]


def trigger_tags(document: Document, sentence: Sentence) -> list[str]:
    """The IOB2 tags of the triggers of a sentence.

    Raises:
        EventbenchError: if flat tags cannot hold one of them.
    """
    triggers = [(event.type, event.trigger) for event in document.events_in(sentence)]
    tags, left_out = to_iob2(sentence, triggers)
    if left_out:
        raise _not_held(document, *left_out[0])
    return tags


def _not_held(document: Document, label: str, span: Span) -> EventbenchError:
    return EventbenchError(
        f"{document.stem}.ann: trigger {span.text_in(document.text)!r} ({label}, "
        f"{span.start}-{span.end}) overlaps another, lies in no sentence or is not made of "
        "whole tokens"
    )


def from_iob2(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """Convert IOB2 tags to entities: (label, first token, token after the last).

    Strict, like seqeval's ``mode="strict"``: an entity begins at a B- tag and continues
    over the following I- tags of the same label. All other I- tags are ignored.
    """
    entities = []
    i = 0
    while i < len(tags):
        if tags[i].startswith("B-"):
            label, j = tags[i][2:], i + 1
            while j < len(tags) and tags[j] == f"I-{label}":
                j += 1
            entities.append((label, i, j))
            i = j
        else:
            i += 1
    return entities
