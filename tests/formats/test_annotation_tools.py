"""What was annotated comes back from the formats of annotation tools as it was."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import files_below
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from made_texts import annotated_texts

from eventbench import Corpus, EventbenchError, Scheme, export, load_corpus
from eventbench.corpus import standoff
from eventbench.corpus.model import Argument, Document, Event, Span
from eventbench.formats.base import Annotated
from eventbench.formats.registry import FORMATS

TOOLS = ("label-studio", "cas")


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


@pytest.mark.parametrize("format", TOOLS)
@pytest.mark.parametrize("scheme", ["main", "harbour", "awkward"])
@settings(max_examples=25)
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


@pytest.mark.parametrize("format", TOOLS)
def test_a_directory_that_is_not_empty_stays(format: str, harbour: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    with pytest.raises(EventbenchError, match="exists and is not an empty directory"):
        export(harbour, format, tmp_path / "out")
    assert files_below(tmp_path / "out") == {"mine": b""}
