"""What a check is, and what it looks at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from eventbench.claims.derive import read_lists
from eventbench.corpus.info import CorpusInfo
from eventbench.corpus.loading import INFO, available_corpora
from eventbench.corpus.model import Document, Event, Problem, Span
from eventbench.corpus.scheme import Scheme
from eventbench.errors import EventbenchError
from eventbench.io import read_text, short

GUIDELINES = "GUIDELINES.md"
"""The file of the guidelines."""

Finding = tuple[int, str]
"""The line of the ``.ann`` file where a problem is, and its message."""


@dataclass(frozen=True)
class AnnotationSet:
    """All articles of a corpus with one set of annotations.

    Attributes:
        documents: by id; without whatever reading has reported.
        paths: the ``.ann`` file of each document, by id.
        scheme: what may be annotated.
        info: the contents of ``corpus.toml``.
        root: the directory of the corpus.
    """

    documents: dict[str, Document]
    paths: dict[str, str]
    scheme: Scheme
    info: CorpusInfo
    root: Path

    @property
    def lists(self) -> Path:
        """The directory of the lists beside the gold and of the guidelines."""
        return self.root / "annotations"

    @property
    def guidelines(self) -> Path:
        """The guidelines: the corpus's own, or those of the corpus that ``corpus.toml`` names.

        Raises:
            EventbenchError: if it names something else than a bundled corpus.
        """
        named = self.info.guidelines
        if not named:
            return self.lists / GUIDELINES
        known = available_corpora()
        if named not in known:
            expected = f"the id of a bundled corpus ({', '.join(known)})"
            found = f"guidelines is {short(named)}, expected {expected}"
            raise EventbenchError(f"{self.root / INFO}: {found}")
        return known[named] / "annotations" / GUIDELINES

    @cached_property
    def rules(self) -> tuple[str, ...]:
        """The rules of the guidelines, lines that begin as ``**T1.**`` does; none without them.

        Raises:
            EventbenchError: as for `guidelines`.
        """
        path = self.guidelines
        text = read_text(path) if path.is_file() else ""
        return tuple(dict.fromkeys(re.findall(r"^\*\*([A-Z]\d+)\.", text, re.MULTILINE)))

    @cached_property
    def incident_problems(self) -> list[Problem]:
        """Everything wrong with the lists of incidents, which are read once for all checks."""
        return read_lists(self.lists, list(self.documents.values()))[2]

    def place_in_article(self, document: Document, span: Span) -> tuple[str, int]:
        """The article's file and the line on which ``span`` begins."""
        path = self.root / "seeds" / f"{document.stem}.txt"
        return str(path), document.text.count("\n", 0, span.start) + 1


@dataclass(frozen=True)
class Check:
    """One rule that annotations must keep.

    Attributes:
        id: names it in problems and documents.
        meaning: a sentence that says what is wrong where it finds something.
        find: yields every breach.
        gold_only: it reads the lists beside the gold, which describe the gold alone.
    """

    id: str
    meaning: str
    find: Callable[[AnnotationSet], Iterator[Problem]]
    gold_only: bool


DocumentCheck = Callable[[Document, AnnotationSet], Iterator[Finding]]
GoldCheck = Callable[[AnnotationSet], Iterator[Problem]]


class Checks(list[Check]):
    """The checks of one topic; its methods register functions as checks."""

    def of_document(
        self, identifier: str, meaning: str
    ) -> Callable[[DocumentCheck], DocumentCheck]:
        """Register a function that yields the breaches of one rule in one document."""

        def register(find: DocumentCheck) -> DocumentCheck:
            def find_everywhere(annotated: AnnotationSet) -> Iterator[Problem]:
                for doc_id, document in annotated.documents.items():
                    for line, message in find(document, annotated):
                        yield Problem(annotated.paths[doc_id], line, identifier, message)

            self.append(Check(identifier, meaning, find_everywhere, gold_only=False))
            return find

        return register

    def of_gold(self, identifier: str, meaning: str) -> Callable[[GoldCheck], GoldCheck]:
        """Register a function that checks all articles of the gold with the lists beside it."""

        def register(find: GoldCheck) -> GoldCheck:
            self.append(Check(identifier, meaning, find, gold_only=True))
            return find

        return register


def quote(document: Document, span: Span) -> str:
    """The words of a span and its place, for a message."""
    return f"{span.text_in(document.text)!r} ({span.start}-{span.end})"


def name(document: Document, event: Event) -> str:
    """The id and the trigger of an event, for a message."""
    return f"{event.id} {event.trigger.text_in(document.text)!r}"
