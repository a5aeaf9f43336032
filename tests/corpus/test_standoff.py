"""Reading and writing brat standoff."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from conftest import EDITION1, HARBOUR, ROOT, TINY
from hypothesis import given
from hypothesis import strategies as st
from made_texts import annotated_texts

from eventbench import EventbenchError, load_corpus, validate
from eventbench.corpus import standoff
from eventbench.corpus.model import Argument, Event, Span
from eventbench.corpus.scheme import NO, YES, Scheme, read_scheme

SCHEME = read_scheme(ROOT / "annotations" / "annotation.conf")
OTHER = read_scheme(HARBOUR / "annotations" / "annotation.conf")


@pytest.mark.parametrize("scheme", [SCHEME, OTHER], ids=["main", "harbour"])
@given(st.data())
def test_what_is_written_reads_back_the_same(scheme: Scheme, data: st.DataObject) -> None:
    text, events, links = data.draw(annotated_texts(scheme))
    written = standoff.write(events, links, text, scheme)
    read_events, read_links, problems = standoff.parse(written, text, scheme, "x.ann")
    assert problems == []
    assert list(read_events) == events
    assert list(read_links) == links
    assert standoff.write(read_events, read_links, text, scheme) == written


@pytest.mark.parametrize("root", [ROOT, EDITION1, HARBOUR], ids=["main", "edition 1", "harbour"])
def test_gold_files_are_in_canonical_form(root: Path) -> None:
    corpus = load_corpus(root)
    for document in corpus.documents:
        path = root / "annotations" / "gold" / f"{document.stem}.ann"
        written = standoff.write(document.events, document.links, document.text, corpus.scheme)
        assert path.read_bytes().decode() == written, path.name


def test_a_span_over_a_line_break_is_not_written() -> None:
    with pytest.raises(EventbenchError, match="crosses a line"):
        standoff.write([Event("E1", "Attack", Span(0, 3))], [], "a\nb", SCHEME)


def test_brats_own_order_of_lines_does_not_matter() -> None:
    """brat appends lines and never sorts them, so references may go forward or backward."""
    lines = (TINY / "annotations/gold/a.ann").read_text(encoding="utf-8").splitlines()
    text = (TINY / "seeds/a.txt").read_text(encoding="utf-8")
    forward = standoff.parse("\n".join(lines), text, SCHEME, "a.ann")
    backward = standoff.parse("\n".join(reversed(lines)), text, SCHEME, "a.ann")
    assert forward[2] == backward[2] == []
    assert forward[0] == tuple(replace(e, line=0) for e in backward[0])
    assert forward[1] == backward[1]


def test_a_broken_annotation_stops_loading(tiny: Path) -> None:
    path = tiny / "annotations/gold/a.ann"
    path.write_text(path.read_text(encoding="utf-8").replace("took", "tuck"), encoding="utf-8")
    with pytest.raises(EventbenchError, match=r"a\.ann:1: offset-text-mismatch: found 'tuck'"):
        load_corpus(tiny)


@pytest.fixture
def flagged(tmp_path: Path) -> Scheme:
    """A scheme with a flag on a kind of argument, and with flags of event types by name."""
    path = tmp_path / "annotation.conf"
    path.write_text(
        "[entities]\nBoat\n[relations]\n[events]\nSail\tWho*:Boat\nSink\tWho*:Boat\n"
        "[attributes]\nOld\tArg:Boat\nSailFast\tArg:Sail\nSinkFast\tArg:Sink\n",
        encoding="utf-8",
    )
    return read_scheme(path)


def test_flags_of_events_and_spans(flagged: Scheme) -> None:
    ann = (
        "T1\tSail 0 2\taa\nT2\tBoat 3 5\tbb\nA1\tOld T2\nE1\tSail:T1 Who:T2\nA2\tSailFast E1\n"
        "T3\tSink 6 8\tcc\nT4\tBoat 9 11\tdd\nE2\tSink:T3 Who:T4\n"
    )
    text = "aa bb cc dd"
    events, _, problems = standoff.parse(ann, text, flagged, "x.ann")
    assert problems == []
    assert [event.attributes for event in events] == [{"fast": YES}, {"fast": NO}]
    assert [event.arguments[0].attributes for event in events] == [{"old": YES}, {}]
    assert standoff.write(events, [], text, flagged) == ann


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("A9\tOld T2 yes", "unknown-value: Old is 'yes', expected no value"),
        ("A9\tSailFast E1 yes", "unknown-value: SailFast is 'yes', expected no value"),
        ("A9\tSinkFast E1", "wrong-target: SinkFast of a Sail, expected Sink"),
        ("A9\tOld E1", "wrong-target: Old of a Sail, expected Boat"),
        ("A9\tOld T1", "wrong-target: Old of a Sail, expected Boat"),
        ("A9\tSailFast T2", "wrong-target: SailFast of T2, expected an event"),
        ("A9\tNew T2", "unknown-type: attribute 'New', expected Old or SailFast or SinkFast"),
        ("A9\tOld T7", "unknown-reference: Old of T7, which is not in the file"),
    ],
)
def test_attributes_on_what_cannot_have_them_are_reported(
    flagged: Scheme, line: str, problem: str
) -> None:
    ann = f"T1\tSail 0 2\taa\nT2\tBoat 3 5\tbb\nE1\tSail:T1 Who:T2\n{line}\n"
    _, _, problems = standoff.parse(ann, "aa bb", flagged, "x.ann")
    assert [str(found) for found in problems] == [f"x.ann:4: {problem}"]


# Notes

NOTED = """\
T1\tAttack 0 4\tfire
T2\tParticipant 5 9\ttown
E1\tAttack:T1 Target:T2
A1\tStatus E1 actual
T3\tCasualty 10 14\tdied
E2\tCasualty:T3 Victim:T2
R1\tCauses Arg1:E1 Arg2:E2
#1\tAnnotatorNotes E1\tfirst
#2\tAnnotatorNotes T2\twhich one?
#3\tAnnotatorNotes A1\tunsure
#4\tAnnotatorNotes R1\tsays who
#5\tAnnotatorNotes T3\tsic
#6\tConfidence E1\thigh
#10\tAnnotatorNotes E1\tlast: done
"""
KEPT = (
    "first\ntown: which one?\nStatus: unsure\nCauses died: says who\nConfidence: high\nlast: done"
)


def test_every_note_is_kept_whatever_it_is_on() -> None:
    text = "fire town died"
    events, links, problems = standoff.parse(NOTED, text, SCHEME, "x.ann")
    assert problems == []
    assert [event.note for event in events] == [KEPT, "died: sic"]
    written = standoff.write(events, links, text, SCHEME)
    assert [line.split("\t", 1)[1] for line in written.splitlines() if line[0] == "#"] == [
        *(f"AnnotatorNotes E1\t{note}" for note in KEPT.split("\n")),
        "AnnotatorNotes E2\tdied: sic",
    ]
    assert standoff.parse(written, text, SCHEME, "x.ann")[0] == tuple(events)
    backwards = "\n".join(reversed(NOTED.splitlines()))
    assert standoff.parse(backwards, text, SCHEME, "x.ann")[0] == tuple(events)


def test_a_later_note_explains_a_dispute_too(tiny: Path) -> None:
    path = tiny / "annotations" / "gold" / "a.ann"
    content = path.read_text(encoding="utf-8")
    path.write_text(content.replace("#1\t", "#1\tAnnotatorNotes E3\tsic\n#2\t"), encoding="utf-8")
    assert validate(tiny) == []


def test_many_events_of_one_trigger_keep_their_order() -> None:
    text = "a fire in the town"
    events = [
        Event(f"E{k}", "Attack", Span(2, 6), (Argument("Place", Span(k, k + 1), {}, 1),))
        for k in range(1, 13)
    ]
    once = standoff.write(events, (), text, SCHEME)
    read, _, problems = standoff.parse(once, text, SCHEME, "x.ann")
    assert problems == []
    assert [e.arguments for e in read] == [e.arguments for e in events]
    assert standoff.write(read, (), text, SCHEME) == once


# References


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("#99\tAnnotatorNotes R9\tx", "unknown-reference: a note on R9, which is not in the file"),
        ("E9\tAttack:T1 Target:E1", "wrong-target: Target is E1, an event, expected a span"),
        ("E9\tAttack:T1 Target:E8", "unknown-reference: Target is E8, which is not in the file"),
        ("E9\tAttack:T9", "unknown-reference: the trigger is T9, which is not in the file"),
        ("R9\tCauses Arg1:E1 Arg2:T3", "wrong-target: Causes joins T3, a span, expected an event"),
        ("R9\tCauses Arg1:E1 Arg2:E9", "unknown-reference: Causes joins E9, which is not in the f"),
        ("R9\tCauses Arg1:E1 Arg2:E1", "wrong-target: Causes joins E1 with itself"),
        ("A9\tStatus R1 actual", "wrong-target: Status of R1, a relation, expected an event"),
        ("A9\tSide R1 opposition", "wrong-target: Side of R1, a relation, expected a span"),
        ("A9\tStatus R9 actual", "unknown-reference: Status of R9, which is not in the file"),
    ],
)
def test_references_say_whether_their_target_is_missing_or_of_the_wrong_kind(
    line: str, problem: str
) -> None:
    _, _, problems = standoff.parse(f"{NOTED}{line}\n", "fire town died", SCHEME, "x.ann")
    (found,) = problems
    assert str(found).startswith(f"x.ann:15: {problem}")


def test_what_could_not_be_read_is_not_called_missing() -> None:
    ann = NOTED.replace("town\nE1", "tomb\nE1")
    _, _, problems = standoff.parse(ann, "fire town died", SCHEME, "x.ann")
    assert [(p.line, p.check) for p in problems] == [(2, "offset-text-mismatch")]


@pytest.mark.parametrize("role", ["Target0", "Target00", "Target²", "Target1234567890123456"])
def test_roles_are_numbered_from_one(role: str) -> None:
    ann = f"T1\tAttack 0 4\tfire\nT2\tParticipant 5 9\ttown\nE1\tAttack:T1 {role}:T2\n"
    _, _, problems = standoff.parse(ann, "fire town", SCHEME, "x.ann")
    assert (problems[0].line, problems[0].check) == (3, "unknown-role")


def test_a_second_source_is_refused() -> None:
    ann = "T1\tAttack 0 4\tfire\nT2\tSpeaker 5 9\ttown\nE1\tAttack:T1 Source:T2 Source2:T2\n"
    _, _, problems = standoff.parse(ann, "fire town", SCHEME, "x.ann")
    expected = "x.ann:3: unknown-role: Source2 of an event that has a Source already"
    assert [str(problem) for problem in problems] == [expected]
