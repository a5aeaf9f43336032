"""Examples: dataset rows as the words that the encoder reads and the labels it learns."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eventbench_baselines.rows import OUTSIDE, decoded

if TYPE_CHECKING:
    from datasets import Dataset

REACH = 150
"""Words kept on each side of a trigger; arguments farther away are not searched for."""


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


def examples_of(task: str, rows: Dataset, attributes: Sequence[str] = ()) -> list[Example]:
    """Convert the rows of a task; test rows get no labels.

    Args:
        task: one of the chain's parts.
        rows: its rows.
        attributes: columns with labels of the event as a whole, if the rows have them.
    """
    examples = []
    for row in decoded(rows):
        if "trigger_start" not in row:
            words = row["tokens"]
            example = Example(
                tuple(words),
                tuple(range(len(words))),
                0,
                len(words),
                article=row.get("doc_id", ""),
                number=row.get("sent_id", 0),
            )
        else:
            place = row["trigger_start"], row["trigger_end"]
            example = marked(row["tokens"], *place, row["event_type"])
        tags = row.get("ner_tags", [])[example.first :]
        tagged = [(task, w, tag) for w, tag in zip(example.places, tags, strict=False)]
        answers = (name for name in attributes if row.get(name) is not None)
        valued = [(name, example.mark, row[name]) for name in answers]
        examples.append(replace(example, labels=(*tagged, *valued)))
    return examples


def marked(tokens: Sequence[str], start: int, end: int, event_type: str) -> Example:
    """Mark the trigger of a sentence, tokens ``start`` to ``end``, with words.

    "he bombed it" becomes "he { attack : bombed } it". Zhou and Chen (2022), "An
    Improved Baseline for Sentence-level Relation Extraction", find that spelling out
    the type between known signs works better than new symbols. They use "@" and "*";
    braces are used here because "@" also occurs in quoted tweets.
    """
    name = [word.lower() for word in re.findall(r"[A-Z]?[^A-Z\W_]+|[A-Z]+|\d+", event_type)]
    opening, closing = ["{", *name, ":"], ["}"]
    first, last = max(0, start - REACH), min(len(tokens), end + REACH)
    words = [*tokens[first:start], *opening, *tokens[start:end], *closing, *tokens[end:last]]
    places = tuple(
        i - first + len(opening) * (i >= start) + len(closing) * (i >= end)
        for i in range(first, last)
    )
    mark = start - first + len(opening)
    return Example(tuple(words), places, first, len(tokens), mark, event_type)


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


def heads_of(task: str, examples: Sequence[Example]) -> dict[str, tuple[str, ...]]:
    """The labels of each head: only those in training, so that no other is predicted."""
    seen: dict[str, set[str]] = {}
    for example in examples:
        for head, _, label in example.labels:
            seen.setdefault(head, set()).add(label)
    if task in seen:
        kinds = sorted({label[2:] for label in seen[task]} - {""})
        return {task: (OUTSIDE, *(f"{part}-{kind}" for kind in kinds for part in "BI"))}
    return {name: tuple(sorted(labels)) for name, labels in seen.items()}


def kinds_of(task: str, examples: Sequence[Example]) -> dict[str, tuple[str, ...]]:
    """The kinds of spans (tags without "B-" or "I-") that each event type has in training."""
    seen: dict[str, set[str]] = {}
    for example in examples:
        kinds = {label[2:] for head, _, label in example.labels if head == task} - {""}
        seen.setdefault(example.event_type, set()).update(kinds)
    return {event_type: tuple(sorted(kinds)) for event_type, kinds in seen.items()}
