"""Entries of the leaderboard, read without trust.

An entry is a folder ``leaderboard/<corpus>/<system>/<revision>/`` of data only::

    entry.toml                                        its description by its authors
    result.json                                       its scores, computed by eventbench
    speed.json                                        how fast it predicts; may be missing
    predictions/<task>/seed<S>/fold<K>.jsonl.gz       its predictions

Reading executes nothing, follows no link, opens nothing outside the folder and uses
bounded memory. Texts of an entry are checked for length and characters, but may
contain any mark-up: code that shows them has to escape them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any

from eventbench.errors import EventbenchError
from eventbench.evaluation.runs import ALSO_TRAIN
from eventbench.io import clear_leftovers, is_unfinished, reading, short
from eventbench.leaderboard.files import (
    CELL,
    MOST_PACKED,
    PREDICTIONS,
    check_depth,
    check_slug,
    entry_files,
    lstat,
    read_bounded,
    refuse,
    scan,
    unpack,
)
from eventbench.leaderboard.info import INFO_FILE, Info, read_info
from eventbench.leaderboard.info import MOST_BYTES as MOST_INFO_BYTES
from eventbench.leaderboard.speed import SPEED_FILE, Speed, read_speed
from eventbench.scoring.intervals import Interval
from eventbench.scoring.report import MeanSd, mean_over_seeds
from eventbench.scoring.statistics import Score
from eventbench.tasks.base import Gold
from eventbench.tasks.registry import in_order

RESULT_FILE = "result.json"
FORMAT = 2
"""Version of the form of ``result.json``; it changes with the set of keys."""

MOST_SEEDS = 20
MOST_BYTES = {INFO_FILE: MOST_INFO_BYTES, RESULT_FILE: 1 << 23}
MOST_UNPACKED_IN_ALL = 1 << 27
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]{0,39}")

UNKNOWN = "unknown"

SEEN = ("seen", "unseen", "near_duplicate", "no_near_duplicate")
"""The parts of `TaskResult.seen`."""


@dataclass(frozen=True)
class CorpusVersion:
    """A corpus that an entry learned from too.

    Version and fingerprint are those of its run, `UNKNOWN` if it was submitted without one.
    """

    corpus: str
    version: str
    fingerprint: str


@dataclass(frozen=True)
class Data:
    """The data that an entry was scored against; a fingerprint covers what a task reads.

    Attributes:
        corpus: id of the corpus.
        version: its version.
        fingerprints: of the gold, by task.
        also_train: the other corpora that the entry learned from; the key is absent from the
            file without any.
    """

    corpus: str
    version: str
    fingerprints: dict[str, str]
    also_train: tuple[CorpusVersion, ...] = ()


@dataclass(frozen=True)
class TaskResult:
    """The scores of an entry in one task; every share is between 0 and 1.

    Attributes:
        signature: everything that the scores depend on.
        score: the main score, which ranks systems.
        intervals: intervals of its mean, on these documents and on new documents.
        scores: the main score by seed.
        sections: per seed, scores by section and name.
        by_article: per seed and article, the score that stands for the article.
        statistics: per seed and article, by name the sums that the score is computed from.
        seen: where spans are matched: per seed, of the gold spans whose trigger's lemma is
            a trigger in another article ("seen") or in none ("unseen"), and of those in
            sentences that another article nearly repeats ("near_duplicate") or does not
            ("no_near_duplicate"): right, gold. Empty if the corpus has no articles to learn from.
    """

    signature: dict[str, Any]
    score: MeanSd
    intervals: dict[str, Interval]
    scores: dict[int, float]
    sections: dict[int, dict[str, dict[str, Score]]]
    by_article: dict[int, dict[str, Score]]
    statistics: dict[int, dict[str, dict[str, tuple[float, ...]]]]
    seen: dict[int, dict[str, tuple[int, int]]]

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(self.scores)

    def of(self, section: str, name: str) -> MeanSd | None:
        """F1 of a name in a section over the seeds in which it occurs; None if in none."""
        found = (sections.get(section, {}).get(name) for sections in self.sections.values())
        return _over_seeds([score.f1 for score in found if score is not None])

    def names(self, section: str) -> list[str]:
        """The names of a section in any seed."""
        found = (sections.get(section, {}) for sections in self.sections.values())
        return list(dict.fromkeys(name for scores in found for name in scores))

    def article(self, article: str) -> MeanSd | None:
        """The score of an article over seeds."""
        return _over_seeds([s[article].f1 for s in self.by_article.values() if article in s])

    def recall(self, part: str) -> float | None:
        """Mean over seeds of the recall of a part of `seen`; None if the part is empty."""
        found = [s[part] for s in self.seen.values() if part in s]
        shares = [right / gold for right, gold in found if gold]
        return mean(shares) if shares else None


def _over_seeds(values: list[float]) -> MeanSd | None:
    return mean_over_seeds(values) if values else None


@dataclass(frozen=True)
class Result:
    """The scores of an entry, from ``result.json``.

    Attributes:
        data: the data that it was scored against.
        versions: versions of the programs that computed it; the one part that `verify` does
            not recompute.
        files: SHA-256 of every other file of the entry, by its path in the entry.
        tasks: the scores by task.
    """

    data: Data
    versions: dict[str, str]
    files: dict[str, str]
    tasks: dict[str, TaskResult]

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON values, without an empty list of other corpora."""
        import msgspec

        found: dict[str, Any] = msgspec.to_builtins(self, str_keys=True)
        if not self.data.also_train:
            found["data"].pop(ALSO_TRAIN, None)
        return found

    def to_bytes(self) -> bytes:
        """Format the file, with a checksum; equal results give equal bytes."""
        body = {"format": FORMAT, **self.to_json()}
        checksum = hashlib.sha256(_render(body).encode()).hexdigest()
        return (_render({"checksum": checksum, **body}) + "\n").encode()


