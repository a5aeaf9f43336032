"""A corpus: articles with one set of annotations, described by ``corpus.toml``.

The files of a corpus::

    seeds/sources.toml            the articles, with checksums
    seeds/*.txt                   their texts
    annotations/corpus.toml       id, name, language, licence, protocol, parties
    annotations/annotation.conf   the scheme
    annotations/VERSION           the version of the gold
    annotations/tokens/*.tsv      sentences, tokens and lemmas
    annotations/gold/*.ann        the gold
    annotations/gold/*.values.tsv values of its times, counts, places and sources (optional)
    annotations/incidents.tsv     which mentions are one happening (optional)
    CARD.md                       the dataset card

In a checkout, the default corpus is at the top and others are in ``corpora/<id>/``. In an
installed package, both are below ``eventbench/data``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from eventbench.corpus import segmentation, standoff
from eventbench.corpus.info import FIXED, CorpusInfo, read_info
from eventbench.corpus.model import Document, Problem
from eventbench.corpus.records import Fields
from eventbench.corpus.scheme import Scheme, read_scheme
from eventbench.corpus.values import (
    PLACES,
    Named,
    read_named,
    read_values,
    values_path,
    write_values,
)
from eventbench.errors import EventbenchError, located
from eventbench.io import fingerprint, read_text, read_toml, safe_name, sha256
from eventbench.text import table

GOLD = Path("annotations/gold")
"""The gold, relative to the directory of a corpus."""

INFO = Path("annotations/corpus.toml")
SCHEME = Path("annotations/annotation.conf")


@dataclass(frozen=True)
class Source:
    """An article's entry in ``seeds/sources.toml``.

    Attributes:
        id: the article's id.
        path: its text.
        title: its title.
        sha256: SHA-256 of the text.
        publisher: who published it; empty if not given.
        published: the day of publication, if given.
        address: its URL or another address; empty if not given.
        register: the kind of text, such as a news report; empty if not given.
        invented: True if it was made up and reports nothing that happened.
    """

    id: str
    path: Path
    title: str
    sha256: str
    publisher: str = ""
    published: date | None = None
    address: str = ""
    register: str = ""
    invented: bool = False

    @property
    def stem(self) -> str:
        return self.path.stem


@dataclass(frozen=True)
class Corpus:
    """The articles of a corpus with one set of annotations; prints as a table of counts.

    Attributes:
        info: contents of ``corpus.toml``.
        root: the directory of the corpus.
        documents: the articles, in the order of ``sources.toml``.
        scheme: event types, roles, attributes and links.
        version: contents of ``annotations/VERSION``.
        fingerprint: 16 hexadecimal digits over articles, tokens, lemmas, scheme and
            annotations; equal fingerprints mean equal data.
        places: the places that values refer to, by id; empty if the corpus has no list.
        predicted: the events are predictions, read by `eventbench.corpus.predictions`; ``root``
            is then the result, a directory or a file.
        home: the directory whose ``annotations`` have the scheme and how it is read, if it is
            not ``root``: a file of predictions has no scheme of its own.
    """

    info: CorpusInfo
    root: Path
    documents: tuple[Document, ...]
    scheme: Scheme
    version: str
    fingerprint: str
    places: Mapping[str, Named] = field(default_factory=dict)
    predicted: bool = False
    home: Path | None = None

    def __repr__(self) -> str:
        events = sum(len(document.events) for document in self.documents)
        return (
            f"Corpus({self.id!r} {self.version}, {len(self.documents)} articles, {events} events, "
            f"{self.fingerprint})"
        )

    def __str__(self) -> str:
        counts = self.counts()
        columns = list(counts[0]) if counts else ["article"]
        body = [list(row.values()) for row in counts]
        body.append(["all", *(sum(row[c] for row in counts) for c in columns[1:])])
        about = f"{self.id} {self.version}, fingerprint {self.fingerprint}"
        return f"{about}\n\n{table(columns, body)}"

    def counts(self) -> list[dict[str, Any]]:
        """Count sentences, tokens and events of each article, events also by type."""
        rows = []
        for document in self.documents:
            by_type = Counter(event.type for event in document.events)
            rows.append(
                {
                    "article": document.id,
                    "sentences": len(document.sentences),
                    "tokens": sum(len(s.tokens) for s in document.sentences),
                    "events": len(document.events),
                    **{event_type: by_type[event_type] for event_type in self.scheme.event_types},
                }
            )
        return rows

    @property
    def id(self) -> str:
        """The id of the corpus."""
        return self.info.id

    @property
    def scheme_path(self) -> Path:
        """The scheme's file; what says how to read the scheme lies beside it."""
        return (self.home or self.root) / SCHEME

    @property
    def article_ids(self) -> list[str]:
        """The ids of the articles, in order."""
        return [document.id for document in self.documents]

    def document(self, article: str) -> Document:
        """Find an article by its id.

        Raises:
            EventbenchError: if the article is not in the corpus.
        """
        found = {document.id: document for document in self.documents}
        if article not in found:
            raise EventbenchError(f"no article {article!r}: expected one of {', '.join(found)}")
        return found[article]

    def folds(self) -> list[dict[str, tuple[str, ...]]]:
        """The ids of the articles by split ("train", "validation", "test"), for each fold.

        Raises:
            EventbenchError: if the protocol cannot be followed with these articles.
        """
        with located(str(self.root / INFO)):
            return self.info.protocol.folds(self.article_ids)

    def fold(self, number: int) -> dict[str, tuple[str, ...]]:
        """The ids of the articles of one fold by split; see `folds`.

        Raises:
            EventbenchError: if the fold does not exist.
        """
        folds = self.folds()
        if not 0 <= number < len(folds):
            raise EventbenchError(f"no fold {number}: expected 0 to {len(folds) - 1}")
        return folds[number]

    def part(self, articles: Sequence[str]) -> Corpus:
        """Copy the corpus with some of its articles, in the given order."""
        return replace(self, documents=tuple(map(self.document, articles)))

    @property
    def test_articles(self) -> list[str]:
        """The ids of the articles that are test articles, in the order of the folds."""
        return [article for fold in self.folds() for article in fold["test"]]

    @property
    def is_tested(self) -> bool:
        """True if it has test articles, and enough articles for its protocol."""
        return self.info.protocol.has_folds(self.article_ids) and bool(self.test_articles)

    @property
    def training_articles(self) -> list[str]:
        """The ids of the articles that some fold learns from, in the order of the corpus."""
        if self.info.protocol.kind != FIXED:
            return self.article_ids
        learned = {i for fold in self.folds() for i in (*fold["train"], *fold["validation"])}
        return [article for article in self.article_ids if article in learned]

    def check_tested(self) -> None:
        """Check that the corpus has test articles.

        Raises:
            EventbenchError: if it is only learned from.
        """
        if not self.test_articles:
            if self.predicted:
                raise EventbenchError(f"{self.root}: predictions are no gold to be scored against")
            found = f"corpus {self.id!r} has no test articles"
            raise EventbenchError(
                f"{self.root / INFO}: {found}: it is to be learned from, with --also-train"
            )


