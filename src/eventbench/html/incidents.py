"""The page of incidents: when, where, who, claims against denials, figures and mentions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from eventbench.claims import listing
from eventbench.claims.model import DENIES, LEVELS, STANCES, Claim, Incident, Mention
from eventbench.html.article import template


def render_incidents(
    incidents: Sequence[Incident], title: str, articles: Mapping[str, str], *, subtitle: str = ""
) -> str:
    """Draw one self-contained HTML page of incidents.

    Args:
        incidents: what to show, in this order.
        title: the page's heading, plain text.
        articles: the address of each article's page, to which its mentions lead.
        subtitle: a line below the heading, plain text.

    Returns:
        The page; equal arguments give equal bytes.
    """

    def address(mention: Mention) -> str:
        return f"{articles[mention.article]}#{mention.event}"

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


def _heading(incident: Incident) -> str:
    places = dict.fromkeys(place.name for place in incident.where)
    return incident.name or ", ".join([listing.what_of(incident), *places])


def _claims_of(incident: Incident) -> list[tuple[str, list[Claim]]]:
    """The two sides of a page: claims, and denials."""
    denials = [claim for claim in incident.claims if claim.stance == DENIES]
    others = [claim for claim in incident.claims if claim.stance != DENIES]
    return [("Claims", others), ("Denials", denials)]
