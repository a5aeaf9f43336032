"""GLiNER's JSON: a list of sentences with their entities."""

from __future__ import annotations

import json
from pathlib import Path

from eventbench.corpus.iob2 import from_iob2, tagged_sentences
from eventbench.corpus.loading import Corpus
from eventbench.formats.base import Format
from eventbench.io import write_whole


def write(corpus: Corpus, out: Path) -> None:
    """Write one list, of a sentence a line, as ``GLiNER.train_model`` takes it.

    - ``tokenized_text`` has the tokens, ``ner`` the triggers: first token, last token
      (included) and event type.
    - ``ner_labels`` are all event types of the scheme. Without them, GLiNER asks about the
      types alone that a sentence has, and learns that every type it is asked about is there.
    - ``id`` is the sentence's; GLiNER ignores it.

    Raises:
        EventbenchError: if flat tags cannot hold a trigger, or ``out`` cannot be written.
    """
    lines = [
        json.dumps(
            {
                "id": sentence.id,
                "tokenized_text": [token.text_in(document.text) for token in sentence.tokens],
                "ner": [[first, end - 1, label] for label, first, end in from_iob2(tags)],
                "ner_labels": list(corpus.scheme.event_types),
            },
            ensure_ascii=False,
        )
        for document in corpus.documents
        for sentence, tags in tagged_sentences(document)
    ]
    write_whole(out, "[\n" + ",\n".join(lines) + "\n]\n")


GLINER = Format("gliner", "triggers as entities, for GLiNER's training", write, ".json")
