"""The interface of systems, how they are found, and the folds that they learn from."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import os
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document
from eventbench.corpus.scheme import Scheme
from eventbench.corpus.values import Named
from eventbench.errors import EventbenchError, located
from eventbench.io import read_toml, whole_number
from eventbench.systems.options import Options, check_options
from eventbench.tasks.registry import DEFAULT, find_task, in_order

if TYPE_CHECKING:
    from datasets import Dataset

ENTRY_POINTS = "eventbench.systems"

CLASS_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
"""The form of "module:Class"."""

MAX_SEED = 999_999_999
"""Names of folders have at most nine digits of a seed."""


class Progress(Protocol):
    """Callback for reporting training progress."""

    def __call__(self, part: float, **measured: float) -> None:
        """Report progress.

        Args:
            part: the fraction done, 0 to 1.
            measured: numbers by name, such as the loss; a row of the training curve.
        """


@dataclass(frozen=True)
class Fold:
    """The training data of a system: articles of one fold, as rows of one task.

    The test article is never included.

    Attributes:
        task: name of the task.
        scheme: the types, roles, attributes and values of the corpus.
        train_documents: the training articles; those of other corpora come last, with ids
            that begin with their corpus ("practice:001").
        validation_documents: the validation articles; may be empty.
        kept: a dictionary shared by the tasks of a fold and seed, in which systems can keep
            what other tasks need too, so that nothing is trained twice.
        places: the places that values may name, by id, if the corpus lists them.
        other_documents: articles of other corpora from which this task cannot be learned
            (`Task.teaches`), for systems that learn from what else is annotated in them.
    """

    task: str
    scheme: Scheme
    train_documents: tuple[Document, ...]
    validation_documents: tuple[Document, ...] = ()
    kept: MutableMapping[str, Any] = field(default_factory=dict, repr=False)
    places: Mapping[str, Named] = field(default_factory=dict, repr=False)
    other_documents: tuple[Document, ...] = field(default=(), repr=False)

    @cached_property
    def train(self) -> Dataset:
        """Rows of the training articles."""
        return self._rows(self.train_documents)

    @cached_property
    def validation(self) -> Dataset:
        """Rows of the validation articles."""
        return self._rows(self.validation_documents)

    def _rows(self, documents: Sequence[Document]) -> Dataset:
        task = find_task(self.task)
        return task.dataset(task.rows(documents, self.scheme), self.scheme)

    def of(self, task: str) -> Fold:
        """Return the same articles as rows of another task.

        A task that prepares the corpus (`Task.prepare`) needs a fold of its own.
        """
        return replace(self, task=task)


def make_fold(corpus: Corpus, task: str, number: int, extra: Sequence[Document] = ()) -> Fold:
    """Make a fold: its training and validation articles.

    Args:
        corpus: the corpus.
        task: the name of the task.
        number: the number of the fold.
        extra: articles of other corpora (`extra_articles`); those from which the task can be
            learned join the training articles, the rest are `Fold.other_documents`.

    Raises:
        EventbenchError: if the fold is out of range.
    """
    learned = find_task(task)
    corpus = learned.prepare(corpus)
    splits = corpus.fold(number)
    found = {document.id: document for document in corpus.documents}
    train, validation = (
        tuple(found[i] for i in splits[split]) for split in ("train", "validation")
    )
    train = (*train, *filter(learned.teaches, extra))
    others = tuple(document for document in extra if not learned.teaches(document))
    return Fold(
        task, corpus.scheme, train, validation, places=corpus.places, other_documents=others
    )


def learns(
    system_class: SystemClass, task: str, corpus: Corpus, extra: Sequence[Document] = ()
) -> bool:
    """Return True if a system has articles to learn a task from, or needs none.

    Args:
        system_class: the system; one with a true attribute ``zero_shot`` needs none.
        task: the name of the task.
        corpus: the corpus that it is tested on.
        extra: articles of other corpora to learn from.
    """
    if getattr(system_class, "zero_shot", False) or corpus.training_articles:
        return True
    return any(map(find_task(task).teaches, extra))


def check_learns(
    system_class: SystemClass, tasks: Sequence[str], corpus: Corpus, extra: Sequence[Document] = ()
) -> None:
    """Check that a system has articles to learn each of some tasks from.

    Raises:
        EventbenchError: if it has none for one of them; see `learns`.
    """
    for task in tasks:
        if not learns(system_class, task, corpus, extra):
            found = f"corpus {corpus.id!r} has no training articles"
            others = f", and the others teach nothing for {task}" if extra else ""
            message = f"{found}{others}: name corpora to learn from with --also-train"
            raise EventbenchError(message)


class System(Protocol):
    """Interface of a system that ``eventbench run`` can run.

    A system is a dataclass. Its fields are its options and become flags of the command
    line. For each task, seed and fold, one instance is created, fitted and asked to
    predict.

    A system for more than triggers lists its tasks in a class attribute ``tasks`` and has
    a field ``task``, which the runner sets. With ``save(directory)`` and a class method
    ``load(directory)``, ``eventbench fit`` and ``eventbench predict`` can save and use what
    it learned. If it has a dictionary ``record``, that is stored with its predictions.
    A class attribute ``zero_shot`` that is True says that it needs no training articles.

    Attributes:
        seed: set by the runner; all randomness must be derived from it.
    """

    seed: int

    def fit(self, fold: Fold, progress: Progress) -> None:
        """Learn from a fold's training and validation articles.

        How to use the validation articles is up to the system. The test article is never
        passed in. ``progress`` may be called any number of times.
        """

    def predict(self, test: Dataset) -> Sequence[Any]:
        """Return one answer for each row of ``test``, which has only the task's `inputs`.

        For triggers and arguments, a list of IOB2 tags. For attributes, a dictionary of
        labels, None if undecided. For attribution, a dictionary with ``reported`` and
        ``source``; for links, a list of dictionaries with ``type``, ``first`` and ``second``;
        for values, a string, None if undecided; for incidents, a list of dictionaries with
        ``name``, ``events``, ``when``, ``where`` and ``killed``. For events, a dictionary
        with ``events`` and optionally ``links``, in the form of `eventbench.corpus.records`.
        For incidents from text, a dictionary with ``events`` and ``incidents``.
        """


SystemClass = Callable[..., System]


def available_systems() -> dict[str, str]:
    """The installed systems: the class ("module:Class") by name."""
    from importlib.metadata import entry_points

    return {point.name: point.value for point in sorted(entry_points(group=ENTRY_POINTS))}


def find_system(name: str) -> SystemClass:
    """Find the class of a system, by its installed name or as "module:Class".

    A module may be in the working directory, as for ``python -m``.

    Raises:
        EventbenchError: if the system is unknown, cannot be imported or is not a class.
    """
    known = available_systems()
    place = known.get(name, name)
    if not CLASS_NAME.fullmatch(place):
        expected = ", ".join(known) or "none is installed"
        raise EventbenchError(f"no system {name!r}: expected one of {expected}, or module:Class")
    if name not in known and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    module_name, _, attribute = place.partition(":")
    try:
        found: Any = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise EventbenchError(f"system {name!r} cannot be imported: {error}") from None
    if not inspect.isclass(found):
        raise EventbenchError(f"system {name!r} is not a class")
    return cast("SystemClass", found)


def source_digest(system_class: SystemClass) -> str | None:
    """Compute a digest of a system's code, so that two versions never share a run.

    It covers all modules of the system's package, since the system may use any of them, or
    the file of a module outside a package.
    """
    try:
        path = inspect.getsourcefile(system_class)
    except TypeError:
        return None
    if not path:
        return None
    package = sys.modules.get(system_class.__module__.partition(".")[0])
    folders = [Path(folder) for folder in getattr(package, "__path__", ())]
    files = sorted(file for folder in folders for file in folder.rglob("*.py")) or [Path(path)]
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def read_config(path: Path) -> tuple[Options, dict[int, Options]]:
    """Read a configuration: TOML with the table ``options`` and tables ``fold.0``, ``fold.1``, …

    Other top-level keys, such as a description, are ignored.

    Returns:
        The options, and for each fold the options that differ.

    Raises:
        EventbenchError: if it cannot be read or has another form.
    """
    found = read_toml(path)
    options, by_fold = found.get("options", {}), found.get("fold", {})
    if not isinstance(options, dict):
        raise EventbenchError(f"{path}: options is {options!r}, expected a table")
    if not isinstance(by_fold, dict) or not all(
        isinstance(values, dict) and whole_number(name) is not None
        for name, values in by_fold.items()
    ):
        raise EventbenchError(f"{path}: expected tables [fold.0], [fold.1], … with options")
    return options, {int(name): values for name, values in by_fold.items()}


def tasks_of(system_class: SystemClass) -> list[str]:
    """The tasks of a system, in the order of the registry."""
    return in_order(getattr(system_class, "tasks", (DEFAULT,)))


def make_system(system_class: SystemClass, options: Options, seed: int, task: str) -> System:
    """Create an instance, with its field ``task`` set if it has one."""
    return system_class(**options, seed=seed, **_task_option(system_class, task))


def _task_option(system_class: SystemClass, task: str) -> dict[str, str]:
    return {"task": task} if "task" in inspect.signature(system_class).parameters else {}


def check_class(
    name: str, system_class: SystemClass, options: Options, tasks: Sequence[str]
) -> None:
    """Check that a class implements `System`, before anything runs.

    Raises:
        EventbenchError: if it does not do a task, does not have the form of a system, or an
            option has a value that it cannot have.
    """
    does = tasks_of(system_class)
    for task in tasks:
        if task not in does:
            raise EventbenchError(f"system {name!r} does not do {task}, but {', '.join(does)}")
    try:
        signature = inspect.signature(system_class)
        signature.bind(**options, seed=0, **_task_option(system_class, DEFAULT))
        for method, given in (("fit", 2), ("predict", 1)):
            function = getattr(system_class, method, None)
            if function is None:
                raise TypeError(f"it has no {method}")
            inspect.signature(function).bind(None, *range(given))
    except (TypeError, ValueError) as error:  # ValueError: builtins have no signature
        raise EventbenchError(
            f"system {name!r} is not of the form of eventbench.System: {error}; expected a "
            "dataclass with a field seed, fit(fold, progress) and predict(test)"
        ) from None
    with located(name):
        check_options(system_class, options)


def check_seed(seed: int) -> None:
    """Check that a seed can name a folder of predictions.

    Raises:
        EventbenchError: if it is not a whole number of at most nine digits.
    """
    if type(seed) is not int or not 0 <= seed <= MAX_SEED:
        raise EventbenchError(f"seed is {seed!r}, expected an int from 0 to {MAX_SEED}")


def checked_answers(
    name: str, task_name: str, test: Dataset, predicted: Sequence[Any], scheme: Scheme
) -> list[Any]:
    """Check the answers of a system against their rows and return them.

    Raises:
        EventbenchError: naming the system and the row, if an answer is not valid.
    """
    task = find_task(task_name)
    predicted = list(predicted)
    if len(predicted) != len(test):
        raise EventbenchError(f"{name}: {len(predicted)} predictions for {len(test)} rows")
    answers = []
    for row, found in zip(test, predicted, strict=True):
        with located(f"{name}: {row['id']}"):
            answers.append(task.check(row, found, scheme))
    return answers
