"""Differences between two annotators, decisions on them, and the gold that comes of both."""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT, Cli, files_below
from made_annotators import another_annotator
from making import article

import eventbench as eb
from eventbench import Argument, Corpus, Document, Event, EventbenchError, Link, Span
from eventbench.annotation.comparing import compare_article
from eventbench.annotation.decisions import COLUMNS, Decision, Decisions
from eventbench.annotation.differences import Difference
from eventbench.annotation.event_pairs import counted
from eventbench.annotation.merging import merge
from eventbench.annotation.other_readings import find_span
from eventbench.corpus import standoff
from eventbench.io import read_table

Choice = Callable[[Difference[object]], str]


def merged(a: Document, b: Document, corpus: Corpus, choose: Choice) -> Document:
    """The article by decisions, as its file has it."""
    compared, decisions = compare_article(a, b, corpus.scheme), Decisions()
    for difference in compared.all:
        if decisions.is_needed(difference):
            decisions[difference.id] = Decision(choose(difference), "T1", "why")
    found = merge(compared, decisions, corpus.scheme)
    ann = standoff.write(found.events, found.links, found.text, corpus.scheme)
    events, links, problems = standoff.parse(ann, found.text, corpus.scheme, "merged")
    assert problems == []
    return replace(found, events=events, links=links)


def asked(a: Document, b: Document, corpus: Corpus) -> dict[str, tuple[object, object]]:
    """What is asked about the first event of tests/tiny or a link, and both readings."""
    found = compare_article(a, b, corpus.scheme).all
    return {d.id.split(":", 2)[2]: (d.a, d.b) for d in found}


@pytest.fixture
def corpus_a(tiny: Path) -> Corpus:
    return eb.load_corpus(tiny)


def with_first(document: Document, **changes: object) -> Document:
    """The article with fields of its first event replaced."""
    first, *others = document.events
    return replace(document, events=(replace(first, **changes), *others))


# Which way decisions go


@pytest.mark.parametrize("name", ["aleppo", "harbour", "aleppo-1"])
def test_who_always_agrees_with_one_annotator_gets_what_that_one_has(name: str) -> None:
    """Changes of every kind; SameEvent by its groups, numbers by whom they count."""
    known = name if name != "harbour" else ROOT / "tests/harbour"
    corpus = eb.load_corpus(known)
    for seed, document in enumerate(corpus.documents[:3]):
        other = another_annotator(document, corpus.scheme, seed)
        assert len(compare_article(document, other, corpus.scheme).all) > 4
        for side, annotator in (("a", document), ("b", other)):
            gold = merged(document, other, corpus, lambda _, side=side: side)
            assert compare_article(gold, annotator, corpus.scheme).all == ()
            assert len(gold.links) == len({*gold.links})


def test_any_decisions_make_a_gold_of_the_scheme(corpus: Corpus) -> None:
    drawn = random.Random(5)
    for seed, document in enumerate(corpus.documents[:3]):
        other = another_annotator(document, corpus.scheme, seed)
        gold = merged(document, other, corpus, lambda d: drawn.choice([*d.options]))
        kept = {(e.type, e.trigger) for e in gold.events}
        assert kept <= {(e.type, e.trigger) for e in (*document.events, *other.events)}


def test_what_is_open_is_left_out(corpus_a: Corpus) -> None:
    first = corpus_a.documents[0]
    other = with_first(first, attributes={**first.events[0].attributes, "status": "planned"})
    other = replace(other, events=other.events[:-1])
    compared = compare_article(first, other, corpus_a.scheme)
    found = merge(compared, Decisions(), corpus_a.scheme)
    assert [e.type for e in found.events] == [e.type for e in first.events[:-1]]
    assert found.events[0].attributes.keys() == {"subtype", "reported", "contested"}


# What is asked


def test_nothing_is_asked_where_both_agree(corpus_a: Corpus) -> None:
    first = corpus_a.documents[0]
    assert asked(first, first, corpus_a) == {}
    gold = merged(first, first, corpus_a, lambda _: "")
    assert standoff.write(gold.events, gold.links, gold.text, corpus_a.scheme) == (
        corpus_a.root / "annotations/gold/a.ann"
    ).read_text("utf-8")


