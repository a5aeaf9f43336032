"""The files of a run, including the record of what was run.

A run is a directory::

    run.json                             what was run, on which data, with which versions
    <task>/seed<S>/fold<K>.jsonl         predictions, one record per row
    <task>/seed<S>/fold<K>.json          time, memory and machine, and what the system recorded
    <task>/seed<S>/fold<K>.csv           the training curve, if the system reported one
    logs/                                what trackers wrote, if any were asked for
"""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from eventbench.corpus.loading import Corpus
from eventbench.errors import EventbenchError
from eventbench.io import Json, read_json_object, reading
from eventbench.tagged.reading import FORMATS
from eventbench.tasks.base import Gold
from eventbench.tasks.registry import TASKS, find_task

LEADERBOARD = Path("leaderboard")
"""Where entries are looked for by their short names."""
RUN_FILE = "run.json"
LOGS = "logs"
PREDICT_SECONDS, SENTENCES = "predict_seconds", "sentences"
"""Keys of the record of a cell: how long it predicted, and how many sentences its articles have."""
FROM_CACHE = "from_cache"
"""The key with the number of answers that were not asked for again, if a system keeps them."""
ALSO_TRAIN = "also_train"
"""The key of the data in a record with the corpora that were learned from too, if there are any."""
LOG = ".eval"
"""What the name of a log of Inspect ends in."""
_VERSION_KEYS = ("corpus", "version", "fingerprint")
ENTRY_FILE = "result.json"
ENTRY_PREDICTIONS = "predictions"
"""The folder of a leaderboard entry that is laid out like a run."""
SUFFIXES = tuple(f".{format}" for format in FORMATS if format != "json")
_SHORT = re.compile(r"[a-z0-9][a-z0-9.-]*/[a-z0-9][a-z0-9.-]*").fullmatch
"""Matches SYSTEM/REVISION."""
SEED = re.compile(r"seed(0|[1-9][0-9]{0,8})")

PACKAGES = (
    "eventbench",
    "datasets",
    "numpy",
    "python-crfsuite",
    "seqeval",
    "torch",
    "transformers",
)
"""Packages whose version can affect results."""


