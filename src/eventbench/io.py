"""Writing files and directories so that a reader finds all of one or none of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eventbench.corpus.model import EventbenchError


def write_whole(path: Path, content: str) -> None:
    """Write a UTF-8 file under a temporary name beside ``path``, then rename it.

    Raises:
        EventbenchError: if it cannot be written; nothing is left behind then.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(content)
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise EventbenchError(f"{path}: cannot be written: {error.strerror}") from None


@contextmanager
def made_whole(out: Path) -> Iterator[Path]:
    """A path beside ``out`` to make a file or directory at, which becomes ``out`` at the end.

    What was at ``out`` before is replaced, but not a directory by a file; after an error it
    is still there.

    Raises:
        EventbenchError: if something cannot be written.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as parent:
            new = Path(parent) / "new"
            yield new
            if out.is_dir() and new.is_dir():
                out.rename(Path(parent) / "old")
            new.replace(out)
    except OSError as error:
        raise EventbenchError(f"{out}: cannot be written: {error.strerror or error}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
