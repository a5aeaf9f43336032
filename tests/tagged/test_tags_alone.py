"""Tags without tokens: lines of run_ner.py and lists as seqeval takes them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from conftest import Cli

from eventbench import EventbenchError, score_files
from eventbench.tagged.reading import read_tagged
from eventbench.tagged.seqeval_check import seqeval_scores

GOLD = [["B-X", "I-X", "O", "B-Y"], ["O"], ["B-Y", "O"]]
FOUND = [["B-X", "O", "O", "B-Y"], ["B-Y"], ["O", "O"]]


def write(folder: Path, name: str, sentences: list[list[str]]) -> Path:
    path = folder / name
    if ".txt" in name:
        content = "".join(" ".join(tags) + "\n" for tags in sentences)
    elif name == "gold.json":
        rows = ({"id": str(i), "tokens": ["w"] * len(t), "ner_tags": t}
                for i, t in enumerate(sentences))  # fmt: skip
        content = "".join(json.dumps(row) + "\n" for row in rows)
    else:
        content = json.dumps(sentences, indent=1)
    path.write_bytes(gzip.compress(content.encode()) if name.endswith("gz") else content.encode())
    return path


@pytest.mark.parametrize("name", ["p.txt", "p.txt.gz", "p.json", "p.json.gz"])
def test_they_are_scored_as_seqeval_scores_them(tmp_path: Path, name: str) -> None:
    gold, path = write(tmp_path, "gold.json", GOLD), write(tmp_path, name, FOUND)
    assert [s.tags for s in read_tagged(path)] == FOUND
    found = score_files(gold, path)
    assert found.scores == seqeval_scores(GOLD, FOUND)
    assert (found.sentences, found.tokens) == (3, 7)
    assert found.verified is not None
    itself = score_files(path, path)
    assert itself.scores["micro avg"].f1 == 1.0


def test_tags_of_another_scheme_are_converted(tmp_path: Path) -> None:
    path = write(tmp_path, "p.txt", [["S-X", "O", "B-Y", "E-Y"]])
    assert score_files(path, path, convert="bioes").scores["Y"].support == 1
    with pytest.raises(EventbenchError, match=r"p\.txt:1: unknown tag 'S-X', .* --convert bioes"):
        score_files(path, path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("p.txt", b"B-X I-X O B-Y\nO\n", r"gold\.json:3: .*p\.txt ends before this sentence"),
        ("p.txt", b"B-X O O B-Y\nO\nO\n", r"p\.txt:3: has 1 tags, the gold has 2 \(.*json:3\)$"),
        ("p.txt", b"B-X O O B-Y\n\nO\n", r"p\.txt:2: has 0 tags, the gold has 1 "),
        ("p.txt", b"B-X O O B-Y\nO\nO O\nO\n", r"p\.txt:4: .*gold\.json ends before this"),
        ("p.txt", b"war\tB-X\n", r"p\.txt:1: found 'war\\tB-X', expected the tags of a sentence"),
        (
            "p.txt",
            b"B-X I-X O war\nO\nO O\n",
            r"p\.txt:1: unknown tag 'war', expected O, B-… or I-…",
        ),
        ("p.txt", b"B-X\n\xff\n", r"p\.txt:1: has 1 tags"),
        ("p.txt", b"\xff\n", r"p\.txt:1: not UTF-8"),
        ("p.txt", b"", r"p\.txt: is empty"),
        ("p.json", b"[]", r"p\.json: is empty"),
        ("p.json", b"", r"p\.json: is empty"),
        ("p.json", b'["O"]', r"p\.json: sentence 1: found 'O', expected a list of tags"),
        ("p.json", b'[["O", 1]]', r"p\.json: sentence 1: found \['O', 1\], expected a list"),
        ("p.json", b'[["O"], null]', r"sentence 1: has 1 tags, the gold has 4"),
        ("p.json", b'[["O"]', r"p\.json: not readable as a JSON list"),
        ("p.json", b'[["O"]]\n[["O"]]', r"p\.json: not readable as a JSON list"),
        ("p.json", b'[["\xff"]]', r"p\.json: not readable as a JSON list"),
        ("p.json", b"[" * 100_000, r"p\.json: not readable as a JSON list"),
        ("p.json", b'{"predictions": []}', r"p\.json:1: has no 'id'"),
    ],
)
def test_what_does_not_fit_is_one_clear_line(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    gold, path = write(tmp_path, "gold.json", GOLD), tmp_path / name
    path.write_bytes(content)
    with pytest.raises(EventbenchError, match=message) as caught:
        score_files(gold, path)
    assert "\n" not in str(caught.value)


def test_the_command_takes_them(tmp_path: Path, cli: Cli) -> None:
    write(tmp_path, "gold.json", GOLD)
    write(tmp_path, "predictions.txt", FOUND)
    result = cli("score", "predictions.txt", "--gold", "gold.json")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("3 sentences, 7 tokens, strict IOB2")
    result = cli("score", "predictions.txt", "--gold", "gold.json", "--fold", "1")
    assert result.returncode == 2
    assert "--fold is of a corpus: it goes without --gold" in result.stderr
