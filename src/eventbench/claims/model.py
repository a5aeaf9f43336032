"""Incidents and claims as frozen values: who did what to whom, where and when, and who says so."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from eventbench.corpus.model import SOURCE, Span

INCIDENT, PHASE, TOTAL = LEVELS = ("incident", "phase", "total")
"""One happening; a course of several; a running or overall figure."""

ASSERTS, DOUBTS, ANNOUNCES, EXPECTS, SUPPOSES, DENIES, NEGATES = STANCES = (
    "asserts", "doubts", "announces", "expects", "supposes", "denies", "negates",
)  # fmt: skip
"""What a source says of a happening: it took place; it may have; the source or its side plans
it; others plan it; it is possible or feared; it did not take place, as another source says that
it did; it did not take place, and nobody says that it did."""

REPORTED = "reported"
"""The attribute that says whether a source is named; see `eventbench.corpus.model.SOURCE`."""

STANCE_ATTRIBUTES = ("status", "certainty")
"""The attributes that a stance is made of."""

UNNAMED = "unnamed"
"""The source of what is attributed to nobody ("reportedly")."""


@dataclass(frozen=True, order=True)
class Mention:
    """An event of an article.

    Attributes:
        article: id of the article.
        span: the trigger.
        event: id of the event in the article.
        words: the words of the trigger.
        sentence: id of the sentence of the trigger, empty if no single sentence holds it.
        text: the words of that sentence.
        type: the event type.
        attributes: the attributes of the event.
        probability: of a predicted event, how probable it is; see `eventbench.Event`.
        probabilities: how probable its attributes and its source are.
    """

    article: str
    span: Span
    event: str = field(compare=False)
    words: str = field(compare=False)
    sentence: str = field(compare=False)
    text: str = field(compare=False)
    type: str = field(compare=False)
    attributes: Mapping[str, str] = field(compare=False)
    probability: float | None = field(default=None, compare=False)
    probabilities: Mapping[str, float] = field(default_factory=dict, compare=False)

    @property
    def label(self) -> str:
        """The type with its subtype ("Attack/shelling"), or alone if it has none."""
        subtype = self.attributes.get("subtype")
        return f"{self.type}/{subtype}" if subtype else self.type

    @property
    def key(self) -> str:
        """The mention as ``incidents.tsv`` writes it ("000:17-23")."""
        return f"{self.article}:{self.span.start}-{self.span.end}"

    @property
    def claim_probability(self) -> float | None:
        """How probable it is that the article tells it so: by this source, with this stance.

        The event, what its stance is made of, and its source, or that it has none, have to be
        right; each is taken to be so whatever the others are. None if the event's is unknown.
        """
        if self.probability is None:
            return None
        who = SOURCE if SOURCE in self.probabilities else REPORTED
        parts = (self.probabilities.get(name, 1.0) for name in (*STANCE_ATTRIBUTES, who))
        return round(math.prod(parts, start=self.probability), 4)


def most_probable(probabilities: Iterable[float | None]) -> float | None:
    """How probable it is that one of several is right, at least: as probable as any of them.

    It may be more, but errors come together: what misleads a system in one sentence does so in
    another that repeats it. None if one of them is unknown.
    """
    found = [*probabilities]
    known = [p for p in found if p is not None]
    return max(known, default=None) if len(known) == len(found) else None


@dataclass(frozen=True, order=True)
class Figure:
    """A count that a mention gives. An unknown end is None, never 0.

    Attributes:
        measure: what is counted ("killed").
        low: the lowest number that the words allow.
        high: the highest.
        of: the words for those who are counted; empty if the sentence does not name them.
        words: the words of the count.
        mention: the mention that gives it.
    """

    mention: Mention
    measure: str
    of: str
    words: str
    low: int | None = field(compare=False)
    high: int | None = field(compare=False)

    @property
    def total(self) -> bool:
        """Return True for a running or overall figure, which is never added to others."""
        return self.mention.attributes.get("occurrence") == TOTAL

    def __str__(self) -> str:
        """The numbers as a table shows them: "12", "450 or more", "24-99", "unknown"."""
        low, high = self.low, self.high
        if low is None and high is None:
            return "unknown"
        if high is None:
            return f"{low} or more"
        if low is None:
            return f"{high} or fewer"
        return str(low) if low == high else f"{low}-{high}"


def limits(figures: Iterable[Figure], measure: str) -> tuple[int | None, int | None]:
    """The lowest and highest number of a measure that any of the figures allows.

    Figures are alternatives and are never added. If one mention counts two groups apart,
    only a sum would say how many they are together, so both ends are unknown; so is an end
    that one of the figures leaves open.
    """
    found = list(dict.fromkeys(figure for figure in figures if figure.measure == measure))
    mentions = [figure.mention for figure in found]
    if not found or len(set(mentions)) < len(mentions):
        return None, None
    lows = [figure.low for figure in found]
    highs = [figure.high for figure in found]
    return (
        None if None in lows else min(low for low in lows if low is not None),
        None if None in highs else max(high for high in highs if high is not None),
    )


@dataclass(frozen=True)
class When:
    """An interval of days, both included.

    Attributes:
        first: its first day, or a datetime if it begins at a clock time.
        last: its last day, or a datetime if it ends at a clock time.
        precision: the precision of the times that it was made of.
        vague: it happened at some time within this one; the mentions' times have no day in
            common, or it is a part of something that took this long.
    """

    first: date
    last: date
    precision: str
    vague: bool = False

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.last_day - self.first_day).days + 1

    @property
    def first_day(self) -> date:
        """The first day, without a clock time."""
        return self.first.date() if isinstance(self.first, datetime) else self.first

    @property
    def last_day(self) -> date:
        """The last day, without a clock time."""
        return self.last.date() if isinstance(self.last, datetime) else self.last

    def overlaps(self, since: date | None, until: date | None) -> bool:
        """Return True if it shares a day with the days from ``since`` to ``until``."""
        return (since is None or self.last_day >= since) and (
            until is None or self.first_day <= until
        )

    def __str__(self) -> str:
        first, last = self.first_day.isoformat(), self.last_day.isoformat()
        span = first if first == last else f"{first} to {last}"
        return f"{span} (vague)" if self.vague else span

    @property
    def interval(self) -> str:
        """The interval as a table of values writes it."""
        return "/".join(
            end.isoformat(timespec="minutes") if isinstance(end, datetime) else end.isoformat()
            for end in (self.first, self.last)
        )

    def dates(self) -> list[date]:
        """The days."""
        return [self.first_day + timedelta(days=n) for n in range(self.days)]


@dataclass(frozen=True)
class Location:
    """A place with its role in an incident.

    Attributes:
        id: id of the place in ``places.toml``.
        name: display name.
        role: the role of the argument ("Territory").
        precision: the place itself (is), a part of it, or near it.
        kind: kind of place; empty if the gazetteer does not say.
        within: ids of the places that contain it, the smallest first.
        point: latitude and longitude in degrees; None if unknown.
    """

    id: str
    name: str
    role: str
    precision: str
    kind: str = ""
    within: tuple[str, ...] = ()
    point: tuple[float, float] | None = None


@dataclass(frozen=True, order=True)
class Party:
    """An actor: its role, the parties that it belongs to, and what kind it is."""

    role: str
    side: str
    kind: str

    @property
    def sides(self) -> tuple[str, ...]:
        """The parties; a joint side names several."""
        return tuple(self.side.split("_")) if self.side else ()


@dataclass(frozen=True, order=True)
class Participant:
    """People or things: their role, their class, and the words for them."""

    role: str
    kind: str
    words: str


@dataclass(frozen=True)
class Claim:
    """What one source says of an incident, with the mentions that it rests on.

    Attributes:
        source: id of the source; for what an article tells in its own voice, its publisher's.
        name: display name of the source.
        kind: what kind of source it is.
        side: the party of the source; empty if none.
        stance: one of `STANCES`.
        since: day of publication of the first article that has it.
        mentions: the events that it rests on, at least one.
        figures: the counts that they give.
        contested: another source denies it.
    """

    source: str
    name: str
    kind: str
    side: str
    stance: str
    since: date | None
    mentions: tuple[Mention, ...]
    figures: tuple[Figure, ...]
    contested: bool

    @property
    def probability(self) -> float | None:
        """How probable it is that the articles have this claim, by its mentions.

        None in the gold, and if the system that predicted them does not say.
        """
        return most_probable(mention.claim_probability for mention in self.mentions)


@dataclass(frozen=True)
class Incident:
    """A happening, a phase or a total, with everything that the articles say of it.

    Attributes:
        id: names it in lists; that of an incident without a row in ``incidents.tsv`` is made
            of the article and the offset of its first mention.
        level: one of `LEVELS`.
        mentions: its events, in the order of the corpus.
        when: when it happened; None if no mention says.
        where: places with their roles, the most specific ones.
        parties: the actors.
        participants: who or what was hit, moved, shut in or harmed.
        claims: what each source says, one claim for each source and stance.
        publishers: who published the articles that mention it.
        parents: ids of the incidents that it is part of.
        rivals: ids of the incidents that exclude it: another source tells it otherwise.
        name: title that it was given; empty if none.
        reason: why the mentions are one; empty without a row in ``incidents.tsv``.
        decided: field to reason, for what was decided beyond what can be derived.
        inherited: field to the mentions that its time or place is taken from, as
            ``incidents.tsv`` writes them: what caused it, or what it is part of.
        codes: columns of other datasets ("acled_event_type"), only those that can be filled.
    """

    id: str
    level: str
    mentions: tuple[Mention, ...]
    when: When | None
    where: tuple[Location, ...]
    parties: tuple[Party, ...]
    participants: tuple[Participant, ...]
    claims: tuple[Claim, ...]
    publishers: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    name: str = ""
    reason: str = ""
    decided: Mapping[str, str] = field(default_factory=dict)
    inherited: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def types(self) -> tuple[str, ...]:
        """The types with their subtypes, in the order of the mentions."""
        return tuple(dict.fromkeys(mention.label for mention in self.mentions))

    @property
    def articles(self) -> tuple[str, ...]:
        """The ids of the articles that mention it."""
        return tuple(dict.fromkeys(mention.article for mention in self.mentions))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures of what sources assert or doubt.

        What is planned, feared or denied has happened to nobody; its figures are in its claims.
        """
        vouched = (claim for claim in self.claims if claim.stance in (ASSERTS, DOUBTS))
        return tuple(dict.fromkeys(f for claim in vouched for f in claim.figures))

    @property
    def probability(self) -> float | None:
        """How probable it is that the articles tell of it, by its mentions.

        None in the gold, and if the system that predicted them does not say.
        """
        return most_probable(mention.probability for mention in self.mentions)

    @property
    def contested(self) -> bool:
        """Return True if a claim is contested or another incident excludes it."""
        return bool(self.rivals) or any(claim.contested for claim in self.claims)

    @property
    def title(self) -> str:
        """The name, or else the types."""
        return self.name or ", ".join(self.types)
