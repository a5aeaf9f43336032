"""What a format is, and what several of them share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from eventbench.corpus.loading import Corpus
from eventbench.errors import EventbenchError
from eventbench.io import is_empty_directory


@dataclass(frozen=True)
class Imported:
    """The outcome of an import: the ids of articles by what became of them.

    Attributes:
        added: new articles.
        updated: articles whose annotations were replaced.
        unchanged: articles that have these annotations already.
    """

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()

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
        read: adds the articles in a file or directory to the directory of a corpus, or
            updates those that it has; None if the format is only written.
    """

    name: str
    description: str
    write: Callable[[Corpus, Path], None]
    suffix: str = ""
    read: Callable[[Path, Path], Imported] | None = None

    @property
    def is_directory(self) -> bool:
        """True if it is written to a directory, not to a file."""
        return not self.suffix


def check_free(out: Path) -> None:
    """Check that a directory can be written: it is absent or empty.

    Raises:
        EventbenchError: if something else is there.
    """
    if out.exists() and not is_empty_directory(out):
        raise EventbenchError(f"{out}: exists and is not an empty directory; choose another")
