"""The `Task` class: everything that differs between tasks.

Running, scoring, comparing, submitting, ranking and publishing use a task only through this
class, so a new task is one file and one line in `registry`.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document, Event, Sentence, Span
from eventbench.corpus.records import ArticleEvents, SentenceEvents
from eventbench.corpus.scheme import Scheme
from eventbench.errors import EventbenchError
from eventbench.io import fingerprint
from eventbench.scoring.decisions import EVENT, Decision, Mark
from eventbench.tasks.seen import SEEN_COLUMNS, Seen

if TYPE_CHECKING:
    from datasets import Dataset, Features

    from eventbench.scoring.counts import Ints
    from eventbench.scoring.error_analysis import ErrorReport
    from eventbench.scoring.statistics import Measure, Numbers, Sections, Statistics

Row = dict[str, Any]
"""One example of a task: the input of a system, and the gold."""

Answer = Any
"""A system's answer for one row; the task defines its form."""


@dataclass(frozen=True)
class HubWords:
    """Names of a task and its metric on the Hugging Face Hub."""

    task_type: str
    task_name: str
    metric: str
    metric_name: str


class Task(ABC):
    """A task: its texts, rows, answers, statistics and measure.

    Attributes:
        name: identifies the task on the command line, in files and in configurations.
        title: display name.
        question: what a system has to do, as a sentence.
        right: what counts as correct, as a sentence.
        inputs: the columns that ``predict`` receives.
        headline: section and name of the main score.
        section: the section of scores whose names are columns on the board.
        section_title: title of that section on the board.
        value_section: the section with a score for each value of each question, named
            "question:value", which are columns too; empty without.
        counts_predictions: True if systems decide how much to predict, so that precision
            and recall differ.
        article_column: the column with the id of a row's article.
        matching: how answers are matched, for the signature of a score.
        meanings: what columns say where their names do not, for Croissant.
        gives_events: True if answers can be converted to events, so that models can be
            fitted for the task.
        passes_are_partial: True if annotation passes answer only a part of what is asked, so
            that a system can be better than they without having seen the gold.
        hub: names on the Hugging Face Hub.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    question: ClassVar[str]
    right: ClassVar[str]
    inputs: ClassVar[tuple[str, ...]]
    headline: ClassVar[tuple[str, str]] = ("average", "micro avg")
    section: ClassVar[str]
    section_title: ClassVar[str]
    value_section: ClassVar[str] = ""
    counts_predictions: ClassVar[bool] = True
    article_column: ClassVar[str] = "doc_id"
    matching: ClassVar[Mapping[str, str]]
    meanings: ClassVar[Mapping[str, str]] = {}
    gives_events: ClassVar[bool] = False
    passes_are_partial: ClassVar[bool] = False
    hub: ClassVar[HubWords]

    def __repr__(self) -> str:
        return f"Task({self.name}: {self.question})"

    # Corpora

    def applies(self, corpus: Corpus) -> bool:
        """Return True if the gold of a corpus has anything to predict; by default it always has."""
        return True

    def check_applies(self, corpus: Corpus) -> None:
        """Check that the task applies to a corpus.

        Raises:
            EventbenchError: if it does not.
        """
        if not self.applies(corpus):
            raise EventbenchError(
                f"{self.name} does not apply to corpus {corpus.id!r}: its gold has nothing to "
                "predict"
            )

    def prepare(self, corpus: Corpus) -> Corpus:
        """Add to the articles what rows need beyond an article's own annotations.

        It is called before rows of a corpus are made. By default nothing is added.
        """
        return corpus

    def teaches(self, document: Document) -> bool:
        """Return True if the task can be learned from an article; by default from any."""
        return True

    # Rows

    @abstractmethod
    def bare_rows(self, document: Document, scheme: Scheme, seen: Seen | None) -> Iterator[Row]:
        """Yield the rows of an article in reading order; columns with its words are None.

        If ``seen`` is given, rows have the columns of `SEEN_COLUMNS` that the task uses.

        Raises:
            EventbenchError: if the gold cannot be represented as rows.
        """

    @abstractmethod
    def features(self, scheme: Scheme) -> Features:
        """The types of all columns of a row, including those about other articles."""

    @abstractmethod
    def scheme_text(self, scheme: Scheme) -> str:
        """The parts of the scheme that the task uses, as text for fingerprints."""

    def section_names(self, scheme: Scheme) -> Sequence[str]:
        """Names of the task's section in display order; other names follow."""
        return ()

    def fill_in(self, row: Row, text: str, title: str) -> Row:
        """Fill in the words of a row from the text of its article."""
        return fill_in_sentence(row, text)

    def rows(
        self, documents: Sequence[Document], scheme: Scheme, seen: Seen | None = None
    ) -> list[Row]:
        """Make the rows of articles, with labels as strings.

        Raises:
            EventbenchError: if the gold cannot be represented as rows.
        """
        return [
            self.fill_in(row, document.text, document.title)
            for document in documents
            for row in self.bare_rows(document, scheme, seen)
        ]

    def dataset(self, rows: Sequence[Row], scheme: Scheme) -> Dataset:
        """Convert rows to a Hugging Face dataset, with the columns that the rows have."""
        from datasets import Dataset, Features

        columns = self.features(scheme)
        kept = [c for c in columns if (c in rows[0] if rows else c not in SEEN_COLUMNS)]
        # Not from_list, which finds no columns if there are no rows.
        content = {name: [row[name] for row in rows] for name in kept}
        return Dataset.from_dict(content, features=Features({c: columns[c] for c in kept}))

    def inputs_for(self, documents: Sequence[Document], scheme: Scheme) -> Dataset:
        """Make what ``predict`` receives: the `inputs` of every row, and nothing else."""
        rows = self.rows(documents, scheme)
        return self.dataset(rows, scheme).select_columns(list(self.inputs))

    # Answers

    @abstractmethod
    def gold(self, row: Row) -> Answer:
        """The correct answer of a row."""

    @abstractmethod
    def parse(self, record: Mapping[str, Any], row: Row, scheme: Scheme) -> Answer:
        """Read an answer from its record.

        Args:
            record: a JSON object with the row's ``id``.
            row: the row.
            scheme: the scheme of the corpus.

        Raises:
            EventbenchError: if the answer is not valid; the message says what was found and
                expected, and the caller adds the place.
        """

    @abstractmethod
    def dump(self, row: Row, answer: Answer) -> Row:
        """Convert an answer to a record, which `parse` reads; equal answers give equal records."""

    def said(self, row: Row, answer: Answer) -> Sequence[Hashable]:
        """The parts of an answer that scores read, such as its entities: what makes two equal."""
        return [json.dumps(self.dump(row, answer), sort_keys=True)]

    def check(self, row: Row, answer: Any, scheme: Scheme) -> Answer:
        """Check and normalise the answer of a system.

        Raises:
            EventbenchError: if it is not valid; says what was found and what was expected.
        """
        try:
            record = self.dump(row, answer)
            json.dumps(record, allow_nan=False)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            found = f"{answer!r:.60}"
            message = f"found {found}, expected an answer of {self.name}: {error}"
            raise EventbenchError(message) from None
        return self.parse(record, row, scheme)

    def annotators_answer(self, row: Row, document: Document, scheme: Scheme) -> Answer:
        """The answer that another annotation of the row's article gives.

        By default, the gold of the row with the same id in that annotation.
        """
        found = {r["id"]: r for r in self.rows([document], scheme)}
        return self.gold(found[row["id"]])

    def to_events(
        self, rows: Sequence[Row], answers: Sequence[Answer], scheme: Scheme
    ) -> dict[str, ArticleEvents]:
        """Convert answers to the events of each article; see ``gives_events``.

        Args:
            rows: inputs of the rows.
            answers: one answer per row.
            scheme: the scheme of the corpus.

        Raises:
            EventbenchError: if answers of the task cannot be converted.
        """
        raise EventbenchError(f"{self.name}: answers are not events")

    def records_of(self, sentences: Iterable[SentenceEvents]) -> Iterator[tuple[str, Row]]:
        """Convert what another tool predicts to records with places; see ``gives_events``.

        Raises:
            EventbenchError: if answers of the task cannot hold it.
        """
        raise EventbenchError(f"{self.name}: answers are not events")

    # Scores

    @property
    @abstractmethod
    def measure(self) -> Measure:
        """The score that ranks systems, computed from summed statistics."""

    @abstractmethod
    def statistics(self, gold: Gold, answers: Mapping[str, Answer]) -> Statistics:
        """Count answers by unit; scores, intervals and tests use sums of these counts.

        Args:
            gold: the rows with the correct answers.
            answers: answers by row id.
        """

    @abstractmethod
    def breakdown(self, statistics: Statistics, totals: Mapping[str, Numbers]) -> Sections:
        """Compute all scores, by section and name, from summed counts.

        Args:
            statistics: provides the names in each table.
            totals: the tables of statistics, summed over some or all units.
        """

    def remarks(self, gold: Gold, answers: Mapping[str, Answer]) -> list[str]:
        """Notes on unusual answers, printed with their scores."""
        return []

    def verify(self, gold: Gold, answers: Mapping[str, Answer], scores: Sections) -> str | None:
        """Check the scores with another program.

        Returns:
            Name and version of the program, or None.

        Raises:
            EventbenchError: if its scores differ.
        """
        return None

    def diagnose(self, gold: Gold, answers: Mapping[str, Answer]) -> ErrorReport | None:
        """Match answers with the gold, one to one; None if the task has no spans."""
        return None

    def decisions(self, gold: Gold, answers: Mapping[str, Answer]) -> list[Decision]:
        """List the wrong decisions; of questions with a fixed choice of answers the right ones too.

        The gold need not have the columns about other articles.
        """
        return []