def _home() -> Path:
    packaged = Path(__file__).parents[1] / "data"
    return packaged if packaged.is_dir() else Path(__file__).parents[3]


def available_corpora() -> dict[str, Path]:
    """The directories of the bundled corpora by id, the default one first.

    Raises:
        EventbenchError: if two have the same id, or one cannot be read.
    """
    home = _home()
    found: dict[str, Path] = {}
    for root in (home, *sorted(p.parents[1] for p in home.glob(f"corpora/*/{INFO}"))):
        identifier = read_info(root / INFO).id
        if identifier in found:
            raise EventbenchError(
                f"{root / INFO}: id {identifier!r} is also that of {found[identifier]}"
            )
        found[identifier] = root
    return found


def as_corpus(corpus: Corpus | str | Path | None) -> Corpus:
    """Return a corpus, loaded unless it is already."""
    return corpus if isinstance(corpus, Corpus) else load_corpus(corpus)


def as_corpora(corpora: Sequence[Corpus | str | Path]) -> list[Corpus]:
    """Return corpora, each loaded unless it is already; a string is a single one."""
    named = [corpora] if isinstance(corpora, str) else corpora
    return [as_corpus(corpus) for corpus in named]


def corpus_root(corpus: str | Path | None = None) -> Path:
    """Find the directory of a corpus.

    Args:
        corpus: the id of a bundled corpus, or a directory; the default corpus if None.

    Raises:
        EventbenchError: if the corpus is not found.
    """
    if corpus is None:
        return _home()
    path = Path(corpus)
    if isinstance(corpus, str):
        known = available_corpora()
        if corpus in known:
            return known[corpus]
        if not path.is_dir():
            expected = ", ".join(known)
            raise EventbenchError(f"no corpus {corpus!r}: expected {expected} or a directory")
    if not path.exists():
        raise EventbenchError(f"{path}: No such file or directory")
    return path


