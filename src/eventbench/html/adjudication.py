"""The page on which an adjudicator decides differences between annotators."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from eventbench.corpus.model import Document, Sentence, Span
from eventbench.html.article import template

SCRIPT = "adjudication.js"


@dataclass(frozen=True)
class Passage:
    """A sentence with marks.

    Attributes:
        sentence: its id.
        pieces: its text, cut where a mark begins or ends: the text of each piece, and the label
            of its mark; None outside of marks.
    """

    sentence: str
    pieces: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True)
class Question:
    """A difference as the page shows it.

    Attributes:
        row: the columns of the table that are given, its id first, by their names.
        context: the sentences that it is about.
        sides: what each annotator has, item by item, and the sentences with its words.
        choices: what may be decided, "a" and "b" among it.
        other: what may be decided besides; empty if nothing else.
        depends_on: ids of the differences that make this one void if they are decided "neither".
    """

    row: Mapping[str, str]
    context: tuple[Passage, ...]
    sides: tuple[tuple[tuple[str, ...], tuple[Passage, ...]], ...]
    choices: tuple[str, ...]
    other: str
    depends_on: tuple[str, ...]


def render_adjudication(
    title: str,
    names: tuple[str, str],
    questions: Sequence[Question],
    columns: Sequence[str],
    rules: Sequence[str],
    void: str,
) -> str:
    """Draw one self-contained HTML page of differences, which writes the table of decisions.

    Args:
        title: the page's heading, plain text.
        names: the names of the annotators.
        questions: the differences, in reading order.
        columns: the columns of the table; those that no row has are to be filled in.
        rules: the rules to choose from; others may be written.
        void: the decision that makes those void that depend on it.

    Returns:
        The page; equal arguments give equal bytes.
    """
    script = (files("eventbench") / "html" / "templates" / SCRIPT).read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    articles: dict[str, list[tuple[int, Question]]] = {}
    for number, question in enumerate(questions, 1):
        articles.setdefault(question.row["article"], []).append((number, question))
    given = [column for column in columns if questions and column in questions[0].row]
    return template("adjudication.html.j2").render(
        title=title,
        names=names,
        articles=articles,
        total=len(questions),
        rules=rules,
        script=script,
        digest=digest,
        data={
            "columns": list(columns),
            "rows": [[question.row[name] for name in given] for question in questions],
            "depends": [list(question.depends_on) for question in questions],
            "void": void,
        },
        # The style sheet of articles, which this page includes, expects both names.
        kinds=[],
        cards=[],
    )


def passages(document: Document, marks: Iterable[tuple[Span, str]]) -> tuple[Passage, ...]:
    """The sentences that marked spans share text with, in reading order.

    A span across sentences is marked in each. Of marks that share text, the first one is shown.
    """
    found: dict[str, tuple[Sentence, list[tuple[Span, str]]]] = {}
    for span, label in sorted(marks):
        for sentence in document.sentences:
            whole = sentence.span
            if whole.overlaps(span):
                part = Span(max(span.start, whole.start), min(span.end, whole.end))
                taken = found.setdefault(sentence.id, (sentence, []))[1]
                if not any(part.overlaps(other) for other, _ in taken):
                    taken.append((part, label))
    return tuple(
        Passage(name, tuple(_pieces(document.text, sentence.span, taken)))
        for name, (sentence, taken) in found.items()
    )


def _pieces(
    text: str, whole: Span, marks: Iterable[tuple[Span, str]]
) -> Iterator[tuple[str, str | None]]:
    start = whole.start
    for span, label in marks:
        if span.start > start:
            yield text[start : span.start], None
        yield span.text_in(text), label
        start = span.end
    if start < whole.end:
        yield text[start : whole.end], None
