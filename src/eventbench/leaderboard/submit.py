"""Submit predictions to the leaderboard as an entry, written completely or not at all."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from eventbench import __version__
from eventbench.corpus.loading import Corpus, as_corpus
from eventbench.errors import EventbenchError
from eventbench.evaluation.reading import Answers
from eventbench.evaluation.runs import PREDICT_SECONDS, RUN_FILE, also_trained, tasks_in
from eventbench.io import (
    atomic_output,
    clear_leftovers,
    read_json_object,
    reading,
    short,
    write_whole,
)
from eventbench.leaderboard.entry import (
    RESULT_FILE,
    UNKNOWN,
    CorpusVersion,
    Entry,
    Result,
    entry_paths,
    read_entry,
)
from eventbench.leaderboard.files import PREDICTIONS, read_bounded
from eventbench.leaderboard.info import CEILING, INFO_FILE, MOST_BYTES, Info, read_info
from eventbench.leaderboard.judge import Judge, stored
from eventbench.leaderboard.speed import SPEED_FILE, Speed, measured_speed, speed_bytes
from eventbench.tasks.registry import TASKS, find_task

Progress = Callable[[str, float], None]
"""Progress callback: a label, and the fraction done."""


def submit(
    predictions: str | Path,
    entry: str | Path,
    leaderboard: str | Path = "leaderboard",
    *,
    corpus: Corpus | str | Path | None = None,
    task: str | None = None,
    progress: Progress = lambda label, fraction: None,
) -> Entry:
    """Score predictions and write them as an entry, completely or not at all.

    Args:
        predictions: a run, of which every task is taken; or a directory or file of
            predictions, as `eventbench.score` takes it.
        entry: description of the system (``entry.toml``, see `info.Info`).
        leaderboard: directory of the leaderboard.
        corpus: the data, or what `load_corpus` takes.
        task: the task that was predicted, or the only one to take of a run.
        progress: callback: label and fraction done.

    Returns:
        The entry, with how fast it predicts if a run recorded that. If it exists already, with
        the same predictions and the same ``entry.toml``, it is scored and written again.

    Raises:
        EventbenchError: if anything does not fit the gold, the scores look like leakage,
            the predictions are another entry's, a run learned from other corpora than the
            description says, or the revision exists already with other contents.
    """
    source, info_path = Path(predictions), Path(entry)
    content = read_bounded(info_path, MOST_BYTES)
    info = read_info(info_path, content)
    judge = Judge(as_corpus(corpus))
    also_train = _also_train(source, info_path, info)
    answers = {name: judge.read(source, name) for name in _tasks(source, task)}
    files = {INFO_FILE: content} | {
        f"{PREDICTIONS}/{name}/seed{seed}/fold{fold}.jsonl.gz": _gzip(lines)
        for name, found in answers.items()
        for seed, folds in judge.lines(found, name).items()
        for fold, lines in folds.items()
    }
    board = Path(leaderboard)
    out = board / judge.corpus.id / info.system / info.revision
    there = _check_free(out, files)
    paths = entry_paths(board, judge.corpus.id) if board.is_dir() else []
    others = [read_entry(path) for path in paths if path != out]
    tasks = {}
    for number, (name, found) in enumerate(answers.items()):
        progress(name, number / len(answers))
        tasks[name] = judge.score(found, name, verify=True)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    data = replace(judge.data(list(tasks)), also_train=also_train)
    result = stored(Result(data, _versions(), digests, tasks))
    files[RESULT_FILE] = result.to_bytes()
    speed = {**(there.speed if there else {}), **_speed_of(source, tasks)}
    files |= {SPEED_FILE: speed_bytes(speed)} if speed else {}
    made = _write(out, files, judge, answers, others, source)
    progress(info.name, 1.0)
    return made


def _write(
    out: Path,
    files: Mapping[str, bytes],
    judge: Judge,
    answers: Mapping[str, Answers],
    others: list[Entry],
    source: Path,
) -> Entry:
    """Write an entry elsewhere, read and check it there, and move it to ``out``."""
    with atomic_output(out) as new:
        made = new.parent.joinpath(*out.parts[-3:])
        for name, content in files.items():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            (made / name).write_bytes(content)
        try:
            entry = read_entry(made)
        except EventbenchError as error:
            raise EventbenchError(str(error).replace(str(made), str(out))) from None
        repeated = (problem for other in others for problem in duplicates(entry, other, judge))
        for problem in (*repeated, *judge.doubts(entry, answers, others)):
            raise EventbenchError(f"{source}: {problem}")
        made.rename(new)
    return replace(entry, path=out)


def _also_train(source: Path, info_path: Path, info: Info) -> tuple[CorpusVersion, ...]:
    """The corpora that predictions were learned from too, as their run and authors say."""
    found = also_trained(source)
    if found is None:
        return tuple(CorpusVersion(name, UNKNOWN, UNKNOWN) for name in info.also_train)
    ids = [other["corpus"] for other in found]
    if ids != [*info.also_train]:
        given = f"also_train is {json.dumps(info.also_train)}"
        expected = f"expected {json.dumps(ids)}, which {source} learned from too"
        raise EventbenchError(f"{info_path}: {given}, {expected}")
    return tuple(CorpusVersion(**other) for other in found)


def _tasks(predictions: Path, task: str | None) -> list[str]:
    if task is not None:
        return [find_task(task).name]
    if not predictions.exists():
        raise EventbenchError(f"{predictions}: does not exist")
    found = tasks_in(predictions)
    if not found:
        raise EventbenchError(
            f"{predictions}: not a run with folders {', '.join(TASKS)}: name its --task"
        )
    return found


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {"eventbench": __version__, "seqeval": version("seqeval")}


def _gzip(content: bytes) -> bytes:
    """Compress without name and time, so that equal contents give equal bytes."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as file:
        file.write(content)
    return packed.getvalue()


