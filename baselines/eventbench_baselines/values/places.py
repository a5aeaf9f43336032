"""Which places words mean: rule N3 of the annotation manual."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from eventbench_baselines.values.context import Context

UNKNOWN = "unknown"


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
        names: display name and other names, in lower case without articles.
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
    return Entry(tuple(dict.fromkeys(map(plain, names))), plain(kind), parent)


def plain(words: str) -> str:
    """Lower case without accents, articles, hyphens and the marks of a genitive."""
    text = unicodedata.normalize("NFKD", words.replace("’", "'").lower())
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    text = re.sub(r"'s?\b", "", text)
    text = " ".join(re.sub(r"[^\w]+", " ", text).split())
    return re.sub(r"^(?:the|a|an|its|their|his|her|our|this|that|these|those) ", "", text)


_TOWNS = frozenset("city town village capital port hamlet suburb quarter settlement".split())
_HOLDERS = frozenset(
    "country state province region valley island islands plain delta republic enclave canton"
    " territory district governorate highlands".split()
)
"""Kinds of places that hold others."""

_WIDE = frozenset(
    "hills hill mountains coast border road roads highway highways routes route villages hamlets towns cities districts provinces"
    " plains fields forest forests reeds river dam dams pass passes corridor countryside mainland region country"
    " homes homeland border frontier islands camps front fronts lines outposts".split()
)
"""Nouns of what lies outside of towns."""

_ELSEWHERE = re.compile(
    r"(?:further |farther )?(?:north|south|east|west|away|abroad|elsewhere|there|somewhere|inland)"
    r"(?:wards?)?|(?:other|safer|new|several|some|many|various) (?:areas?|places?|parts?|regions?|countries)|areas?|places?"
)
_HEAD_ENDS = re.compile(r" (?:of|in|at|near|around|outside|along|on|by|from|to|between) ")
_SIDES = r"(?:north|south|east|west|central|inner|outer|upper|lower|old|greater|rural)\w*"
_FUZZY = 90.0
"""Similarity in percent from which another spelling is taken for a name."""


@dataclass
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
        """Ids by name; of two places with one name, the first."""
        found: dict[str, str] = {}
        for identifier, entry in self.entries.items():
            for name in entry.names:
                found.setdefault(name, identifier)
        return found

    @cached_property
    def _any_name(self) -> re.Pattern[str]:
        longest_first = sorted(filter(None, self.names), key=lambda name: (-len(name), name))
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first)) or '(?!)'})\b")

    def read(self, words: str, context: Context) -> str:
        """Return the ids of the places that words mean, joined by +, or "unknown"."""
        text = plain(words)
        if text in self.phrases:
            return self.phrases[text]
        if found := self.names.get(text):
            return found
        if found := self._several(words):
            return found
        if found := self._named(text):
            return found
        if words[:1].isupper() and (found := self._misspelt(text)):
            return found
        if _ELSEWHERE.fullmatch(text):
            return UNKNOWN
        return self._told(text, context)

    def _several(self, words: str) -> str:
        """The ids of a list of names, such as "Orrik and Nassit"; empty if one is not known."""
        parts = [plain(part) for part in re.split(r",\s*(?:and\s+)?|\s+(?:and|or)\s+", words)]
        found = [self.names.get(part) or self._named(part) for part in parts]
        return "+".join(sorted({*filter(None, found)})) if len(parts) > 1 and all(found) else ""

    def _named(self, text: str) -> str:
        """The place whose name the words contain; the last one, as in "harbour of Port Ghess"."""
        found = [match[0] for match in self._any_name.finditer(text)]
        return self.names[found[-1]] if found else ""

    def _misspelt(self, text: str) -> str:
        """The place whose name is most similar to the words; empty if none is."""
        from rapidfuzz import fuzz, process

        bare = re.sub(rf"^{_SIDES} | (?:city|town|village|district|area|neighbou?rhood)$", "", text)
        found = process.extractOne(bare, self.names.keys(), scorer=fuzz.ratio, score_cutoff=_FUZZY)
        return self.names[found[0]] if found else ""

    # Words without a name, by the article

    def _told(self, text: str, context: Context) -> str:
        """The place that a common noun stands for in the article, or the one that holds it."""
        mentions = self._mentions(f"{context.earlier} {context.before}")
        told = Counter(self._mentions(context.article))
        if not told:
            return self.usual or UNKNOWN
        head = _HEAD_ENDS.split(f"{text} ")[0].split()[-1]
        recent = [*reversed(mentions), *(i for i, _ in told.most_common())]
        for identifier in dict.fromkeys(recent):
            entry = self.entries[identifier]
            if self._stands_for(head, entry):
                return identifier
        return self._holder(head, told)

    def _mentions(self, text: str) -> list[str]:
        return [self.names[match[0]] for match in self._any_name.finditer(plain(text))]

    def _stands_for(self, head: str, entry: Entry) -> bool:
        return head == entry.kind.split(" ")[-1] or any(n.split()[-1] == head for n in entry.names)

    def _holder(self, head: str, told: Counter[str]) -> str:
        """The place that most likely holds a thing without a name."""
        wide = head in _WIDE
        score: defaultdict[str, float] = defaultdict(float)
        for identifier, count in told.items():
            entry = self.entries[identifier]
            is_holder = entry.kind.split(" ")[-1] in _HOLDERS
            if is_holder or not wide:
                score[identifier] += count
            if wide and entry.parent in self.entries:
                score[entry.parent] += count
        return max(score or told, key=lambda i: ((score or told)[i], i))

    # Learning and saving

    @classmethod
    def learn(
        cls, seen: Iterable[tuple[str, str]], places: Mapping[str, Place]
    ) -> PlaceReader:
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
        everything: Counter[str] = sum(meanings.values(), Counter())
        return cls(entries, phrases, most(everything) if everything else "")


def most(counts: Counter[str]) -> str:
    """The most frequent one; of several the first in the alphabet."""
    return min(counts, key=lambda value: (-counts[value], value))
