"""What articles share with each other, so that a system may have seen it in training."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eventbench.corpus.loading import Corpus, as_corpus
from eventbench.corpus.similarity import NEAR_DUPLICATE, near_duplicates
from eventbench.tasks.seen import Seen
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
class Leakage:
    """Near-duplicate sentences and recurring triggers; prints as tables.

    Attributes:
        pairs: the near-duplicates, the most similar first.
        closest: the most similar pair below the threshold, or None.
        shares: what the test articles share with others, by fold.
    """

    pairs: tuple[Pair, ...]
    closest: Pair | None
    shares: tuple[Share, ...]

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
        columns = [name.replace("_", " ") for name in Share.__dataclass_fields__]
        blocks.append(table(columns, [list(asdict(share).values()) for share in self.shares]))
        return "\n\n".join(blocks)

    def to_json(self) -> dict[str, Any]:
        """Return the tables as JSON values."""
        return {
            "threshold": NEAR_DUPLICATE,
            "near_duplicates": [asdict(pair) for pair in self.pairs],
            "folds": [asdict(share) for share in self.shares],
        }


def leakage(corpus: Corpus | str | Path | None = None) -> Leakage:
    """Compare the articles of a corpus with each other.

    Args:
        corpus: the corpus, or an argument of `load_corpus`.
    """
    data = as_corpus(corpus)
    pairs = [
        Pair(a.id, b.id, similarity, _shorten(a.span.text_in(doc_a.text)))
        for doc_a, a, doc_b, b, similarity in near_duplicates(data.documents, 0.0)
        if doc_a.id != doc_b.id
    ]
    pairs.sort(key=lambda pair: (-pair.similarity, pair.first, pair.second))
    alike = [pair for pair in pairs if pair.similarity >= NEAR_DUPLICATE]
    return Leakage(
        tuple(alike),
        pairs[len(alike)] if len(pairs) > len(alike) else None,
        tuple(_shares(data)),
    )


def _shares(corpus: Corpus) -> list[Share]:
    seen = Seen.of(corpus)
    shares = []
    for number, splits in enumerate(corpus.folds()):
        documents = [corpus.document(article) for article in splits["test"]]
        found = [
            seen.of_sentence(document, sentence)
            for document in documents
            for sentence in document.sentences
        ]
        triggers = [known for columns in found for known in columns["triggers_seen"]]
        twins = sum(bool(columns["near_duplicates"]) for columns in found)
        articles = ", ".join(splits["test"])
        shares.append(Share(number, articles, len(found), twins, len(triggers), sum(triggers)))
    return shares


def _shorten(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1].rstrip()}…"
