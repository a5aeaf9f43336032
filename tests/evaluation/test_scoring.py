"""Runs, prediction files and their scores."""

from __future__ import annotations

import contextlib
import gzip
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from eventbench import Corpus, EventbenchError, load_corpus, read_and_score, run, score
from eventbench.corpus.tokens import from_iob2
from eventbench.dataset.building import labels, rows
from eventbench.evaluation.predictions import read_predictions
from eventbench.evaluation.report import (
    AVERAGES,
    score_files,
    score_sequences,
    seqeval_scores,
    signature_line,
)

LABELS = st.sampled_from(["O", "B-Attack", "I-Attack", "B-Casualty", "I-Casualty"])


def gold_lines(corpus: Corpus) -> list[dict[str, object]]:
    return [{key: row[key] for key in ("id", "tokens", "ner_tags")} for row in rows(corpus)]


def write(path: Path, lines: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_gold_scores_one(corpus: Corpus, tmp_path: Path) -> None:
    lines = gold_lines(corpus)
    report = read_and_score(write(tmp_path / "p.jsonl", lines), corpus)
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
    micro = score({0: tags}, corpus, intervals=False).pooled[0]["micro avg"]
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


def test_tags_without_a_beginning_are_told(corpus: Corpus, tmp_path: Path, cli: Cli) -> None:
    lines = gold_lines(corpus)
    lines[0]["ner_tags"] = ["I-Attack", "B-Attack", "I-Attack", "I-Casualty"] + ["O"] * 7
    path = write(tmp_path / "p.jsonl", lines)
    assert read_and_score(path, corpus, intervals=False).stray == {0: 2}
    printed = cli("score", path, "--no-intervals").stdout
    assert "I- tags without a beginning, which belong to no entity (by seed): 2." in printed


def test_seeds_are_averaged_never_chosen(corpus: Corpus) -> None:
    right = {row["id"]: row["ner_tags"] for row in rows(corpus)}
    nothing = {row["id"]: ["O"] * len(row["tokens"]) for row in rows(corpus)}
    mean, deviation = score({0: right, 1: nothing}, corpus, intervals=False).micro_f1()
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
        (put("id", "999-001"), "p.jsonl:2: unknown id '999-001'"),
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
        (b"\n\n", "p.jsonl: is empty"),
        (b'{"id": NaN}\n', "p.jsonl:1: not valid JSON"),
        (b"x" * (1 << 24) + b"y\n", "p.jsonl:1: is longer than 16777216 bytes"),
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
    check_refusal(
        cli("score", tmp_path / "empty"), "empty: no .jsonl or .conll or .parquet file for seed 0"
    )


def check_refusal(result: object, message: str) -> None:
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("eventbench: error: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


class Nothing:
    """A system that finds no event, and counts how often it was asked."""

    fitted = 0

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, train, validation, progress) -> None:
        type(self).fitted += 1
        self.seen = {*train["doc_id"], *validation["doc_id"]}
        progress(0.5)

    def predict(self, test) -> list[list[str]]:
        assert "ner_tags" not in test.column_names
        assert not self.seen & set(test["doc_id"])
        return [["O"] * len(row["tokens"]) for row in test]


class Wrong(Nothing):
    def predict(self, test) -> list[list[str]]:
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
    assert read_and_score(out, corpus).micro_f1() == (0.0, None)


def test_a_directory_is_not_shared_by_two_runs(corpus: Corpus, tmp_path: Path, cli: Cli) -> None:
    run("test_scoring:Nothing", {}, corpus, tmp_path / "run", [0])
    check_refusal(cli("run", "lexicon", "--out", tmp_path / "run"), "holds another run: system is")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").touch()
    check_refusal(cli("run", "lexicon", "--out", tmp_path / "other"), "holds no run")


def test_a_run_on_other_data_is_not_scored(corpus: Corpus, tmp_path: Path, cli: Cli) -> None:
    run("test_scoring:Nothing", {}, corpus, tmp_path / "run", [0])
    record = tmp_path / "run" / "run.json"
    record.write_text(record.read_text("utf-8").replace(corpus.fingerprint, "0" * 16), "utf-8")
    for verb in ("score", "errors"):
        check_refusal(
            cli(verb, tmp_path / "run"), "run.json: made with data 1.0.0 (0000000000000000)"
        )
    record.write_text("{", "utf-8")
    check_refusal(cli("score", tmp_path / "run"), "run.json: is not the record of a run")
    check_refusal(cli("run", "lexicon", "--out", tmp_path / "run"), "is not the record of a run")


def test_tags_that_do_not_fit_are_not_stored(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="test_scoring:Wrong: 000-001: 1 tags for 11 tokens"):
        run("test_scoring:Wrong", {}, corpus, tmp_path / "run", [0])
    assert list(tmp_path.rglob("*.jsonl")) == []


@pytest.mark.parametrize("name", ["nonsense", "no.such.module:X", "eventbench:Nothing"])
def test_unknown_systems_are_refused(tmp_path: Path, cli: Cli, name: str) -> None:
    result = cli("run", name, "--out", tmp_path / "run")
    check_refusal(result, f"system {name!r}")
    assert not (tmp_path / "run").exists()


# Other formats and files of any tags


def as_conll(lines: list[dict[str, object]], *, ids: bool) -> str:
    parts = []
    for line in lines:
        pairs = zip(line["tokens"], line["ner_tags"], strict=True)
        head = f"# id = {line['id']}\n" if ids else ""
        parts.append(head + "".join(f"{token}\t{tag}\n" for token, tag in pairs))
    return "\n".join(parts)


def write_format(path: Path, lines: list[dict[str, object]]) -> Path:
    import pyarrow
    import pyarrow.parquet

    name = path.name
    if ".parquet" in name:
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(lines), path)
        return path
    if ".conll" in name:
        content = as_conll(lines, ids="ids" in name).encode()
    else:
        content = "".join(json.dumps(line) + "\n" for line in lines).encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


