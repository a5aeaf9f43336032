"""How the leaderboard grows: made-up boards of a few and of 500 entries, ranked, built and used.

    python benchmarks/leaderboard.py                 # 50 and 500 entries
    python benchmarks/leaderboard.py 20 100          # other numbers

Each entry is the gold of the track transfer with a share of its answers left out, for triggers and
for attributes, whose score has the most numbers. Ranking tests every two systems; the site has a
page of errors for every entry and task. In Chromium, the page of a task is opened, sorted,
searched, and every system is pointed at. Results go to benchmarks/leaderboard.json and BOARD.md.
Seconds are of the processor, except in Chromium.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import platform
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

HERE = Path(__file__).parent
SIZES = (50, 500)
CORPUS = "transfer"
TASKS = ("triggers", "attributes")
LEAST, MOST = 0.02, 0.6
"""Shares of answers that are left out."""

USE = """async () => {
  const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)))
  const timed = async act => {
    const start = performance.now()
    await act()
    await frame()
    return performance.now() - start
  }
  const head = document.querySelector("table[data-sortable] thead th.main [role=button]")
  const box = document.querySelector("form.filters [name=q]")
  const search = text => () => {
    box.value = text
    box.dispatchEvent(new Event("input", { bubbles: true }))
  }
  await frame()
  const found = { sort: await timed(() => head.click()) }
  found.search = await timed(search("system 7"))
  found["search again"] = await timed(search(""))
  const rows = [...document.querySelectorAll("table[data-sortable] tbody tr")].slice(0, 50)
  const mouse = { bubbles: true, pointerType: "mouse" }
  const over = row => () => row.dispatchEvent(new PointerEvent("pointerover", mouse))
  const each = []
  for (const row of rows) each.push(await timed(over(row)))
  found["point at a system"] = each.sort((a, b) => a - b)[each.length >> 1]
  return found
}"""


def make(folder: Path, number: int) -> list[Any]:
    """Write the predictions of made-up entries and return the entries."""
    from eventbench import load_corpus
    from eventbench.leaderboard.entry import Entry, Result
    from eventbench.leaderboard.info import Info
    from eventbench.leaderboard.judge import Judge
    from eventbench.scoring.intervals import bootstrap

    judge = Judge(load_corpus(CORPUS))
    made = []
    for n in range(number):
        rng = random.Random(n)
        share = LEAST + (MOST - LEAST) * n / max(1, number - 1)
        path = folder / CORPUS / f"s{n:03}" / "1"
        files, tasks = {}, {}
        for task in TASKS:
            answers = {0: dict(answered(judge.gold(task), share, rng))}
            # The intervals of each score are not what is measured here.
            with patch("eventbench.evaluation.scoring.bootstrap", partial(bootstrap, resamples=20)):
                tasks[task] = judge.score(answers, task)
            name = f"predictions/{task}/seed0/fold0.jsonl.gz"
            files[name] = gzip.compress(judge.lines(answers, task)[0][0], 1, mtime=0)
        files |= {"entry.toml": b"made up\n", "result.json": b"{}\n"}
        for name, content in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
        digests = {k: hashlib.sha256(v).hexdigest() for k, v in files.items() if k != "result.json"}
        info = Info(
            system=f"s{n:03}", revision="1", name=f"System {n}", authors=("Nobody",), licence="MIT",
            description="Made up.", training_data="none", encoder="none", parameters=10**6 + n,
            protocol="fixed-splits", hardware="none", cost="none", canary_seen="no",
            articles_seen="no", also_train=("practice",) if n % 3 else ("aleppo", "practice"),
        )  # fmt: skip
        made.append(Entry(path, info, Result(judge.data(TASKS), {}, digests, tasks), {}))
    return made


def answered(gold: Any, share: float, rng: random.Random) -> Any:
    """The right answers, but a share of them left out: no tag, no value."""
    for row in gold.rows:
        right = gold.task.gold(row)
        left_out = rng.random() < share
        if isinstance(right, dict):
            yield row["id"], {k: None if rng.random() < share else v for k, v in right.items()}
        else:
            yield row["id"], ["O"] * len(right) if left_out else right


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    found = act()
    return time.process_time() - start, found


def measure(number: int, folder: Path) -> dict[str, Any]:
    from eventbench import load_corpus
    from eventbench.leaderboard.ranking import rank
    from eventbench.leaderboard.site import build_board

    entries = make(folder / "leaderboard", number)
    found: dict[str, Any] = {"entries": number}
    corpus = load_corpus(CORPUS)
    found["rank"], board = timed(lambda: rank(folder / "leaderboard" / CORPUS, entries, corpus))
    print(found, flush=True)
    found["build"], _ = timed(lambda: build_board(board, folder / "site"))
    pages = {task: (folder / "site" / f"{task}.html").read_bytes() for task in TASKS}
    found["kB"] = {task: round(len(page) / 1000) for task, page in pages.items()}
    found["kB packed"] = {t: round(len(gzip.compress(p)) / 1000) for t, p in pages.items()}
    print(found, flush=True)
    found["milliseconds"] = used(folder / "site" / "attributes.html")
    print(found, flush=True)
    return found


def used(page: Path) -> dict[str, float]:
    """Milliseconds that Chromium takes for the page of a task, in the median of three visits."""
    from playwright.sync_api import sync_playwright

    visits = []
    with sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for _ in range(3):
            tab = browser.new_page(viewport={"width": 1280, "height": 900})
            tab.goto(page.as_uri())
            opened = tab.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
            visits.append({"open": opened, **tab.evaluate(USE)})
            tab.close()
        browser.close()
    return {name: sorted(visit[name] for visit in visits)[1] for name in visits[0]}


def report(results: dict[str, Any]) -> str:
    few, many = results["boards"]
    machine = " · ".join(f"{k} {v}" for k, v in results["machine"].items())
    times = few["entries"], many["entries"]
    lines = [
        "# The leaderboard with many entries",
        "",
        "Written by `python benchmarks/leaderboard.py`, which says what is measured. Speed of a",
        "machine changes from minute to minute: read the ratios, not the seconds.",
        "",
        f"| | {times[0]} entries | {times[1]} entries | ratio |",
        "|---|---:|---:|---:|",
    ]
    for name, title in (("rank", "rank, seconds"), ("build", "build the site, seconds")):
        lines.append(row(title, few[name], many[name]))
    for name in ("kB", "kB packed"):
        for task in TASKS:
            lines.append(row(f"page of {task}, {name}", few[name][task], many[name][task]))
    for name in few["milliseconds"]:
        here, there = (board["milliseconds"][name] for board in (few, many))
        lines.append(row(f"page of attributes: {name}, ms", here, there))
    return "\n".join([*lines, "", machine]) + "\n"


def row(title: str, few: float, many: float) -> str:
    return f"| {title} | {few:.3g} | {many:.3g} | {many / few:.1f} |"


def main(sizes: list[int]) -> None:
    from eventbench.systems.machine import processor

    boards = []
    for number in sizes:
        with tempfile.TemporaryDirectory() as folder:
            boards.append(measure(number, Path(folder)))
    about = {"processor": processor(), "cores": os.cpu_count(), "python": platform.python_version()}
    results = {"machine": about, "boards": boards}
    (HERE / "leaderboard.json").write_text(json.dumps(results, indent=2) + "\n")
    (HERE / "BOARD.md").write_text(report(results))
    print(report(results))


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or list(SIZES))
