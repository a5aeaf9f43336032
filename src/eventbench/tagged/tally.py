"""Count the entities of tagged sentences as they come, of any labels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eventbench.errors import EventbenchError
from eventbench.scoring.counts import Ints, stray_tags, total_entities
from eventbench.scoring.statistics import Score, average_scores, class_scores
from eventbench.tagged import fast_jsonl
from eventbench.tagged.codes import Codes
from eventbench.tagged.tag_table import TagTable

WAITING = 1 << 20
"""Tokens that are collected before they are counted."""

SENTENCES = 1 << 14
"""Sentences that are counted together when all are at hand."""

TagLists = list[list[str]]
Tags = NDArray[np.integer]


class Tally:
    """Entities counted so far.

    Attributes:
        sentences: how many were added.
        tokens: how many they have.
        kept: gold and predicted tags of each sentence, while there are not too many.
        gold_stray: sentence and token of the first I- tag of the gold that belongs to no
            entity, counted from 0, or None.
        predicted_stray: how many such tags the predictions have.
    """

    def __init__(self, keep: int) -> None:
        """``keep``: up to how many tokens the tags themselves are kept, for seqeval."""
        self.sentences = self.tokens = self.predicted_stray = 0
        self.kept: list[tuple[list[str], list[str]]] = []
        self.gold_stray: tuple[int, int] | None = None
        self._keep = keep
        self._codes = Codes()
        self._table: TagTable | None = None
        self._total: Ints = np.zeros((0, 3), dtype=np.int64)
        self._waiting: tuple[TagLists, TagLists] = ([], [])
        self._tokens_waiting = 0

    def scores(self) -> dict[str, Score]:
        """Scores of all that was added, by class, then by average."""
        self.count()
        classes = self._codes.classes
        return {**class_scores(self._total, classes), **average_scores(self._total, classes)}

    def add(self, gold: list[str], found: list[str]) -> None:
        """Add one sentence, tagged twice; tags that are not IOB2 show in `count`."""
        self._waiting[0].append(gold)
        self._waiting[1].append(found)
        self._tokens_waiting += len(gold)
        if self.tokens + self._tokens_waiting <= self._keep:
            self.kept.append((gold, found))
        if self._tokens_waiting >= WAITING:
            self.count()

    def add_lists(self, gold: TagLists, found: TagLists) -> None:
        """Add many sentences of the same lengths, tagged twice, and count them.

        Raises:
            BadTag: if a tag is not IOB2.
        """
        for start in range(0, len(gold), SENTENCES):
            stop = start + SENTENCES
            self._waiting = (gold[start:stop], found[start:stop])
            self.count()

    def count(self) -> None:
        """Count the sentences that wait.

        Raises:
            BadTag: if a tag is not IOB2.
        """
        lengths = np.fromiter(map(len, self._waiting[0]), dtype=np.int64)
        gold, found = (self._encode(side) for side in (0, 1))
        self._count(gold, found, lengths)
        self._waiting = ([], [])
        self._tokens_waiting = 0

    def _encode(self, side: int) -> Tags:
        sentences = self._waiting[side]
        try:
            return self._codes.encode(sentences)
        except (EventbenchError, TypeError):
            raise self._first_bad(side, sentences) from None

    def _first_bad(self, side: int, sentences: TagLists) -> BadTag:
        for number, tags in enumerate(sentences, self.sentences):
            for token, tag in enumerate(tags):
                try:
                    self._codes[tag]
                except EventbenchError as error:
                    return BadTag(str(error), side, number, token)
                except TypeError:  # not hashable
                    message = f"tag is {tag!r}, expected a string"
                    return BadTag(message, side, number, token)
        raise AssertionError("every tag has a code")

    def _count(self, gold: Tags, found: Tags, lengths: Ints) -> None:
        values = total_entities(gold, found, lengths, len(self._codes.classes))
        values[: len(self._total)] += self._total
        self._total = values
        if self.gold_stray is None and len(stray := stray_tags(gold, lengths)):
            first = int(np.searchsorted(np.cumsum(lengths), stray[0], side="right"))
            start = int(lengths[:first].sum())
            self.gold_stray = (self.sentences + first, int(stray[0]) - start)
        self.predicted_stray += len(stray_tags(found, lengths))
        self.sentences += len(lengths)
        self.tokens += int(lengths.sum())

    def add_fast(self, gold_path: Path, path: Path) -> bool:
        """Add two JSON Lines files by the fast path; if it gives up, this tally is of no use."""
        try:
            for gold, found in fast_jsonl.aligned_rows(gold_path, path):
                self._add_rows(gold, found)
        except (fast_jsonl.GivesUp, EventbenchError):
            return False
        return self.sentences > 0

    def _add_rows(self, gold: fast_jsonl.Rows, found: fast_jsonl.Rows) -> None:
        number = len(gold.ids)
        tokens = fast_jsonl.join(gold.tokens)
        if gold.ids != found.ids or tokens != fast_jsonl.join(found.tokens):
            raise fast_jsonl.GivesUp
        lengths = fast_jsonl.find_strings(tokens, number).counts
        self._table = self._table or TagTable(self._codes)
        arrays = []
        for lists in (gold.tags, found.tags):
            strings = fast_jsonl.find_strings(fast_jsonl.join(lists), number)
            if not np.array_equal(strings.counts, lengths):
                raise fast_jsonl.GivesUp
            arrays.append(self._table.encode(strings))
        self._count(arrays[0], arrays[1], lengths)
        if self.tokens <= self._keep:
            tags = ([json.loads(bytes(raw)) for raw in lists] for lists in (gold.tags, found.tags))
            self.kept += zip(*tags, strict=True)


class BadTag(EventbenchError):
    """A tag that is not IOB2.

    Attributes:
        side: 0 for the gold, 1 for the predictions.
        sentence: its number, from 0.
        token: its number in the sentence, from 0.
    """

    def __init__(self, message: str, side: int, sentence: int, token: int) -> None:
        super().__init__(message)
        self.side, self.sentence, self.token = side, sentence, token