@dataclass(frozen=True)
class Gold:
    """The gold rows of a task, with their articles.

    Attributes:
        task: the task.
        corpus: the corpus.
        documents: the test articles of all folds or of one, in the order of the corpus.
        rows: their rows, in reading order.
        fold: the fold whose test articles they are; None for all folds.
    """

    task: Task
    corpus: Corpus
    documents: tuple[Document, ...]
    rows: tuple[Row, ...]
    fold: int | None = None

    @classmethod
    def of(
        cls, task: Task, corpus: Corpus, *, with_seen: bool = False, fold: int | None = None
    ) -> Gold:
        """Make the gold rows of a corpus.

        Args:
            task: the task.
            corpus: the corpus.
            with_seen: add the columns about other articles, which is slower.
            fold: take the test articles of this fold alone.

        Raises:
            EventbenchError: if the corpus has no test articles, the task does not apply, or
                the fold does not exist.
        """
        corpus.check_tested()
        task.check_applies(corpus)
        corpus = task.prepare(corpus)
        tested = set(corpus.test_articles if fold is None else corpus.fold(fold)["test"])
        documents = tuple(d for d in corpus.documents if d.id in tested)
        seen = Seen.of(corpus) if with_seen else None
        return cls(task, corpus, documents, tuple(task.rows(documents, corpus.scheme, seen)), fold)

    @property
    def folds(self) -> list[dict[str, tuple[str, ...]]]:
        """The folds whose test articles these are; see `Corpus.folds`."""
        return self.corpus.folds() if self.fold is None else [self.corpus.fold(self.fold)]

    @property
    def scheme(self) -> Scheme:
        """The scheme of the corpus."""
        return self.corpus.scheme

    @cached_property
    def by_id(self) -> dict[str, Row]:
        """The rows by their ids."""
        return {row["id"]: row for row in self.rows}

    @cached_property
    def article_numbers(self) -> dict[str, int]:
        """Index of each article in `documents`."""
        return {document.id: k for k, document in enumerate(self.documents)}

    def article_of(self, row: Row) -> str:
        """The id of the article of a row."""
        article: str = row[self.task.article_column]
        return article

    @cached_property
    def sentence_units(self) -> dict[tuple[str, int], int]:
        """Index of the unit of each sentence; an article without sentences has one unit."""
        places = [(d.id, k) for d in self.documents for k in range(max(1, len(d.sentences)))]
        return {place: unit for unit, place in enumerate(places)}

    @cached_property
    def unit_articles(self) -> Ints:
        """Index of the article of each unit in `sentence_units`, shape (units,)."""
        import numpy as np

        return np.array([self.article_numbers[article] for article, _ in self.sentence_units])

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits over everything that the task uses of the corpus."""
        dropped = {*SEEN_COLUMNS}
        rows = ({k: v for k, v in row.items() if k not in dropped} for row in self.rows)
        lines = (json.dumps(row, sort_keys=True, ensure_ascii=False) for row in rows)
        return fingerprint([self.task.name, self.task.scheme_text(self.scheme), *lines])


# Columns that several tasks share

SENTENCE_COLUMNS = ("id", "doc_id", "sent_id", "text", "tokens", "token_starts", "token_ends")
EVENT_COLUMNS = (*SENTENCE_COLUMNS, "trigger_start", "trigger_end", "event_type")


def sentence_columns(document: Document, index: int, sentence: Sentence) -> Row:
    """Make the columns of a sentence, without its words."""
    return {
        "id": sentence.id,
        "doc_id": document.id,
        "sent_id": index,
        "text": None,
        "tokens": None,
        "token_starts": [t.start for t in sentence.tokens],
        "token_ends": [t.end for t in sentence.tokens],
    }


def fill_in_sentence(row: Row, text: str) -> Row:
    """Fill in text and tokens of the row of a sentence; without tokens its text is empty."""
    starts, ends = row["token_starts"], row["token_ends"]
    words = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    sentence = text[starts[0] : ends[-1]] if starts else ""
    return {**row, "text": sentence, "tokens": words}


def event_columns(
    document: Document, seen: Seen | None
) -> Iterator[tuple[Row, Row, Sentence, Event]]:
    """Make the columns of each event, without its words.

    Yields:
        The first columns of a row about the event, the last columns (about other
        articles), the sentence, and the event.

    Raises:
        EventbenchError: if a trigger does not consist of whole tokens.
    """
    for index, sentence in enumerate(document.sentences):
        starts = {t.start: i for i, t in enumerate(sentence.tokens)}
        ends = {t.end: i + 1 for i, t in enumerate(sentence.tokens)}
        for event in document.events_in(sentence):
            start, end = starts.get(event.trigger.start), ends.get(event.trigger.end)
            if start is None or end is None:
                raise EventbenchError(
                    f"{document.stem}.ann:{event.line}: trigger "
                    f"{event.trigger.text_in(document.text)!r} is not made of whole tokens"
                )
            row = {
                **sentence_columns(document, index, sentence),
                "id": f"{document.id}-{event.id}",
                "trigger_start": start,
                "trigger_end": end,
                "event_type": event.type,
            }
            yield row, seen.of_event(document, sentence, event) if seen else {}, sentence, event


def tokens_span(row: Row, first: int, behind: int) -> Span:
    """The position in the article of a half-open range of tokens of the row's sentence."""
    return Span(row["token_starts"][first], row["token_ends"][behind - 1])


def trigger_mark(row: Row) -> Mark:
    """The trigger of a row about an event."""
    span = tokens_span(row, row["trigger_start"], row["trigger_end"])
    return Mark(EVENT, row["doc_id"], span, row["event_type"])


def sentence_features() -> dict[str, Any]:
    """The types of `sentence_columns`."""
    from datasets import List, Value

    text, integer = Value("string"), Value("int32")
    return {
        "id": text,
        "doc_id": text,
        "sent_id": integer,
        "text": text,
        "tokens": List(text),
        "token_starts": List(integer),
        "token_ends": List(integer),
    }


def event_features(scheme: Scheme) -> dict[str, Any]:
    """The types of `event_columns` and of the columns about other articles."""
    from datasets import ClassLabel, List, Value

    return {
        **sentence_features(),
        "trigger_start": Value("int32"),
        "trigger_end": Value("int32"),
        "event_type": ClassLabel(names=list(scheme.event_types)),
        "near_duplicates": List(Value("string")),
        "trigger_seen": Value("bool"),
    }
