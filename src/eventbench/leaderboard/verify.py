"""Verify the leaderboard: compute every entry again from its predictions and compare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eventbench.corpus.loading import Corpus, as_corpus
from eventbench.errors import EventbenchError, printable
from eventbench.leaderboard.entry import RESULT_FILE, Entry, Result, entry_paths, read_entry
from eventbench.leaderboard.files import PREDICTIONS
from eventbench.leaderboard.judge import Judge, digest, stored
from eventbench.leaderboard.submit import Progress, duplicates

FORM = "expected the rows of one fold, in the order of the gold, with no other keys"


@dataclass(frozen=True)
class Verification:
    """The outcome of `verify`.

    Attributes:
        recomputed: the entries that were recomputed and are right.
        earlier: the entries of earlier data, of which only form and checksums were checked.
        problems: one line for each error, which begins with the file's name.
    """

    recomputed: tuple[str, ...]
    earlier: tuple[str, ...]
    problems: tuple[str, ...]


def verify(
    leaderboard: str | Path = "leaderboard",
    only: Sequence[str | Path] = (),
    *,
    corpus: Corpus | str | Path | None = None,
    progress: Progress = lambda label, fraction: None,
) -> Verification:
    """Compute every entry again from its predictions and compare it with what is stored.

    Args:
        leaderboard: directory of the leaderboard.
        only: folders of the entries to verify; all if empty. They must be of this data,
            and are still compared with all other entries.
        corpus: the data, or what `load_corpus` takes. Entries of another version of the
            gold are recomputed with that version.
        progress: callback: label and fraction done.

    Raises:
        EventbenchError: if the leaderboard or the entry does not exist, or the data are
            not valid. Errors in an entry are reported in the result instead.
    """
    judge = Judge(as_corpus(corpus))
    paths = entry_paths(Path(leaderboard), judge.corpus.id)
    known = {path.resolve() for path in paths}
    chosen = {Path(path).resolve() for path in only}
    for named in only:
        if Path(named).resolve() not in known:
            raise EventbenchError(f"{named}: is not an entry of {leaderboard}")
    chosen = chosen or known
    entries: dict[Path, Entry] = {}
    recomputed: list[str] = []
    earlier: list[str] = []
    problems: list[str] = []
    for path in paths:
        try:
            entries[path] = read_entry(path)
        except EventbenchError as error:
            problems.append(str(error))
    verified = {path: entry for path, entry in entries.items() if path.resolve() in chosen}
    for number, (path, entry) in enumerate(verified.items()):
        progress(entry.id, number / len(verified))
        others = [other for other in entries.values() if other is not entry]
        # Of two entries that are both verified, the later one is told that it is a copy.
        originals = [o for o in others if o.path not in verified or o.path < path]
        found: list[str] = []
        try:
            for other in originals:
                found += (f"{path}: {problem}" for problem in duplicates(entry, other, judge))
            found += _judged(judge, entry, others, must=bool(only))
        except EventbenchError as error:
            found.append(str(error))
        problems += map(printable, found)
        if not found:
            current = any(entry.is_of(judge.gold(t)) for t in entry.cells if t in judge.tasks)
            (recomputed if current else earlier).append(entry.id)
    progress("", 1.0)
    # An entry that cannot be read is reported by each entry that is compared with it.
    problems = list(dict.fromkeys(problems))
    return Verification(tuple(recomputed), tuple(earlier), tuple(problems))


def _judged(judge: Judge, entry: Entry, others: Sequence[Entry], *, must: bool) -> Iterator[str]:
    """Describe what is wrong with the scores of an entry.

    Tasks that were scored against earlier data are kept as they are, unless the entry
    ``must`` be of this data.
    """
    corpus, data = judge.corpus, entry.result.data
    path = entry.path / RESULT_FILE
    unknown = [task for task in entry.cells if task not in judge.tasks]
    if unknown:
        yield f"{path}: unknown task {unknown[0]!r}, expected {', '.join(judge.tasks)}"
        return
    current = [task for task in entry.cells if entry.is_of(judge.gold(task))]
    for task in entry.cells:
        if task not in current and (must or data.version == corpus.version):
            found = f"{task} was scored against data {data.version} ({data.fingerprints.get(task)})"
            gold = f"{corpus.version} ({judge.gold(task).fingerprint})"
            yield f"{path}: {found}, the gold is {gold}"
            return
    tasks = dict(entry.result.tasks)
    answers = {}
    for task in current:
        answers[task] = judge.read(entry.path / PREDICTIONS, task)
        for seed, folds in judge.lines(answers[task], task).items():
            expected = {fold: digest(found) for fold, found in folds.items()}
            stored_cells = entry.cells[task][seed]
            for fold in {**expected, **stored_cells}:
                if expected.get(fold) != stored_cells.get(fold):
                    name = f"{PREDICTIONS}/{task}/seed{seed}/fold{fold}.jsonl.gz"
                    yield f"{entry.path / name}: is not in the form that `submit` writes: {FORM}"
        tasks[task] = judge.score(answers[task], task)
    aged = {task: data.fingerprints[task] for task in entry.cells if task not in current}
    fingerprints = {**judge.data(current).fingerprints, **aged}
    recomputed = replace(
        data,
        # An older version stays right as long as nothing changes that the tasks read.
        version=corpus.version if must else data.version,
        fingerprints={task: fingerprints[task] for task in entry.cells},
    )
    result = stored(Result(recomputed, entry.result.versions, entry.result.files, tasks))
    if result.to_bytes() != entry.result.to_bytes():
        yield f"{path}: {_difference(entry.result, result)}"
    # The passes of today say nothing of scores against earlier gold.
    judged = replace(result, tasks={task: tasks[task] for task in current})
    doubts = judge.doubts(replace(entry, result=judged), answers, others)
    yield from (f"{entry.path}: {doubt}" for doubt in doubts)


def _difference(found: Result, expected: Result) -> str:
    """Describe the first difference between two results."""

    def first(a: Any, b: Any, place: str) -> str | None:
        if isinstance(a, dict) and isinstance(b, dict):
            below = (first(a.get(key), b.get(key), f"{place}.{key}") for key in {**a, **b})
            return next(filter(None, below), None)
        return None if a == b else f"{place.lstrip('.')} is {a!r}, recomputed {b!r}"

    differing = first(found.to_json(), expected.to_json(), "")
    return differing or "its keys are in another order"
