"""Runs tasks of Inspect in a process of its own: it changes logging, warnings and event loops.

    python inspect_process.py < jobs.json > results.json

A job evaluates a task, or scores a log; its result has what came of it, or the error.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, patch

Json = dict[str, Any]
Script = Callable[[list[Json]], str]


class Spoilt:
    """Answers from the gold, with faults; some answers cannot be read, at first or at all.

    Args:
        right: the right answer by instructions and question (`right_answers`).
        salt: other salts give other faults; "" none.
    """

    def __init__(self, right: Json, salt: str) -> None:
        self.right, self.salt = right, salt
        self.asked: list[list[Json]] = []

    def __call__(self, messages: list[Json]) -> str:
        self.asked.append(messages)
        again = "cannot be read" in messages[-1]["content"]
        text = messages[-3 if again else -1]["content"]
        answer = json.loads(json.dumps(self.right[messages[0]["content"] + text]))
        if not self.salt:
            return json.dumps(answer)
        luck = zlib.crc32((self.salt + text).encode()) % 5
        if luck == 0 or (luck == 1 and not again):
            return "I do not know."
        for found in answer.values():
            del found[1::3]
            for item in found[1::4]:
                if "trigger" in item:
                    item["trigger"]["quote"] = "nowhere"
                for argument in item.get("arguments", [])[:1]:
                    argument["quote"] = "nowhere"
        return json.dumps(answer)


def right_answers(corpus: str, task: str, **parameters: Any) -> Json:
    """The right answer by instructions and question."""
    from eventbench.evaluation.scoring import gold_of
    from eventbench.prompts import Questions

    questions = Questions(gold_of(corpus, task), **parameters)
    found = questions.by_id.values()
    return {questions.messages(q)[0]["content"] + q.part.text(): questions.right(q) for q in found}


def answers_of(questions: Any, model: Spoilt) -> dict[str, Json | None]:
    """The answers of a model to questions, each asked once more if it cannot be read."""
    from eventbench import EventbenchError
    from eventbench.prompts import complaint

    found: dict[str, Json | None] = {}
    for question in questions.by_id.values():
        messages, found[question.id] = questions.messages(question), None
        for _ in range(2):
            text = model(messages)
            try:
                found[question.id] = questions.parse(question, text)
                break
            except EventbenchError as error:
                messages = [
                    *messages,
                    {"role": "assistant", "content": text},
                    {"role": "user", "content": complaint(error)},
                ]
    return found


def mock(salts: list[str], right: Json, asked: list[list[Json]]) -> Any:
    """A model of Inspect that answers like `Spoilt`, with the next salt if it is asked again."""
    from inspect_ai.model import ModelOutput, ModelUsage, get_model

    scripts = [Spoilt(right, salt) for salt in salts]
    times: dict[str, int] = {}

    def answer(messages: list[Any], *others: Any) -> ModelOutput:
        told = [{"role": message.role, "content": message.text} for message in messages]
        asked.append(told)
        key = str(told[: len(told) - 2 * ("cannot be read" in told[-1]["content"])])
        if key == str(told):
            times[key] = times.get(key, -1) + 1
        text = scripts[times[key] % len(scripts)](told)
        output = ModelOutput.from_content("mock", text)
        output.usage = ModelUsage()  # or Inspect counts tokens with a file from the network
        return output

    return get_model("mockllm/model", custom_outputs=answer, memoize=False)


def evaluate(job: Json, logs: str) -> Json:
    """Evaluate tasks: metrics and samples of each, and what the model was asked."""
    import inspect_ai

    from eventbench import inspect_tasks

    given, model, right = job.get("parameters", {}), job["model"], {}
    asked: list[list[Json]] = []
    made = [inspect_tasks.BY_NAME[name](**given) for name in job["tasks"]]
    if isinstance(model, list):
        parts = {k: given[k] for k in ("shots", "sentences_per_request") if k in given}
        parts |= {k: [given[k]] for k in ("also_train",) if k in given}
        for name in job["tasks"]:
            right |= right_answers(given["corpus"], name, **parts)
        model = mock(model, right, asked)
    found = inspect_ai.eval(
        made,
        model=model,
        log_dir=logs,
        display="none",
        max_connections=1,
        score_display=False,
        **job["options"],
    )
    if job.get("rescore"):
        found = [
            inspect_ai.score(log, inspect_tasks.gold(), action="overwrite", display="none")
            for log in found
        ]
    return {"asked": asked, **{log.eval.task.partition("/")[2]: told_by(log) for log in found}}


def told_by(log: Any) -> Json:
    """What a log has."""
    assert log.error is None, log.error.traceback
    (found,) = log.results.scores
    return {
        "log": log.location,
        "metrics": {name: metric.value for name, metric in found.metrics.items()},
        "samples": [
            {
                "target": json.loads(sample.target),
                "answer": sample.output.completion,
                "value": sample.scores["gold"].value,
            }
            for sample in log.samples
        ],
        "metadata": log.eval.metadata,
    }


def command(job: Json, logs: str) -> Json:
    """Run ``inspect`` with arguments: what it prints."""
    from inspect_ai._cli.main import inspect
    from inspect_ai.model._providers.mockllm import MockLLM

    # Inspect would count tokens with a file from the network.
    counted = patch.object(MockLLM, "count_tokens", AsyncMock(return_value=1))
    with counted, contextlib.redirect_stdout(io.StringIO()) as printed:
        inspect([*job["inspect"], "--log-dir", logs], standalone_mode=False)
    return {"printed": printed.getvalue()}


def score(job: Json, logs: str) -> Json:
    """Score predictions or a log."""
    from eventbench import score

    parts = ("task", "corpus", "fold")
    return score(job["score"], **{k: job[k] for k in parts if k in job}).to_json()


def main() -> None:
    """Do the jobs of standard input."""
    jobs, results = json.load(sys.stdin), []

    for job in jobs:
        if "log_of" in job:
            before = results[job["log_of"]]
            assert "error" not in before, before
            job["score"] = before[job["of_task"]]["log"]
        do = score if "score" in job else command if "inspect" in job else evaluate
        try:
            with contextlib.redirect_stdout(sys.stderr):
                results.append(do(job, str(Path(job["logs"]))))
        except Exception as error:
            results.append({"error": f"{type(error).__name__}: {getattr(error, 'message', error)}"})
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
