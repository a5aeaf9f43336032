"""What articles share with each other, so that a system may have seen it in training.

Systems may learn from other corpora too, so what the articles share with those is shown as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eventbench.corpus.joining import SEPARATOR, repeated_article
from eventbench.corpus.loading import (
    Corpus,
    as_corpora,
    as_corpus,
    available_corpora,
    load_corpus,
)
from eventbench.corpus.model import Document, Sentence
from eventbench.corpus.similarity import (
    NEAR_DUPLICATE,
    closest_below,
    near_duplicates,
    near_duplicates_between,
)
from eventbench.errors import EventbenchError
from eventbench.tasks.seen import Seen, trigger_lemma
from eventbench.text import table

SHOWN = 48
"""Characters of a sentence to show in a table."""


@dataclass(frozen=True)
class Pair:
    """Two sentences of different articles and their similarity, 0 to 100."""

    first: str
    second: str
    similarity: float
    begins: str


@dataclass(frozen=True)
class Share:
    """What the test articles of a fold share with the other articles."""

    fold: int
    articles: str
    sentences: int
    with_near_duplicate: int
    triggers: int
    lemma_seen: int


@dataclass(frozen=True)
class Against:
    """What the articles of a corpus share with another corpus.

    The articles are the test articles, or all if there are none. ``lemma_seen`` and
    ``lemma_unseen`` are numbers of triggers whose lemma is a trigger in the other corpus
    or is none there.
    """

    corpus: str
    sentences: int
    with_near_duplicate: int
    triggers: int
    lemma_seen: int
    lemma_unseen: int


@dataclass(frozen=True)
class Leakage:
    """Near-duplicate sentences and recurring triggers; prints as tables.

    Attributes:
        pairs: the near-duplicates, the most similar first; ids of sentences of other corpora
            begin with their corpus.
        closest: the most similar pair of the corpus below the threshold, or None.
        shares: what the test articles share with others, by fold that has any.
        against: what they share with other corpora.
    """

    pairs: tuple[Pair, ...]
    closest: Pair | None
    shares: tuple[Share, ...]
    against: tuple[Against, ...] = ()

    def __repr__(self) -> str:
        return f"Leakage({len(self.pairs)} near-duplicate pairs)"

    def __str__(self) -> str:
        body = [[p.first, p.second, f"{p.similarity:.1f}", p.begins] for p in self.pairs]
        blocks = [table(["sentence", "near-duplicate", "similarity", "begins"], body, left=4)]
        if self.closest:
            found = f"{self.closest.first} and {self.closest.second}"
            blocks.append(
                f"threshold {NEAR_DUPLICATE:.1f}; the most similar pair below it, {found}, has "
                f"{self.closest.similarity:.1f}"
            )
        if self.shares or not self.against:
            blocks.append(_table(list(Share.__dataclass_fields__), self.shares))
        if self.against:
            blocks.append(_table(list(Against.__dataclass_fields__), self.against))
        return "\n\n".join(blocks)

    def to_json(self) -> dict[str, Any]:
        """Return the tables as JSON values."""
        return {
            "threshold": NEAR_DUPLICATE,
            "near_duplicates": [asdict(pair) for pair in self.pairs],
            "folds": [asdict(share) for share in self.shares],
            "against": [asdict(found) for found in self.against],
        }


def _table(columns: Sequence[str], rows: Sequence[Any]) -> str:
    body = [list(asdict(row).values()) for row in rows]
    return table([name.replace("_", " ") for name in columns], body)


def leakage(
    corpus: Corpus | str | Path | None = None,
    against: Sequence[Corpus | str | Path] | None = None,
) -> Leakage:
    """Compare the articles of a corpus with each other and with those of other corpora.

    Args:
        corpus: the corpus, or an argument of `load_corpus`.
        against: the other corpora, or arguments of `load_corpus`; None: all bundled ones but
            those of the same articles.
    """
    data = as_corpus(corpus)
    others = _bundled(data) if against is None else as_corpora(against)
    pairs = [
        _pair(*found) for found in near_duplicates(data.documents) if found[0].id != found[2].id
    ]
    below = [_pair(*found) for found in closest_below(data.documents)]
    shared = [_against(data, other, pairs) for other in others]
    return Leakage(
        tuple(sorted(pairs, key=_most_similar)),
        min(below, key=_most_similar, default=None),
        tuple(_shares(data)),
        tuple(shared),
    )


def _pair(
    document: Document, a: Sentence, other: Document, b: Sentence, similarity: float, of: str = ""
) -> Pair:
    return Pair(a.id, f"{of}{b.id}", similarity, _shorten(a.span.text_in(document.text)))


def _most_similar(pair: Pair) -> tuple[float, str, str]:
    return (-pair.similarity, pair.first, pair.second)


def _bundled(corpus: Corpus) -> list[Corpus]:
    """The bundled corpora of other articles."""
    loaded = [load_corpus(name) for name in available_corpora() if name != corpus.id]
    return [other for other in loaded if repeated_article(corpus, other) is None]


def _against(corpus: Corpus, other: Corpus, pairs: list[Pair]) -> Against:
    """Compare with another corpus; near-duplicate sentences are added to ``pairs``."""
    if other.id == corpus.id:
        raise EventbenchError(f"corpus {corpus.id!r} is compared with itself anyway")
    tested = set(corpus.test_articles or corpus.article_ids)
    documents = [document for document in corpus.documents if document.id in tested]
    found = near_duplicates_between(documents, other.documents)
    pairs += [_pair(*pair, of=f"{other.id}{SEPARATOR}") for pair in found]
    known = {trigger_lemma(d, event) for d in other.documents for event in d.events}
    lemmas = [trigger_lemma(d, event) for d in documents for event in d.events]
    seen = sum(lemma in known for lemma in lemmas)
    return Against(
        other.id,
        sum(len(document.sentences) for document in documents),
        len({pair[1].id for pair in found}),
        len(lemmas),
        seen,
        len(lemmas) - seen,
    )


def _shares(corpus: Corpus) -> list[Share]:
    seen = Seen.of(corpus)
    shares = []
    for number, splits in enumerate(corpus.folds()):
        if not splits["test"]:
            continue
        documents = [corpus.document(article) for article in splits["test"]]
        found = [
            seen.of_sentence(document, sentence)
            for document in documents
            for sentence in document.sentences
        ]
        triggers = [known for columns in found for known in columns["triggers_seen"]]
        twins = sum(bool(columns["near_duplicates"]) for columns in found)
        tested = splits["test"]
        articles = ", ".join(tested) if len(tested) < 4 else f"{tested[0]} … {tested[-1]}"
        shares.append(Share(number, articles, len(found), twins, len(triggers), sum(triggers)))
    return shares


def _shorten(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1].rstrip()}…"
