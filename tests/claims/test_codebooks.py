"""Columns of ACLED, UCDP GED and PLOVER: filled where the annotations allow it, else empty."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from conftest import ROOT

from eventbench import Claim, Incident, Span
from eventbench.claims.codebooks import COLUMNS, FIELDS, Reading, codes, opponents, read_reading
from eventbench.claims.model import Figure, Location, Mention, Participant, Party, When
from eventbench.corpus.loading import read_corpus_scheme

TABLE = ROOT / "annotations" / "incidents.toml"


@pytest.fixture(scope="module")
def reading() -> Reading:
    return read_reading(TABLE)


def incident(
    label: str,
    *parties: tuple[str, str, str],
    people: tuple[str, ...] = (),
    killed: tuple[int | None, int | None] | None = None,
    days: int = 1,
    stance: str = "asserts",
) -> Incident:
    """An incident of one mention, in a town."""
    kind, _, subtype = label.partition("/")
    mention = Mention(
        "a", Span(0, 3), "E1", "hit", "a-001", "They hit it.", kind, {"subtype": subtype}
    )
    figures = () if killed is None else (Figure(mention, "killed", "", "some", *killed),)
    claim = Claim("army", "", "", "", stance, date(2031, 5, 6), (mention,), figures, False)
    return Incident(
        id="x",
        level="incident",
        mentions=(mention,),
        when=When(date(2031, 5, 1), date(2031, 5, days), "day"),
        where=(Location("tolna", "Tolna", "Place", "is", "town"),),
        parties=tuple(Party(*party) for party in parties),
        participants=tuple(Participant("Target", kind, "them") for kind in people),
        claims=(claim,),
    )


def test_the_table_names_only_what_the_scheme_has() -> None:
    scheme = read_corpus_scheme(ROOT)
    subtypes = scheme.attributes["subtype"]
    labels = {*scheme.event_types, *subtypes.labels()}
    kinds = {*scheme.span_attributes["kind"].labels()}
    table = tomllib.loads(TABLE.read_text("utf-8"))
    assert {*table["measures"], *table["caused"]["by"], *table["caused"]["types"]} <= labels
    for name in COLUMNS:
        for rule in table[name].get("rule", ()):
            assert {*rule["types"]} <= labels
            assert {*rule.get("doers", ())} <= kinds
        for encounter in table[name].get("encounter", ()):
            assert {encounter["first"], encounter["second"]} <= kinds | {"civilian"}
    roles = {role for named in scheme.roles.values() for role in named}
    assert {*table["roles"]["doers"], *table["roles"]["others"]} <= roles
    assert {*table["roles"]["mutual"]} <= labels
    classes = {*scheme.span_attributes["class"].labels()}
    assert {*table["classes"]["civilians"], *table["classes"]["fighters"]} <= classes


def test_every_codebook_names_its_edition(reading: Reading) -> None:
    assert {*reading.books} == {*COLUMNS}
    assert all(any(c.isdigit() for c in book.edition) for book in reading.books.values())


ARMY = ("Attacker", "government", "state")
ALLY = ("Attacker", "russia", "foreign-state")
REBELS = ("Attacker", "opposition", "armed-group")


@pytest.mark.parametrize(
    ("found", "sides"),
    [
        (incident("Attack/clash", ARMY, REBELS), ("state", "armed-group")),
        # Two who strike together are not each other's opponents.
        (incident("Attack/air-strike", ARMY, ALLY), ("state", "")),
        # Of three in a clash it is not said who stands with whom.
        (incident("Attack/clash", ARMY, ALLY, REBELS), ("state", "")),
        (incident("Attack/shelling", ARMY, people=("civilian", "home")), ("state", "civilian")),
        (incident("Attack/shelling", ARMY, people=("civilian", "combatant")), ("state", "")),
        (
            incident(
                "TerritorialControl/change",
                ("Controller", "government_russia", "state_foreign-state"),
                ("Opponent", "opposition", "armed-group"),
            ),
            ("state", "armed-group"),
        ),
        (incident("Attack/other"), ("", "")),
    ],
)
def test_the_two_sides(reading: Reading, found: Incident, sides: tuple[str, str]) -> None:
    assert opponents(found, reading) == sides


def test_an_event_without_deaths_is_not_in_ucdp(reading: Reading) -> None:
    for killed in (None, (None, None), (0, 0)):
        found = codes(incident("Attack/clash", ARMY, REBELS, killed=killed), reading)
        assert not any(column.startswith("ucdp") for column in found)


@pytest.mark.parametrize(
    ("killed", "expected"),
    [
        ((12, 12), {"ucdp_best": 12, "ucdp_low": 12, "ucdp_high": 12}),
        ((40, None), {"ucdp_low": 40}),
        ((None, 5), {"ucdp_high": 5}),
        ((24, 99), {"ucdp_low": 24, "ucdp_high": 99}),
    ],
)
def test_the_best_figure_is_never_guessed(
    reading: Reading, killed: tuple[int | None, int | None], expected: dict[str, int]
) -> None:
    found = codes(incident("Attack/clash", ARMY, REBELS, killed=killed), reading)
    assert {c: n for c, n in found.items() if c.split("_")[1] in ("best", "low", "high")} == (
        expected
    )
    assert found["ucdp_type_of_violence"] == 1


@pytest.mark.parametrize(
    ("days", "acled", "ucdp"), [(1, 1, 1), (6, 2, 2), (7, 2, 3), (8, 3, 4), (31, 3, 4)]
)
def test_precision_of_time(reading: Reading, days: int, acled: int, ucdp: int) -> None:
    found = codes(incident("Attack/clash", killed=(1, 1), days=days), reading)
    assert (found["acled_time_precision"], found["ucdp_date_prec"]) == (acled, ucdp)


def test_a_vague_time_has_no_precision(reading: Reading) -> None:
    found = incident("Attack/clash")
    assert found.when is not None
    vague = replace(found, when=replace(found.when, vague=True))
    assert "acled_time_precision" not in codes(vague, reading)
    assert "acled_time_precision" not in codes(replace(found, when=None), reading)


def test_precision_of_place_is_that_of_the_coarsest(reading: Reading) -> None:
    found = incident("Attack/clash", killed=(1, 1))
    (town,) = found.where
    province = replace(town, id="hills", kind="governorate")
    near = replace(town, precision="near")
    unknown = replace(town, kind="")
    for places, expected in (
        ((town,), 1), ((town, province), 4), ((near,), 2), ((town, unknown), None), ((), None),
    ):  # fmt: skip
        assert codes(replace(found, where=places), reading).get("ucdp_where_prec") == expected


def test_who_gains_decides_what_a_change_is(reading: Reading) -> None:
    def change(*parties: tuple[str, str, str]) -> tuple[object, object]:
        found = codes(incident("TerritorialControl/change", *parties), reading)
        return found.get("acled_sub_event_type"), found.get("plover_event_type")

    gains = "Government regains territory", "ASSAULT"
    assert change(("Controller", "government", "state")) == gains
    overtakes = "Non-state actor overtakes territory", "ASSAULT"
    assert change(("Controller", "opposition", "armed-group")) == overtakes
    assert change(("Opponent", "opposition", "armed-group")) == (None, "RETREAT")


@pytest.mark.parametrize("stance", ["denies", "negates", "announces", "expects", "supposes"])
def test_what_nobody_says_took_place_has_no_columns(reading: Reading, stance: str) -> None:
    assert codes(incident("Attack/clash", ARMY, REBELS, stance=stance), reading) == {}
    assert codes(incident("Attack/clash", ARMY, REBELS, stance="doubts"), reading)


def test_totals_and_phases_have_no_columns(reading: Reading) -> None:
    for level in ("phase", "total"):
        found = replace(incident("Attack/clash", ARMY, REBELS), level=level)
        assert codes(found, reading) == {}


def test_without_a_table_nothing_is_mapped_and_types_name_the_figures(tmp_path: Path) -> None:
    reading = read_reading(tmp_path / "incidents.toml")
    assert reading == Reading()
    assert codes(incident("Attack/clash", ARMY, REBELS, killed=(1, 1)), reading) == {}
    assert reading.measure("Casualty/killed") == "casualty/killed"


def test_columns_are_in_the_order_of_the_codebooks(reading: Reading) -> None:
    found = codes(incident("Attack/clash", ARMY, REBELS, killed=(3, 3)), reading)
    assert [*found] == [column for column in FIELDS if column in found]
