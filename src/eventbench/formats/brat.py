"""brat's standoff: a directory of texts and annotations that brat opens, and back.

The format is described at https://brat.nlplab.org/standoff.html.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from eventbench.corpus import standoff
from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document, Event, Link
from eventbench.corpus.scheme import Scheme
from eventbench.corpus.segmentation import segment
from eventbench.corpus.values import VALUES, read_values, values_path, write_values
from eventbench.errors import EventbenchError
from eventbench.formats.base import Annotated, Format, Returned, check_article, check_free
from eventbench.io import atomic_output, read_bytes, read_text, reading

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
    files = configuration(corpus.scheme_path)
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


def configuration(scheme_path: Path) -> dict[str, bytes]:
    """The contents of brat's files of configuration, by name: a scheme and how it is drawn."""
    paths = (scheme_path, scheme_path.with_name(VISUAL))
    return {path.name: read_bytes(path) for path in paths if path == scheme_path or path.is_file()}


def read(source: Path, scheme: Scheme) -> Returned:
    """Read articles that were annotated in brat.

    Each pair of ``NAME.txt`` and ``NAME.ann`` in ``source`` is an article, perhaps with a table
    ``NAME.values.tsv`` in the form of `eventbench.corpus.values`. `eventbench.validate` checks
    that each value has its span.

    A group of same events that brat keeps on a ``*`` line becomes links between
    neighbours in it. The numbers of roles stay as they are. Notes on spans, attributes and
    relations become notes of their events.

    Args:
        source: a directory that brat wrote; its other files are ignored.
        scheme: the scheme of the annotations.

    Returns:
        The articles in the order of their names, of one annotator.

    Raises:
        EventbenchError: naming file and, where there is one, line, if ``source`` has no
            pair or an unpaired file; if a text is empty, is not UTF-8 or has byte-order marks
            or carriage returns; if a line or row is broken; or if a file cannot be read.
    """
    return Returned({"": tuple(_read_article(*found, scheme) for found in _articles(source))})


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
    for files in _articles(source) if source.is_dir() else [_pair(source)]:
        article = _read_article(*files, scheme)
        found.append(
            Document(
                article.name,
                article.name,
                article.text,
                segment(article.text, article.name, language),
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
) -> Annotated:
    text = read_text(text_path)
    check_article(str(text_path), text_path.stem, text, is_file=True)
    events, links = read_annotations(ann_path, text, scheme)
    values = None
    if values_table is not None:
        found, problems = read_values(values_table, text)
        if problems:
            raise EventbenchError(str(problems[0]))
        values = found
    return Annotated(str(text_path), text_path.stem, text, events, links, values)


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
