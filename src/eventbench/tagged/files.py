"""Score tagged sentences with any labels, in memory or from two files."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from eventbench.corpus.iob2 import OUTSIDE
from eventbench.errors import EventbenchError
from eventbench.scoring.counts import Ints, count_entities
from eventbench.scoring.statistics import Score, average_scores, class_scores
from eventbench.tagged import fast_jsonl, seqeval_check
from eventbench.tagged.reading import Tagged, read_tagged, token_difference
from eventbench.text import percent, plural, table

logger = logging.getLogger(__name__)


def score_sequences(gold: list[list[str]], predicted: list[list[str]]) -> dict[str, Score]:
    """Score tagged sentences in memory, with any labels.

    Args:
        gold: the correct tags of each sentence.
        predicted: the predicted tags of each sentence.

    Returns:
        Scores by class, then by average.

    Raises:
        EventbenchError: if the lengths differ, or a tag is not IOB2.
    """
    tally = _Tally(0)
    if len(gold) != len(predicted):
        raise EventbenchError(f"{len(predicted)} predicted sentences for {len(gold)} of the gold")
    for number, (tags, found) in enumerate(zip(gold, predicted, strict=True)):
        place = f"sentence {number}"
        if len(tags) != len(found):
            raise EventbenchError(f"{place}: {len(found)} tags, the gold has {len(tags)}")
        tally.add(Tagged(place, None, [], tags), Tagged(place, None, [], found))
    tally.count()
    return _scores(tally)


@dataclass(frozen=True)
class FileScores:
    """Scores of a file by class and average, and the number of items counted."""

    scores: dict[str, Score]
    sentences: int
    tokens: int
    verified: str | None

    def __repr__(self) -> str:
        f1 = percent(self.scores["micro avg"].f1)
        return f"FileScores(micro-F1 {f1}, {plural(self.sentences, 'sentence')})"

    def __str__(self) -> str:
        body = [
            [name, *map(percent, (s.precision, s.recall, s.f1)), s.support]
            for name, s in self.scores.items()
        ]
        blocks = [
            f"{plural(self.sentences, 'sentence')}, {plural(self.tokens, 'token')}, strict IOB2",
            table(["class", "precision", "recall", "F1", "gold"], body),
        ]
        if self.verified:
            blocks.append(f"{self.verified} gives identical figures.")
        return "\n\n".join(blocks)


def score_files(gold: str | Path, predicted: str | Path, *, verify: bool = True) -> FileScores:
    """Score a file of tagged sentences against another, with any labels and of any length.

    Both are read in blocks, so memory stays bounded. They must have the same sentences in
    the same order.

    Args:
        gold: the file with the correct tags.
        predicted: the file with the predicted tags.
        verify: compare the scores with seqeval's, unless the files are too large for it.

    Raises:
        EventbenchError: naming file and line, if a file cannot be read, a sentence
            differs in id, tokens or number of tags, or a tag is not IOB2.
    """
    gold_path, path = Path(gold), Path(predicted)
    tally = _Tally(seqeval_check.MOST_TOKENS if verify else 0)
    if not (_is_jsonl(gold_path) and _is_jsonl(path) and tally.add_fast(gold_path, path)):
        # Sentence by sentence: slower, but reports what is wrong and where.
        tally = _Tally(seqeval_check.MOST_TOKENS if verify else 0)
        logger.info("%s: scored sentence by sentence", path)
        for sentence, found in zip_longest(read_tagged(gold_path), read_tagged(path)):
            tally.add(*_checked_pair(gold_path, path, sentence, found))
    tally.count()
    scores = _scores(tally)
    verified = None
    if verify and tally.tokens <= seqeval_check.MOST_TOKENS:
        seqeval_check.verify(scores, tally.kept)
        verified = seqeval_check.seqeval_version()
    return FileScores(scores, tally.sentences, tally.tokens, verified)


def _scores(tally: _Tally) -> dict[str, Score]:
    total, classes = tally.total, tally.classes
    return {**class_scores(total, classes), **average_scores(total, classes)}


class _Tally:
    """Running counts of entities; labels are added as they occur."""

    def __init__(self, keep: int) -> None:
        """``keep``: number of tokens up to which tags are kept, for seqeval."""
        self.classes: list[str] = []
        self.codes: dict[str, int] = {OUTSIDE: 0}
        self.total: Ints = np.zeros((0, 3), dtype=np.int64)
        self.sentences = self.tokens = 0
        self.kept: list[tuple[list[str], list[str]]] = []
        self._keep = keep
        self._waiting: tuple[list[int], list[int], list[int]] = ([], [], [])

    def add(self, gold: Tagged, found: Tagged) -> None:
        """Add the gold and predicted tags of a sentence."""
        for tagged, codes in zip((gold, found), self._waiting, strict=False):
            for tag in tagged.tags:
                if tag not in self.codes:
                    _check_tag(tag, tagged.place)
                    self._add_class(tag)
                codes.append(self.codes[tag])
        self._waiting[2].append(len(gold.tags))
        self.sentences += 1
        self.tokens += len(gold.tags)
        if self.tokens <= self._keep:
            self.kept.append((gold.tags, found.tags))
        if len(self._waiting[0]) >= 1 << 20:
            self.count()

    def count(self) -> None:
        """Count the pending sentences."""
        gold, found, lengths = (np.array(x, dtype=np.int32) for x in self._waiting)
        self._count(gold, found, lengths)
        for waiting in self._waiting:
            waiting.clear()

    def _count(self, gold: Any, found: Any, lengths: Any) -> None:
        values: Ints = count_entities(gold, found, lengths, len(self.classes)).sum(axis=0)
        values[: len(self.total)] += self.total
        self.total = values

    def _add_class(self, tag: str) -> None:
        k = len(self.classes)
        self.classes.append(tag[2:])
        self.codes[f"B-{tag[2:]}"], self.codes[f"I-{tag[2:]}"] = 2 * k + 1, 2 * k + 2

    def add_fast(self, gold_path: Path, path: Path) -> bool:
        """Add two JSON Lines files on the fast path; if it gives up, discard this tally."""
        try:
            for gold, found in fast_jsonl.aligned_rows(gold_path, path):
                self._add_rows(gold, found)
        except fast_jsonl.GivesUp:
            return False
        return self.sentences > 0

    def _add_rows(self, gold: fast_jsonl.Rows, found: fast_jsonl.Rows) -> None:
        named = all(identifier.startswith(b'"') for identifier in gold.ids)
        if not named or gold.ids != found.ids or gold.tokens != found.tokens:
            raise fast_jsonl.GivesUp
        lengths = fast_jsonl.find_strings(gold.tokens).counts
        arrays = []
        for lists in (gold.tags, found.tags):
            strings = fast_jsonl.find_strings(lists)
            if not np.array_equal(strings.counts, lengths):
                raise fast_jsonl.GivesUp
            arrays.append(self._encode(strings))
        self.sentences += len(lengths)
        self.tokens += int(lengths.sum())
        if self.tokens <= self._keep:
            tags = ([json.loads(found) for found in lists] for lists in (gold.tags, found.tags))
            self.kept += zip(*tags, strict=True)
        self._count(arrays[0], arrays[1], lengths)

    def _encode(self, strings: fast_jsonl.Strings) -> Any:
        encoded = fast_jsonl.encode(strings, self.codes)
        while len(unknown := np.flatnonzero(encoded < 0)):
            tag = strings.text(int(unknown[0]))
            if not _is_tag(tag):
                raise fast_jsonl.GivesUp
            self._add_class(tag)
            encoded = fast_jsonl.encode(strings, self.codes)
        return encoded


def _is_jsonl(path: Path) -> bool:
    return path.name.removesuffix(".gz").endswith(".jsonl")


def _is_tag(tag: str) -> bool:
    return tag == OUTSIDE or (tag[:2] in ("B-", "I-") and len(tag) > 2)


def _check_tag(tag: str, place: str) -> None:
    if not _is_tag(tag):
        raise EventbenchError(f"{place}: unknown tag {tag!r}, expected O, B-… or I-…")


def _checked_pair(
    gold_path: Path, path: Path, gold: Tagged | None, found: Tagged | None
) -> tuple[Tagged, Tagged]:
    """Return both sentences if they are the same."""
    if gold is None or found is None:
        longer, shorter = (gold, path) if found is None else (found, gold_path)
        place = longer.place if longer else path
        raise EventbenchError(f"{place}: {shorter} ends before this sentence")
    if found.tokens != gold.tokens:
        raise EventbenchError(
            f"{found.place}: {token_difference(found.id or 'it', found.tokens, gold.tokens)}"
        )
    if gold.id is not None and found.id is not None and gold.id != found.id:
        raise EventbenchError(f"{found.place}: is {found.id!r}, expected {gold.id!r} here")
    for tagged in (gold, found):
        if len(tagged.tags) != len(tagged.tokens):
            message = f"has {len(tagged.tags)} tags for {len(tagged.tokens)} tokens"
            raise EventbenchError(f"{tagged.place}: {message}")
    return gold, found
