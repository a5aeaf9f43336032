"""The rows of a task: what `load` gives of them, and that they are the gold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from making import MAIN_TASKS, write_ships

from eventbench import TASKS, Corpus, EventbenchError, build, document_of, load
from eventbench.corpus.iob2 import from_iob2
from eventbench.corpus.model import Span
from eventbench.corpus.records import events_of, from_record, to_record, with_events
from eventbench.corpus.similarity import near_duplicates
from eventbench.dataset.loading import rows_with_seen, standard_fold
from eventbench.evaluation.scoring import gold_of
from eventbench.tasks.arguments import arguments_left_out
from eventbench.tasks.seen import SEEN_COLUMNS

TYPES = ["Attack", "Displacement", "TerritorialControl", "Casualty"]
ROLES = [
    "Attacker", "Backer", "Target", "Instrument", "Count", "Place", "Time", "Displaced",
    "Subgroup", "Agent", "Origin", "Destination", "Controller", "Opponent", "Affected",
    "Territory", "Victim",
]  # fmt: skip


def test_label_order_is_frozen() -> None:
    def names(task: str, column: str) -> list[str]:
        feature = load(task)["train"].features[column]
        return list(getattr(feature, "feature", feature).names)

    assert names("triggers", "ner_tags") == ["O", *(f"{p}-{t}" for t in TYPES for p in "BI")]
    assert names("arguments", "ner_tags") == ["O", *(f"{p}-{r}" for r in ROLES for p in "BI")]
    assert names("arguments", "event_type") == names("attributes", "event_type") == TYPES
    assert names("attributes", "subtype") == [
        "Attack/air-strike", "Attack/shelling", "Attack/chemical", "Attack/bomb",
        "Attack/bombardment", "Attack/clash", "Attack/offensive", "Attack/destruction",
        "Attack/other", "Displacement/flight", "Displacement/evacuation",
        "Displacement/expulsion", "Displacement/return", "TerritorialControl/change",
        "TerritorialControl/hold", "TerritorialControl/siege", "TerritorialControl/siege-relief",
        "Casualty/killed", "Casualty/injured", "Casualty/other",
    ]  # fmt: skip
    assert names("attributes", "status") == ["actual", "planned", "hypothetical", "negated"]
    assert names("attributes", "reported") == ["author", "attributed"]
    assert names("attributes", "contested") == ["no", "yes"]


def test_folds_are_frozen(corpus: Corpus) -> None:
    assert corpus.folds() == [
        {"train": ("002", "003", "004"), "validation": ("001",), "test": ("000",)},
        {"train": ("000", "003", "004"), "validation": ("002",), "test": ("001",)},
        {"train": ("000", "001", "004"), "validation": ("003",), "test": ("002",)},
        {"train": ("000", "001", "002"), "validation": ("004",), "test": ("003",)},
        {"train": ("001", "002", "003"), "validation": ("000",), "test": ("004",)},
    ]


def test_every_trigger_is_in_the_tags_and_nothing_else(corpus: Corpus) -> None:
    for document in corpus.documents:
        found = {
            (label, row["token_starts"][i], row["token_ends"][j - 1])
            for row in gold_of(corpus, "triggers").rows
            if row["doc_id"] == document.id
            for label, i, j in from_iob2(row["ner_tags"])
        }
        assert found == {(e.type, e.trigger.start, e.trigger.end) for e in document.events}


def test_every_argument_is_in_the_tags_and_nothing_else(corpus: Corpus) -> None:
    assert [arguments_left_out(document) for document in corpus.documents] == [[]] * 5
    events = {f"{d.id}-{e.id}": e for d in corpus.documents for e in d.events}
    for row in gold_of(corpus, "arguments").rows:
        event = events.pop(row["id"])
        starts, ends = row["token_starts"], row["token_ends"]
        trigger = Span(starts[row["trigger_start"]], ends[row["trigger_end"] - 1])
        assert (row["event_type"], trigger) == (event.type, event.trigger)
        found = [(r, starts[i], ends[j - 1]) for r, i, j in from_iob2(row["ner_tags"])]
        assert found == [(a.role, a.span.start, a.span.end) for a in event.arguments]
    assert events == {}


def test_attributes_are_those_of_the_gold(corpus: Corpus) -> None:
    events = {f"{d.id}-{e.id}": e for d in corpus.documents for e in d.events}
    assert {row["id"] for row in gold_of(corpus, "attributes").rows} == set(events)
    for row in gold_of(corpus, "attributes").rows:
        event = events[row["id"]]
        found = {name: row[name] for name in corpus.scheme.attributes}
        assert found == {
            **event.attributes,
            "subtype": f"{event.type}/{event.attributes['subtype']}",
        }


def test_the_events_of_an_article_are_those_of_the_gold(corpus: Corpus) -> None:
    for row, document in zip(gold_of(corpus, "events").rows, corpus.documents, strict=True):
        found = from_record(row, row["text"], corpus.scheme)
        assert found == events_of(document)
        assert row["events"] == to_record(found, corpus.scheme, row["text"])["events"]
        read = with_events(document_of(row), found)
        assert (read.text, read.title, read.events) == (
            document.text,
            document.title,
            document.events,
        )
        # A system gets no lemmas.
        assert read.sentences == tuple(replace(s, lemmas=()) for s in document.sentences)


def test_tokens_are_the_articles_text_at_their_offsets(corpus: Corpus) -> None:
    texts = {document.id: document.text for document in corpus.documents}
    for task in ("triggers", "arguments", "attributes"):
        for row in gold_of(corpus, task).rows:
            text = texts[row["doc_id"]]
            spans = zip(row["token_starts"], row["token_ends"], strict=True)
            assert [text[a:b] for a, b in spans] == row["tokens"]
            assert text[row["token_starts"][0] : row["token_ends"][-1]] == row["text"]


def test_rows_say_what_the_other_articles_hold(corpus: Corpus) -> None:
    twins = {
        frozenset((a.id, b.id))
        for doc_a, a, doc_b, b, _ in near_duplicates(corpus.documents)
        if doc_a.id != doc_b.id
    }
    rows = rows_with_seen(corpus, TASKS["triggers"])
    assert {frozenset((r["id"], twin)) for r in rows for twin in r["near_duplicates"]} == twins
    by_id = {row["id"]: row for row in rows}
    assert by_id["000-013"]["near_duplicates"] == ["004-001", "004-002"]
    assert by_id["003-010"]["triggers_seen"] == [False]  # "Kampfhandlungen" stands once
    assert by_id["000-005"]["triggers_seen"] == [True, True, True, True, True]
    assert all(not row["near_duplicates"] for row in by_id.values() if row["doc_id"] == "003")


def test_what_is_seen_elsewhere_is_said_of_events_too(corpus: Corpus) -> None:
    sentences = {row["id"]: row for row in rows_with_seen(corpus, TASKS["triggers"])}
    events: dict[tuple[str, int], list[bool]] = {}
    for row in rows_with_seen(corpus, TASKS["arguments"]):
        events.setdefault((row["doc_id"], row["sent_id"]), []).append(row["trigger_seen"])
    found = {(r["doc_id"], r["sent_id"]): r["triggers_seen"] for r in sentences.values()}
    assert events == {place: seen for place, seen in found.items() if seen}


@pytest.mark.parametrize("task", MAIN_TASKS)
def test_a_system_gets_the_inputs_and_nothing_else(corpus: Corpus, task: str) -> None:
    found = TASKS[task].inputs_for(corpus.documents, corpus.scheme)
    assert tuple(found.column_names) == TASKS[task].inputs
    assert not set(found.column_names) & {*SEEN_COLUMNS, "ner_tags", "source", "links", "subtype"}
    assert len(found) == len(gold_of(corpus, task).rows)


# Configurations


def test_a_configuration_may_be_named_by_fold() -> None:
    for task in MAIN_TASKS:
        by_name = load(f"{task}_fold2")
        assert load(task, fold=2)["test"].to_list() == by_name["test"].to_list()
        assert set(by_name["test"][TASKS[task].article_column]) == {"002"}


def test_the_plain_configuration_is_the_standard_fold_of_the_corpus(corpus: Corpus) -> None:
    assert standard_fold(corpus) == 3
    assert load("triggers")["test"].to_list() == load("triggers", fold=3)["test"].to_list()
    assert set(load("triggers")["test"]["doc_id"]) == {"003"}
    assert load()["test"].to_list() == load("triggers")["test"].to_list()


def test_a_standard_fold_beyond_the_last_article_is_refused(tmp_path: Path) -> None:
    ships = write_ships(tmp_path / "ships")
    path = ships / "annotations/corpus.toml"
    written = path.read_text("utf-8")
    path.write_text(written.replace("\nkind = ", "\nstandard_fold = 4\nkind = "), "utf-8")
    for asked in (lambda: load(corpus=ships), lambda: build(tmp_path / "out", corpus=ships)):
        with pytest.raises(EventbenchError) as error:
            asked()
        expected = "standard_fold is 4, expected 0 to 3, as there are 4 folds"
        assert str(error.value) == f"{path}: {expected}"
    assert len(load(corpus=ships, fold=3)["test"])


@pytest.mark.parametrize(
    "config",
    ["nonsense", "triggers_fold5", "triggers_foldx", "triggers_fold", "triggers_fold" + "9" * 5000],
)
def test_unknown_configurations_are_refused(config: str) -> None:
    with pytest.raises(EventbenchError, match=r"^no task|^no fold 5|^no configuration") as error:
        load(config)
    assert "\n" not in str(error.value)


def test_a_fold_is_named_once() -> None:
    with pytest.raises(EventbenchError, match="'triggers_fold1' names a fold and so does fold=2"):
        load("triggers_fold1", fold=2)
    with pytest.raises(EventbenchError, match="no fold -1: expected 0 to 4"):
        load("triggers", fold=-1)
