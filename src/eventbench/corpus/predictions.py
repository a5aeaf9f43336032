"""A result: articles with predicted events, as ``eventbench predict --out r`` writes them.

A result is a directory::

    r/articles.jsonl     one article a line, see `article_record`
    r/annotations/       the scheme, the gazetteer, and which events are one incident
    r/result.json        the model, its options and versions

or a single file, ``.jsonl``, ``.jsonl.gz`` or ``.parquet``, or a directory of such Parquet
files. A file has the scheme, the gazetteer and the speakers of the first corpus of this package.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import repeat
from pathlib import Path
from typing import Any

from eventbench.corpus.info import FIXED, SPLITS, CorpusInfo, Protocol
from eventbench.corpus.loading import (
    SCHEME,
    Corpus,
    corpus_root,
    read_corpus_scheme,
)
from eventbench.corpus.model import Argument, Document, Event, Sentence, Span, Value
from eventbench.corpus.records import ArticleEvents, Fields, from_record, to_record
from eventbench.corpus.scheme import NUMBER, PLACE, REPETITIONS, TIME, Scheme
from eventbench.corpus.values import (
    PLACES,
    SPEAKERS,
    UNKNOWN,
    Named,
    bounds,
    interval,
    read_named,
)
from eventbench.errors import EventbenchError, located
from eventbench.io import (
    Json,
    fingerprint,
    parse_json_object,
    read_json_object,
    read_lines,
    reading,
    short,
)

ARTICLES, RECORD = "articles.jsonl", "result.json"
FORMAT = "eventbench result 1"
ANNOTATIONS = SCHEME.parent
COMPANIONS = ("visual.conf", "incidents.toml", PLACES, SPEAKERS)
"""What lies beside a scheme and travels with it, if it is there: how brat draws it, how incidents
are read from it, and the lists that values refer to."""

SUFFIXES = (".jsonl", ".jsonl.gz", ".parquet")
"""What the name of a file of predictions ends in."""

PREDICTIONS = "predictions"
"""The id of the corpus that a result is read as."""

PREDICTED = "predicted"
"""What the value of a predicted argument rests on."""


# Articles


def article_record(document: Document, scheme: Scheme) -> Json:
    """An article with its sentences, events and links as JSON, which `read_article` reads.

    Sentences are pairs of offsets. What is not known of the article is null.
    """
    return {
        "id": document.id,
        "title": document.title or None,
        "publisher": document.publisher or None,
        "published": document.published.isoformat() if document.published else None,
        "address": document.address or None,
        "text": document.text,
        "sentences": [[s.span.start, s.span.end] for s in document.sentences],
        **to_record(ArticleEvents(document.events, document.links), scheme, document.text),
    }


def read_article(record: Mapping[str, Any], scheme: Scheme) -> Document:
    """Read an article that `article_record` wrote; only id, text and events have to be there.

    Values of arguments become the values of the article.

    Raises:
        EventbenchError: saying where in the record, if it is not of that form.
    """
    fields = Fields(record)
    identifier, text = fields.get("id", str), fields.get("text", str)
    found = from_record(record, text, scheme)
    return Document(
        id=identifier,
        stem=identifier,
        text=text,
        sentences=tuple(_sentences(fields, identifier, len(text))),
        events=found.events,
        links=found.links,
        title=_text(fields, "title"),
        values=values_of(found.events, scheme),
        publisher=_text(fields, "publisher"),
        published=_day(fields),
        address=_text(fields, "address"),
    )


def _text(fields: Fields, key: str) -> str:
    return fields.get(key, str) if fields.given(key) else ""


def _day(fields: Fields) -> date | None:
    if not fields.given("published"):
        return None
    written = fields.get("published", str)
    try:
        return date.fromisoformat(written)
    except ValueError:
        fields.refuse(f"published is {short(written)}, expected a day such as 2016-11-10")


def _sentences(fields: Fields, article: str, length: int) -> Iterator[Sentence]:
    last = 0
    ends = fields.get("sentences", list) if fields.given("sentences") else []
    for number, pair in enumerate(ends, 1):
        match pair:
            case [int(start), int(end)] if last <= start < end <= length:
                yield Sentence(f"{article}-{number:03d}", Span(start, end), ())
                last = end
            case _:
                fields.refuse(
                    f"sentences[{number - 1}] is {short(pair)}, expected [start, end] within "
                    f"{last}-{length}"
                )


def values_of(events: Iterable[Event], scheme: Scheme) -> tuple[Value, ...]:
    """The values of predicted arguments as the values of their article, one a span and kind."""
    found: dict[tuple[Span, str], Value] = {}
    for event in events:
        for argument in event.arguments:
            kind = scheme.kind(event.type, argument.role)
            value = argument.value
            if value is not None and value != UNKNOWN:
                made = Value(argument.span, kind, value, precision_of(kind, value), PREDICTED)
                found.setdefault((argument.span, kind), made)
    return tuple(sorted(found.values()))


def with_argument_values(document: Document, scheme: Scheme) -> Document:
    """Copy an article whose arguments have the values that the article has for their spans."""
    known = {(value.span, value.kind): value.value for value in document.values}

    def valued(event: Event, argument: Argument) -> Argument:
        value = known.get((argument.span, scheme.kind(event.type, argument.role)))
        return argument if value is None else replace(argument, value=value)

    events = tuple(
        replace(event, arguments=tuple(valued(event, a) for a in event.arguments))
        for event in document.events
    )
    return replace(document, events=events)


def precision_of(kind: str, value: str) -> str:
    """How exact a value is, as far as the value alone says; see `PRECISIONS`."""
    if kind == TIME and (ends := interval(value)):
        if "T" in value:
            return "clock"
        days = (ends[1] - ends[0]).days + 1
        limits = ((1, "day"), (7, "week"), (31, "month"), (92, "season"), (366, "year"))
        return next((name for most, name in limits if days <= most), "vague")
    if kind in (NUMBER, REPETITIONS) and (numbers := bounds(value)):
        low, high = numbers
        if low is None or high is None:
            return "vague" if low is high else "at-most" if low is None else "at-least"
        return "exact" if low == high else "about"
    return "is" if kind == PLACE else ""


# Reading


def is_result(path: Path) -> bool:
    """Return True for a result, and for any path that is named like a file of predictions."""
    if path.is_dir():
        return (path / ARTICLES).is_file() or any(path.glob("*.parquet"))
    return path.name.endswith(SUFFIXES)


def is_parquet_directory(path: Path) -> bool:
    """Return True for a result that is a directory of Parquet files, which may be a large one."""
    return path.is_dir() and not (path / ARTICLES).is_file() and any(path.glob("*.parquet"))


def read_predictions(path: str | Path) -> Corpus:
    """Read a result as a corpus, whose events are the predicted ones.

    Args:
        path: a directory or file as described above.

    Raises:
        EventbenchError: naming file and line, if it cannot be read, has no article, two
            articles have one id, or something is not of the scheme.
    """
    root = Path(path)
    home = home_of(root)
    scheme = read_corpus_scheme(home)
    documents: dict[str, Document] = {}
    for place, document in read_articles(root, scheme):
        if document.id in documents:
            raise EventbenchError(f"{place}: a second article {short(document.id)}")
        documents[document.id] = document
    if not documents:
        raise EventbenchError(f"{root}: has no article, expected one")
    about = read_json_object(root / RECORD) if (root / RECORD).is_file() else {}
    language = about.get("language")
    places = read_named(home / ANNOTATIONS / PLACES, "place")
    return predicted_corpus(
        root,
        tuple(documents.values()),
        scheme,
        home,
        places,
        language if isinstance(language, str) else "",
    )


def home_of(root: Path) -> Path:
    """The directory whose ``annotations`` have the scheme of a result."""
    return root if (root / SCHEME).is_file() else corpus_root()


def read_articles(root: Path, scheme: Scheme) -> Iterator[tuple[str, Document]]:
    """Read the articles of a result one after the other, each with its place in a file.

    Raises:
        EventbenchError: naming that place, if an article cannot be read.
    """
    for place, record in _records(root):
        with located(place):
            document = read_article(record, scheme)
        yield place, document


def predicted_corpus(
    root: Path,
    documents: Sequence[Document],
    scheme: Scheme,
    home: Path,
    places: Mapping[str, Named],
    language: str,
) -> Corpus:
    """Make a corpus of articles with predicted events, which systems may learn from, no more.

    Args:
        root: where they are from.
        documents: the articles.
        scheme: the scheme of the events.
        home: the directory whose ``annotations`` have the scheme.
        places: the gazetteer.
        language: a BCP 47 tag; empty if not known.
    """
    nothing: tuple[str, ...] = ()
    protocol = Protocol(FIXED, 0, (("train", None), *((s, nothing) for s in SPLITS[1:])))
    return Corpus(
        CorpusInfo(PREDICTIONS, root.name, "", language, "", "", "", "", protocol),
        root,
        tuple(documents),
        scheme,
        "",
        fingerprint([scheme.to_json(), *map(_line, documents, repeat(scheme))]),
        places,
        predicted=True,
        home=home,
    )


def _records(root: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The articles of a result with their places in files."""
    if not root.is_dir():
        reader = _rows if root.suffix == ".parquet" else _lines
        yield from reader(root)
    elif (root / ARTICLES).is_file():
        yield from _lines(root / ARTICLES)
    else:
        for part in sorted(root.glob("*.parquet")):
            yield from _rows(part)


