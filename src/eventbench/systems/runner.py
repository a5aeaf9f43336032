"""Systems: what one is, how it is run fold by fold, and the predictions it leaves.

A run is a directory::

    run.json                             what was run, on which data, with which versions
    <task>/seed<S>/fold<K>.jsonl         predictions, see eventbench.evaluation.predictions
    <task>/seed<S>/fold<K>.json          time, memory and machine, and what the system recorded
    <task>/seed<S>/fold<K>.csv           the training curve, if the system told one
"""

from __future__ import annotations

import csv
import hashlib
import importlib
import inspect
import io
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Event, EventbenchError
from eventbench.corpus.tokens import to_iob2
from eventbench.dataset.building import (
    CONTESTED,
    TASKS,
    features,
    fold_dataset,
    folds,
    labels,
    rows,
    to_learn_from,
)
from eventbench.evaluation.predictions import RUN_FILE, check_attributes
from eventbench.io import made_whole, write_whole

if TYPE_CHECKING:
    from datasets import Dataset

ENTRY_POINTS = "eventbench.systems"
ATTRIBUTES = ("subtype", "status", "reported", "contested")

_SENTENCE = ("id", "doc_id", "sent_id", "text", "tokens", "token_starts", "token_ends")
_EVENT = (*_SENTENCE, "trigger_start", "trigger_end", "event_type")
INPUT_COLUMNS = {
    "triggers": _SENTENCE,
    "arguments": _EVENT,
    "attributes": _EVENT,
    "events": ("id", "title", "text", "sentences"),
}
"""What a system is given of a test row of each task: nothing that is to be predicted."""


class Progress(Protocol):
    """What a system may tell while it learns."""

    def __call__(self, part: float, **measured: float) -> None:
        """``part`` of the whole is done (0 to 1); ``measured`` is a row of the training curve."""


class System(Protocol):
    """What can be run by ``eventbench run``.

    A system is a dataclass: its fields are its options, with their defaults, and
    become flags of the command line; ``seed`` is set by the runner. One instance
    is made, fitted and asked to predict for each task, seed and fold.

    A system that does more than triggers lists its tasks in a class attribute
    ``tasks`` and has a field ``task``, which the runner sets too. If it has
    ``save(directory)`` and a class method ``load(directory)``, ``eventbench fit`` and
    ``eventbench predict`` can keep and use what it learned. A dictionary ``record``
    that it may have is stored beside its predictions.
    """

    seed: int

    def fit(self, train: Dataset, validation: Dataset, progress: Progress) -> None:
        """Learn from a fold's training and validation articles.

        Rows are those of `eventbench.load`. How a system uses the validation
        article is its own affair; the test article is not to be had here.
        ``progress`` may be told, as often as one likes, what part is done.
        """

    def predict(self, test: Dataset) -> Sequence[Any]:
        """What each row of ``test`` holds, which has the task's `INPUT_COLUMNS` only.

        For triggers and arguments IOB2 tags; for attributes a dictionary of the four
        attributes, None where nothing is said; for events a dictionary with
        ``events`` and perhaps ``links``, as `eventbench.evaluation.event_scoring` reads them.
        """


def available_systems() -> dict[str, str]:
    """The installed systems: name and where its class is ("module:Class")."""
    from importlib.metadata import entry_points

    return {point.name: point.value for point in sorted(entry_points(group=ENTRY_POINTS))}


def find_system(name: str) -> Callable[..., System]:
    """The class of a system, by its installed name or as "module:Class".

    A module may lie in the working directory, as for ``python -m``.

    Raises:
        EventbenchError: if there is none, or it cannot be imported.
    """
    known = available_systems()
    module_name, colon, attribute = known.get(name, name).partition(":")
    if not colon:
        expected = ", ".join(known) or "none is installed"
        raise EventbenchError(f"no system {name!r}: expected one of {expected}, or module:Class")
    if name not in known and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found: Callable[..., System] = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise EventbenchError(f"system {name!r} cannot be imported: {error}") from None
    return found


Options = Mapping[str, Any]
"""Fields of a system other than ``seed`` and ``task``."""