def test_an_event_that_only_one_has_is_asked_once_with_all_that_it_brings(
    corpus_a: Corpus,
) -> None:
    first = corpus_a.documents[0]
    killing = first.events[2]
    other = replace(first, events=tuple(e for e in first.events if e is not killing), links=())
    (readings,) = asked(first, other, corpus_a).values()
    assert readings == (
        (
            *("Casualty killing", "subtype killed", "status actual", "reported attributed"),
            *("contested yes", "Count 12", "Victim civilians", "source doctor"),
            "shelled Causes killing",
        ),
        (),
    )
    kept = merged(first, other, corpus_a, lambda _: "a")
    assert (len(kept.events), len(kept.links)) == (4, 1)
    dropped = merged(first, other, corpus_a, lambda _: "b")
    assert (len(dropped.events), len(dropped.links)) == (3, 0)


def test_another_type_at_one_place_takes_the_whole_reading(corpus_a: Corpus) -> None:
    first = corpus_a.documents[0]
    shelled = first.events[1]
    place = Argument("Place", Span(53, 57))
    typed = Event("X", "Casualty", shelled.trigger, (place,), {"subtype": "other"})
    other = replace(first, events=(first.events[0], typed, *first.events[2:]), links=())
    found = compare_article(first, other, corpus_a.scheme)
    assert [(d.about, [*d.options]) for d in found.all] == [
        ("type of event", ["a", "b", "neither"])
    ]
    gold = merged(first, other, corpus_a, lambda _: "b")
    assert (gold.events[1].type, gold.events[1].arguments) == ("Casualty", (place,))
    assert [e.type for e in merged(first, other, corpus_a, lambda _: "neither").events] == [
        "TerritorialControl", "Casualty", "Attack",
    ]  # fmt: skip


def test_if_an_event_is_dropped_nothing_else_is_asked_about_it(corpus_a: Corpus) -> None:
    first = corpus_a.documents[0]
    wider = {**first.events[0].attributes, "status": "planned"}
    other = with_first(first, trigger=Span(7, 15), attributes=wider)
    trigger, status = compare_article(first, other, corpus_a.scheme).all
    assert (trigger.about, status.about) == ("trigger", "status")
    assert status.depends_on == (trigger.id,)
    made = Decisions({trigger.id: Decision("neither", "T1", "why")})
    assert not made.is_needed(status)
    gold = merged(first, other, corpus_a, lambda _: "neither")
    assert [e.type for e in gold.events] == ["Attack", "Casualty", "Attack"]


def test_who_asserts_goes_with_the_source(corpus_a: Corpus) -> None:
    first = corpus_a.documents[0]
    attributes = {**first.events[0].attributes, "reported": "attributed"}
    other = with_first(first, attributes=attributes, source=Span(83, 89))
    assert asked(first, other, corpus_a) == {
        "reported+source": (("author",), ("attributed", "source doctor"))
    }
    gold = merged(first, other, corpus_a, lambda _: "b")
    assert gold.events[0].source == Span(83, 89)
    assert gold.events[0].attributes["reported"] == "attributed"


def test_a_source_that_nobody_is_can_be_dropped(corpus_a: Corpus) -> None:
    first = corpus_a.documents[0]
    one, other = (with_first(first, source=span) for span in (Span(83, 89), Span(0, 6)))
    (found,) = compare_article(one, other, corpus_a.scheme).all
    assert (found.about, found.a, found.b) == ("source", ("doctor",), ("Rebels",))
    sources = {
        choice: merged(one, other, corpus_a, lambda _, c=choice: c).events[0].source
        for choice in ("a", "b", "neither")
    }
    assert sources["a"] == Span(83, 89)
    assert sources["b"] == Span(0, 6)
    assert sources["neither"] is None


