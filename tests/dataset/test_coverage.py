"""Counts of every type and value, against what a corpus wants at least."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from conftest import Cli
from making import write_ships

import eventbench as eb
from eventbench import EventbenchError, load_corpus
from eventbench.annotation.validate import validate
from eventbench.dataset.coverage import coverage


@pytest.fixture
def ships(tmp_path: Path) -> Path:
    return write_ships(tmp_path / "ships")


def with_minimum(corpus: Path, lines: str) -> Path:
    path = corpus / "annotations/corpus.toml"
    path.write_text(f"{path.read_text('utf-8')}\n[minimum]\n{lines}\n", "utf-8")
    return corpus


def test_everything_is_counted_by_hand(ships: Path) -> None:
    found = {(one.of, one.name): (one.count, one.share) for one in coverage(ships).counts}
    # Four articles of four sentences: an arrival, a departure and two accidents each.
    assert found == {
        ("type", "Arrival"): (4, 0.25),
        ("type", "Departure"): (4, 0.25),
        ("type", "Accident"): (8, 0.5),
        ("kind", "Accident/fire"): (4, 0.5),
        ("kind", "Accident/collision"): (4, 0.5),
        ("cargo", "coal"): (4, 0.5),
        ("cargo", "grain"): (4, 0.5),
        ("delayed", "delayed"): (4, 0.25),
        ("link", "SameVoyage"): (0, None),
        ("corpus", "articles"): (4, None),
        ("corpus", "invented"): (0, None),
        ("corpus", "tokens"): (4 * (7 + 11 + 9 + 6), None),
        ("corpus", "sentences"): (16, None),
        ("corpus", "sentences without event"): (0, None),
        ("corpus", "events"): (16, None),
        ("corpus", "trigger lemmas"): (4, None),
    }


def test_attributes_of_spans_and_sources_are_named_by_what_they_are_of(karsland: Path) -> None:
    corpus = load_corpus(karsland)
    found = {one.name: one.count for one in coverage(corpus).counts}
    events = [event for document in corpus.documents for event in document.events]
    sides = Counter(a.attributes.get("side") for e in events for a in e.arguments)
    assert found["side:government"] == sides["government"] > 0
    classes = Counter(a.attributes.get("class") for e in events for a in e.arguments)
    assert found["class:civilian"] == classes["civilian"] > 0
    sourced = sum(event.source is not None for event in events)
    kinds = {name: count for name, count in found.items() if name.startswith("source:")}
    assert sum(kinds.values()) == sourced > 0
    assert found["contested"] == sum(e.attributes["contested"] == "yes" for e in events)


def test_registers_and_invented_articles_are_counted(ships: Path, cli: Cli) -> None:
    path = ships / "seeds/sources.toml"
    first, *rest = path.read_text("utf-8").split("[[article]]\n")[1:]
    lines = ['register = "report"\ninvented = true\n', 'register = "diary"\n', "", ""]
    parts = [f"[[article]]\n{line}{a}" for line, a in zip(lines, [first, *rest], strict=True)]
    path.write_text("".join(parts), "utf-8")
    assert validate(ships) == []
    found = {one.name: one.count for one in coverage(ships).counts}
    assert (found["register:report"], found["register:diary"], found["invented"]) == (1, 1, 1)
    eb.build(ships.parent / "dataset", corpus=ships)
    card = (ships.parent / "dataset/README.md").read_text("utf-8")
    assert "The annotations are under CC0-1.0, the texts under CC0-1.0. 1 of 4 articles are" in card


@pytest.mark.parametrize(
    ("line", "message"),
    [("register = 3", "register is 3, expected a string"), ('invented = "yes"', "invented is 'ye")],
)
def test_wrong_facts_of_articles_are_refused(ships: Path, line: str, message: str) -> None:
    path = ships / "seeds/sources.toml"
    path.write_text(path.read_text("utf-8").replace("[[article]]", f"[[article]]\n{line}", 1))
    with pytest.raises(EventbenchError, match=message):
        load_corpus(ships)


def test_counts_are_shown_against_a_minimum(ships: Path, cli: Cli) -> None:
    with_minimum(ships, 'Arrival = 4\n"Accident/fire" = 10\n"trigger lemmas" = 3\ndelayed = 5')
    result = cli("data", "stats", "--coverage", "--data", ships)
    assert result.returncode == 0
    lines = {line.split("  ")[0] + line[11:].strip(): line for line in result.stdout.splitlines()}
    rows = [line.split() for line in lines.values()]
    assert ["type", "Arrival", "4", "25.0", "4", "–"] in rows
    assert ["kind", "Accident/fire", "4", "50.0", "10", "6"] in rows
    assert ["delayed", "delayed", "4", "25.0", "5", "1"] in rows
    assert ["corpus", "trigger", "lemmas", "4", "3", "–"] in rows
    assert ["cargo", "coal", "4", "50.0"] in rows
    found = json.loads(cli("data", "stats", "--coverage", "--json", "--data", ships).stdout)
    by_name = {one["name"]: one for one in found["coverage"]}
    assert (by_name["Accident/fire"]["minimum"], by_name["Accident/fire"]["missing"]) == (10, 6)
    assert (by_name["coal"]["minimum"], by_name["coal"]["missing"]) == (None, 0)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("fires = 3", "minimum has 'fires', expected a value that `eventbench data stats"),
        ("coal = 0", "minimum: coal is 0, expected 1 or more"),
        ('coal = "1"', "minimum: coal is '1', expected an integer"),
    ],
)
def test_a_minimum_of_nothing_is_refused(ships: Path, line: str, message: str) -> None:
    with pytest.raises(EventbenchError, match=rf"corpus\.toml: {message}"):
        coverage(with_minimum(ships, line))


def test_a_corpus_without_minimum_shows_no_such_columns(ships: Path) -> None:
    assert str(coverage(ships)).splitlines()[0].split() == ["of", "value", "count", "%"]
