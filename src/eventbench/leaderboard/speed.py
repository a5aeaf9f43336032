"""How fast a system predicts, ``speed.json`` of an entry.

It is the one file of an entry that may be missing, that ``result.json`` does not cover and that
nothing can recompute: a run of the system measured it, and the authors vouch for it. So it can be
measured after the entry was submitted, and does not change a byte of what was.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from eventbench.errors import EventbenchError, printable
from eventbench.evaluation.runs import FROM_CACHE, PREDICT_SECONDS, SENTENCES, tasks_in
from eventbench.io import Json, read_json_object, reading, short
from eventbench.leaderboard.files import check_depth, read_bounded
from eventbench.text import plural

SPEED_FILE = "speed.json"
MOST_BYTES = 1 << 14
LONGEST_HARDWARE = 200
"""Characters of the name of a machine, as in ``entry.toml``."""
DIGITS = 4
"""Significant digits that are stored; runs differ in the second one."""


@dataclass(frozen=True)
class Speed:
    """How fast a system predicts a task.

    Attributes:
        seconds_per_1000_sentences: of articles, without training: the median over the folds and
            seeds that were timed.
        hardware: the machine that they ran on.
        cells: how many folds and seeds were timed.
    """

    seconds_per_1000_sentences: float
    hardware: str
    cells: int


def measured_speed(run: Path) -> dict[str, Speed]:
    """How fast a run predicted each of its tasks, from the records of its cells.

    If a task ran on several machines, the one with the most cells counts. Cells with answers
    from a cache do not count.

    Args:
        run: directory of a run, of all or of some folds.

    Returns:
        By task; empty if its cells have no record of it, as those of other programs and of
        earlier versions.

    Raises:
        EventbenchError: naming the file, if a record cannot be read.
    """
    found = {}
    for task in tasks_in(run):
        rates: defaultdict[str, list[float]] = defaultdict(list)
        for path in sorted((run / task).glob("seed*/fold*.json")):
            record = read_json_object(path)
            if PREDICT_SECONDS in record and not record.get(FROM_CACHE):
                rates[_hardware(path, record)].append(_rate(path, record))
        if rates:
            machine = max(rates, key=lambda name: len(rates[name]))
            cells = rates[machine]
            found[task] = Speed(float(f"{median(cells):.{DIGITS}g}"), machine, len(cells))
    return found


def _rate(path: Path, record: Json) -> float:
    """Seconds for 1,000 sentences in a cell."""
    seconds, sentences = record[PREDICT_SECONDS], record.get(SENTENCES)
    if not (_is_positive(seconds) and _is_positive(sentences)):
        found = f"{PREDICT_SECONDS} is {short(seconds)}, {SENTENCES} is {short(sentences)}"
        raise EventbenchError(f"{path}: {found}, expected numbers above 0")
    return float(1000 * seconds / sentences)


def _is_positive(value: Any) -> bool:
    is_number = type(value) in (int, float)
    return is_number and 0 < value < math.inf


def _hardware(path: Path, record: Json) -> str:
    """The machine of a cell: its GPU or processor, with what it used of them."""
    with reading(path, "is not the record of a cell"):
        name = str(record.get("gpu") or record["processor"]).strip() or "unknown processor"
        what = "thread" if "threads" in record else "core"
        used = [plural(int(record[f"{what}s"]), what)]
        processes = int(record.get("processes", 1))
    used += [f"{processes} processes"] if processes > 1 else []
    return printable(", ".join([name, *used]))[:LONGEST_HARDWARE]


def speed_bytes(speed: Mapping[str, Speed]) -> bytes:
    """Format ``speed.json``; equal speeds give equal bytes."""
    values = {task: asdict(found) for task, found in speed.items()}
    return (json.dumps(values, indent=1) + "\n").encode()


def read_speed(path: Path, tasks: Mapping[str, object]) -> dict[str, Speed]:
    """Read the ``speed.json`` of an entry without trust.

    Args:
        path: the file.
        tasks: the tasks of the entry.

    Raises:
        EventbenchError: naming the file, if it is not what `speed_bytes` writes, or names a
            task that the entry does not have.
    """
    import msgspec

    content = read_bounded(path, MOST_BYTES)
    check_depth(path, content)
    with reading(path, "is not how fast a system predicts"):
        found = msgspec.json.decode(content, type=dict[str, Speed])
        unchanged = speed_bytes(found) == content
    if not unchanged:
        raise EventbenchError(f"{path}: is not in the form that `leaderboard speed` writes")
    for task, speed in found.items():
        if task not in tasks:
            expected = f"expected tasks of the entry: {', '.join(tasks)}"
            raise EventbenchError(f"{path}: has {short(task)}, {expected}")
        if not (_is_positive(speed.seconds_per_1000_sentences) and speed.cells > 0):
            raise EventbenchError(f"{path}: {task}: expected seconds and cells above 0")
        if not (0 < len(speed.hardware) <= LONGEST_HARDWARE and speed.hardware.isprintable()):
            expected = f"expected 1 to {LONGEST_HARDWARE} printable characters"
            raise EventbenchError(
                f"{path}: {task}: hardware is {short(speed.hardware)}, {expected}"
            )
    return found
