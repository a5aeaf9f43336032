"""The page of a report: incidents as a table, with claims and denials side by side."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from eventbench.claims import listing
from eventbench.claims.model import ASSERTS, DENIES, LEVELS, Claim, Incident, Mention
from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document
from eventbench.corpus.predictions import RECORD
from eventbench.html.article import template
from eventbench.html.report_data import counts_of, data_of, filters_of, heading, kinds_of
from eventbench.io import read_json_object


@dataclass(frozen=True)
class _Page:
    """Where things are.

    Attributes:
        pages: address of each article's page by id.
    """

    corpus: Corpus
    documents: Mapping[str, Document]
    pages: Mapping[str, str]

    def address(self, mention: Mention) -> str:
        """The place of a mention in the page of its article."""
        return f"{self.pages[mention.article]}#{quote(mention.event)}"

    def quote(self, mention: Mention) -> tuple[str, str, str]:
        """The sentence of a mention: what stands before the trigger, the trigger, the rest."""
        document = self.documents[mention.article]
        sentence = document.sentence_of(mention.span)
        if sentence is None:
            return "", mention.words, ""
        text = document.text
        return (
            text[sentence.span.start : mention.span.start],
            mention.words,
            text[mention.span.end : sentence.span.end],
        )

    def place_in(self, mention: Mention) -> str:
        """Publisher and day of an article with the offsets of a trigger."""
        document = self.documents[mention.article]
        day = document.published.isoformat() if document.published else ""
        return ", ".join(filter(None, [document.publisher, day, mention.key]))


def render_index(
    corpus: Corpus,
    incidents: Sequence[Incident],
    documents: Sequence[Document],
    pages: Mapping[str, str],
    title: str,
) -> str:
    """Draw the first page of a report.

    Args:
        corpus: what the incidents were derived from.
        incidents: what to show, in this order.
        documents: the articles that have pages, those of all incidents among them.
        pages: the address of each article's page by id.
        title: the page's heading, plain text.

    Returns:
        The page; equal arguments give equal bytes.
    """
    kinds = kinds_of(corpus)
    counts = counts_of(incidents)
    levels = Counter(incident.level for incident in incidents)
    filters = filters_of(corpus, incidents, documents)
    days = [d.published.isoformat() for d in documents if d.published]
    path = corpus.root / RECORD
    return template("report/index.html.j2").render(
        page=_Page(corpus, {document.id: document for document in documents}, pages),
        title=title,
        kinds=[],
        colours=kinds,
        css={kind.name: kind.css for kind in kinds},
        cards=[],
        incidents=incidents,
        numbers={incident.id: number for number, incident in enumerate(incidents)},
        documents=documents,
        mentioned=Counter(article for i in incidents for article in i.articles),
        days=(min(days), max(days)) if days else None,
        sources=len({claim.source for i in incidents for claim in i.claims}),
        levels=[(level, levels[level]) for level in LEVELS if levels[level]],
        filters=[found for found in filters if len(found.options) > 1],
        sure=any(incident.probability is not None for incident in incidents),
        counts=counts,
        data=data_of(corpus, incidents, counts),
        has_map=any(place.point for i in incidents for place in i.where),
        result=read_json_object(path) if path.is_file() else {},
        **_WORDS,
    )


def _sure_of(probability: float) -> str:
    """A probability in percent; what is not certain is never shown as 0 or 100."""
    if 0 < probability < 0.005:
        return "< 1 %"
    return "> 99 %" if 0.995 <= probability < 1 else f"{100 * probability:.0f} %"


def _sources_of(incident: Incident, denials: bool) -> str:
    """The names of who denies it; or of all others, with the stance unless they assert."""
    found: dict[str, list[str]] = defaultdict(list)
    for claim in incident.claims:
        if (claim.stance == DENIES) == denials:
            found["" if claim.stance in (ASSERTS, DENIES) else f"{claim.stance}: "].append(
                claim.name
            )
    return "; ".join(f"{stance}{', '.join(names)}" for stance, names in found.items())


def _claims_of(incident: Incident) -> list[tuple[str, list[Claim]]]:
    """The two sides of an incident: claims, and denials."""
    denials = [claim for claim in incident.claims if claim.stance == DENIES]
    others = [claim for claim in incident.claims if claim.stance != DENIES]
    return [("Claims", others), ("Denials", denials)]


_WORDS: Mapping[str, Callable[..., object]] = {
    "heading": heading,
    "claims_of": _claims_of,
    "figures": listing.figures_of,
    "mark": listing.mark,
    "sure_of": _sure_of,
    "where": listing.where_of,
    "who": listing.who_of,
    "sources_of": _sources_of,
}
"""What cells of the table say."""