def read_config(path: Path) -> tuple[Options, dict[int, Options]]:
    """Read a configuration: TOML with the table ``options`` and tables ``fold.0``, ``fold.1``, …

    Other top-level keys, such as a description, say nothing to the runner.

    Returns:
        The options, and by fold those that differ there.

    Raises:
        EventbenchError: if it cannot be read or has another form.
    """
    import tomllib

    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EventbenchError(f"{path}: {error.strerror}") from None
    except ValueError as error:  # not TOML, or not UTF-8
        raise EventbenchError(f"{path}: is not TOML: {error}") from None
    options, by_fold = found.get("options", {}), found.get("fold", {})
    if not isinstance(options, dict):
        raise EventbenchError(f"{path}: options is {options!r}, expected a table")
    if not isinstance(by_fold, dict) or not all(
        name.isdecimal() and isinstance(values, dict) for name, values in by_fold.items()
    ):
        raise EventbenchError(f"{path}: expected tables [fold.0], [fold.1], … with options")
    return options, {int(name): values for name, values in by_fold.items()}


def tasks_of(system_class: Callable[..., System]) -> tuple[str, ...]:
    """The tasks that a system does, in the order of ours."""
    named = getattr(system_class, "tasks", ("triggers",))
    return tuple(task for task in TASKS if task in named)


def run(
    name: str,
    options: Options,
    corpus: Corpus,
    out: Path,
    seeds: Sequence[int] = (0,),
    progress: Callable[[str, float], None] = lambda label, fraction: None,
    *,
    tasks: Sequence[str] = ("triggers",),
    only_folds: Sequence[int] | None = None,
    fold_options: Mapping[int, Options] | None = None,
) -> int:
    """Run a system by leave-one-document-out and store its predictions.

    A cell is one task of one fold with one seed. Cells that are already stored are
    not run again, so a run that was stopped goes on where it was.

    Under ``torchrun`` or ``accelerate`` every process runs the system, and the first
    one alone writes.

    Args:
        name: as `find_system` takes it.
        options: its options.
        corpus: the data.
        out: the run's directory.
        seeds: each seed gives a full set of predictions.
        progress: told what runs, and what part of the whole is done (0 to 1).
        tasks: what to do.
        only_folds: which folds; all if None.
        fold_options: options that differ in a fold, as nested selection chooses them.

    Returns:
        How many cells were stored already and not run again.

    Raises:
        EventbenchError: if ``out`` holds another run, the class is no `System` or does
            not do a task, or it gives predictions that do not fit the rows.
    """
    system_class = find_system(name)
    known_folds = range(len(folds(corpus)))
    chosen = list(known_folds) if only_folds is None else list(only_folds)
    by_fold = fold_options or {}
    for fold in [*chosen, *by_fold]:
        if fold not in known_folds:
            raise EventbenchError(f"no fold {fold}: expected 0 to {len(known_folds) - 1}")
    for fold in chosen:
        check_class(name, system_class, {**options, **by_fold.get(fold, {})}, tasks)
    record = {
        "system": name,
        "source": _source_digest(system_class),
        "options": dict(options),
        **({"options by fold": _with_string_keys(by_fold)} if by_fold else {}),
        "protocol": "leave-one-document-out",
        "data": {"version": corpus.version, "fingerprint": corpus.fingerprint},
        "versions": versions(),
    }
    _check_run(out, record)
    cells = [_Cell(out, task, s, k) for s in seeds for k in chosen for task in _in_order(tasks)]
    # Asked before anything is written: of several processes, each must do the same cells.
    missing = [cell for cell in cells if not cell.predictions.is_file()]
    done = len(cells) - len(missing)
    for cell in missing:
        label = f"{name} seed {cell.seed} fold {cell.fold} {cell.task}"
        told = _Told(label, done, len(cells), progress)
        cell.run(system_class, {**options, **by_fold.get(cell.fold, {})}, corpus, record, told)
        done += 1
    progress(name, 1.0)
    return len(cells) - len(missing)


def _in_order(tasks: Sequence[str]) -> list[str]:
    return [task for task in TASKS if task in tasks]


def _with_string_keys(by_fold: Mapping[int, Options]) -> dict[str, Any]:
    return {str(fold): dict(options) for fold, options in sorted(by_fold.items())}


