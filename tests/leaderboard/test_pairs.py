"""Pointing at a system shows how the others differ from it, as the protocol computes it."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browsing import Browser
from site_pages import visit

from eventbench.leaderboard.board import Board
from eventbench.leaderboard.site import _write_assets
from eventbench.leaderboard.track import Pages, Track
from eventbench.scoring.comparison import all_pairs
from eventbench.scoring.intervals import jackknife
from eventbench.tasks.registry import find_task

SHOWN = re.compile(r"([+-]\d+\.\d)\s+([+-]\d+\.\d) to ([+-]\d+\.\d)\s+([≠≈]) p (<?) ?(\d\.\d+)")


def differences(tab: Any) -> dict[str, tuple[float, float, float, str, float] | None]:
    """By system what the page says of its difference: bounds, sign and p; None of the base."""
    found = {}
    for row in tab.locator("table[data-quantile] tbody tr").all():
        name = row.locator("th .small").first.inner_text().split()[0]
        text = row.locator("td.compared, td:nth-child(6)").first.inner_text()
        shown = SHOWN.fullmatch(text.strip())
        if shown is None:
            assert text.strip() == "–"
            found[name] = None
        else:
            difference, low, high, sign, below, p = shown.groups()
            found[name] = (*map(float, (difference, low, high)), sign, 0 if below else float(p))
    return found


def expected(board: Board, base: int) -> dict[str, tuple[float, float, float, str, float] | None]:
    """The same, computed from the predictions."""
    standings = board.systems["triggers"]
    gold = board.judge.gold("triggers")
    counts = [
        [
            gold.task.statistics(gold, answers)
            for answers in board.judge.read(s.entry.path / "predictions", "triggers").values()
        ]
        for s in standings
    ]
    p = all_pairs(np.array([s.pseudo for s in standings]))
    found: dict[str, tuple[float, float, float, str, float] | None] = {}
    for place, standing in enumerate(standings):
        if place == base:
            found[standing.entry.info.system] = None
            continue
        interval = jackknife(counts[place], gold.task.measure, minus=counts[base])
        alike = set(standing.letters) & set(standings[base].letters)
        found[standing.entry.info.system] = (
            *(100 * x for x in (interval.estimate, interval.low, interval.high)),
            "≈" if alike else "≠",
            p[min(place, base), max(place, base)],
        )
    return found


def agree(tab: Any, board: Board, base: int) -> None:
    there, here = differences(tab), expected(board, base)
    assert there.keys() == here.keys()
    for name, shown in there.items():
        computed = here[name]
        if shown is None or computed is None:
            assert shown == computed
            continue
        assert shown[3] == computed[3]
        assert shown[:3] == pytest.approx(computed[:3], abs=0.06)
        assert shown[4] == pytest.approx(computed[4], abs=0.001)


def test_pointer_keyboard_and_touch_choose_a_system(
    browser: Browser, site: Path, board: Board
) -> None:
    def head(tab: Any) -> str:
        text: str = tab.inner_text("thead .compared .dt-column-title")
        return text.strip()

    tab = visit(browser, site, "triggers.html", has_touch=True)
    agree(tab, board, 0)
    assert head(tab) == "From the best"
    tab.hover("tbody tr:nth-child(3) td >> nth=0")
    agree(tab, board, 2)
    assert head(tab).startswith("From <script>")
    tab.hover("h1")
    assert head(tab) == "From the best"
    tab.focus("tbody tr:nth-child(4) a")
    agree(tab, board, 3)
    letters = [set(s.letters) for s in board.systems["triggers"]]
    apart = sum(letters[3].isdisjoint(other) for other in letters)
    said = tab.inner_text(".note.compared output")
    assert said == f"Triggers 1 is told apart from {apart} of 4 other systems."
    assert tab.locator(".note.compared output[aria-live=polite]").count() == 1
    tab.keyboard.press("Shift+Tab")
    assert head(tab) == "From <script>"[:5] + head(tab)[5:]
    tab.tap("tbody tr:nth-child(5) td >> nth=1")
    agree(tab, board, 4)
    tab.tap("h1")
    assert head(tab) == "From the best"


def test_a_base_stays_right_when_the_table_is_sorted(
    browser: Browser, site: Path, board: Board
) -> None:
    tab = visit(browser, site, "triggers.html")
    tab.click("thead th:has-text('Seeds')")
    tab.focus("tbody tr:has-text('worst 1') a")
    agree(tab, board, 4)


@pytest.mark.parametrize("articles", [2, 4, 5, 24])
def test_p_is_that_of_students_t_for_any_number_of_articles(
    browser: Browser, board: Board, tmp_path: Path, articles: int
) -> None:
    chance = random.Random(articles)
    systems = [
        replace(
            s, pseudo=tuple(round(0.8 - k / 9 + chance.gauss(0, 0.1), 5) for _ in range(articles))
        )
        for k, s in enumerate(board.systems["triggers"])
    ]
    made = replace(board, systems={**board.systems, "triggers": systems})
    _write_assets(tmp_path)
    Track(made, Pages(tmp_path)).write_task(find_task("triggers"))
    tab = visit(browser, tmp_path, "triggers.html")
    tab.focus("tbody tr:nth-child(2) a")
    p = all_pairs(np.array([s.pseudo for s in systems]))
    shown = [found and found[4] for found in differences(tab).values()]
    computed = [None if k == 1 else p[min(k, 1), max(k, 1)] for k in range(5)]
    assert [x for x in shown if x is not None] == pytest.approx(
        [x for x in computed if x is not None], abs=0.001
    )
