"""Tasks for Inspect: the questions, answers and scores are those of the system llm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, copy_karsland
from inspect_process import Spoilt, answers_of, right_answers
from llm_server import Stub

from eventbench import EventbenchError, load_corpus, score
from eventbench.evaluation.question_scores import score_questions
from eventbench.evaluation.scoring import gold_of, score_answers
from eventbench.prompts import Prompt, Questions

pytestmark = [
    pytest.mark.slow,  # Inspect takes seconds to import
    pytest.mark.skipif(find_spec("inspect_ai") is None, reason="needs the extra [inspect]"),
]

Json = dict[str, Any]

ASKED = {"shots": 1, "sentences_per_request": 2}

LEARNED = {"corpus": "transfer", "also_train": "practice", "shots": 1}


class Done:
    """What came of the jobs, by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.corpus = copy_karsland(folder)
        self.jobs: dict[str, Json] = {}
        self.results: dict[str, Json] = {}

    def add(self, name: str, **job: Any) -> None:
        self.jobs[name] = {"logs": str(self.folder / "logs"), **job}

    def evaluate(self, name: str, *salts: str, **job: Any) -> None:
        """Add a job that evaluates tasks with a model that answers like `Spoilt`."""
        parameters = {"corpus": str(self.corpus), **job.pop("parameters", {})}
        given = {"tasks": ["triggers"], "model": list(salts), "options": {}, **job}
        self.add(name, parameters=parameters, **given)

    def score(self, name: str, of: str, of_task: str = "triggers", **job: Any) -> None:
        """Add a job that scores a log of an earlier one."""
        given = {"corpus": str(self.corpus), "task": of_task, **job}
        self.add(name, log_of=[*self.jobs].index(of), of_task=of_task, **given)

    def run(self, **environment: str) -> None:
        done = subprocess.run(
            [sys.executable, str(ROOT / "tests/inspect_process.py")],
            input=json.dumps([*self.jobs.values()]),
            env=os.environ | {"HF_HUB_OFFLINE": "1", "NO_PROXY": "*", **environment},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        self.results = dict(zip(self.jobs, json.loads(done.stdout), strict=True))

    def __getitem__(self, name: str) -> Json:
        result = self.results[name]
        assert "error" not in result, result
        return result


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    """The outcome of all jobs, done in one process."""
    made, server = Done(tmp_path_factory.mktemp("inspect")), Stub()
    made.add("command", inspect=[
        "eval", "eventbench/triggers", "--model", "mockllm/model", "--display", "plain",
        "-T", f"corpus={made.corpus}",
    ])  # fmt: skip
    made.evaluate("spoilt", "a", tasks=["triggers", "events"], parameters=ASKED)
    for name in ("triggers", "events"):
        made.score(f"{name} read", "spoilt", name)
    made.evaluate("right", "")
    made.evaluate("others", "", parameters=LEARNED)
    made.score("others read", "others", corpus="transfer")
    made.evaluate("limit", "", parameters=ASKED, options={"limit": 3})
    made.score("limit read", "limit")
    made.evaluate("epochs", "a", "b", parameters=ASKED, options={"epochs": 2}, rescore=True)
    made.score("epochs read", "epochs")
    for form in ("json_schema", "plain"):
        given, model = {"response_form": form, "fold": 1}, "openai-api/stub/some-model"
        made.evaluate(form, parameters=given, model=model)
        made.score(f"{form} read", form, fold=1)
    for name, given in WRONG_PARAMETERS.items():
        made.evaluate(name, "", parameters=given)
    for name, (given, _) in WRONG_GOLD.items():
        made.score(name, "right", **given)
    broken = made.folder / "broken.eval"
    broken.write_bytes(b"PK no zip")
    made.add("broken", score=str(broken), corpus=str(made.corpus))
    server.script = lambda body: '{"events": []}'
    try:
        made.run(STUB_BASE_URL=server.url, STUB_API_KEY="none")
        made.jobs["server"] = {"bodies": server.bodies}
        yield made
    finally:
        server.close()


WRONG_PARAMETERS: dict[str, Json] = {
    "no fold 3: expected 0 to 2": {"fold": 3},
    "shots is 3, expected 0 to 2": {"shots": 3},
    "sentences_per_request is -1": {"sentences_per_request": -1},
    "response_form is 'xml', expected json_schema or plain": {"response_form": "xml"},
    "none.txt: No such file": {"prompt_file": "none.txt"},
    "'none'": {"corpus": "none"},
    "shots is 'x', expected a whole number": {"shots": "x"},
    "fold is 1.5, expected a whole number": {"fold": 1.5},
    "no corpus '3'": {"also_train": 3},
    "3: No such file": {"prompt_file": 3},
    "it is the tested corpus": {"corpus": "transfer", "also_train": ["transfer"]},
}
WRONG_GOLD: dict[str, tuple[Json, str]] = {
    "task": ({"task": "events"}, "asks about triggers, not events: name its --task"),
    "corpus": ({"corpus": "aleppo"}, "made with corpus 'karsland', expected 'aleppo' (--corpus)"),
    "fold": ({"fold": 0}, "asks about all folds, not fold 0 (--fold)"),
}


def test_questions_and_scores_are_those_that_the_answers_have_without_inspect(done: Done) -> None:
    """tests/evaluation/test_question_scores.py compares these with the system llm."""
    asked: list[list[Json]] = []
    for name in ("triggers", "events"):
        gold = gold_of(str(done.corpus), name)
        questions = Questions(gold, **ASKED)
        model = Spoilt(right_answers(str(done.corpus), name, **ASKED), "a")
        given = answers_of(questions, model)
        asked += model.asked
        assert done["spoilt"][name]["metrics"] == score_questions(questions, {1: given})
        report = score_answers({0: questions.read(given)[0]}, gold)
        assert done[f"{name} read"] == json.loads(json.dumps(report.to_json()))
    assert sorted(map(str, done["spoilt"]["asked"])) == sorted(map(str, asked))


def test_the_gold_scores_1_and_each_sample_shows_it(done: Done) -> None:
    found = done["right"]["triggers"]
    assert found["metrics"]["score"] == found["metrics"]["precision"] == 1
    assert not {"ci_low", "ci_high"} & {*found["metrics"]}  # no resample has an error
    gold = gold_of(str(done.corpus), "triggers")
    values = [sample["value"] for sample in found["samples"]]
    events = sum(len(document.events) for document in gold.documents)
    for key in ("correct", "predicted", "gold"):
        assert sum(value[key] for value in values) == events
    for sample in found["samples"]:
        assert sample["target"] == json.loads(sample["answer"])
    assert found["metadata"]["eventbench"]["fingerprint"] == gold.fingerprint


def test_examples_come_from_other_corpora_too(done: Done) -> None:
    practice = load_corpus("practice")
    texts = {document.text[: document.sentences[0].span.end] for document in practice.documents}
    for messages in done["others"]["asked"]:
        assert any(text in messages[1]["content"] for text in texts)
    assert done["others"]["triggers"]["metrics"]["score"] == 1
    assert done["others read"]["score"]["mean"] == 1
    assert done["others read"]["signature"]["also_train"] == [f"practice {practice.version}"]
    assert "also_train" not in done["triggers read"]["signature"]
    record = done["others"]["triggers"]["metadata"]["eventbench"]
    assert record["learned_from"] == [
        {"corpus": "practice", "version": practice.version, "fingerprint": practice.fingerprint}
    ]


def test_with_a_limit_only_the_sentences_that_were_asked_about_count(done: Done) -> None:
    metrics = done["limit"]["triggers"]["metrics"]
    assert (metrics["score"], metrics["recall"], metrics["answers"]) == (1, 1, 3)
    assert "2 of 5 questions have no answer in epoch 1" in done.results["limit read"]["error"]


def test_epochs_count_as_seeds_when_a_log_is_scored_again_too(done: Done) -> None:
    metrics, read = done["epochs"]["triggers"]["metrics"], done["epochs read"]
    scores = [*read["scores"].values()]
    assert scores[0] == done["spoilt"]["triggers"]["metrics"]["score"]
    assert scores[0] != scores[1]
    assert metrics["score"] == read["score"]["mean"] == pytest.approx(sum(scores) / 2)
    these = read["intervals"]["these_documents"]
    assert (metrics["ci_low"], metrics["ci_high"]) == (these["low"], these["high"])
    assert metrics["answers"] == 10


def test_a_local_server_is_asked_with_the_schema(done: Done) -> None:
    corpus = load_corpus(done.corpus)
    schema = Prompt(corpus.scheme, "triggers").schema()
    bodies = done.jobs["server"]["bodies"]
    questions = Questions(gold_of(corpus, "triggers", fold=1))
    (question,) = questions.by_id.values()
    first, second = bodies
    for body in bodies:
        assert body["model"] == "some-model"
        assert body["messages"] == questions.messages(question)
        assert body["temperature"] == 0
    form = first["response_format"]
    assert form["type"] == "json_schema"
    assert (form["json_schema"]["strict"], form["json_schema"]["schema"]) == (True, schema)
    assert "response_format" not in second
    for name in ("json_schema", "plain"):
        assert done[name]["triggers"]["metrics"]["score"] == 0
        assert done[f"{name} read"]["signature"]["fold"] == 1


def test_the_command_prints_our_score(done: Done) -> None:
    printed = done["command"]["printed"]
    assert "triggers (3 samples): mockllm/model" in " ".join(printed.split())
    assert [
        line.split() for line in printed.splitlines() if line.startswith(("score", "unus"))
    ] == [
        ["score", "0.000"],
        ["unusable_answers", "3.000"],
    ]


@pytest.mark.parametrize("message", WRONG_PARAMETERS)
def test_wrong_parameters_are_one_clear_line(done: Done, message: str) -> None:
    error = done.results[message]["error"]
    assert error.startswith("PrerequisiteError: eventbench: error: ")
    assert message in error
    assert "\n" not in error


@pytest.mark.parametrize("wrong", WRONG_GOLD)
def test_a_log_of_another_gold_is_refused(done: Done, wrong: str) -> None:
    log, (_, message) = done["right"]["triggers"]["log"], WRONG_GOLD[wrong]
    assert done.results[wrong]["error"] == f"EventbenchError: {log}: {message}"


def test_what_is_no_log_is_refused(
    done: Done, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = done.folder / "broken.eval"
    start = f"EventbenchError: {path}: not a log of Inspect: "
    assert done.results["broken"]["error"].startswith(start)
    with pytest.raises(EventbenchError, match=r"none\.eval: does not exist"):
        score(tmp_path / "none.eval")
    monkeypatch.setitem(sys.modules, "inspect_ai.log", None)
    with pytest.raises(
        EventbenchError, match=r"needs Inspect: pip install 'eventbench\[inspect\]'$"
    ):
        score(path)


def test_the_entry_point_has_a_task_for_each_prompt() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["inspect_ai"] == {"eventbench": "eventbench.inspect_tasks"}
    assert find_spec("eventbench.inspect_tasks") is not None
