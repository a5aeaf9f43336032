"""brat's standoff: a directory of texts and annotations that brat opens, and back.

The format is described at https://brat.nlplab.org/standoff.html.
"""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from eventbench.corpus import standoff
from eventbench.corpus.info import read_info
from eventbench.corpus.loading import (
    GOLD,
    INFO,
    Corpus,
    Source,
    read_corpus_scheme,
    read_sources,
)
from eventbench.corpus.model import Document, Event, Link, Value
from eventbench.corpus.scheme import Scheme
from eventbench.corpus.segmentation import segment, with_lemmas, write_segmentation
from eventbench.corpus.values import VALUES, read_values, values_path, write_values
from eventbench.errors import EventbenchError, located
from eventbench.formats.base import Format, Imported, check_free
from eventbench.io import (
    atomic_output,
    read_bytes,
    read_text,
    reading,
    safe_name,
    whole_number,
)

VISUAL = "visual.conf"
"""How brat draws the annotations; optional."""


def write(corpus: Corpus, out: Path) -> None:
    """Write each article as ``STEM.txt`` and ``STEM.ann``, with brat's configuration.

    The configuration is the corpus's own ``annotation.conf``, and its ``visual.conf`` if
    it has one. Values of spans are in ``STEM.values.tsv``, which brat ignores and `read` takes.

    Raises:
        EventbenchError: if ``out`` is anything but an empty or absent directory, or a
            file cannot be read or written.
    """
    check_free(out)
    scheme = corpus.scheme_path
    files = {scheme.name: read_bytes(scheme)}
    visual = scheme.with_name(VISUAL)
    if visual.is_file():
        files[VISUAL] = read_bytes(visual)
    for document in corpus.documents:
        ann = standoff.write(document.events, document.links, document.text, corpus.scheme)
        files[f"{document.stem}.txt"] = document.text.encode()
        files[f"{document.stem}.ann"] = ann.encode()
        if document.values:
            table = write_values(document.values, document.text)
            files[f"{document.stem}{VALUES}"] = table.encode()
    with atomic_output(out) as new:
        new.mkdir()
        for name, content in files.items():
            (new / name).write_bytes(content)


def read(source: Path, root: Path) -> Imported:
    """Add articles that were annotated in brat to a corpus, or update those that it has.

    Each pair of ``NAME.txt`` and ``NAME.ann`` in ``source`` is an article. A new one is
    stored with its text byte for byte in ``seeds``, its sentences, tokens and lemmas, its
    annotations in canonical form, and an entry in ``sources.toml``, in the order of the
    names. Of an article that is there with the same name and text, the annotations are
    replaced; its id and its tokens stay. ``annotations/VERSION`` is left alone.

    A table ``NAME.values.tsv`` beside the two, in the form of `eventbench.corpus.values`, is
    stored beside the annotations; without it an earlier one stays. `eventbench.validate`
    checks that each value has its span.

    A group of same events that brat keeps on a ``*`` line becomes links between
    neighbours in it. The numbers of roles stay as they are. Notes on spans, attributes and
    relations become notes of their events.

    Args:
        source: a directory that brat wrote; its other files are ignored.
        root: the directory of the corpus, with ``annotations/annotation.conf`` and
            ``annotations/corpus.toml``.

    Returns:
        The ids by what became of the articles; new ones are three-digit numbers that
        continue from the highest numeric id in the corpus.

    Raises:
        EventbenchError: naming file and, where there is one, line, if ``source`` has no
            pair or an unpaired file; if the corpus has an article with the same text under
            another name, or with the same name and another text; if a text is empty, is not
            UTF-8 or has a byte-order mark or carriage returns; if a line or row is broken; if
            spaCy is not installed; or if a file cannot be read or written. Nothing is changed.
    """
    scheme = read_corpus_scheme(root)
    listing = root / "seeds" / "sources.toml"
    present = read_sources(root) if listing.exists() else []
    record = read_text(listing) if listing.exists() else ""
    numbers = [n for entry in present if (n := whole_number(entry.id)) is not None]
    next_number = max(numbers, default=-1) + 1

    files: dict[Path, str] = {}
    ids: dict[str, list[str]] = {"added": [], "updated": [], "unchanged": []}
    for text_path, ann_path, values in _articles(source):
        article = _read_article(text_path, ann_path, values, scheme)
        entry = _find(text_path, article.sha256, present)
        if entry is not None:
            changed = _changed(_annotations(root, entry, article))
            ids["updated" if changed else "unchanged"].append(entry.id)
            files |= changed
            continue
        place = root / "seeds" / text_path.name
        entry = Source(f"{next_number:03d}", place, article.title, article.sha256)
        next_number += 1
        files |= _new_files(root, entry, article)
        present.append(entry)
        record += ("\n" if record else "") + _toml_entry(entry)
        ids["added"].append(entry.id)
    # Until the list names the new articles, nobody reads them: it is put in place last.
    _write(({listing: record} if ids["added"] else {}) | files)
    return Imported(**{name: tuple(found) for name, found in ids.items()})


