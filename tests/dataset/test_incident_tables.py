"""The tables of incidents and claims in a built dataset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import files_below
from datasets import load_dataset

from eventbench import Corpus, EventbenchError, build, hydrate, incidents
from eventbench.dataset.build import read_manifest
from eventbench.dataset.tables import TABLES, tables


@pytest.fixture
def out(karsland: Path, tmp_path: Path) -> Path:
    return build(tmp_path / "out", corpus=karsland).path


def rows(out: Path, table: str, cache: Path) -> list[dict[str, Any]]:
    found = load_dataset(str(out), table, cache_dir=str(cache))
    assert list(found) == ["corpus"]
    return [*found["corpus"]]


def test_an_incident_is_a_row_with_typed_columns(out: Path, tmp_path: Path) -> None:
    found = {row["id"]: row for row in rows(out, "incident_table", tmp_path / "cache")}
    assert len(found) == 8
    taken = found["tolna-taken"]
    assert (taken["when_from"], taken["when_to"]) == ("2031-05-05", "2031-05-05")
    assert (taken["where"], taken["types"]) == (["tolna"], ["TerritorialControl/change"])
    assert "Controller:government" in taken["who"]
    assert (taken["contested"], taken["articles"]) == (True, ["m", "n"])
    assert taken["mentions"] == ["m:9-13", "m:64-68", "n:18-26"]
    assert (taken["killed_low"], taken["killed_high"]) == (None, None)
    shelled = found["ambal-shelled"]
    assert (shelled["name"], shelled["decided"]) == ("Shelling of Port Ambal", ["when", "name"])
    assert shelled["when_from"] == "2031-05-07", "decisions count here"
    assert (shelled["killed_low"], shelled["killed_high"]) == (24, 99)
    total = found["m-157"]
    assert (total["killed_low"], total["killed_total_low"]) == (None, 40)


def test_a_claim_is_a_row_that_names_its_incident(out: Path, tmp_path: Path) -> None:
    found = rows(out, "claim_table", tmp_path / "cache")
    denials = [row for row in found if row["stance"] == "denies"]
    (denial,) = denials
    assert (denial["incident"], denial["source"]) == ("tolna-taken", "rebels")
    assert (denial["source_side"], denial["since"]) == ("opposition", "2031-05-06")
    assert (denial["articles"], denial["events"]) == (["m"], ["m:E2"])
    assert denial["mentions"] == ["m:64-68"]
    known = {row["id"] for row in rows(out, "incident_table", tmp_path / "cache")}
    assert {row["incident"] for row in found} == known


def test_tables_and_incidents_agree(corpus: Corpus) -> None:
    found, made = incidents(corpus), tables(corpus)
    assert [row["id"] for row in made["incident_table"]] == [i.id for i in found]
    assert made["claim_table"].num_rows == sum(len(i.claims) for i in found)


def test_a_corpus_without_a_list_has_no_tables(edition1: Corpus) -> None:
    assert tables(edition1) == {}


def test_tables_are_the_same_without_text(karsland: Path, out: Path, tmp_path: Path) -> None:
    bare = build(tmp_path / "bare", corpus=karsland, with_text=False).path
    first, second = (
        {p.name + p.parent.name: p.read_bytes() for t in TABLES for p in d.glob(f"data-*/{t}/*")}
        for d in (bare, out)
    )
    assert first == second
    assert len(first) == 2
    hydrate(bare, karsland / "seeds")
    assert files_below(bare) == files_below(out)


def test_a_changed_list_changes_where_the_files_are(
    karsland: Path, out: Path, tmp_path: Path
) -> None:
    """Else the cache of `datasets` would give out rows of the earlier build."""
    path = karsland / "annotations" / "incidents.tsv"
    path.write_text(path.read_text("utf-8").replace("tolna-taken", "tolna-captured"), "utf-8")
    decided = path.with_name("incident-decisions.tsv")
    again = build(tmp_path / "again", corpus=karsland).path
    before, after = (read_manifest(d) for d in (out, again))
    assert before["fingerprint"] == after["fingerprint"]
    assert {*before["files"]}.isdisjoint(after["files"])
    decided.write_text(decided.read_text("utf-8").replace("2031-05-07", "2031-05-08"), "utf-8")
    third = read_manifest(build(tmp_path / "third", corpus=karsland).path)
    assert {*third["files"]}.isdisjoint(after["files"])


def test_croissant_says_what_the_columns_mean(out: Path) -> None:
    found = json.loads((out / "croissant.json").read_text("utf-8"))
    fields = {field["name"]: field for records in found["recordSet"] for field in records["field"]}
    described = {name: field.get("description", "") for name, field in fields.items()}
    assert "two days in ISO 8601" in described["values/value"]
    assert described["incident_table/killed_low"].startswith("Lowest number that any figure for k")
    assert described["incident_table/killed_total_high"].endswith(
        "of running totals; null if unknown. Figures are alternatives: do not add them."
    )
    assert all(described[name] for name in fields if name.partition("/")[0] in TABLES)
    assert fields["incident_table/where"]["repeated"]
    assert fields["incident_table/killed_low"]["dataType"] == "sc:Integer"


def test_a_manifest_with_an_unknown_table_is_refused(out: Path) -> None:
    path = out / "eventbench.json"
    manifest = json.loads(path.read_text("utf-8"))
    manifest["tables"]["crimes"] = "0"
    path.write_text(json.dumps(manifest), "utf-8")
    message = "eventbench.json: tables has 'crimes', expected incident_table, claim_table"
    with pytest.raises(EventbenchError, match=message):
        read_manifest(out)