def versions(packages: Sequence[str] = PACKAGES) -> dict[str, str]:
    """Versions of Python and of those packages that are installed."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def data_record(corpus: Corpus, tasks: Iterable[str], also_train: Sequence[Corpus] = ()) -> Json:
    """Describe the data in a record.

    Args:
        corpus: the corpus, whose id and version are recorded.
        tasks: the tasks, for each of which a fingerprint of its gold is recorded.
        also_train: other corpora that are learned from.
    """
    fingerprints = {task: Gold.of(find_task(task), corpus).fingerprint for task in tasks}
    others = {ALSO_TRAIN: [version_record(other) for other in also_train]} if also_train else {}
    return {"corpus": corpus.id, "version": corpus.version, "fingerprints": fingerprints, **others}


def version_record(corpus: Corpus) -> Json:
    """Describe a corpus that is learned from: id, version, and the fingerprint of all of it."""
    return {"corpus": corpus.id, "version": corpus.version, "fingerprint": corpus.fingerprint}


def also_trained(path: Path) -> list[Json] | None:
    """What a run, an entry or a part of one learned from beside their corpus.

    Args:
        path: a run or an entry; or a folder of its predictions, of a task or of a seed, or a
            file in them, as they are laid out; or a log of Inspect.

    Returns:
        A `version_record` of each corpus; None for other paths, of which nothing is known.

    Raises:
        EventbenchError: if the record cannot be read.
    """
    if path.suffix == LOG:
        from eventbench.evaluation.inspect_log import learned_from

        record_path, found = path, learned_from(path)
    else:
        whole = _whole(path)
        if whole is None:
            return None
        record_path = whole / (ENTRY_FILE if is_entry(whole) else RUN_FILE)
        data = read_json_object(record_path).get("data")
        if not isinstance(data, dict):
            return None
        found = data.get(ALSO_TRAIN, [])
    with reading(record_path, "is not a record of eventbench"):
        return [{key: str(one[key]) for key in _VERSION_KEYS} for one in found]


def _whole(path: Path) -> Path | None:
    """The run or entry that a path is, or is a part of by its place; None for other paths."""
    parts = (*TASKS, ENTRY_PREDICTIONS)
    place = path.resolve()
    while not is_whole(place):
        if not (place.is_file() or place.name in parts or SEED.fullmatch(place.name)):
            return None
        place = place.parent
    return place


@dataclass(frozen=True)
class Predictions:
    """Predictions and how results call them.

    Attributes:
        name: their name in tables, JSON and messages.
        path: a run, an entry of the leaderboard, a directory of prediction files, or a file.
    """

    name: str
    path: Path


def find_predictions(given: str | PurePath, corpus: str) -> Predictions:
    """Find the predictions that a user names, for commands that score them.

    Args:
        given: a path; or an entry as SYSTEM/REVISION, which lies in the folder `LEADERBOARD`.
            Before it may stand "NAME=", by which results then call it. What exists as a path
            is taken for one.
        corpus: the id of the corpus that was predicted.

    Raises:
        EventbenchError: if nothing is there.
    """
    text = given.as_posix() if isinstance(given, PurePath) else given
    name, equals, rest = text.partition("=")
    if not equals or not rest or Path(text).exists():
        name, rest = text, text
    entries = [p for p in LEADERBOARD.glob(f"*/{rest}") if is_entry(p)] if _SHORT(rest) else []
    own = [p for p in entries if p.parts[-3] == corpus]
    for path in (Path(rest), *own):
        if path.exists():
            return Predictions(name.strip() or rest, path)
    if entries:
        others = ", ".join(sorted(p.parts[-3] for p in entries))
        raise EventbenchError(f"{rest}: is an entry of {others}, not of {corpus} (--corpus)")
    kinds = "expected a run, a file or folder of predictions, or an entry (SYSTEM/REVISION)"
    raise EventbenchError(f"{rest}: does not exist, {kinds}")


def check_run_data(path: Path, gold: Gold) -> None:
    """Check that a run or an entry was made with this data; other paths pass.

    Raises:
        EventbenchError: if its record names other data or cannot be read.
    """
    record_path = path / (ENTRY_FILE if is_entry(path) else RUN_FILE)
    if not record_path.is_file():
        return
    record = read_json_object(record_path)
    task, corpus = gold.task.name, gold.corpus
    kind = "an entry" if is_entry(path) else "a run"
    with reading(record_path, f"is not the record of {kind}"):
        data = record["data"]
        name, version, found = data["corpus"], data["version"], data["fingerprints"].get(task)
    if name != corpus.id:
        raise EventbenchError(
            f"{record_path}: made with corpus {name!r}, expected {corpus.id!r} (--corpus, --data)"
        )
    if found is not None and found != gold.fingerprint:
        raise EventbenchError(
            f"{record_path}: made with data {version} ({found}), the gold of {task} is "
            f"{corpus.version} ({gold.fingerprint}); run the system again"
        )


def is_entry(path: Path) -> bool:
    """Tell an entry of the leaderboard from other directories."""
    return (path / ENTRY_FILE).is_file() and (path / ENTRY_PREDICTIONS).is_dir()


def is_whole(path: Path) -> bool:
    """Tell a run or an entry, which have all folds, from other paths."""
    return is_entry(path) or (path / RUN_FILE).is_file()


def tasks_in(path: Path) -> list[str]:
    """The tasks for which a directory has a folder, in the order of the registry."""
    return [name for name in TASKS if (path / name).is_dir()]


def prediction_files(path: Path, task: str) -> dict[int, list[Path]]:
    """Find the prediction files of a task, by seed (0 if there are no seeds).

    Args:
        path: a run or an entry of the leaderboard, of which the folder of the task is used;
            a directory with ``seed<S>`` folders of files; a directory of files; or a file.
        task: the task, if the path is a run or an entry.

    Raises:
        EventbenchError: if there are none; or if a folder of a seed has another name, or a
            file lies beside such folders, so that it would be passed over.
    """
    if path.is_file():
        return {0: [path]}
    if not path.is_dir():
        raise EventbenchError(f"{path}: does not exist")
    root = path / ENTRY_PREDICTIONS if is_entry(path) else path
    if (root / task).is_dir():
        path = root / task
    elif root != path or (path / RUN_FILE).is_file() or tasks_in(path):
        tasks = ", ".join(tasks_in(root)) or "nothing"
        raise EventbenchError(f"{path}: has no predictions of {task}, but of {tasks}")

    def files(directory: Path) -> list[Path]:
        found = (p for p in directory.iterdir() if p.name.removesuffix(".gz").endswith(SUFFIXES))
        return sorted(p for p in found if not p.name.startswith("."))

    folders = [p for p in sorted(path.glob("seed*")) if p.is_dir()]
    for folder in folders:
        if not SEED.fullmatch(folder.name):
            raise EventbenchError(f"{folder}: expected a folder seed0, seed1, …; rename it")
    beside = files(path)
    if folders and beside:
        raise EventbenchError(
            f"{beside[0]}: lies beside folders of seeds, expected all files in them; move it"
        )
    seeds = {int(folder.name.removeprefix("seed")): files(folder) for folder in folders}
    found = {seed: seeds[seed] for seed in sorted(seeds)} or {0: beside}
    for seed, paths in found.items():
        if not paths:
            raise EventbenchError(f"{path}: no {' or '.join(SUFFIXES)} file for seed {seed}")
    return found