FORMATS = ["p.jsonl", "p.jsonl.gz", "p.conll", "ids.conll", "ids.conll.gz", "p.parquet"]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_figures(corpus: Corpus, tmp_path: Path, name: str) -> None:
    lines = gold_lines(corpus)
    for line in lines[::3]:
        line["ner_tags"] = ["O"] * len(line["tokens"])
    expected = read_and_score(write(tmp_path / "x.jsonl", lines), corpus, intervals=False)
    path = write_format(tmp_path / name, lines)
    found = read_and_score(path, corpus, intervals=False)
    assert found.pooled == expected.pooled
    gold = write_format(tmp_path / f"gold-{name}", gold_lines(corpus))
    against = score_files(gold, path)
    assert against.scores == expected.pooled[0]
    assert against.verified


def test_a_built_dataset_is_a_gold_file(corpus: Corpus, tmp_path: Path) -> None:
    """Parquet with a ClassLabel column, as `datasets` writes it."""
    from eventbench import load

    path = tmp_path / "test.parquet"
    load("triggers")["test"].to_parquet(path)
    found = score_files(path, path)
    assert found.scores["micro avg"].f1 == 1.0
    assert found.sentences == 30


ANY_TAG = st.sampled_from(["O", "B-a_b", "I-a_b", "B-a-b", "I-a-b", "B-É", "I-É"])
PAIRS = st.lists(st.lists(st.tuples(ANY_TAG, ANY_TAG), min_size=1, max_size=6), min_size=1)


