"""Every format, and writing and reading by a format's name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from eventbench.corpus.loading import Corpus, as_corpus, corpus_root
from eventbench.errors import EventbenchError
from eventbench.formats.base import Format, Imported
from eventbench.formats.brat import BRAT
from eventbench.formats.conll import CONLL
from eventbench.formats.jsonl import JSONL
from eventbench.formats.oneie import ONEIE
from eventbench.formats.spacy_docs import SPACY

FORMATS: dict[str, Format] = {f.name: f for f in (BRAT, CONLL, JSONL, ONEIE, SPACY)}
"""The formats by name."""


def export(corpus: Corpus | str | Path | None, format: str, out: str | Path) -> None:
    """Write the articles and their annotations in another tool's format.

    The output is written whole or not at all. A file replaces an earlier one. ``brat``
    and ``jsonl`` hold everything that is annotated; the other formats leave out what they
    have no field for, and refuse what they would have to change.

    Args:
        corpus: the articles with the annotations to write, or what `load_corpus` takes.
        format: one of `FORMATS`.
        out: the file to write, or the directory, which must be empty or absent.

    Raises:
        EventbenchError: if the format is unknown or the corpus not found; if the format
            cannot represent an annotation; if ``out`` cannot be written; if spaCy is needed
            and missing.
    """
    chosen = _format(format, FORMATS)
    chosen.write(as_corpus(corpus), Path(out))


def import_articles(
    source: str | Path, corpus: str | Path | None, format: str = "brat"
) -> Imported:
    """Add annotated articles to a corpus, or update the annotations of those it has.

    Args:
        source: what the other tool wrote; see the format's module.
        corpus: the id or the directory of the corpus. A new one needs only
            ``annotations/annotation.conf`` and ``annotations/corpus.toml``.
        format: one of `FORMATS` that can be read.

    Returns:
        What was added, updated and unchanged.

    Raises:
        EventbenchError: if the format is unknown, the corpus is not found, or an article
            cannot be added or updated. Nothing is changed in that case.
    """
    readable = [f.name for f in FORMATS.values() if f.read is not None]
    read = _format(format, readable).read
    assert read is not None
    return read(Path(source), corpus_root(corpus))


def _format(name: str, among: Iterable[str]) -> Format:
    if name not in among:
        raise EventbenchError(f"no format {name!r}: expected {' or '.join(among)}")
    return FORMATS[name]
