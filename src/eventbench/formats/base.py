"""What a format is, and what several of them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Event, Link, Value
from eventbench.corpus.scheme import Scheme
from eventbench.errors import EventbenchError, located
from eventbench.io import is_empty_directory, safe_name


@dataclass(frozen=True)
class Annotated:
    """An article as a tool gives it back: its text with what one annotator marked in it.

    Attributes:
        place: where it was read, for messages: a file, or a file and a task in it.
        name: the name of its files without the ending.
        text: the text.
        events: the events.
        links: relations between the events.
        values: values of spans; None if the tool has no place for them.
    """

    place: str
    name: str
    text: str
    events: tuple[Event, ...]
    links: tuple[Link, ...]
    values: tuple[Value, ...] | None = None

    @property
    def title(self) -> str:
        """The first line that has words; empty if there is none."""
        return next((line.strip() for line in self.text.split("\n") if line.strip()), "")


@dataclass(frozen=True)
class Returned:
    """Everything that a tool gives back.

    Attributes:
        by_annotator: the articles of each annotator; a tool without annotators has one, "".
        skipped: what was left out, in words with numbers ("2 cancelled annotations").
    """

    by_annotator: Mapping[str, tuple[Annotated, ...]]
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Imported:
    """The outcome of an import: the ids of articles by what became of them.

    Attributes:
        added: new articles.
        updated: articles whose annotations were replaced.
        unchanged: articles that have these annotations already.
        skipped: what was left out, in words with numbers ("2 cancelled annotations").
    """

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    skipped: tuple[str, ...] = field(default=(), kw_only=True)

    def __str__(self) -> str:
        found = (f"{k} {', '.join(ids)}" for k, ids in asdict(self).items() if ids)
        return "; ".join(found)


@dataclass(frozen=True)
class Format:
    """One format of annotated articles.

    Attributes:
        name: on the command line.
        description: for help and documents, in a few words.
        write: writes a corpus to a file or directory, whole or not at all.
        suffix: the ending of its files as the tool expects it (".conll"); empty if the format
            is a directory, which has no files of splits.
        read: reads what the tool gives back, with a scheme; None if the format is only written.
        check: checks, before articles are tagged, that the format can be written and hold their
            texts, which are given by their ids; None if it always can.
    """

    name: str
    description: str
    write: Callable[[Corpus, Path], None]
    suffix: str = ""
    read: Callable[[Path, Scheme], Returned] | None = None
    check: Callable[[Mapping[str, str]], None] | None = None

    @property
    def is_directory(self) -> bool:
        """True if it is written to a directory, not to a file."""
        return not self.suffix


_MISCOUNTED = {"\r": "a carriage return", "\ufeff": "a byte-order mark"}
"""Characters that some tools count in offsets and others skip or change."""


def check_article(place: str, name: str, text: str, *, is_file: bool = False) -> None:
    """Check that an article can be stored under a name, and that all tools count its offsets alike.

    Args:
        place: where it was read, for messages: a file, or a file and a task in it.
        name: the name of its files without the ending.
        text: its text.
        is_file: the place is the file of the text alone, so that lines of the text are its lines.

    Raises:
        EventbenchError: naming place and line.
    """
    with located(place):
        safe_name(f"{name}.txt")
    if not text.strip():
        raise EventbenchError(f"{place}: holds no text")
    for number, line in enumerate(text.split("\n"), 1):
        for character, called in _MISCOUNTED.items():
            if character in line:
                where = f"{place}:{number}" if is_file else f"{place}: line {number} of the text"
                raise EventbenchError(
                    f"{where}: has {called}, which tools count differently: remove it and annotate "
                    "again"
                )


def check_free(out: Path) -> None:
    """Check that a directory can be written: it is absent or empty.

    Raises:
        EventbenchError: if something else is there.
    """
    if out.exists() and not is_empty_directory(out):
        raise EventbenchError(f"{out}: exists and is not an empty directory; choose another")
