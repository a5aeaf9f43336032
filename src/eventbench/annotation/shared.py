"""The articles that two annotators both annotated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from eventbench.corpus.info import CorpusInfo, read_info
from eventbench.corpus.loading import INFO, Corpus, corpus_root, read_corpus_scheme, read_texts
from eventbench.corpus.model import Document
from eventbench.corpus.scheme import Scheme
from eventbench.corpus.segmentation import segment
from eventbench.corpus.values import read_values, values_path
from eventbench.errors import EventbenchError
from eventbench.formats.base import check_article
from eventbench.formats.brat import read_annotations
from eventbench.io import read_text, reading

Pair = tuple[Document, Document]
"""An article with the annotations of A and of B."""

Annotations = Corpus | str | Path
"""A directory of ``.ann`` files, or a corpus with its annotations."""


@dataclass(frozen=True)
class Shared:
    """Two sets of annotations, and the articles that both have.

    Attributes:
        names: of A and B.
        pairs: the articles that both have, in the order of the corpus, then of their names.
        only: the ids of the articles that only A has, and those that only B has.
        scheme: what may be annotated.
        info: contents of the corpus's ``corpus.toml``.
        root: the directory of the corpus.
    """

    names: tuple[str, str]
    pairs: tuple[Pair, ...]
    only: tuple[tuple[str, ...], tuple[str, ...]]
    scheme: Scheme
    info: CorpusInfo
    root: Path


@dataclass(frozen=True)
class _Set:
    name: str
    documents: tuple[Document, ...]
    scheme: Scheme
    info: CorpusInfo
    root: Path


def shared_articles(a: Annotations, b: Annotations, corpus: str | Path | None = None) -> Shared:
    """Read two sets of annotations and find the articles that both have.

    Articles go by the names of their files. The text of an article is that of the corpus, or
    of a ``.txt`` file beside the ``.ann`` file; where there are several, they must be equal.

    Args:
        a: a set of annotations.
        b: another one.
        corpus: the id or the directory of a corpus, for its scheme, language and articles. A
            directory needs only ``annotation.conf`` and ``corpus.toml``, in ``annotations``. None:
            ``a`` or ``b`` if it is a corpus and not a result, else the default corpus.

    Raises:
        EventbenchError: if annotations cannot be read, their schemes or texts differ, or they
            share no article.
    """
    known: dict[str, tuple[Document, Path]] = {}
    if corpus is None:
        # A result has no corpus.toml of its own.
        named = (x for x in (a, b) if isinstance(x, Corpus) and not x.predicted)
        corpus = next((x.root for x in named), None)
    first, second = (_read_set(annotations, corpus, known) for annotations in (a, b))
    if first.scheme != second.scheme:
        raise EventbenchError("the annotation sets do not have the same scheme")
    theirs = {document.stem: document for document in second.documents}
    ours = {document.stem for document in first.documents}
    pairs = tuple((d, theirs[d.stem]) for d in first.documents if d.stem in theirs)
    for one, other in pairs:
        if one.text != other.text:
            raise EventbenchError(f"article {one.stem} has one text in A and another in B")
    if not pairs:
        lists = (", ".join(d.stem for d in found.documents) for found in (first, second))
        raise EventbenchError("A and B share no article: A has {}, B has {}".format(*lists))
    only = (
        tuple(d.id for d in first.documents if d.stem not in theirs),
        tuple(d.id for d in second.documents if d.stem not in ours),
    )
    names = first.name, second.name
    return Shared(names, pairs, only, first.scheme, first.info, first.root)


def _read_set(
    annotations: Annotations, corpus: str | Path | None, known: dict[str, tuple[Document, Path]]
) -> _Set:
    """Read a set; ``known`` has the articles so far by name, with the file of their text."""
    if isinstance(annotations, Corpus):
        found = annotations
        return _Set(found.fingerprint, found.documents, found.scheme, found.info, found.root)
    root, folder = corpus_root(corpus), Path(annotations)
    scheme, info = read_corpus_scheme(root), read_info(root / INFO)
    if not known and (root / "seeds" / "sources.toml").is_file():
        seeds = root / "seeds"
        known.update({d.stem: (d, seeds / f"{d.stem}.txt") for d in read_texts(root)})
    order = list(known)
    with reading(folder):
        paths = [p for p in folder.iterdir() if p.suffix == ".ann" and not p.name.startswith(".")]
    if not paths:
        raise EventbenchError(f"{folder}: holds no .ann file")
    paths.sort(key=lambda p: (order.index(p.stem) if p.stem in order else len(order), p.stem))
    documents = tuple(_read_article(path, root, scheme, info.language, known) for path in paths)
    return _Set(folder.resolve().name, documents, scheme, info, root)


def _read_article(
    path: Path,
    root: Path,
    scheme: Scheme,
    language: str,
    known: dict[str, tuple[Document, Path]],
) -> Document:
    """An article with the annotations of an ``.ann`` file."""
    beside = path.with_suffix(".txt")
    if beside.is_file():
        text = read_text(beside)
        check_article(str(beside), beside.stem, text, is_file=True)
        if path.stem not in known:
            sentences = segment(text, path.stem, language)
            title = next((line.strip() for line in text.split("\n") if line.strip()), "")
            article = Document(path.stem, path.stem, text, sentences, title=title)
            known[path.stem] = (article, beside)
        elif known[path.stem][0].text != text:
            raise EventbenchError(f"{beside}: is not the text that {known[path.stem][1]} has")
    elif path.stem not in known:
        raise EventbenchError(f"{path}: expected {beside.name} beside it or in {root / 'seeds'}")
    article, _ = known[path.stem]
    events, links = read_annotations(path, article.text, scheme)
    values, problems = read_values(values_path(path), article.text)
    if problems:
        raise EventbenchError(str(problems[0]))
    return replace(article, events=events, links=links, values=values, incidents=None)
