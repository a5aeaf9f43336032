"""Select incidents and claims: by type, place, side, source, status, time, article or words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any, TypedDict, Unpack

from eventbench.claims.model import Claim, Incident, Mention
from eventbench.errors import EventbenchError


class Filters(TypedDict, total=False):
    """What `Selection.of` takes: the options of ``eventbench incidents``, by their names there.

    Several values of one filter are alternatives. Days may be texts ("2016-11-12").
    """

    type: str | Collection[str]
    place: str | Collection[str]
    side: str | Collection[str]
    source: str | Collection[str]
    status: str | Collection[str]
    article: str | Collection[str]
    level: str | Collection[str]
    figure: str | Collection[str]
    contested: bool
    listed: bool
    since: date | str | None
    until: date | str | None
    text: str
    told_by: int
    publishers: int
    min_probability: float


@dataclass(frozen=True)
class Selection:
    """What to select. Several values of one attribute are alternatives; attributes add up.

    Attributes:
        types: types with or without subtype ("Attack", "Attack/shelling").
        places: ids of places; a place includes all places within it.
        sides: parties that take part.
        sources: ids of sources.
        statuses: values of Status ("planned").
        articles: ids of articles.
        levels: levels of incidents.
        figures: what is counted ("killed"): claims without such a figure are left out.
        contested: only what is contested.
        listed: only what has a row in ``incidents.tsv``.
        since: only what has a day on or after it; what has no time is left out.
        until: only what has a day on or before it; what has no time is left out.
        text: words of the sentences, whatever their case.
        told_by: the fewest articles that tell of it.
        publishers: the fewest publishers whose articles tell of it.
        probability: only incidents, and claims, that are at least so probable, from 0 to 1.
    """

    types: Collection[str] = ()
    places: Collection[str] = ()
    sides: Collection[str] = ()
    sources: Collection[str] = ()
    statuses: Collection[str] = ()
    articles: Collection[str] = ()
    levels: Collection[str] = ()
    figures: Collection[str] = ()
    contested: bool = False
    listed: bool = False
    since: date | None = None
    until: date | None = None
    text: str = ""
    told_by: int = 1
    publishers: int = 1
    probability: float = 0.0

    @classmethod
    def of(cls, **filters: Unpack[Filters]) -> Selection:
        """Make a selection of the filters of the command line, a single value or several each.

        Raises:
            EventbenchError: if a day or a probability is not one.
            TypeError: if a filter is unknown.
        """
        found: dict[str, Any] = {}
        for name, value in filters.items():
            if name not in Filters.__annotations__:
                expected = ", ".join(Filters.__annotations__)
                raise TypeError(f"no filter {name!r}: expected {expected}")
            if name in _SEVERAL:
                found[_SEVERAL[name]] = (value,) if isinstance(value, str) else value
            elif name in ("since", "until"):
                found[name] = _day(name, value)
            else:
                found["probability" if name == "min_probability" else name] = value
        return cls(**found)

    def incidents(self, among: Iterable[Incident]) -> list[Incident]:
        """The incidents that have a claim which fits.

        Raises:
            EventbenchError: if a type, place, party, source, status or article occurs nowhere,
                or a probability is asked for and none has one.
        """
        everything = list(among)
        self._refuse_unknown(everything)
        return [incident for incident in everything if self.fits(incident)]

    def fits(self, incident: Incident) -> bool:
        """Return True for an incident that has a claim which fits."""
        return any(self._claims(incident))

    def claims(self, incident: Incident) -> list[Claim]:
        """The claims of an incident that fit; none if the incident does not."""
        return [claim for claim in self._claims(incident) if self._is_sure(claim)]

    def _claims(self, incident: Incident) -> Iterator[Claim]:
        """The claims that fit, however probable: an incident may be more so than they are."""
        if self._fits(incident):
            yield from (claim for claim in incident.claims if self._has(claim, incident))

    def _is_sure(self, found: Incident | Claim) -> bool:
        return self.probability <= (0.0 if found.probability is None else found.probability)

    def _fits(self, incident: Incident) -> bool:
        when = incident.when
        dated = self.since is not None or self.until is not None
        if dated and (when is None or not when.overlaps(self.since, self.until)):
            return False
        places = {p for place in incident.where for p in (place.id, *place.within)}
        sides = {side for party in incident.parties for side in party.sides}
        return (
            (not self.types or bool(_labels(incident.mentions) & set(self.types)))
            and (not self.places or bool(places & set(self.places)))
            and (not self.sides or bool(sides & set(self.sides)))
            and (not self.levels or incident.level in self.levels)
            and (not self.contested or incident.contested)
            and (not self.listed or bool(incident.reason))
            and len(incident.articles) >= self.told_by
            and len(incident.publishers) >= self.publishers
            and self._is_sure(incident)
        )

    def _has(self, claim: Claim, incident: Incident) -> bool:
        """Return True for a claim by one of the sources with a mention that fits."""
        if self.sources and claim.source not in self.sources:
            return False
        if self.figures and not any(figure.measure in self.figures for figure in claim.figures):
            return False
        return any(
            (not self.statuses or mention.attributes.get("status") in self.statuses)
            and (not self.articles or mention.article in self.articles)
            and self.text.casefold() in f"{mention.text} {incident.name}".casefold()
            for mention in claim.mentions
        )

    def _refuse_unknown(self, incidents: list[Incident]) -> None:
        if self.probability and all(incident.probability is None for incident in incidents):
            raise EventbenchError(
                "no incident has a probability: expected events that were predicted by a system "
                "that says how sure it is, such as encoder"
            )
        mentions = [mention for incident in incidents for mention in incident.mentions]
        known: list[tuple[str, Collection[str], set[str]]] = [
            ("type", self.types, _labels(mentions)),
            (
                "place",
                self.places,
                {p for i in incidents for place in i.where for p in (place.id, *place.within)},
            ),
            ("side", self.sides, {s for i in incidents for p in i.parties for s in p.sides}),
            ("source", self.sources, {c.source for i in incidents for c in i.claims}),
            ("status", self.statuses, {m.attributes.get("status", "") for m in mentions}),
            ("article", self.articles, {mention.article for mention in mentions}),
            ("level", self.levels, {incident.level for incident in incidents}),
            (
                "figure",
                self.figures,
                {f.measure for i in incidents for c in i.claims for f in c.figures},
            ),
        ]
        for what, wanted, found in known:
            for name in wanted:
                if name not in found:
                    names = sorted(found - {""})
                    close = get_close_matches(name, names, n=5, cutoff=0.5) or names[:20]
                    expected = f"expected one like {', '.join(close)}" if close else "there is none"
                    raise EventbenchError(f"no incident has the {what} {name!r}: {expected}")


_SEVERAL = {
    "type": "types",
    "place": "places",
    "side": "sides",
    "source": "sources",
    "status": "statuses",
    "article": "articles",
    "level": "levels",
    "figure": "figures",
}
"""The filters that may have several values, with the attributes that hold them."""


def _day(name: str, value: object) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise EventbenchError(f"{name} is {value!r}, expected a day such as 2016-11-12") from None


def _labels(mentions: Iterable[Mention]) -> set[str]:
    return {part for m in mentions for part in (m.label, m.type)}
