"""The ten questions of docs/questions.md: what their commands answer is what the articles say.

Each fact was looked up in the articles.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from conftest import ROOT

from eventbench.cli.main import main

COMMANDS = re.findall(
    r"^\*\*(\d+)\. .*?^eventbench (.*?)$",
    (ROOT / "docs" / "questions.md").read_text("utf-8"),
    re.MULTILINE | re.DOTALL,
)

Row = dict[str, Any]


def answer(number: int, capsys: pytest.CaptureFixture[str]) -> list[Row]:
    """The rows that the command of a question gives, with times as intervals."""
    command = dict(COMMANDS)[str(number)]
    assert main([*command.split(), "--format", "json"]) in (None, 0)
    rows: list[Row] = json.loads(capsys.readouterr().out)
    return [{**row, "when": row["when"]["interval"]} if row.get("when") else row for row in rows]


def said(rows: list[Row], *columns: str) -> set[tuple[Any, ...]]:
    return {tuple(row[column] for column in columns) for row in rows}


FACTS: dict[int, tuple[tuple[str, ...], set[tuple[Any, ...]]]] = {
    1: (  # the army says that it took the district, the rebels that they repelled it
        ("source", "stance", "contested"),
        {("syrian-army", "asserts", True), ("rebels", "denies", True)},
    ),
    2: (  # "more than 500 ... since 19 September", later "more than 800", later 950
        ("source", "killed_total_low", "since"),
        {
            ("white-helmets", 500, "2016-09-30"),
            ("white-helmets", 800, "2016-11-10"),
            ("middle-east-observer", 950, "2016-11-22"),
            ("deutsche-welle", 450, "2016-11-12"),
        },
    ),
    3: (("id",), {("encirclement",), ("corridor-opened",), ("october-gains",)}),
    4: (("source", "stance"), {("middle-east-observer", "asserts")}),
    5: (
        ("id", "when"),
        {
            ("handarat-camp", "2016-09-29/2016-09-29"),
            ("masaken-hanano", "2016-11-22/2016-11-22"),
        },
    ),
    6: (  # a family of six, killed by chlorine in Sakhour on 20 November
        ("source", "killed_low", "killed_high", "time_from"),
        {("middle-east-observer", 6, 6, "2016-11-20")},
    ),
    7: (  # the army says that it advanced; a rebel official that it was driven back
        ("source", "side", "stance"),
        {
            ("syrian-army", "government", "asserts"),
            ("rebel-official", "opposition", "asserts"),
            ("fastaqim", "opposition", "asserts"),
        },
    ),
    8: (("source", "kind"), {("sohr", "monitor"), ("white-helmets", "rescue")}),
    9: (  # the rebels' factions say that they will not leave
        ("source", "stance"),
        {("syrian-government", "announces"), ("rebel-factions", "negates")},
    ),
    10: (("id",), {("october-offensive",), ("battles-two-weeks",), ("siege-of-east-aleppo",)}),
}
"""What has to be among the answers: columns, and their values in some row."""


def test_there_are_ten_questions() -> None:
    assert [int(number) for number, _ in COMMANDS] == [*FACTS] == [*range(1, 11)]


@pytest.mark.parametrize("number", FACTS)
def test_a_question_is_answered_as_the_articles_say(
    number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    columns, facts = FACTS[number]
    assert facts <= said(answer(number, capsys), *columns)


def test_no_toll_counts_less_later(capsys: pytest.CaptureFixture[str]) -> None:
    """Of one source and one beginning, running totals only grow."""
    totals: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for row in answer(2, capsys):
        if row["killed_total_low"] is not None and row["time_from"]:
            key = row["source"], row["time_from"]
            totals.setdefault(key, []).append((row["time_to"], row["killed_total_low"]))
    assert ("white-helmets", "2016-09-19") in totals
    for figures in totals.values():
        ordered = [number for _, number in sorted(figures)]
        assert ordered == sorted(ordered)


def test_one_day_has_only_what_covers_it(capsys: pytest.CaptureFixture[str]) -> None:
    day = "2016-11-12"
    for row in answer(10, capsys):
        first, last = row["when"].split("/")
        assert first[:10] <= day <= last[:10]