def read_sources(root: Path) -> list[Source]:
    """Read ``sources.toml`` and check that the articles are unchanged.

    Raises:
        EventbenchError: if ``sources.toml`` is missing or invalid, or an article
            is missing or does not have the recorded checksum.
    """
    path = root / "seeds" / "sources.toml"
    values = read_toml(path)
    with located(str(path)):
        records = Fields(values).parts("article") if "article" in values else ()
        sources = [_source(root / "seeds", record) for record in records]
        for name, count in Counter(s.stem.casefold() for s in sources).items():
            if count > 1:
                raise EventbenchError(f"{count} articles are called {name!r}")
        for name, count in Counter(s.id.casefold() for s in sources).items():
            if count > 1:
                raise EventbenchError(f"{count} articles have the id {name!r}")
    for source in sources:
        found = sha256(source.path)
        if found != source.sha256:
            raise EventbenchError(
                f"{source.path}: the article changed: SHA-256 is {found}, "
                f"expected {source.sha256} ({path.name})"
            )
    return sources


def _source(folder: Path, fields: Fields) -> Source:
    identifier, title, digest = (fields.get(key, str) for key in ("id", "title", "sha256"))
    path = folder / safe_name(fields.get("file", str))
    texts = {
        key: fields.get(key, str) if fields.given(key) else ""
        for key in ("publisher", "address", "register")
    }
    day = fields.get("published", date) if fields.given("published") else None
    invented = fields.given("invented") and fields.get("invented", bool)
    return Source(
        safe_name(identifier), path, title, digest, published=day, invented=invented, **texts
    )


def read_documents(
    root: Path, annotation_dir: Path, scheme: Scheme
) -> Iterator[tuple[Document, Path, list[Problem]]]:
    """Yield each article with one set of annotations, its ``.ann`` file, and its problems."""
    for source in read_sources(root):
        ann_path = annotation_dir / f"{source.stem}.ann"
        document, problems = _annotated(_unannotated(root, source), ann_path, scheme)
        yield document, ann_path, problems


def _annotated(article: Document, ann_path: Path, scheme: Scheme) -> tuple[Document, list[Problem]]:
    """An article with the annotations of a file instead of its own, and their problems."""
    ann = read_text(ann_path)
    events, links, problems = standoff.parse(ann, article.text, scheme, str(ann_path))
    values, wrong = read_values(values_path(ann_path), article.text)
    document = replace(article, events=events, links=links, values=values, incidents=None)
    return document, problems + wrong


def read_texts(root: Path) -> list[Document]:
    """Read the articles of a corpus with their sentences, without annotations.

    Raises:
        EventbenchError: if an article or its sentences cannot be read.
    """
    return [_unannotated(root, source) for source in read_sources(root)]


