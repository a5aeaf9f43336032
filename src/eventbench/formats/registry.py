"""Every format, and writing and reading by a format's name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from eventbench.corpus.loading import Corpus, as_corpus, corpus_root
from eventbench.errors import EventbenchError
from eventbench.formats.base import Format, Imported, check_free
from eventbench.formats.brat import BRAT
from eventbench.formats.conll import CONLL
from eventbench.formats.gliner import GLINER
from eventbench.formats.jsonl import JSONL
from eventbench.formats.oneie import ONEIE
from eventbench.formats.spacy_docs import SPACY
from eventbench.formats.transformers import TRANSFORMERS
from eventbench.io import atomic_output

_EVERY = (BRAT, CONLL, GLINER, JSONL, ONEIE, SPACY, TRANSFORMERS)

FORMATS: dict[str, Format] = {f.name: f for f in _EVERY}
"""The formats by name."""

SPLIT_NAMES = {"train": "train", "validation": "dev", "test": "test"}
"""What the files of splits are called."""


def export(
    corpus: Corpus | str | Path | None, format: str, out: str | Path, *, fold: int | None = None
) -> list[Path]:
    """Write the articles and their annotations in another tool's format.

    The output is written whole or not at all. A file replaces an earlier one. ``brat``
    and ``jsonl`` hold everything that is annotated; the other formats leave out what they
    have no field for, and refuse what they would have to change.

    With a fold, its articles go to the files ``train``, ``dev`` and ``test`` of a directory,
    with the ending that the tool expects. A split without articles has no file.

    Args:
        corpus: the articles with the annotations to write, or what `load_corpus` takes.
        format: one of `FORMATS`.
        out: the file to write, or the directory, which must be empty or absent.
        fold: write the splits of this fold; every article into one file if None.

    Returns:
        What was written: the file or directory, or the files of the splits.

    Raises:
        EventbenchError: if the format is unknown or the corpus not found; if the fold does
            not exist, or the format has no splits; if the format cannot represent an annotation; if
            ``out`` cannot be written; if spaCy is needed and missing.
    """
    chosen = _format(format, FORMATS)
    data, path = as_corpus(corpus), Path(out)
    if fold is None:
        chosen.write(data, path)
        return [path]
    return _export_fold(data, chosen, path, fold)


def _export_fold(corpus: Corpus, format: Format, out: Path, fold: int) -> list[Path]:
    if format.is_directory:
        expected = " or ".join(f.name for f in FORMATS.values() if not f.is_directory)
        raise EventbenchError(f"{format.name} has no files of a fold: expected {expected}")
    files = {
        f"{SPLIT_NAMES[split]}{format.suffix}": articles
        for split, articles in corpus.fold(fold).items()
        if articles
    }
    check_free(out)
    with atomic_output(out) as new:
        new.mkdir()
        for name, articles in files.items():
            format.write(corpus.part(articles), new / name)
    return [out / name for name in files]


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
