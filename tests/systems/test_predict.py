"""Files are tagged whole or not at all, as JSON Lines, brat or Parquet."""

from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path

import pytest
from made_models import HARD, SEEDS, tagged, write_jsonl, write_part

from eventbench import EventbenchError
from eventbench.corpus import standoff
from eventbench.corpus.scheme import read_scheme
from eventbench.documents.article import Reading
from eventbench.systems.predict import predict

pytest.importorskip("spacy", reason="segmenting new text needs the extra [segment]")


def test_every_kind_of_file(
    lexicon: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = tmp_path / "hard.txt"
    text.write_bytes(HARD.encode())
    lines = write_jsonl(tmp_path / "more.jsonl", {"b": "Airstrikes hit it.", "c": ""})
    with lines.open("a", encoding="utf-8") as file:
        file.write("\n")  # an empty line is skipped
    packed = tmp_path / "packed.jsonl.gz"
    packed.write_bytes(gzip.compress(b'{"id": "d", "text": "", "other": 1}'))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(HARD.encode()), "utf-8"))
    assert predict(lexicon, [text, Path("-"), lines, packed]) == 5
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["id"] for record in found] == ["hard", "stdin", "b", "c", "d"]
    assert found[0]["events"] == found[1]["events"] == tagged(lexicon, HARD)
    assert [len(record["events"]) for record in found[2:]] == [1, 0, 0]


def test_no_files_are_no_articles(lexicon: Path, tmp_path: Path) -> None:
    assert predict(lexicon, [], tmp_path / "out.jsonl") == 0
    assert (tmp_path / "out.jsonl").read_bytes() == b""


@pytest.mark.parametrize(
    ("out", "format"),
    [("out.jsonl", None), ("out", "brat"), ("out", None), ("out.xlsx", None)],
)
def test_a_bad_file_leaves_no_output(
    lexicon: Path, tmp_path: Path, out: str, format: str | None
) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"fine\n\xff")
    with pytest.raises(EventbenchError, match=r"bad\.txt:2: not UTF-8"):
        predict(lexicon, [*SEEDS, bad], tmp_path / out, format=format)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.txt"]


def test_brat_output_says_what_json_lines_say(lexicon: Path, tmp_path: Path) -> None:
    hard = tmp_path / "hard.txt"
    hard.write_bytes(HARD.encode())
    predict(lexicon, [hard, *SEEDS], tmp_path / "out.jsonl")
    predict(lexicon, [hard, *SEEDS], tmp_path / "brat", format="brat")
    scheme = read_scheme(tmp_path / "brat/annotation.conf")
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + len(SEEDS)
    for record in map(json.loads, lines):
        text = (tmp_path / f"brat/{record['id']}.txt").read_bytes().decode()
        ann = (tmp_path / f"brat/{record['id']}.ann").read_bytes().decode()
        events, _, problems = standoff.parse(ann, text, scheme, "a.ann")
        assert problems == []
        assert "\r" not in text
        assert "\ufeff" not in text
        assert len(events) == len(record["events"]) > 0
        for event, expected in zip(events, record["events"], strict=True):
            assert event.type == expected["type"]
            assert event.trigger.start == expected["trigger"]["start"]
            assert event.trigger.text_in(text) == expected["trigger"]["text"]
            assert [(a.role, a.span.start, a.span.text_in(text)) for a in event.arguments] == [
                (a["role"], a["start"], a["text"]) for a in expected["arguments"]
            ]
            given = {k: v for k, v in expected["attributes"].items() if v is not None}
            assert event.attributes == given


@pytest.mark.parametrize(
    ("name", "stem"),
    [("../a", "article-1"), (".a", "article-1"), ("a/b", "a-b"), ("a\n", "article-1"),
     ("", "article-1")],
)  # fmt: skip
def test_ids_that_cannot_be_file_names_are_replaced(
    name: str, stem: str, lexicon: Path, tmp_path: Path
) -> None:
    articles = write_jsonl(tmp_path / "a.jsonl", {name: "text"})
    predict(lexicon, [articles], tmp_path / "brat", format="brat")
    assert {path.name for path in tmp_path.iterdir()} == {"a.jsonl", "brat"}
    assert {path.stem for path in (tmp_path / "brat").glob("*.[at][nx][nt]")} == {stem}


def test_brat_is_not_printed(lexicon: Path, tmp_path: Path) -> None:
    with pytest.raises(EventbenchError, match="brat is not printed: name what to write with"):
        predict(lexicon, [tmp_path / "a.txt"], format="brat")


@pytest.mark.parametrize(
    ("format", "message"),
    [
        ("conll", "no format 'conll': expected result or jsonl or csv"),
        ("brat", "exists and is not an empty directory"),
        ("result", "exists and is not an earlier result; choose another --out"),
    ],
)
def test_what_cannot_be_written_is_said_before_the_model_is_loaded(
    format: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "kept").write_text("", "utf-8")
    with pytest.raises(EventbenchError, match=message):
        predict(tmp_path / "no model", [tmp_path / "a.txt"], tmp_path, format=format)


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (b"text\n", Reading("doc"), "no kind of file 'doc': expected txt or html"),
        (b"\xff\n", Reading(), r"a\.txt:1: not UTF-8"),
        (b"%PDF-1.7", Reading(), r"a\.txt: is not plain text but a PDF"),
        (b"text\n", Reading(sources=Path("none.csv")), r"none\.csv: No such file"),
    ],
)
def test_what_cannot_be_read_is_said_before_the_model_is_loaded(
    content: bytes, options: Reading, message: str, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(EventbenchError, match=message):
        predict(tmp_path / "no model", [tmp_path], tmp_path / "out.jsonl", options=options)


def test_what_segmentation_needs_is_asked_for_before_anything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventbench.corpus.segmentation.find_spec", lambda name: None)
    with pytest.raises(EventbenchError, match=r"needs spaCy: pip install 'eventbench\[segment\]'"):
        predict(tmp_path / "no model", [tmp_path / "a.txt"])


def test_parquet_goes_with_other_files_and_to_json_lines(lexicon: Path, tmp_path: Path) -> None:
    part = write_part(tmp_path / "p.parquet", [1], ["Airstrikes hit it."])
    text = tmp_path / "a.txt"
    text.write_text("Airstrikes hit it.")
    for files, number in (([part], 1), ([part, text], 2)):
        assert predict(lexicon, files, tmp_path / "out.jsonl") == number
        lines = (tmp_path / "out.jsonl").read_text("utf-8").splitlines()
        assert [len(json.loads(line)["events"]) for line in lines] == [1] * number
    for _ in range(2):  # what is there is not computed again
        assert predict(lexicon, [part], tmp_path / "parts") == 1
    assert [path.name for path in (tmp_path / "parts").iterdir()] == ["p.parquet"]
    with pytest.raises(EventbenchError, match=r"options that say how .* or --out FILE\.jsonl"):
        predict(lexicon, [part], tmp_path / "out", options=Reading(columns={"text": "text"}))


def test_a_broken_file_leaves_nothing_behind(lexicon: Path, tmp_path: Path) -> None:
    fine = tmp_path / "a.txt"
    fine.write_text("Airstrikes hit it.")
    (tmp_path / "b.jsonl").write_text("{")
    with pytest.raises(EventbenchError, match=r"b\.jsonl:1: not valid JSON"):
        predict(lexicon, [fine, tmp_path / "b.jsonl"], tmp_path / "out.jsonl")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "b.jsonl"]
