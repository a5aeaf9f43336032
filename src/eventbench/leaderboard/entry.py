"""Entries of the leaderboard: what one is, and how a foreign one is read without trusting it.

An entry is a folder ``leaderboard/<system>/<revision>/`` of data only::

    entry.toml                                        what its authors say of it
    result.json                                       what eventbench computed of it
    predictions/<task>/seed<S>/fold<K>.jsonl.gz       what its system predicted

Reading executes nothing, follows no link, opens nothing outside the folder and
bounds what it takes of memory. Texts of an entry are checked for length and
characters, but may hold any mark-up: whoever shows them has to escape them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import reprlib
import stat
import tomllib
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any, NoReturn

import numpy as np

from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import EventbenchError
from eventbench.dataset.building import TASKS
from eventbench.evaluation.report import Score, mean_and_sd
from eventbench.scoring.significance import Interval

INFO_FILE = "entry.toml"
RESULT_FILE = "result.json"
PREDICTIONS = "predictions"
FORMAT = 1
"""Of ``result.json``; another number is another set of keys."""

KINDS = ("system", "ceiling")
PROTOCOLS = ("leave-one-document-out", "no training")
ANSWERS = ("no", "yes", "unknown")

SLUG = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
LONGEST_SLUG = 40
MOST_SEEDS = 20
MOST_FILES = 1000
MOST_BYTES = {INFO_FILE: 1 << 14, RESULT_FILE: 1 << 23}
MOST_PACKED = 1 << 20
MOST_UNPACKED = 1 << 22
"""Bytes of a file of predictions; an article's have some tens of thousands, not packed."""
MOST_UNPACKED_IN_ALL = 1 << 27
DEEPEST_JSON = 16

