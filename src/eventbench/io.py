"""Read files with clear errors; write files and directories atomically."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import reprlib
import tempfile
import tomllib
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NoReturn

from eventbench.errors import EventbenchError

Json = dict[str, Any]

LONGEST_LINE = 1 << 26
"""Maximum length of a line in bytes; an article in JSON has tens of thousands."""

short = reprlib.repr
"""``repr``, truncated so that a message stays one line."""


# Reading


def read_bytes(path: Path) -> bytes:
    """Read a file.

    Raises:
        EventbenchError: naming the file, if it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise EventbenchError(f"{path}: {error.strerror or error}") from None


def read_text(path: Path) -> str:
    """Read a UTF-8 file, with line ends unchanged.

    Raises:
        EventbenchError: naming file and line, if it cannot be read or is not UTF-8.
    """
    return decode(str(path), read_bytes(path))


def decode(name: str, content: bytes, first_line: int = 1) -> str:
    """Decode UTF-8.

    Raises:
        EventbenchError: naming ``name`` and the line of the first byte that is not UTF-8.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = first_line + content.count(b"\n", 0, error.start)
        raise EventbenchError(f"{name}:{line}: not UTF-8: {error.reason}") from None


def read_toml(path: Path) -> Json:
    """Read a TOML file.

    Raises:
        EventbenchError: naming the file, if it cannot be read or is not TOML.
    """
    text = read_text(path)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise EventbenchError(f"{path}: not valid TOML: {error}") from None


def read_json_object(path: Path) -> Json:
    """Read a JSON object from a file.

    Raises:
        EventbenchError: naming the file, if it cannot be read or is not a JSON object.
    """
    return parse_json_object(str(path), read_bytes(path))


def parse_json_object(place: str, content: bytes) -> Json:
    """Parse one JSON object, refusing duplicate keys, NaN and infinities.

    Raises:
        EventbenchError: with a message that begins with ``place``.
    """
    try:
        value = json.loads(
            content.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_unique
        )
    except UnicodeDecodeError as error:
        raise EventbenchError(f"{place}: not UTF-8: {error.reason}") from None
    except (ValueError, RecursionError) as error:  # ValueError: also for a number of 5,000 digits
        raise EventbenchError(f"{place}: not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise EventbenchError(f"{place}: found {short(value)}, expected an object")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    """Build an object, refusing duplicate keys: it is unclear which value was meant."""
    result = dict(pairs)
    if len(result) < len(pairs):
        key, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ValueError(f"key {short(key)} occurs twice in one object")
    return result


def read_lines(path: Path, longest: int = LONGEST_LINE) -> Iterator[tuple[int, bytes]]:
    """Yield each line of a file, plain or ``.gz``, with its number.

    Raises:
        EventbenchError: naming file and line, if it cannot be read, its gzip is
            broken or a line is longer than ``longest`` bytes.
    """
    number = 0
    try:
        with _open(path) as file:
            while line := file.readline(longest + 1):
                number += 1
                if len(line) > longest:
                    raise EventbenchError(f"{path}:{number}: is longer than {longest} bytes")
                yield number, line
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise EventbenchError(f"{path}:{number + 1}: broken gzip: {error}") from None
    except OSError as error:
        raise EventbenchError(f"{path}: {error.strerror or error}") from None


def _open(path: Path) -> IO[bytes] | gzip.GzipFile:
    return gzip.GzipFile(path) if path.suffix == ".gz" else path.open("rb")


def read_table(path: Path, width: int) -> list[tuple[int, list[str]]]:
    """Read the rows of a tab-separated list below its heading, with their line numbers.

    A missing list has no rows.

    Raises:
        EventbenchError: if a row does not have ``width`` fields.
    """
    if not path.is_file():
        return []
    rows = []
    for number, line in enumerate(read_text(path).split("\n"), 1):
        fields = line.split("\t")
        if number == 1 or not line:
            continue
        if len(fields) != width:
            message = f"{path}:{number}: found {len(fields)} fields, expected {width}"
            raise EventbenchError(message)
        rows.append((number, fields))
    return rows


# Digests


def sha256(path: Path) -> str:
    """Compute the SHA-256 of a file, in hexadecimal.

    Raises:
        EventbenchError: naming the file, if it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EventbenchError(f"{path}: {error.strerror or error}") from None


def fingerprint(parts: Iterable[str]) -> str:
    """A digest of 16 hexadecimal digits over texts and the boundaries between them."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode()
        digest.update(len(content).to_bytes(8, "big"))
        digest.update(content)
    return digest.hexdigest()[:16]


# Writing


def json_lines(records: Iterable[Mapping[str, Any]]) -> str:
    """Format records as JSON Lines."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def write_json(path: Path, value: Any) -> None:
    """Write indented JSON atomically."""
    write_whole(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_whole(path: Path, content: str) -> None:
    """Write a UTF-8 file under a temporary name beside ``path``, then rename it.

    Raises:
        EventbenchError: if it cannot be written; the temporary file is removed.
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
def atomic_output(out: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``out`` and rename it to ``out`` at the end.

    An earlier ``out`` is replaced, but never a directory by a file. After an error it is
    unchanged.

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


def is_empty_directory(path: Path) -> bool:
    """Return True for an empty directory."""
    return path.is_dir() and not any(path.iterdir())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
