"""Texts of awkward characters with events, for tests of what writes and reads them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import strategies as st

from eventbench import Corpus, load_corpus
from eventbench.corpus.model import Argument, Event, Link, Span
from eventbench.corpus.scheme import NO, Attribute, Scheme, read_scheme

LETTERS = st.sampled_from("abc \u00a0é\u0301😀“ق\u2028\x85;\t")


def values(draw: st.DrawFn, attributes: Mapping[str, Attribute], bearer: str) -> dict[str, str]:
    """Values of some of the attributes that a bearer has, and flags that are there."""
    found = {}
    for attribute in attributes.values():
        if bearer in attribute.values:
            value = draw(st.none() | st.sampled_from(attribute.values[bearer]))
            if value is not None and not (attribute.is_flag and value == NO):
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
                draw(st.none() | st.text("ab :“\n")),
            )
        )
    link = next(iter(scheme.symmetric & {"SameEvent", "SameStory"}))
    links = [Link(link, a.id, b.id) for a, b in itertools.pairwise(events)]
    return text, events, links


ROOT = Path(__file__).parents[1]
HARBOUR = ROOT / "tests" / "harbour"

AWKWARD = """
[entities]
Place
Crew
Speaker
[relations]
SameStory\tArg1:<EVENT>, Arg2:<EVENT>, <REL-TYPE>:symmetric
Site\tArg1:Strike, Arg2:<EVENT>
[events]
Strike\tSite*:Place, label*:Crew, Voice?:Speaker
Fire\tSite*:Place
[attributes]
label\tArg:<EVENT>, Value:a|b
begin\tArg:Fire
Side-Kind\tArg:Strike|Fire, Value:x-y|z
StrikeKind\tArg:Strike, Value:é|"&<>
class\tArg:Crew, Value:c1|c2|c3
view\tArg:Place|Crew
"""
"""A link with the name of a role, names that the tools use themselves, and a flag of spans."""


@pytest.fixture(scope="session")
def schemes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Corpus]:
    """A corpus without articles in each of three schemes."""
    path = tmp_path_factory.mktemp("schemes") / "annotation.conf"
    path.write_text(AWKWARD, "utf-8")
    harbour = replace(load_corpus(HARBOUR), documents=())
    return {
        "main": replace(harbour, scheme=read_scheme(ROOT / "annotations" / path.name)),
        "harbour": harbour,
        "awkward": replace(harbour, scheme=read_scheme(path)),
    }
