"""Read files with clear errors; write files and directories atomically."""

from __future__ import annotations

import gzip
import hashlib
import json
import lzma
import math
import os
import platform
import re
import reprlib
import shutil
import tempfile
import time
import tomllib
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NoReturn, cast

from eventbench.errors import EventbenchError

Json = dict[str, Any]

LONGEST_LINE = 1 << 26
"""Maximum length of a line in bytes; an article in JSON has tens of thousands."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

short = reprlib.repr
"""``repr``, truncated so that a message stays one line."""


LONGEST_NAME = 200
"""Bytes of a file's name; file systems allow 255, and temporary names are longer."""

_RESERVED = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"} | {
    f"{port}{digit}" for port in ("COM", "LPT") for digit in "0123456789¹²³"
}
"""Names of devices on Windows, whatever extension follows."""


def whole_number(text: str) -> int | None:
    """The number that 1 to 15 ASCII digits write; None for anything else."""
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else None


# Names


def is_reserved(name: str) -> bool:
    """Return True for a name that Windows keeps for a device ("con", "nul.txt")."""
    return name.partition(".")[0].strip().upper() in _RESERVED


def safe_name(name: object) -> str:
    """Check a name that comes out of a file and is to become that of a file or folder.

    Raises:
        EventbenchError: unless every system stores it under this very name, in the folder
            where it belongs, and shows it.
    """
    if (
        not isinstance(name, str)
        or not 0 < len(name.encode(errors="replace")) <= LONGEST_NAME
        or not name.isprintable()
        or set(name) & set('/\\<>:"|?*')
        or name[0] in ". "
        or name[-1] in ". "
        or is_reserved(name)
    ):
        raise EventbenchError(f"{short(name)} cannot be the name of a file")
    return name


def file_stems(ids: Iterable[str], ending: str) -> dict[str, str]:
    """A name without its ending for the file of each article, no two of which differ in case alone.

    It is the id, with "-" between folders ("2031/a" is "2031-a"), if every system can store that
    with the ending; else it has the number of the article.
    """
    stems: dict[str, str] = {}
    taken: set[str] = set()
    for number, identifier in enumerate(ids, 1):
        stem = identifier.replace("/", "-")
        try:
            safe_name(f"{stem}{ending}")
        except EventbenchError:
            stem = f"article-{number}"
        while stem.casefold() in taken:
            stem = f"{number}-{stem}"
        taken.add(stem.casefold())
        stems[identifier] = stem
    return stems


def safe_path(root: Path, name: object) -> Path:
    """The path of a file below ``root``, named in a file with / between folders.

    Raises:
        EventbenchError: unless each part is a `safe_name`.
    """
    return root.joinpath(*map(safe_name, name.split("/") if isinstance(name, str) else [name]))


def agreed_format(out: Path, format: str | None, endings: Mapping[str, Sequence[str]]) -> str:
    """Choose the format of an output by the ending of its name.

    Args:
        out: the file or directory.
        format: the format that the user named, which has to agree; None: by the ending.
        endings: the endings of each format, "" for a name without one, which is a directory.
            Of several formats with one ending, the first is chosen.

    Raises:
        EventbenchError: if the ending is none of them, or that of another format.
    """
    if format is not None:
        if out.suffix not in endings[format]:
            found = f"ends in {out.suffix}" if out.suffix else "has no ending"
            expected = " or ".join(end or "a name without ending" for end in endings[format])
            raise EventbenchError(f"{out}: {found}, but --format {format} is written to {expected}")
        return format
    for name, ends in endings.items():
        if out.suffix in ends:
            return name
    known = dict.fromkeys(end for ends in endings.values() for end in ends if end)
    rest = " or has no ending" if any("" in ends for ends in endings.values()) else ""
    raise EventbenchError(f"{out}: expected a name that ends in {', '.join(known)}{rest}")


# Reading


