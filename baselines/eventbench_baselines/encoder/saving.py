"""Saving: the record beside a saved encoder's files, and the check that they are unchanged."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from eventbench import EventbenchError

Row = dict[str, Any]

RECORD = "encoder.json"
FORMAT = "eventbench encoder 3"
NEEDED = {"options", "precision", "values", "scheme"}


def write_record(directory: Path, content: Row) -> None:
    """Write ``content`` with the digests of all files in the directory."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    record = {
        "format": FORMAT,
        **content,
        "files": {str(p.relative_to(directory).as_posix()): _sha256(p) for p in files},
    }
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    (directory / RECORD).write_text(text, encoding="utf-8")


def read_record(directory: Path) -> Row:
    """Read the record of a saved encoder and check its files.

    Raises:
        EventbenchError: if the record is missing or damaged, or a file is missing or changed.
    """
    path = directory / RECORD
    if not path.is_file():
        raise EventbenchError(f"{directory}: not a saved encoder (no {RECORD})")
    try:
        record: Row = json.loads(path.read_text(encoding="utf-8"))
        if record["format"] != FORMAT:
            raise ValueError(f"format {record['format']!r}, expected {FORMAT!r}")
        files = dict(record["files"])
        if missing := sorted(NEEDED - record.keys()):
            raise ValueError(f"{', '.join(missing)}: missing")
    except (ValueError, KeyError, TypeError) as error:
        raise EventbenchError(f"{path}: not the record of a saved encoder: {error}") from None
    for name, expected in files.items():
        if not (directory / name).is_file():
            raise EventbenchError(f"{directory / name}: missing")
        if _sha256(directory / name) != expected:
            raise EventbenchError(f"{directory / name}: changed since it was saved")
    return record


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
