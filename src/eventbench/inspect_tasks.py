"""Tasks for Inspect (the package ``inspect_ai``): ``inspect eval eventbench/events --model …``.

They ask what the system ``llm`` asks, read answers as it does, and score as `score` does. Inspect
imports this module through its entry point; nothing else does, as Inspect is slow to import.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from functools import lru_cache

from inspect_ai import Task, task
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import HeadlineMetric
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    ResponseSchema,
)
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, Value, metric, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.util import JSONSchema
from rich.markup import escape

from eventbench.errors import EventbenchError
from eventbench.evaluation.inspect_log import CUT, KEY, Setting, final_answer
from eventbench.evaluation.question_scores import NOTHING, score_questions
from eventbench.evaluation.scoring import gold_of
from eventbench.io import Json
from eventbench.prompts.prompt import PROMPTED, SENTENCES, read_template
from eventbench.prompts.questions import Question, Questions
from eventbench.prompts.reader import complaint
from eventbench.tasks.registry import TASKS

FORMS = ("json_schema", "plain")
"""Values of ``response_form``."""

MESSAGES: dict[str, Callable[..., ChatMessage]] = {
    "system": ChatMessageSystem,
    "user": ChatMessageUser,
    "assistant": ChatMessageAssistant,
}


@lru_cache(maxsize=8)
def _questions(setting: Setting) -> Questions:
    return setting.questions(gold_of(setting.corpus, setting.task, fold=setting.fold))


# The parts of a task. What a sample asks is in its metadata, so that logs can be scored again.


def _asked(metadata: Json) -> Questions:
    return _questions(Setting(**metadata[KEY]))


@solver
def ask() -> Solver:
    """Ask; if the answer cannot be read, say why and ask once more."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        questions = _asked(state.metadata)
        state = await generate(state)
        try:
            final_answer(questions, questions.by_id[str(state.sample_id)], state.output)
        except EventbenchError as error:
            if state.output.empty or state.output.stop_reason in CUT:
                return state
            state.messages.append(ChatMessageUser(content=complaint(error)))
            state = await generate(state)
        return state

    return solve


@metric(scores="unreduced")
def together() -> Metric:
    """The score of all answers together, with its intervals; each epoch counts as a seed."""

    def compute(scores: list[SampleScore]) -> Value:
        by_epoch: defaultdict[int, dict[str, Json | None]] = defaultdict(dict)
        for found in scores:
            told = found.score.metadata or {}
            by_epoch[told.get("epoch", 1)][str(found.sample_id)] = told.get("answer")
        if not scores:
            return dict(NOTHING)
        return score_questions(_asked(scores[0].sample_metadata or {}), by_epoch)

    return compute


@scorer(metrics=[together()])
def gold() -> Scorer:
    """Compare an answer with the gold; an unusable one has found nothing."""

    async def score(state: TaskState, target: Target) -> Score:
        questions = _asked(state.metadata)
        question = questions.by_id[str(state.sample_id)]
        answer, reason, problem = None, None, ""
        try:
            answer = final_answer(questions, question, state.output)
        except EventbenchError as error:
            reason, problem = "invalid_response_format", f"Unusable: {error}. "
        found = questions.compare(question, answer)
        lost = ", ".join(f"{number} {why}" for why, number in sorted(found.dropped.items()))
        return Score(
            value={"correct": found.correct, "predicted": found.predicted, "gold": found.gold},
            answer=state.output.completion if answer is None else _text(answer),
            explanation=f"{problem}{found.correct} of {found.predicted} right, "
            f"{found.gold} in the gold; dropped: {lost or 'nothing'}.",
            reason=reason,
            metadata={"epoch": state.epoch, "answer": answer},
        )

    return score


# The tasks


def _sample(questions: Questions, question: Question, setting: Setting) -> Sample:
    messages = questions.messages(question)
    numbers = [sentence.number for sentence in question.part.sentences]
    return Sample(
        input=[MESSAGES[message["role"]](content=message["content"]) for message in messages],
        target=_text(questions.right(question)),
        id=question.id,
        metadata={
            "article": question.part.article,
            "sentences": [numbers[0], numbers[-1]],
            "fold": question.fold,
            KEY: asdict(setting),
        },
    )


def _text(answer: Json) -> str:
    return json.dumps(answer, ensure_ascii=False)


def _config(questions: Questions, response_form: str) -> GenerateConfig:
    if response_form not in FORMS:
        expected = " or ".join(FORMS)
        raise EventbenchError(f"response_form is {response_form!r}, expected {expected}")
    if response_form != FORMS[0]:
        return GenerateConfig(temperature=0.0)
    schema = JSONSchema.model_validate(questions.schema())
    return GenerateConfig(
        temperature=0.0,
        response_schema=ResponseSchema(name="answer", json_schema=schema, strict=True),
    )


def make_task(setting: Setting, prompt_file: str | None, response_form: str) -> Task:
    """Make a task.

    Args:
        setting: what is asked.
        prompt_file: your own instructions instead of those of eventbench.
        response_form: one of `FORMS`.

    Raises:
        EventbenchError: if a parameter is invalid.
    """
    own = _questions(setting)
    template = read_template(prompt_file) if prompt_file else None
    questions = own if template is None else setting.questions(own.gold, template)
    benchmark, corpus = own.gold.task, own.gold.corpus
    return Task(
        dataset=MemoryDataset(
            [_sample(questions, question, setting) for question in questions.by_id.values()],
            name=f"{corpus.id} {corpus.version}, {benchmark.name}",
        ),
        solver=ask(),
        scorer=gold(),
        config=_config(questions, response_form),
        version=corpus.version,
        metadata={KEY: setting.record(own.gold), "canary": corpus.info.canary},
        headline_metric=HeadlineMetric(metric="score"),
        description=f"{benchmark.question} Score: {benchmark.measure.name}.",
    )


def _register(name: str) -> Callable[..., Task]:
    """Register the task ``eventbench/<name>``; its parameters are those of ``-T``."""

    def made(
        corpus: str | None = None,
        fold: int | None = None,
        shots: int = 0,
        sentences_per_shot: int = 0,
        sentences_per_request: int = SENTENCES,
        seed: int = 0,
        also_train: str | list[str] | None = None,
        prompt_file: str | None = None,
        response_form: str = FORMS[0],
    ) -> Task:
        sizes = (shots, sentences_per_shot, sentences_per_request, seed)
        try:
            named = also_train if isinstance(also_train, list) else [also_train]
            named = [other for other in named if other is not None]
            data = None if corpus is None else str(corpus)  # Inspect makes 3 of "3"
            setting = Setting(name, data, fold, *sizes, also_train=tuple(map(str, named)))
            template = None if prompt_file is None else str(prompt_file)
            return make_task(setting, template, response_form)
        except EventbenchError as error:
            raise PrerequisiteError(escape(f"eventbench: error: {error}")) from None

    made.__doc__ = TASKS[name].question
    registered: Callable[..., Task] = task(name=name)(made)
    return registered


BY_NAME = {name: _register(name) for name in PROMPTED}
"""The tasks by name: all for which there are prompts."""