def test_words_in_several_events_are_asked_about_once(corpus_a: Corpus) -> None:
    first = corpus_a.documents[0]
    actor = first.events[1].arguments[0]
    killing = first.events[2]
    both = replace(killing, arguments=(replace(actor, role="Agent"), *killing.arguments))
    one = replace(first, events=(*first.events[:2], both, first.events[3]))
    said = {"side": "opposition"}
    shelled = first.events[1]
    changed = (
        replace(shelled, arguments=(replace(actor, attributes=said), *shelled.arguments[1:])),
        replace(both, arguments=(replace(both.arguments[0], attributes=said), *both.arguments[1:])),
    )
    other = replace(one, events=(first.events[0], *changed, first.events[3]))
    assert asked(one, other, corpus_a) == {"side:Actor": (("government",), ("opposition",))}
    gold = merged(one, other, corpus_a, lambda _: "b")
    sides = [a.attributes for e in gold.events[1:3] for a in e.arguments if a.span == actor.span]
    assert sides == [said, said]


def test_counts_keep_those_that_they_count(corpus_a: Corpus) -> None:
    first = corpus_a.documents[0]
    killing = first.events[2]
    count, victim = killing.arguments
    doctor = Argument("Victim", Span(83, 89))
    changed = (replace(count, number=2), replace(victim, number=2), doctor)
    other = replace(
        first, events=(*first.events[:2], replace(killing, arguments=changed), first.events[3])
    )
    assert [*asked(first, other, corpus_a)] == ["Victim:83-89"]
    numbers = {
        side: [(a.role, a.number) for a in merged(first, other, corpus_a, lambda _, s=side: s)
               .events[2].arguments]
        for side in "ab"
    }  # fmt: skip
    assert numbers["a"] == [("Count", 1), ("Victim", 1)]
    assert numbers["b"] == [("Count", 2), ("Victim", 2), ("Victim", 1)]
    apart = (count, replace(victim, number=2))
    third = replace(
        first, events=(*first.events[:2], replace(killing, arguments=apart), first.events[3])
    )
    assert asked(first, third, corpus_a) == {"counts": (("Count 12 counts Victim civilians",), ())}


@pytest.mark.parametrize(
    ("role", "read", "decided"),
    [("Victim", Span(70, 82), "civilians, a doctor"), ("Count", Span(59, 69), "12 civilians")],
)
@pytest.mark.parametrize("has_another_reading", [True, False])
def test_other_words_keep_those_that_they_count(
    corpus_a: Corpus, role: str, read: Span, decided: str, has_another_reading: bool
) -> None:
    first = corpus_a.documents[0]
    killing = first.events[2]
    (kept,) = (a for a in killing.arguments if a.role != role)
    (own,) = (a for a in killing.arguments if a.role == role)

    def with_arguments(*arguments: Argument) -> Document:
        changed = replace(killing, arguments=arguments)
        return replace(first, events=(*first.events[:2], changed, first.events[3]))

    one = with_arguments(kept, *([own] if has_another_reading else []))
    other = with_arguments(replace(kept, number=2), Argument(role, read, number=2))
    for a, b in ((one, other), (other, one)):
        gold = merged(a, b, corpus_a, lambda d: decided if d.about == role else "a")
        (pair,) = counted(gold.events[2], corpus_a.scheme)
        words = {name: span.text_in(first.text) for name, span in pair}
        assert words == {kept.role: kept.span.text_in(first.text), role: decided}


def test_two_ways_to_link_one_group_are_no_difference(corpus_a: Corpus) -> None:
    first = corpus_a.documents[0]
    ids = [event.id for event in first.events]

    def linked(*pairs: tuple[int, int]) -> Document:
        return replace(first, links=tuple(Link("SameEvent", ids[i], ids[k]) for i, k in pairs))

    chain, star = linked((0, 1), (1, 2)), linked((0, 2), (2, 1))
    assert asked(chain, star, corpus_a) == {}
    assert [*asked(chain, linked((0, 1)), corpus_a)] == ["SameEvent:59-66"]
    # The event in the middle is dropped: the others stay one group.
    without = replace(linked((0, 2)), events=(first.events[0], *first.events[2:]))
    gold = merged(chain, without, corpus_a, lambda _: "b")
    assert [k.type for k in gold.links] == ["SameEvent"]
    assert len(merged(chain, without, corpus_a, lambda _: "a").links) == 2


