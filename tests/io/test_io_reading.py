"""Whatever is in a file, reading it gives a value or an error of one line that names the file."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from eventbench import EventbenchError, load_corpus
from eventbench.corpus.segmentation import LONGEST_WORD, segment
from eventbench.errors import printable
from eventbench.evaluation.runs import prediction_files
from eventbench.hub.checks import load_yaml
from eventbench.io import (
    parse_json_object,
    read_bytes,
    read_json_object,
    read_lines,
    read_table,
    read_text,
    read_toml,
    reading,
    sha256,
)
from eventbench.tagged.files import score_files
from eventbench.tagged.reading import read_parquet_records, read_tagged

READERS: dict[str, Callable[[Path], object]] = {
    "bytes": read_bytes,
    "text": read_text,
    "toml": read_toml,
    "json": read_json_object,
    "lines": lambda path: [*read_lines(path)],
    "packed lines": lambda path: [*read_lines(path.with_suffix(".gz"))],
    "table": lambda path: read_table(path, 3),
    "digest": sha256,
    "parquet": lambda path: [*read_parquet_records(path)],
    "tagged": lambda path: [*read_tagged(path.with_suffix(".jsonl"))],
}
CONTENTS = {
    "not UTF-8": b"a\n\xff\n",
    "a number of 5,000 digits": b'{"a": %s}' % (b"7" * 5000),
    "another number of 5,000 digits": b"a = %s\n" % (b"7" * 5000),
    "deep JSON": b'{"a":' * 3000 + b"1" + b"}" * 3000,
    "deep lists": b"[" * 3000,
    "deep TOML": b"a = " + b"[" * 3000,
    "a lone surrogate": b'{"a": "\\ud800"}',
    "zero bytes": b"\x00" * 9,
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "almost Parquet": b"PAR1" + b"\xff" * 40 + b"PAR1",
    "almost gzip": b"\x1f\x8b\x08" + b"\xff" * 40,
}


ROLE = b"E1\tAttack:T1 Target%s:T1\n" % (b"2" * 5000)


def check(read: Callable[[Path], object], path: Path) -> str | None:
    """The message of the only error that reading may raise."""
    try:
        read(path)
    except EventbenchError as error:
        message = str(error)
        assert len(message.splitlines()) == 1
        assert printable(str(path.with_suffix(""))) in message
        return message
    return None


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("content", CONTENTS)
def test_any_content_is_a_value_or_one_line(reader: str, content: str, tmp_path: Path) -> None:
    for ending in ("", ".gz", ".jsonl"):
        (tmp_path / f"file{ending}").write_bytes(CONTENTS[content])
    check(READERS[reader], tmp_path / "file")


@pytest.mark.parametrize("reader", READERS)
def test_what_is_not_a_file_is_one_line(reader: str, tmp_path: Path) -> None:
    read = READERS[reader]
    for ending in ("", ".gz", ".jsonl"):
        (tmp_path / f"folder{ending}").mkdir()
        (tmp_path / f"loop{ending}").symlink_to(f"loop{ending}")
    found = [check(read, tmp_path / name) for name in ("folder", "loop", "missing", "a\x00b")]
    assert all(found) or reader == "table"  # a list that is not there has no rows


@pytest.mark.parametrize("error", [MemoryError(), RecursionError(), KeyError("a"), OSError()])
def test_the_boundary_turns_any_error_into_one_line(error: Exception) -> None:
    with pytest.raises(EventbenchError, match=r"^place: .+$"), reading("place", "not valid X"):
        raise error


def test_the_boundary_lets_our_errors_and_interruptions_pass() -> None:
    with pytest.raises(EventbenchError, match=r"^as it is$"), reading("place"):
        raise EventbenchError("as it is")
    with pytest.raises(KeyboardInterrupt), reading("place"):
        raise KeyboardInterrupt


def test_an_error_is_one_line_whatever_it_quotes() -> None:
    assert str(EventbenchError("a\nb\x1b[31m\u202e")) == "a\\nb\\x1b[31m\\u202e"
    assert len(str(EventbenchError("x" * 10**6))) == 2000


def test_a_lone_surrogate_is_refused_where_it_stands() -> None:
    with pytest.raises(EventbenchError, match=r"^p:1: not valid JSON: .*surrogates not allowed"):
        parse_json_object("p:1", b'{"a": ["\\uD800"]}')
    assert parse_json_object("p:1", b'{"a": "\\ud83d\\ude00"}') == {"a": "😀"}


@pytest.mark.parametrize("name", ["lines.jsonl", "lines.jsonl.gz"])
def test_a_line_may_not_be_endless(tmp_path: Path, name: str) -> None:
    lines = [b"{}\n", b"[1, 2]\n", b"3"]
    path = tmp_path / name
    content = b"".join(lines)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    assert [*read_lines(path, longest=7)] == [*enumerate(lines, 1)]
    with pytest.raises(EventbenchError, match=rf"^{path}:2: is longer than 6 bytes$"):
        list(read_lines(path, longest=6))


def test_deep_yaml_is_one_line() -> None:
    with pytest.raises(EventbenchError, match=r"^card: not valid YAML: nested too deeply$"):
        load_yaml("[" * 3000 + "]" * 3000, "card")


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("annotations/annotation.conf", b"[events]\nA\xff\n", "annotation.conf:2: not UTF-8"),
        ("annotations/tokens/a.tsv", b"0\t3\t\xff\n", "a.tsv:1: not UTF-8"),
        ("annotations/tokens/a.tsv", b"0\t%s\tx\n" % (b"3" * 5000), "a.tsv:1: found"),
        ("annotations/tokens/a.tsv", "0\t٣\tx\n".encode(), "a.tsv:1: found"),
        ("annotations/gold/a.ann", b"T1\tPlace %s 9\tx\n" % (b"3" * 5000), "a.ann:1: offset-out"),
        ("annotations/gold/a.ann", b"T1\tAttack 0 3\tReb\n" + ROLE, "a.ann:2: unknown-role"),
        ("annotations/corpus.toml", b"id = %s\n" % (b"3" * 5000), "corpus.toml: not valid TOML"),
        ("seeds/sources.toml", b"article = 3\n", "sources.toml: article is 3, expected a list"),
        ("seeds/sources.toml", b"article = [3]\n", "sources.toml: article[0] is 3"),
    ],
)
def test_a_spoilt_corpus_is_one_line(tiny: Path, file: str, content: bytes, message: str) -> None:
    (tiny / file).write_bytes(content)
    with pytest.raises(EventbenchError) as caught:
        load_corpus(tiny)
    assert message in str(caught.value)


def test_a_tag_that_is_not_utf8_is_one_line(tmp_path: Path) -> None:
    row = b'{"id": "a", "tokens": ["x"], "ner_tags": ["B-%s"]}\n'
    (tmp_path / "gold.jsonl").write_bytes(row % b"A")
    (tmp_path / "p.jsonl").write_bytes(row % b"\xff")
    with pytest.raises(EventbenchError, match=r"p\.jsonl:1: not UTF-8"):
        score_files(tmp_path / "gold.jsonl", tmp_path / "p.jsonl")
    (tmp_path / "p.jsonl").write_bytes(b'{"id": "a", "tokens": %s' % (b"[" * 9000))
    with pytest.raises(EventbenchError, match=r"p\.jsonl:1: not valid JSON"):
        score_files(tmp_path / "gold.jsonl", tmp_path / "p.jsonl")


def parquet(path: Path, features: object) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = {"id": ["a"], "tokens": [["x"]], "ner_tags": [[1]], "other": [1]}
    metadata = features if isinstance(features, bytes) else json.dumps(features).encode()
    pq.write_table(pa.table(rows).replace_schema_metadata({"huggingface": metadata}), path)
    return path


LABEL = {"names": ["O", "B-A"], "_type": "ClassLabel"}


@pytest.mark.parametrize(
    "tags",
    [
        {"feature": LABEL, "_type": "List"},
        {"feature": LABEL, "length": -1, "_type": "Sequence"},
        {"feature": LABEL, "_type": "ListOfTheFuture"},
        [LABEL],
    ],
)
def test_features_of_other_versions_of_datasets_are_read(tmp_path: Path, tags: object) -> None:
    features = {"ner_tags": tags, "other": {"_type": "TypeOfTheFuture", "x": [1]}, "tokens": None}
    path = parquet(tmp_path / "p.parquet", {"info": {"features": features}})
    assert [found.tags for found in read_tagged(path)] == [["B-A"]]


@pytest.mark.parametrize("metadata", [b"{", b"\xff", b"3", b"{}", {"info": 3}, {"info": {}}])
def test_damaged_features_are_one_line(tmp_path: Path, metadata: object) -> None:
    path = parquet(tmp_path / "p.parquet", metadata)
    with pytest.raises(EventbenchError, match=r"p\.parquet: not"):
        list(read_tagged(path))


def test_a_word_of_any_length_is_segmented_in_linear_time() -> None:
    text = "Before " + "[" * 1200 + " after.\n" + "é" * 1201
    sentences = segment(text, "a")
    assert max(len(t.text_in(text)) for s in sentences for t in s.tokens) == LONGEST_WORD
    found = "".join(t.text_in(text) for s in sentences for t in s.tokens)
    assert found == text.replace(" ", "").replace("\n", "")


# Folders of seeds


@pytest.mark.parametrize("other", ["seed01", "seed00", "seed-1", "seed", "seed٣", "seed1x"])
def test_a_folder_of_a_seed_has_one_name(tmp_path: Path, other: str) -> None:
    for name in ("seed0", "seed1", other):
        (tmp_path / name).mkdir()
        (tmp_path / name / "p.jsonl").touch()
    with pytest.raises(EventbenchError, match=rf"{other}: expected a folder seed0, seed1"):
        prediction_files(tmp_path, "triggers")


def test_a_file_beside_folders_of_seeds_is_refused(tmp_path: Path) -> None:
    (tmp_path / "seed1").mkdir()
    (tmp_path / "seed1/p.jsonl").touch()
    assert prediction_files(tmp_path, "triggers") == {1: [tmp_path / "seed1/p.jsonl"]}
    (tmp_path / "p.jsonl.gz").touch()
    with pytest.raises(EventbenchError, match=r"p\.jsonl\.gz: lies beside folders of seeds"):
        prediction_files(tmp_path, "triggers")
