"""Tagged sentences are read one by one from each format, or refused with their place."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from making import FORMATS, write_format

from eventbench import EventbenchError
from eventbench.tagged.differences import token_difference
from eventbench.tagged.reading import read_conlleval, read_parquet_records, read_tagged

LINES = [
    {"id": "a", "tokens": ["Cafe\u0301", "a\u00a0b"], "ner_tags": ["B-X", "I-X"]},
    {"id": "b", "tokens": ["👩\u200d🚀"], "ner_tags": ["O"]},
]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_holds_the_same_sentences(tmp_path: Path, name: str) -> None:
    path = write_format(tmp_path / name, LINES)
    found = list(read_tagged(path))
    assert [(s.tokens, s.tags) for s in found] == [(k["tokens"], k["ner_tags"]) for k in LINES]
    named = name != "p.conll"
    assert [s.id for s in found] == (["a", "b"] if named else [None, None])
    assert all(s.place.startswith(str(path)) for s in found)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("p.jsonl", b"[]\n", "p.jsonl:1: found [], expected an object"),
        ("p.jsonl", b'{"id": NaN}\n', "p.jsonl:1: not valid JSON"),
        ("p.jsonl", b"{}\n{", "p.jsonl:1: has no 'id'"),
        ("p.jsonl", b"\xff\n", "p.jsonl:1: not UTF-8"),
        ("p.jsonl", b"[" * 100_000, "p.jsonl:1: not valid JSON"),
        ("p.jsonl", b"x" * (1 << 24) + b"y\n", "p.jsonl:1: is longer than 16777216 bytes"),
        ("p.jsonl", b"\n\n", "p.jsonl: is empty"),
        ("p.conll", b"", "p.conll: is empty"),
        ("p.conll", b"a\tO\n\nword\n", "p.conll:3: found 'word', expected TOKEN and TAG"),
        ("p.conll", b"a\tO\n\xff\tO\n", "p.conll:2: not UTF-8"),
        ("p.conll.gz", b"no gzip", "p.conll.gz:1: broken gzip"),
        ("p.parquet", b"PAR1", "p.parquet: not readable as Parquet"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(EventbenchError) as caught:
        list(read_tagged(tmp_path / name))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_columns_of_conll_may_be_many_and_documents_may_be_parted(tmp_path: Path) -> None:
    path = tmp_path / "p.conll.gz"
    path.write_bytes(gzip.compress(b"-DOCSTART- X O\n\n# id = s1\nwar NN B-X\non IN O\n\n\nx O"))
    found = list(read_tagged(path))
    assert [(s.id, s.tokens, s.tags) for s in found] == [
        ("s1", ["war", "on"], ["B-X", "O"]),
        (None, ["x"], ["O"]),
    ]
    assert found[0].place == f"{path}:4"


def test_a_column_that_parquet_lacks_is_named(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["a"]}), tmp_path / "p.parquet")
    with pytest.raises(EventbenchError, match=r"p.parquet: has no column 'tokens'"):
        list(read_tagged(tmp_path / "p.parquet"))
    (row,) = read_parquet_records(tmp_path / "p.parquet")
    assert row == (f"{tmp_path}/p.parquet: row 1", {"id": "a"})


def test_how_tokens_differ_is_said() -> None:
    assert token_difference("s", ["a"], ["a", "b"]) == "s has 1 tokens, the gold has 2"
    assert token_difference("s", ["a", "c"], ["a", "b"]) == "token 1 of s is 'c', the gold has 'b'"


@pytest.mark.parametrize(
    ("found", "expected", "name"),
    [
        ("zersto\u0308rter", "zerst\u00f6rter", "the first is NFD, the second NFC"),
        ("zerst\u00f6rter", "zersto\u0308rter", "the first is NFC, the second NFD"),
        ("ab\u200b", "ab", "at character 2 zero width space, expected the end"),
        ("ab", "a\u200db", "at character 1 latin small letter b, expected zero width joiner"),
        ("a\u00a0b", "a b", "at character 1 no-break space, expected space"),
        ("\ufeffab", "ab", "at character 0 byte-order mark, expected latin small letter a"),
        ("ab\r", "ab", "at character 2 carriage return, expected the end"),
        ("a\u2062b", "ab", "at character 1 invisible times, expected latin small letter b"),
        ("\ufeffo\u0308", "\u00f6", "at character 0 byte-order mark, expected latin small"),
    ],
)
def test_a_difference_that_cannot_be_seen_is_named(found: str, expected: str, name: str) -> None:
    said = token_difference("s", [found], [expected])
    assert name in said
    assert "\n" not in said
    assert "\r" not in said


def test_comments_and_a_byte_order_mark_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "p.conll"
    path.write_text(
        "\ufeff# newdoc id = d\n# sent_id = s1\n# text = Vitamin O\n#\n# no key\nVitamin O\n"
        "O B-X\n\n# O\n#tag B-X\n# id = x\n\n# sent_id = s3\n#\tO\n\n# text = a\tb\n"
        "x\tO\n",
        "utf-8",
    )
    found = [(s.id, s.tokens, s.tags) for s in read_tagged(path)]
    assert found == [
        ("s1", ["Vitamin", "O"], ["O", "B-X"]),
        (None, ["#", "#tag", "#"], ["O", "B-X", "x"]),
        ("s3", ["#"], ["O"]),
        (None, ["x"], ["O"]),
    ]
    lines = tmp_path / "p.jsonl"
    lines.write_text('\ufeff{"id": "a", "tokens": ["x"], "ner_tags": ["O"]}\n', "utf-8")
    assert [s.id for s in read_tagged(lines)] == ["a"]


def test_a_document_ends_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "p.conll"
    path.write_text("-DOCSTART- -X- O O\nwar NN B-X B-X\n-DOCSTART- -X- O O\nwar NN I-X I-X\n")
    assert [s.tags for s in read_tagged(path)] == [["B-X"], ["I-X"]]


def test_the_ending_tells_the_format_unless_it_is_given(tmp_path: Path) -> None:
    for ending in ("out", "bio", "tsv", "iob", "bio.gz"):
        path = tmp_path / f"p.{ending}"
        content = b"war\tB-X\n"
        path.write_bytes(gzip.compress(content) if ending.endswith("gz") else content)
        with pytest.raises(EventbenchError, match="the ending of a file tells its format"):
            list(read_tagged(path))
        assert [s.tags for s in read_tagged(path, "conll")] == [["B-X"]]
    with pytest.raises(EventbenchError, match="format is 'brat', expected jsonl, conll, parquet"):
        list(read_tagged(path, "brat"))


def test_a_conlleval_file_has_two_columns_of_tags(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("a NN B-X O\nb NN I-X I-X\n\n\nc NN O B-X\n")
    pairs = list(read_conlleval(path))
    assert [(g.tags, p.tags) for g, p in pairs] == [
        (["B-X", "I-X"], ["O", "I-X"]),
        (["O"], ["B-X"]),
    ]
    assert pairs[0][1].place_of(1) == f"{path}:2"
    path.write_text("a NN B-X\nb O\n")
    with pytest.raises(EventbenchError, match="out:2: found 'b O', expected TOKEN, GOLD and PRED"):
        list(read_conlleval(path))
    path.write_text("\n")
    with pytest.raises(EventbenchError, match="out: is empty"):
        list(read_conlleval(path))
