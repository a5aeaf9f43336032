"""What commands print with: JSON, a running count and the log."""

from __future__ import annotations

import codecs
import io
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def escape_what_cannot_be_shown(*streams: TextIO | None) -> None:
    """Let streams write characters that their encoding lacks as JSON does ("\\u2013").

    So a table can be read on an ASCII terminal, and JSON stays the same JSON. On Windows, what
    goes to a file or another program has the bytes that it has elsewhere: UTF-8, and no
    carriage returns.
    """
    codecs.register_error("escape as JSON", _escape)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            if sys.platform == "win32" and not stream.isatty():
                chosen = os.environ.get("PYTHONIOENCODING")
                stream.reconfigure(encoding=None if chosen else "utf-8", newline="\n")
            stream.reconfigure(errors="escape as JSON")


def _escape(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def print_json(value: Any) -> None:
    """Print a value as indented JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


@contextmanager
def counter(title: str, unit: str) -> Iterator[Callable[[int], object]]:
    """Show a running count on a terminal, and yield a callback that takes the increment.

    The bar appears with the first increment: before, something else may be shown.
    """
    from tqdm import tqdm

    with tqdm(disable=None, delay=1e-6, unit=f" {unit}", desc=title) as bar:
        yield bar.update


@contextmanager
def log_to_stderr(verbosity: int) -> Iterator[None]:
    """Send eventbench's log to standard error: 0 nothing, 1 INFO, 2 and more DEBUG."""
    logger = logging.getLogger("eventbench")
    handler = logging.StreamHandler() if verbosity else logging.NullHandler()
    handler.setFormatter(logging.Formatter(LOG_FORMAT))
    level = logger.level
    if verbosity:
        logger.setLevel(logging.DEBUG if verbosity > 1 else logging.INFO)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
