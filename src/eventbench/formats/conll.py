"""CoNLL-2003: one token a line with the IOB2 tag of its trigger."""

from __future__ import annotations

from pathlib import Path

from eventbench.corpus.iob2 import tagged_sentences
from eventbench.corpus.loading import Corpus
from eventbench.formats.base import Format
from eventbench.io import write_whole


def write(corpus: Corpus, out: Path) -> None:
    """Write token and tag, separated by a tab; ``-DOCSTART-`` begins an article.

    Raises:
        EventbenchError: if flat tags cannot hold a trigger, or ``out`` cannot be written.
    """
    parts = []
    for document in corpus.documents:
        parts.append("-DOCSTART-\tO\n")
        for sentence, tags in tagged_sentences(document):
            words = (token.text_in(document.text) for token in sentence.tokens)
            parts.append("".join(f"{w}\t{tag}\n" for w, tag in zip(words, tags, strict=True)))
    write_whole(out, "\n".join(parts))


CONLL = Format("conll", "triggers as IOB2 tags, one token a line", write, ".conll")