@settings(deadline=None, max_examples=150)
@given(PAIRS)
def test_files_of_any_tags_score_as_seqeval_does(pairs: list[list[tuple[str, str]]]) -> None:
    def lines(side: int) -> list[dict[str, object]]:
        return [
            {"id": str(i), "tokens": ["😀\u00a0x"] * len(s), "ner_tags": [p[side] for p in s]}
            for i, s in enumerate(pairs)
        ]

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bulk = score_files(*(write(folder / f"{i}.jsonl", lines(i)) for i in (0, 1)), verify=False)
        slow = score_files(
            *(write_format(folder / f"{i}.conll", lines(i)) for i in (0, 1)), verify=False
        )
    assert bulk == slow
    if bulk.scores.keys() != {*AVERAGES}:
        gold, found = ([[pair[i] for pair in s] for s in pairs] for i in (0, 1))
        assert bulk.scores == seqeval_scores(gold, found)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: lines.pop(), "p.jsonl ends before this sentence"),
        (lambda lines: lines[3].update(id="x"), "p.jsonl:4: is 'x', expected '000-004' here"),
        (lambda lines: lines[0]["tokens"].__setitem__(0, "W"), "p.jsonl:1: token 0 of 000-001"),
        (lambda lines: lines[0].update(ner_tags=["O"]), "p.jsonl:1: has 1 tags for 11 tokens"),
        (lambda lines: lines[0]["ner_tags"].__setitem__(0, "X"), "p.jsonl:1: unknown tag 'X'"),
        (lambda lines: lines[0]["ner_tags"].__setitem__(0, "B-"), "p.jsonl:1: unknown tag 'B-'"),
        (lambda lines: lines[0]["ner_tags"].__setitem__(0, None), "p.jsonl:1: ner_tags of 000-001"),
        (lambda lines: lines[0].pop("tokens"), "p.jsonl:1: has no 'tokens'"),
    ],
)
def test_files_that_do_not_match_are_refused_with_file_and_line(
    corpus: Corpus, tmp_path: Path, cli: Cli, change: Spoil, message: str
) -> None:
    gold = write(tmp_path / "gold.jsonl", gold_lines(corpus))
    lines = gold_lines(corpus)
    change(lines)
    result = cli("score", write(tmp_path / "p.jsonl", lines), "--gold", gold)
    check_refusal(result, message)


