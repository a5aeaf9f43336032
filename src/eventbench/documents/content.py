"""Tell what a file is by its content: a name may say something else."""

from __future__ import annotations

import json
import re
import zipfile
from contextlib import suppress
from typing import IO

from eventbench.documents.files import KINDS, File
from eventbench.errors import EventbenchError

HEAD = 1 << 14
"""Bytes that are looked at."""

_SIGNATURES = (
    (b"PK\x03\x04", "zip"),
    (b"PAR1", "parquet"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Word or Excel file: save it as .docx or .xlsx"),
    (b"{\\rtf", "rich text (RTF): save it as .docx"),
    (b"\x1f\x8b", "compressed (gzip): its name has to end in .gz"),
    (b"BZh", "compressed (bzip2): its name has to end in .bz2"),
    (b"\xfd7zXZ\x00", "compressed (xz): its name has to end in .xz"),
    (b"\x28\xb5\x2f\xfd", "compressed (Zstandard): unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"),
    (b"Rar!", "a RAR archive: unpack it first"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"SQLite format 3", "a database"),
)
_PARTS = (
    ("word/document.xml", "docx"),
    ("xl/workbook.xml", "xlsx"),
    ("xl/workbook.bin", "a binary spreadsheet: save it as .xlsx"),
    ("ppt/presentation.xml", "a presentation"),
    ("content.xml", "an OpenDocument file: save it as .docx or .xlsx"),
)
"""What a ZIP archive is by the files in it."""

_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)*"
    rb"<(?:!doctype|\?xml|/?(?:html|head|body|meta|title|script|div|article|table|p)\b)",
    re.IGNORECASE | re.DOTALL,
)
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
"""Of UTF-16 and UTF-32, the only texts in which zero bytes are no sign of binary data."""

_CONTROL = bytes([*range(9), *range(14, 27), 28, 29])
"""Control characters that texts rarely have."""

NAMES = {
    "txt": "plain text",
    "html": "a web page",
    "docx": "a Word document",
    "pdf": "a PDF",
    "csv": "a table with commas",
    "tsv": "a table with tabs",
    "xlsx": "a spreadsheet",
    "jsonl": "JSON Lines",
    "parquet": "a Parquet file",
}
TEXTS = ("txt", "csv", "tsv", "html")
"""Kinds of files without a signature, which have an encoding."""


def check_content(file: File) -> bool:
    """Check that a file is of its kind, as far as its beginning tells.

    Returns:
        False if the file is empty.

    Raises:
        EventbenchError: saying what it is instead, or that it cannot be read.
    """
    with file.opened() as stream:
        head = stream.read(HEAD)
        found = _recognised(head)
        if found == "zip":
            stream.seek(0)
            found = _recognised_archive(stream)
    if not head:
        return False
    if found != file.kind and (found is not None or file.kind not in TEXTS):
        raise EventbenchError(f"{file.place}: {_mistaken(found, file.kind)}")
    return True


def _mistaken(found: str | None, kind: str) -> str:
    if found is None:
        return f"is not {NAMES[kind]}"
    if found not in KINDS:
        return f"is not {NAMES[kind]} but {found}"
    return f"is not {NAMES[kind]} but {NAMES[found]}: its name has to end in .{found}"


def _recognised(head: bytes) -> str | None:
    """One of `KINDS`, "zip", what else it is in words, or None if it may be text."""
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            return what
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if _PAGE.match(head):
        return "html"
    if is_binary(head) and not head.startswith(_BYTE_ORDER_MARKS):
        return "binary data"
    if head.lstrip().startswith(b"{"):
        with suppress(ValueError):
            json.loads(head.partition(b"\n")[0])
            return "jsonl"
    return None


def is_binary(content: bytes) -> bool:
    """Return True if bytes cannot be text in UTF-8 or an encoding with one byte a letter."""
    control = len(content) - len(content.translate(None, _CONTROL))
    return b"\0" in content or control > len(content) / 20


def _recognised_archive(stream: IO[bytes]) -> str:
    with suppress(zipfile.BadZipFile), zipfile.ZipFile(stream) as archive:
        names = set(archive.namelist())
        for name, what in _PARTS:
            if name in names:
                return what
        return "an archive: its name has to end in .zip"
    return "a damaged archive or document"
