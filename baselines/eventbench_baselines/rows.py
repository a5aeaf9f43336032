"""Rows of a dataset, and what several systems read from them or write for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datasets import Dataset

Row = dict[str, Any]

OUTSIDE = "O"

SEPARATOR = ":"
"""Between a corpus and an article in the ids of articles of other corpora."""


def corpus_of(article: str) -> str:
    """The corpus of an article, by its id; empty for articles of the tested one."""
    return article.rpartition(SEPARATOR)[0]


def decoded(rows: Dataset) -> Iterator[Row]:
    """Replace label numbers in rows by their names."""
    kinds = {column: getattr(kind, "feature", kind) for column, kind in rows.features.items()}
    names = {column: kind.int2str for column, kind in kinds.items() if hasattr(kind, "int2str")}
    for row in rows:
        yield {**row, **{c: None if row[c] is None else name(row[c]) for c, name in names.items()}}


def phrase(row: Row, start: int, end: int) -> str:
    """The tokens of a row from ``start`` to before ``end``, in lower case."""
    return " ".join(row["tokens"][start:end]).lower()


def span_tags(label: str, length: int) -> list[str]:
    """The IOB2 tags of the tokens of one entity."""
    return [f"B-{label}", *[f"I-{label}"] * (length - 1)]
