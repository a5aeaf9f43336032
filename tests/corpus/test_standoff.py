"""Reading and writing brat standoff."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT, TINY
from hypothesis import given
from hypothesis import strategies as st

from eventbench import Corpus, EventbenchError, load_corpus
from eventbench.corpus import standoff
from eventbench.corpus.model import Argument, Event, Link, Span
from eventbench.corpus.scheme import ACTOR, SPEAKER, read_scheme

SCHEME = read_scheme(ROOT / "annotations" / "annotation.conf")
LETTERS = st.sampled_from("abc \u00a0é\u0301😀“ق\u2028\x85;\t")


@st.composite
def annotated_texts(draw: st.DrawFn) -> tuple[str, list[Event], list[Link]]:
    """A text of awkward characters, with events whose triggers do not overlap."""
    text = draw(st.text(LETTERS, min_size=12, max_size=60))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), min_size=4, max_size=10)))
    spans = [Span(a, b) for a, b in itertools.pairwise(cuts)]
    events = []
    for index, trigger in enumerate(spans[: draw(st.integers(1, 3))]):
        event_type = draw(st.sampled_from(SCHEME.event_types))
        roles = [r for r, k in SCHEME.roles[event_type].items() if k != SPEAKER]
        arguments = []
        for span in draw(st.lists(st.sampled_from(spans), unique=True, max_size=4)):
            role = draw(st.sampled_from(roles))
            is_actor = SCHEME.kind(event_type, role) == ACTOR
            side = draw(st.sampled_from(SCHEME.values("Side"))) if is_actor else None
            sides = tuple(side.split("_")) if side else ()
            arguments.append(Argument(role, span, sides, draw(st.integers(1, 3))))
        arguments.sort(key=lambda a: (a.span, a.role, a.number))
        subtypes = SCHEME.values(SCHEME.subtype_attribute(event_type))
        events.append(
            Event(
                f"E{index + 1}",
                event_type,
                trigger,
                tuple(arguments),
                draw(st.none() | st.sampled_from(subtypes)),
                draw(st.none() | st.sampled_from(SCHEME.values("Status"))),
                draw(st.none() | st.sampled_from(SCHEME.values("Reported"))),
                draw(st.none() | st.sampled_from(spans)),
                draw(st.booleans()),
                draw(st.none() | st.text("ab :“", min_size=1)),
            )
        )
    links = [Link("SameEvent", a.id, b.id) for a, b in itertools.pairwise(events)]
    return text, events, links


@given(annotated_texts())
def test_what_is_written_reads_back_the_same(case: tuple[str, list[Event], list[Link]]) -> None:
    text, events, links = case
    written = standoff.write(events, links, text, SCHEME)
    read_events, read_links, problems = standoff.parse(written, text, SCHEME, "x.ann")
    assert problems == []
    assert list(read_events) == events
    assert list(read_links) == links
    assert standoff.write(read_events, read_links, text, SCHEME) == written


def test_gold_files_are_as_we_would_write_them(corpus: Corpus) -> None:
    for document in corpus.documents:
        path = ROOT / "annotations" / "gold" / f"{document.stem}.ann"
        written = standoff.write(document.events, document.links, document.text, corpus.scheme)
        assert path.read_bytes().decode() == written, path.name


def test_a_span_over_a_line_break_is_not_written() -> None:
    with pytest.raises(EventbenchError, match="crosses a line"):
        standoff.write([Event("E1", "Attack", Span(0, 3))], [], "a\nb", SCHEME)


def test_brats_own_order_of_lines_does_not_matter() -> None:
    """brat appends; it never sorts. References forward and backward are the same to it."""
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
