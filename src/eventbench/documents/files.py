"""The files of an input: folders, archives, compressed files and standard input."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import shutil
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import IO, Any, cast

from eventbench.errors import EventbenchError
from eventbench.io import reading

STDIN = Path("-")

ENDINGS = {
    ".txt": "txt",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".docx": "docx",
    ".pdf": "pdf",
    ".csv": "csv",
    ".tsv": "tsv",
    ".xlsx": "xlsx",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
"""The kind of a file by the ending of its name."""

KINDS = tuple(dict.fromkeys(ENDINGS.values()))
"""The kinds of files with articles."""

SINGLE = ("txt", "html", "docx", "pdf")
"""The kinds of files with one article each."""

SOURCES = "sources.csv"
"""A file of this name says what is known of the files beside it; see `sources`."""

LARGEST = 1 << 28
"""Bytes of a file that is read at once."""

_PACKED: dict[str, tuple[str, Callable[[Any], Any]]] = {
    ".gz": ("gzip", gzip.open),
    ".bz2": ("bzip2", bz2.open),
    ".xz": ("xz", lzma.open),
}
_BROKEN = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, zipfile.BadZipFile)
_ARCHIVE = ".zip"
_SAVE_AS = {".doc": ".docx", ".rtf": ".docx", ".odt": ".docx", ".xls": ".xlsx", ".ods": ".xlsx"}


@dataclass(frozen=True)
class File:
    """A file with articles.

    Attributes:
        place: names it in messages.
        label: its name; in a folder or archive, its path there, with / between folders.
        kind: one of `KINDS`.
        open: opens its content for reading, without compression.
        encoding: the encoding of a text.
    """

    place: str
    label: str
    kind: str
    open: Callable[[], IO[bytes]] = field(repr=False)
    encoding: str = "utf-8"

    @property
    def name(self) -> str:
        """The label without endings: the id of a file's only article."""
        folder, slash, name = self.label.replace(f"{_ARCHIVE}/", "/").rpartition("/")
        return folder + slash + _stem(name)

    @contextmanager
    def opened(self, failure: str = "cannot be read", *, back: bool = False) -> Iterator[IO[bytes]]:
        """Open the file.

        Args:
            failure: as in `eventbench.io.reading`.
            back: going back in it has to be quick; so what is compressed is copied to a
                temporary file.

        Raises:
            EventbenchError: naming the file, whatever goes wrong while it is open.
        """
        with reading(self.place, failure), self.open() as stream:
            try:
                if not back or isinstance(stream, io.BufferedReader | io.BytesIO):
                    yield stream
                else:
                    with tempfile.TemporaryFile() as copy:
                        shutil.copyfileobj(stream, copy)
                        copy.seek(0)
                        yield copy
            except _BROKEN as error:
                raise EventbenchError(f"{self.place}: broken {self._packing}: {error}") from None

    @property
    def _packing(self) -> str:
        ending = os.path.splitext(self.label)[1].lower()
        return _PACKED[ending][0] if ending in _PACKED else "archive"

    def content(self) -> bytes:
        """Read all of it.

        Raises:
            EventbenchError: if it cannot be read or is larger than `LARGEST`.
        """
        with self.opened() as stream:
            content = stream.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise EventbenchError(f"{self.place}: is larger than {LARGEST} bytes")
        return content


@dataclass(frozen=True)
class Input:
    """What an input consists of.

    Attributes:
        files: the files with articles.
        sources: the files called `SOURCES`.
        others: places of files of other kinds, which are not read.
    """

    files: list[File] = field(default_factory=list)
    sources: list[File] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def find_files(
    paths: Sequence[Path], kind: str | None = None, sources: Path | None = None
) -> Input:
    """List the files of an input, without reading them.

    Folders are searched with all folders in them, and ``.zip`` archives like folders. Left out
    are hidden files, the folder that browsers save with a page (``NAME_files``), and
    what programs leave behind (``~$NAME``, ``__MACOSX``).

    Args:
        paths: files, folders, archives, or `STDIN`.
        kind: one of `KINDS`, for all files; by their names if None.
        sources: a table of sources, which is left out because it is not an article.

    Raises:
        EventbenchError: if a file is of another kind, or a folder or archive has no file of
            these kinds.
    """
    found = Input()
    for path in paths:
        if path == STDIN:
            opener = _standard_input if kind == "jsonl" else _KeptInput()
            found.files.append(File("stdin", "stdin", kind or "txt", opener))
        elif path.is_dir() or _is_archive(path):
            before = len(found.files)
            for place, label, source in _inside(path):
                if not (sources and source == sources):
                    _add(found, place, label, source, kind)
            if len(found.files) == before:
                raise EventbenchError(f"{path}: has no file of articles: {_expected()}")
        else:
            _add(found, str(path), path.name, path, kind, named=True)
    return found


