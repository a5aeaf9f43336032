"""Tables of the made-up war in tests/karsland, and its incidents in the columns of others."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from made_results import result_of

import eventbench as eb
from eventbench import EventbenchError, Incidents, load_corpus
from eventbench.tables import Table


@pytest.fixture
def found(karsland: Path) -> Incidents:
    return eb.incidents(karsland)


def rows(table: Table, key: str) -> dict[Any, dict[str, Any]]:
    return {row[key]: {**row} for row in table.rows}


def test_an_event_has_its_sentence_its_values_and_the_way_back(found: Incidents) -> None:
    events = {(row["article"], row["start"]): row for row in found.events.rows}
    assert len(events) == 12
    assert events["m", 86] == {
        "article": "m",
        "title": "Article m",
        "publisher": "The Morning Post",
        "published": date(2031, 5, 6),
        "sentence": "Shells killed 12 civilians in Tolna on Monday, Peace Watch said.",
        "trigger": "killed",
        "type": "Casualty",
        "subtype": "killed",
        "status": "actual",
        "certainty": "certain",
        "occurrence": "single",
        "reported": "attributed",
        "contested": "no",
        "actor": "",
        "actor_side": "",
        "opponent": "",
        "opponent_side": "",
        "target": "civilians",
        "place": "Tolna",
        "place_id": "tolna",
        "latitude": 40.5,
        "longitude": 20.25,
        "time": "Monday",
        "time_from": date(2031, 5, 5),
        "time_to": date(2031, 5, 5),
        "time_precision": "day",
        "count": "12",
        "counted": "civilians",
        "measure": "killed",
        "count_low": 12,
        "count_high": 12,
        "source": "Peace Watch",
        "source_side": "",
        "stance": "asserts",
        "probability": None,
        "incident": "tolna-shelled",
        "address": "",
        "start": 86,
        "end": 92,
    }
    assert set(events["m", 86]) <= set(found.events.columns)
    loss = events["m", 64]
    assert (loss["opponent"], loss["opponent_side"], loss["stance"]) == (
        *("Rebels", "opposition", "denies"),
    )
    two = events["n", 41]  # 15 civilians and 2 fighters: nobody says how many they are together
    assert (two["count"], two["count_low"], two["count_high"]) == ("15; 2", None, None)
    at_least = events["m", 157]
    assert (at_least["count_low"], at_least["count_high"]) == (40, None)
    assert "time_from" not in events["n", 41]  # the sentence does not say when


def test_incidents_have_the_figures_of_totals_apart(found: Incidents) -> None:
    incidents = rows(found.table, "id")
    total = incidents["m-157"]
    assert (total["killed_low"], total["killed_total_low"], total["killed_total_high"]) == (
        *(None, 40, None),
    )
    ambal = incidents["ambal-shelled"]
    assert (ambal["killed_low"], ambal["killed_high"], ambal["killed_total_low"]) == (24, 99, None)
    assert ambal["time_from"] == date(2031, 5, 7)
    taken = incidents["tolna-taken"]
    assert (taken["latitude"], taken["longitude"], taken["contested"]) == (40.5, 20.25, True)
    assert taken["mentions"] == "m:9-13 m:64-68 n:18-26"
    claims = {(row["incident"], row["source"]): row for row in found.claims.rows}
    assert claims["m-157", "peace-watch"]["killed_low"] is None
    assert claims["m-157", "peace-watch"]["killed_total_low"] == 40
    assert claims["tolna-shelled", "peace-watch"]["killed_low"] == 12


def test_figures_say_what_they_cover(found: Incidents) -> None:
    figures = [
        (f["incident"], f["low"], f["high"], f["scope"], f["of"], f["source"], f["article"])
        for f in found.figures.rows
    ]
    assert figures == [
        ("m-157", 40, None, "total", "people", "peace-watch", "m"),
        ("tolna-shelled", 15, 15, "incident", "civilians", "evening-star", "n"),
        ("tolna-shelled", 2, 2, "incident", "fighters", "evening-star", "n"),
        ("tolna-shelled", 12, 12, "incident", "civilians", "peace-watch", "m"),
        ("ambal-shelled", 24, 99, "incident", "", "unnamed", "o"),
    ]


def test_filters_of_the_command_line_are_keywords(karsland: Path) -> None:
    found = eb.incidents(karsland, type="Casualty", since="2031-05-06", figure=["killed"])
    assert [i.id for i in found] == ["m-157", "ambal-shelled"]
    assert [row["source"] for row in found.claims.rows] == ["peace-watch", "unnamed"]
    assert [row["start"] for row in found.events.rows] == [157, 37, 70]
    assert [i.id for i in eb.incidents(karsland, until=date(2031, 5, 5), contested=True)] == [
        "tolna-taken"
    ]
    with pytest.raises(EventbenchError, match="since is 'yesterday', expected a day such as"):
        eb.incidents(karsland, since="yesterday")
    with pytest.raises(TypeError, match="no filter 'country': expected type, place"):
        eb.incidents(karsland, country="Karsland")
    with pytest.raises(EventbenchError, match="no incident has the type 'Atack'"):
        eb.incidents(karsland, type="Atack")


def test_frames(found: Incidents) -> None:
    frame = found.to_pandas()
    assert isinstance(frame, pd.DataFrame)
    assert frame.set_index("id")["killed_total_low"].dropna().to_dict() == {"m-157": 40}
    assert frame["time_from"].min() == pd.Timestamp(2031, 5, 1)
    assert found.claims.to_pandas()["stance"].value_counts()["denies"] == 1
    polars = found.to_polars()
    assert polars["contested"].sum() == 1
    assert polars.schema["time_from"] == pl.Date
    assert found.events.to_polars().filter(pl.col("count_low") > 20)["start"].to_list() == [157, 70]


def test_excel_has_a_sheet_for_each_table_and_totals_apart(
    found: Incidents, tmp_path: Path
) -> None:
    found.write(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    ids = {sheet.title: [cell.value for cell in sheet["A"][1:]] for sheet in book}
    assert list(ids) == ["incidents", "phases and totals", "claims", "figures", "events", "sources"]
    assert ids["incidents"] == [
        *("tolna-shelled", "tolna-taken", "ambal-shelled", "n-166", "n-132", "o-7"),
    ]
    assert ids["phases and totals"] == ["m-157", "m-144"]
    assert (len(ids["claims"]), len(ids["figures"]), len(ids["events"])) == (11, 5, 12)
    found.write(tmp_path / "b.xlsx", rows="claims")
    assert openpyxl.load_workbook(tmp_path / "b.xlsx").sheetnames == ["claims"]
    found.write(tmp_path / "c.parquet", rows="events")
    assert pq.read_table(tmp_path / "c.parquet").to_pylist() == found.events.to_arrow().to_pylist()


def test_a_result_has_the_tables_of_its_gold(karsland: Path, tmp_path: Path) -> None:
    """Words, places, times and counts: who the sources are is only known of the gold."""
    gold = load_corpus(karsland)
    names = ("article", "sentence", "trigger", "actor", "place_id", "time_from", "count_low", "end")
    of_gold, of_result = (
        [{name: row.get(name) for name in names} for row in eb.incidents(source).events.rows]
        for source in (gold, result_of(gold, tmp_path / "r"))
    )
    assert of_result == of_gold


# Columns of other datasets


def test_acled(found: Incidents) -> None:
    table = found.codebook("acled")
    assert (len(table.columns), *list(table.columns)[:4]) == (
        *(31, "event_id_cnty", "event_date", "year", "time_precision"),
    )
    taken, shelled = table.rows
    assert {name: cell for name, cell in taken.items() if cell not in (None, "")} == {
        "event_id_cnty": "tolna-taken",
        "event_date": date(2031, 5, 5),
        "year": 2031,
        "time_precision": 1,
        "disorder_type": "Political violence",
        "event_type": "Battles",
        "sub_event_type": "Government regains territory",
        "actor1": "government",
        "inter1": "State forces",
        "actor2": "opposition",
        "inter2": "Rebel group",
        "interaction": "State forces-Rebel group",
        "country": "Karsland",
        "admin1": "Hill District",
        "location": "Tolna",
        "latitude": 40.5,
        "longitude": 20.25,
        "geo_precision": 1,
        "source": "The Morning Post; Evening Star",
        "notes": "The army took Tolna on Monday, the army said. | Rebels denied any loss of Tolna. "
        "| On 5 May the army captured Tolna.",
    }
    assert shelled["fatalities"] == 24  # the most conservative one
    assert shelled["source"] == ""  # its publisher is not known
    assert {*taken, *shelled} <= {*table.columns}


def test_ucdp(found: Incidents) -> None:
    table = found.codebook("ucdp")
    assert len(table.columns) == 49
    tolna, ambal = table.rows
    assert (ambal["low"], ambal["high"], ambal.get("best")) == (24, 99, None)
    assert (ambal["date_start"], ambal["date_end"]) == (date(2031, 5, 7), date(2031, 5, 7))
    assert ambal["source_original"] == ""  # nobody is named
    assert (tolna.get("low"), tolna.get("high")) == (None, None)  # 12, or 15 and 2
    assert (tolna["source_office"], tolna["source_date"]) == ("The Morning Post", "2031-05-06")
    assert tolna["source_original"] == "Peace Watch"
    assert tolna["source_article"] == (
        "The Morning Post, Article m, 2031-05-06; Evening Star, Article n, 2031-05-08"
    )
    assert (tolna["adm_1"], tolna["country"], tolna["where_prec"]) == (
        "Hill District",
        "Karsland",
        1,
    )
    assert {*tolna, *ambal} <= {*table.columns}


def test_what_did_not_happen_once_has_no_row_elsewhere(karsland: Path) -> None:
    for book in ("acled", "ucdp"):
        for level in ("phase", "total"):
            assert not eb.incidents(karsland, level=level).codebook(book).rows
        assert not eb.incidents(karsland, status="planned").codebook(book).rows