def test_broken_gzip_and_parquet_are_refused(corpus: Corpus, tmp_path: Path, cli: Cli) -> None:
    path = write_format(tmp_path / "p.jsonl.gz", gold_lines(corpus))
    path.write_bytes(path.read_bytes()[:2000])
    check_refusal(cli("score", path), "broken gzip")
    path.write_bytes(b"no gzip at all")
    check_refusal(cli("score", path), "p.jsonl.gz:1: broken gzip")
    (tmp_path / "p.parquet").write_bytes(b"PAR1 and no more")
    check_refusal(cli("score", tmp_path / "p.parquet"), "not readable as Parquet")


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(content=st.binary(max_size=300), name=st.sampled_from(FORMATS))
def test_arbitrary_bytes_are_refused_or_scored(corpus: Corpus, content: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        for action in (lambda: score_files(path, path), lambda: read_and_score(path, corpus)):
            with contextlib.suppress(EventbenchError):
                action()


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=3) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "tokens", "ner_tags", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=200)
@given(st.lists(JSON, min_size=1, max_size=4))
def test_arbitrary_json_is_refused_or_scored(corpus: Corpus, values: list[object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "p.jsonl"
        path.write_text("".join(json.dumps(value) + "\n" for value in values), "utf-8")
        for action in (lambda: score_files(path, path), lambda: read_and_score(path, corpus)):
            with contextlib.suppress(EventbenchError):
                action()


# Signature and comparison


def test_a_score_can_be_rebuilt_from_its_signature_and_predictions(
    corpus: Corpus, tmp_path: Path, cli: Cli
) -> None:
    run("test_scoring:Nothing", {}, corpus, tmp_path / "run", [0, 2])
    first = json.loads(cli("score", tmp_path / "run", "--json").stdout)[str(tmp_path / "run")]
    signature = first["signature"]
    assert signature["data"] == corpus.version
    assert signature["fingerprint"] == corpus.fingerprint
    assert (signature["scheme"], signature["mode"]) == ("IOB2", "strict")
    gold = rows(corpus, signature["task"])
    predictions = read_predictions(tmp_path / "run", gold, labels(corpus.scheme, signature["task"]))
    again = score({s: predictions[s] for s in signature["seeds"]}, corpus, signature["task"])
    assert json.loads(json.dumps(again.to_json(), default=str)) == first
    assert "task:triggers" in signature_line(signature)
    assert "resamples:10000" in signature_line(signature)


def test_arguments_say_what_they_hang_on(corpus: Corpus, tmp_path: Path, cli: Cli) -> None:
    lines = [
        {key: row[key] for key in ("id", "tokens", "ner_tags")} for row in rows(corpus, "arguments")
    ]
    path = write(tmp_path / "p.jsonl", lines)
    result = cli("score", path, "--task", "arguments", "--no-intervals")
    assert result.returncode == 0
    assert "arguments on:gold triggers" in result.stdout
    report = read_and_score(path, corpus, "arguments", intervals=False)
    assert report.micro_f1() == (1.0, None)
    arguments = sum(len(e.arguments) for d in corpus.documents for e in d.events)
    assert report.pooled[0]["micro avg"].support == arguments


def test_a_gold_without_entities_is_said_plainly(tiny: Path, tmp_path: Path, cli: Cli) -> None:
    for path in (tiny / "annotations/gold").glob("*.ann"):
        path.write_text("", "utf-8")
    empty = load_corpus(tiny)
    lines = [{k: r[k] for k in ("id", "tokens", "ner_tags")} for r in rows(empty)]
    result = cli("score", write(tmp_path / "p.jsonl", lines), "--data", tiny, "--no-intervals")
    assert result.returncode == 0, result.stderr
    assert "There is no entity in the gold: every score is 0 by definition." in result.stdout


def test_comparing_says_both_tests_and_every_article(
    corpus: Corpus, tmp_path: Path, cli: Cli
) -> None:
    lines = gold_lines(corpus)
    right = write(tmp_path / "right.jsonl", lines)
    for line in lines:
        line["ner_tags"] = ["O"] * len(line["tokens"])
    nothing = write(tmp_path / "nothing.jsonl", lines)
    result = cli("compare", right, nothing, right, "--json")
    assert result.returncode == 0, result.stderr
    far, same = json.loads(result.stdout)["comparisons"]
    assert far["significant"] is True
    assert set(far["by_article"].values()) == {1.0}
    assert (same["significant"], same["p_these_documents"]) == (False, 1.0)
    printed = cli("compare", right, nothing).stdout
    assert "cannot go below p = 0.0625" in printed
    assert "+100.0" in printed
    check_refusal(cli("compare", right), "compare needs two systems or more")


@pytest.mark.filterwarnings("ignore")
def test_it_is_a_metric_of_evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluate = pytest.importorskip("evaluate", reason="the metric needs the extra [evaluate]")
    from eventbench.tagged import strict_iob2

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    metric = evaluate.load(strict_iob2.__file__, cache_dir=str(tmp_path))
    gold = [["B-X", "I-X", "O", "B-Y"], ["O"]]
    found = [["B-X", "O", "O", "B-Y"], ["B-Y"]]
    result = metric.compute(references=gold, predictions=found)
    expected = seqeval_scores(gold, found)
    assert result["overall_f1"] == expected["micro avg"].f1
    assert result["Y"] == {"precision": 0.5, "recall": 1.0, "f1": expected["Y"].f1, "number": 1}


def test_sequences_that_do_not_match_are_refused() -> None:
    with pytest.raises(EventbenchError, match="sentence 1: 1 tags, the gold has 2"):
        score_sequences([["O"], ["O", "O"]], [["O"], ["O"]])
    with pytest.raises(EventbenchError, match="1 predicted sentences for 2 of the gold"):
        score_sequences([["O"], ["O"]], [["O"]])
    with pytest.raises(EventbenchError, match="sentence 0: unknown tag 'X'"):
        score_sequences([["O"]], [["X"]])
