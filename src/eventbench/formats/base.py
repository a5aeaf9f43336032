"""What a format is, and what several of them share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from eventbench.corpus.loading import Corpus


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
        is_directory: it is written to a directory, not to a file.
        read: adds the articles in a file or directory to the directory of a corpus, or
            updates those that it has; None if the format is only written.
    """

    name: str
    description: str
    write: Callable[[Corpus, Path], None]
    is_directory: bool = False
    read: Callable[[Path, Path], Imported] | None = None
