"""The plots of a task: its scores against the size and against the speed of systems.

matplotlib lays it out and measures its labels. The page gets a reduced copy of the SVG: lines,
dots and texts. Styles are dropped, because the pages forbid inline styles and colour everything
by CSS, in light and dark mode; so are ids, dates and versions, which differ between runs.
Texts of entries are untrusted, so matplotlib only sees placeholders of about the same width, and
`xml.etree` escapes the texts themselves.
"""

from __future__ import annotations

import io
import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from markupsafe import Markup

from eventbench.leaderboard.board import Standing, display_names
from eventbench.leaderboard.formatting import duration, hue, parameters
from eventbench.text import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

_WIDTH, _HEIGHT = 820, 400
"""Size in units of the SVG. At 72 dpi they equal pixels and points in matplotlib."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 805, 378, 50
"""Edges of the plot area; y counts upwards, as in matplotlib."""
_STRIP, _GAP = 80, 14
"""Width of the strips for systems without a place on the axis, and the space after them."""
_RADIUS = 5
_LONGEST = 24
"""Characters of a name in a label; longer names are cut."""
_LINE = 14
"""Height of a label: ceilings that are closer share one."""

_STYLE = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so widths are the same everywhere
    "font.size": 12,
    "svg.fonttype": "none",
}

_BESIDE = (
    (9, -1, "left", "center"),
    (-9, -1, "right", "center"),
    (0, 8, "center", "bottom"),
    (0, -8, "center", "top"),
    (5, 5, "left", "bottom"),
    (5, -5, "left", "top"),
    (-5, 5, "right", "bottom"),
    (-5, -5, "right", "top"),
)
"""Places of a label around its dot: offset, horizontal and vertical alignment; best first."""
_ALONG = (
    (_RIGHT, 3, "right", "bottom"),
    (_RIGHT, -3, "right", "top"),
    (_LEFT + 4, 3, "left", "bottom"),
    (_LEFT + 4, -3, "left", "top"),
)
"""Places of a label along the line of a ceiling."""


@dataclass(frozen=True)
class Horizontal:
    """The logarithmic axis of a plot.

    Attributes:
        label: its label.
        value: the number of a system on it; None if unknown, 0 if there is nothing to count.
        tick: formats a number at a tick.
        words: formats the number of a system in the title of its dot.
    """

    label: str
    value: Callable[[Standing], float | None]
    tick: Callable[[float], str]
    words: Callable[[Standing], str]


def _size_in_words(standing: Standing) -> str:
    return f"{parameters(standing.entry.info.parameters)} parameters"


SIZE = Horizontal(
    "parameters",
    lambda standing: standing.entry.info.parameters,
    lambda size: parameters(round(size)),
    _size_in_words,
)


def speed_of(task: str) -> Horizontal:
    """The axis of seconds; it has only systems whose speed is known."""

    def seconds(standing: Standing) -> float:
        return standing.entry.speed[task].seconds_per_1000_sentences

    def words(standing: Standing) -> str:
        hardware = standing.entry.speed[task].hardware
        return f"{duration(seconds(standing))} s for 1,000 sentences ({hardware})"

    return Horizontal("seconds for 1,000 sentences", seconds, duration, words)


@dataclass
class _Drawing:
    """The figure, and what the page adds to it.

    Attributes:
        figure: the figure.
        axis: its horizontal axis.
        panels: the axes by what is known: "unknown", "none" or "known".
        texts: the text of each label by the id of its group in the SVG.
        dots: address, CSS class and title of each dot by the id of its group.
        taken: areas that further labels must not overlap.
    """

    figure: Figure
    axis: Horizontal
    panels: dict[str, Axes]
    texts: dict[str, str] = field(default_factory=dict)
    dots: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    taken: list[Bbox] = field(default_factory=list)


def plot(
    systems: Sequence[Standing],
    ceilings: Sequence[Standing],
    pages: Mapping[str, str],
    axis: Horizontal = SIZE,
) -> Markup:
    """Draw the scores of a task against the sizes or speeds of its systems.

    Every system is a dot with a link to its page and a title with its numbers. Ceilings
    are lines. Names are placed beside the dots, the best system first, and left out where
    they would overlap something.

    Args:
        systems: at least one system, best first.
        ceilings: ceilings, best first.
        pages: address of the page of each system by id.
        axis: what is drawn from left to right.

    Returns:
        An SVG element; the same arguments always give the same bytes.
    """
    import matplotlib.style

    with matplotlib.style.context(["default", _STYLE]):
        drawing = _panels(systems, ceilings, axis)
        _draw_dots(drawing, systems, pages)
        _draw_ceilings(drawing, ceilings)
        _label_dots(drawing, systems)
        svg = io.StringIO()
        drawing.figure.savefig(svg, format="svg")
    return _inline(svg.getvalue(), drawing)


def _kind(axis: Horizontal, standing: Standing) -> str:
    value = axis.value(standing)
    return "unknown" if value is None else "known" if value else "none"


def _panels(
    systems: Sequence[Standing], ceilings: Sequence[Standing], axis: Horizontal
) -> _Drawing:
    """Empty panels with their axes and grids, side by side."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH / 72, _HEIGHT / 72), dpi=72)
    figure.patch.set_visible(False)
    occurring = {_kind(axis, standing) for standing in systems}
    kinds = [kind for kind in ("unknown", "none", "known") if kind in occurring]
    panels: dict[str, Axes] = {}
    left = _LEFT
    for kind in kinds:
        right = left + _STRIP if kind != kinds[-1] else _RIGHT
        panel = figure.add_axes(
            (left / _WIDTH, _BOTTOM / _HEIGHT, (right - left) / _WIDTH, (_TOP - _BOTTOM) / _HEIGHT)
        )
        panel.patch.set_visible(False)
        panel.spines[:].set_visible(False)
        panel.tick_params(which="both", left=False, bottom=False, labelleft=left == _LEFT)
        panel.grid(axis="both" if kind == "known" else "y")
        panels[kind] = panel
        left = right + _GAP
    drawing = _Drawing(figure, axis, panels)
    _scale(drawing, systems, ceilings)
    figure.text((_LEFT + _RIGHT) / 2 / _WIDTH, 8 / _HEIGHT, axis.label, ha="center")
    return drawing