@contextmanager
def reading(place: object, failure: str = "cannot be read") -> Iterator[None]:
    """Turn everything that a foreign file can cause into one error that begins with ``place``.

    Args:
        place: the file, or file and line.
        failure: what an error of the parser means ("not valid JSON").

    Raises:
        EventbenchError: in one line.
    """
    try:
        yield
        return
    except EventbenchError:
        raise
    except UnicodeDecodeError as error:
        message = f"not UTF-8: {error.reason}"
    except RecursionError:
        message = f"{failure}: nested too deeply"
    except MemoryError:
        message = "does not fit into memory"
    except Exception as error:  # whatever the parser of a library raises
        said = f"{failure}: {' '.join(str(error).split()):.300}"
        message = getattr(error, "strerror", None) or said
    raise EventbenchError(f"{place}: {message}") from None


def read_bytes(path: Path) -> bytes:
    """Read a file.

    Raises:
        EventbenchError: naming the file, if it cannot be read.
    """
    with reading(path):
        return path.read_bytes()


def read_text(path: Path) -> str:
    """Read a UTF-8 file, with line ends unchanged.

    Raises:
        EventbenchError: naming file and line, if it cannot be read or is not UTF-8.
    """
    return decode(path, read_bytes(path))


def decode(name: object, content: bytes, first_line: int = 1) -> str:
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
    return parse_toml(path, read_text(path))


def parse_toml(place: object, text: str) -> Json:
    """Parse TOML.

    Raises:
        EventbenchError: beginning with ``place``.
    """
    with reading(place, "not valid TOML"):
        return tomllib.loads(text)


def read_json_object(path: Path) -> Json:
    """Read a JSON object from a file.

    Raises:
        EventbenchError: naming the file, if it cannot be read or is not a JSON object.
    """
    return parse_json_object(path, read_bytes(path))


def parse_json_object(place: object, content: bytes) -> Json:
    """Parse one JSON object like `parse_json`.

    Raises:
        EventbenchError: with a message that begins with ``place``.
    """
    value = parse_json(place, content)
    if not isinstance(value, dict):
        raise EventbenchError(f"{place}: found {short(value)}, expected an object")
    return value


def parse_json(place: object, content: bytes) -> Any:
    """Parse JSON, refusing duplicate keys, NaN, infinities and lone surrogates.

    Raises:
        EventbenchError: with a message that begins with ``place``.
    """
    with reading(place, "not valid JSON"):
        text = content.decode("utf-8")
        value = json.loads(
            text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_unique
        )
        if "\\ud" in text or "\\uD" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is too large a number")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    """Build an object, refusing duplicate keys: it is unclear which value was meant."""
    result = dict(pairs)
    if len(result) < len(pairs):
        key, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ValueError(f"key {short(key)} occurs twice in one object")
    return result


def read_lines(path: Path, longest: int = LONGEST_LINE) -> Iterator[tuple[int, bytes]]:
    """Yield each line of a file, plain or ``.gz``, with its number, without a byte-order mark.

    Raises:
        EventbenchError: naming file and line, if it cannot be read, its gzip is
            broken or a line is longer than ``longest`` bytes.
    """
    with reading(path), _open(path) as file:
        yield from number_lines(path, file, longest)


def number_lines(
    place: object, file: IO[bytes], longest: int = LONGEST_LINE
) -> Iterator[tuple[int, bytes]]:
    """Yield each line of an open file with its number, without a byte-order mark.

    Raises:
        EventbenchError: naming ``place`` and line, if its compression is broken or a line is
            longer than ``longest`` bytes.
    """
    number = 0
    try:
        while line := file.readline(longest + 1):
            number += 1
            if len(line) > longest:
                raise EventbenchError(f"{place}:{number}: is longer than {longest} bytes")
            yield number, line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise EventbenchError(f"{place}:{number + 1}: broken gzip: {error}") from None
    except (lzma.LZMAError, zipfile.BadZipFile) as error:
        raise EventbenchError(f"{place}:{number + 1}: broken compression: {error}") from None


def _open(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.GzipFile(path)) if path.suffix == ".gz" else path.open("rb")


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
    with reading(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
    """Write a UTF-8 file, whole or not at all.

    Raises:
        EventbenchError: if it cannot be written; the temporary file is removed.
    """
    with atomic_output(path) as new:
        new.write_text(content, encoding="utf-8", newline="")


@contextmanager
def atomic_output(out: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``out`` and rename it to ``out`` at the end.

    Replaces what was at ``out``, but never a directory by a file. After an error the old
    output is still there. A process that is killed leaves a folder with the temporary and
    the old output, which the next output in the same place clears up: see `clear_leftovers`.

    Raises:
        EventbenchError: if something cannot be written.
    """
    missing = [folder for folder in out.parents if not folder.exists()]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        clear_leftovers(out.parent)
        prefix = f".{out.name}.{os.getpid()}-{_host()}-"
        scratch = Path(tempfile.mkdtemp(".tmp", prefix, out.parent))
        try:
            new = scratch / _NEW
            yield new
            if out.is_dir() and new.is_dir():
                out.rename(scratch / _OLD)
            new.replace(out)
        finally:
            _settle(scratch, out)
    except BaseException as error:
        for folder in missing:
            with suppress(OSError):
                folder.rmdir()
        if isinstance(error, OSError):
            found = error.strerror or error
            raise EventbenchError(f"{out}: cannot be written: {found}") from None
        if isinstance(error, UnicodeEncodeError):
            raise EventbenchError(f"{out}: cannot be written: {error}") from None
        raise


