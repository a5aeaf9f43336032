"""Finds the articles and their gold, in a checkout or in an installed package."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eventbench.corpus import standoff, tokens
from eventbench.corpus.model import Document, EventbenchError, Problem
from eventbench.corpus.scheme import Scheme, read_scheme

GOLD = Path("annotations/gold")
"""Where the gold lies below a data directory."""


@dataclass(frozen=True)
class Source:
    """An article's entry in ``seeds/sources.toml``."""

    id: str
    path: Path
    title: str
    sha256: str

    @property
    def stem(self) -> str:
        return self.path.stem


@dataclass(frozen=True)
class Corpus:
    """The articles with one set of annotations.

    Attributes:
        documents: in the order of ``sources.toml``; fold k tests on document k.
        version: contents of ``annotations/VERSION``.
        fingerprint: 16 hexadecimal digits over articles, tokens, scheme and
            annotations; two corpora with the same fingerprint are the same data.
    """

    documents: tuple[Document, ...]
    scheme: Scheme
    version: str
    fingerprint: str
    titles: dict[str, str]


def default_data_dir() -> Path:
    """The directory that holds ``seeds`` and ``annotations``: ours, if none is named."""
    packaged = Path(__file__).parents[1] / "data"
    return packaged if packaged.is_dir() else Path(__file__).parents[3]


def read_sources(data_dir: Path) -> list[Source]:
    """The articles of a data directory, whose files must be there unchanged.

    Raises:
        EventbenchError: if ``sources.toml`` is missing or broken, or an article
            is missing or is not byte for byte the one recorded there.
    """
    path = data_dir / "seeds" / "sources.toml"
    try:
        records = tomllib.loads(read_text(path))["article"]
        sources = [
            Source(r["id"], data_dir / "seeds" / r["file"], r["title"], r["sha256"])
            for r in records
        ]
    except tomllib.TOMLDecodeError as error:
        raise EventbenchError(f"{path}: not valid TOML: {error}") from None
    except KeyError as error:
        raise EventbenchError(f"{path}: an article has no {error}") from None
    for source in sources:
        found = hashlib.sha256(_read_bytes(source.path)).hexdigest()
        if found != source.sha256:
            raise EventbenchError(
                f"{source.path}: the article changed: SHA-256 is {found}, "
                f"expected {source.sha256} ({path.name})"
            )
    return sources


def read_documents(
    data_dir: Path, annotation_dir: Path, scheme: Scheme
) -> Iterator[tuple[Document, Path, list[Problem]]]:
    """Each article with one set of annotations, its ``.ann`` file, and what is wrong in it."""
    for source in read_sources(data_dir):
        text = read_text(source.path)
        segmentation = data_dir / "annotations" / "tokens" / f"{source.stem}.tsv"
        if not segmentation.is_file():
            raise EventbenchError(f"{segmentation}: missing: the sentences of {source.path.name}")
        sentences = tokens.read_segmentation(segmentation, text, source.id)
        ann_path = annotation_dir / f"{source.stem}.ann"
        ann = read_text(ann_path)
        events, links, problems = standoff.parse(ann, text, scheme, str(ann_path))
        document = Document(source.id, source.stem, text, sentences, events, links)
        yield document, ann_path, problems


def load_corpus(
    data_dir: Path | str | None = None, annotations: Path | str | None = None
) -> Corpus:
    """Read all articles with their annotations.

    Args:
        data_dir: a directory with ``seeds`` and ``annotations``; ours if None.
        annotations: a directory of ``.ann`` files to take instead of the gold.

    Raises:
        EventbenchError: if anything is missing or cannot be read as it should;
            the message names the file and, where there is one, the line.
    """
    data_dir = default_data_dir() if data_dir is None else Path(data_dir)
    annotation_dir = data_dir / GOLD if annotations is None else Path(annotations)
    scheme = read_corpus_scheme(data_dir)
    documents = []
    for document, _, problems in read_documents(data_dir, annotation_dir, scheme):
        if problems:
            raise EventbenchError(str(problems[0]))
        documents.append(document)
    version = read_text(data_dir / "annotations" / "VERSION").strip()
    titles = {source.id: source.title for source in read_sources(data_dir)}
    fingerprint = _fingerprint(documents, scheme)
    return Corpus(tuple(documents), scheme, version, fingerprint, titles)


def read_corpus_scheme(data_dir: Path) -> Scheme:
    """The scheme of a data directory, from its ``annotation.conf``."""
    path = data_dir / "annotations" / "annotation.conf"
    if not path.is_file():
        raise EventbenchError(f"{path}: missing: {data_dir} is not an eventbench data directory")
    return read_scheme(path)


def read_table(path: Path, width: int) -> list[tuple[int, list[str]]]:
    """The rows of a tab-separated list below its heading, with their line numbers.

    A list that is not there has no rows.

    Raises:
        EventbenchError: if a row has another number of fields than ``width``.
    """
    if not path.is_file():
        return []
    rows = []
    for number, line in enumerate(read_text(path).split("\n"), 1):
        fields = line.split("\t")
        if number == 1 or not line:
            continue
        if len(fields) != width:
            message = f"{path}:{number}: found {len(fields)} fields, expected {width}"
            raise EventbenchError(message)
        rows.append((number, fields))
    return rows


def _fingerprint(documents: list[Document], scheme: Scheme) -> str:
    digest = hashlib.sha256()
    digest.update(repr((scheme.entities, scheme.roles)).encode())
    digest.update(repr([(k, sorted(b), v) for k, (b, v) in scheme.attributes.items()]).encode())
    for document in documents:
        digest.update(document.id.encode())
        digest.update(document.text.encode())
        digest.update(tokens.write_segmentation(document.sentences, document.text).encode())
        ann = standoff.write(document.events, document.links, document.text, scheme)
        digest.update(ann.encode())
    return digest.hexdigest()[:16]


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EventbenchError(f"{path}: {error.strerror}") from None


def read_text(path: Path) -> str:
    """The contents of a UTF-8 file, line ends untouched.

    Raises:
        EventbenchError: naming file and, for a wrong byte, line.
    """
    try:
        return _read_bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise EventbenchError(f"{path}:{line}: not UTF-8: {error.reason}") from None