def test_links_of_one_pair_are_one_question(corpus_a: Corpus) -> None:
    first = corpus_a.documents[0]
    ids = [event.id for event in first.events]
    causes, back = Link("Causes", ids[1], ids[3]), Link("Causes", ids[3], ids[1])
    one, other = replace(first, links=(causes,)), replace(first, links=(back,))
    (found,) = compare_article(one, other, corpus_a.scheme).all
    assert (found.a, found.b) == (("shelled Causes shelling",), ("shelling Causes shelled",))
    assert [*found.options] == ["a", "b", "neither", "both"]
    ends = {
        choice: [(k.first, k.second) for k in merged(one, other, corpus_a, lambda _, c=choice: c)
                 .links]
        for choice in found.options
    }  # fmt: skip
    assert ends == {
        "a": [("E2", "E4")],
        "b": [("E4", "E2")],
        "neither": [],
        "both": [("E2", "E4"), ("E4", "E2")],
    }


@pytest.mark.parametrize(
    ("about", "decision", "expected"),
    [
        ("Territory", "the city", Span(12, 20)),
        ("Territory", "12-15", Span(12, 15)),
        ("status", "hypothetical", "hypothetical"),
    ],
)
def test_neither_reading_need_be_right(
    corpus_a: Corpus, about: str, decision: str, expected: object
) -> None:
    first = corpus_a.documents[0]
    took = first.events[0]
    rebels, _, monday = took.arguments
    attributes = {**took.attributes, "status": "planned"}
    other = with_first(first, attributes=attributes, arguments=(rebels, monday))
    gold = merged(first, other, corpus_a, lambda d: decision if d.about == about else "a")
    territory = gold.events[0].arguments[1].span
    assert (gold.events[0].attributes["status"] if about == "status" else territory) == expected


# Files


def fill(table: Path, out: Path, **by_about: tuple[str, str, str]) -> Path:
    """Fill in a table of decisions: by what a row is about, else "a"."""
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, dialect="excel-tab"))
    for row in rows:
        made = by_about.get(row["about"].replace(" ", "_"), ("a", "A1", "as A says"))
        row.update(zip(COLUMNS[-3:], made, strict=True))
    return write_rows(out, rows)


