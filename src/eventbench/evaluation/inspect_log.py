"""Read the answers in a log of Inspect, the evaluation framework of the package ``inspect_ai``.

`eventbench.inspect_tasks` asks the questions; here are the parts that need not ask any.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eventbench.corpus.loading import as_corpora
from eventbench.errors import EventbenchError, located
from eventbench.evaluation.runs import version_record
from eventbench.io import Json, reading, short
from eventbench.prompts.prompt import SENTENCES
from eventbench.prompts.questions import Question, Questions
from eventbench.tasks.base import Answer, Gold

KEY = "eventbench"
"""The key of a log's metadata that has its `Setting` and the data."""

LEARNED_FROM = "learned_from"
"""The key in it with the corpora whose articles may be examples too."""

_FOREIGN = "not a log of one of eventbench's tasks"

CUT = ("max_tokens", "model_length")
"""Inspect's reasons of a stop that leave an answer unfinished."""


@dataclass(frozen=True)
class Setting:
    """What is asked: the parameters of a task of `eventbench.inspect_tasks`.

    Attributes:
        task: name of the task.
        corpus: id or path of the corpus; the default corpus if None.
        fold: ask about the test articles of this fold alone; None: of all folds.
        shots: see `Questions`.
        sentences_per_shot: see `Questions`.
        sentences_per_request: see `Questions`.
        seed: see `Questions`.
        also_train: ids or paths of more corpora; see `Questions`.
    """

    task: str
    corpus: str | None = None
    fold: int | None = None
    shots: int = 0
    sentences_per_shot: int = 0
    sentences_per_request: int = SENTENCES
    seed: int = 0
    also_train: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # A log has a list.
        object.__setattr__(self, "also_train", tuple(self.also_train))
        for name, value in vars(self).items():
            if name == "fold" and value is None:
                continue
            if name not in ("task", "corpus", "also_train") and type(value) is not int:
                raise EventbenchError(f"{name} is {short(value)}, expected a whole number")

    def questions(self, gold: Gold, template: str | None = None) -> Questions:
        """Make the questions; see `Questions`."""
        return Questions(
            gold,
            shots=self.shots,
            sentences_per_shot=self.sentences_per_shot,
            sentences_per_request=self.sentences_per_request,
            seed=self.seed,
            also_train=self.also_train,
            template=template,
        )

    def record(self, gold: Gold) -> Json:
        """Describe setting and data, as logs keep it."""
        data = {"version": gold.corpus.version, "fingerprint": gold.fingerprint}
        others = [version_record(other) for other in as_corpora(self.also_train)]
        return {**asdict(self), "corpus": gold.corpus.id, **data, LEARNED_FROM: others}


def final_answer(questions: Questions, question: Question, output: Any) -> Json:
    """Read the output of a model.

    Args:
        questions: the questions.
        question: the one that was asked.
        output: a ``ModelOutput`` of Inspect.

    Raises:
        EventbenchError: if the output is unusable; says why.
    """
    if output.empty:
        raise EventbenchError("there is none")
    if output.stop_reason in CUT:
        raise EventbenchError("it was cut off")
    return questions.parse(question, output.completion)


def read_log(path: Path, gold: Gold) -> dict[int, dict[str, Answer]]:
    """Read the answers in a log.

    Returns:
        Answers by seed, which is the epoch minus 1, and row id.

    Raises:
        EventbenchError: if the log cannot be read, is of another task or of other data, or a
            question has no answer.
    """
    log = _log(path)
    questions = _asked(path, (log.eval.metadata or {}).get(KEY), gold).questions(gold)
    by_epoch: dict[int, dict[str, Json | None]] = {}
    for sample in log.samples or []:
        question = questions.by_id.get(str(sample.id))
        if question is None:
            raise EventbenchError(f"{path}: unknown question {short(sample.id)}")
        if sample.error is None:
            given = by_epoch.setdefault(sample.epoch, {})
            given[question.id] = _usable(questions, question, sample.output)
    for epoch, given in by_epoch.items() or [(1, {})]:
        _check_complete(path, epoch, given, questions)
    return {epoch - 1: questions.read(given)[0] for epoch, given in sorted(by_epoch.items())}


def learned_from(path: Path) -> list[Json]:
    """The corpora whose articles were shown as examples beside those of the corpus.

    Returns:
        A `version_record` of each, as `Setting.record` keeps it.

    Raises:
        EventbenchError: if the log cannot be read, or is not of a task of eventbench.
    """
    record = (_log(path, header_only=True).eval.metadata or {}).get(KEY)
    if not isinstance(record, dict):
        raise EventbenchError(f"{path}: {_FOREIGN}")
    with reading(path, "its settings cannot be read"):
        return list(record[LEARNED_FROM])


def _log(path: Path, *, header_only: bool = False) -> Any:
    """Read an ``EvalLog`` of Inspect."""
    if not path.is_file():
        raise EventbenchError(f"{path}: no such file or directory")
    try:
        from inspect_ai.log import read_eval_log
    except ImportError:
        needs = "reading a log needs Inspect: pip install 'eventbench[inspect]'"
        raise EventbenchError(f"{path}: {needs}") from None
    with reading(path, "not a log of Inspect"):
        return read_eval_log(str(path), header_only=header_only, resolve_attachments=True)


def _usable(questions: Questions, question: Question, output: Any) -> Json | None:
    try:
        return final_answer(questions, question, output)
    except EventbenchError:
        return None


def _asked(path: Path, record: Any, gold: Gold) -> Setting:
    """The setting of a log, whose task and data are those of the gold."""
    if not isinstance(record, dict):
        raise EventbenchError(f"{path}: {_FOREIGN}")
    found = {key: record.get(key) for key in ("task", "corpus", "fold", "fingerprint")}
    task, corpus = gold.task.name, gold.corpus
    if found["task"] != task:
        problem = f"asks about {found['task']}, not {task}: name its --task"
    elif found["corpus"] != corpus.id:
        problem = f"made with corpus {short(found['corpus'])}, expected {corpus.id!r} (--corpus)"
    elif found["fold"] != gold.fold:
        asked, expected = (
            "all folds" if fold is None else f"fold {fold}" for fold in (found["fold"], gold.fold)
        )
        problem = f"asks about {asked}, not {expected} (--fold)"
    elif found["fingerprint"] != gold.fingerprint:
        problem = (
            f"made with data {record.get('version')} ({found['fingerprint']}), the gold of {task} "
            f"is {corpus.version} ({gold.fingerprint})"
        )
    else:
        return _setting(path, record)
    raise EventbenchError(f"{path}: {problem}")


def _setting(path: Path, record: Json) -> Setting:
    with reading(path, "its settings cannot be read"), located(str(path)):
        return Setting(**{name: record[name] for name in Setting.__dataclass_fields__})


def _check_complete(path: Path, epoch: int, given: Iterable[str], questions: Questions) -> None:
    missing = sorted({*questions.by_id} - {*given}, key=[*questions.by_id].index)
    if missing:
        raise EventbenchError(
            f"{path}: {len(missing)} of {len(questions.by_id)} questions have no answer in epoch "
            f"{epoch}, the first is {missing[0]}"
        )
