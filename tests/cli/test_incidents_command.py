"""``eventbench incidents``: what it selects, and what it prints and writes."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import geojson
import openpyxl
import pyarrow.parquet as pq
import pytest
from conftest import Cli
from made_results import result_of

from eventbench import load_corpus


def chosen(cli: Cli, corpus: Path, *options: str) -> list[str]:
    """The ids of the incidents that options select."""
    result = cli("incidents", "--data", corpus, "--format", "json", *options)
    assert (result.returncode, result.stderr) == (0, "")
    return [incident["id"] for incident in json.loads(result.stdout)]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ("--type Casualty", "m-157 tolna-shelled ambal-shelled"),
        ("--type Casualty/killed --level total", "m-157"),
        ("--type Attack/shelling", "ambal-shelled m-144"),
        ("--type TerritorialControl/siege --type Displacement", "n-166 n-132"),
        ("--place port-ambal", "ambal-shelled n-132"),
        ("--place hill-district", "tolna-shelled tolna-taken n-166 o-7"),
        ("--side opposition", "tolna-taken ambal-shelled o-7"),
        ("--source peace-watch", "m-157 tolna-shelled m-144 n-132"),
        ("--source rebels --source army", "tolna-taken"),
        ("--status planned --status hypothetical", "n-166 n-132"),
        ("--status negated", "tolna-taken"),
        ("--contested", "tolna-taken"),
        ("--listed --place tolna", "tolna-shelled tolna-taken"),
        ("--since 2031-05-07", "ambal-shelled n-166"),
        ("--until 2031-05-05", "m-157 tolna-shelled tolna-taken"),
        ("--since 2031-05-09 --until 2031-05-09", "n-166"),
        ("--article o", "ambal-shelled o-7"),
        ("--article n --told-by 2", "tolna-shelled tolna-taken"),
        ("--publishers 2", "tolna-shelled tolna-taken"),
        ("--figure killed", "m-157 tolna-shelled ambal-shelled"),
        ("--text villagers", "n-166"),
        ("--text PEACE --type Casualty", "m-157 tolna-shelled"),
        ("--text nothing", ""),
    ],
)
def test_options_select(cli: Cli, karsland: Path, options: str, ids: str) -> None:
    assert chosen(cli, karsland, *options.split()) == ids.split()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--type Atack", "no incident has the type 'Atack': expected one like Attack"),
        ("--place tolnaa", "no incident has the place 'tolnaa': expected one like tolna"),
        ("--side x", "no incident has the side 'x': expected one like government, opposition"),
        ("--source peacewatch", "the source 'peacewatch': expected one like peace-watch"),
        ("--status plan", "the status 'plan': expected one like planned"),
        ("--article 7", "the article '7': expected one like m, n, o"),
        ("--figure kill", "the figure 'kill': expected one like killed"),
        ("--level x", "the level 'x': expected one like incident, phase, total"),
    ],
)
def test_names_that_do_not_occur_are_refused(
    cli: Cli, karsland: Path, options: str, message: str
) -> None:
    result = cli("incidents", "--data", karsland, *options.split())
    assert result.returncode == 1
    assert message in result.stderr


def test_claims_are_no_map(cli: Cli, karsland: Path) -> None:
    result = cli("incidents", "--data", karsland, "--claims", "--format", "geojson")
    assert result.returncode == 2
    assert "--rows goes with tables, CSV, Excel, Parquet and JSON" in result.stderr


def test_the_table(cli: Cli, karsland: Path) -> None:
    result = cli("incidents", "--data", karsland, "--type", "TerritorialControl/change")
    words = [line.split() for line in result.stdout.splitlines() if not line.startswith("-")]
    assert [" ".join(line) for line in words] == [
        "id when where what who claims denials figures articles",
        "tolna-taken 2031-05-05 Territory: Tolna change Controller: government; army, "
        "evening-star rebels 2",
        "Opponent: opposition",
        "",
        "1 incident",
    ]


def test_claims_that_do_not_fit_are_left_out(cli: Cli, karsland: Path) -> None:
    command = ("incidents", "--data", karsland, "--claims", "--format", "json")
    rows = json.loads(cli(*command, "--type", "TerritorialControl/change").stdout)
    assert [(row["source"], row["stance"]) for row in rows] == [
        ("army", "asserts"),
        ("evening-star", "asserts"),
        ("rebels", "denies"),
    ]
    (row,) = json.loads(cli(*command, "--status", "negated").stdout)
    assert (row["source"], row["contested"], row["sentence"]) == (
        "rebels",
        True,
        "Rebels denied any loss of Tolna.",
    )


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_leaves_the_unknown_empty_and_totals_apart(cli: Cli, karsland: Path) -> None:
    result = cli("incidents", "--data", karsland, "--format", "csv")
    rows = {row["id"]: row for row in read(result.stdout)}
    numbers = {
        name: (row["killed_low"], row["killed_high"], row["killed_total_low"])
        for name, row in rows.items()
    }
    assert numbers == {
        "m-157": ("", "", "40"),
        "tolna-shelled": ("", "", ""),
        "ambal-shelled": ("24", "99", ""),
        **dict.fromkeys(("tolna-taken", "n-166", "m-144", "n-132", "o-7"), ("", "", "")),
    }
    assert rows["tolna-taken"]["acled_interaction"] == "State forces-Rebel group"
    assert rows["tolna-shelled"]["ucdp_best"] == ""
    assert rows["ambal-shelled"]["decided"] == "when name"


def test_articles_of_one_publisher_are_told_apart_from_publishers(cli: Cli, karsland: Path) -> None:
    path = karsland / "seeds" / "sources.toml"
    names = re.findall('publisher = "([^"]*)"', path.read_text("utf-8"))
    path.write_text(path.read_text("utf-8").replace(names[0], names[1]), "utf-8")
    assert chosen(cli, karsland, "--told-by", "2") == ["tolna-shelled", "tolna-taken"]
    assert chosen(cli, karsland, "--publishers", "2") == []
    result = cli("incidents", "--data", karsland, "--format", "csv", "--told-by", "2")
    assert {(row["articles"], row["publishers"]) for row in read(result.stdout)} == {("2", "1")}


def test_what_is_inherited_is_marked(cli: Cli, karsland: Path) -> None:
    """Without its own place, the dead of Port Ambal have that of the shelling."""
    lists = karsland / "annotations"
    for name in ("incidents.tsv", "incident-decisions.tsv"):
        (lists / name).unlink()
    path = lists / "gold" / "o.ann"
    path.write_text(path.read_text("utf-8").replace(" Count:T8 Place:T6", " Count:T8"), "utf-8")
    command = ("incidents", "--data", karsland, "--article", "o", "--type", "Casualty")
    (row,) = read(cli(*command, "--format", "csv").stdout)
    assert (row["id"], row["places"], row["inherited"]) == ("o-70", "port-ambal", "where: o:37-44")
    (incident,) = json.loads(cli(*command, "--format", "json").stdout)
    assert incident["inherited"] == {"where": ["o:37-44"]}


def test_claims_as_csv(cli: Cli, karsland: Path) -> None:
    result = cli("incidents", "--data", karsland, "--format", "csv", "--claims", "--article", "m")
    rows = {(row["incident"], row["source"]): row for row in read(result.stdout)}
    killed = rows["tolna-shelled", "peace-watch"]
    assert (killed["killed_low"], killed["killed_high"]) == ("12", "12")
    assert (killed["mentions"], killed["since"]) == ("m:86-92", "2031-05-06")
    assert rows["m-144", "peace-watch"]["killed_low"] == ""


def test_sources_count_their_claims(cli: Cli, karsland: Path) -> None:
    """The director speaks for the organisation: Peace Watch is one source."""
    result = cli("incidents", "--data", karsland, "--sources", "--format", "csv")
    rows = {row["source"]: row for row in read(result.stdout)}
    watch = rows["peace-watch"]
    assert (watch["claims"], watch["asserts"], watch["supposes"]) == ("4", "3", "1")
    assert watch["articles"] == "2"
    table = cli("incidents", "--data", karsland, "--sources").stdout
    assert table.splitlines()[2].split()[0] == "peace-watch"
    assert table.endswith("6 sources\n")


def test_unknown_values_are_null_in_json(cli: Cli, karsland: Path) -> None:
    result = cli("incidents", "--data", karsland, "--format", "json", "--place", "port-ambal")
    shelled, siege = json.loads(result.stdout)
    assert shelled["claims"][0]["since"] is None
    assert shelled["codes"]["acled_interaction"] is None
    assert siege["when"] is None
    assert siege["claims"][0]["figures"] == []
    assert set(siege["codes"].values()) == {None}


def features(text: str) -> dict[str, dict[str, Any] | None]:
    found = json.loads(text)
    assert found["type"] == "FeatureCollection"
    return {feature["id"]: feature["geometry"] for feature in found["features"]}


def test_geojson_has_the_longitude_first_and_no_made_up_points(cli: Cli, karsland: Path) -> None:
    out = karsland / "map.geojson"
    result = cli("incidents", "--data", karsland, "--format", "geojson", "--out", out)
    assert result.stdout == f"{out}: 8 incidents, 11 claims\n"
    found = features(out.read_text("utf-8"))
    assert found["tolna-taken"] == {"type": "Point", "coordinates": [20.25, 40.5]}
    assert found["ambal-shelled"] is None  # the gazetteer does not know where it is
    assert found["m-144"] is None


def test_an_incident_at_several_places_has_several_points(cli: Cli, karsland: Path) -> None:
    path = karsland / "annotations" / "places.toml"
    path.write_text(path.read_text("utf-8") + "latitude = 41\nlongitude = 21\n", "utf-8")
    values = karsland / "annotations" / "gold" / "o.values.tsv"
    text = values.read_text("utf-8").replace("\tPlace\ttolna\t", "\tPlace\ttolna+port-ambal\t")
    values.write_text(text, "utf-8")
    result = cli("incidents", "--data", karsland, "--format", "geojson")
    assert features(result.stdout)["o-7"] == {
        "type": "MultiPoint",
        "coordinates": [[21.0, 41.0], [20.25, 40.5]],
    }


# Predictions, and files of other formats


def test_a_result_answers_like_the_gold(cli: Cli, karsland: Path, tmp_path: Path) -> None:
    result_of(load_corpus(karsland), tmp_path / "r")
    shutil.copy(karsland / "annotations/incident-decisions.tsv", tmp_path / "r/annotations")
    for options in ("--rows events --article m", "--rows figures", "--type Casualty"):
        of_gold, of_result = (
            cli("incidents", *source, *options.split(), "--format", "csv").stdout
            for source in (("--data", karsland), ("r",))
        )
        columns = ("article", "start", "time_from", "place_id", "measure", "low", "killed_low")
        kept = [[[row.get(c) for c in columns] for row in read(t)] for t in (of_gold, of_result)]
        assert kept[0] == kept[1] != []


def test_the_ending_of_a_file_says_its_format(cli: Cli, karsland: Path, tmp_path: Path) -> None:
    for name in ("a.csv", "a.xlsx", "a.parquet", "a.json", "a.geojson", "a.txt"):
        result = cli("incidents", "--data", karsland, "--out", name)
        assert result.stdout == f"{name}: 8 incidents, 11 claims\n"
    assert len(read((tmp_path / "a.csv").read_text("utf-8"))) == 8
    assert len(json.loads((tmp_path / "a.json").read_text("utf-8"))) == 8
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames[0] == "incidents"
    assert pq.read_table(tmp_path / "a.parquet").num_rows == 8
    table = (tmp_path / "a.txt").read_text("utf-8")
    assert table == cli("incidents", "--data", karsland).stdout


def test_a_map_is_valid_geojson_with_plain_properties(
    cli: Cli, karsland: Path, tmp_path: Path
) -> None:
    cli("incidents", "--data", karsland, "--out", "a.geojson")
    found = geojson.loads((tmp_path / "a.geojson").read_text("utf-8"))
    assert isinstance(found, geojson.FeatureCollection)
    assert found.is_valid
    shown = {feature.id: feature.properties for feature in found.features}
    assert shown["tolna-taken"]["time_from"] == "2031-05-05"
    assert shown["ambal-shelled"]["killed_high"] == 99
    assert shown["tolna-taken"]["killed_low"] is None
    assert not any(isinstance(cell, list | dict) for row in shown.values() for cell in row.values())


@pytest.mark.parametrize("book", ["acled", "ucdp"])
def test_columns_of_other_datasets(cli: Cli, karsland: Path, tmp_path: Path, book: str) -> None:
    printed = cli("incidents", "--data", karsland, "--format", book).stdout
    assert len(read(printed)) == 2
    cli("incidents", "--data", karsland, "--format", book, "--out", "a.csv")
    assert (tmp_path / "a.csv").read_text("utf-8") == printed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--out a.csv --format json", "a.csv: ends in .csv, but --format json is written to .json"),
        ("--out a", "a: expected a name that ends in .txt, .csv, .xlsx, .parquet, .json"),
        ("--out a.doc", "a.doc: expected a name that ends in .txt, .csv, .xlsx"),
        ("--format ucdp --rows claims", "--rows goes with tables, CSV, Excel, Parquet and JSON"),
        ("--min-probability 0.5", "no incident has a probability"),
        ("--min-probability 5", "5.0 is not in the range 0<=x<=1"),
        ("here", "SOURCE, --corpus and --data name what to show: give one of them"),
    ],
)
def test_what_does_not_agree_is_one_error(
    cli: Cli, karsland: Path, tmp_path: Path, options: str, message: str
) -> None:
    before = sorted(tmp_path.iterdir())
    result = cli("incidents", "--data", karsland, *options.split())
    assert result.returncode != 0
    assert message in result.stderr
    assert result.stdout == ""
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_what_cannot_be_printed_is_written_to_a_new_file(
    cli: Cli, karsland: Path, tmp_path: Path, form: str
) -> None:
    command = ("incidents", "--data", karsland, "--format", form)
    assert cli(*command).stdout == f"incidents.{form}: 8 incidents, 11 claims\n"
    cli(*command, "--out", f"named.{form}")
    written = (tmp_path / f"incidents.{form}").read_bytes()
    assert written == (tmp_path / f"named.{form}").read_bytes()
    again = cli(*command)
    assert again.returncode != 0
    assert f"incidents.{form}: exists; name the file to write with --out" in again.stderr
    assert (tmp_path / f"incidents.{form}").read_bytes() == written


@pytest.mark.parametrize("rows", ["events", "figures"])
def test_wide_tables_fit_a_terminal(cli: Cli, karsland: Path, rows: str) -> None:
    lines = cli("incidents", "--data", karsland, "--rows", rows).stdout.splitlines()
    assert lines[-1] == {"events": "12 events", "figures": "5 figures"}[rows]
    assert max(map(len, lines)) < 240


def test_less_probable_incidents_are_left_out(cli: Cli, karsland: Path, tmp_path: Path) -> None:
    result_of(load_corpus(karsland), tmp_path / "r")
    path = tmp_path / "r" / "articles.jsonl"
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for record in records:
        for event in record["events"]:
            event["probability"] = 0.9 if record["id"] == "o" else 0.4
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    rows = read(cli("incidents", "r", "--format", "csv", "--min-probability", "0.5").stdout)
    assert {row["id"]: row["probability"] for row in rows} == {"ambal-shelled": "0.9", "o-7": "0.9"}
    command = ("incidents", "r", "--rows", "events", "--format", "csv")
    rows = read(cli(*command, "--min-probability", "0.5").stdout)
    assert {row["article"] for row in rows} == {"o"}
