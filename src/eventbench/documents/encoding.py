"""Find out the encoding of a text, and refuse what is not UTF-8 unless it is to be converted."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress

from eventbench.documents.article import DETECT
from eventbench.documents.content import is_binary
from eventbench.documents.files import File
from eventbench.errors import EventbenchError

CHUNK = 1 << 20
"""Bytes read at a time."""

SAMPLE = 1 << 16
"""Bytes by which an encoding is detected."""

_WIDE = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
         (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)

_LIKELY = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r",
    "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr",
)  # fmt: skip
"""Encodings that texts still have; the more there are, the more often the wrong one fits."""


def encoding_of(file: File, wanted: str | None) -> str:
    """Find the encoding of a text; the whole file is read, a part at a time.

    Args:
        file: a text. A web page that is not UTF-8 may declare its encoding.
        wanted: the encoding of files that are not UTF-8, or `DETECT`.

    Raises:
        EventbenchError: naming the line, if it is not UTF-8 and ``wanted`` is None, with the
            encoding that it seems to have; if it is binary data; or not in the wanted
            encoding either.
    """
    problem = _not_utf8(file)
    if problem is None:
        return "utf-8"
    line, reason, sample = problem
    place = f"{file.place}:{line}: not UTF-8: {reason}"
    if file.kind == "html" and (declared := _declared(sample)) and _decodes(file, declared):
        return declared
    if wanted is not None and wanted != DETECT:
        if not _decodes(file, wanted):
            raise EventbenchError(f"{place}, and not {wanted} either")
        return wanted
    found = _detected(sample)
    if found is None or not _decodes(file, found):
        raise EventbenchError(f"{place}; its encoding is not recognised: name it with --encoding")
    if wanted is None:
        raise EventbenchError(f"{place}; probably {found}, which --encoding {found} converts")
    return found


def check_encoding(name: str | None) -> None:
    """Check the name of a wanted encoding.

    Raises:
        EventbenchError: if Python has no such encoding of text.
    """
    try:
        if name is not None and name != DETECT:
            "".encode(name)
    except (LookupError, UnicodeError):
        raise EventbenchError(
            f"no encoding {name!r}: expected {DETECT} or a name such as cp1252"
        ) from None


def _chunks(file: File) -> Iterator[bytes]:
    with file.opened() as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _not_utf8(file: File) -> tuple[int, str, bytes] | None:
    """Line and reason of the first byte that is not UTF-8, and a sample; None if it is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, head = 1, b""
    for chunk in _chunks(file):
        head = head or chunk
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            line += error.object[: error.start].count(b"\n")
            sample = head[:SAMPLE]
            if chunk is not head or error.start > SAMPLE:
                sample += error.object[error.start : error.start + SAMPLE]
            return line, error.reason, sample
        if is_binary(chunk):
            raise EventbenchError(f"{file.place}: is not text but binary data")
        line += chunk.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return line, error.reason, head[:SAMPLE]
    return None


def _declared(sample: bytes) -> str | None:
    """The encoding that a page declares, as browsers take it."""
    found = _DECLARED.search(sample[:4096])
    with suppress(LookupError, UnicodeError):
        name = codecs.lookup(found[1].decode("ascii")).name if found else None
        return "cp1252" if name in ("iso8859-1", "ascii") else name
    return None


def _detected(sample: bytes) -> str | None:
    """The encoding that a text most likely has; None if it is not recognised."""
    for mark, name in _WIDE:
        if sample.startswith(mark):
            return name
    read = sample.decode("utf-8", "replace")
    damaged = read.count("\ufffd")
    is_damaged = sum(c > "\x7f" for c in read) > 10 * damaged  # UTF-8, a few characters apart
    if is_binary(sample) or is_damaged:
        return None
    try:
        from charset_normalizer import from_bytes
    except ModuleNotFoundError:
        raise EventbenchError(
            "detecting an encoding needs charset-normalizer: pip install 'eventbench[documents]'"
        ) from None
    matches = from_bytes(sample, cp_isolation=[*_LIKELY])
    best = matches.best()
    if best is None:
        return None
    # It does not prefer the encoding of most texts to others that fit as well.
    equal = [m for m in matches if m.chaos <= best.chaos and "cp1252" in m.could_be_from_charset]
    return "cp1252" if equal else best.encoding


def _decodes(file: File, encoding: str) -> bool:
    """Return True if all of a file is text in an encoding."""
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
        for chunk in _chunks(file):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except (UnicodeError, LookupError):
        return False
    return True
