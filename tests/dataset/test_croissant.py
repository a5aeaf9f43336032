"""Croissant metadata: valid, read back equal, and all of it from the corpus."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest
from making import HARBOUR_TASKS, MAIN_TASKS

from eventbench import build

NESTED = {
    "attribution": {"sentences", "source"},
    "links": {"sentences", "events", "links"},
    "incidents": {"sentences", "events", "incidents"},
    "incidents-from-text": {"sentences", "events", "incidents"},
    "events": {"sentences", "events", "links"},
}
"""Columns of nested records, which Croissant does not describe."""


def test_croissant_is_valid_and_reads_back_equal(built: Path) -> None:
    reason = "Croissant is read back where mlcroissant is"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlcroissant = pytest.importorskip("mlcroissant", reason=reason)
        described = mlcroissant.Dataset(str(built / "croissant.json"))
        assert described.metadata.issues.errors == set()
        for task in MAIN_TASKS:
            expected = [
                {k: v for k, v in row.items() if k not in NESTED.get(task, ())}
                for path in sorted(built.glob(f"data-*/{task}/*.parquet"))
                for row in read_parquet(path)
            ]
            found = [
                {key.partition("/")[2]: as_text(value) for key, value in record.items()}
                for record in described.records(task)
            ]
            assert sorted(found, key=lambda r: r["id"]) == sorted(expected, key=lambda r: r["id"])


def read_parquet(path: Path) -> list[dict[str, object]]:
    import pyarrow.parquet

    rows: list[dict[str, object]] = pyarrow.parquet.read_table(path).to_pylist()
    return rows


def as_text(value: object) -> object:
    """mlcroissant gives text as bytes."""
    if isinstance(value, list):
        return [as_text(v) for v in value]
    return value.decode() if isinstance(value, bytes) else value


def test_croissant_says_what_the_corpus_says(harbour: Path, tmp_path: Path) -> None:
    build(tmp_path / "out", corpus=harbour)
    found = json.loads((tmp_path / "out/croissant.json").read_text("utf-8"))
    assert found["name"] == "harbour"
    assert found["description"].startswith("Three made-up articles about strikes, shipments")
    assert found["license"] == "https://creativecommons.org/publicdomain/zero/1.0/"
    assert found["citeAs"].startswith("Harbour news, a made-up corpus, version ")
    assert found["@context"]["@language"] == "en"
    fields = {field["name"] for one in found["recordSet"] for field in one["field"]}
    assert {"attributes/kind", "attributes/severity", "attributes/insured"} <= fields
    assert "attributes/subtype" not in fields
    assert [one["name"] for one in found["recordSet"]] == list(HARBOUR_TASKS)
