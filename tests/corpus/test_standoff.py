"""Reading and writing brat standoff."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import HARBOUR, ROOT, TINY
from hypothesis import given
from hypothesis import strategies as st

from eventbench import EventbenchError, load_corpus
from eventbench.corpus import standoff
from eventbench.corpus.model import Argument, Event, Link, Span
from eventbench.corpus.scheme import NO, YES, Attribute, Scheme, read_scheme

SCHEME = read_scheme(ROOT / "annotations" / "annotation.conf")
OTHER = read_scheme(HARBOUR / "annotations" / "annotation.conf")
LETTERS = st.sampled_from("abc \u00a0é\u0301😀“ق\u2028\x85;\t")


def values(draw: st.DrawFn, attributes: Mapping[str, Attribute], bearer: str) -> dict[str, str]:
    """Values of some of the attributes that a bearer has; a flag of an event is never undecided."""
    found = {}
    for attribute in attributes.values():
        if bearer in attribute.values:
            value = draw(st.none() | st.sampled_from(attribute.values[bearer]))
            if value is not None:
                found[attribute.name] = value
    return found


@st.composite
def annotated_texts(draw: st.DrawFn, scheme: Scheme) -> tuple[str, list[Event], list[Link]]:
    """A text of awkward characters, with events whose triggers do not overlap."""
    text = draw(st.text(LETTERS, min_size=12, max_size=60))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), min_size=4, max_size=10)))
    spans = [Span(a, b) for a, b in itertools.pairwise(cuts)]
    events = []
    for index, trigger in enumerate(spans[: draw(st.integers(1, 3))]):
        event_type = draw(st.sampled_from(scheme.event_types))
        arguments = []
        for span in draw(st.lists(st.sampled_from(spans), unique=True, max_size=4)):
            role = draw(st.sampled_from(scheme.roles_of(event_type)))
            given = values(draw, scheme.span_attributes, scheme.kind(event_type, role))
            arguments.append(Argument(role, span, given, draw(st.integers(1, 3))))
        arguments.sort(key=lambda a: (a.span, a.role, a.number))
        flags = {a.name: NO for a in scheme.attributes_of(event_type) if a.is_flag}
        speaks = scheme.speaker_role(event_type) is not None
        events.append(
            Event(
                f"E{index + 1}",
                event_type,
                trigger,
                tuple(arguments),
                flags | values(draw, scheme.attributes, event_type),
                draw(st.none() | st.sampled_from(spans)) if speaks else None,
                draw(st.none() | st.text("ab :“", min_size=1)),
            )
        )
    link = next(iter(scheme.symmetric & {"SameEvent", "SameStory"}))
    links = [Link(link, a.id, b.id) for a, b in itertools.pairwise(events)]
    return text, events, links


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


@pytest.mark.parametrize("root", [ROOT, HARBOUR], ids=["main", "harbour"])
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
