"""JSON for the script ``run_ner.py`` of transformers: a sentence a line, with tags as strings."""

from __future__ import annotations

from pathlib import Path

from eventbench.corpus.iob2 import tagged_sentences
from eventbench.corpus.loading import Corpus
from eventbench.formats.base import Format
from eventbench.io import json_lines, write_whole


def write(corpus: Corpus, out: Path) -> None:
    """Write ``id``, ``tokens`` and ``ner_tags``, the columns that the script looks for.

    The script takes its labels from the training file alone: it stops at a tag of another
    file that is not there. The built dataset names all labels, so it does not.

    Raises:
        EventbenchError: if flat tags cannot hold a trigger, or ``out`` cannot be written.
    """
    rows = (
        {
            "id": sentence.id,
            "tokens": [token.text_in(document.text) for token in sentence.tokens],
            "ner_tags": tags,
        }
        for document in corpus.documents
        for sentence, tags in tagged_sentences(document)
    )
    write_whole(out, json_lines(rows))


TRANSFORMERS = Format(
    "transformers", "triggers as IOB2 tags, for transformers' run_ner.py", write, ".json"
)
