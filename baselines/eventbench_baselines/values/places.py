"""Which places words mean: rule N3 of the annotation manual."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from eventbench_baselines.values.context import Context

UNKNOWN = "unknown"

_KIN = (
    {"town", "city", "port", "capital"},
    {"village", "hamlet"},
    {"enclave", "republic", "territory"},
    {"quarter", "neighbourhood", "neighborhood", "slum", "suburb"},
    {"hill", "height"},
    {"pocket", "enclave"},
    {"province", "governorate"},
)
"""Kinds of places that are called by each other's names."""

_TOWNS = frozenset(["city", "town", "village", "port"])
_HOLDERS = frozenset(
    [
        *("country", "state", "province", "governorate", "district", "canton", "republic"),
        *("region", "territory", "enclave", "valley", "plain", "highlands", "delta"),
        *("island", "islands"),
    ]
)
"""The last word of the kinds of places that hold towns and open country."""

_WIDE = frozenset(
    [
        *("country", "homeland", "region", "countryside", "provinces", "districts", "cities"),
        *("towns", "villages", "hamlets", "homes", "houses", "camps", "border", "frontier"),
        *("front", "line", "lines", "corridor", "road", "roads", "route", "routes", "highway"),
        *("hill", "hills", "mountains", "pass", "passes", "plains", "fields", "forest"),
        *("forests", "river", "reeds", "dam", "dams", "reservoirs", "channels", "coast"),
        *("coastline", "islands", "islets"),
    ]
)
"""Nouns of what mostly lies outside of one town."""

_ELSEWHERE = re.compile(
    r"(?:further |farther )?(?:north|south|east|west|away|abroad|elsewhere|there|somewhere|inland)"
    r"(?:wards?)?|(?:other|safer|new|several|some|many|various) "
    r"(?:areas?|places?|parts?|regions?|countries)|areas?|places?"
)
_HEAD_ENDS = re.compile(r" (?:of|in|at|near|around|outside|along|on|by|from|to|between)(?: |$)")
_SIDE = re.compile(
    r"^(?:(?:north|south|east|west|central|inner|outer|greater|rural)\w* )+"
    r"|(?: (?:city|town|village|district|area|province|neighbou?rhood))$"
)
_SIMILAR = 88.0
"""Similarity in percent from which another spelling is taken for a name."""

_HERE, _NEAR, _ANYWHERE = 8, 3, 2
"""Weights of a mention: in the sentence before the words, shortly before it, in the article."""

_REACH = 500
"""How many characters before the sentence are near."""


