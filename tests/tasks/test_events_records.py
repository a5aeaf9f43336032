"""Records of events are read as predictions, or refused in one line with file and line."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import all_tested
from test_events import TEXT, corpus_of, mention

from eventbench import (
    TASKS,
    Argument,
    ArticleEvents,
    Corpus,
    Event,
    EventbenchError,
    Link,
    Span,
    load_corpus,
)
from eventbench.corpus.records import events_of, to_record
from eventbench.evaluation.reading import read_predictions
from eventbench.evaluation.scoring import score_answers
from eventbench.tasks.base import Gold

TASK = TASKS["events"]


def gold_of(corpus: Corpus) -> Gold:
    return Gold.of(TASK, corpus)


def read_events(path: Path, gold: Gold) -> dict[str, ArticleEvents]:
    return read_predictions(path, gold)[0]


@pytest.mark.parametrize("name", ["gold.jsonl", "gold.jsonl.gz"])
def test_the_gold_as_records_is_a_prediction(corpus: Corpus, tmp_path: Path, name: str) -> None:
    corpus = all_tested(corpus)
    gold = gold_of(corpus)
    content = "".join(
        json.dumps({"id": d.id, **to_record(events_of(d), corpus.scheme, d.text)}) + "\n"
        for d in corpus.documents
    ).encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    found = read_events(path, gold)
    assert found == {document.id: events_of(document) for document in corpus.documents}
    report = score_answers({0: found}, gold, intervals=False)
    assert {s.f1 for section in report.sections[0].values() for s in section.values()} == {1.0}
    unread = {document.id: events_of(document) for document in corpus.documents}
    assert report.to_json() == score_answers({0: unread}, gold, intervals=False).to_json()


# Reading


def record(article: str, text: str) -> dict[str, Any]:
    """A sound prediction of two linked attacks."""
    return {
        "id": article,
        "events": [
            {
                "id": "e1",
                "type": "Attack",
                "trigger": {"start": 0, "end": len(text)},
                "arguments": [{"role": "Target", "start": 4, "end": 8}],
                "attributes": {
                    "subtype": "shelling",
                    "status": "actual",
                    "reported": "author",
                    "contested": "yes",
                },
            },
            {"id": "e2", "type": "Casualty", "trigger": {"start": 1, "end": 2}, "arguments": []},
            {
                "id": "e3", "type": "Attack", "trigger": {"start": 1, "end": 2}, "arguments": [],
                "attributes": {"subtype": None, "status": None, "contested": None},
            },
        ],
        "links": [
            {"type": "SameEvent", "first": "e1", "second": "e3"},
            {"type": "Causes", "first": "e1", "second": "e2"},
        ],
        "note": "an extra key",
    }  # fmt: skip


def sound(corpus: Corpus) -> list[dict[str, Any]]:
    return [record(document.id, document.text) for document in corpus.documents]


def write(path: Path, records: Sequence[Any]) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in records), "utf-8")
    return path


def test_what_is_left_out_stays_open(tiny: Path, tmp_path: Path) -> None:
    """Order of the lines and empty ones do not matter."""
    corpus = all_tested(load_corpus(tiny))
    records = sound(corpus)
    del records[1]["links"]
    path = tmp_path / "p.jsonl"
    path.write_text("\n".join(json.dumps(r) for r in records[::-1]).replace("\n", "\n \n"), "utf-8")
    found = read_events(path, gold_of(corpus))
    assert list(found) == ["a", "b"]
    assert found["b"].links == ()
    assert found["a"].links == (Link("SameEvent", "e1", "e3"), Link("Causes", "e1", "e2"))
    size = len(corpus.documents[0].text)
    said = {"subtype": "shelling", "status": "actual", "reported": "author", "contested": "yes"}
    assert found["a"].events == (
        Event("e1", "Attack", Span(0, size), (Argument("Target", Span(4, 8)),), said),
        mention("e2", "Casualty", (1, 2)),
        mention("e3", "Attack", (1, 2)),
    )


MADE_UP = gold_of(corpus_of(ArticleEvents((mention("e", "Attack", (0, 1)),))))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One path that the examples of a test write in turn."""
    return tmp_path_factory.mktemp("files") / "p.jsonl"


Change = Callable[[dict[str, Any]], object]


def put(*path: Any) -> Change:
    """Sets a value in a record: keys and indices, then the value."""
    *keys, last, value = path

    def change(record: dict[str, Any]) -> None:
        inner: Any = record
        for key in keys:
            inner = inner[key]
        inner[last] = value

    return change


def cut(*path: Any) -> Change:
    """Takes a key out of a record."""
    *keys, last = path

    def change(record: dict[str, Any]) -> None:
        inner: Any = record
        for key in keys:
            inner = inner[key]
        del inner[last]

    return change


