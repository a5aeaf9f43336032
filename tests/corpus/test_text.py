"""Differences of texts that cannot be seen are named."""

from __future__ import annotations

import pytest

from eventbench.text import difference, mismatch

NFC, NFD = "zerst\u00f6rter", "zersto\u0308rter"


@pytest.mark.parametrize(
    ("found", "expected", "named"),
    [
        (NFD, NFC, "the first is NFD, the second NFC"),
        (NFC, NFD, "the first is NFC, the second NFD"),
        (NFC + NFD, NFC + NFC, "the first is in no normal form, the second NFC"),
        ("old\u00a0market", "old market", "at character 3 no-break space, expected space"),
        ("old market", "old\u202fmarket", "at character 3 space, expected narrow no-break space"),
        ("a\tb", "a b", "at character 1 tab, expected space"),
        ("mar\u200bket", "market", "at character 3 zero width space, expected latin small letter"),
        ("market", "market\u200d", "at character 6 the end, expected zero width joiner"),
        ("\ufeffmarket", "market", "at character 0 byte-order mark, expected latin small letter m"),
        ("market\r", "market", "at character 6 carriage return, expected the end"),
        ("market\x85", "market ", "at character 6 '\\x85', expected space"),
        ("\u2764\ufe0f", "\u2764", "at character 1 variation selector-16, expected the end"),
        (
            NFD + "\u200b",
            NFC,
            "at character 5 latin small letter o, expected latin small letter o ",
        ),
    ],
)
def test_what_cannot_be_seen_is_named(found: str, expected: str, named: str) -> None:
    assert difference(found, expected).startswith(named)
    assert mismatch(found, expected, "3-9").endswith(f" at 3-9 ({difference(found, expected)})")


@pytest.mark.parametrize("found", ["Market", "market ", "markets", "", "m\u00e4rket"])
def test_what_can_be_seen_is_only_quoted(found: str) -> None:
    assert difference(found, "market") == ""
    expected = f"found {found!r}, but the article has 'market' at 3-9"
    assert mismatch(found, "market", "3-9") == expected


def test_long_texts_are_cut() -> None:
    assert len(mismatch("a" * 10**6, "b" * 10**6, "0-1000000")) < 500
