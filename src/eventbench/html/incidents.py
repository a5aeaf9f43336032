"""The page of incidents: when, where, who, claims against denials, figures and mentions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from eventbench.claims import listing
from eventbench.claims.model import DENIES, LEVELS, STANCES, Claim, Incident, Mention
from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document
from eventbench.errors import EventbenchError
from eventbench.html.article import render_article, template
from eventbench.io import safe_name, write_whole


def render_incidents(
    incidents: Sequence[Incident], title: str, articles: Mapping[str, str], *, subtitle: str = ""
) -> str:
    """Draw one self-contained HTML page of incidents.

    Args:
        incidents: what to show, in this order.
        title: the page's heading, plain text.
        articles: the address of each article's page, to which its mentions lead; mentions of
            articles without a page are no links.
        subtitle: a line below the heading, plain text.

    Returns:
        The page; equal arguments give equal bytes.
    """

    def address(mention: Mention) -> str:
        page = articles.get(mention.article, "")
        return f"{page}#{mention.event}" if page else ""

    shown = {incident.id for incident in incidents}
    stances = Counter(claim.stance for incident in incidents for claim in incident.claims)
    levels = Counter(incident.level for incident in incidents)
    return template("incidents.html.j2").render(
        incidents=incidents,
        title=title,
        subtitle=subtitle,
        address=address,
        kinds=[],
        cards=[],
        levels=[(level, levels[level]) for level in LEVELS if levels[level]],
        stances=[(stance, stances[stance]) for stance in STANCES if stances[stance]],
        claims_of=_claims_of,
        figures=listing.figures_of,
        heading=_heading,
        mark=listing.mark,
        shown=shown,
        where=listing.where_of,
        who=listing.who_of,
    )


def write_pages(folder: Path, found: Sequence[Incident], corpus: Corpus) -> int:
    """Write ``index.html`` and a page for each article, and return the number of incidents.

    Raises:
        EventbenchError: if a file cannot be written.
    """
    articles = {d.id: f"articles/{_name(n, d)}.html" for n, d in enumerate(corpus.documents, 1)}
    for document in corpus.documents:
        title = document.title or document.id
        page = render_article(document, title, corpus.scheme, subtitle=_subtitle(corpus))
        write_whole(folder / articles[document.id], page)
    page = render_incidents(found, corpus.info.name, articles, subtitle=_subtitle(corpus))
    write_whole(folder / "index.html", page)
    return len(found)


def write_page(out: Path, found: Sequence[Incident], corpus: Corpus) -> int:
    """Write a single page of incidents, and return their number.

    Raises:
        EventbenchError: if it cannot be written.
    """
    write_whole(out, render_incidents(found, corpus.info.name, {}, subtitle=_subtitle(corpus)))
    return len(found)


def _name(number: int, document: Document) -> str:
    """The name of an article's page: its id, or its number if no file can be named so."""
    try:
        return safe_name(document.id)
    except EventbenchError:
        return f"{number}"


def _subtitle(corpus: Corpus) -> str:
    if corpus.predicted:
        return "Predicted by a model: not checked by anybody"
    return f"{corpus.id} {corpus.version}, fingerprint {corpus.fingerprint}"


def _heading(incident: Incident) -> str:
    places = dict.fromkeys(place.name for place in incident.where)
    return incident.name or ", ".join([listing.what_of(incident), *places])


def _claims_of(incident: Incident) -> list[tuple[str, list[Claim]]]:
    """The two sides of a page: claims, and denials."""
    denials = [claim for claim in incident.claims if claim.stance == DENIES]
    others = [claim for claim in incident.claims if claim.stance != DENIES]
    return [("Claims", others), ("Denials", denials)]