_CELL = re.compile(
    rf"{PREDICTIONS}/(?P<task>{'|'.join(TASKS)})/seed(?P<seed>0|[1-9][0-9]{{0,8}})"
    r"/fold(?P<fold>0|[1-9][0-9]{0,2})\.jsonl\.gz"
)
_FOLDER = re.compile(rf"{PREDICTIONS}(/(?:{'|'.join(TASKS)})(/seed(?:0|[1-9][0-9]{{0,8}}))?)?")
_TEXTS = {
    "system": LONGEST_SLUG,
    "revision": LONGEST_SLUG,
    "name": 60,
    "url": 300,
    "licence": 60,
    "description": 1000,
    "training_data": 500,
    "encoder": 100,
    "hardware": 200,
    "cost": 200,
    "explanation": 500,
}
"""The texts of ``entry.toml`` and how many characters each may have."""
_CHOICES = {
    "protocol": PROTOCOLS,
    "canary_seen": ANSWERS,
    "articles_seen": ANSWERS,
    "kind": KINDS,
}
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][A-Za-z0-9._~:/?#@!$&+,;=%-]*)?")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]{0,39}")
_STRING = re.compile(rb'"(?:[^"\\\n]|\\[^\n])*+"?')
"""A JSON string. Possessive, and its end may be missing: so no input takes more than one pass."""

_short = reprlib.repr


@dataclass(frozen=True)
class Info:
    """What the authors of an entry say of it, from ``entry.toml``.

    Attributes:
        system: name of the system's folder.
        revision: name of the entry's folder.
        name: the system's name, to be shown.
        authors: who made it.
        licence: of the system.
        description: what it does; may have several lines.
        training_data: what it was trained on beyond the articles of the fold.
        encoder: the pre-trained model, "none" if there is none.
        parameters: of all models together; None if unknown.
        protocol: one of `PROTOCOLS`.
        hardware: that it ran on.
        cost: in time or money.
        canary_seen: whether the canary may have been in pre-training, one of `ANSWERS`.
        articles_seen: whether the articles may have been in pre-training.
        url: where more is said of it, http or https; may be left out.
        kind: "system", or "ceiling" for annotators, who are shown apart and not ranked.
        deterministic: whether the seed changes nothing, so that one is enough.
        explanation: why scores that otherwise speak of leakage are honest; mostly empty.
    """

    system: str
    revision: str
    name: str
    authors: tuple[str, ...]
    licence: str
    description: str
    training_data: str
    encoder: str
    parameters: int | None
    protocol: str
    hardware: str
    cost: str
    canary_seen: str
    articles_seen: str
    url: str = ""
    kind: str = "system"
    deterministic: bool = False
    explanation: str = ""


_OPTIONAL = ("url", "kind", "deterministic", "explanation")


@dataclass(frozen=True)
class Data:
    """The version of the gold that something was scored against."""

    version: str
    fingerprint: str


@dataclass(frozen=True)
class MeanSd:
    """Mean over seeds and sample standard deviation (None with one seed)."""

    mean: float
    sd: float | None


@dataclass(frozen=True)
class TaskResult:
    """The scores of an entry in one task; every share is between 0 and 1.

    Attributes:
        signature: all that the scores depend on.
        micro_f1: what the task is ranked by.
        intervals: of its mean, "on these documents" and "on new documents".
        pooled: per seed, the scores by class, then by average.
        by_document: per seed and article, the micro average.
        figures: per seed, further figures of the task by name.
        counts: per seed, article and class that occurs: right, predicted, gold.
        seen: triggers and arguments only: per seed, of the gold entities whose trigger's lemma
            is a trigger in another article ("seen") or in none ("unseen"), and of those in
            sentences that another article nearly repeats ("near-duplicate") or does not
            ("no near-duplicate"): right, gold.
    """

    signature: dict[str, Any]
    micro_f1: MeanSd
    intervals: dict[str, Interval]
    pooled: dict[int, dict[str, Score]]
    by_document: dict[int, dict[str, Score]]
    figures: dict[int, dict[str, float]]
    counts: dict[int, dict[str, dict[str, tuple[int, int, int]]]]
    seen: dict[int, dict[str, tuple[int, int]]]

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(self.pooled)

    def score(self, name: str = "micro avg") -> MeanSd | None:
        """F1 of a class or average over the seeds in which it occurs; None if in none."""
        return _over_seeds([s[name].f1 for s in self.pooled.values() if name in s])

    def document(self, article: str) -> MeanSd | None:
        """F1 of an article over seeds."""
        return _over_seeds([s[article].f1 for s in self.by_document.values() if article in s])

    def figure(self, name: str) -> MeanSd | None:
        """A further figure over seeds; None if the task has none of that name."""
        return _over_seeds([s[name] for s in self.figures.values() if name in s])

    def recall(self, part: str) -> float | None:
        """Mean over seeds of the recall of a part of `seen`; None if there is nothing in it."""
        found = [s[part] for s in self.seen.values() if part in s]
        return mean(right / gold for right, gold in found) if found and found[0][1] else None


def _over_seeds(values: list[float]) -> MeanSd | None:
    return MeanSd(*mean_and_sd(values)) if values else None


@dataclass(frozen=True)
class Result:
    """What eventbench computed of an entry, from ``result.json``.

    Attributes:
        data: what it was scored against.
        versions: of what computed it; the one part that is not recomputed.
        files: SHA-256 of every other file of the entry, by its path in the entry.
        tasks: the scores by task.
    """

    data: Data
    versions: dict[str, str]
    files: dict[str, str]
    tasks: dict[str, TaskResult]

    def to_bytes(self) -> bytes:
        """The file: of equal results equal bytes, and in it a checksum of all the rest."""
        import msgspec

        body = {"format": FORMAT, **msgspec.to_builtins(self, str_keys=True)}
        checksum = hashlib.sha256(_render(body).encode()).hexdigest()
        return (_render({"checksum": checksum, **body}) + "\n").encode()


def _render(value: Any, depth: int = 0) -> str:
    """JSON with a line for each of the upper keys: to be compared by line, and not too long."""
    if isinstance(value, dict) and value and depth < 4:
        indent = " " * (depth + 1)
        lines = (f"{indent}{json.dumps(k)}: {_render(v, depth + 1)}" for k, v in value.items())
        return "{\n" + ",\n".join(lines) + "\n" + " " * depth + "}"
    return json.dumps(value, allow_nan=False)


@dataclass(frozen=True)
class Entry:
    """An entry that is sound in itself; whether its scores are right, only recomputing tells.

    Attributes:
        path: its folder.
        info: what its authors say.
        result: what eventbench computed.
        cells: SHA-256 of the unpacked predictions by task, seed and fold.
    """

    path: Path
    info: Info
    result: Result
    cells: dict[str, dict[int, dict[int, str]]] = field(repr=False)

    @property
    def id(self) -> str:
        return f"{self.info.system}/{self.info.revision}"

    def is_of(self, corpus: Corpus) -> bool:
        """Whether it was scored against this very data."""
        return self.result.data.fingerprint == corpus.fingerprint


def load_entries(leaderboard: Path) -> list[Entry]:
    """Every entry of a leaderboard, sorted by system and revision.

    Nothing is scored: `eventbench.leaderboard.submit.verify` does that.

    Raises:
        EventbenchError: naming the file, if an entry is not sound (`read_entry`) or
            something else lies among the entries.
    """
    return [read_entry(path) for path in entry_paths(leaderboard)]


def entry_paths(leaderboard: Path) -> list[Path]:
    """The folders of all entries, sorted; beside the systems only ``*.md`` may lie.

    Raises:
        EventbenchError: if there is no such leaderboard, or it holds anything else.
    """
    if not leaderboard.is_dir():
        raise EventbenchError(f"{leaderboard}: no such directory")
    systems = []
    for item in _scan(leaderboard):
        if item.is_dir(follow_symlinks=False):
            systems.append(leaderboard / item.name)
        elif not (item.is_file(follow_symlinks=False) and item.name.endswith(".md")):
            _refuse(leaderboard / item.name, "expected folders of systems, and *.md, here")
    paths = []
    for system in systems:
        _check_slug(system)
        for item in _scan(system):
            if not item.is_dir(follow_symlinks=False):
                _refuse(system / item.name, "expected nothing but folders of revisions here")
            paths.append(system / item.name)
    return paths


def read_entry(path: Path) -> Entry:
    """Read and check an entry: its form, its checksums, and that its parts belong together.

    Raises:
        EventbenchError: naming the file, if the folder holds links, anything that an
            entry has not, or more than the bounds of this module; if ``entry.toml`` or
            ``result.json`` is not of its form; if a file was changed or is missing; or
            if the seeds of a task do not have the same folds, from 0 on.
    """
    for folder in (path.parent, path):
        _check_slug(folder)
        if not stat.S_ISDIR(_lstat(folder).st_mode):
            _refuse(folder, "expected a folder, not a link or a file")
    names = _files(path)
    for name in (INFO_FILE, RESULT_FILE):
        if name not in names:
            raise EventbenchError(f"{path / name}: missing")
    result = _read_result(path / RESULT_FILE)
    for name in names:
        if name != RESULT_FILE and name not in result.files:
            raise EventbenchError(f"{path / name}: is not listed in {RESULT_FILE}")
    for name in result.files:
        if name not in names:
            place = printable(str(path / name))
            raise EventbenchError(f"{place}: missing ({RESULT_FILE} lists it)")
    info = read_info(path / INFO_FILE, _read_unchanged(path, INFO_FILE, result))
    for key, expected in (("system", path.parent.name), ("revision", path.name)):
        if getattr(info, key) != expected:
            found = f"{key} is {getattr(info, key)!r}"
            raise EventbenchError(f"{path / INFO_FILE}: {found}, but its folder is {expected!r}")
    cells = _read_cells(path, [name for name in names if name.startswith(PREDICTIONS)], result)
    if list(cells) != list(result.tasks):
        scored, predicted = (", ".join(found) or "none" for found in (result.tasks, cells))
        found = f"has scores of {printable(scored)}"
        raise EventbenchError(f"{path / RESULT_FILE}: {found}, expected {predicted}")
    return Entry(path, info, result, cells)


def printable(text: str) -> str:
    """The text on one line, with an escape for all that is not to be seen or moves what is."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


# The folder


def _refuse(path: Path, expected: str) -> NoReturn:
    raise EventbenchError(f"{printable(str(path))}: is not allowed: {expected}")


def _check_slug(folder: Path) -> None:
    if not is_slug(folder.name):
        _refuse(folder, f"expected a name {SLUG_IN_WORDS}")


SLUG_IN_WORDS = f"of a-z, 0-9, single - and . between them, at most {LONGEST_SLUG} characters"


def is_slug(name: str) -> bool:
    """Whether something may be the name of a system or a revision."""
    return len(name) <= LONGEST_SLUG and SLUG.fullmatch(name) is not None


def _lstat(path: Path) -> os.stat_result:
    try:
        return path.lstat()
    except OSError as error:
        raise EventbenchError(f"{printable(str(path))}: {error.strerror}") from None


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as items:
            return sorted(items, key=lambda item: item.name)
    except OSError as error:
        raise EventbenchError(f"{printable(str(folder))}: {error.strerror}") from None


def _files(path: Path, below: str = "") -> list[str]:
    """The files of an entry by their path in it; anything else is refused."""
    found = []
    for item in _scan(path / below):
        name = f"{below}/{item.name}" if below else item.name
        if item.is_dir(follow_symlinks=False) and _FOLDER.fullmatch(name):
            found += _files(path, name)
        elif item.is_file(follow_symlinks=False) and (
            name in (INFO_FILE, RESULT_FILE) or _CELL.fullmatch(name)
        ):
            found.append(name)
        else:
            _refuse(
                path / name,
                f"an entry has {INFO_FILE}, {RESULT_FILE} and "
                f"{PREDICTIONS}/TASK/seedN/foldN.jsonl.gz, and no links",
            )
        if len(found) > MOST_FILES:
            raise EventbenchError(f"{path}: has more than {MOST_FILES} files")
    return found


def _read(path: Path, most: int) -> bytes:
    """The contents of a regular file of bounded size."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with open(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                _refuse(path, "expected a regular file")
            content = file.read(most + 1)
    except OSError as error:
        raise EventbenchError(f"{path}: {error.strerror}") from None
    if len(content) > most:
        raise EventbenchError(f"{path}: is larger than {most} bytes")
    return content


def _read_unchanged(path: Path, name: str, result: Result) -> bytes:
    """A file of an entry, which must be the one that was scored."""
    content = _read(path / name, MOST_BYTES.get(name, MOST_PACKED))
    found = hashlib.sha256(content).hexdigest()
    if found != result.files[name]:
        raise EventbenchError(
            f"{path / name}: changed since it was submitted: SHA-256 is {found}, "
            f"expected {_short(result.files[name])} ({RESULT_FILE})"
        )
    return content


# result.json


def _read_result(path: Path) -> Result:
    import msgspec

    content = _read(path, MOST_BYTES[RESULT_FILE])
    _check_depth(path, content)
    try:
        result = msgspec.json.decode(content, type=Result)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        found = printable(str(error))
        raise EventbenchError(f"{path}: is not a result of eventbench: {found}") from None
    if result.to_bytes() != content:
        raise EventbenchError(
            f"{path}: changed since it was written: its checksum or its form is another"
        )
    for name in (*result.versions, *result.versions.values()):
        if not _VERSION.fullmatch(name):
            raise EventbenchError(f"{path}: versions has {_short(name)}, expected a version")
    return result


def _check_depth(path: Path, content: bytes) -> None:
    """Refuses deeply nested JSON before anything parses it."""
    marks = np.frombuffer(_STRING.sub(b"", content), dtype=np.uint8) | 0x20  # makes [ a {, ] a }
    steps = (marks == ord("{")).astype(np.int32) - (marks == ord("}"))
    depth = int(np.cumsum(steps).max(initial=0))
    if depth > DEEPEST_JSON:
        raise EventbenchError(f"{path}: is nested {depth} deep, expected at most {DEEPEST_JSON}")


# Predictions


def _read_cells(
    path: Path, names: Sequence[str], result: Result
) -> dict[str, dict[int, dict[int, str]]]:
    cells: dict[str, dict[int, dict[int, str]]] = {}
    total = 0
    for name in names:
        unpacked = _unpack(path / name, _read_unchanged(path, name, result))
        total += len(unpacked)
        if total > MOST_UNPACKED_IN_ALL:
            found = f"has more than {MOST_UNPACKED_IN_ALL} bytes, unpacked"
            raise EventbenchError(f"{path / PREDICTIONS}: {found}")
        _check_depth(path / name, unpacked)
        cell = _CELL.fullmatch(name)
        assert cell is not None  # names of any other form were refused when they were listed
        task, seed, fold = cell.groups()
        folds = cells.setdefault(task, {}).setdefault(int(seed), {})
        folds[int(fold)] = hashlib.sha256(unpacked).hexdigest()
    if not cells:
        raise EventbenchError(f"{path / PREDICTIONS}: missing: an entry has predictions")
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
        for task in TASKS
        if task in cells
    }


