"""A result is read as the corpus that it was written from, folder, file or Parquet."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_results import result_of

import eventbench as eb
from eventbench import Corpus, EventbenchError, load_corpus
from eventbench.claims.grouping import Row, read_incidents, write_incidents
from eventbench.corpus.model import Document, Event, Span
from eventbench.corpus.predictions import (
    article_record,
    precision_of,
    read_article,
    read_predictions,
)


@pytest.fixture
def gold(karsland: Path) -> Corpus:
    return load_corpus(karsland)


@pytest.fixture
def result(gold: Corpus, tmp_path: Path) -> Path:
    return result_of(gold, tmp_path / "r")


def told(corpus: Corpus | Path) -> dict[str, tuple[Any, ...]]:
    """What does not depend on who a source is or on what a person decided."""
    return {
        i.id: (i.level, i.mentions, None if i.when is None else i.when.interval, i.where, i.figures)
        for i in eb.incidents(corpus)
    }


def test_gold_read_as_a_result_has_the_same_incidents(gold: Corpus, result: Path) -> None:
    shutil.copy(gold.root / "annotations/incident-decisions.tsv", result / "annotations")
    assert told(result) == told(gold)
    loaded = load_corpus(result)
    assert loaded.predicted
    assert loaded.places == gold.places
    for read, written in zip(loaded.documents, gold.documents, strict=True):
        assert (read.title, read.publisher, read.published) == (
            written.title, written.publisher, written.published,
        )  # fmt: skip
        assert [s.span for s in read.sentences] == [s.span for s in written.sentences]
        assert [s.id for s in read.sentences] == [s.id for s in written.sentences]
    assert len({loaded.fingerprint, load_corpus(str(result)).fingerprint}) == 1


def test_a_file_has_the_scheme_of_the_first_corpus_and_no_list(result: Path) -> None:
    (result / "articles.jsonl").rename(result.parent / "found.jsonl")
    packed = result.parent / "packed.jsonl.gz"
    packed.write_bytes(gzip.compress((result.parent / "found.jsonl").read_bytes()))
    for path in (result.parent / "found.jsonl", packed):
        found = load_corpus(path)
        assert found.article_ids == ["m", "n", "o"]
        assert "killed" in {f.measure for i in eb.incidents(found) for f in i.figures}


@pytest.mark.parametrize("is_folder", [True, False])
def test_parquet_has_lists_as_json(gold: Corpus, result: Path, is_folder: bool) -> None:
    lines = (result / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    columns = {key: [record[key] for record in records] for key in ("id", "text", "title")}
    columns |= {
        key: [json.dumps(record[key]) for record in records]
        for key in ("events", "links", "sentences")
    }
    columns["published"] = [date(2031, 5, 6), None, None]
    folder = result.parent / "parts"
    folder.mkdir()
    pq.write_table(pa.table(columns), folder / "0.parquet")
    found = read_predictions(folder if is_folder else folder / "0.parquet")
    assert [d.events for d in found.documents] == [d.events for d in load_corpus(result).documents]
    assert [d.published for d in found.documents] == [date(2031, 5, 6), None, None]


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"text": None}, "text is None, expected a string"),
    ({"published": "yesterday"}, "published is 'yesterday', expected a day such as 2016-11-10"),
    ({"sentences": [[0, 5], [3, 9]]}, r"sentences\[1\] is \[3, 9\], expected \[start, end\]"),
    ({"sentences": [[0, 5000]]}, r"sentences\[0\] is \[0, 5000\], expected .* within 0-207"),
    ({"sentences": "all"}, "sentences is 'all', expected a list"),
    ({"events": [{"id": "E1", "type": "Party"}]}, r"events\[0\]: type is 'Party', expected "),
    ({"id": "m"}, "a second article 'm'"),
]


@pytest.mark.parametrize(("changed", "message"), FAULTS)
def test_what_is_wrong_is_said_with_its_line(
    result: Path, changed: dict[str, Any], message: str
) -> None:
    path = result / "articles.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[1] = json.dumps(json.loads(lines[1]) | changed)
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(EventbenchError, match=rf"^{re.escape(str(path))}:2: {message}"):
        load_corpus(result)


def test_what_is_no_result(result: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").touch()
    pq.write_table(pa.table({"id": [1], "text": ["a"]}), tmp_path / "untagged.parquet")
    for path, message in {
        "empty.jsonl": "empty.jsonl: has no article, expected one",
        "gone.jsonl": "gone.jsonl: No such file",
        "untagged.parquet": "untagged.parquet: has no column 'events', but id, text",
    }.items():
        with pytest.raises(EventbenchError, match=message):
            load_corpus(str(tmp_path / path))
    with pytest.raises(EventbenchError, match="predictions have no other annotations"):
        load_corpus(result, "annotations")
    with pytest.raises(EventbenchError, match="predictions are no gold to be scored against"):
        load_corpus(result).check_tested()


def test_what_is_not_known_of_an_article_is_null(gold: Corpus) -> None:
    bare = Document("a", "a", "Shells fell.")
    record = article_record(bare, gold.scheme)
    unknown = ("title", "publisher", "published", "address")
    assert [record[key] for key in unknown] == [None] * 4
    assert read_article(record, gold.scheme) == bare
    told = replace(bare, published=date(2031, 5, 6), address="https://example.org/a", title="War")
    assert read_article(article_record(told, gold.scheme), gold.scheme) == told


def test_ids_with_spaces_in_the_list_of_incidents(tmp_path: Path) -> None:
    mentions = (("my 100% notes", Span(0, 6)), ("a:b\tc", Span(3, 9)))
    documents = [Document(a, a, "x" * 9, events=(Event("E1", "Attack", s),)) for a, s in mentions]
    rows = (Row("one", "incident", mentions, "told\ttwice", 2),)
    path = tmp_path / "incidents.tsv"
    path.write_text(write_incidents(rows), encoding="utf-8")
    assert read_incidents(path, documents) == ((replace(rows[0], reason="told twice"),), [])


@pytest.mark.parametrize(
    ("kind", "value", "precision"),
    [
        ("Time", "2031-05-05/2031-05-05", "day"),
        ("Time", "2031-05-05T06:00/2031-05-05T07:00", "clock"),
        ("Time", "2031-05-01/2031-05-31", "month"),
        ("Time", "2031-01-01/2031-12-31", "year"),
        ("Time", "2001-01-01/2031-12-31", "vague"),
        ("Number", "12-12", "exact"),
        ("Number", "12-", "at-least"),
        ("Number", "-12", "at-most"),
        ("Number", "24-99", "about"),
        ("Number", "-", "vague"),
        ("Place", "tolna+ambal", "is"),
        ("Speaker", "army", ""),
    ],
)
def test_the_precision_of_a_value(kind: str, value: str, precision: str) -> None:
    assert precision_of(kind, value) == precision