def _unannotated(root: Path, source: Source) -> Document:
    text = read_text(source.path)
    tokens = root / "annotations" / "tokens" / f"{source.stem}.tsv"
    if not tokens.is_file():
        raise EventbenchError(f"{tokens}: missing (sentences and tokens of {source.path.name})")
    return Document(
        id=source.id,
        stem=source.stem,
        text=text,
        sentences=segmentation.read_segmentation(tokens, text, source.id),
        title=source.title,
        publisher=source.publisher,
        published=source.published,
        address=source.address,
    )


def load_corpus(corpus: str | Path | None = None, annotations: str | Path | None = None) -> Corpus:
    """Read all articles of a corpus with their annotations.

    Args:
        corpus: the id of a bundled corpus, the directory of any other, or predictions (see
            `eventbench.corpus.predictions`); the default corpus if None.
        annotations: a directory of ``.ann`` files to read instead of the gold.

    Raises:
        EventbenchError: if anything is missing or cannot be read; the message names the
            file and, if applicable, the line.
    """
    from eventbench.corpus.predictions import is_result, read_predictions  # it makes a Corpus

    if corpus is not None and is_result(Path(corpus)) and not _is_bundled(corpus):
        if annotations is not None:
            raise EventbenchError(f"{corpus}: predictions have no other annotations")
        return read_predictions(corpus)
    root = corpus_root(corpus)
    scheme = read_corpus_scheme(root)
    info = read_info(root / INFO)
    documents = []
    for document, _, problems in read_documents(root, annotation_folder(root, annotations), scheme):
        if problems:
            raise EventbenchError(str(problems[0]))
        documents.append(document)
    if not documents:
        raise EventbenchError(f"{root / 'seeds' / 'sources.toml'}: has no article, expected one")
    version = read_text(root / "annotations" / "VERSION").strip()
    places = read_named(root / "annotations" / PLACES, "place")
    found = fingerprint(_content(documents, scheme))
    return Corpus(info, root, tuple(documents), scheme, version, found, places)


def _is_bundled(corpus: str | Path) -> bool:
    return isinstance(corpus, str) and corpus in available_corpora()


def annotation_folder(root: Path, annotations: str | Path | None) -> Path:
    """The directory of the ``.ann`` files: ``annotations`` if given, else the gold."""
    return root / GOLD if annotations is None else Path(annotations)


def read_corpus_scheme(root: Path) -> Scheme:
    """Read the scheme of a corpus.

    Raises:
        EventbenchError: if it is missing or cannot be read.
    """
    path = root / SCHEME
    if not path.is_file():
        raise EventbenchError(f"{path}: missing ({root} is not a corpus)")
    return read_scheme(path)


def with_annotations(corpus: Corpus, annotations: str | Path) -> Corpus:
    """Read another set of annotations of the same articles.

    Raises:
        EventbenchError: as for `load_corpus`.
    """
    documents = []
    for article in corpus.documents:
        ann_path = Path(annotations) / f"{article.stem}.ann"
        document, problems = _annotated(article, ann_path, corpus.scheme)
        if problems:
            raise EventbenchError(str(problems[0]))
        documents.append(document)
    found = fingerprint(_content(documents, corpus.scheme))
    return replace(corpus, documents=tuple(documents), fingerprint=found)


def _content(documents: list[Document], scheme: Scheme) -> Iterator[str]:
    """The parts that the fingerprint covers."""
    yield repr((scheme.entities, scheme.roles, scheme.attributes, scheme.span_attributes))
    yield repr([(k, *map(sorted, ends), k in scheme.symmetric) for k, ends in scheme.links.items()])
    for document in documents:
        yield document.id
        yield document.text
        yield segmentation.write_segmentation(document.sentences, document.text)
        yield standoff.write(document.events, document.links, document.text, scheme)
        if document.values:
            yield str(document.published)  # what "on Friday" is counted from
            yield write_values(document.values, document.text)