def write_rows(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, dialect="excel-tab")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def annotators(tiny: Path) -> tuple[Path, Path]:
    """Two directories: B has no event "shelling", and other readings of two more."""
    gold = tiny / "annotations/gold"
    changes: Mapping[str, str] = {
        "Status E1 actual": "Status E1 planned",
        "T3\tPlace 16 20\tcity": "T3\tPlace 12 20\tthe city",
        "A2\tTerritorialControlSubtype E1 change": "A2\tTerritorialControlSubtype E1 siege",
    }
    text = (gold / "a.ann").read_text("utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    lines = text.splitlines(keepends=True)
    dropped = ("T12\t", "T13\t", "T14\t", "T15\t", "T16\t", "E4\t", "A13\t", "A14\t")
    lines = [k for k in lines if not k.startswith(dropped) and " E4 " not in k]
    shutil.copytree(gold, tiny / "anna")
    shutil.copytree(gold, tiny / "ben")
    (tiny / "ben/a.ann").write_text("".join(lines), "utf-8")
    return tiny / "anna", tiny / "ben"


def test_a_table_is_filled_in_and_becomes_a_gold(
    tiny: Path, annotators: tuple[Path, Path], tmp_path: Path
) -> None:
    found = eb.adjudicate(*annotators, tmp_path / "open", corpus=tiny)
    out = tmp_path / "open"
    assert str(found) == (
        f"{out}: 2 articles, 4 differences\n"
        f"To decide: open {out}/decisions.html, or fill in {out}/decisions.tsv\n"
        "Then repeat the command with --decisions FILE and another --out"
    )
    filled = fill(
        tmp_path / "open/decisions.tsv",
        tmp_path / "filled.tsv",
        status=("hypothetical", "A1, A2", 'neither: "took"'),
        event=("B", "T1", "no event"),
        Territory=("b", "S1", "whole phrase"),
    )
    found = eb.adjudicate(*annotators, tmp_path / "gold", corpus=tiny, decisions=filled)
    assert found.problems == ()
    assert str(found).endswith(f"\nThe gold is in {tmp_path}/gold/gold")
    assert read_table(tmp_path / "gold/adjudication.tsv", 7) == [
        (2, ["a", "7-11", "subtype change", "subtype siege", "subtype change", "A1", "as A says"]),
        (3, ["a", "7-11", "status actual", "status planned", "status hypothetical", "A1, A2",
             'neither: "took"']),
        (4, ["a", "7-11", "Territory city", "Territory the city", "Territory the city", "S1",
             "whole phrase"]),
        (5, ["a", "144-152", "Attack shelling; subtype shelling; status actual; reported "
             "attributed; Attacker army (side government); Target Kafr Hamra; Time Tuesday; "
             "source Rebels", "-", "-", "T1", "no event"]),
    ]  # fmt: skip
    for path in (tmp_path / "gold/gold").glob("*.ann"):
        shutil.copy(path, tiny / "annotations/gold")
    shutil.copy(tmp_path / "gold/adjudication.tsv", tiny / "annotations")
    (tiny / "annotations/not-events.tsv").write_text(
        "article\tstart\tend\tword\trule\treason\na\t144\t152\tshelling\tT1\tas decided\n", "utf-8"
    )
    assert eb.validate(tiny) == []
    took = eb.load_corpus(tiny).documents[0].events[0]
    assert (took.attributes["status"], took.arguments[1].span) == ("hypothetical", Span(12, 20))
    again = eb.adjudicate(*annotators, tmp_path / "again", corpus=tiny, decisions=filled)
    assert files_below(again.out) == files_below(found.out)
    assert {*files_below(tmp_path / "open")} == {
        "decisions.html", "decisions.tsv", "agreed/a.ann", "agreed/a.txt", "agreed/b.ann",
        "agreed/b.txt",
    }  # fmt: skip


def test_where_both_agree_nothing_is_to_be_decided(tiny: Path, tmp_path: Path) -> None:
    gold = tiny / "annotations/gold"
    found = eb.adjudicate(gold, gold, tmp_path / "out", corpus=tiny)
    assert (found.differences, found.is_decided) == ((), True)
    written = files_below(tmp_path / "out")
    assert written["gold/a.ann"] == (gold / "a.ann").read_bytes()
    assert written["adjudication.tsv"].count(b"\n") == 1
    assert repr(found) == f"Adjudication('{tmp_path}/out', 0 differences)"


def test_problems_of_the_gold_are_named(
    tiny: Path, annotators: tuple[Path, Path], tmp_path: Path
) -> None:
    for folder in annotators:
        path = folder / "b.ann"
        text = path.read_text("utf-8")
        path.write_text("".join(k for k in text.splitlines(True) if "Status E1" not in k), "utf-8")
    eb.adjudicate(*annotators, tmp_path / "open", corpus=tiny)
    filled = fill(tmp_path / "open/decisions.tsv", tmp_path / "filled.tsv")
    found = eb.adjudicate(*annotators, tmp_path / "gold", corpus=tiny, decisions=filled)
    (problem,) = found.problems
    assert (problem.check, Path(problem.path).name) == ("missing-attribute", "b.ann")
    assert "has no Status" in str(found)
    number = (tmp_path / "gold/gold/b.ann").read_text("utf-8").splitlines()[problem.line - 1]
    assert number.startswith("E1\t")


def test_values_are_merged_with_the_spans_that_have_them(karsland: Path, tmp_path: Path) -> None:
    corpus = eb.load_corpus(karsland)
    first, *others = corpus.documents
    times = [v for v in first.values if v.kind == "Time"]
    changed = replace(times[0], value="2031-05-01/2031-05-02")
    values = tuple(changed if v is times[0] else v for v in first.values)
    events = tuple(e for e in first.events if e.trigger != first.events[-1].trigger)
    other = replace(corpus, documents=(replace(first, values=values, events=events), *others))
    eb.adjudicate(corpus, other, tmp_path / "open")
    filled = fill(
        tmp_path / "open/decisions.tsv",
        tmp_path / "filled.tsv",
        value_of_Time=("2031-05-03/2031-05-03", "N1", "Saturday"),
        event=("b", "T1", "none"),
    )
    eb.adjudicate(corpus, other, tmp_path / "gold", decisions=filled)
    rows = [row for _, row in read_table(tmp_path / "gold/gold/m.values.tsv", 8)]
    assert "2031-05-03/2031-05-03" in [row[4] for row in rows]
    spans = {(int(row[0]), int(row[1])) for row in rows}
    dropped = first.events[-1].arguments[-1].span
    assert (dropped.start, dropped.end) not in spans
    assert len(rows) < len(first.values)


FAULTS: Mapping[str, tuple[dict[str, str], str]] = {
    "no decision": ({"decision": ""}, "has no decision, expected a, b or another of actual, "),
    "another decision": ({"decision": "c"}, "decision is 'c', expected a, b or one of actual, "),
    "no rule": ({"rule": ""}, "the decision has no rule"),
    "no reason": ({"reason": " "}, "the decision has no reason"),
    "a rule that nobody wrote": ({"rule": "A1, Z9"}, "the guidelines have no rule 'Z9'"),
    "another reading": ({"b": "negated"}, "b is 'negated', but the annotation has 'planned'; if "),
    "another difference": ({"id": "a:1-2:status"}, "A and B do not differ in 'a:1-2:status'; if "),
    "the same twice": ({"id": "a:7-11:subtype"}, "'a:7-11:subtype' is on line 2 too"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_table_that_is_not_filled_in_is_refused_with_its_row(
    tiny: Path, annotators: tuple[Path, Path], tmp_path: Path, cli: Cli, fault: str
) -> None:
    changes, message = FAULTS[fault]
    eb.adjudicate(*annotators, tmp_path / "open", corpus=tiny)
    filled = fill(tmp_path / "open/decisions.tsv", tmp_path / "filled.tsv")
    with filled.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, dialect="excel-tab"))
    rows[1].update(changes)
    write_rows(filled, rows)
    options = ("--data", tiny, "--decisions", filled, "--out", tmp_path / "gold")
    result = cli("data", "adjudicate", *annotators, *options)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"eventbench: error: {filled}:3: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "gold").exists()


@pytest.mark.parametrize(
    ("about", "decision", "message"),
    [
        ("Territory", "Rebels took Rome", "which a-001 does not have"),
        ("Territory", "0-900", "which a-001 does not have"),
        ("Territory", "the cit", "which a-001 does not have"),
        ("Territory", "13-20", "'he city' is not made of whole tokens"),
    ],
)
def test_other_words_are_those_of_the_sentence(
    tiny: Path,
    annotators: tuple[Path, Path],
    tmp_path: Path,
    about: str,
    decision: str,
    message: str,
) -> None:
    eb.adjudicate(*annotators, tmp_path / "open", corpus=tiny)
    made = {about: (decision, "A1", "why")}
    filled = fill(tmp_path / "open/decisions.tsv", tmp_path / "filled.tsv", **made)
    with pytest.raises(EventbenchError, match=rf"filled\.tsv:4: a:7-11:{about}:12-20: .*{message}"):
        eb.adjudicate(*annotators, tmp_path / "gold", corpus=tiny, decisions=filled)


def test_words_that_look_like_offsets_are_words() -> None:
    document = article("x", ("Some 10-15 died on Monday .",))
    (sentence,) = document.sentences
    assert find_span(document, sentence, "10-15") == Span(5, 10)
    assert find_span(document, sentence, "11-15") == Span(11, 15)


def test_a_row_that_is_missing_is_named(
    tiny: Path, annotators: tuple[Path, Path], tmp_path: Path
) -> None:
    eb.adjudicate(*annotators, tmp_path / "open", corpus=tiny)
    filled = fill(tmp_path / "open/decisions.tsv", tmp_path / "filled.tsv")
    lines = filled.read_text("utf-8").splitlines(keepends=True)
    filled.write_text("".join(lines[:-1]), "utf-8")
    with pytest.raises(EventbenchError, match=r"filled\.tsv: has no row for a:144-152:event"):
        eb.adjudicate(*annotators, tmp_path / "gold", corpus=tiny, decisions=filled)
    filled.write_text("id\tdecision\n", "utf-8")
    with pytest.raises(EventbenchError, match=r"filled\.tsv:1: has no column 'article'"):
        eb.adjudicate(*annotators, tmp_path / "gold", corpus=tiny, decisions=filled)


def test_decisions_need_guidelines(
    tiny: Path, annotators: tuple[Path, Path], tmp_path: Path
) -> None:
    eb.adjudicate(*annotators, tmp_path / "open", corpus=tiny)
    filled = fill(tmp_path / "open/decisions.tsv", tmp_path / "filled.tsv")
    (tiny / "annotations/GUIDELINES.md").unlink()
    with pytest.raises(EventbenchError, match=r"GUIDELINES\.md: decisions cite rules, lines that "):
        eb.adjudicate(*annotators, tmp_path / "gold", corpus=tiny, decisions=filled)


def test_nothing_is_overwritten(tiny: Path, annotators: tuple[Path, Path], tmp_path: Path) -> None:
    eb.adjudicate(*annotators, tmp_path / "open", corpus=tiny)
    with pytest.raises(EventbenchError, match="exists and is not an empty directory"):
        eb.adjudicate(*annotators, tmp_path / "open", corpus=tiny)


def test_what_spreadsheets_write_is_read(
    tiny: Path, annotators: tuple[Path, Path], tmp_path: Path
) -> None:
    """A byte-order mark, carriage returns, more columns in another order, an empty last row."""
    eb.adjudicate(*annotators, tmp_path / "open", corpus=tiny)
    filled = fill(tmp_path / "open/decisions.tsv", tmp_path / "filled.tsv")
    with filled.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, dialect="excel-tab"))
    with filled.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, ["mine", *reversed(COLUMNS)], dialect="excel-tab")
        writer.writeheader()
        writer.writerows(rows)
        file.write("\t" * len(COLUMNS) + "\r\n")
    found = eb.adjudicate(*annotators, tmp_path / "gold", corpus=tiny, decisions=filled)
    assert found.is_decided