class _Told:
    """The `Progress` of one cell: passes on what is done, keeps what is measured."""

    def __init__(
        self, label: str, done: int, cells: int, progress: Callable[[str, float], None]
    ) -> None:
        self._label, self._done, self._cells, self._progress = label, done, cells, progress
        self._reached = 0.0
        self.curve: list[dict[str, float]] = []

    def __call__(self, part: float, **measured: float) -> None:
        self._reached = max(self._reached, min(part, 1.0))  # a bar does not run backwards
        self._progress(self._label, (self._done + self._reached) / self._cells)
        if measured:
            self.curve.append({"part": round(part, 6), **measured})


@dataclass(frozen=True)
class _Cell:
    """One task of one fold with one seed."""

    out: Path
    task: str
    seed: int
    fold: int

    @property
    def predictions(self) -> Path:
        return self.out / self.task / f"seed{self.seed}" / f"fold{self.fold}.jsonl"

    def run(
        self,
        system_class: Callable[..., System],
        options: Options,
        corpus: Corpus,
        record: dict[str, Any],
        told: _Told,
    ) -> None:
        told(0.0)
        splits = fold_dataset(corpus, self.task, self.fold)
        started = time.perf_counter()
        system = make_system(system_class, options, self.seed, self.task)
        train, validation = (to_learn_from(splits[name]) for name in ("train", "validation"))
        system.fit(train, validation, told)
        test = splits["test"].select_columns(list(INPUT_COLUMNS[self.task]))
        lines = prediction_lines(record["system"], self.task, test, system.predict(test), corpus)
        seconds = time.perf_counter() - started
        told(1.0)
        if not is_first_process():
            return
        # Only now: a system that cannot even start leaves nothing behind.
        if (self.out / RUN_FILE).is_file():
            _check_run(self.out, record)  # it may be another that began meanwhile
        else:
            write_whole(self.out / RUN_FILE, json.dumps(record, indent=2) + "\n")
        for left_over in self.predictions.parent.glob(f".fold{self.fold}.*"):
            left_over.unlink(missing_ok=True)  # of a process that was killed as it wrote
        measured = {
            "seconds": round(seconds, 2),
            **_machine(),
            "processes": int(os.environ.get("WORLD_SIZE", "1")),
            **getattr(system, "record", {}),
        }
        measured_json = json.dumps(measured, indent=2) + "\n"
        write_whole(self.predictions.with_suffix(".json"), measured_json)
        if told.curve:
            write_whole(self.predictions.with_suffix(".csv"), _csv(told.curve))
        # Last: that this file is there says that the cell is done.
        write_whole(self.predictions, "".join(line + "\n" for line in lines))


def is_first_process() -> bool:
    """Whether this is the one of several processes that writes and speaks.

    ``torchrun`` and ``accelerate launch`` number them in ``RANK``.
    """
    return not int(os.environ.get("RANK", "0"))


def make_system(
    system_class: Callable[..., System], options: Options, seed: int, task: str
) -> System:
    """An instance, told its task if it has a field for it."""
    return system_class(**options, seed=seed, **_task_option(system_class, task))


def _task_option(system_class: Callable[..., System], task: str) -> dict[str, str]:
    return {"task": task} if "task" in inspect.signature(system_class).parameters else {}


def _machine() -> dict[str, Any]:
    """What time and memory depend on; memory is the most that this process ever had."""
    import resource

    in_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if _is_mac() else 1)
    found: dict[str, Any] = {
        "peak_memory_mb": round(in_kib / 1024),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "processor": processor(),
    }
    torch = sys.modules.get("torch")
    if torch is not None:
        found["threads"] = torch.get_num_threads()
        if torch.cuda.is_available():
            found["gpu"] = torch.cuda.get_device_name()
            found["peak_gpu_memory_mb"] = round(torch.cuda.max_memory_allocated() / 2**20)
    return found


def _is_mac() -> bool:
    return sys.platform == "darwin"  # where ru_maxrss counts bytes, not KiB