def _scale(drawing: _Drawing, systems: Sequence[Standing], ceilings: Sequence[Standing]) -> None:
    """Set the limits and ticks of all panels."""
    low, high, step = _percents([s.score.mean for s in (*systems, *ceilings)])
    for kind, panel in drawing.panels.items():
        panel.set_ylim(low, high)
        panel.set_yticks(range(low, high + 1, step))
        if kind == "known":
            values = [value for s in systems if (value := drawing.axis.value(s))]
            _log_axis(panel, values, drawing.axis)
        else:
            panel.set_xlim(-1, 1)
            panel.set_xticks([0], [kind])


def _log_axis(panel: Axes, values: Sequence[float], axis: Horizontal) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    panel.set_xscale("log")
    first, last = min(values) / 3, max(values) * 3
    panel.set_xlim(first, last)
    steps = (1.0,) if last / first > 100 else (1.0, 2.0, 5.0)
    panel.xaxis.set_major_locator(LogLocator(subs=steps))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: axis.tick(value)))


def _percents(scores: Sequence[float]) -> tuple[int, int, int]:
    """Limits and step of the vertical axis, so that all scores have some space around them."""
    for step in (10, 20):
        low = step * math.floor((100 * min(scores) - 2) / step)
        high = step * math.ceil((100 * max(scores) + 2) / step)
        if high - low <= 60:
            break
    return max(0, low), min(100, high), step


def _draw_dots(drawing: _Drawing, systems: Sequence[Standing], pages: Mapping[str, str]) -> None:
    """Draw the dots, the best on top of the others."""
    for number, standing in reversed(list(enumerate(systems))):
        info, score = standing.entry.info, standing.result.score
        x, y = _place(drawing, number, standing)
        panel = drawing.panels[_kind(drawing.axis, standing)]
        panel.plot([x], [y], "o", ms=2 * _RADIUS, clip_on=False, gid=f"dot-{number}")
        text = (
            f"{info.name} {info.revision}: {score}, "
            f"{drawing.axis.words(standing)}, rank {standing.rank}"
        )
        css = f"g{hue(standing.letters[:1])}"
        drawing.dots[f"dot-{number}"] = (pages[standing.entry.id], css, text)
        drawing.taken.append(_around(panel, x, y))


def _place(drawing: _Drawing, number: int, standing: Standing) -> tuple[float, float]:
    """Place of a dot in its panel; dots of a strip are spread so that they stay apart."""
    spread = ((number * 7) % 31 - 15) / 40
    return drawing.axis.value(standing) or spread, 100 * standing.score.mean


def _around(panel: Axes, x: float, y: float) -> Bbox:
    """The area of a dot."""
    from matplotlib.transforms import Bbox

    across, up = panel.transData.transform((x, y))
    return Bbox.from_extents(across, up, across, up).padded(_RADIUS + 1)


def _draw_ceilings(drawing: _Drawing, ceilings: Sequence[Standing]) -> None:
    """Draw a line for each ceiling and write its name and score along it."""
    from matplotlib.transforms import Bbox

    panels = list(drawing.panels.values())
    names = display_names(standing.entry for standing in ceilings)
    shared: list[tuple[float, str]] = []
    for standing in ceilings:
        score = 100 * standing.score.mean
        for panel in panels:
            panel.axhline(score, gid="ceiling")
        up = float(panels[0].transData.transform((0, score))[1])
        text = f"{_short(names[standing.entry.id])} {percent(standing.score.mean)}"
        if shared and abs(shared[-1][0] - up) < _LINE:
            shared[-1] = (shared[-1][0], f"{shared[-1][1]}, {text}")
        else:
            shared.append((up, text))
    for number, (up, text) in enumerate(shared):
        places = [(x, up + dy, ha, va) for x, dy, ha, va in _ALONG]
        _label(drawing, f"ceiling-name-{number}", text, places, needed=True)
        # Names of systems keep clear of the line, too.
        drawing.taken.append(Bbox.from_extents(_LEFT, up - 1, _RIGHT, up + 1))