def _render(value: Any, depth: int = 0) -> str:
    """Format JSON with a line for each key of the upper levels, for readable differences."""
    if isinstance(value, dict) and value and depth < 4:
        indent = " " * (depth + 1)
        lines = (f"{indent}{json.dumps(k)}: {_render(v, depth + 1)}" for k, v in value.items())
        return "{\n" + ",\n".join(lines) + "\n" + " " * depth + "}"
    return json.dumps(value, allow_nan=False)


@dataclass(frozen=True)
class Entry:
    """A consistent entry; only `verify` checks that its scores are right.

    Attributes:
        path: its folder.
        info: its description by its authors.
        result: its scores.
        cells: SHA-256 of the unpacked predictions by task, seed and fold.
        speed: how fast it predicts, by task; of none, some or all of them.
    """

    path: Path
    info: Info
    result: Result
    cells: dict[str, dict[int, dict[int, str]]] = field(repr=False)
    speed: dict[str, Speed] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Entry({self.result.data.corpus}/{self.id}: {', '.join(self.result.tasks)})"

    @property
    def id(self) -> str:
        return f"{self.info.system}/{self.info.revision}"

    @property
    def owner(self) -> tuple[str, str, tuple[str, ...]]:
        """System, kind and authors; only an entry with the same owner is a revision of this one.

        Otherwise anyone could take a system off the board with a bad entry of its name.
        """
        return self.info.system, self.info.kind, tuple(sorted(self.info.authors))

    def is_of(self, gold: Gold) -> bool:
        """Return True if a task of it was scored against this very data."""
        data, task = self.result.data, gold.task.name
        return data.corpus == gold.corpus.id and data.fingerprints.get(task) == gold.fingerprint


def load_entries(leaderboard: Path, corpus: str) -> list[Entry]:
    """Every entry of a corpus, sorted by system and revision.

    Nothing is scored: `eventbench.leaderboard.verify` does that.

    Raises:
        EventbenchError: naming the file, if an entry is not sound (`read_entry`) or
            something else lies among the entries.
    """
    return [read_entry(path) for path in entry_paths(leaderboard, corpus)]


