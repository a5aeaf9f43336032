"""Vectors of events from an encoder that is not fine-tuned."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from eventbench import Document
from eventbench_baselines.encoder import Example, Floats, Frozen
from eventbench_baselines.links.mentions import Mention, mentions_of, read

Vectors = Callable[[Sequence[Document]], list[Floats]]
"""Maps articles to vectors of their events in reading order.

For each article an array of shape (events, views, width), where the views are different
readings of an event, such as its trigger and its sentence. They depend on text and trigger
only, not on arguments. Models must be given the views that they learned with.
"""

VIEWS = ("trigger", "sentence")
"""What `frozen_vectors` reads of an event."""


def frozen_vectors(frozen: Frozen) -> Vectors:
    """Vectors of `VIEWS`: the mean of the last layer over the trigger alone and the sentence."""

    def vectors(documents: Sequence[Document]) -> list[Floats]:
        readings = [read(document) for document in documents]
        found = [mentions_of(*each) for each in zip(documents, readings, strict=True)]
        triggers = [
            [_words(document, mention) for mention in mentions]
            for document, mentions in zip(documents, found, strict=True)
        ]
        sentences = [
            [reading.words[mention.sentence] for mention in mentions]
            for reading, mentions in zip(readings, found, strict=True)
        ]
        mean = _means(frozen, [w for of in (*triggers, *sentences) for w in of])
        shape = (-1, len(VIEWS), frozen.model.config.hidden_size)
        return [
            np.array([[mean[w] for w in two] for two in zip(*views, strict=True)]).reshape(shape)
            for views in zip(triggers, sentences, strict=True)
        ]

    return vectors


def _words(document: Document, mention: Mention) -> tuple[str, ...]:
    return tuple(mention.event.trigger.text_in(document.text).split())


def _means(frozen: Frozen, texts: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], Floats]:
    """The mean vector of each distinct text; zeros for one without words."""
    distinct = sorted({*texts} - {()})
    examples = [Example(words, tuple(range(len(words))), 0, len(words)) for words in distinct]
    found = {w: v.mean(axis=0) for w, v in zip(distinct, frozen.vectors(examples), strict=True)}
    return {(): np.zeros(frozen.model.config.hidden_size), **found}
