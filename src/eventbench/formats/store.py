"""Store annotated articles in the directory of a corpus, or by annotator beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from eventbench.corpus import standoff
from eventbench.corpus.info import read_info
from eventbench.corpus.loading import (
    GOLD,
    INFO,
    Source,
    read_corpus_scheme,
    read_sources,
)
from eventbench.corpus.scheme import Scheme
from eventbench.corpus.segmentation import segment, with_lemmas, write_segmentation
from eventbench.corpus.values import values_path, write_values
from eventbench.errors import EventbenchError
from eventbench.formats.base import Annotated, Imported
from eventbench.io import atomic_output, read_bytes, read_text, whole_number


def add(articles: Iterable[Annotated], root: Path) -> Imported:
    """Add annotated articles to a corpus, or update those that it has.

    A new article is stored with its text in ``seeds``, its sentences, tokens and lemmas, its
    annotations in canonical form, and an entry in ``sources.toml``, in the given order. Of an
    article that is there with the same name and text, the annotations are replaced; its
    id and its tokens stay, and its values unless new ones are given. ``annotations/VERSION`` is
    left alone.

    Args:
        articles: the articles.
        root: the directory of the corpus, with ``annotations/annotation.conf`` and
            ``annotations/corpus.toml``.

    Returns:
        The ids by what became of the articles; new ones are three-digit numbers that
        continue from the highest numeric id in the corpus.

    Raises:
        EventbenchError: if the corpus has an article with the same text under another name, or
            with the same name and another text; if spaCy is not installed; or if a
            file cannot be read or written. Nothing is changed.
    """
    scheme = read_corpus_scheme(root)
    listing = root / "seeds" / "sources.toml"
    present = read_sources(root) if listing.exists() else []
    record = read_text(listing) if listing.exists() else ""
    numbers = [n for entry in present if (n := whole_number(entry.id)) is not None]
    next_number = max(numbers, default=-1) + 1

    files: dict[Path, str] = {}
    ids: dict[str, list[str]] = {"added": [], "updated": [], "unchanged": []}
    for article in articles:
        digest = hashlib.sha256(article.text.encode()).hexdigest()
        entry = _find(article, digest, present)
        if entry is not None:
            changed = _changed(_annotations(root, entry, article, scheme))
            ids["updated" if changed else "unchanged"].append(entry.id)
            files |= changed
            continue
        place = root / "seeds" / f"{article.name}.txt"
        entry = Source(f"{next_number:03d}", place, article.title, digest)
        next_number += 1
        files |= _new_files(root, entry, article, scheme)
        present.append(entry)
        record += ("\n" if record else "") + _toml_entry(entry)
        ids["added"].append(entry.id)
    # Until the list names the new articles, nobody reads them: it is put in place last.
    _write(({listing: record} if ids["added"] else {}) | files)
    return Imported(**{name: tuple(found) for name, found in ids.items()})


def pairs(articles: Iterable[Annotated], scheme: Scheme) -> dict[str, bytes]:
    """The contents of ``NAME.txt`` and ``NAME.ann`` of annotated articles, by name."""
    files = {}
    for article in articles:
        ann = standoff.write(article.events, article.links, article.text, scheme)
        files[f"{article.name}.txt"] = article.text.encode()
        files[f"{article.name}.ann"] = ann.encode()
    return files


def _new_files(root: Path, entry: Source, article: Annotated, scheme: Scheme) -> dict[Path, str]:
    """The files of a new article, none of which may be there."""
    text, language = article.text, read_info(root / INFO).language
    sentences = with_lemmas(segment(text, entry.id, language), text, language)
    files = {
        entry.path: text,
        root / "annotations" / "tokens" / f"{entry.stem}.tsv": write_segmentation(sentences, text),
        **_annotations(root, entry, article, scheme),
    }
    for path in files:
        if path.exists():
            raise EventbenchError(f"{path}: exists, though sources.toml does not name it")
    return files


def _annotations(root: Path, entry: Source, article: Annotated, scheme: Scheme) -> dict[Path, str]:
    """The files of an article's annotations and, if they were given, of its values."""
    gold = root / GOLD / f"{entry.stem}.ann"
    files = {gold: standoff.write(article.events, article.links, article.text, scheme)}
    if article.values is not None:
        files[values_path(gold)] = write_values(article.values, article.text)
    return files


def _changed(files: Mapping[Path, str]) -> dict[Path, str]:
    """Those of some files that are not there with this content."""
    return {
        path: content
        for path, content in files.items()
        if not path.is_file() or read_bytes(path) != content.encode()
    }


def _write(files: Mapping[Path, str]) -> None:
    """Write all files or none; the first one is put in place last."""
    before = {path: read_bytes(path) if path.exists() else None for path in files}
    try:
        with ExitStack() as outputs:
            for path, content in files.items():
                new = outputs.enter_context(atomic_output(path))
                new.write_text(content, encoding="utf-8", newline="")
    except BaseException:
        for path, old in before.items():
            if old is None:
                path.unlink(missing_ok=True)
            elif read_bytes(path) != old:
                path.write_bytes(old)
        raise


def _find(article: Annotated, digest: str, present: list[Source]) -> Source | None:
    """The entry with the name and the text of an article; None for a new article.

    Raises:
        EventbenchError: if only the name or only the text is that of one.
    """
    for entry in present:
        if entry.stem == article.name and entry.sha256 == digest:
            return entry
        if entry.stem.casefold() == article.name.casefold() and entry.sha256 != digest:
            raise EventbenchError(
                f"{article.place}: is not the text of article {entry.id}, {entry.path.name}, which "
                "has this name: restore that text, or choose another name for a new article"
            )
        if entry.sha256 == digest:
            raise EventbenchError(
                f"{article.place}: is article {entry.id} already, which is called {entry.path.name}"
            )
    return None


def _toml_entry(entry: Source) -> str:
    def quoted(text: str) -> str:
        # A JSON string is a TOML string, but for the one character that TOML alone escapes.
        return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")

    return (
        "[[article]]\n"
        f"id = {quoted(entry.id)}\n"
        f"file = {quoted(entry.path.name)}\n"
        f"title = {quoted(entry.title)}\n"
        f"sha256 = {quoted(entry.sha256)}\n"
        'basis.title = "first non-empty line of the article"\n'
        "# Please add what is known: publisher, published, address, language, rights, and under\n"
        "# basis what each of them rests on.\n"
    )
