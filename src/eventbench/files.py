"""Writing files so that a reader finds all of a file or none of it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from eventbench.model import EventbenchError


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


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