def entry_paths(leaderboard: Path, corpus: str) -> list[Path]:
    """The folders of all entries of a corpus, sorted; beside folders only ``*.md`` may lie.

    Raises:
        EventbenchError: if the directory does not exist or holds other files.
    """
    if not leaderboard.is_dir():
        raise EventbenchError(f"{leaderboard}: no such directory")
    paths = []
    for folder in _folders(leaderboard, "corpora"):
        for system in _folders(folder, "systems"):
            for item in _listed(system):
                if not item.is_dir(follow_symlinks=False):
                    refuse(system / item.name, "expected nothing but folders of revisions here")
                if folder.name == corpus:
                    paths.append(system / item.name)
    return paths


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    """List a folder without unfinished outputs."""
    clear_leftovers(folder)
    return [item for item in scan(folder) if not is_unfinished(item.name)]


def _folders(parent: Path, what: str) -> list[Path]:
    """The folders below ``parent``, beside which only ``*.md`` may lie."""
    found = []
    for item in _listed(parent):
        if item.is_dir(follow_symlinks=False):
            check_slug(parent / item.name)
            found.append(parent / item.name)
        elif not (item.is_file(follow_symlinks=False) and item.name.endswith(".md")):
            refuse(parent / item.name, f"expected folders of {what}, and *.md, here")
    return found


def read_entry(path: Path) -> Entry:
    """Read and check an entry: its form, its checksums, and that its parts belong together.

    Raises:
        EventbenchError: naming the file, if the folder holds links, anything that an
            entry does not have, or more than the bounds of this module; if ``entry.toml`` or
            ``result.json`` is not of its form; if a file was changed or is missing; or
            if the seeds of a task do not have the same folds, from 0 on.
    """
    place = Path(os.path.abspath(path))  # "." has no name and no parents
    corpus, system = place.parents[1].name, place.parent.name
    for folder in (place.parents[1], place.parent, place):
        check_slug(folder)
        if not stat.S_ISDIR(lstat(folder).st_mode):
            refuse(folder, "expected a folder, not a link or a file")
    names = entry_files(path, (INFO_FILE, RESULT_FILE, SPEED_FILE))
    for name in (INFO_FILE, RESULT_FILE):
        if name not in names:
            raise EventbenchError(f"{path / name}: missing")
    result = _read_result(path / RESULT_FILE)
    for name in names:
        if name not in (RESULT_FILE, SPEED_FILE) and name not in result.files:
            raise EventbenchError(f"{path / name}: is not listed in {RESULT_FILE}")
    for name in result.files:
        if name not in names:
            raise EventbenchError(f"{path / name}: missing ({RESULT_FILE} lists it)")
    info = read_info(path / INFO_FILE, _read_unchanged(path, INFO_FILE, result))
    for key, expected in (("system", system), ("revision", place.name)):
        if getattr(info, key) != expected:
            found = f"{key} is {getattr(info, key)!r}"
            raise EventbenchError(f"{path / INFO_FILE}: {found}, but its folder is {expected!r}")
    also = [other.corpus for other in result.data.also_train]
    if also != [*info.also_train]:
        found = f"also_train is {list(info.also_train)}"
        raise EventbenchError(f"{path / INFO_FILE}: {found}, but {RESULT_FILE} has {also}")
    if result.data.corpus != corpus:
        found = f"corpus is {short(result.data.corpus)}"
        expected = f"but its folder is below {corpus!r}"
        raise EventbenchError(f"{path / RESULT_FILE}: {found}, {expected}")
    cells = _read_cells(path, [name for name in names if name.startswith(PREDICTIONS)], result)
    for what, tasks in (("scores", result.tasks), ("fingerprints", result.data.fingerprints)):
        if list(tasks) != list(cells):
            found, expected = (", ".join(names) or "none" for names in (tasks, cells))
            found = f"has {what} of {found}"
            raise EventbenchError(f"{path / RESULT_FILE}: {found}, expected {expected}")
    _check_seeds(path / RESULT_FILE, result, cells)
    speed = read_speed(path / SPEED_FILE, cells) if SPEED_FILE in names else {}
    return Entry(path, info, result, cells, speed)


