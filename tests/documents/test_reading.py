"""Articles are read from files of every kind, or refused with file and line."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from eventbench.systems.articles import read_articles

from eventbench import EventbenchError

pytest.importorskip("spacy", reason="segmenting new text needs the extra [segment]")


def test_stdin_and_files_of_any_name_can_be_json_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = b'{"id": "b", "text": "Airstrikes hit it."}\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + line)))
    (tmp_path / "a.ndjson").write_bytes(line.replace(b'"b"', b'"a"'))
    found = read_articles([Path("-"), tmp_path / "a.ndjson"], "jsonl")
    assert [article.id for article in found] == ["b", "a"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"fine\n\xff", r"a.txt:2: not UTF-8"),
        ("a.txt", None, r"a.txt: No such file"),
        ("a.pdf", b"", r"a.pdf: expected .txt, .jsonl"),
        ("a.txt.gz", b"", r"a.txt.gz: expected .txt, .jsonl"),
        ("a.jsonl", b'{"id": "a", "text": ""}\n{"id"', r"a.jsonl:2: not valid JSON"),
        ("a.jsonl", b'{"id": "a", "text": "\xff"}', r"a.jsonl:1: not UTF-8"),
        ("a.jsonl", b'{"id": "a", "text": "\\ud800"}', r"a.jsonl:1: not valid JSON"),
        ("a.jsonl", b"[]", r"a.jsonl:1: found \[\], expected an object"),
        ("a.jsonl", b'{"id": "a", "text": "", "text": "b"}', r"key 'text' occurs twice"),
        ("a.jsonl", b'{"text": ""}', r"a.jsonl:1: has no 'id', expected a string"),
        ("a.jsonl", b'{"id": 7, "text": ""}', r"a.jsonl:1: id is 7, expected a string"),
        ("a.jsonl", b'{"id": "a", "text": null}', r"a.jsonl:1: text is None, expected a string"),
        ("a.jsonl", b'{"id": "a", "text": ""}\n' * 2, r"a.jsonl:2: a second article 'a'"),
        ("a.jsonl.gz", b"text", r"a.jsonl.gz:1: broken gzip"),
    ],
)
def test_bad_files_are_one_line(
    name: str, content: bytes | None, message: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(EventbenchError, match=message):
        list(read_articles([tmp_path / name]))


@pytest.mark.parametrize(
    ("names", "kind", "message"),
    [
        (["a.txt", "b.pdf"], None, "b.pdf: expected .txt, .jsonl"),
        (["a.txt"], "pdf", "no kind of file 'pdf': expected txt or jsonl"),
    ],
)
def test_names_are_checked_before_anything_is_read(
    names: list[str], kind: str | None, message: str
) -> None:
    with pytest.raises(EventbenchError, match=message):
        read_articles([*map(Path, names)], kind)


def test_bad_stdin_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\nb\n\xff")))
    with pytest.raises(EventbenchError, match="stdin:3: not UTF-8"):
        list(read_articles([Path("-")]))
