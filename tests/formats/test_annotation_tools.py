"""What annotators mark in Label Studio, INCEpTION and other tools comes back as it was marked."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from conftest import HARBOUR, ROOT, Cli, files_below
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from made_texts import annotated_texts

from eventbench import Corpus, EventbenchError, Scheme, export, load_corpus, validate
from eventbench.corpus import standoff
from eventbench.corpus.model import Argument, Document, Event, Link, Span
from eventbench.corpus.scheme import read_scheme
from eventbench.formats.base import Annotated, Imported
from eventbench.formats.registry import FORMATS, import_articles, write_annotators

TOOLS = ("label-studio", "cas")

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


def returned(corpus: Corpus, format: str, folder: Path) -> tuple[Annotated, ...]:
    """The articles of a corpus after they were exported and read again."""
    export(corpus, format, folder)
    read = FORMATS[format].read
    assert read is not None
    source = folder / "tasks.json" if format == "label-studio" else folder
    (found,) = read(source, corpus.scheme).by_annotator.values()
    return found


def as_brat(article: Document | Annotated, scheme: Scheme) -> str:
    return standoff.write(article.events, article.links, article.text, scheme)


# What comes back is what was given


@pytest.mark.parametrize("format", TOOLS)
@pytest.mark.parametrize("name", ["aleppo", "practice"])
def test_the_gold_comes_back(name: str, format: str, tmp_path: Path) -> None:
    corpus = load_corpus(name)
    if (format, name) == ("cas", "practice"):  # the library takes its time for tokens
        corpus = corpus.part(corpus.article_ids[::6])
    found = returned(corpus, format, tmp_path / "out")
    names = {article.name: article for article in found}
    assert len(names) == len(corpus.documents)
    for document in corpus.documents:
        article = names[document.stem]
        assert article.text == document.text
        assert as_brat(article, corpus.scheme) == as_brat(document, corpus.scheme)


@pytest.fixture(scope="module")
def schemes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Corpus]:
    """A corpus with each scheme."""
    path = tmp_path_factory.mktemp("awkward") / "annotation.conf"
    path.write_text(AWKWARD, "utf-8")
    harbour = load_corpus(HARBOUR)
    return {
        "main": replace(harbour, scheme=read_scheme(ROOT / "annotations" / path.name)),
        "harbour": harbour,
        "awkward": replace(harbour, scheme=read_scheme(path)),
    }


@pytest.mark.parametrize("format", TOOLS)
@pytest.mark.parametrize("scheme", ["main", "harbour", "awkward"])
@settings(deadline=None, max_examples=25)
@given(st.data())
def test_awkward_texts_and_schemes_come_back(
    scheme: str, format: str, schemes: dict[str, Corpus], data: st.DataObject
) -> None:
    text, events, links = data.draw(annotated_texts(schemes[scheme].scheme))
    assume(text.strip())
    events = [replace(event, note=lines_with_words(event.note)) for event in events]
    document = Document("1", "one", text, events=tuple(events), links=tuple(links))
    with tempfile.TemporaryDirectory() as folder:
        corpus = replace(schemes[scheme], documents=(document,))
        (article,) = returned(corpus, format, Path(folder) / "out")
    assert article.text == text
    assert list(article.events) == events
    assert list(article.links) == links


def lines_with_words(note: str | None) -> str | None:
    """A note as it comes back: tools drop empty lines."""
    return "\n".join(line for line in (note or "").split("\n") if line.strip()) or None


@pytest.mark.parametrize("format", TOOLS)
def test_two_events_of_one_trigger_and_shared_fillers_stay_apart(
    format: str, harbour: Path, tmp_path: Path
) -> None:
    corpus = load_corpus(harbour)
    text = "😀 Dockers struck twice in Osk"
    trigger, crew, port = (Span(text.index(w), text.index(w) + len(w)) for w in
                           ("struck", "Dockers", "Osk"))  # fmt: skip
    flags = {a.name: "no" for a in corpus.scheme.attributes_of("Strike") if a.is_flag}
    events = tuple(
        Event(f"E{number}", "Strike", trigger, (Argument("Workforce", crew), *more), flags)
        for number, more in ((1, ()), (2, (Argument("Site", port, number=12),)))
    )
    document = Document("1", "one", text, events=events)
    (article,) = returned(replace(corpus, documents=(document,)), format, tmp_path / "out")
    assert article.events == events


# Label Studio


@pytest.fixture
def exported(harbour: Path, tmp_path: Path) -> Path:
    """What Label Studio would export of the harbour corpus: the tasks, with ids and annotators."""
    export(load_corpus(harbour), "label-studio", tmp_path / "ls")
    tasks = json.loads((tmp_path / "ls" / "tasks.json").read_text("utf-8"))
    for number, task in enumerate(tasks, 1):
        task["id"] = number
        for annotation in task["annotations"]:
            annotation |= {"id": 100 + number, "completed_by": 7, "was_cancelled": False}
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks), "utf-8")
    return path
