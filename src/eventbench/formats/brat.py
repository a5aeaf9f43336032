"""brat's standoff: a directory of texts and annotations that brat opens, and back.

The format is described at https://brat.nlplab.org/standoff.html.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from eventbench.corpus import standoff
from eventbench.corpus.info import read_info
from eventbench.corpus.loading import (
    GOLD,
    INFO,
    SCHEME,
    Corpus,
    Source,
    read_corpus_scheme,
    read_sources,
)
from eventbench.corpus.scheme import Scheme
from eventbench.corpus.segmentation import segment, write_segmentation
from eventbench.errors import EventbenchError
from eventbench.formats.base import Format
from eventbench.io import atomic_output, is_empty_directory, read_bytes, read_text, write_whole

VISUAL = "visual.conf"
"""How brat draws the annotations; optional."""


def write(corpus: Corpus, out: Path) -> None:
    """Write each article as ``STEM.txt`` and ``STEM.ann``, with brat's configuration.

    The configuration is the corpus's own ``annotation.conf``, and its ``visual.conf`` if
    it has one.

    Raises:
        EventbenchError: if ``out`` is anything but an empty or absent directory, or a
            file cannot be read or written.
    """
    if out.exists() and not is_empty_directory(out):
        raise EventbenchError(f"{out}: exists and is not an empty directory; choose another")
    scheme = corpus.root / SCHEME
    files = {scheme.name: read_bytes(scheme)}
    visual = scheme.with_name(VISUAL)
    if visual.is_file():
        files[VISUAL] = read_bytes(visual)
    for document in corpus.documents:
        ann = standoff.write(document.events, document.links, document.text, corpus.scheme)
        files[f"{document.stem}.txt"] = document.text.encode()
        files[f"{document.stem}.ann"] = ann.encode()
    with atomic_output(out) as new:
        new.mkdir()
        for name, content in files.items():
            (new / name).write_bytes(content)


def read(source: Path, root: Path) -> list[str]:
    """Add new articles, annotated in brat, to a corpus.

    Each pair of ``NAME.txt`` and ``NAME.ann`` in ``source`` becomes an article:
    its text byte for byte in ``seeds``, its sentences and tokens, its annotations
    in canonical form, and an entry in ``sources.toml``, in the order of the names.
    ``annotations/VERSION`` is left alone.

    A group of same events that brat keeps on a ``*`` line becomes links between
    neighbours in it. The numbers of roles stay as they are.

    Args:
        source: a directory that brat wrote; its other files are ignored.
        root: the directory of the corpus, with ``annotations/annotation.conf`` and
            ``annotations/corpus.toml``.

    Returns:
        The ids of the new articles: three-digit numbers that continue from the highest
        numeric id in the corpus.

    Raises:
        EventbenchError: naming file and, where there is one, line, if ``source`` has no
            pair or an unpaired file; if the corpus already has an article; if a text is
            empty, is not UTF-8 or has a byte-order mark or carriage returns; if
            a standoff line is broken; if spaCy is not installed; or if a file
            cannot be read or written. Nothing is added then.
    """
    scheme = read_corpus_scheme(root)
    language = read_info(root / INFO).language
    listing = root / "seeds" / "sources.toml"
    present = read_sources(root) if listing.exists() else []
    record = read_text(listing) if listing.exists() else ""
    numbers = [int(entry.id) for entry in present if entry.id.isdecimal()]
    next_number = max(numbers, default=-1) + 1

    new_files: dict[Path, str] = {}
    ids = []
    for number, (text_path, ann_path) in enumerate(_pairs(source), next_number):
        article = _read_article(text_path, ann_path, f"{number:03d}", scheme, language)
        _refuse_known(text_path, article, present)
        place = root / "seeds" / text_path.name
        new_files[place] = article.text
        new_files[root / "annotations" / "tokens" / f"{place.stem}.tsv"] = article.segmentation
        new_files[root / GOLD / f"{place.stem}.ann"] = article.ann
        present.append(Source(article.id, place, article.title, article.sha256))
        record += ("\n" if record else "") + _toml_entry(present[-1])
        ids.append(article.id)
    for path in new_files:
        if path.exists():
            raise EventbenchError(f"{path}: exists, though {listing.name} does not name it")
    _add(new_files, listing, record)
    return ids


BRAT = Format("brat", "everything, as brat opens it", write, is_directory=True, read=read)


def _add(new_files: dict[Path, str], listing: Path, record: str) -> None:
    """Write all files or none."""
    try:
        # The list comes last: until it names the new articles, nobody reads them.
        for path, content in [*new_files.items(), (listing, record)]:
            write_whole(path, content)
    except BaseException:
        for path in new_files:
            if path.exists():
                path.unlink()
        raise


@dataclass(frozen=True)
class _NewArticle:
    """An article as it will be stored; ``segmentation`` and ``ann`` are contents of files."""

    id: str
    title: str
    sha256: str
    text: str
    segmentation: str
    ann: str


def _pairs(source: Path) -> list[tuple[Path, Path]]:
    """The text and the annotations of each article in a brat directory, by name."""
    try:
        # Names that begin with a dot are what editors and file managers leave behind.
        paths = [path for path in source.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        raise EventbenchError(f"{source}: {error.strerror}") from None
    texts = {path.stem: path for path in paths if path.suffix == ".txt"}
    anns = {path.stem: path for path in paths if path.suffix == ".ann"}
    for stem in sorted(texts.keys() ^ anns.keys()):
        lone, missing = (texts[stem], ".ann") if stem in texts else (anns[stem], ".txt")
        raise EventbenchError(f"{lone}: there is no {stem}{missing} beside it")
    if not texts:
        raise EventbenchError(f"{source}: holds no article: expected pairs of .txt and .ann")
    return [(texts[stem], anns[stem]) for stem in sorted(texts)]


def _read_article(
    text_path: Path, ann_path: Path, doc_id: str, scheme: Scheme, language: str
) -> _NewArticle:
    text = read_text(text_path)
    _refuse_text(text_path, text)
    title = next((line.strip() for line in text.split("\n") if line.strip()), None)
    if title is None:
        raise EventbenchError(f"{text_path}: holds no text")
    ann, origin = _spell_out_groups(read_text(ann_path))
    events, links, problems = standoff.parse(ann, text, scheme, str(ann_path))
    if problems:
        placed = (replace(p, line=origin.get(p.line, p.line)) for p in problems)
        raise EventbenchError(str(min(placed)))
    return _NewArticle(
        doc_id,
        title,
        hashlib.sha256(text.encode()).hexdigest(),
        text,
        write_segmentation(segment(text, doc_id, language), text),
        standoff.write(events, links, text, scheme),
    )


def _refuse_text(path: Path, text: str) -> None:
    """Refuse a text in which tools count offsets differently, or a name that breaks lines."""
    if not path.name.isprintable():
        raise EventbenchError(f"{str(path)!r}: the name has characters that do not print")
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
    number = max(map(int, re.findall(r"^R(\d+)\t", ann, re.MULTILINE)), default=0)
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


def _refuse_known(path: Path, article: _NewArticle, present: list[Source]) -> None:
    """Refuse an article with the bytes or the name of one of ``present``."""
    for entry in present:
        if entry.sha256 == article.sha256:
            raise EventbenchError(f"{path}: is article {entry.id}, {entry.path.name}, already")
        if entry.stem == path.stem:
            raise EventbenchError(f"{path}: article {entry.id} has this name; choose another")


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
