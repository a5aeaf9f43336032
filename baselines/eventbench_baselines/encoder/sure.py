"""How sure the encoder is of the events that it finds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from eventbench import TASKS, Document, Scheme, from_iob2
from eventbench_baselines.encoder.decoding import TINY, Floats, best_tags, span_probability
from eventbench_baselines.rows import Row

SureTags = tuple[list[str], list[float]]
"""The tags of a sentence, and the probability of each span among them."""


def sure_tags(probabilities: Floats, labels: Sequence[str]) -> SureTags:
    """The best tags of a sentence, from the probability of each tag, shape (tokens, labels)."""
    tags = best_tags(np.log(probabilities + TINY), labels)
    return tags, [span_probability(probabilities, labels, *span) for span in from_iob2(tags)]


def with_triggers(
    documents: Sequence[Document], rows: Sequence[Row], tagged: Sequence[SureTags], scheme: Scheme
) -> list[Document]:
    """The articles with the events whose triggers were tagged, and how probable each is.

    Args:
        documents: the articles.
        rows: their sentences, as rows of the task "triggers".
        tagged: what was found in each sentence.
        scheme: the scheme of the events.
    """
    found = TASKS["triggers"].to_events(rows, [tags for tags, _ in tagged], scheme)
    sure: dict[str, list[float]] = defaultdict(list)
    for row, (_, probabilities) in zip(rows, tagged, strict=True):
        sure[row["doc_id"]] += probabilities
    events = {
        article: tuple(
            replace(event, probability=probability)
            for event, probability in zip(known.events, sure[article], strict=True)
        )
        for article, known in found.items()
    }
    return [replace(d, events=events[d.id]) if d.id in events else d for d in documents]