def read_pairs(source: Path, scheme: Scheme, language: str = "en") -> tuple[Document, ...]:
    """Read articles that were annotated in brat, without a corpus.

    Args:
        source: a directory of pairs of ``NAME.txt`` and ``NAME.ann``, or one file of a pair.
        scheme: the scheme of the annotations.
        language: the language of the articles, to split them into sentences.

    Returns:
        The articles, whose ids are their names, with sentences and tokens.

    Raises:
        EventbenchError: as for `read`, as far as it concerns these files.
    """
    found = []
    for text_path, ann_path, values in _articles(source) if source.is_dir() else [_pair(source)]:
        article, name = _read_article(text_path, ann_path, values, scheme), text_path.stem
        found.append(
            Document(
                name,
                name,
                article.text,
                segment(article.text, name, language),
                article.events,
                article.links,
                article.title,
                article.values or (),
            )
        )
    return tuple(found)


def _pair(path: Path) -> tuple[Path, Path, Path | None]:
    """The files of the article that a file belongs to."""
    text_path, ann_path = path.with_suffix(".txt"), path.with_suffix(".ann")
    for found in (text_path, ann_path):
        if not found.is_file():
            raise EventbenchError(f"{path}: expected {found.name} beside it")
    table = values_path(ann_path)
    return text_path, ann_path, table if table.is_file() else None


BRAT = Format("brat", "everything, as brat opens it", write, read=read)


def _new_files(root: Path, entry: Source, article: _Article) -> dict[Path, str]:
    """The files of a new article, none of which may be there."""
    text, language = article.text, read_info(root / INFO).language
    sentences = with_lemmas(segment(text, entry.id, language), text, language)
    files = {
        entry.path: text,
        root / "annotations" / "tokens" / f"{entry.stem}.tsv": write_segmentation(sentences, text),
        **_annotations(root, entry, article),
    }
    for path in files:
        if path.exists():
            raise EventbenchError(f"{path}: exists, though sources.toml does not name it")
    return files


def _annotations(root: Path, entry: Source, article: _Article) -> dict[Path, str]:
    """The files of an article's annotations and, if they were given, of its values."""
    gold = root / GOLD / f"{entry.stem}.ann"
    files = {gold: article.ann}
    if article.values is not None:
        files[values_path(gold)] = write_values(article.values, article.text)
    return files


def _changed(files: dict[Path, str]) -> dict[Path, str]:
    """Those of some files that are not there with this content."""
    return {
        path: content
        for path, content in files.items()
        if not path.is_file() or read_bytes(path) != content.encode()
    }


def _write(files: dict[Path, str]) -> None:
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


@dataclass(frozen=True)
class _Article:
    """An article with its annotations; ``ann`` is the file in which they will be stored."""

    title: str
    sha256: str
    text: str
    ann: str
    events: tuple[Event, ...]
    links: tuple[Link, ...]
    values: tuple[Value, ...] | None


def _articles(source: Path) -> list[tuple[Path, Path, Path | None]]:
    """The text, annotations and values, if any, of each article in a brat directory, by name."""
    with reading(source):
        # Names that begin with a dot are what editors and file managers leave behind.
        paths = [path for path in source.iterdir() if not path.name.startswith(".")]
    texts = {path.stem: path for path in paths if path.suffix == ".txt"}
    anns = {path.stem: path for path in paths if path.suffix == ".ann"}
    for stem in sorted(texts.keys() ^ anns.keys()):
        lone, missing = (texts[stem], ".ann") if stem in texts else (anns[stem], ".txt")
        raise EventbenchError(f"{lone}: expected {stem}{missing} beside it")
    if not texts:
        raise EventbenchError(f"{source}: holds no article: expected pairs of .txt and .ann")
    tables = {p.name.removesuffix(VALUES): p for p in paths if p.name.endswith(VALUES)}
    for stem in sorted(tables.keys() - anns.keys()):
        raise EventbenchError(f"{tables[stem]}: expected {stem}.ann beside it")
    return [(texts[stem], anns[stem], tables.get(stem)) for stem in sorted(texts)]


