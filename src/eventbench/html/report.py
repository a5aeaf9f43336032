"""Write incidents as a static site that loads nothing from elsewhere, to send to somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.resources import files
from pathlib import Path

from eventbench.claims.derive import incidents
from eventbench.claims.model import Incident
from eventbench.claims.select import Selection
from eventbench.corpus.loading import Corpus, as_corpus
from eventbench.corpus.model import Document
from eventbench.errors import EventbenchError
from eventbench.html.article import render_article
from eventbench.html.report_page import render_index
from eventbench.io import atomic_output, is_empty_directory, is_unfinished

MOST = 10_000
"""Maximum number of incidents of a report: browsers become slow with more."""

INDEX, ARTICLES, ASSETS = "index.html", "articles", "assets"

_SCRIPTS = (
    *("d3.min.js", "d3.LICENSE.txt", "plot.umd.min.js", "plot.LICENSE.txt"),
    *("start.js", "report.js", "choice.js", "timeline.js", "toll.js"),
)
_MAP_SCRIPTS = (
    *("topojson-client.min.js", "topojson-client.LICENSE.txt", "world-atlas.LICENSE.txt"),
    "map.js",
)
_OUTLINES = "outlines.js"
"""The outlines of countries as a script, since a page that is opened from disk may read no JSON."""


def report(
    source: Corpus | str | Path | None = None,
    out: str | Path = "report",
    *,
    selection: Selection | None = None,
    title: str = "",
    progress: Callable[[str, float], object] = lambda label, fraction: None,
) -> Path:
    """Write a site of incidents: timeline, map, toll, claims beside denials, and the articles.

    Args:
        source: a corpus, or what `load_corpus` takes.
        out: the directory; an earlier report there is replaced.
        selection: what to show; everything if None.
        title: heading of the site; the name of the source if empty.
        progress: called after each article with a label and the fraction done.

    Returns:
        The page to open. The same source always gives the same bytes.

    Raises:
        EventbenchError: if ``source`` cannot be read or has more than `MOST` incidents,
            ``selection`` names what does not occur, or ``out`` is neither empty nor an earlier
            report and nothing else, or cannot be written.
    """
    out = Path(out)
    check_replaceable(out)
    corpus = as_corpus(source)
    found: list[Incident] = incidents(corpus)
    if selection is not None:
        found = selection.incidents(found)
    if len(found) > MOST:
        raise EventbenchError(
            f"{corpus.root}: {len(found)} incidents, expected {MOST} or fewer: select by type, "
            "place, time or the like"
        )
    told = {mention.article for incident in found for mention in incident.mentions}
    documents = [d for d in corpus.documents if selection in (None, Selection()) or d.id in told]
    # Numbered: the id of an article may hold what the name of a file cannot.
    pages = {d.id: f"{ARTICLES}/{number}.html" for number, d in enumerate(documents, 1)}
    title = title or corpus.info.name
    with atomic_output(out) as new:
        (new / ARTICLES).mkdir(parents=True)
        _write(new / INDEX, render_index(corpus, found, documents, pages, title))
        _write_assets(new / ASSETS, with_map=any(p.point for i in found for p in i.where))
        for number, document in enumerate(documents, 1):
            page = render_article(
                document,
                document.title or document.id,
                corpus.scheme,
                subtitle=_about(document),
                ways=[("All incidents", f"../{INDEX}")],
                credit=corpus.info.credit,
            )
            _write(new / pages[document.id], page)
            progress("articles", number / len(documents))
    return out / INDEX


def _about(document: Document) -> str:
    """Who published an article, when and where."""
    day = document.published.isoformat() if document.published else ""
    return ", ".join(filter(None, [document.publisher, day, document.address]))


def _write(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8", newline="")


def _write_assets(folder: Path, with_map: bool) -> None:
    folder.mkdir()
    templates = files("eventbench") / "html" / "templates" / "report"
    for name in (*_SCRIPTS, *(_MAP_SCRIPTS if with_map else ())):
        (folder / name).write_bytes((templates / name).read_bytes())
    if with_map:
        outlines = (templates / "countries-50m.json").read_text("utf-8")
        _write(folder / _OUTLINES, f"var outlines = {outlines};\n")


def check_replaceable(out: Path) -> None:
    """Check that a directory can be replaced: everything in it was written by `report`.

    Raises:
        EventbenchError: naming what is foreign.
    """
    if not out.exists() or is_empty_directory(out):
        return
    if not (out / INDEX).is_file() or not (out / ASSETS / "report.js").is_file():
        raise EventbenchError(f"{out}: exists and is not an earlier report; choose another --out")
    for item in _foreign(out):
        raise EventbenchError(
            f"{item}: is not a part of the report that would replace {out}; move it elsewhere or "
            "choose another --out"
        )


def _foreign(out: Path) -> Iterable[Path]:
    """Whatever lies in an earlier report and is not of it."""
    ours = {*_SCRIPTS, *_MAP_SCRIPTS, _OUTLINES}
    for item in sorted(out.rglob("*")):
        parts = item.relative_to(out).parts
        known = (
            parts in ((INDEX,), (ARTICLES,), (ASSETS,))
            or (parts[0] == ARTICLES and len(parts) == 2 and item.suffix == ".html")
            or (parts[0] == ASSETS and len(parts) == 2 and item.name in ours)
            or is_unfinished(parts[0])
        )
        if not known:
            yield item
