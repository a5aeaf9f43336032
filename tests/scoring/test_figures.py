"""Figures show the numbers that they are given, and have the same bytes again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import pytest

from eventbench import EventbenchError
from eventbench.scoring.figures import Bar, Panel, _draw, drawing, save_panels
from eventbench.scoring.intervals import NEW_DOCUMENTS, THESE_DOCUMENTS, Interval


def interval(low: float, high: float) -> Interval:
    return Interval((low + high) / 2, low, high, 0.95)


NAMES = ["A $x^2$", "B 你"]
BARS = [
    Bar(NAMES[0], 0.8, {THESE_DOCUMENTS: interval(0.7, 0.9)}, (0.78, 0.82), "ab"),
    Bar(NAMES[1], 0.6, {THESE_DOCUMENTS: interval(0.6, 0.6), NEW_DOCUMENTS: interval(0.3, 0.9)}),
]
PANELS = [Panel("One", "F1 (%)", BARS), Panel("Two", "F1 (%)", [None, BARS[1]], differences=True)]


def lines(axes: Any) -> set[tuple[tuple[float, ...], tuple[float, ...]]]:
    """The places of everything that is drawn as a line or a mark, rounded."""
    return {
        (tuple(round(float(x), 6) for x in line.get_xdata()), tuple(map(float, line.get_ydata())))
        for line in axes.lines
    }


def test_bars_are_where_the_numbers_say() -> None:
    with drawing():
        first, second = _draw(PANELS, NAMES).axes
    # Its seeds, its interval and its mean; an interval without width is not drawn.
    assert lines(first) == {
        ((78.0, 82.0), (0.0, 0.0)), ((70.0, 90.0), (0.0, 0.0)), ((80.0,), (0.0,)),
        ((30.0, 90.0), (1.0, 1.0)), ((60.0,), (1.0,)),
    }  # fmt: skip
    assert lines(second) == {
        ((30.0, 90.0), (1.0, 1.0)), ((60.0,), (1.0,)), ((0.0, 0.0), (0.0, 1.0)),
    }  # fmt: skip
    assert [label.get_text() for label in first.get_yticklabels()] == NAMES
    assert [text.get_text() for text in first.texts] == ["ab"]
    low, high = first.get_ylim()
    assert low > high  # the first system is on top


@pytest.mark.parametrize("ending", ["pdf", "svg", "png"])
def test_the_bytes_are_the_same_again(tmp_path: Path, ending: str) -> None:
    found = []
    for name, settings in (("one", {}), ("two", {"font.size": 30, "savefig.dpi": 50})):
        path = tmp_path / f"{name}.{ending}"
        with matplotlib.rc_context(settings):
            save_panels(PANELS, NAMES, path)
        found.append(path.read_bytes())
    assert found[0] == found[1]
    assert b"Date" not in found[0]
    assert found[0][:5] in (b"%PDF-", b"<?xml", b"\x89PNG\r")
    if ending == "pdf":
        assert b"/Subtype /Type0" in found[0]  # TrueType, not drawn glyph by glyph
        assert b"/Type3" not in found[0]


def test_a_long_name_is_cut_and_leaves_room_for_the_panel() -> None:
    long = "runs/with/a/very/long/path/" * 8 + "end"
    with drawing():
        figure = _draw([Panel("One", "F1 (%)", BARS)], [long, "B"])
        figure.draw_without_rendering()
    (place,) = figure.axes
    shown = place.get_yticklabels()[0].get_text()
    assert len(shown) <= 28
    assert shown.startswith("runs/with/a")
    assert shown.endswith("end")
    assert place.get_window_extent().width > figure.bbox.width / 4


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EventbenchError, match=r"f\.eps: expected a name that ends in \.pdf"):
        save_panels(PANELS, NAMES, tmp_path / "f.eps")
    assert list(tmp_path.iterdir()) == []
