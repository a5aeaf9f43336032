"""Lexicon: remembers which words stood for what in training, and how often.

What memorising words reaches is the floor that a model has to clear.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from eventbench import Progress, from_iob2
from eventbench_baselines.chain import ATTRIBUTES, Chain, decoded

if TYPE_CHECKING:
    from datasets import Dataset

Row = dict[str, Any]
MEMORY = "lexicon.json"


@dataclass
class Lexicon:
    """Gives each word, phrase or trigger, lower-cased, what it mostly had in training.

    Triggers: each word gets its tag. Arguments: of the phrases that filled roles of
    this event type, the longest are looked up in the sentence, and each gets its
    role, at the place nearest to the trigger. Attributes: each gets the value that
    it had for this trigger, or else for this event type. Events: the three in a chain.

    It learns nothing by chance, so every seed gives the same predictions.
    """

    tasks: ClassVar = ("triggers", "arguments", "attributes", "events")

    seed: int = 0
    task: str = "triggers"
    memory: dict[tuple[str, ...], str] = field(default_factory=dict, init=False)

    def fit(self, train: Dataset, validation: Dataset, progress: Progress) -> None:
        if self.task == "events":
            self.chain = Chain(self)
            return self.chain.fit(train, validation, progress)
        facts = {"triggers": _words, "arguments": _fillers, "attributes": _values}[self.task]
        seen: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for row in [*decoded(train), *decoded(validation)]:
            for key, value in facts(row):
                seen[key][value] += 1
        # Ties go to what comes first in the alphabet, so that order never matters.
        self.memory = {
            key: min(counts, key=lambda value: (-counts[value], value))
            for key, counts in seen.items()
        }

    def predict(self, test: Dataset) -> Sequence[Any]:
        if self.task == "events":
            return self.chain.predict(test)
        one = {"triggers": self._tags, "arguments": self._roles, "attributes": self._attributes}
        return [one[self.task](row) for row in decoded(test)]

    def _tags(self, row: Row) -> list[str]:
        tags: list[str] = []
        for token in row["tokens"]:
            tag = self.memory.get((token.lower(),), "O")
            if tag.startswith("I-") and (not tags or tags[-1][2:] != tag[2:]):
                tag = "O"  # the rest of a trigger whose beginning is not here
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
                place, key = (start, end), (row["event_type"], _phrase(row, start, end))
                if key in self.memory and distance(place) >= 0:
                    nearest[key] = min(nearest.get(key, place), place, key=distance)
                    start = end
                    break
            else:
                start += 1
        tags = ["O"] * length
        for filler, (start, end) in nearest.items():
            role = self.memory[filler]
            tags[start:end] = [f"B-{role}"] + [f"I-{role}"] * (end - start - 1)
        return tags

    def _attributes(self, row: Row) -> dict[str, str | None]:
        about = (row["event_type"], _phrase(row, row["trigger_start"], row["trigger_end"]))
        return {
            name: self.memory.get((name, *about)) or self.memory.get((name, about[0]))
            for name in ATTRIBUTES
        }

    def save(self, directory: Path) -> None:
        if self.task == "events":
            return self.chain.save(directory)
        facts = [[*key, value] for key, value in self.memory.items()]
        content = json.dumps({"task": self.task, "facts": facts}, ensure_ascii=False)
        (directory / MEMORY).write_text(content, encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Lexicon:
        if chain := Chain.load(cls(), directory):
            system = cls(task="events")
            system.chain = chain
            return system
        saved = json.loads((directory / MEMORY).read_text(encoding="utf-8"))
        system = cls(task=saved["task"])
        system.memory = {tuple(key): value for *key, value in saved["facts"]}
        return system


def _phrase(row: Row, start: int, end: int) -> str:
    return " ".join(row["tokens"][start:end]).lower()


def _words(row: Row) -> Iterator[tuple[tuple[str, ...], str]]:
    for token, tag in zip(row["tokens"], row["ner_tags"], strict=True):
        yield (token.lower(),), tag


def _fillers(row: Row) -> Iterator[tuple[tuple[str, ...], str]]:
    for role, start, end in from_iob2(row["ner_tags"]):
        yield (row["event_type"], _phrase(row, start, end)), role


def _values(row: Row) -> Iterator[tuple[tuple[str, ...], str]]:
    about = (row["event_type"], _phrase(row, row["trigger_start"], row["trigger_end"]))
    for name in ATTRIBUTES:
        yield (name, *about), row[name]
        yield (name, about[0]), row[name]