def _unpack(path: Path, content: bytes) -> bytes:
    """What one gzip member holds, unpacked no further than is allowed."""
    stream = zlib.decompressobj(wbits=31)
    try:
        unpacked = stream.decompress(content, MOST_UNPACKED + 1)
    except zlib.error as error:
        raise EventbenchError(f"{path}: broken gzip: {error}") from None
    if len(unpacked) > MOST_UNPACKED:
        raise EventbenchError(f"{path}: is larger than {MOST_UNPACKED} bytes, unpacked")
    if not stream.eof or stream.unused_data:
        what = "ends too early" if not stream.eof else "something follows its end"
        raise EventbenchError(f"{path}: broken gzip: {what}")
    return unpacked


# entry.toml


def read_info(path: Path, content: bytes | None = None) -> Info:
    """Read an ``entry.toml``.

    Args:
        path: the file, for messages, too.
        content: what it holds, if that was read already.

    Raises:
        EventbenchError: naming file and line, if it is not TOML with exactly the keys of
            `Info`, each of its kind and length, in printable characters.
    """
    content = _read(path, MOST_BYTES[INFO_FILE]) if content is None else content
    try:
        text = content.decode("utf-8")
        values = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise EventbenchError(f"{path}:{line}: not UTF-8: {error.reason}") from None
    except (ValueError, RecursionError) as error:  # ValueError: also a number of 5,000 digits
        raise EventbenchError(f"{path}: not valid TOML: {printable(str(error))}") from None
    table = _Table(path, text, values)
    table.check_keys()
    for name in _TEXTS:
        if name in values:
            table.check_text(name, values[name], _TEXTS[name], lines=name == "description")
    for name in ("system", "revision"):
        if not is_slug(values[name]):
            table.refuse(name, f"expected a name {SLUG_IN_WORDS}")
    if "url" in values and not _URL.fullmatch(values["url"]):
        table.refuse("url", "expected an http or https address without user or password")
    for name, choices in _CHOICES.items():
        if name in values and values[name] not in choices:
            table.refuse(name, f"expected {' or '.join(map(repr, choices))}")
    authors = values["authors"]
    if not (isinstance(authors, list) and 1 <= len(authors) <= 20):
        table.refuse("authors", "expected a list of 1 to 20 names")
    for author in authors:
        table.check_text("authors", author, 100)
    parameters = values["parameters"]
    if parameters != "unknown" and not (type(parameters) is int and 0 <= parameters < 1 << 63):
        table.refuse("parameters", "expected their number, or 'unknown'")
    if type(values.get("deterministic", False)) is not bool:
        table.refuse("deterministic", "expected true or false")
    texts = {key: value.strip() for key, value in values.items() if isinstance(value, str)}
    known = None if parameters == "unknown" else parameters
    return Info(**{**values, **texts, "authors": tuple(authors), "parameters": known})


