"""What standard output is on other systems."""

from __future__ import annotations

import io
import sys

import pytest

from eventbench.cli.output import escape_what_cannot_be_shown

TEXT = "é – 😀\n"


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def written(kind: type[io.TextIOWrapper] = io.TextIOWrapper) -> bytes:
    """The bytes of a text on a stream as Windows opens it."""
    raw = io.BytesIO()
    stream = kind(raw, "cp1252", newline="\r\n")
    escape_what_cannot_be_shown(stream)
    stream.write(TEXT)
    stream.flush()
    return raw.getvalue()


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)


@pytest.mark.usefixtures("windows")
def test_a_file_has_the_same_bytes_on_windows() -> None:
    assert written() == TEXT.encode()


@pytest.mark.usefixtures("windows")
def test_a_terminal_and_a_chosen_encoding_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    assert written(Terminal) == b"\xe9 \x96 \\ud83d\\ude00\r\n"
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    assert written() == b"\xe9 \x96 \\ud83d\\ude00\n"