def processor() -> str:
    """The name of this machine's processor, as far as it is known."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()


def _csv(curve: Sequence[Mapping[str, float]]) -> str:
    columns = list(dict.fromkeys(name for row in curve for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(curve)
    return text.getvalue()


def check_class(
    name: str, system_class: Callable[..., System], options: dict[str, Any], tasks: Sequence[str]
) -> None:
    """Whether a class can be made and called as `System` says, before anything runs."""
    does = tasks_of(system_class)
    for task in tasks:
        if task not in does:
            raise EventbenchError(f"system {name!r} does not do {task}, but {', '.join(does)}")
    try:
        signature = inspect.signature(system_class)
        signature.bind(**options, seed=0, **_task_option(system_class, "triggers"))
        for method, given in (("fit", 3), ("predict", 1)):
            function = getattr(system_class, method, None)
            if function is None:
                raise TypeError(f"it has no {method}")
            inspect.signature(function).bind(None, *range(given))
    except TypeError as error:
        raise EventbenchError(
            f"system {name!r} is not of the form of eventbench.System: {error}; expected a "
            "dataclass with a field seed, fit(train, validation, progress) and predict(test)"
        ) from None


def _source_digest(system_class: Callable[..., System]) -> str | None:
    """A digest of a system's code, so that two versions never share a run.

    Of all modules of its package, since it may use any of them; of a module that is in none,
    of its file alone.
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


def _check_run(out: Path, record: dict[str, Any]) -> None:
    """Whether ``out`` is free, or holds the same run."""
    path = out / RUN_FILE
    if not path.is_file():
        if out.is_dir() and any(out.iterdir()):
            raise EventbenchError(f"{out}: is not empty and holds no run; choose another --out")
        return
    try:
        earlier = dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        raise EventbenchError(f"{path}: is not the record of a run; choose another --out") from None
    differing = [k for k in record if k != "versions" and earlier.get(k) != record[k]]
    if differing:
        key = differing[0]
        raise EventbenchError(
            f"{path}: holds another run: {key} is {earlier.get(key)!r}, now {record[key]!r}; "
            "choose another --out or delete it"
        )


def check_run_data(path: Path, corpus: Corpus) -> None:
    """Whether a run was made with this very data; anything that is no run is passed over.

    Raises:
        EventbenchError: if its ``run.json`` names other data, or cannot be read.
    """
    record_path = path / RUN_FILE
    if not record_path.is_file():
        return
    try:
        data = json.loads(record_path.read_text(encoding="utf-8"))["data"]
        version, fingerprint = data["version"], data["fingerprint"]
    except (ValueError, KeyError, TypeError):
        raise EventbenchError(f"{record_path}: is not the record of a run") from None
    if fingerprint != corpus.fingerprint:
        raise EventbenchError(
            f"{record_path}: made with data {version} ({fingerprint}), the gold is "
            f"{corpus.version} ({corpus.fingerprint}); run the system again"
        )


def prediction_lines(
    name: str, task: str, test: Dataset, predicted: Sequence[Any], corpus: Corpus
) -> list[str]:
    """The lines of a prediction file, if the predictions fit the rows.

    Raises:
        EventbenchError: if they do not, naming the system and the row.
    """
    predicted = list(predicted)
    if len(predicted) != len(test):
        raise EventbenchError(f"{name}: {len(predicted)} predictions for {len(test)} rows")
    check = {"attributes": _attributes_record, "events": _events_record}.get(task, _tags_record)
    return [
        json.dumps(check(f"{name}: {row['id']}", task, row, found, corpus), ensure_ascii=False)
        for row, found in zip(test, predicted, strict=True)
    ]


def _tags_record(
    place: str, task: str, row: dict[str, Any], found: Any, corpus: Corpus
) -> dict[str, Any]:
    tags = list(found)
    if len(tags) != len(row["tokens"]):
        raise EventbenchError(f"{place}: {len(tags)} tags for {len(row['tokens'])} tokens")
    known = set(labels(corpus.scheme, task))
    for tag in tags:
        if tag not in known:
            raise EventbenchError(f"{place}: unknown label {tag!r}")
    return {"id": row["id"], "tokens": row["tokens"], "ner_tags": tags}


def attribute_values(corpus: Corpus) -> dict[str, list[str]]:
    """The four attributes of the task "attributes", and what each may be."""
    columns = features(corpus.scheme, "attributes")
    return {name: list(columns[name].names) for name in ATTRIBUTES}