@dataclass(frozen=True)
class _Table:
    """The keys of a TOML file, with what is needed to say where a wrong one stands."""

    path: Path
    text: str
    values: dict[str, Any]

    def refuse(self, key: str, expected: str) -> NoReturn:
        found = f"{key} is {_short(self.values[key])}" if key in self.values else f"has no {key}"
        raise EventbenchError(f"{self._place(key)}: {printable(found)}, {expected}")

    def _place(self, key: str) -> str:
        pattern = re.compile(rf"\s*[\"'\[]*{re.escape(key)}\s*[\"'\]=.]")
        lines = enumerate(self.text.split("\n"), 1)
        number = next((n for n, line in lines if pattern.match(line)), None)
        return f"{self.path}:{number}" if number else str(self.path)

    def check_keys(self) -> None:
        known = list(Info.__dataclass_fields__)
        for key in self.values:
            if key not in known:
                found = printable(_short(key))
                expected = ", ".join(known)
                raise EventbenchError(
                    f"{self._place(key)}: unknown key {found}, expected {expected}"
                )
        for key in known:
            if key not in self.values and key not in _OPTIONAL:
                self.refuse(key, f"expected it (keys are {', '.join(known)})")

    def check_text(self, key: str, value: Any, longest: int, *, lines: bool = False) -> None:
        shortest = 0 if key in _OPTIONAL else 1
        if not isinstance(value, str) or not shortest <= len(value.strip()) <= longest:
            self.refuse(key, f"expected a text of {shortest} to {longest} characters")
        strange = [c for c in value if not (c.isprintable() or (lines and c == "\n"))]
        if strange:
            self.refuse(key, f"expected printable characters, found {strange[0]!a}")
        if not unicodedata.is_normalized("NFC", value):
            self.refuse(key, "expected composed characters (Unicode NFC)")
