"""The plot of size against score: places, links and titles of its dots, and labels in the clear."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import pytest
from browsing import Browser
from made_entries import BIDI, HOSTILE

from eventbench.leaderboard.board import Board, Standing
from eventbench.leaderboard.plot import plot, speed_of
from eventbench.leaderboard.speed import Speed
from eventbench.scoring.report import MeanSd

Size = int | None


def standing(board: Board, name: str, size: Size, score: float, rank: int | None) -> Standing:
    """A system of any name, size and score."""
    made = board.systems["triggers"][0]
    system = re.sub(r"\W", "-", name.lower())
    info = replace(made.entry.info, system=system, name=name, parameters=size)
    result = replace(made.result, score=MeanSd(score, 0.01))
    return Standing(
        replace(made.entry, info=info), result, rank, () if rank is None else (rank - 1,)
    )


def standings(board: Board, *made: tuple[str, Size, float]) -> list[Standing]:
    found = sorted(made, key=lambda one: -one[2])
    return [standing(board, *one, rank) for rank, one in enumerate(found, 1)]


def drawn(systems: Sequence[Standing], ceilings: Sequence[Standing] = ()) -> ElementTree.Element:
    pages = {s.entry.id: f"entries/{s.entry.id}/index.html" for s in systems}
    return ElementTree.fromstring(plot(systems, ceilings, pages))


def dots(svg: ElementTree.Element) -> dict[str, tuple[float, float]]:
    """Place of each dot by the name in its title."""
    return {
        (circle.findtext("title") or "").split(" 1: ")[0]: (
            float(circle.attrib["cx"]),
            float(circle.attrib["cy"]),
        )
        for circle in svg.iter("circle")
    }


def texts(svg: ElementTree.Element) -> dict[str, tuple[float, float]]:
    return {t.text or "": (float(t.attrib["x"]), float(t.attrib["y"])) for t in svg.iter("text")}


def test_sizes_are_logarithmic_and_scores_linear(board: Board) -> None:
    made = [("a", 10**6, 0.9), ("b", 10**7, 0.7), ("c", 10**9, 0.5)]
    places = dots(drawn(standings(board, *made)))
    (ax, ay), (bx, by), (cx, cy) = (places[name] for name in "abc")
    assert cx - bx == pytest.approx(2 * (bx - ax), abs=0.3)
    assert by - ay == pytest.approx(cy - by, abs=0.3)
    assert ax < bx < cx
    assert ay < by < cy


def test_ticks_are_where_the_dots_are(board: Board) -> None:
    svg = drawn(standings(board, ("a", 10**6, 0.9), ("b", 10**9, 0.5)))
    places, ticks = dots(svg), texts(svg)
    assert ticks["1 M"][0] == pytest.approx(places["a"][0], abs=0.2)
    assert ticks["1 B"][0] == pytest.approx(places["b"][0], abs=0.2)
    assert ticks["90"][1] == pytest.approx(places["a"][1], abs=8)
    assert ticks["50"][1] == pytest.approx(places["b"][1], abs=8)


def test_sizes_that_no_axis_has_get_strips(board: Board) -> None:
    made = [("a", None, 0.5), ("b", None, 0.5), ("c", 0, 0.5), ("d", 0, 0.5), ("e", 1, 0.5)]
    svg = drawn(standings(board, *made))
    places, ticks = dots(svg), texts(svg)
    for names, strip in (("ab", "unknown"), ("cd", "none")):
        assert all(abs(places[name][0] - ticks[strip][0]) <= 40 for name in names)
        assert places[names[0]] != places[names[1]], "dots of equal scores stay apart"
    assert max(places[name][0] for name in "ab") < min(places[name][0] for name in "cd")
    assert max(places[name][0] for name in "cd") < places["e"][0]
    assert places["e"][0] == pytest.approx(ticks["1"][0], abs=0.2)


@pytest.mark.parametrize("sizes", [[None], [0], [10**8], [1], [3 * 10**12], [0, None], [1, 10**13]])
@pytest.mark.parametrize("score", [0.0, 0.004, 0.5, 1.0])
def test_every_dot_is_on_the_drawing(board: Board, sizes: list[Size], score: float) -> None:
    made = [(f"s{n}", size, score) for n, size in enumerate(sizes)]
    places = dots(drawn(standings(board, *made)))
    assert len(places) == len(sizes)
    assert all(40 <= x <= 805 and 15 <= y <= 360 for x, y in places.values())


def test_a_dot_links_and_tells_its_numbers(board: Board) -> None:
    first, second = standings(board, ("One", 113 * 10**6, 0.836), ("Two", None, 0.8))
    svg = drawn([first, second])
    links = {a.attrib["href"]: a for a in svg.iter("a")}
    assert set(links) == {"entries/one/1/index.html", "entries/two/1/index.html"}
    circle = links["entries/one/1/index.html"].find("circle")
    assert circle is not None
    assert circle.attrib["class"] == "g1"
    assert circle.findtext("title") == "One 1: 83.6 ± 1.0, 113 M parameters, rank 1"


def test_seconds_have_an_axis_of_their_own(board: Board) -> None:
    """From left to right the time, with the machine in the title of a dot."""
    timed = [
        replace(s, entry=replace(s.entry, speed={"triggers": Speed(seconds, "One core", 5)}))
        for s, seconds in zip(
            standings(board, ("a", 10, 0.9), ("b", None, 0.7), ("c", 0, 0.5)),
            (20.0, 2.0, 0.02),
            strict=True,
        )
    ]
    pages = {s.entry.id: "#" for s in timed}
    svg = ElementTree.fromstring(plot(timed, [], pages, speed_of("triggers")))
    (ax, _), (bx, _), (cx, _) = (dots(svg)[name] for name in "abc")
    assert bx - cx == pytest.approx(2 * (ax - bx), abs=0.3)
    assert texts(svg)["1"][0] == pytest.approx(bx - math.log10(2) * (ax - bx), abs=0.3)
    assert "seconds for 1,000 sentences" in texts(svg)
    titles = [title.text for title in svg.iter("title")]
    assert "b 1: 70.0 ± 1.0, 2 s for 1,000 sentences (One core), rank 2" in titles


def test_the_page_says_how_many_systems_were_not_timed(site: Any) -> None:
    page = (site / "triggers.html").read_text("utf-8")
    part = page[page.index('id="speed"') :].partition("</section>")[0]
    assert part.count("<circle") == 2
    assert "3 systems have no such time and are not drawn." in part
    assert "No system has a measured time yet" in (site / "arguments.html").read_text("utf-8")
    own = (site / "entries/better/1/index.html").read_text("utf-8")
    assert "Predicts in 20 s for 1,000 sentences on machine &lt;script&gt;" in own
    assert own.count("Predicts in") == 1
    assert '<a href="speed.json">' in own
    assert (site / "entries/better/1/speed.json").is_file()


def test_the_best_lies_on_top(board: Board) -> None:
    svg = drawn(standings(board, *((f"s{n}", 10**6, 0.5 + n / 1000) for n in range(5))))
    assert list(dots(svg)) == ["s0", "s1", "s2", "s3", "s4"]


def test_ceilings_are_lines_with_their_names(board: Board) -> None:
    systems = standings(board, ("a", 10**6, 0.5), ("b", 0, 0.7))
    ceilings = [
        standing(board, name, None, score, None)
        for name, score in (("Upper", 0.951), ("Beside", 0.95), ("Lower", 0.6))
    ]
    svg = drawn(systems, ceilings)
    places, found = dots(svg), texts(svg)
    assert {"Upper 95.1, Beside 95.0", "Lower 60.0"} <= set(found), "close ones share a label"
    heights = {
        float(re.findall(r"[\d.]+", path.attrib["d"])[1])
        for path in svg.iter("path")
        if path.attrib["class"] == "ceiling"
    }
    assert len(heights) == 3
    middle = (places["a"][1] + places["b"][1]) / 2
    assert any(abs(height - middle) < 0.3 for height in heights)


def crowd(board: Board, number: int) -> list[Standing]:
    chance = random.Random(number)
    names = (
        "BERT large",
        "CRF",
        "a name of more than twenty-four letters",
        "系统 抽取",
        HOSTILE,
        BIDI,
    )
    return standings(
        board,
        *(
            (
                f"{names[n % len(names)]} {n}",
                chance.choice([None, 0, int(10 ** chance.uniform(5, 11))]),
                chance.uniform(0.4, 0.9),
            )
            for n in range(number)
        ),
    )


BOXES = """() => [...document.querySelectorAll(".scatter text, .scatter circle")].map(e => {
  const box = e.getBoundingClientRect()
  return [e.tagName, e.textContent, box.left, box.top, box.right, box.bottom]
})"""


@pytest.mark.parametrize("number", [6, 40])
def test_labels_overlap_nothing(browser: Browser, board: Board, number: int) -> None:
    systems = crowd(board, number)
    ceilings = [standing(board, "Annotator", None, 0.93, None)]
    pages = {s.entry.id: "#" for s in systems}
    style = "<style>text { font: 12px 'DejaVu Sans', sans-serif } svg { width: 820px }</style>"
    tab = browser.open(f"{style}{plot(systems, ceilings, pages)}", width=1000)
    frame = tab.locator("svg").bounding_box()
    boxes = tab.evaluate(BOXES)
    labels = [box for box in boxes if box[0] == "text"]
    assert len(labels) > 10
    for one, other in combinations(boxes, 2):
        if "text" in (one[0], other[0]):
            assert apart(one[2:], other[2:]), (one, other)
    assert all(box[2] >= frame["x"] and box[3] >= frame["y"] for box in labels)
    assert all(box[4] <= frame["x"] + frame["width"] + 0.5 for box in labels)


def apart(one: list[float], other: list[float]) -> bool:
    """A pixel of difference between fonts is allowed."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across <= 1 or down <= 2.5


