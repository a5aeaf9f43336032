"""Vectors of events from an encoder that is not fine-tuned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from eventbench import Document
from eventbench_baselines.encoder import Example, Floats, Frozen
from eventbench_baselines.links.mentions import Mention, Reading, mentions_of, read

Vectors = Callable[[Sequence[Document]], list[Floats]]
"""Maps articles to vectors of their events in reading order.

For each article an array of shape (events, views, width), where the views are different
readings of an event, such as its trigger alone and its sentence. Models must be given the
same views that they learned with.
"""

VIEWS = ("trigger in its sentence", "trigger alone", "sentence", "trigger and arguments")
"""What `frozen_vectors` reads of an event."""

AROUND = 6
"""Words before and after a trigger that stand for an event whose arguments are not known."""


def frozen_vectors(frozen: Frozen) -> Vectors:
    """Vectors of `VIEWS`: the mean of the last layer over the words of each view."""

    def vectors(documents: Sequence[Document]) -> list[Floats]:
        whole: list[tuple[str, ...]] = []
        phrases: list[tuple[str, ...]] = []
        made = []
        for document in documents:
            reading = read(document)
            mentions = mentions_of(document, reading)
            made.append((mentions, len(whole), len(phrases)))
            whole += reading.words
            phrases += (p for m in mentions for p in _phrases(document, reading, m))
        of_sentences = _read(frozen, whole)
        of_phrases = [found.mean(axis=0) for found in _read(frozen, phrases)]
        width = frozen.model.config.hidden_size
        result = []
        for mentions, sentence, phrase in made:
            rows = np.zeros((len(mentions), len(VIEWS), width))
            for k, mention in enumerate(mentions):
                found = of_sentences[sentence + mention.sentence]
                if mention.last > mention.first:
                    rows[k, 0] = found[mention.first : mention.last].mean(axis=0)
                    rows[k, 2] = found.mean(axis=0)
                rows[k, 1], rows[k, 3] = of_phrases[phrase + 2 * k : phrase + 2 * k + 2]
            result.append(rows)
        return result

    return vectors


def _phrases(document: Document, reading: Reading, mention: Mention) -> Iterator[tuple[str, ...]]:
    """The words of the trigger alone, and those of the event with its arguments."""
    event, words = mention.event, reading.words[mention.sentence]
    yield tuple(event.trigger.text_in(document.text).split()) or ("?",)
    if event.arguments:
        spans = sorted({event.trigger, *(argument.span for argument in event.arguments)})
        yield tuple(word for s in spans for word in s.text_in(document.text).split()) or ("?",)
    else:
        yield words[max(0, mention.first - AROUND) : mention.last + AROUND] or ("?",)


def _read(frozen: Any, texts: Sequence[tuple[str, ...]]) -> list[Floats]:
    """The vectors of the words of texts; each distinct text is read once."""
    distinct = list(dict.fromkeys(texts))
    examples = [Example(words, tuple(range(len(words))), 0, len(words)) for words in distinct]
    found = dict(zip(distinct, frozen.vectors(examples), strict=True))
    return [found[words] for words in texts]
