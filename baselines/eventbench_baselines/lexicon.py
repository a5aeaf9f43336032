"""Lexicon: memorises the labels of words in training.

Its score is the floor for any model that generalises.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from eventbench import Fold, Progress, from_iob2
from eventbench_baselines import simple
from eventbench_baselines.chain import Chain
from eventbench_baselines.rows import OUTSIDE, Row, decoded, phrase, span_tags

if TYPE_CHECKING:
    from datasets import Dataset

MEMORY = "lexicon.json"


@dataclass
class Lexicon:
    """Predicts the most frequent label that a lower-cased word or phrase has in training.

    Triggers: each word gets its most frequent tag. Arguments: phrases that fill a role of
    this event type in training are searched for in the sentence, the longest first; each
    gets its most frequent role, at the occurrence nearest to the trigger. Attributes: each
    gets the most frequent value for this trigger or, if it is unknown, for its event type.
    Events: the three in a chain. Attribution: the longest source of the training data that
    the sentence names, else the author. Links: events with the same trigger words and type
    have the link that such events mostly have. Values: figures and days are read by rules;
    other words, and names of places, get their most frequent value. Incidents: events of one
    type whose places and times have the same words are one, that of these words in training.

    Training is deterministic, so every seed gives the same predictions.
    """

    tasks: ClassVar = (
        *("triggers", "arguments", "attributes"),
        *("attribution", "links", "values", "incidents"),
        "events",
    )

    seed: int = 0
    task: str = "triggers"
    memory: dict[tuple[str, ...], str] = field(default_factory=dict, init=False)
    attributes: tuple[str, ...] = field(default=(), init=False)

    def fit(self, fold: Fold, progress: Progress) -> None:
        self.attributes = tuple(fold.scheme.attributes)
        if self.task == "events":
            self.chain = Chain(self)
            return self.chain.fit(fold, progress)
        facts: Callable[[Row], Iterable[tuple[tuple[str, ...], str]]] = {
            "triggers": _words,
            "arguments": _fillers,
            "attributes": self._values,
            "attribution": simple.sources,
            "links": simple.links_of_same_words,
            "values": simple.meanings,
            "incidents": simple.signs_of_incidents,
        }[self.task]
        seen: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for row in [*decoded(fold.train), *decoded(fold.validation)]:
            for key, value in facts(row):
                seen[key][value] += 1
        if self.task in ("values", "incidents"):
            for place in fold.places.values():  # a name counts as if it was seen once
                seen["Place", place.name.lower()][place.id] += 1
        # Ties go to the first in the alphabet, so the order of the rows does not matter.
        self.memory = {
            key: min(counts, key=lambda value: (-counts[value], value))
            for key, counts in seen.items()
        }

    def predict(self, test: Dataset) -> Sequence[Any]:
        if self.task == "events":
            return self.chain.predict(test)
        one: dict[str, Callable[[Row], Any]] = {
            "triggers": self._tags,
            "arguments": self._roles,
            "attributes": self._attributes,
            "attribution": lambda row: simple.find_source(row, self.memory),
            "links": lambda row: simple.same_words(row, self.memory),
            "values": lambda row: simple.read_value(row, self.memory),
            "incidents": lambda row: simple.find_incidents(row, self.memory),
        }
        return [one[self.task](row) for row in decoded(test)]

    def _tags(self, row: Row) -> list[str]:
        tags: list[str] = []
        for token in row["tokens"]:
            tag = self.memory.get((token.lower(),), OUTSIDE)
            if tag.startswith("I-") and (not tags or tags[-1][2:] != tag[2:]):
                tag = OUTSIDE  # the rest of a trigger without its beginning
            tags.append(tag)
        return tags

    def _roles(self, row: Row) -> list[str]:
        longest = max((key[1].count(" ") + 1 for key in self.memory), default=0)
        length = len(row["tokens"])

        def distance(place: tuple[int, int]) -> int:
            return max(place[0] - int(row["trigger_end"]), int(row["trigger_start"]) - place[1])

        nearest: dict[tuple[str, str], tuple[int, int]] = {}
        start = 0
        while start < length:
            for end in range(min(start + longest, length), start, -1):
                place, key = (start, end), (row["event_type"], phrase(row, start, end))
                if key in self.memory and distance(place) >= 0:
                    nearest[key] = min(nearest.get(key, place), place, key=distance)
                    start = end
                    break
            else:
                start += 1
        tags = [OUTSIDE] * length
        for filler, (start, end) in nearest.items():
            role = self.memory[filler]
            tags[start:end] = span_tags(role, end - start)
        return tags

    def _attributes(self, row: Row) -> dict[str, str | None]:
        about = (row["event_type"], phrase(row, row["trigger_start"], row["trigger_end"]))
        return {
            name: self.memory.get((name, *about)) or self.memory.get((name, about[0]))
            for name in self.attributes
        }

    def _values(self, row: Row) -> Iterator[tuple[tuple[str, ...], str]]:
        about = (row["event_type"], phrase(row, row["trigger_start"], row["trigger_end"]))
        for name in self.attributes:
            if row[name] is not None:
                yield (name, *about), row[name]
                yield (name, about[0]), row[name]

    def save(self, directory: Path) -> None:
        if self.task == "events":
            return self.chain.save(directory)
        facts = [[*key, value] for key, value in self.memory.items()]
        content = {"task": self.task, "attributes": self.attributes, "facts": facts}
        (directory / MEMORY).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Lexicon:
        if chain := Chain.load(cls(), directory):
            system = cls(task="events")
            system.chain = chain
            return system
        saved = json.loads((directory / MEMORY).read_text(encoding="utf-8"))
        system = cls(task=saved["task"])
        system.attributes = tuple(saved["attributes"])
        system.memory = {tuple(key): value for *key, value in saved["facts"]}
        return system


def _words(row: Row) -> Iterator[tuple[tuple[str, ...], str]]:
    for token, tag in zip(row["tokens"], row["ner_tags"], strict=True):
        yield (token.lower(),), tag


def _fillers(row: Row) -> Iterator[tuple[tuple[str, ...], str]]:
    for role, start, end in from_iob2(row["ner_tags"]):
        yield (row["event_type"], phrase(row, start, end)), role
