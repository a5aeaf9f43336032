"""The files of an entry, read without trust: no links, nothing outside, bounded in size."""

from __future__ import annotations

import os
import re
import stat
import zlib
from pathlib import Path
from typing import NoReturn

from eventbench.errors import EventbenchError
from eventbench.io import is_reserved, is_unfinished, reading

PREDICTIONS = "predictions"
SLUG = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
LONGEST_SLUG = 40
SLUG_IN_WORDS = (
    f"of a-z, 0-9, single - and . between them, at most {LONGEST_SLUG} characters, that is not a "
    "device of Windows"
)

MOST_FILES = 1000
MOST_PACKED = 1 << 20
MOST_UNPACKED = 1 << 22
"""Bytes of a file of predictions; an article's have some tens of thousands, unpacked."""
DEEPEST_JSON = 16

CELL = re.compile(
    rf"{PREDICTIONS}/(?P<task>[a-z][a-z0-9-]*)/seed(?P<seed>0|[1-9][0-9]{{0,8}})"
    r"/fold(?P<fold>0|[1-9][0-9]{0,2})\.jsonl\.gz"
)
"""The path of a file of predictions in its entry."""
_FOLDER = re.compile(rf"{PREDICTIONS}(/[a-z][a-z0-9-]*(/seed(?:0|[1-9][0-9]{{0,8}}))?)?")
_STRING = re.compile(rb'"(?:[^"\\\n]|\\[^\n])*+"?')
"""A JSON string. Possessive, and its end may be missing: so no input takes more than one pass."""


def refuse(path: Path, expected: str) -> NoReturn:
    """Refuse a file or folder that does not belong in a leaderboard."""
    raise EventbenchError(f"{path}: is not allowed: {expected}")


def check_slug(folder: Path) -> None:
    """Check that a folder's name may be that of a corpus, a system or a revision."""
    if not is_slug(folder.name):
        refuse(folder, f"expected a name {SLUG_IN_WORDS}")


def is_slug(name: str) -> bool:
    """Return True for a valid name of a corpus, a system or a revision."""
    fits = len(name) <= LONGEST_SLUG and SLUG.fullmatch(name)
    return bool(fits) and not is_reserved(name)


def lstat(path: Path) -> os.stat_result:
    """The status of a path itself, not of what it links to."""
    with reading(path):
        return path.lstat()


def scan(folder: Path) -> list[os.DirEntry[str]]:
    """List a folder, sorted by name."""
    with reading(folder), os.scandir(folder) as items:
        return sorted(items, key=lambda item: item.name)


def entry_files(path: Path, own: tuple[str, ...], below: str = "") -> list[str]:
    """List the files of an entry by their path in it, and refuse anything else.

    Left out is what `write_whole` has not finished.

    Args:
        path: the entry.
        own: its files other than predictions.
        below: the folder in it to list.
    """
    found = []
    for item in scan(path / below):
        if not below and is_unfinished(item.name):
            continue
        name = f"{below}/{item.name}" if below else item.name
        if item.is_dir(follow_symlinks=False) and _FOLDER.fullmatch(name):
            found += entry_files(path, own, name)
        elif item.is_file(follow_symlinks=False) and (name in own or CELL.fullmatch(name)):
            found.append(name)
        else:
            refuse(
                path / name,
                f"an entry has {', '.join(own)} and "
                f"{PREDICTIONS}/TASK/seedN/foldN.jsonl.gz, and no links",
            )
        if len(found) > MOST_FILES:
            raise EventbenchError(f"{path}: has more than {MOST_FILES} files")
    return found


def read_bounded(path: Path, most: int) -> bytes:
    """Read a regular file of bounded size."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_BINARY", 0)
    with reading(path), open(os.open(path, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            refuse(path, "expected a regular file")
        content = file.read(most + 1)
    if len(content) > most:
        raise EventbenchError(f"{path}: is larger than {most} bytes")
    return content


def check_depth(path: Path, content: bytes) -> None:
    """Refuse deeply nested JSON before anything parses it."""
    import numpy as np

    marks = np.frombuffer(_STRING.sub(b"", content), dtype=np.uint8) | 0x20  # makes [ a {, ] a }
    steps = (marks == ord("{")).astype(np.int32) - (marks == ord("}"))
    depth = int(np.cumsum(steps).max(initial=0))
    if depth > DEEPEST_JSON:
        raise EventbenchError(f"{path}: is nested {depth} deep, expected at most {DEEPEST_JSON}")


def unpack(path: Path, content: bytes) -> bytes:
    """Unpack a single gzip member, to at most `MOST_UNPACKED` bytes."""
    stream = zlib.decompressobj(wbits=31)
    try:
        unpacked = stream.decompress(content, MOST_UNPACKED + 1)
    except zlib.error as error:
        raise EventbenchError(f"{path}: broken gzip: {error}") from None
    if len(unpacked) > MOST_UNPACKED:
        raise EventbenchError(f"{path}: is larger than {MOST_UNPACKED} bytes, unpacked")
    if not stream.eof or stream.unused_data:
        what = "ends too early" if not stream.eof else "something follows its end"
        raise EventbenchError(f"{path}: broken gzip: {what}")
    return unpacked
