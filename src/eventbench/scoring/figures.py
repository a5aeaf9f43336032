"""Figures for papers: scores or differences with their intervals, as PDF, SVG or PNG."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

from eventbench.io import agreed_format, atomic_output
from eventbench.scoring.intervals import CONFIDENCE, NEW_DOCUMENTS, THESE_DOCUMENTS, Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ENDINGS = {"pdf": (".pdf",), "svg": (".svg",), "png": (".png",)}
"""What the name of a file ends in, by format."""

_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so widths are the same everywhere
    "font.size": 8,
    "pdf.fonttype": 42,  # TrueType, as publishers ask for
    "svg.fonttype": "path",
    "svg.hashsalt": "eventbench",
    "text.parse_math": False,  # names are shown as they are
    "savefig.dpi": 300,
}
_UNDATED: dict[str, dict[str, None]] = {
    "pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {"Software": None},
}  # fmt: skip

_CHARACTER, _PANEL, _LINE, _AROUND, _PAGE = 0.07, 1.9, 0.2, 0.75, 7.0
"""Inches: width of a character of names, and of a panel; height of a system, and of all else in a
panel; the largest width of a figure."""
_LONGEST = 28
"""Characters of a name; longer ones are cut in the middle."""
_MOST_PANELS = 3
"""Panels side by side."""
_WIDEST = 30
"""Characters of a line of the texts above and below a panel."""
_SCORE, _HERE, _SEED = "#12304d", "#9dbbd8", "#c8782a"
"""Colours of the score with its interval on new documents, of that on these, and of seeds."""


@dataclass(frozen=True)
class Bar:
    """A score, or a difference of scores, with its intervals; all between -1 and 1.

    Attributes:
        name: the system.
        value: the mean over seeds.
        intervals: intervals by population; those without width are not drawn.
        seeds: the score of each seed, if there are several; may be empty.
        mark: a short text to the right, such as letters.
    """

    name: str
    value: float
    intervals: Mapping[str, Interval]
    seeds: Sequence[float] = ()
    mark: str = ""


@dataclass(frozen=True)
class Panel:
    """The bars of a task, from top to bottom; all panels of a figure have the same names.

    Attributes:
        title: the task.
        measure: what the horizontal axis shows, in percent.
        bars: the bars; None where a system has none.
        differences: True to draw a line at 0.
    """

    title: str
    measure: str
    bars: Sequence[Bar | None]
    differences: bool = False


def save_panels(panels: Sequence[Panel], names: Sequence[str], path: Path) -> None:
    """Draw scores with their intervals, and save them; equal scores give equal bytes.

    Args:
        panels: a panel for each task.
        names: names of the systems.
        path: the file to write, whose ending is its format.

    Raises:
        EventbenchError: if the ending is none of `ENDINGS`, or the file cannot be written.
    """
    with drawing():
        save_figure(_draw(panels, names), path)


@contextmanager
def drawing() -> Iterator[None]:
    """Draw and save as papers need it, whatever the user's settings of matplotlib."""
    import matplotlib.style

    with matplotlib.style.context(["default", _STYLE]), warnings.catch_warnings():
        # A character that the font lacks is drawn as a box.
        warnings.filterwarnings("ignore", r"Glyph .* missing", UserWarning)
        yield


def save_figure(figure: Figure, path: Path) -> None:
    """Save a figure without a date, in the format that the ending of the file names.

    Raises:
        EventbenchError: if the ending is none of `ENDINGS`, or the file cannot be written.
    """
    format = agreed_format(path, None, ENDINGS)
    with atomic_output(path) as new:
        figure.savefig(new, format=format, metadata=_UNDATED[format], facecolor="white")


def _draw(panels: Sequence[Panel], names: Sequence[str]) -> Figure:
    from matplotlib.figure import Figure

    columns = min(len(panels), _MOST_PANELS)
    lines = -(-len(panels) // columns)
    handles = _legend([bar for panel in panels for bar in panel.bars if bar is not None])
    across = len(handles) if columns > 1 else 2
    legend = 0.2 * -(-len(handles) // across)
    height = lines * (_AROUND + _LINE * len(names)) + legend
    shown = [_short(name) for name in names]
    beside = 0.3 + _CHARACTER * max(map(len, shown))
    width = min(_PAGE, beside + _PANEL * columns)
    figure = Figure(figsize=(width, height), layout="constrained")
    places = figure.subplots(lines, columns, squeeze=False)
    for k, place in enumerate(places.flat):
        if k >= len(panels):
            place.set_visible(False)
            continue
        _draw_panel(place, panels[k])
        place.set_yticks(range(len(names)), shown if k % columns == 0 else [""] * len(names))
        place.set_ylim(len(names) - 0.5, -0.5)
    figure.legend(
        handles=handles, loc="outside lower center", ncols=across, frameon=False, fontsize=7
    )
    return figure


def _short(name: str) -> str:
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST // 2]}…{name[-_LONGEST // 2 + 1 :]}"


def _draw_panel(place: Axes, panel: Panel) -> None:
    place.set_title(fill(panel.title, _WIDEST), fontsize=8)
    place.set_xlabel(fill(panel.measure, _WIDEST))
    place.spines[["top", "right", "left"]].set_visible(False)
    place.tick_params(axis="y", length=0)
    place.grid(axis="x", color="#e4e4e4", linewidth=0.5)
    place.set_axisbelow(True)
    if panel.differences:
        place.axvline(0, color="black", linewidth=0.6)
    for y, bar in enumerate(panel.bars):
        if bar is None:
            continue
        for name, style in ((THESE_DOCUMENTS, _THICK), (NEW_DOCUMENTS, _THIN)):
            found = bar.intervals.get(name)
            if found is not None and found.varies:
                place.plot([100 * found.low, 100 * found.high], [y, y], **style)
        if _has_seeds(bar):
            place.plot([100 * s for s in bar.seeds], [y] * len(bar.seeds), **_TICK)
        place.plot([100 * bar.value], [y], **_DOT)
        if bar.mark:
            right = place.get_yaxis_transform()
            place.text(1.02, y, bar.mark, transform=right, va="center", ha="left")


_THICK: dict[str, Any] = {"color": _HERE, "linewidth": 5, "solid_capstyle": "butt"}
_THIN: dict[str, Any] = {"color": _SCORE, "linewidth": 0.9, "marker": "|", "markersize": 4}
_TICK: dict[str, Any] = {"color": _SEED, "marker": "|", "markersize": 7, "linestyle": ""}
_DOT: dict[str, Any] = {
    "color": _SCORE, "marker": "o", "markersize": 4.5, "markeredgecolor": "white", "linestyle": "",
}  # fmt: skip


def _has_seeds(bar: Bar) -> bool:
    return len(set(bar.seeds)) > 1


def _legend(bars: Sequence[Bar]) -> list[Any]:
    """What is drawn, explained."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], label="mean over seeds", **_DOT)]
    if any(map(_has_seeds, bars)):
        handles.append(Line2D([], [], label="one seed", **_TICK))
    drawn = {name for bar in bars for name, found in bar.intervals.items() if found.varies}
    sure = f"{100 * CONFIDENCE:g} %"
    if THESE_DOCUMENTS in drawn:
        handles.append(Line2D([], [], label=f"{sure}, these documents", **_THICK))
    if NEW_DOCUMENTS in drawn:
        handles.append(Line2D([], [], label=f"{sure}, new documents", **_THIN))
    return handles
