"""Every format, and writing and reading by a format's name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from eventbench.corpus.loading import (
    SCHEME,
    Corpus,
    as_corpus,
    corpus_root,
    read_corpus_scheme,
)
from eventbench.errors import EventbenchError, located
from eventbench.formats.base import Format, Imported, Returned, check_free
from eventbench.formats.brat import BRAT, configuration
from eventbench.formats.cas import CAS
from eventbench.formats.conll import CONLL
from eventbench.formats.gliner import GLINER
from eventbench.formats.jsonl import JSONL
from eventbench.formats.label_studio import LABEL_STUDIO
from eventbench.formats.oneie import ONEIE
from eventbench.formats.spacy_docs import SPACY
from eventbench.formats.store import add, pairs
from eventbench.formats.transformers import TRANSFORMERS
from eventbench.io import atomic_output, safe_name

_EVERY = (BRAT, CAS, CONLL, GLINER, JSONL, LABEL_STUDIO, ONEIE, SPACY, TRANSFORMERS)

FORMATS: dict[str, Format] = {f.name: f for f in _EVERY}
"""The formats by name."""

SPLIT_NAMES = {"train": "train", "validation": "dev", "test": "test"}
"""What the files of splits are called."""


def export(
    corpus: Corpus | str | Path | None, format: str, out: str | Path, *, fold: int | None = None
) -> list[Path]:
    """Write the articles and their annotations in another tool's format.

    The output is written whole or not at all. A file replaces an earlier one. ``brat``, ``jsonl``
    and, but for values of spans, ``cas`` and ``label-studio`` hold everything that is annotated;
    the other formats leave out what they have no field for, and refuse what they would have
    to change.

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
    source: str | Path,
    corpus: str | Path | None,
    format: str = "brat",
    *,
    annotator: str | None = None,
) -> Imported:
    """Add annotated articles to a corpus, or update the annotations of those it has.

    Args:
        source: what the other tool wrote; see the format's module.
        corpus: the id or the directory of the corpus. A new one needs only
            ``annotations/annotation.conf`` and ``annotations/corpus.toml``.
        format: one of `FORMATS` that can be read.
        annotator: whose annotations to take; may be None if there is only one annotator.

    Returns:
        What was added, updated, unchanged and skipped.

    Raises:
        EventbenchError: if the format is unknown, the corpus is not found, or an article
            cannot be added or updated; if there are several annotators and none is named, or
            the named one is not there. Nothing is changed in that case.
    """
    root = corpus_root(corpus)
    found = _returned(Path(source), root, format)
    if annotator is not None and not any(found.by_annotator):
        raise EventbenchError(f"{source}: names no annotator: leave out --annotator")
    names = ", ".join(map(repr, sorted(found.by_annotator))) or "none"
    if annotator is None and len(found.by_annotator) > 1:
        expected = "name one with --annotator, or write all of them with --out"
        raise EventbenchError(f"{source}: has annotations by {names}: {expected}")
    if annotator is not None and annotator not in found.by_annotator:
        raise EventbenchError(f"{source}: has no annotations by {annotator!r}: expected {names}")
    chosen = annotator if annotator is not None else next(iter(found.by_annotator), "")
    imported = add(found.by_annotator.get(chosen, ()), root)
    return replace(imported, skipped=found.skipped)


def write_annotators(
    source: str | Path, corpus: str | Path | None, format: str, out: str | Path
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Write what each annotator marked as a directory of brat's files, named after the annotator.

    Args:
        source: what the other tool wrote; see the format's module.
        corpus: the id or the directory of the corpus whose scheme it has.
        format: one of `FORMATS` that can be read.
        out: the directory to write, which must be empty or absent.

    Returns:
        The numbers of articles by annotator, and what was skipped, in words.

    Raises:
        EventbenchError: as for `import_articles`; if the annotators have no names that
            directories can have; or if ``out`` cannot be written, which is then absent.
    """
    root, path = corpus_root(corpus), Path(out)
    found = _returned(Path(source), root, format)
    check_free(path)
    scheme, files = read_corpus_scheme(root), configuration(root / SCHEME)
    if "" in found.by_annotator or not found.by_annotator:
        raise EventbenchError(f"{source}: names no annotator, expected one or several")
    with atomic_output(path) as new:
        for annotator, articles in found.by_annotator.items():
            with located(f"{source}: annotator"):
                folder = new / safe_name(annotator)
            folder.mkdir(parents=True)
            for name, content in {**files, **pairs(articles, scheme)}.items():
                (folder / name).write_bytes(content)
    return {a: len(articles) for a, articles in found.by_annotator.items()}, found.skipped


def _returned(source: Path, root: Path, format: str) -> Returned:
    readable = [f.name for f in FORMATS.values() if f.read is not None]
    read = _format(format, readable).read
    assert read is not None
    return read(source, read_corpus_scheme(root))


def _format(name: str, among: Iterable[str]) -> Format:
    if name not in among:
        raise EventbenchError(f"no format {name!r}: expected {' or '.join(among)}")
    return FORMATS[name]
