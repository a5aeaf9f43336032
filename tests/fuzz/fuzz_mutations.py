"""Ways to spoil the bytes of a file, as accidents, other programs and attackers do."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

Mutation = Callable[[Random, bytes], bytes]

ODD_TEXTS = [
    "\ufeff", "\u200b", "\u00a0", "\u202e", "\x00", "\x1b[31m", "\r", "\r\n", "\n", "\n\n", "\t",
    "\x0b", "\x85", "\u2028", "e\u0301", "😀", "👨\u200d👩\u200d👧", "\U0010ffff", "ſ", "İ",
    "٣", "²", '"', "'", "\\", "\\ud800", "\\u0000", "---\n", "# ", "[", "{", "]]", "}", ":", ",",
    "=", "|", "&a *a", "!!python/object:os.system", "<<: *a", "%YAML 9", "<EVENT>", "nan",
    "Infinity", "null", "true",
]  # fmt: skip
ODD_BYTES = [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xfe\xff", b"\x80" * 9]
ODD_NAMES = [
    "../x", "/etc/passwd", "..", ".", "", "a/../../b", "C:\\x", "\\\\server\\x", "con", "NUL.txt",
    "x" * 300, "a\nb", "\x00", "~", "-rf", "COM¹", "a ", ".hidden", "a:b", "x/", "//", "é" * 120,
]  # fmt: skip
ODD_VALUES = [
    "null", "true", "-1", "0", "1.5", "1e999", "-0.0", "NaN", "[]", "{}", '""', "[[]]",
    '[{"a": 1}]', '{"feature": 1}', '"x"', "99999999999", "9223372036854775808", "2026-01-01",
    "'''", '"\\ud800"',
]  # fmt: skip
DEEP = 3000
LONG = 5000
LARGEST = 1 << 16


def _place(random: Random, content: bytes) -> int:
    return random.randint(0, len(content))


def flip(random: Random, content: bytes) -> bytes:
    spoilt = bytearray(content)
    for _ in range(random.randint(1, 4) if spoilt else 0):
        spoilt[random.randrange(len(spoilt))] = random.randrange(256)
    return bytes(spoilt)


def truncate(random: Random, content: bytes) -> bytes:
    return content[: _place(random, content)]


def cut(random: Random, content: bytes) -> bytes:
    start = _place(random, content)
    return content[:start] + content[start + random.randint(1, 40) :]


def double(random: Random, content: bytes) -> bytes:
    start = _place(random, content)
    end = start + random.randint(1, 200)
    return content[:end] + content[start:end] * random.randint(1, 3) + content[end:]


def double_line(random: Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    index = random.randrange(len(lines))
    return b"\n".join([*lines[: index + 1], lines[index], *lines[index + 1 :]])


def drop_line(random: Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    del lines[random.randrange(len(lines))]
    return b"\n".join(lines)


def swap_lines(random: Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    random.shuffle(lines)
    return b"\n".join(lines)


def insert_text(random: Random, content: bytes) -> bytes:
    place = _place(random, content)
    return content[:place] + random.choice(ODD_TEXTS).encode() + content[place:]


def insert_bytes(random: Random, content: bytes) -> bytes:
    place = _place(random, content)
    return content[:place] + random.choice(ODD_BYTES) + content[place:]


def begin_with_text(random: Random, content: bytes) -> bytes:
    return random.choice(ODD_TEXTS).encode() + content


def end_lines_as_windows(random: Random, content: bytes) -> bytes:
    return content.replace(b"\n", random.choice([b"\r\n", b"\r", b"\n\r", b"\n\n"]))


def encode_otherwise(random: Random, content: bytes) -> bytes:
    encoding = random.choice(["utf-16", "utf-32", "utf-8-sig", "latin-1", "utf-7"])
    return content.decode("utf-8", "replace").encode(encoding, "replace")


def empty(random: Random, content: bytes) -> bytes:
    return random.choice([b"", b"\n", b" ", b"\x00", b"null", b"[]", b"{}", b"0", b'""'])


def _replaced(
    random: Random, content: bytes, pattern: bytes, new: Callable[[bytes], bytes]
) -> bytes:
    """The content with one or all matches of a pattern replaced."""
    found = list(re.finditer(pattern, content))
    if not found:
        return content
    one = random.choice(found)
    if random.random() < 0.1:
        return content.replace(one[0], new(one[0]))
    return content[: one.start()] + new(one[0]) + content[one.end() :]


def huge_number(random: Random, content: bytes) -> bytes:
    digits = str(random.choice([10**9, 2**31, 2**63, 2**64, 10**30])).encode()
    number = random.choice([digits, b"-" + digits, b"7" * LONG, b"1" * 20 + b".5", b"1e400", b"-1"])
    return _replaced(random, content, rb"\d+", lambda _: number)


def other_value(random: Random, content: bytes) -> bytes:
    value = random.choice(ODD_VALUES).encode()
    return _replaced(
        random, content, rb'"[^"\n]*"|\b\d+\b|\[[^\[\]\n]*\]|\btrue\b', lambda _: value
    )


def other_name(random: Random, content: bytes) -> bytes:
    name = random.choice(ODD_NAMES)
    escaped = name.encode() if random.random() < 0.3 else ascii(name)[1:-1].encode()
    return _replaced(random, content, rb"[\w./-]{2,}", lambda _: escaped)


def swap_words(random: Random, content: bytes) -> bytes:
    words = re.findall(rb"[\w.-]+", content) or [b""]
    return _replaced(random, content, rb"[\w.-]+", lambda _: random.choice(words))


def nest(random: Random, content: bytes) -> bytes:
    opening, closing = random.choice(
        [(b"[", b"]"), (b'{"a":', b"}"), (b"{a: ", b"}"), (b"- ", b"")]
    )
    middle = random.choice([b"", b"1", b'"x"'])
    ends = closing * DEEP if random.random() < 0.7 else b""
    deep = opening * DEEP + middle + ends
    if random.random() < 0.3:
        return deep
    return _replaced(random, content, rb'"[^"\n]*"|\b\d+\b', lambda _: deep)


def long_word(random: Random, content: bytes) -> bytes:
    word = random.choice([b"x", b"0", "é".encode(), b"ab\\n"]) * LONG * 4
    return _replaced(random, content, rb"\w+", lambda _: word)


MUTATIONS: tuple[Mutation, ...] = (
    flip, truncate, cut, double, double_line, drop_line, swap_lines, insert_text, insert_bytes,
    begin_with_text, end_lines_as_windows, encode_otherwise, empty, huge_number, other_value,
    other_name, swap_words, nest, long_word,
)  # fmt: skip
"""Seldom ones come once, too: what a run finds depends on how many cases it has."""


def mutated(random: Random, content: bytes) -> bytes:
    """The content after one to three mutations."""
    largest = max(LARGEST, len(content))
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        content = random.choice(MUTATIONS)(random, content)
    return content[:largest]