def _check_free(out: Path, files: Mapping[str, bytes]) -> Entry | None:
    """Check that the place of an entry is free, or has the same entry, which is returned."""
    if not out.exists() and not out.is_symlink():
        return None
    try:
        there = read_entry(out)
    except EventbenchError as error:
        raise EventbenchError(f"{out}: exists already and is not valid: {error}") from None
    for name, content in files.items():
        known = there.result.files.get(name)
        if known != hashlib.sha256(content).hexdigest():
            how = "with another" if known else "without"
            raise EventbenchError(f"{out}: exists already {how} {name}; choose another revision")
    if len(there.result.files) > len(files):
        raise EventbenchError(
            f"{out}: exists already with more predictions; choose another revision"
        )
    return there


def add_speed(run: str | Path, entry: str | Path) -> Entry:
    """Add to an entry how fast its system predicts, as a run of it measured.

    Predictions and scores of the entry stay as they are. The run need not have all folds or
    seeds; what the entry has of its tasks is replaced, that of other tasks stays.

    Args:
        run: directory of a run of the system.
        entry: folder of the entry.

    Returns:
        The entry, with the speed.

    Raises:
        EventbenchError: if the entry or the run is not valid, the run is of another corpus or
            learned from other corpora, or it did not record how long predictions took.
    """
    source, path = Path(run), Path(entry)
    clear_leftovers(path)
    there = read_entry(path)
    record = read_json_object(source / RUN_FILE)
    with reading(source / RUN_FILE, "is not the record of a run"):
        corpus = record["data"]["corpus"]
    if corpus != there.result.data.corpus:
        found = f"made with corpus {short(corpus)}"
        raise EventbenchError(
            f"{source / RUN_FILE}: {found}, {path} is of {there.result.data.corpus!r}"
        )
    _also_train(source, path / INFO_FILE, there.info)
    measured = _speed_of(source, there.cells)
    if not measured:
        tasks = ", ".join(there.cells)
        raise EventbenchError(
            f"{source}: no cell of {tasks} recorded {PREDICT_SECONDS}, or all had answers from a "
            "cache: run the system again, one fold is enough"
        )
    speed = {**there.speed, **measured}
    ordered = {task: speed[task] for task in there.cells if task in speed}
    write_whole(path / SPEED_FILE, speed_bytes(ordered).decode())
    return read_entry(path)


def _speed_of(source: Path, tasks: Container[str]) -> dict[str, Speed]:
    """How fast a run predicted certain tasks; empty for other predictions."""
    return {task: found for task, found in measured_speed(source).items() if task in tasks}


def duplicates(entry: Entry, other: Entry, judge: Judge) -> Iterator[str]:
    """Describe which predictions of an entry are those of another one, as far as scores read them.

    Another system may share no seed of any task. A revision of the same system may share
    some, but not all. Annotators may agree with each other, but not in everything; and what
    was scored against other data may be submitted again.
    """
    annotators = entry.info.kind == other.info.kind == CEILING
    copied = {task: judge.copied(entry, other, task) for task in entry.cells}
    if annotators or entry.owner == other.owner:
        mine, theirs = (
            {task: len(seeds) for task, seeds in e.cells.items()} for e in (entry, other)
        )
        if mine == theirs == {task: len(seeds) for task, seeds in copied.items()}:
            yield f"all its predictions are those of {other.id}"
        return
    for task, seeds in copied.items():
        for seed in seeds:
            yield f"{task} of seed {seed} are the predictions of {other.id}"