def test_a_system_with_room_is_named(board: Board) -> None:
    names = ["One", "Two", "Three"]
    found = texts(drawn(standings(board, *((n, 10**k, 0.9 - k / 20) for k, n in enumerate(names)))))
    assert set(names) <= set(found)


def test_texts_of_entries_are_only_text(board: Board) -> None:
    made = [(HOSTILE, 10**6, 0.9), ("$\\frac{1}{$ </title>\u202e", 0, 0.5)]
    svg = drawn(standings(board, *made))
    assert {e.tag for e in svg.iter()} == {"svg", "path", "text", "a", "circle", "title"}
    assert not any(
        name.startswith("on") or name == "style" for e in svg.iter() for name in e.attrib
    )
    titles = [title.text or "" for title in svg.iter("title")]
    assert any(title.startswith(HOSTILE) for title in titles)
    assert f"{HOSTILE[:23]}…" in texts(svg)
    assert "$\\frac{1}{$ </title>\u202e" in texts(svg)


def test_same_bytes_whatever_the_settings_of_matplotlib(board: Board) -> None:
    import matplotlib

    systems = crowd(board, 12)
    pages = {s.entry.id: "#" for s in systems}
    expected = plot(systems, systems[:1], pages)
    with matplotlib.rc_context({"font.size": 30, "axes.grid": True, "savefig.dpi": 300}):
        assert plot(systems, systems[:1], pages) == expected


def test_colours_follow_the_page(browser: Browser, site: Any) -> None:
    seen = {}
    for scheme in ("light", "dark"):
        tab = browser.open("", color_scheme=scheme)
        tab.goto((site / "triggers.html").as_uri())
        colour = "e => [getComputedStyle(e).fill, getComputedStyle(e).stroke].join()"
        seen[scheme] = {
            css: tab.locator(f".scatter {css}").first.evaluate(colour)
            for css in ("circle", ".label", ".tick", ".ceiling")
        }
    assert all(seen["light"][css] != seen["dark"][css] for css in seen["light"])


def test_a_dot_is_clicked(browser: Browser, site: Any) -> None:
    tab = browser.open("")
    tab.goto((site / "triggers.html").as_uri())
    tab.locator("#size ~ .scroll a[href*=better] circle").click()
    assert tab.inner_text("h1") == "Better"
