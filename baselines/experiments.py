"""Try settings of the encoder on practice, and report all that were tried.

A setting learns from three of four articles of the corpus `practice` and is tested on the
others, so that no test article of a track takes part in a choice.

    python baselines/experiments.py run "three members" --task triggers members=3
    python baselines/experiments.py report     # writes the tables of EXPERIMENTS.md
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from eventbench_baselines.encoder.system import Encoder
from tabulate import tabulate

from eventbench import TASKS, EventbenchError, Fold, Gold, load_corpus

HERE = Path(__file__).parent
STORE = HERE / "experiments.jsonl"
REPORT = HERE / "EXPERIMENTS.md"
MARK = "<!-- tables -->\n"

TASKS_TRIED = ("triggers", "arguments", "attributes", "attribution")
EVERY = 4
"""One article in so many is tested."""

Line = dict[str, Any]


def try_setting(name: str, tasks: Sequence[str], options: dict[str, Any]) -> Line:
    """Learn and test some tasks with options of the encoder."""
    corpus = load_corpus("practice")
    tested = corpus.documents[EVERY - 1 :: EVERY]
    learned = tuple(d for d in corpus.documents if d not in tested)
    started = time.process_time()
    scores: dict[str, float] = {}
    kept: dict[str, Any] = {}
    for task_name in tasks:
        task = TASKS[task_name]
        system = Encoder(**options, task=task_name)
        system.fit(Fold(task_name, corpus.scheme, learned, kept=kept), lambda part, **told: None)
        rows = task.inputs_for(tested, corpus.scheme)
        answers = zip(rows, system.predict(rows), strict=True)
        checked = {row["id"]: task.check(row, a, corpus.scheme) for row, a in answers}
        gold = Gold(task, corpus, tested, tuple(task.rows(tested, corpus.scheme)))
        statistics = task.statistics(gold, checked)
        totals = {k: table.values.sum(axis=0) for k, table in statistics.tables.items()}
        section, row = task.headline
        found = task.breakdown(statistics, totals)[section][row]
        scores[task_name] = round(100 * found.f1, 1)
    seconds = round(time.process_time() - started)
    return {"on": "practice", "name": name, "options": options, "scores": scores, "cpu": seconds}


def stored() -> list[Line]:
    """All that was tried, in the order of trying."""
    return [json.loads(line) for line in STORE.read_text(encoding="utf-8").splitlines()]


def tables(lines: Iterable[Line]) -> str:
    """The tables of the report: one for each corpus that settings were tried on."""
    groups: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        groups[line["on"]].append(line)
    parts = []
    for place, tried in groups.items():
        columns = list(dict.fromkeys(key for line in tried for key in line["scores"]))
        rows = [
            [
                line["name"],
                *(line["scores"].get(column, "") for column in columns),
                line.get("cpu", ""),
                line.get("code", "as it is"),
            ]
            for line in tried
        ]
        heading = ["setting", *columns, "CPU seconds", "code"]
        parts.append(f"### On {place}\n\n{tabulate(rows, heading, tablefmt='github')}\n")
    return "\n".join(parts)


def report(lines: Iterable[Line]) -> str:
    """EXPERIMENTS.md with its tables made anew; the text before them stays."""
    before, mark, _ = REPORT.read_text(encoding="utf-8").partition(MARK)
    if not mark:
        raise EventbenchError(f"{REPORT}: has no line {MARK.strip()!r}")
    return f"{before}{MARK}\n{tables(lines)}"


def _option(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    return name, json.loads(value)


def main() -> None:
    """Run the command that was given."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    trying = commands.add_parser("run", help="try a setting and store its scores")
    trying.add_argument("name", help="what the tables call the setting")
    trying.add_argument("options", nargs="*", type=_option, metavar="OPTION=VALUE")
    trying.add_argument("--task", nargs="+", choices=TASKS_TRIED, default=TASKS_TRIED)
    commands.add_parser("report", help="write the tables of EXPERIMENTS.md")
    given = parser.parse_args()
    if given.command == "run":
        line = try_setting(given.name, given.task, dict(given.options))
        with STORE.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        print(line)
    else:
        REPORT.write_text(report(stored()), encoding="utf-8")


if __name__ == "__main__":
    main()