def _expected() -> str:
    return f"expected {', '.join(ENDINGS)}, or one of them with {', '.join(_PACKED)}"


def _is_archive(path: Path) -> bool:
    return path.suffix.lower() == _ARCHIVE and not path.is_dir()


def _inside(root: Path, prefix: str = "") -> Iterator[tuple[str, str, Path | _Entry]]:
    """Yield place, label and source of each file in a folder or archive, folder by folder.

    ``prefix`` is the label of the folder or archive, with a / at its end.
    """
    if _is_archive(root):
        yield from ((f"{root}/{name}", prefix + name, _Entry(root, name)) for name in _names(root))
        return
    for folder, folders, names in os.walk(root):
        saved = {f"{_stem(name)}_files" for name in names if _kind_of(name) == "html"}
        folders[:] = sorted(n for n in folders if not _is_left_out(n) and n not in saved)
        for name in sorted(n for n in names if not _is_left_out(n)):
            path = Path(folder, name)
            label = path.relative_to(root).as_posix()
            if _is_archive(path):
                yield from _inside(path, f"{label}/")
            else:
                yield str(path), label, path


def _add(
    found: Input,
    place: str,
    label: str,
    source: Path | _Entry,
    kind: str | None,
    *,
    named: bool = False,
) -> None:
    """Add a file; ``named`` if it was named itself and so has to be of a kind that is read."""
    name = label.rpartition("/")[2]
    chosen = kind or _kind_of(name)
    opener = partial(_opened, source, _ending(name))
    if name == SOURCES:
        found.sources.append(File(place, label, "csv", opener))
    elif chosen is not None:
        found.files.append(File(place, label, chosen, opener))
    elif named:
        ending = _ending(name)
        advice = f"save it as {_SAVE_AS[ending]}" if ending in _SAVE_AS else _expected()
        raise EventbenchError(f"{place}: not a kind of file that is read: {advice}")
    else:
        found.others.append(place)


def _is_left_out(name: str) -> bool:
    return name.startswith((".", "~$")) or name in ("__MACOSX", "Thumbs.db", "desktop.ini")


def _ending(name: str) -> str:
    return os.path.splitext(name)[1].lower()


def _unpacked(name: str) -> str:
    return os.path.splitext(name)[0] if _ending(name) in _PACKED else name


def _kind_of(name: str) -> str | None:
    return ENDINGS.get(_ending(_unpacked(name)))


def _stem(name: str) -> str:
    """A name without the endings that say how to read the file."""
    name = _unpacked(name)
    return os.path.splitext(name)[0] if _ending(name) in ENDINGS else name


# Archives and streams


def _opened(source: Path | _Entry, ending: str) -> IO[bytes]:
    if ending in _PACKED:  # what it opens itself by a name, it also closes
        packed = source if isinstance(source, Path) else source.open()
        return cast(IO[bytes], _PACKED[ending][1](packed))
    return source.open("rb") if isinstance(source, Path) else source.open()


@dataclass(frozen=True)
class _Entry:
    """A file of an archive."""

    archive: Path
    name: str

    def open(self) -> IO[bytes]:
        return _opened_archive(self.archive).open(self.name)


@lru_cache(maxsize=8)
def _archive(path: Path, changed: int) -> zipfile.ZipFile:
    """Open an archive once, as long as it does not change: the list of its files may be long."""
    return zipfile.ZipFile(path)


def _opened_archive(path: Path) -> zipfile.ZipFile:
    with reading(path, "not readable as .zip"):
        return _archive(path, path.stat().st_mtime_ns)


def _names(archive: Path) -> list[str]:
    names = (e.filename for e in _opened_archive(archive).infolist() if not e.is_dir())
    return sorted(n for n in names if not any(map(_is_left_out, n.split("/"))))


class _KeptInput:
    """Standard input, which is read once and can be opened several times."""

    @cached_property
    def _content(self) -> bytes:
        return sys.stdin.buffer.read()

    def __call__(self) -> IO[bytes]:
        return io.BytesIO(self._content)


def _standard_input() -> IO[bytes]:
    """Standard input, which stays open when what is returned is closed."""
    return cast(IO[bytes], _Borrowed(sys.stdin.buffer))


class _Borrowed(io.BufferedIOBase):
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readline(self, size: int | None = -1) -> bytes:
        return self._stream.readline(-1 if size is None else size)
