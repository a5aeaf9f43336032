"""The fast reader finds what JSON finds, and gives up wherever it is not sure."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventbench.tagged import fast_jsonl
from eventbench.tagged.fast_jsonl import GivesUp, aligned_rows, encode, find_strings

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\ '))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(WORDS, max_size=4), min_size=1, max_size=5), st.booleans())
def test_strings_are_found_where_they_stand(lists: list[list[str]], spaced: bool) -> None:
    separators = None if spaced else (",", ":")
    raw = [json.dumps(k, ensure_ascii=False, separators=separators).encode() for k in lists]
    found = find_strings(raw)
    assert found.counts.tolist() == [len(words) for words in lists]
    assert [found.text(k) for k in range(len(found.starts))] == [w for k in lists for w in k]


@pytest.mark.parametrize(
    "raw", [b'["a", 1]', b'["a", null]', b'["\\u0061"]', b'["a", ["b"]]', b"[true]", b'["a" "b"]']
)
def test_what_takes_a_parser_is_left_to_one(raw: bytes) -> None:
    with pytest.raises(GivesUp):
        find_strings([raw])


def test_tags_are_compared_whole() -> None:
    tags = ["O", "B-Attack", "B-AttackX", "B-Territorial", "B-TerritorialC", "B-É", "B-Attac"]
    strings = find_strings([json.dumps(tags, ensure_ascii=False).encode()])
    codes = {"O": 0, "B-Attack": 1, "B-Territorial": 3, "B-É": 5}
    assert encode(strings, codes).tolist() == [0, 1, -1, 3, -1, 5, -1]
    with pytest.raises(GivesUp):
        encode(find_strings([b'["B-TerritorialControl"]']), codes)


def write(path: Path, numbers: range) -> Path:
    rows = ({"id": str(n), "tokens": ["w"] * (n % 3), "ner_tags": ["O"] * (n % 3)} for n in numbers)
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def test_blocks_of_two_files_are_aligned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = write(tmp_path / "a.jsonl", range(40)), write(tmp_path / "b.jsonl.gz", range(40))
    monkeypatch.setattr(fast_jsonl, "BLOCK", 130)
    pairs = list(aligned_rows(one, two))
    assert len(pairs) > 5
    assert all(a.ids == b.ids for a, b in pairs)
    assert [i for a, _ in pairs for i in a.ids] == [f'"{n}"'.encode() for n in range(40)]


@pytest.mark.parametrize("content", [b"", b'{"id": "0"}\n', b"{", b"\xff\n", b"x" * 200])
def test_files_that_are_not_as_they_should_be_are_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    one = write(tmp_path / "a.jsonl", range(3))
    (tmp_path / "b.jsonl").write_bytes(content)
    monkeypatch.setattr(fast_jsonl, "BLOCK", 100)
    with pytest.raises(GivesUp):
        list(aligned_rows(one, tmp_path / "b.jsonl"))
    with pytest.raises(GivesUp):
        list(aligned_rows(one, write(tmp_path / "c.jsonl", range(4))))
    with pytest.raises(GivesUp):
        list(aligned_rows(one, tmp_path / "none.jsonl"))
