"""Lexicon: remembers the words that were triggers in training, and how often.

What memorising words reaches is the floor that a model has to clear.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass
class Lexicon:
    """Gives each word, lower-cased, the tag that it mostly had in training.

    It learns nothing by chance, so every seed gives the same predictions.
    """

    seed: int = 0
    tags: dict[str, str] = field(default_factory=dict, init=False)

    def fit(self, train: Dataset, validation: Dataset, progress: Callable[[float], None]) -> None:
        seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for split in (train, validation):
            name = split.features["ner_tags"].feature.int2str
            for row in split:
                for token, tag in zip(row["tokens"], row["ner_tags"], strict=True):
                    seen[token.lower()][name(tag)] += 1
        # Ties go to the tag that comes first in the alphabet, so that order never matters.
        self.tags = {
            word: min(counts, key=lambda tag: (-counts[tag], tag)) for word, counts in seen.items()
        }

    def predict(self, test: Dataset) -> list[list[str]]:
        return [self._tag(row["tokens"]) for row in test]

    def _tag(self, tokens: list[str]) -> list[str]:
        tags: list[str] = []
        for token in tokens:
            tag = self.tags.get(token.lower(), "O")
            if tag.startswith("I-") and (not tags or tags[-1][2:] != tag[2:]):
                tag = "O"  # the rest of a trigger whose beginning is not here
            tags.append(tag)
        return tags