def _read_article(
    text_path: Path, ann_path: Path, values_table: Path | None, scheme: Scheme
) -> _Article:
    text = read_text(text_path)
    check_text(text_path, text)
    title = next((line.strip() for line in text.split("\n") if line.strip()), None)
    if title is None:
        raise EventbenchError(f"{text_path}: holds no text")
    events, links = read_annotations(ann_path, text, scheme)
    values = None
    if values_table is not None:
        found, problems = read_values(values_table, text)
        if problems:
            raise EventbenchError(str(problems[0]))
        values = found
    digest = hashlib.sha256(text.encode()).hexdigest()
    ann = standoff.write(events, links, text, scheme)
    return _Article(title, digest, text, ann, events, links, values)


def read_annotations(
    path: Path, text: str, scheme: Scheme
) -> tuple[tuple[Event, ...], tuple[Link, ...]]:
    """Read the events and links of an ``.ann`` file, whose groups become links.

    Raises:
        EventbenchError: with the first problem, by file and line.
    """
    ann, origin = _spell_out_groups(read_text(path))
    events, links, problems = standoff.parse(ann, text, scheme, str(path))
    if problems:
        placed = (replace(p, line=origin.get(p.line, p.line)) for p in problems)
        raise EventbenchError(str(min(placed)))
    return events, links


def check_text(path: Path, text: str) -> None:
    """Check that all tools count offsets of a text alike, and that its name can be stored.

    Raises:
        EventbenchError: naming file and line.
    """
    with located(str(path)):
        safe_name(path.name)
    if text.startswith("\ufeff"):
        raise EventbenchError(
            f"{path}:1: begins with a byte-order mark, which some tools count and others skip: "
            "remove it and annotate again"
        )
    if "\r" in text:
        line = text.count("\n", 0, text.index("\r")) + 1
        raise EventbenchError(
            f"{path}:{line}: has a carriage return: brat shifts offsets at such line ends; "
            "write plain line feeds and annotate again"
        )


_GROUP = re.compile(r"\*\t(\S+)((?: [TE]\d+){2,})\s*")


def _spell_out_groups(ann: str) -> tuple[str, dict[int, int]]:
    """Put R lines between neighbours for the groups that brat writes on ``*`` lines.

    brat writes groups for links that annotation.conf calls symmetric-transitive. The
    new lines come last and a group leaves an empty line, so the others keep their numbers.

    Returns:
        The contents of the file, and for each new line the line of its group.
    """
    lines = ann.split("\n")
    number = max(map(int, re.findall(r"^R([0-9]{1,15})\t", ann, re.MULTILINE)), default=0)
    origin: dict[int, int] = {}
    for index in range(len(lines)):
        group = _GROUP.fullmatch(lines[index])
        if group is None:
            continue
        lines[index] = ""
        members = group[2].split()
        for first, second in pairwise(members):
            number += 1
            lines.append(f"R{number}\t{group[1]} Arg1:{first} Arg2:{second}")
            origin[len(lines)] = index + 1
    return "\n".join(lines), origin


def _find(path: Path, digest: str, present: list[Source]) -> Source | None:
    """The article with the name and the text of a file; None for a new article.

    Raises:
        EventbenchError: if only the name or only the text is that of one.
    """
    for entry in present:
        if entry.stem == path.stem and entry.sha256 == digest:
            return entry
        if entry.stem.casefold() == path.stem.casefold() and entry.sha256 != digest:
            raise EventbenchError(
                f"{path}: is not the text of article {entry.id}, {entry.path.name}, which has "
                "this name: restore that text, or choose another name for a new article"
            )
        if entry.sha256 == digest:
            raise EventbenchError(
                f"{path}: is article {entry.id} already, which is called {entry.path.name}"
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
