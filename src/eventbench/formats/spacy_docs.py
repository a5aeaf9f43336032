"""spaCy's ``DocBin``: one ``Doc`` a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eventbench.corpus.iob2 import from_iob2, tagged_sentences
from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document, Sentence
from eventbench.errors import EventbenchError
from eventbench.formats.base import Format
from eventbench.io import atomic_output


def write(corpus: Corpus, out: Path) -> None:
    """Write a ``DocBin`` with the triggers as ``ents`` and as ``spans["sc"]``.

    "sc" is the key that spaCy's span categorizer reads by default. A ``Doc`` only
    records that a space follows a token, so any gap between two tokens becomes one
    space. What leads back to the article is in ``user_data``: ``id`` of the sentence,
    ``doc_id`` of the article, and ``token_starts``, in code points of the article.

    Raises:
        EventbenchError: if spaCy is not installed, if flat tags cannot hold a trigger, or
            if ``out`` cannot be written.
    """
    try:
        import spacy
    except ModuleNotFoundError:
        raise EventbenchError(
            "the format spacy needs spaCy: pip install 'eventbench[segment]'"
        ) from None
    vocab = spacy.vocab.Vocab()
    packed = spacy.tokens.DocBin(attrs=["ENT_IOB", "ENT_TYPE", "SENT_START"], store_user_data=True)
    for document in corpus.documents:
        for sentence, tags in tagged_sentences(document):
            packed.add(_doc(document, sentence, tags, vocab))
    with atomic_output(out) as new:
        new.write_bytes(packed.to_bytes())


SPACY = Format("spacy", "triggers as entities, for spaCy's training", write, ".spacy")


def _doc(document: Document, sentence: Sentence, tags: list[str], vocab: Any) -> Any:
    """The ``Doc`` of a sentence."""
    from spacy.tokens import Doc, Span

    places = sentence.tokens
    next_starts = [*(place.start for place in places[1:]), sentence.span.end]
    doc = Doc(
        vocab,
        words=[place.text_in(document.text) for place in places],
        spaces=[p.end < following for p, following in zip(places, next_starts, strict=True)],
        sent_starts=[True] + [False] * (len(places) - 1),
        user_data={
            "id": sentence.id,
            "doc_id": document.id,
            "token_starts": [place.start for place in places],
        },
    )
    doc.set_ents([Span(doc, i, j, label) for label, i, j in from_iob2(tags)])
    doc.spans["sc"] = list(doc.ents)
    return doc