# What killed processes leave

_NEW, _OLD, _REPLACED = "new", "old", "replaced"
_LEFTOVER = re.compile(r"\.(.+)\.([0-9]{1,10})-([0-9a-f]{8})-[a-z0-9_]{8}\.tmp")
"""The temporary folder of an output: its name, and the process and machine that made it."""

_DAY = 24 * 60 * 60


def clear_leftovers(directory: Path) -> None:
    """Remove unfinished outputs of killed processes; what they were to replace is put back.

    Outputs of running processes stay. On other machines that share the directory, and on
    Windows, processes count as running until their output was left alone for a day.
    """
    for scratch in list(directory.glob(".*.tmp")):
        found = _LEFTOVER.fullmatch(scratch.name)
        if found and _is_abandoned(scratch, int(found[2]), found[3]):
            with suppress(OSError):
                _settle(scratch, directory / found[1])


def is_unfinished(name: str) -> bool:
    """Return True for the temporary folder of an output that a process of this machine makes."""
    found = _LEFTOVER.fullmatch(name)
    return found is not None and found[3] == _host()


def is_empty_directory(path: Path, *besides: str) -> bool:
    """Return True for a directory that holds at most unfinished outputs, and what is named."""
    if not path.is_dir():
        return False
    clear_leftovers(path)
    with reading(path):
        names = [item.name for item in path.iterdir() if item.name not in besides]
        return all(map(is_unfinished, names))


def _settle(scratch: Path, out: Path) -> None:
    """Put the old output back unless a new one took its place, and remove all the rest."""
    old = scratch / _OLD
    if os.path.lexists(old):
        # Renamed first: a part of it, if this is interrupted, must not pass for an old output.
        old.rename(scratch / _REPLACED if os.path.lexists(out) else out)
    shutil.rmtree(scratch, ignore_errors=True)


def _is_abandoned(scratch: Path, process: int, host: str) -> bool:
    if host == _host() and os.name == "posix":  # on Windows os.kill ends a process
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        except (OSError, OverflowError):
            pass
        return False
    try:
        paths = [scratch, *scratch.iterdir()]
        return all(time.time() - path.lstat().st_mtime > _DAY for path in paths)
    except OSError:
        return False


def _host() -> str:
    return fingerprint([platform.node()])[:8]