def _label_dots(drawing: _Drawing, systems: Sequence[Standing]) -> None:
    names = display_names(standing.entry for standing in systems)
    for number, standing in enumerate(systems):
        panel = drawing.panels[_kind(drawing.axis, standing)]
        x, y = panel.transData.transform(_place(drawing, number, standing))
        places = [(x + dx, y + dy, ha, va) for dx, dy, ha, va in _BESIDE]
        _label(drawing, f"label-{number}", _short(names[standing.entry.id]), places)


def _label(
    drawing: _Drawing,
    gid: str,
    text: str,
    places: Sequence[tuple[float, float, str, str]],
    needed: bool = False,
) -> None:
    """Write a label at the first place where it overlaps nothing; without one, leave it out.

    Args:
        drawing: where to write it.
        gid: id of its group in the SVG.
        text: the label.
        places: position and alignment of each place, best first.
        needed: True to use the first place if every place overlaps something.
    """
    from matplotlib.transforms import Bbox, IdentityTransform

    inside = Bbox.from_extents(_LEFT, _BOTTOM, _RIGHT, _HEIGHT)
    label = drawing.figure.text(0, 0, _placeholder(text), transform=IdentityTransform(), gid=gid)
    for x, y, ha, va in places:
        label.set(x=x, y=y, ha=ha, va=va)
        box = label.get_window_extent()
        fits = inside.containsx(box.x0) and inside.containsx(box.x1)
        fits = fits and inside.containsy(box.y0) and inside.containsy(box.y1)
        if fits and not box.count_overlaps(drawing.taken):
            break
    else:
        if not needed:
            label.remove()
            return
        x, y, ha, va = places[0]
        label.set(x=x, y=y, ha=ha, va=va)
    drawing.texts[gid] = text
    drawing.taken.append(label.get_window_extent())


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _placeholder(text: str) -> str:
    """A text of about the same width, of letters and digits that the font has."""

    def shown(character: str) -> str:
        if character.isascii() and character.isalnum():
            return character
        return "W" if unicodedata.east_asian_width(character) in "WF" else "n"

    return "".join(map(shown, text))


# From the SVG of matplotlib to the one of the page


def _inline(svg: str, drawing: _Drawing) -> Markup:
    """Reduce an SVG of matplotlib to what the page needs, and add texts, links and titles."""
    root = ElementTree.fromstring(svg)
    found = list(_elements(root, "", drawing))
    order = ["tick", "axis", "ceiling", "dot", "label"]
    found.sort(key=lambda pair: order.index(pair[0]))
    size = f"0 0 {_WIDTH} {_HEIGHT}"
    page = ElementTree.Element("svg", {"class": "scatter", "viewBox": size, "aria-hidden": "true"})
    page.extend(element for _, element in found)
    return Markup(ElementTree.tostring(page, encoding="unicode"))


def _elements(
    element: ElementTree.Element, gid: str, drawing: _Drawing
) -> Iterator[tuple[str, ElementTree.Element]]:
    """The lines, texts and dots below an element of matplotlib's SVG, each with its kind."""
    for child in element:
        tag = child.tag.rpartition("}")[2]
        if tag == "g":
            name = child.get("id", "")
            kind = re.fullmatch(r"dot-\d+|label-\d+|ceiling-name-\d+|ceiling", name)
            yield from _elements(child, name if kind else gid, drawing)
        elif tag == "path":
            kind_of_line = gid or "tick"
            path = _rounded(child.get("d", ""))
            yield kind_of_line, ElementTree.Element("path", {"class": kind_of_line, "d": path})
        elif tag == "text":
            yield _text(child, gid, drawing)
        elif tag == "use":
            yield "dot", _dot(child, drawing.dots[gid])


def _text(
    element: ElementTree.Element, gid: str, drawing: _Drawing
) -> tuple[str, ElementTree.Element]:
    anchor = re.search(r"text-anchor: (\w+)", element.get("style", ""))
    attributes = {name: _rounded(element.get(name, "")) for name in ("x", "y")}
    attributes["text-anchor"] = anchor[1] if anchor else "start"
    if gid.startswith("label"):
        attributes["class"] = "label"
    made = ElementTree.Element("text", attributes)
    made.text = drawing.texts.get(gid, element.text)
    return "label" if gid else "axis", made


def _dot(element: ElementTree.Element, said: tuple[str, str, str]) -> ElementTree.Element:
    """A dot with its link and title."""
    address, css, text = said
    link = ElementTree.Element("a", {"href": address, "tabindex": "-1"})
    place = {f"c{name}": _rounded(element.get(name, "")) for name in ("x", "y")}
    circle = ElementTree.SubElement(link, "circle", {"class": css, **place, "r": str(_RADIUS)})
    ElementTree.SubElement(circle, "title").text = text
    return link


def _rounded(coordinates: str) -> str:
    """Round coordinates to tenths of a pixel, far above the differences between platforms."""
    return " ".join(
        f"{round(float(part), 1):g}" if part[-1].isdigit() else part for part in coordinates.split()
    )
