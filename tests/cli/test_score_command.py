"""Scores, comparisons and errors on the command line."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Cli
from making import write_format, write_lines

from eventbench import TASKS, Corpus, compare, diagnose, score

Json = dict[str, Any]


def gold_lines(corpus: Corpus, task: str = "triggers") -> list[Json]:
    rows = TASKS[task].rows(corpus.documents, corpus.scheme)
    return [json.loads(json.dumps(TASKS[task].dump(r, TASKS[task].gold(r)))) for r in rows]


def check_refusal(result: Any, message: str) -> None:
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("eventbench: error: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "p.jsonl: is empty"),
        (b"{}\n{", "p.jsonl:1: has no 'id'"),
        (b"\n{", "p.jsonl:2: not valid JSON"),
        (b"\xff\n", "p.jsonl:1: not UTF-8"),
    ],
)
def test_files_that_are_not_predictions_are_refused(
    tmp_path: Path, cli: Cli, content: bytes, message: str
) -> None:
    (tmp_path / "p.jsonl").write_bytes(content)
    check_refusal(cli("score", tmp_path / "p.jsonl"), message)


def test_a_missing_file_is_refused(tmp_path: Path, cli: Cli) -> None:
    check_refusal(cli("score", tmp_path / "none"), "none: does not exist, expected a run, ")


def test_entries_of_the_leaderboard_are_scored_and_compared(cli: Cli) -> None:
    lexicon, crf = (ROOT / f"leaderboard/aleppo/{name}/1" for name in ("lexicon", "crf"))
    result = cli("score", lexicon, "--no-intervals")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{lexicon}: Triggers, 5 seeds.")
    found = json.loads(cli("compare", lexicon, crf, "--json").stdout)
    (comparison,) = found["comparisons"]
    assert (found["base"], comparison["other"]) == (str(lexicon), str(crf))


def test_a_run_on_other_data_is_not_scored(corpus: Corpus, tmp_path: Path, cli: Cli) -> None:
    assert cli("run", "lexicon", "--out", "run").returncode == 0
    fingerprint = score(tmp_path / "run", corpus=corpus).signature["fingerprint"]
    record = tmp_path / "run" / "run.json"
    record.write_text(record.read_text("utf-8").replace(fingerprint, "0" * 16), "utf-8")
    for verb in ("score", "errors"):
        check_refusal(
            cli(verb, tmp_path / "run"), f"run.json: made with data {corpus.version} ({'0' * 16})"
        )
    check_refusal(cli("run", "lexicon", "--out", tmp_path / "run"), "holds another run")


def test_tags_without_a_beginning_are_told(corpus: Corpus, tmp_path: Path, cli: Cli) -> None:
    lines = gold_lines(corpus)
    lines[0]["ner_tags"] = ["I-Attack", "B-Attack", "I-Attack", "I-Casualty"] + ["O"] * 7
    path = write_lines(tmp_path / "p.jsonl", lines)
    printed = cli("score", path, "--no-intervals").stdout
    assert (
        "Predicted tags that continue no entity of their class do not count as entities: 2."
        in printed
    )


def test_a_report_for_machines_is_that_of_python(corpus: Corpus, tmp_path: Path, cli: Cli) -> None:
    path = write_lines(tmp_path / "p.jsonl", gold_lines(corpus))
    found = json.loads(cli("score", path, "--json").stdout)[str(path)]
    assert found == json.loads(json.dumps(score(path, corpus=corpus).to_json(), default=str))


def test_arguments_say_what_they_hang_on(corpus: Corpus, tmp_path: Path, cli: Cli) -> None:
    path = write_lines(tmp_path / "p.jsonl", gold_lines(corpus, "arguments"))
    result = cli("score", path, "--task", "arguments", "--no-intervals")
    assert result.returncode == 0
    assert "arguments_on:gold triggers" in result.stdout


@pytest.mark.parametrize("name", ["p.jsonl", "ids.conll.gz", "p.parquet"])
def test_files_of_any_tags_are_scored_against_each_other(
    corpus: Corpus, tmp_path: Path, cli: Cli, name: str
) -> None:
    gold = write_format(tmp_path / f"gold-{name}", gold_lines(corpus))
    lines = gold_lines(corpus)
    result = cli("score", write_format(tmp_path / name, lines), "--gold", gold)
    assert (result.returncode, result.stderr) == (0, "")
    lines[0]["tokens"][0] = "W"
    result = cli("score", write_format(tmp_path / name, lines), "--gold", gold)
    check_refusal(result, "token 0 of 000-001 is 'W'")


def test_comparing_says_both_tests_and_every_article(
    corpus: Corpus, tmp_path: Path, cli: Cli
) -> None:
    lines = gold_lines(corpus)
    right = write_lines(tmp_path / "right.jsonl", lines)
    again = write_lines(tmp_path / "again.jsonl", lines)
    for line in lines:
        line["ner_tags"] = ["O"] * len(line["tokens"])
    nothing = write_lines(tmp_path / "nothing.jsonl", lines)
    result = cli("compare", right, nothing, again, "--json")
    assert result.returncode == 0, result.stderr
    far, same = json.loads(result.stdout)["comparisons"]
    assert far["significant"] is True
    assert set(far["by_article"].values()) == {1.0}
    assert (same["significant"], same["p_these_documents"]) == (False, 1.0)
    printed = cli("compare", right, nothing).stdout
    assert "cannot go below p = 0.0625" in printed
    assert "+100.0" in printed
    check_refusal(cli("compare", right), "compare needs two systems or more")
    check_refusal(cli("compare", right, right), "is given twice")


@pytest.mark.parametrize("name", ["nonsense", "no.such.module:X", "eventbench:Nothing"])
def test_unknown_systems_are_refused(tmp_path: Path, cli: Cli, name: str) -> None:
    result = cli("run", name, "--out", tmp_path / "run")
    check_refusal(result, f"system {name!r}")
    assert not (tmp_path / "run").exists()


def test_a_score_prints_its_report(cli: Cli, tmp_path: Path) -> None:
    assert cli("run", "lexicon", "--out", "run").returncode == 0
    report = score(tmp_path / "run")
    result = cli("score", "run")
    assert (result.returncode, result.stdout) == (0, f"run: {report}")
    assert "seqeval" in result.stdout
    found = json.loads(cli("score", "run", "--json").stdout)
    assert found == {"run": json.loads(json.dumps(report.to_json()))}
    bare = cli("score", "run", "--no-intervals", "--no-verify").stdout
    assert "interval of" not in bare
    assert "seqeval" not in bare


def test_several_systems_are_set_side_by_side(cli: Cli) -> None:
    for ending in ("one", "two"):
        assert cli("run", "lexicon", "--task", "attributes", "--out", ending).returncode == 0
    shown = cli("score", "one", "two", "--task", "attributes", "--no-intervals").stdout
    _, scores, parts, *_ = shown.split("\n\n")
    header, _, one, two = scores.splitlines()
    assert header.split() == ["system", "mean", "macro-F1", "of", "attributes"]
    assert (one.split()[0], two.split()[0]) == ("one", "two")
    assert one.split()[1:] == two.split()[1:]
    assert one.split()[-1] == "a"
    header, _, one, two = parts.splitlines()
    assert "subtype accuracy" in header
    assert one.split()[1:] == two.split()[1:]


def test_systems_are_compared(cli: Cli, tmp_path: Path) -> None:
    assert cli("run", "lexicon", "--out", "lexicon").returncode == 0
    assert cli("data", "export", "--format", "run", "--out", "gold").returncode == 0
    result = cli("compare", "lexicon", "gold")
    assert (result.returncode, result.stderr) == (0, "")
    with contextlib.chdir(tmp_path):
        assert result.stdout == f"{compare('lexicon', 'gold')}\n"
    (found,) = json.loads(cli("compare", "lexicon", "gold", "--json").stdout)["comparisons"]
    assert (found["other"], found["b"], found["significant"]) == ("gold", 1.0, True)
    alone = cli("compare", "lexicon")
    assert (alone.returncode, alone.stderr.count("\n")) == (1, 1)


def test_events_are_scored_end_to_end(tmp_path: Path, cli: Cli) -> None:
    assert cli("data", "export", "--format", "jsonl", "--out", "gold.jsonl").returncode == 0
    result = cli("score", "gold.jsonl", "--task", "events")
    assert result.returncode == 0, result.stderr
    assert "on the right trigger (AC+)" in result.stdout
    for measure in ("TI", "TC", "AI", "AC", "AI+", "AC+", "subtype accuracy", "CoNLL"):
        assert re.search(
            rf"^{re.escape(measure)} +100\.0 +100\.0 +100\.0 +\d+$", result.stdout, re.M
        )
    found = json.loads(cli("score", "gold.jsonl", "--task", "events", "--json").stdout)
    report = found["gold.jsonl"]
    assert report["sections"]["0"]["measure"]["AC+"]["f1"] == 1.0
    assert {"role", "same event", "attribute of matched triggers"} <= report["sections"]["0"].keys()
    assert report["signature"]["triggers"] == "predicted"


def test_errors_are_shown_and_counted(tmp_path: Path, cli: Cli) -> None:
    tasks = "triggers,attributes,events,links"
    run = cli("run", "lexicon", "--task", tasks, "--seeds", "0,1", "--out", "run")
    assert (run.returncode, run.stderr) == (0, "")
    shown = cli("errors", "run")
    assert (shown.returncode, shown.stdout) == (0, f"run: {diagnose(tmp_path / 'run')}\n")
    assert shown.stdout.startswith("run: Triggers, seeds 0, 1: micro-F1 ")
    assert re.search(r"^outcome +exact +type +boundary", shown.stdout, re.MULTILINE)
    assert re.search(
        r"^missed: \w+, nothing predicted, \d+ times a seed", shown.stdout, re.MULTILINE
    )
    found = json.loads(cli("errors", "run", "--seed", "1", "--json").stdout)
    assert (found["task"], found["seeds"]) == ("triggers", [1])
    assert found["spans"]["1"]["all"]["all"]["outcomes"]["missed"] > 0
    for task in ("attributes", "events", "links"):
        found = json.loads(cli("errors", "run", "--task", task, "--json").stdout)
        assert found["seeds"] == [0, 1]
        assert found["spans"] == {}
        times = [confusion["times"] for confusion in found["confusions"]]
        assert times == sorted(times, reverse=True)
        case = found["confusions"][0]["cases"][0]
        assert case["seeds"] == [0, 1]  # it learns nothing by chance
        assert case["sentences"][0]["marks"]
    assert cli("errors", "run", "--seed", "7").stderr.endswith("run: has no seed 7, but 0, 1\n")


def test_errors_are_written_as_a_page(tmp_path: Path, cli: Cli) -> None:
    assert cli("run", "lexicon", "--task", "triggers,attributes", "--out", "run").returncode == 0
    for task in ("triggers", "attributes"):
        result = cli("errors", "run", "--task", task, "--html", f"{task}.html")
        assert (result.returncode, result.stderr) == (0, "")
        assert re.fullmatch(rf"{task}\.html: \d+ errors\n", result.stdout)
        page = (tmp_path / f"{task}.html").read_text("utf-8")
        assert "<!doctype html>" in page.lower()
        assert ("Denials taken for facts" in page) == (task == "attributes")
    none = cli("errors", "run", "--task", "attributes", "--seed", "7", "--html", "none.html")
    assert (none.returncode, none.stderr) == (1, "eventbench: error: run: has no seed 7, but 0\n")
    assert not (tmp_path / "none.html").exists()


def test_errors_of_an_entry_and_of_a_part_of_it(cli: Cli) -> None:
    entry = ROOT / "leaderboard/aleppo/crf/1"
    whole = cli("errors", entry, "--task", "attributes")
    part = cli("errors", entry / "predictions/attributes", "--task", "attributes")
    assert whole.stdout.partition(": ")[2] == part.stdout.partition(": ")[2] != ""
    check_refusal(cli("errors", entry, "--task", "links"), "crf/1: has no predictions of links")
