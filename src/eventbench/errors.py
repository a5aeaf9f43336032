"""The exception that eventbench raises for bad input, and lines that only warn."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST_MESSAGE = 2000
"""Characters of a message; what a file has at a place may be longer."""


def printable(text: str, kept: str = "") -> str:
    """Escape control and invisible characters, which could steer a terminal or hide text.

    Args:
        text: any text; it ends up on one line.
        kept: characters that stay, such as line ends.
    """
    return "".join(c if c.isprintable() or c in kept else ascii(c)[1:-1] for c in text)


class EventbenchError(Exception):
    """Bad input; the one-line message says where, what was found and what was expected.

    What it quotes may come from anywhere: control characters and line ends are escaped.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(printable(str(message))[:LONGEST_MESSAGE])


@contextmanager
def located(place: str) -> Iterator[None]:
    """Prefix the message of an `EventbenchError` with ``place`` ("file:line")."""
    try:
        yield
    except EventbenchError as error:
        raise EventbenchError(f"{place}: {error}") from None


def say(message: str) -> None:
    """Print a line on standard error, above a progress bar if there is one."""
    if sys.stderr is None:  # closed by whoever started the process
        return
    line = f"eventbench: {printable(message)[:LONGEST_MESSAGE]}"
    if "tqdm" in sys.modules:
        from tqdm import tqdm

        tqdm.write(line, file=sys.stderr)
    else:
        print(line, file=sys.stderr, flush=True)