def _lines(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, line in read_lines(path):
        if line.strip():
            place = f"{path}:{number}"
            yield place, parse_json_object(place, line)


_COLUMNS = ("id", "text", "events", "links", "sentences")
_OPTIONAL = ("title", "publisher", "published", "address")


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The rows of a Parquet file that ``predict`` wrote: lists are in columns of JSON."""
    import pyarrow.parquet as pq

    with reading(path, "not readable as Parquet"), pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        for column in ("id", "text", "events"):
            if column not in names:
                found = ", ".join(names) or "none"
                raise EventbenchError(f"{path}: has no column {column!r}, but {found}")
        columns = [name for name in (*_COLUMNS, *_OPTIONAL) if name in names]
        number = 0
        for batch in file.iter_batches(columns=columns):
            for row in batch.to_pylist():
                number += 1
                place = f"{path}: row {number}"
                yield place, _row(place, row)


def _row(place: str, row: dict[str, Any]) -> Json:
    lists = {key: row[key] for key in ("events", "links", "sentences") if row.get(key) is not None}
    written = "".join(f'"{key}": {value},' for key, value in lists.items()).rstrip(",")
    read = parse_json_object(place, f"{{{written}}}".encode())
    plain = {key: row[key] for key in _OPTIONAL if row.get(key) is not None}
    if isinstance(plain.get("published"), date):
        plain["published"] = plain["published"].isoformat()[:10]
    return {"id": str(row["id"]), "text": row["text"], **plain, **read}


# Writing


def write_articles(documents: Iterable[Document], scheme: Scheme, path: Path) -> int:
    """Write articles as JSON Lines to a new file and return their number."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        for document in documents:
            file.write(_line(document, scheme) + "\n")
            count += 1
    return count


def _line(document: Document, scheme: Scheme) -> str:
    return json.dumps(article_record(document, scheme), ensure_ascii=False)


def write_scheme(scheme_path: Path, root: Path) -> None:
    """Copy a scheme, and what lies beside it, into the ``annotations`` of a new directory."""
    folder = root / ANNOTATIONS
    folder.mkdir(parents=True, exist_ok=True)
    for name in (SCHEME.name, *COMPANIONS):
        source = scheme_path.with_name(name)
        if source.is_file():
            shutil.copyfile(source, folder / name)


def write_predictions(corpus: Corpus, out: Path, record: Mapping[str, Any]) -> int:
    """Write the directory of a result, without its list of incidents.

    Args:
        corpus: the articles with their events.
        out: the directory, which must not exist; usually that of `atomic_output`.
        record: contents of ``result.json`` besides its format and the number of articles.

    Returns:
        The number of articles.
    """
    write_scheme(corpus.scheme_path, out)
    documents: Sequence[Document] = corpus.documents
    count = write_articles(documents, corpus.scheme, out / ARTICLES)
    content = {"format": FORMAT, "articles": count, **record}
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    (out / RECORD).write_text(text, encoding="utf-8", newline="")
    return count