def test_articles_may_have_any_names(tiny: Path, tmp_path: Path) -> None:
    """Two spaces, beside the name with one, and the sign that numbers equal differences."""
    names = ("war  in x", "war in x", "war #1")
    text = (tiny / "seeds/a.txt").read_text("utf-8")
    gold = (tiny / "annotations/gold/a.ann").read_text("utf-8")
    # A second event with the words "took", of which both annotators have another status too.
    gold += "T17\tAttack 7 11\ttook\nE5\tAttack:T17\nA17\tStatus E5 actual\n"
    for annotator, status in (("anna", "actual"), ("ben", "planned")):
        ann = gold.replace("Status E1 actual", f"Status E1 {status}")
        ann = ann.replace("Status E5 actual", f"Status E5 {status}")
        (tmp_path / annotator).mkdir()
        for name in names:
            (tmp_path / annotator / f"{name}.txt").write_text(text, "utf-8")
            (tmp_path / annotator / f"{name}.ann").write_text(ann, "utf-8")
    annotators = (tmp_path / "anna", tmp_path / "ben")
    found = eb.adjudicate(*annotators, tmp_path / "open", corpus=tiny)
    ids = [f"{name}:7-11:status{end}" for name in sorted(names) for end in ("", "#2")]
    assert [difference.id for difference in found.differences] == ids
    filled = fill(tmp_path / "open/decisions.tsv", tmp_path / "filled.tsv")
    assert eb.adjudicate(*annotators, tmp_path / "gold", corpus=tiny, decisions=filled).is_decided
