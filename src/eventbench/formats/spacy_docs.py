"""spaCy's ``DocBin``: one ``Doc`` an article."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eventbench.corpus.iob2 import from_iob2, tagged_sentences
from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document, Span
from eventbench.errors import EventbenchError
from eventbench.formats.base import Format
from eventbench.io import atomic_output


def write(corpus: Corpus, out: Path) -> None:
    """Write a ``DocBin`` with the triggers as ``ents`` and as ``spans["sc"]``.

    "sc" is the key that spaCy's span categorizer reads by default. A ``Doc`` only
    records that a space follows a token, so any gap between two tokens becomes one
    space; the article's offsets are in ``user_data``: ``id``, the article's, and
    ``token_starts``, in code points of the article.

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
        packed.add(_doc(document, vocab))
    with atomic_output(out) as new:
        new.write_bytes(packed.to_bytes())


SPACY = Format("spacy", "triggers as entities, for spaCy's training", write)


def _doc(document: Document, vocab: Any) -> Any:
    """The ``Doc`` of an article."""
    from spacy.tokens import Doc
    from spacy.tokens import Span as DocSpan

    places: list[Span] = []
    sentence_starts: list[bool] = []
    triggers: list[tuple[str, int, int]] = []
    for sentence, tags in tagged_sentences(document):
        before = len(places)
        triggers += [(label, before + i, before + j) for label, i, j in from_iob2(tags)]
        sentence_starts += [True] + [False] * (len(sentence.tokens) - 1)
        places += sentence.tokens
    starts = [place.start for place in places]
    next_starts = [*starts[1:], len(document.text)]
    doc = Doc(
        vocab,
        words=[place.text_in(document.text) for place in places],
        spaces=[p.end < following for p, following in zip(places, next_starts, strict=True)],
        sent_starts=sentence_starts,
        user_data={"id": document.id, "token_starts": starts},
    )
    doc.set_ents([DocSpan(doc, i, j, label) for label, i, j in triggers])
    doc.spans["sc"] = list(doc.ents)
    return doc