def _attributes_record(
    place: str, task: str, row: dict[str, Any], found: Any, corpus: Corpus
) -> dict[str, Any]:
    if not isinstance(found, Mapping):
        raise EventbenchError(f"{place}: found {found!r}, expected a dictionary of attributes")
    record = {"id": row["id"], **{name: found.get(name) for name in ATTRIBUTES}}
    check_attributes(place, record, attribute_values(corpus))
    return record


def _events_record(
    place: str, task: str, row: dict[str, Any], found: Any, corpus: Corpus
) -> dict[str, Any]:
    if not isinstance(found, Mapping):
        raise EventbenchError(f"{place}: found {found!r}, expected a dictionary with events")
    # Imported here: it needs numpy, which most commands do not.
    from eventbench.evaluation.event_scoring import read_article

    record = {"id": row["id"], "links": [], **found}
    documents = {document.id: document for document in corpus.documents}
    try:
        line = json.dumps(record, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise EventbenchError(f"{place}: cannot be stored as JSON: {error}") from None
    read_article(place, line.encode(), documents, corpus.scheme)
    return record


def write_annotations_as_run(gold: Corpus, annotated: Corpus, name: str, out: Path) -> None:
    """Write annotations of the same articles as a run, so that they are scored like a system.

    An annotator saw the articles and learned nothing from the gold: what such a run
    scores is how well one reader reproduces the gold, a ceiling for systems. Arguments
    and attributes are those of the annotator's event with the gold event's trigger and
    type; where there is none, there are none.

    Args:
        gold: the corpus whose rows are predicted.
        annotated: the same articles with the annotations to write.
        name: what the run is called.
        out: the directory to make.

    Raises:
        EventbenchError: if ``out`` is there already or cannot be written.
    """
    if out.exists():
        raise EventbenchError(f"{out}: exists; choose another")
    events = {
        (document.id, event.trigger, event.type): event
        for document in reversed(annotated.documents)
        for event in reversed(document.events)  # of equal ones the first stays
    }
    made: dict[str, list[Any]] = {
        "triggers": [row["ner_tags"] for row in rows(annotated, "triggers", with_seen=False)],
        "arguments": [],
        "attributes": [],
        "events": [
            {"events": row["events"], "links": row["links"]}
            for row in rows(annotated, "events", with_seen=False)
        ],
    }
    for document in gold.documents:
        for sentence in document.sentences:
            for event in document.events_in(sentence):
                found = events.get((document.id, event.trigger, event.type))
                arguments = found.arguments if found else ()
                tags, _ = to_iob2(sentence, [(a.role, a.span) for a in arguments])
                made["arguments"].append(tags)
                made["attributes"].append(_attributes_of(found) if found else {})
    record = {
        "system": name,
        "protocol": "read by an annotator",
        "data": {"version": gold.version, "fingerprint": gold.fingerprint},
        "versions": versions(("eventbench",)),
    }
    with made_whole(out) as new:
        write_whole(new / RUN_FILE, json.dumps(record, indent=2) + "\n")
        for task in TASKS:
            tests = [fold_dataset(gold, task, k)["test"] for k in range(len(folds(gold)))]
            predicted = iter(made[task])
            for fold, test in enumerate(tests):
                given = test.select_columns(list(INPUT_COLUMNS[task]))
                found_here = list(islice(predicted, len(given)))
                lines = prediction_lines(name, task, given, found_here, gold)
                path = new / task / "seed0" / f"fold{fold}.jsonl"
                write_whole(path, "".join(line + "\n" for line in lines))


def _attributes_of(event: Event) -> dict[str, str | None]:
    return {
        "subtype": event.subtype and f"{event.type}/{event.subtype}",
        "status": event.status,
        "reported": event.reported,
        "contested": CONTESTED[event.contested],
    }


def versions(
    packages: Sequence[str] = (
        "eventbench",
        "datasets",
        "numpy",
        "python-crfsuite",
        "seqeval",
        "torch",
        "transformers",
    ),
) -> dict[str, str]:
    """Versions of Python and of what may change a result, as far as it is installed."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