class Place(Protocol):
    """A place of a gazetteer: its id, display name and the other facts of its entry."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def facts(self) -> Mapping[str, object]: ...


@dataclass(frozen=True)
class Entry:
    """What is kept of a place of the gazetteer.

    Attributes:
        names: display name and other names.
        kind: such as "town"; empty if not told.
        parent: id of the place that it lies in; empty if not told.
    """

    names: tuple[str, ...]
    kind: str = ""
    parent: str = ""


def entry_of(place: Place) -> Entry:
    """Read an entry of a gazetteer, whose facts may have other_names, kind and parent."""
    others = place.facts.get("other_names", ())
    names = [place.name, *(map(str, others) if isinstance(others, list | tuple) else ())]
    kind, parent = (str(place.facts.get(key, "")) for key in ("kind", "parent"))
    return Entry(tuple(dict.fromkeys(names)), kind.lower(), parent)


def tidy(words: str) -> str:
    """Words without accents, punctuation and the marks of a genitive."""
    text = unicodedata.normalize("NFKD", words.replace("’", "'"))
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^\w]+", " ", re.sub(r"'s?\b", "", text)).split())


def plain(words: str) -> str:
    """Tidy words in lower case without an article or pronoun before them."""
    text = tidy(words).lower()
    return re.sub(r"^(?:the|a|an|its|their|his|her|our|this|that|these|those) (?=.)", "", text)


def _forms(name: str, entry: Entry) -> Iterator[str]:
    """A name in plain form, and shorter ones: "shore of X" is the shore, X island is X."""
    words = plain(name)
    yield words
    thing, *whole = re.split(" (?:of|off) (?:the )?", words, maxsplit=1)
    if whole:
        yield thing
        yield f"{whole[0]} {thing}"
    kind = entry.kind.split(" ")[-1]
    if kind and words.endswith(f" {kind}"):
        yield words.removesuffix(f" {kind}")


@dataclass(frozen=True)
class PlaceReader:
    """Reads places by the names of a gazetteer, by learned phrases and by the article.

    Attributes:
        entries: the gazetteer by id.
        phrases: what a phrase (in plain form) mostly meant in the training articles.
        usual: the place that most spans of the training articles mean; empty if none are known.
    """

    entries: Mapping[str, Entry] = field(default_factory=dict)
    phrases: Mapping[str, str] = field(default_factory=dict)
    usual: str = ""

    @cached_property
    def names(self) -> dict[str, str]:
        """Ids by proper name, in plain form; of two places with one name, the first."""
        found: dict[str, str] = {}
        for identifier, entry in self.entries.items():
            for name in entry.names:
                if tidy(re.sub("^[Tt]he ", "", name))[:1].isupper():
                    found.setdefault(plain(name), identifier)
        return {name: identifier for name, identifier in found.items() if name}

    @cached_property
    def _called(self) -> dict[str, list[str]]:
        """Ids by everything that a place may be called, at least in its own country."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for identifier, entry in self.entries.items():
            for form in dict.fromkeys(form for name in entry.names for form in _forms(name, entry)):
                found[form].append(identifier)
        return found

    @cached_property
    def _any_name(self) -> re.Pattern[str]:
        longest_first = sorted(self.names, key=lambda name: (-len(name), name))
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first)) or '(?!)'})\b", re.I)

    def read(self, words: str, context: Context) -> str:
        """Return the ids of the places that words mean, joined by +, or "unknown"."""
        text = plain(words)
        found = self.phrases.get(text) or self._exact(text, context) or self._several(words)
        found = found or self._named(words)
        if not found and any(word[:1].isupper() for word in words.split()):
            found = self._misspelt(text)
        if not found and _ELSEWHERE.fullmatch(text):
            return UNKNOWN
        return found or self._told(text, context) or self.usual or UNKNOWN

    def read_name(self, words: str, context: Context) -> str:
        """Return the ids of the places that words name; empty if the gazetteer has none."""
        text = plain(words)
        return self._exact(text, context) or self._several(words) or self._named(words)

    # Words with a name

    def _exact(self, text: str, context: Context) -> str:
        """The place that is called just so; of several, that of the article's country."""
        proper, candidates = self.names.get(text, ""), self._called.get(text, [])
        if candidates == [proper]:
            return proper
        roots: Counter[str] = Counter()
        for identifier, weight in self._weights(context).items():
            roots[self._root(identifier)] += weight
        told = [i for i in candidates if roots[self._root(i)]]
        if not told:
            return proper or (candidates[0] if len(candidates) == 1 and not roots else "")
        return max(told, key=lambda i: (roots[self._root(i)], i == proper))

    def _several(self, words: str) -> str:
        """The ids of a list of names, such as "Orrik and Nassit"; empty if one is not known."""
        parts = re.split(r",\s*(?:and\s+)?|\s+(?:and|or)\s+", words)
        found = [self.names.get(plain(part)) or self._named(part) for part in parts]
        return "+".join(sorted({*filter(None, found)})) if len(parts) > 1 and all(found) else ""

    def _named(self, words: str) -> str:
        """The place that the words name; of several the last, as in "harbour of Port Ghess"."""
        return next(iter(reversed([i for _, i in self._mentions(words)])), "")

    def _misspelt(self, text: str) -> str:
        """The place whose name is most similar to the words; empty if none is."""
        from rapidfuzz import fuzz, process

        bare = _SIDE.sub("", text)
        found = process.extractOne(bare, list(self.names), scorer=fuzz.ratio, score_cutoff=_SIMILAR)
        return self.names[found[0]] if found else ""

    def _mentions(self, text: str) -> Iterator[tuple[int, str]]:
        """The places that a text names, with their positions in the tidy text."""
        for match in self._any_name.finditer(tidy(text)):
            if match[0][:1].isupper() or match[0][:1].isdigit():
                yield match.start(), self.names[match[0].lower()]

    # Words without a name, by the article

    def _root(self, identifier: str) -> str:
        """The outermost place that a place lies in."""
        passed = {identifier}
        while (parent := self.entries[identifier].parent) in self.entries and parent not in passed:
            identifier = parent
            passed.add(identifier)
        return identifier

    def _weights(self, context: Context) -> Counter[str]:
        """How much an article has told of each place, most of all shortly before the words."""
        weights: Counter[str] = Counter()
        for _, identifier in self._mentions(context.article):
            weights[identifier] += _ANYWHERE
        for _, identifier in self._mentions(context.before):
            weights[identifier] += _HERE
        for _, identifier in self._mentions(context.earlier[-_REACH:]):
            weights[identifier] += _NEAR
        return weights

    def _told(self, text: str, context: Context) -> str:
        """The place that a common noun stands for in the article, or the one that holds it."""
        weights = self._weights(context)
        if not weights:
            return ""
        head = _HEAD_ENDS.split(text)[0].split(" ")[-1]
        mentions = [i for _, i in self._mentions(f"{context.earlier} {context.before}")]
        told = dict.fromkeys([*reversed(mentions), *(i for i, _ in weights.most_common())])
        for fits in (self._stands_for, self._is_kin):
            if found := next((i for i in told if fits(head, self.entries[i])), ""):
                return found
        return self._only_one(head, weights) or self._holder(head, weights)

    def _stands_for(self, head: str, entry: Entry) -> bool:
        """True if the noun is the kind of a place or a part of its name."""
        named = any(head in plain(name).split()[1:] for name in entry.names)
        return bool(head) and (head == entry.kind.split(" ")[-1] or named)

    def _is_kin(self, head: str, entry: Entry) -> bool:
        kind = entry.kind.split(" ")[-1]
        return any(head in kin and kind in kin for kin in _KIN)

    def _only_one(self, head: str, weights: Counter[str]) -> str:
        """The only place of the article's country that the noun can stand for."""
        roots = {self._root(identifier) for identifier in weights}
        fits = (i for i, entry in self.entries.items() if self._stands_for(head, entry))
        found = [i for i in fits if self._root(i) in roots]
        return found[0] if len(found) == 1 else ""

    def _holder(self, head: str, weights: Counter[str]) -> str:
        """The place that most likely holds a thing without a name."""
        score: defaultdict[str, float] = defaultdict(float)
        for identifier, weight in weights.items():
            kind = self.entries[identifier].kind.split(" ")[-1]
            parent = self.entries[identifier].parent
            if head in _WIDE:
                holds = identifier if kind in _HOLDERS else parent
            else:
                holds = identifier if kind in _TOWNS | _HOLDERS else parent
            score[holds if holds in self.entries else identifier] += weight
        return max(score, key=lambda identifier: score[identifier])

    # Learning

    @classmethod
    def learn(cls, seen: Iterable[tuple[str, str]], places: Mapping[str, Place]) -> PlaceReader:
        """Learn from words and the values that they had.

        Args:
            seen: words with their values; ids that the gazetteer lacks are left out.
            places: the gazetteer by id.
        """
        entries = {identifier: entry_of(place) for identifier, place in places.items()}
        meanings: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for words, value in seen:
            if all(name in places or name == UNKNOWN for name in value.split("+")):
                meanings[plain(words)][value] += 1
        phrases = {words: most(counts) for words, counts in sorted(meanings.items())}
        everything: Counter[str] = Counter()
        for counts in meanings.values():
            everything.update(counts)
        return cls(entries, phrases, most(everything) if everything else "")


def most(counts: Counter[str]) -> str:
    """The most frequent one; of several the first in the alphabet."""
    return min(counts, key=lambda value: (-counts[value], value))
