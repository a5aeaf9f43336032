"""Check annotations: everything wrong with them, by file, line and the id of a check."""

from __future__ import annotations

from pathlib import Path

from eventbench.annotation.checks import (
    attributes,
    gold,
    incidents,
    manual,
    original,
    spans,
    values,
)
from eventbench.annotation.checks.base import AnnotationSet, Check
from eventbench.corpus import standoff
from eventbench.corpus import values as value_tables
from eventbench.corpus.info import read_info
from eventbench.corpus.loading import (
    INFO,
    annotation_folder,
    corpus_root,
    read_corpus_scheme,
    read_documents,
)
from eventbench.corpus.model import Document, Problem

CHECKS: tuple[Check, ...] = (
    *spans.CHECKS,
    *attributes.CHECKS,
    *gold.CHECKS,
    *values.CHECKS,
    *incidents.CHECKS,
    *manual.CHECKS,
    *original.CHECKS,
)
"""The checks of what could be read."""

READING = standoff.CHECKS | value_tables.CHECKS
"""The checks that reading performs, by id, with their meanings."""


def all_checks() -> dict[str, str]:
    """The id and the meaning of every check, those of reading first."""
    return READING | {check.id: check.meaning for check in CHECKS}


def validate(
    corpus: str | Path | None = None, annotations: str | Path | None = None
) -> list[Problem]:
    """Find everything that is wrong with a set of annotations.

    Args:
        corpus: the id or the directory of a corpus, as for `load_corpus`.
        annotations: a directory of ``.ann`` files to check instead of the gold. The
            checks that need the lists beside the gold are left out then.

    Returns:
        The problems, sorted by file and line; none if the annotations are sound.

    Raises:
        EventbenchError: if articles, tokens, scheme or a whole file cannot be read.
    """
    root = corpus_root(corpus)
    scheme = read_corpus_scheme(root)
    info = read_info(root / INFO)
    found: list[Problem] = []
    documents: dict[str, Document] = {}
    paths: dict[str, str] = {}
    for document, path, problems in read_documents(
        root, annotation_folder(root, annotations), scheme
    ):
        documents[document.id], paths[document.id] = document, str(path)
        found += problems
    annotated = AnnotationSet(documents, paths, scheme, info, root)
    for check in CHECKS:
        if annotations is None or not check.gold_only:
            found += check.find(annotated)
    return sorted(found)
