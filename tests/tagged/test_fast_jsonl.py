"""The fast reader finds what JSON finds, and gives up wherever it is not sure."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventbench import EventbenchError
from eventbench.tagged import fast_jsonl
from eventbench.tagged.codes import Codes
from eventbench.tagged.fast_jsonl import GivesUp, aligned_rows, find_strings, join
from eventbench.tagged.files import score_files
from eventbench.tagged.tag_table import TagTable

WORDS = st.text(st.characters(exclude_categories=["Cs"]))


@settings(max_examples=500)
@given(st.lists(st.lists(WORDS, max_size=4), min_size=1, max_size=5), st.booleans(), st.booleans())
def test_strings_are_found_where_they_stand(
    lists: list[list[str]], spaced: bool, ascii_only: bool
) -> None:
    separators = None if spaced else (",", ":")
    raw = [json.dumps(k, ensure_ascii=ascii_only, separators=separators) for k in lists]
    found = find_strings(join([k.encode() for k in raw]), len(lists))
    assert found.counts.tolist() == [len(words) for words in lists]
    texts = [found.text(k) for k in range(len(found.starts))]
    assert [json.loads(f'"{text}"') for text in texts] == [w for k in lists for w in k]


@pytest.mark.parametrize(
    "raw", [b'["a", 1]', b'["a", null]', b'["a", ["b"]]', b"[true]", b'[1, "a"]', b'["a", 1, "b"]',
            b'[ "a" ,  "b"]', b'["\xff"]', b'[["a"], ["b"]]', b'{"a":"b"}', b'[{"a":"b"}]',
            b'"a"', b'[["a"]]', b'["a",["b"]]', b'["a",{"b":"c"}]', b"{}", b"12"]
)  # fmt: skip
def test_what_takes_a_parser_is_left_to_one(raw: bytes) -> None:
    for lists in ([raw], [b'["x"]', raw], [raw, b'["x"]']):
        with pytest.raises(GivesUp):
            find_strings(join(lists), len(lists))
    with pytest.raises(GivesUp):
        find_strings(join([b'["a",\n"b"]']), 1)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text('a"\\[{,: ', max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("a[:", max_size=1), inner, max_size=2)
    ),
)


@settings(max_examples=1000)
@given(st.lists(VALUES, min_size=1, max_size=3), st.sampled_from([",", ", ", " ,"]))
def test_nothing_but_a_list_of_strings_passes(values: list[Any], comma: str) -> None:
    raw = [json.dumps(value, separators=(comma, ":")).encode() for value in values]
    if all(isinstance(v, list) and all(isinstance(w, str) for w in v) for v in values):
        assert find_strings(join(raw), len(raw)).counts.tolist() == [len(v) for v in values]
    else:
        with pytest.raises(GivesUp):
            find_strings(join(raw), len(raw))


def strings(tags: list[str]) -> fast_jsonl.Strings:
    return find_strings(join([json.dumps(tags, ensure_ascii=False).encode()]), 1)


def test_tags_are_compared_whole() -> None:
    names = ["Attack", "AttackX", "Territorial", "TerritorialC", "É", "Attac", "x" * 30, "x" * 29]
    tags = ["O", *(f"{prefix}-{name}" for name in names for prefix in "BI")]
    codes = Codes()
    table = TagTable(codes)
    assert table.encode(strings(tags[::-1])).tolist() == [codes[tag] for tag in tags[::-1]]
    assert sorted(codes.values()) == list(range(len(tags)))
    assert {*codes.classes} == {*names}
    for tag in ("B-Attack\x7f", "B-Att", "B", "", "B-" + "x" * 22, "X-Attack"):
        if tag[:2] == "B-":
            before = len(codes)
            table.encode(strings([tag]))
            assert len(codes) == before + 2, tag
        else:
            with pytest.raises(EventbenchError):
                table.encode(strings([tag]))
    with pytest.raises(GivesUp):
        table.encode(find_strings(join([b'["B-\\u0061"]']), 1))


@settings(max_examples=200)
@given(st.lists(st.lists(st.text("abé", min_size=1, max_size=20), max_size=8), max_size=4))
def test_a_table_that_grows_has_the_codes_of_the_dictionary(batches: list[list[str]]) -> None:
    codes = Codes()
    table = TagTable(codes)
    for names in batches:
        tags = ["O", *(f"I-{name}" for name in names)]
        assert table.encode(strings(tags)).tolist() == [codes[tag] for tag in tags]


def test_looking_up_takes_the_same_steps_for_any_number_of_classes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[int] = []
    look_up = TagTable._look_up

    def counting(self: TagTable, joined: bytes, starts: Any, lengths: Any) -> Any:
        calls.append(len(starts))
        return look_up(self, joined, starts, lengths)

    monkeypatch.setattr(TagTable, "_look_up", counting)
    tags = [f"{prefix}-Class{k}" for k in range(700) for prefix in "BI"]
    table = TagTable(Codes())
    for _ in range(3):
        table.encode(strings(tags))
    # Before and after 256 new tags, then 1024, then the rest are met; then all at once.
    assert calls == [1400, 1400, 1144, 120, 1400, 1400]


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
    assert [i for a, _ in pairs for i in a.ids] == [str(n) for n in range(40)]


WHOLE = b'{"id": "0", "tokens": %s, "ner_tags": []}\n{"id": "1", "tokens": [], "ner_tags": []}\n'


@pytest.mark.parametrize(
    "content",
    [b"", b'{"id": "0"}\n', b"{", b"\xff\n", b"x" * 200, WHOLE % b'["a" "b"]', WHOLE % b'["a",]',
     WHOLE % b'["\x00"]', WHOLE % (b"[" * 5000), WHOLE.replace(b'"0"', b"0") % b"[]"],
)  # fmt: skip
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


def test_both_readers_refuse_and_take_the_same_objects(tmp_path: Path) -> None:
    """Of a key that occurs twice, msgspec takes the last: the scores would be of either."""
    path = tmp_path / "p.jsonl"
    content = b'{"id": "a", "tokens": ["x"], "ner_tags": ["O"]}\n'
    twice = content.replace(b"}", b', "ner_tags": ["B-X"]}')
    path.write_bytes(twice)
    with pytest.raises(GivesUp):
        list(fast_jsonl.aligned_rows(path, path))
    with pytest.raises(EventbenchError, match=r"p.jsonl:1: not valid JSON: key 'ner_tags' occurs"):
        score_files(path, path)
    path.write_bytes(content.replace(b"}", b', "score": 1e999}'))  # not finite, and not read
    with pytest.raises(GivesUp):
        list(fast_jsonl.aligned_rows(path, path))
    with pytest.raises(EventbenchError, match=r"p.jsonl:1: not valid JSON: 1e999 is too large"):
        score_files(path, path)
    path.write_bytes(b"\xef\xbb\xbf" + content)
    assert score_files(path, path).tokens == 1


def test_an_object_over_two_lines_is_left_to_the_other_reader(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"id": "a",\n "tokens": ["x"], "ner_tags": ["O"]}\n', "utf-8")
    with pytest.raises(fast_jsonl.GivesUp):
        list(fast_jsonl.aligned_rows(path, path))