def _check_seeds(
    path: Path, result: Result, cells: Mapping[str, Mapping[int, Mapping[int, str]]]
) -> None:
    """Check that a result has the seeds of the predictions, which every reader relies on."""
    for task, scored in result.tasks.items():
        for part in ("scores", "sections", "by_article", "statistics"):
            if getattr(scored, part).keys() != cells[task].keys():
                seeds = getattr(scored, part), cells[task]
                found, expected = (", ".join(map(str, sorted(s))) or "none" for s in seeds)
                found = f"{part} of {task} has seeds {found}"
                raise EventbenchError(f"{path}: {found}, expected {expected}")


def _read_unchanged(path: Path, name: str, result: Result) -> bytes:
    """Read a file of an entry, which must be the one that was scored."""
    content = read_bounded(path / name, MOST_BYTES.get(name, MOST_PACKED))
    found = hashlib.sha256(content).hexdigest()
    if found != result.files[name]:
        raise EventbenchError(
            f"{path / name}: changed since it was submitted: SHA-256 is {found}, "
            f"expected {short(result.files[name])} ({RESULT_FILE})"
        )
    return content


def _read_result(path: Path) -> Result:
    import msgspec

    content = read_bounded(path, MOST_BYTES[RESULT_FILE])
    check_depth(path, content)
    with reading(path, "is not a result of eventbench"):
        _check_format(path, msgspec.json.decode(content))
        result = msgspec.json.decode(content, type=Result)
        unchanged = result.to_bytes() == content
    if not unchanged:
        raise EventbenchError(
            f"{path}: changed since it was written: its checksum or its form differs"
        )
    others = (v for o in result.data.also_train for v in (o.version, o.fingerprint))
    for name in (*result.versions, *result.versions.values(), *others):
        if not _VERSION.fullmatch(name):
            raise EventbenchError(f"{path}: versions has {short(name)}, expected a version")
    return result


def _check_format(path: Path, value: Any) -> None:
    found = value.get("format") if isinstance(value, dict) else None
    if found != FORMAT:
        raise EventbenchError(f"{path}: format is {short(found)}, expected {FORMAT}")


def _read_cells(
    path: Path, names: Sequence[str], result: Result
) -> dict[str, dict[int, dict[int, str]]]:
    cells: dict[str, dict[int, dict[int, str]]] = {}
    total = 0
    for name in names:
        unpacked = unpack(path / name, _read_unchanged(path, name, result))
        total += len(unpacked)
        if total > MOST_UNPACKED_IN_ALL:
            found = f"has more than {MOST_UNPACKED_IN_ALL} bytes, unpacked"
            raise EventbenchError(f"{path / PREDICTIONS}: {found}")
        check_depth(path / name, unpacked)
        cell = CELL.fullmatch(name)
        assert cell is not None  # names of any other form were refused when they were listed
        task, seed, fold = cell.groups()
        folds = cells.setdefault(task, {}).setdefault(int(seed), {})
        folds[int(fold)] = hashlib.sha256(unpacked).hexdigest()
    if not cells:
        raise EventbenchError(f"{path / PREDICTIONS}: missing: expected predictions")
    number = max(len(folds) for seeds in cells.values() for folds in seeds.values())
    for task, seeds in cells.items():
        if len(seeds) > MOST_SEEDS:
            folder = path / PREDICTIONS / task
            raise EventbenchError(f"{folder}: has {len(seeds)} seeds, at most {MOST_SEEDS}")
        for seed, folds in seeds.items():
            if sorted(folds) != list(range(number)):
                found = ", ".join(map(str, sorted(folds)))
                folder = path / PREDICTIONS / task / f"seed{seed}"
                raise EventbenchError(f"{folder}: has folds {found}, expected 0 to {number - 1}")
    return {
        task: {
            seed: {fold: cells[task][seed][fold] for fold in range(number)}
            for seed in sorted(cells[task])
        }
        for task in [*in_order(cells), *sorted(set(cells) - set(in_order(cells)))]
    }
