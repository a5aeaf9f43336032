"""Systems: what one is, how it is run fold by fold, and the predictions it leaves.

A run is a directory with ``run.json`` and ``seed<S>/fold<K>.jsonl``, which
`eventbench.predictions` reads.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from eventbench.corpus import Corpus
from eventbench.dataset import fold_dataset, folds
from eventbench.files import write_whole
from eventbench.model import EventbenchError

if TYPE_CHECKING:
    from datasets import Dataset

ENTRY_POINTS = "eventbench.systems"
RUN_FILE = "run.json"
INPUT_COLUMNS = ["id", "doc_id", "sent_id", "text", "tokens", "token_starts", "token_ends"]
"""What a system is given of a test sentence: nothing that was made from its gold."""
Progress = Callable[[float], None]


class System(Protocol):
    """What can be run by ``eventbench run``.

    A system is a dataclass: its fields are its options, with their defaults, and
    become flags of the command line; ``seed`` is set by the runner. One instance
    is made, fitted and asked to predict for each fold and seed.
    """

    seed: int

    def fit(self, train: Dataset, validation: Dataset, progress: Progress) -> None:
        """Learn from a fold's training and validation articles.

        Rows are those of `eventbench.load`. How a system uses the validation
        article is its own affair; the test article is not to be had here.
        ``progress`` may be told, as often as one likes, what part is done (0 to 1).
        """

    def predict(self, test: Dataset) -> Sequence[Sequence[str]]:
        """IOB2 tags for each row of ``test``, which has `INPUT_COLUMNS` only."""


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


def run(
    name: str,
    options: dict[str, Any],
    corpus: Corpus,
    out: Path,
    seeds: Sequence[int] = (0,),
    progress: Callable[[str, float], None] = lambda label, fraction: None,
) -> int:
    """Run a system by leave-one-document-out and store its predictions.

    Folds that are already stored are not run again, so a run that was stopped
    goes on where it was.

    Args:
        name: as `find_system` takes it.
        options: fields of the system other than ``seed``.
        corpus: the data.
        out: the run's directory.
        seeds: each seed gives a full set of predictions.
        progress: told what runs, and what part of the whole is done (0 to 1).

    Returns:
        How many folds were stored already and not run again.

    Raises:
        EventbenchError: if ``out`` holds another run, the class is no `System`, or it
            gives tags that do not fit the sentences.
    """
    system_class = find_system(name)
    _check_class(name, system_class, options)
    record = {
        "system": name,
        "source": _source_digest(system_class),
        "options": options,
        "task": "triggers",
        "protocol": "leave-one-document-out",
        "data": {"version": corpus.version, "fingerprint": corpus.fingerprint},
        "versions": versions(),
    }
    _check_run(out, record)
    already_there = 0
    cells = [(seed, fold) for seed in seeds for fold in range(len(folds(corpus)))]
    for done, (seed, fold) in enumerate(cells):
        path = out / f"seed{seed}" / f"fold{fold}.jsonl"
        label = f"{name} seed {seed} fold {fold}"

        def report(part: float, label: str = label, done: int = done) -> None:
            progress(label, (done + min(max(part, 0.0), 1.0)) / len(cells))

        report(0.0)
        if path.is_file():
            already_there += 1
        else:
            splits = fold_dataset(corpus, "triggers", fold)
            system = system_class(**options, seed=seed)
            system.fit(splits["train"], splits["validation"], report)
            test = splits["test"].select_columns(INPUT_COLUMNS)
            predicted = [list(tags) for tags in system.predict(test)]
            _check_tags(name, test, predicted, corpus)
            # Only now: a system that cannot even start leaves nothing behind.
            if not (out / RUN_FILE).is_file():
                write_whole(out / RUN_FILE, json.dumps(record, indent=2) + "\n")
            write_whole(path, _to_jsonl(test, predicted))
        report(1.0)
    return already_there


def _check_class(name: str, system_class: Callable[..., System], options: dict[str, Any]) -> None:
    """Whether a class can be made and called as `System` says, before anything runs."""
    try:
        inspect.signature(system_class).bind(**options, seed=0)
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
    """A digest of the file that holds a system, so that two versions never share a run."""
    try:
        path = inspect.getsourcefile(system_class)
    except TypeError:
        return None
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16] if path else None


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


def _check_tags(name: str, test: Dataset, predicted: list[list[str]], corpus: Corpus) -> None:
    if len(predicted) != len(test):
        raise EventbenchError(f"{name}: {len(predicted)} predictions for {len(test)} sentences")
    labels = set(corpus.scheme.trigger_labels())
    for row, tags in zip(test, predicted, strict=True):
        if len(tags) != len(row["tokens"]):
            count = f"{len(tags)} tags for {len(row['tokens'])} tokens"
            raise EventbenchError(f"{name}: {row['id']}: {count}")
        for tag in tags:
            if tag not in labels:
                raise EventbenchError(f"{name}: {row['id']}: unknown label {tag!r}")


def _to_jsonl(test: Dataset, predicted: list[list[str]]) -> str:
    return "".join(
        json.dumps({"id": r["id"], "tokens": r["tokens"], "ner_tags": t}, ensure_ascii=False) + "\n"
        for r, t in zip(test, predicted, strict=True)
    )


def versions(
    packages: Sequence[str] = (
        "eventbench",
        "datasets",
        "numpy",
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
