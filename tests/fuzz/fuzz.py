"""Feed mutated real files to every reader: the answer is a value or an error in one line.

Usage: python tests/fuzz/fuzz.py [--seed N] [--count N] [--only N] [--keep FOLDER]

Case N of a seed is always the same; ``--only N`` runs it alone. Whatever else a reader does (a
traceback, a message of several lines, five seconds without an answer) is printed, its input kept.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from pathlib import Path
from random import Random
from types import FrameType

import datasets
from fuzz_mutations import mutated
from fuzz_readers import Target, make_workspace

from eventbench import EventbenchError

LONGEST_ANSWER = 5.0
"""Seconds."""
TIMERS = (
    (signal.ITIMER_PROF, signal.SIGPROF, LONGEST_ANSWER),
    (signal.ITIMER_REAL, signal.SIGALRM, 10 * LONGEST_ANSWER),
)


class Hang(BaseException):
    """A reader takes too long; not an Exception, which readers may catch."""


def _stop(number: int, frame: FrameType | None) -> None:
    raise Hang


def complaint(target: Target, folder: Path, content: bytes) -> str | None:
    """What is wrong with how a reader takes a content; None if nothing is."""
    path = folder / target.file
    before = path.read_bytes()
    path.write_bytes(content)
    # The time that this process works, lest other programs make it late; or ten times that.
    for timer, sign, seconds in TIMERS:
        signal.signal(sign, _stop)
        signal.setitimer(timer, seconds)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            target.read(folder)
    except EventbenchError as error:
        message = str(error)
        if len(message.splitlines()) != 1 or not message.strip():
            return f"a message of several lines: {message!r}"
    except Hang:
        return f"no answer within {LONGEST_ANSWER:.0f} seconds"
    except BaseException:
        return traceback.format_exc()
    finally:
        for timer, _, _ in TIMERS:
            signal.setitimer(timer, 0)
        path.write_bytes(before)
    return None


def run(folder: Path, seed: int, cases: range, keep: Path) -> list[str]:
    """Run cases of a seed; returns what is wrong with each that failed."""
    targets = make_workspace(folder)
    failures: list[str] = []
    seen: Counter[str] = Counter()
    for number in cases:
        random = Random(f"{seed}/{number}")
        target = random.choices(targets, [target.weight for target in targets])[0]
        content = mutated(random, (folder / target.file).read_bytes())
        found = complaint(target, folder, content)
        if found is None:
            continue
        last = found.strip().splitlines()[-1]
        seen[last] += 1
        if seen[last] > 1:  # once is enough to find out why
            continue
        kept = keep / f"{seed}-{number}-{Path(target.file).name}"
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(content)
        failures.append(f"seed {seed}, case {number}, {target.file} (kept as {kept}):\n{found}")
        print(failures[-1], flush=True)
    return failures


def main() -> int:
    """Run from the command line; the exit code is 1 if any case failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--only", type=int, help="the number of one case")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"))
    given = parser.parse_args()
    datasets.disable_progress_bars()
    cases = range(given.count) if given.only is None else range(given.only, given.only + 1)
    with tempfile.TemporaryDirectory() as folder:
        failures = run(Path(folder), given.seed, cases, given.keep)
    print(f"seed {given.seed}: {len(cases)} mutated files, {len(failures)} kinds of failure")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
