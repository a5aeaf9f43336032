"""Predictions are read in every format, or refused in one line with file and line."""

from __future__ import annotations

import gzip
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from making import FORMATS, write_format, write_lines

from eventbench import TASKS, Corpus, EventbenchError, score, score_files
from eventbench.evaluation.reading import read_predictions
from eventbench.evaluation.scoring import score_answers
from eventbench.tasks.base import Gold

Json = dict[str, Any]
Spoil = Callable[[list[Json]], object]


@pytest.fixture(scope="module")
def gold(corpus: Corpus) -> Gold:
    return Gold.of(TASKS["triggers"], corpus)


def right(gold: Gold) -> list[Json]:
    """The records of the gold, made anew so that a test may spoil them."""
    return [json.loads(json.dumps(gold.task.dump(r, gold.task.gold(r)))) for r in gold.rows]


def refused(path: Path, gold: Gold) -> str:
    """The one line with which predictions are refused."""
    with pytest.raises(EventbenchError) as caught:
        read_predictions(path, gold)
    message = str(caught.value)
    assert "\n" not in message
    return message


def drop_first(lines: list[Json]) -> None:
    del lines[0]


def double_first(lines: list[Json]) -> None:
    lines.append(lines[0])


def put(key: str, value: object) -> Spoil:
    return lambda lines: lines[1].__setitem__(key, value)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (drop_first, "p.jsonl: 1 of 206 rows of triggers are missing, the first is 000-001"),
        (double_first, "p.jsonl:207: '000-001' stands at"),
        (put("id", "999-001"), "p.jsonl:2: unknown id '999-001', expected one like '000-001'"),
        (put("id", ["x"]), "p.jsonl:2: id is ['x'], expected a string"),
        (put("tokens", ["Arab"]), "p.jsonl:2: 000-002 has 1 tokens, the gold has 11"),
        (put("tokens", None), "p.jsonl:2: tokens of 000-002 is None, expected a list of strings"),
        (
            put("tokens", list("ArabLeague!")),
            "p.jsonl:2: token 0 of 000-002 is 'A', the gold has 'Arab'",
        ),
        (put("ner_tags", ["O"]), "p.jsonl:2: 000-002 has 1 tags, expected 11, one a token"),
        (put("ner_tags", 3), "p.jsonl:2: ner_tags of 000-002 is 3, expected a list of strings"),
        (put("ner_tags", ["X"] * 11), "p.jsonl:2: 000-002 has unknown label 'X' at token 0"),
        (put("ner_tags", [["O"]] * 11), "p.jsonl:2: ner_tags of 000-002 is [['O'], "),
        (put("ner_tags", [1] * 11), "p.jsonl:2: ner_tags of 000-002 is [1, 1, "),
        (lambda lines: lines[1].pop("ner_tags"), "p.jsonl:2: has no 'ner_tags'"),
        (lambda lines: lines[1].pop("id"), "p.jsonl:2: has no 'id'"),
        (put("id", None), "p.jsonl:2: has no 'id'"),
    ],
)
def test_predictions_that_do_not_fit_are_refused(
    gold: Gold, tmp_path: Path, spoil: Spoil, message: str
) -> None:
    lines = right(gold)
    spoil(lines)
    path = write_lines(tmp_path / "p.jsonl", lines)
    assert f"{tmp_path}/{message}" in refused(path, gold)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "p.jsonl: is empty"),
        (b"\n\n", "p.jsonl: is empty"),
        (b'{"id": 1e999}\n', "p.jsonl:1: not valid JSON: 1e999 is too large a number"),
        (b'{"id": NaN}\n', "p.jsonl:1: not valid JSON: NaN is not a JSON number"),
        (b"x" * (1 << 26) + b"y\n", "p.jsonl:1: is longer than 67108864 bytes"),
        (b"{}\n{", "p.jsonl:1: has no 'id'"),
        (b"[]\n", "p.jsonl:1: found [], expected an object"),
        (b"\n{", "p.jsonl:2: not valid JSON"),
        (b"\xff\n", "p.jsonl:1: not UTF-8"),
        (b"[" * 100_000, "p.jsonl:1: not valid JSON"),
        (b'{"id": "000-001", "id": "000-002"}', "p.jsonl:1: not valid JSON: key 'id' occurs twice"),
    ],
)
def test_files_that_are_not_predictions_are_refused(
    gold: Gold, tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "p.jsonl"
    path.write_bytes(content)
    assert message in refused(path, gold)


def test_a_missing_file_is_refused(gold: Gold, tmp_path: Path) -> None:
    assert refused(tmp_path / "none", gold).endswith("none: does not exist")
    (tmp_path / "empty").mkdir()
    expected = "empty: no .jsonl or .conll or .parquet or .txt file for seed 0"
    assert refused(tmp_path / "empty", gold).endswith(expected)


ENTRY = ROOT / "leaderboard/aleppo-1/stack/3"


def test_an_entry_of_the_leaderboard_is_read_like_a_run(edition1: Corpus, tmp_path: Path) -> None:
    gold = Gold.of(TASKS["triggers"], edition1)
    found = read_predictions(ENTRY, gold)
    assert sorted(found) == [0, 1, 2, 3, 4]
    assert found == read_predictions(ENTRY / "predictions", gold)
    arguments = Gold.of(TASKS["arguments"], edition1)
    message = "stack/3: has no predictions of arguments, but of triggers, events"
    assert refused(ENTRY, arguments).endswith(message)
    other = tmp_path / "3"
    shutil.copytree(ENTRY, other)
    record = other / "result.json"
    content = record.read_text("utf-8")
    record.write_text(content.replace(gold.fingerprint, "0" * 16), "utf-8")
    assert f"{record}: made with data 1.0.0 ({'0' * 16}), the gold" in refused(other, gold)
    record.write_text("{}", "utf-8")
    assert f"{record}: is not the record of an entry" in refused(other, gold)


def test_the_rows_may_be_in_several_files_and_in_any_order(gold: Gold, tmp_path: Path) -> None:
    lines = right(gold)
    folder = tmp_path / "run" / "seed3"
    folder.mkdir(parents=True)
    write_lines(folder / "a.jsonl", lines[:50][::-1])
    write_lines(folder / "b.jsonl", lines[50:])
    (folder / ".a.jsonl-left-over").write_text("{")
    found = read_predictions(tmp_path / "run", gold)
    assert list(found) == [3]
    assert list(found[3].items()) == [(row["id"], row["ner_tags"]) for row in gold.rows]
    write_lines(folder / "c.jsonl", lines[:1])
    assert f"c.jsonl:1: '000-001' stands at {folder}/a.jsonl:50 too" in refused(
        tmp_path / "run", gold
    )


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_figures(gold: Gold, tmp_path: Path, name: str) -> None:
    lines = right(gold)
    for line in lines[::3]:
        line["ner_tags"] = ["O"] * len(line["tokens"])
    answers = {0: {line["id"]: line["ner_tags"] for line in lines}}
    expected = score_answers(answers, gold, intervals=False, verify=False)
    path = write_format(tmp_path / name, lines)
    found = read_predictions(path, gold)
    assert found == answers
    target = write_format(tmp_path / f"gold-{name}", right(gold))
    against = score_files(target, path)
    sections = expected.sections[0]
    assert against.scores == {**sections["type"], **sections["average"]}
    assert against.verified


def test_broken_gzip_and_parquet_are_refused(gold: Gold, tmp_path: Path) -> None:
    path = write_format(tmp_path / "p.jsonl.gz", right(gold))
    path.write_bytes(path.read_bytes()[:2000])
    assert "broken gzip" in refused(path, gold)
    path.write_bytes(b"no gzip at all")
    assert "p.jsonl.gz:1: broken gzip" in refused(path, gold)
    packed = gzip.compress(write_lines(tmp_path / "p.jsonl", right(gold)).read_bytes())
    for content in (packed[:-1], packed[:-8] + bytes(8), packed[:20] + b"\xff" * 20 + packed[40:]):
        path.write_bytes(content)
        assert "broken gzip" in refused(path, gold)
    (tmp_path / "p.parquet").write_bytes(b"PAR1 and no more")
    assert "not readable as Parquet" in refused(tmp_path / "p.parquet", gold)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(content=st.binary(max_size=300), name=st.sampled_from(FORMATS))
def test_arbitrary_bytes_are_refused_or_scored(gold: Gold, content: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        scored_or_refused(path, gold)


def scored_or_refused(path: Path, gold: Gold) -> None:
    for action in (lambda: score_files(path, path), lambda: read_predictions(path, gold)):
        try:
            action()
        except EventbenchError as error:
            message = str(error)
            assert message.startswith(str(path))
            assert "\n" not in message


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=3) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "tokens", "ner_tags", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=200)
@given(st.lists(JSON, min_size=1, max_size=4))
def test_arbitrary_json_is_refused_or_scored(gold: Gold, values: list[object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_lines(Path(folder) / "p.jsonl", values)
        scored_or_refused(path, gold)


def test_predictions_of_another_task_are_named(corpus: Corpus, gold: Gold, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "p.jsonl", right(gold))
    with pytest.raises(EventbenchError, match=r"unknown id '000-001', .* another --task"):
        score(path, "arguments", corpus=corpus)
    with pytest.raises(EventbenchError, match="no task 'nonsense': expected triggers, arguments"):
        score(path, "nonsense", corpus=corpus)
