"""What the documents say that the command line reads and writes is what it reads and writes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from conftest import ROOT, Cli

from eventbench import TASKS, Corpus

pytestmark = pytest.mark.documents


def records_of_the_readme() -> list[str]:
    """The lines of predictions that the README shows: one of each task."""
    readme = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(r"```json\n(.*?)```", readme, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    assert len(lines) == len(TASKS)
    return lines


def test_the_readmes_system_runs_from_the_working_directory(tmp_path: Path, cli: Cli) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    (source,) = (b for b in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "class" in b)
    (tmp_path / "suffix.py").write_text(source, "utf-8")
    command = ["run", "suffix:Suffix", "--ending", "strikes", "--out", "run", "--seeds", "0-1"]
    result = cli(*command)
    assert (result.returncode, result.stderr) == (0, "")
    assert "Attack" in cli("score", "run", "--no-intervals").stdout
    assert cli(*command).stdout.endswith("(10 of 10 cells were stored before)\n")
    (tmp_path / "suffix.py").write_text(source.replace("B-Attack", "B-Casualty"), "utf-8")
    result = cli(*command)
    assert result.returncode == 1
    assert "holds another run: source is" in result.stderr


def test_the_readmes_lines_have_the_fields_that_runs_write(tmp_path: Path, cli: Cli) -> None:
    tasks = ("triggers", "arguments", "attributes", "attribution", "links")
    assert cli("run", "lexicon", "--task", ",".join(tasks), "--out", "run").returncode == 0
    for task, line in zip(tasks, records_of_the_readme()[:5], strict=True):
        shown = json.loads(line)
        lines = (tmp_path / "run" / task / "seed0/fold0.jsonl").read_text("utf-8").splitlines()
        written = {found["id"]: found for found in map(json.loads, lines)}
        assert written[shown["id"]].keys() == shown.keys()


def test_the_readmes_value_is_of_the_right_form(corpus: Corpus) -> None:
    record = json.loads(records_of_the_readme()[5])
    rows = {row["id"]: row for row in TASKS["values"].rows(corpus.documents, corpus.scheme)}
    found = TASKS["values"].parse(record, rows[record["id"]], corpus.scheme)
    assert {"id": record["id"], "value": found} == record


def test_the_readmes_incident_is_of_the_right_form(corpus: Corpus) -> None:
    record = json.loads(records_of_the_readme()[6])
    task = TASKS["incidents"]
    (row,) = task.rows(task.prepare(corpus).documents[:1], corpus.scheme)
    (found,) = task.parse(record, row, corpus.scheme)
    assert [found] == record["incidents"]
    assert found in task.gold(row)


def test_the_readmes_incident_of_a_predicted_event_is_of_the_right_form(corpus: Corpus) -> None:
    task = TASKS["incidents-from-text"]
    (row,) = task.rows(task.prepare(corpus).documents[:1], corpus.scheme)
    found = task.parse(json.loads(records_of_the_readme()[8]), row, corpus.scheme)
    (right,) = (i for i in task.gold(row)["incidents"] if i["events"] == ["E1"])
    assert found.incidents == ({**right, "events": ["e1"]},)


def test_the_readmes_event_file_is_of_the_right_form(tmp_path: Path, cli: Cli) -> None:
    line = records_of_the_readme()[7]
    others = "".join(f'{{"id": "00{k}", "events": []}}\n' for k in range(1, 5))
    (tmp_path / "events.jsonl").write_text(f"{line}\n{others}", "utf-8")
    found = json.loads(cli("score", "events.jsonl", "--task", "events", "--json").stdout)
    micro = found["events.jsonl"]["sections"]["0"]["measure"]["AC+"]
    assert micro["precision"] == 1.0
    assert micro["recall"] * micro["support"] == pytest.approx(1)


def test_the_readmes_system_takes_its_option_first(tmp_path: Path, cli: Cli) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    (source,) = (b for b in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "class" in b)
    (tmp_path / "suffix.py").write_text(source, "utf-8")
    assert cli("run", "--ending", "strikes", "suffix:Suffix", "--out", "r").returncode == 0
    assert json.loads((tmp_path / "r/run.json").read_text("utf-8"))["options"] == {
        "ending": "strikes"
    }


def test_the_example_of_the_page_runs_and_is_scored(tmp_path: Path, cli: Cli) -> None:
    text = (ROOT / "docs/add-your-system.md").read_text(encoding="utf-8")
    example = re.search(r"Save this as `perceptron.py`.*?```python\n(.*?)```", text, re.DOTALL)
    assert example is not None
    (tmp_path / "perceptron.py").write_text(example[1], encoding="utf-8")
    result = cli("run", "perceptron:Perceptron", "--epochs", 1, "--out", "run")
    assert (result.returncode, result.stderr) == (0, "")
    scored = cli("score", "run")
    assert (scored.returncode, "micro avg" in scored.stdout) == (0, True)
