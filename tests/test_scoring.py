"""Runs, prediction files and their scores."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from eventbench import Corpus, read_predictions, run, score
from eventbench.dataset import rows
from eventbench.tokens import from_iob2

LABELS = st.sampled_from(["O", "B-Attack", "I-Attack", "B-Casualty", "I-Casualty"])


def gold_lines(corpus: Corpus) -> list[dict[str, object]]:
    return [{key: row[key] for key in ("id", "tokens", "ner_tags")} for row in rows(corpus)]


def write(path: Path, lines: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_gold_scores_one(corpus: Corpus, tmp_path: Path) -> None:
    lines = gold_lines(corpus)
    report = score(read_predictions(write(tmp_path / "p.jsonl", lines), corpus), corpus)
    support = sum(len(document.events) for document in corpus.documents)
    micro = report.pooled[0]["micro avg"]
    assert (micro.precision, micro.recall, micro.f1, micro.support) == (1.0, 1.0, 1.0, support)
    assert report.micro_f1() == (1.0, None)
    for document in corpus.documents:
        assert report.by_document[0][document.id]["micro avg"].support == len(document.events)


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_scores_are_those_of_counting_by_hand(corpus: Corpus, data: st.DataObject) -> None:
    gold = rows(corpus)
    tags = {row["id"]: list(row["ner_tags"]) for row in gold}
    for row in data.draw(st.lists(st.sampled_from(gold), max_size=30)):
        place = data.draw(st.integers(0, len(row["tokens"]) - 1))
        tags[row["id"]][place] = data.draw(LABELS)
    micro = score({0: tags}, corpus).pooled[0]["micro avg"]
    right = predicted = expected = 0
    for row in gold:
        in_gold, in_tags = set(from_iob2(row["ner_tags"])), set(from_iob2(tags[row["id"]]))
        right += len(in_gold & in_tags)
        predicted += len(in_tags)
        expected += len(in_gold)
    assert micro.precision == pytest.approx(right / predicted if predicted else 0.0)
    assert micro.recall == pytest.approx(right / expected)
    direct = f1_score(
        [r["ner_tags"] for r in gold], [tags[r["id"]] for r in gold], mode="strict", scheme=IOB2
    )
    assert micro.f1 == direct


def test_seeds_are_averaged_never_chosen(corpus: Corpus) -> None:
    right = {row["id"]: row["ner_tags"] for row in rows(corpus)}
    nothing = {row["id"]: ["O"] * len(row["tokens"]) for row in rows(corpus)}
    mean, deviation = score({0: right, 1: nothing}, corpus).micro_f1()
    assert mean == 0.5
    assert deviation == pytest.approx(0.5**0.5)


Spoil = Callable[[list[dict[str, object]]], object]


def drop_first(lines: list[dict[str, object]]) -> None:
    del lines[0]


def double_first(lines: list[dict[str, object]]) -> None:
    lines.append(lines[0])


def put(key: str, value: object) -> Spoil:
    return lambda lines: lines[1].__setitem__(key, value)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (drop_first, "p.jsonl: 1 of 206 sentences are missing, the first is 000-001"),
        (double_first, "p.jsonl:207: 000-001 stands at"),
        (put("id", "999-001"), "p.jsonl:2: unknown sentence id '999-001'"),
        (put("id", ["x"]), "p.jsonl:2: unknown sentence id ['x']"),
        (put("tokens", ["Arab"]), "p.jsonl:2: 000-002 has 1 tokens, the gold has 11"),
        (put("tokens", None), "p.jsonl:2: tokens of 000-002 are None, expected a list"),
        (
            put("tokens", list("ArabLeague!")),
            "p.jsonl:2: token 0 of 000-002 is 'A', the gold has 'Arab'",
        ),
        (put("ner_tags", ["O"]), "p.jsonl:2: 000-002 has 1 tags, expected 11, one a token"),
        (put("ner_tags", 3), "p.jsonl:2: 000-002 has 3, expected 11, one a token"),
        (put("ner_tags", ["X"] * 11), "p.jsonl:2: 000-002 has unknown label 'X' at token 0"),
        (put("ner_tags", [["O"]] * 11), "p.jsonl:2: 000-002 has unknown label ['O'] at token 0"),
        (put("ner_tags", [1] * 11), "p.jsonl:2: 000-002 has unknown label 1 at token 0"),
        (lambda lines: lines[1].pop("ner_tags"), "p.jsonl:2: has no 'ner_tags'"),
    ],
)
def test_predictions_that_do_not_fit_are_refused(
    corpus: Corpus, tmp_path: Path, cli: Cli, spoil: Spoil, message: str
) -> None:
    lines = gold_lines(corpus)
    spoil(lines)
    result = cli("score", write(tmp_path / "p.jsonl", lines))
    check_refusal(result, message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "p.jsonl: is empty"),
        (b"\n\n", "p.jsonl: 206 of 206 sentences are missing"),
        (b"{}\n{", "p.jsonl:1: has no 'id'"),
        (b"[]\n", "p.jsonl:1: found a JSON list, expected an object"),
        (b"\n{", "p.jsonl:2: not valid JSON"),
        (b"\xff\n", "p.jsonl:1: not UTF-8"),
        (b"[" * 100_000, "p.jsonl:1: not valid JSON"),
    ],
)
def test_files_that_are_not_predictions_are_refused(
    tmp_path: Path, cli: Cli, content: bytes, message: str
) -> None:
    (tmp_path / "p.jsonl").write_bytes(content)
    check_refusal(cli("score", tmp_path / "p.jsonl"), message)


def test_a_missing_file_is_refused(tmp_path: Path, cli: Cli) -> None:
    check_refusal(cli("score", tmp_path / "none"), "none: no such file or directory")
    (tmp_path / "empty").mkdir()
    check_refusal(cli("score", tmp_path / "empty"), "empty: no .jsonl file for seed 0")


def check_refusal(result: object, message: str) -> None:
    assert result.returncode == 1  # type: ignore[attr-defined]
    assert result.stdout == ""  # type: ignore[attr-defined]
    assert result.stderr.startswith("eventbench: error: ")  # type: ignore[attr-defined]
    assert message in result.stderr  # type: ignore[attr-defined]
    assert result.stderr.count("\n") == 1  # type: ignore[attr-defined]


class Nothing:
    """A system that finds no event, and counts how often it was asked."""

    fitted = 0

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, train, validation, progress) -> None:  # type: ignore[no-untyped-def]
        type(self).fitted += 1
        self.seen = {*train["doc_id"], *validation["doc_id"]}
        progress(0.5)

    def predict(self, test) -> list[list[str]]:  # type: ignore[no-untyped-def]
        assert "ner_tags" not in test.column_names
        assert not self.seen & set(test["doc_id"])
        return [["O"] * len(row["tokens"]) for row in test]


class Wrong(Nothing):
    def predict(self, test) -> list[list[str]]:  # type: ignore[no-untyped-def]
        return [["O"] for row in test]


def test_a_stopped_run_goes_on_where_it_was(corpus: Corpus, tmp_path: Path) -> None:
    out = tmp_path / "run"
    Nothing.fitted = 0
    told: list[float] = []
    run("test_scoring:Nothing", {}, corpus, out, [0], lambda label, part: told.append(part))
    assert Nothing.fitted == 5
    assert told == sorted(told)
    assert told[-1] == 1.0
    before = {path: path.read_bytes() for path in sorted(out.rglob("*.jsonl"))}
    next(iter(before)).unlink()
    run("test_scoring:Nothing", {}, corpus, out, [0])
    assert Nothing.fitted == 6
    assert {path: path.read_bytes() for path in sorted(out.rglob("*.jsonl"))} == before
    assert score(read_predictions(out, corpus), corpus).micro_f1() == (0.0, None)


def test_a_directory_is_not_shared_by_two_runs(corpus: Corpus, tmp_path: Path, cli: Cli) -> None:
    run("test_scoring:Nothing", {}, corpus, tmp_path / "run", [0])
    check_refusal(cli("run", "lexicon", "--out", tmp_path / "run"), "holds another run: system is")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").touch()
    check_refusal(cli("run", "lexicon", "--out", tmp_path / "other"), "holds no run")


def test_tags_that_do_not_fit_are_not_stored(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="test_scoring:Wrong: 000-001: 1 tags for 11 tokens"):
        run("test_scoring:Wrong", {}, corpus, tmp_path / "run", [0])
    assert list(tmp_path.rglob("*.jsonl")) == []


@pytest.mark.parametrize("name", ["nonsense", "no.such.module:X", "eventbench:Nothing"])
def test_unknown_systems_are_refused(tmp_path: Path, cli: Cli, name: str) -> None:
    result = cli("run", name, "--out", tmp_path / "run")
    check_refusal(result, f"system {name!r}")
    assert not (tmp_path / "run").exists()