EVENT = ("events", 0)
TRIGGER = (*EVENT, "trigger")
ARGUMENT = (*EVENT, "arguments", 0)
SAID = (*EVENT, "attributes")
REFUSED: list[tuple[Change, str]] = [
    (put("id", "zzz"), "unknown id 'zzz', expected one like 'a'"),
    (put("id", 0), "id is 0, expected a string"),
    (put("id", "a"), r"'a' stands at \S+:1 too"),
    (cut("id"), "has no 'id'"),
    (cut("events"), "has no 'events'"),
    (put("events", {}), "events is {}, expected a list"),
    (put("events", None), "events is None, expected a list"),
    (put("events", 0, "e1"), r"events\[0\] is 'e1', expected an object"),
    (put("links", None), "links is None, expected a list"),
    (put("links", 0, []), r"links\[0\] is \[\], expected an object"),
    (cut(*EVENT, "id"), r"events\[0\]: has no 'id'"),
    (put(*EVENT, "id", 1), r"events\[0\]: id is 1, expected a string"),
    (put("events", 1, "id", "e1"), r"events\[1\]: id 'e1' is used by another event"),
    (put(*EVENT, "type", "Siege"), r"events\[0\]: type is 'Siege', expected Attack or "),
    (put(*EVENT, "type", ["Attack"]), r"type is \['Attack'\], expected a string"),
    (cut(*EVENT, "type"), "has no 'type'"),
    (cut(*EVENT, "trigger"), "has no 'trigger'"),
    (put(*EVENT, "trigger", [0, 4]), r"trigger is \[0, 4\], expected an object"),
    (cut(*TRIGGER, "end"), r"events\[0\]\.trigger: has no 'end'"),
    (put(*TRIGGER, "start", -1), r"events\[0\]\.trigger: span -1-\d+, expected 0 <= start < end"),
    (put(*TRIGGER, "end", 0), "span 0-0, expected"),
    (put(*TRIGGER, "end", 10**9), r"span 0-1000000000, expected 0 <= start < end <= 1\d\d$"),
    (put(*TRIGGER, "end", 10**99), r"span 0-10+\.\.\.0+, expected"),
    (put(*TRIGGER, "start", 0.0), r"start is 0\.0, expected an integer"),
    (put(*TRIGGER, "start", False), "start is False, expected an integer"),
    (put(*TRIGGER, "start", "0"), "start is '0', expected an integer"),
    (put(*TRIGGER, "start", None), "start is None, expected an integer"),
    (put(*TRIGGER, "start", float("nan")), "not valid JSON: NaN is not a JSON number"),
    (put("score", float("-inf")), "not valid JSON: -Infinity is not a JSON number"),
    (cut(*EVENT, "arguments"), "has no 'arguments'"),
    (put(*EVENT, "arguments", "Target"), "arguments is 'Target', expected a list"),
    (put(*ARGUMENT, None), r"events\[0\]: arguments\[0\] is None, expected an object"),
    (
        put(*ARGUMENT, "role", "Victim"),
        r"events\[0\]\.arguments\[0\]: role is 'Victim', expected Attacker or ",
    ),
    (put(*ARGUMENT, "role", "Source"), r"role is 'Source', expected Attacker or [\w ]+ or Time$"),
    (put(*ARGUMENT, "role", None), "role is None, expected a string"),
    (put(*ARGUMENT, "start", 8), r"arguments\[0\]: span 8-8, expected"),
    (put(*ARGUMENT, "end", True), "end is True, expected an integer"),
    (put(*SAID, "subtype", "killed"), "subtype is 'killed', expected air-strike or "),
    (put(*SAID, "status", "Actual"), "status is 'Actual', expected actual or planned or "),
    (put(*SAID, "reported", 1), "reported is 1, expected a string"),
    (put(*SAID, "contested", True), "contested is True, expected a string"),
    (put(*SAID, "contested", "true"), "contested is 'true', expected no or yes"),
    (put(*SAID, "mood", "grim"), "attributes: unknown attribute 'mood', expected subtype or "),
    (put(*SAID, "Side", "russia"), "unknown attribute 'Side'"),
    (put(*EVENT, "attributes", []), r"attributes is \[\], expected an object"),
    (put(*EVENT, "subtype", "shelling"), "has 'subtype', expected it inside 'attributes'"),
    (put(*EVENT, "contested", None), "has 'contested', expected it inside 'attributes'"),
    (put(*ARGUMENT, "number", 0), "number is 0, expected 1 or more"),
    (put(*ARGUMENT, "number", True), "number is True, expected an integer"),
    (put(*ARGUMENT, "attributes", {"side": "russia"}), "side is 'russia', expected none"),
    (put(*EVENT, "source", {"start": 3, "end": 2}), r"source: span 3-2, expected"),
    (put(*EVENT, "note", 1), "note is 1, expected a string"),
    (put("links", 0, "type", "Same"), r"links\[0\]: type is 'Same', expected SameEvent or "),
    (put("links", 0, "second", "e9"), r"links\[0\]: joins 'e9', which is not among the events"),
    (put("links", 0, "second", "e1"), "joins 'e1' with itself"),
    (put("links", 0, "first", 1), "first is 1, expected a string"),
    (cut("links", 0, "first"), "has no 'first'"),
    (put("links", 1, "first", "e2"), "Causes joins 'e2', a Casualty, expected Attack$"),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_what_is_refused(tiny: Path, tmp_path: Path, change: Change, message: str) -> None:
    """With the file and the line, in one line."""
    corpus = all_tested(load_corpus(tiny))
    gold = gold_of(corpus)
    records = sound(corpus)
    path = write(tmp_path / "p.jsonl", records)
    score_answers({0: read_events(path, gold)}, gold, intervals=False)
    change(records[1])
    write(path, records)
    with pytest.raises(EventbenchError, match=message) as caught:
        read_events(path, gold)
    shown = str(caught.value)
    assert shown.startswith(f"{path}:2: ")
    assert "\n" not in shown
    assert len(shown) < len(str(path)) + 200


def test_a_span_may_end_with_the_article_and_no_later(file: Path) -> None:
    """The article's length is in code points, fewer than its UTF-16 units or bytes."""
    sound = record("0", TEXT)
    assert read_events(write(file, [sound]), MADE_UP)["0"].events[0].trigger.end == len(TEXT)
    put(*TRIGGER, "end", len(TEXT) + 1)(sound)
    with pytest.raises(EventbenchError, match=r"span 0-41, expected 0 <= start < end <= 40$"):
        read_events(write(file, [sound]), MADE_UP)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ": is empty$"),
        (b"\n", ": is empty$"),
        (b'{"id": "a", "events": []}\n', ": 1 of 2 rows of events are missing, the first is b$"),
        (b"{", ":1: not valid JSON: "),
        (b"[]", r":1: found \[\], expected an object"),
        (b"\n\nnull\n", ":3: found None, expected an object"),
        (b'{"id": "a", "events": []}\n{"id": "\xff"}', ":2: not UTF-8: "),
        (b'{"id": "a", "id": "b", "events": []}', ":1: not valid JSON: key 'id' occurs twice"),
        (b'{"id": "a", "x": {"y": 1, "y": 1}}', ":1: not valid JSON: key 'y' occurs twice"),
        (b"[" * 10**5, ":1: not valid JSON: "),
        (b'{"id": %s}' % (b"1" * 5000), ":1: not valid JSON: "),
        (b'\xef\xbb\xbf{"id": "a", "events": []}', ": 1 of 2 rows of events are missing"),
        (b'\n\xef\xbb\xbf{"id": "a", "events": []}', ":2: not valid JSON: "),
        (b'{"id": "\\ud800", "events": []}', r":1: not valid JSON: 'utf-8' codec can't encode"),
    ],
)
def test_files_that_are_refused(tiny: Path, tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_bytes(content)
    with pytest.raises(EventbenchError, match=message) as caught:
        read_events(path, gold_of(all_tested(load_corpus(tiny))))
    assert str(caught.value).startswith(f"{path}:")
    str(caught.value).encode()  # can be printed


JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=3),
        st.sampled_from(["a", "e1", "Attack", "Target", "SameEvent", "actual"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["id", "events", "links", "type", "trigger", "start", "end"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to everything in a JSON value."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def read_or_refused(path: Path, content: bytes) -> None:
    """A file is read and scored, or refused with one line; nothing else happens."""
    path.write_bytes(content)
    try:
        found = read_events(path, MADE_UP)
    except EventbenchError as error:
        message = str(error)
        assert message.startswith(f"{path}:")
        assert "\n" not in message
        message.encode()
        return
    report = score_answers({0: found}, MADE_UP, intervals=False)
    json.dumps(report.to_json(), allow_nan=False)


@settings(max_examples=300)
@given(st.binary(max_size=60))
def test_any_bytes(file: Path, content: bytes) -> None:
    read_or_refused(file, content)
    packed = file.with_suffix(".gz")
    read_or_refused(packed, content)
    read_or_refused(packed, gzip.compress(content))
    read_or_refused(packed, gzip.compress(b"")[: len(content)] + content)


@settings(max_examples=300)
@given(JSON)
def test_any_json(file: Path, value: Any) -> None:
    read_or_refused(file, json.dumps(value).encode())
    read_or_refused(file, json.dumps({"id": "0", "events": value, "links": value}).encode())


@settings(max_examples=600)
@given(JSON, st.data())
def test_any_json_somewhere_in_a_sound_file(file: Path, value: Any, data: st.DataObject) -> None:
    changed = record("0", TEXT)
    where = data.draw(st.sampled_from([path for path in places(changed) if path]))
    put(*where, value)(changed)
    read_or_refused(file, json.dumps(changed).encode())
