"""Examples: dataset rows as the words that the encoder reads and the labels it learns."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from eventbench import Span
from eventbench_baselines.rows import OUTSIDE, decoded

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True)
class Example:
    """A row as the encoder reads it.

    Attributes:
        words: the words to read: the row's tokens, with the marks of its trigger.
        places: indices of the row's tokens among the words; in a very long
            sentence only tokens near the trigger have one.
        first: index in the row of the first of these tokens.
        length: number of tokens in the row.
        mark: index of the word that predicts attributes, the first of the trigger.
        event_type: type of the trigger, "" if the task has none.
        article: id of the article, "" if neighbouring sentences are not used.
        number: index of the sentence in its article.
        labels: training labels: (head, word, label).
        spans: the position in the article of each word, None for words that mark the
            trigger; empty if it is not needed.
    """

    words: tuple[str, ...]
    places: tuple[int, ...]
    first: int
    length: int
    mark: int = 0
    event_type: str = ""
    article: str = ""
    number: int = 0
    labels: tuple[tuple[str, int, str], ...] = ()
    spans: tuple[Span | None, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """What a network learns from.

    Attributes:
        examples: all of it, each once, as whole as it gets.
        heads: the labels of each head of the network; one that tags words has "O" first.
        draw: gives the examples of an epoch, which may be cut at random.
    """

    examples: Sequence[Example]
    heads: Mapping[str, Sequence[str]] = field(repr=False)
    draw: Callable[[random.Random], Iterable[Example]] = field(repr=False)

    def taught(self) -> set[str]:
        """The heads that some example has a label for."""
        return {head for example in self.examples for head, _, _ in example.labels}


def with_replay(lesson: Lesson, earlier: Lesson) -> Lesson:
    """A lesson with as many examples of an earlier one in each epoch, drawn anew."""

    def draw(rng: random.Random) -> Iterator[Example]:
        new, old = list(lesson.draw(rng)), list(earlier.draw(rng))
        yield from new
        yield from rng.sample(old, min(len(new), len(old)))

    return replace(lesson, draw=draw)


def examples_of(rows: Dataset, head: str = "triggers") -> list[Example]:
    """Convert rows of sentences; those to learn from have tags.

    Args:
        rows: the rows.
        head: the name of the head that tags them.
    """
    return [
        Example(
            tuple(row["tokens"]),
            tuple(range(len(row["tokens"]))),
            0,
            len(row["tokens"]),
            article=row.get("doc_id", ""),
            number=row.get("sent_id", 0),
            labels=tuple((head, word, tag) for word, tag in enumerate(row.get("ner_tags", ()))),
        )
        for row in decoded(rows)
    ]


def between_neighbours(examples: Sequence[Example]) -> list[Example]:
    """Extend each example by the sentences before and after it, where given."""
    known = {(e.article, e.number): e.words for e in examples if e.article}
    extended = []
    for example in examples:
        before = known.get((example.article, example.number - 1), ())
        behind = known.get((example.article, example.number + 1), ())
        words = (*before, *example.words, *behind)
        places = tuple(len(before) + place for place in example.places)
        extended.append(replace(example, words=words, places=places))
    return extended


def consecutive_runs(examples: Sequence[Example]) -> list[list[Example]]:
    """Group examples into runs of consecutive sentences of one article."""
    runs: list[list[Example]] = []
    for example in sorted(examples, key=lambda e: (e.article, e.number)):
        last = runs[-1][-1] if runs else None
        if last and last.article == example.article != "" and last.number + 1 == example.number:
            runs[-1].append(example)
        else:
            runs.append([example])
    return runs


def cut(runs: Sequence[list[Example]], longest: int, rng: random.Random) -> Iterator[Example]:
    """Cut runs into pieces of 1 to ``longest`` sentences at random; each piece is one example."""
    for run in runs:
        start = 0
        while start < len(run):
            end = start + rng.randint(1, longest)
            yield _joined(run[start:end])
            start = end


def _joined(run: Sequence[Example]) -> Example:
    words: list[str] = []
    labels: list[tuple[str, int, str]] = []
    for example in run:
        labels += [(head, len(words) + word, label) for head, word, label in example.labels]
        words += example.words
    return Example(tuple(words), tuple(range(len(words))), 0, len(words), labels=tuple(labels))


def trigger_lesson(examples: Sequence[Example], types: Sequence[str], longest: int) -> Lesson:
    """Sentences to learn triggers from, in pieces of at most ``longest`` consecutive ones."""
    runs = consecutive_runs(examples)
    heads = {"triggers": tag_labels(types)}
    return Lesson(examples, heads, lambda rng: cut(runs, longest, rng))


def tag_labels(kinds: Iterable[str]) -> tuple[str, ...]:
    """The labels of a head that tags words with kinds of spans."""
    return (OUTSIDE, *(f"{part}-{kind}" for kind in kinds for part in "BI"))


def kinds_of(head: str, examples: Iterable[Example]) -> dict[str, tuple[str, ...]]:
    """The kinds of spans (tags without "B-" or "I-") that each event type has in training."""
    seen: dict[str, set[str]] = {}
    for example in examples:
        kinds = {label[2:] for name, _, label in example.labels if name == head} - {""}
        seen.setdefault(example.event_type, set()).update(kinds)
    return {event_type: tuple(sorted(kinds)) for event_type, kinds in seen.items()}
