"""The exception that eventbench raises for bad input."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class EventbenchError(Exception):
    """Bad input; the one-line message says where, what was found and what was expected."""


@contextmanager
def located(place: str) -> Iterator[None]:
    """Prefix the message of an `EventbenchError` with ``place`` ("file:line")."""
    try:
        yield
    except EventbenchError as error:
        raise EventbenchError(f"{place}: {error}") from None
