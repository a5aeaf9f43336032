"""Details of events: arguments, attributes and sources, read around a marked trigger."""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from eventbench import (
    Argument,
    Attribute,
    Document,
    Event,
    Scheme,
    Sentence,
    Span,
    from_iob2,
    to_iob2,
)
from eventbench_baselines.encoder.decoding import (
    TINY,
    Floats,
    best_tags,
    choice_of,
    label_of,
    span_probability,
    tags_of,
    without_cut_words,
)
from eventbench_baselines.encoder.examples import Example, Lesson, tag_labels
from eventbench_baselines.encoder.passages import REACH, Passage, Word, passages_of_document

ARGUMENTS, SOURCE = "arguments", "source"
"""Heads that tag words; all others label the trigger, or the first word of an argument."""


def details_example(passage: Passage, scheme: Scheme, event: Event | None = None) -> Example:
    """What the network reads: the passage, with the trigger of the event marked by words.

    "he bombed it" becomes "he { attack : bombed } it". Zhou and Chen (2022), "An
    Improved Baseline for Sentence-level Relation Extraction", find that spelling out
    the type between known signs works better than new symbols. They use "@" and "*";
    braces are used here because "@" also occurs in quoted tweets.

    Args:
        passage: the passage.
        scheme: the scheme of the event.
        event: the event with its details, to learn from; None if they are asked for.
    """
    name = [w.lower() for w in re.findall(r"[A-Z]?[^A-Z\W_]+|[A-Z]+|\d+", passage.event_type)]
    opening, closing = ["{", *name, ":"], ["}"]
    start, end = passage.first, passage.last
    first, last = max(0, start - REACH), min(len(passage.sentence), end + REACH)
    own = passage.sentence[first:last]
    read: list[Word | str] = [*passage.before]
    offset = len(read)
    read += [*own[: start - first], *opening, *own[start - first : end - first], *closing]
    read += [*own[end - first :], *passage.behind]
    places = tuple(
        offset + i - first + len(opening) * (i >= start) + len(closing) * (i >= end)
        for i in range(first, last)
    )
    example = Example(
        words=tuple(word if isinstance(word, str) else word.text for word in read),
        places=places,
        first=first,
        length=len(passage.sentence),
        mark=offset + start - first + len(opening),
        event_type=passage.event_type,
        spans=tuple(None if isinstance(word, str) else word.span for word in read),
    )
    return example if event is None else replace(example, labels=_labels(example, event, scheme))


def details_lesson(documents: Sequence[Document], scheme: Scheme, neighbours: float) -> Lesson:
    """The events of articles, drawn with a given chance of seeing the neighbouring sentences.

    Rows of some tasks have the event's sentence alone, so that the network must do without.
    """
    known = [pair for document in documents for pair in passages_of_document(document)]
    passages = [(passage, event) for event, passage in known]

    def draw(rng: random.Random) -> Iterator[Example]:
        for passage, event in passages:
            is_wide = rng.random() < neighbours
            given = passage if is_wide else replace(passage, before=(), behind=())
            yield details_example(given, scheme, event)

    examples = [details_example(p, scheme, event) for p, event in passages]
    return Lesson(examples, _heads(scheme), draw)


def _heads(scheme: Scheme) -> dict[str, tuple[str, ...]]:
    """All heads that a scheme has, whatever the articles teach."""
    heads = {ARGUMENTS: tag_labels(scheme.argument_roles())}
    if any(map(scheme.speaker_role, scheme.event_types)):
        heads[SOURCE] = tag_labels([SOURCE])
    for attribute in (*scheme.attributes.values(), *scheme.span_attributes.values()):
        heads[attribute.name] = tuple(attribute.labels())
    return heads


def _labels(example: Example, event: Event, scheme: Scheme) -> tuple[tuple[str, int, str], ...]:
    """What is learned from an event: (head, word, label)."""
    spans = [span for span in example.spans if span is not None]
    words = [k for k, span in enumerate(example.spans) if span is not None]
    whole = Sentence("", Span(spans[0].start, spans[-1].end), tuple(spans))
    own = {*example.places}
    arguments, _ = to_iob2(whole, [(a.role, a.span) for a in event.arguments])
    labels = [(ARGUMENTS, k, tag) for k, tag in zip(words, arguments, strict=True) if k in own]
    if scheme.speaker_role(event.type):
        sources, _ = to_iob2(whole, [(SOURCE, event.source)] if event.source else [])
        labels += [(SOURCE, k, tag) for k, tag in zip(words, sources, strict=True)]
    for name, value in event.attributes.items():
        label = scheme.attributes[name].label(event.type, value)
        labels.append((name, example.mark, label))
    begins = {span.start: k for k, span in zip(words, spans, strict=True)}
    for argument in event.arguments:
        if (word := begins.get(argument.span.start)) is not None:
            labels += [(name, word, value) for name, value in argument.attributes.items()]
    return tuple(labels)


@dataclass(frozen=True)
class DetailsReader:
    """Completes events from the probabilities of the network.

    Attributes:
        heads: the labels of each head, in the order of the columns.
        taught: the heads that were learned; others say nothing.
        kinds: the roles that each event type may have; all if the type is missing.
        scheme: the scheme of the events.
    """

    heads: Mapping[str, Sequence[str]]
    taught: Collection[str]
    kinds: Mapping[str, Sequence[str]]
    scheme: Scheme

    def event(self, passage: Passage, example: Example, probabilities: Floats) -> Event:
        """The event of a passage with its most probable details; its id is empty.

        Args:
            passage: the passage.
            example: what the network read of it.
            probabilities: shape (words, labels of all heads).
        """
        ends = np.cumsum([len(labels) for labels in self.heads.values()])[:-1]
        parts = zip(self.heads, np.split(probabilities, ends, axis=1), strict=True)
        columns = {head: part for head, part in parts if head in self.taught}
        values, sure = self._attributes(example, columns)
        source, of_source = self._source(example, columns)
        return Event(
            "",
            passage.event_type,
            passage.trigger,
            tuple(self._arguments(passage, example, columns)),
            values,
            source,
            probabilities=sure if source is None else {**sure, SOURCE: of_source},
        )

    def _arguments(
        self, passage: Passage, example: Example, columns: Mapping[str, Floats]
    ) -> Iterator[Argument]:
        if ARGUMENTS not in columns:
            return
        tags = tags_of(example, columns[ARGUMENTS], self.heads[ARGUMENTS], self.kinds)
        for role, first, last in from_iob2(without_cut_words(tags, passage.sentence)):
            kind = self.scheme.kind(example.event_type, role)
            # A word joined by hyphens may begin before the words that were read.
            word = example.places[max(0, first - example.first)]
            found = {}
            for name, attribute in self.scheme.span_attributes.items():
                if name in columns and kind in attribute.values:
                    found[name] = label_of(
                        columns[name][word], self.heads[name], attribute.values[kind].__contains__
                    )
            span = Span(passage.sentence[first].start, passage.sentence[last - 1].end)
            yield Argument(role, span, {k: v for k, v in found.items() if v is not None})

    def _attributes(
        self, example: Example, columns: Mapping[str, Floats]
    ) -> tuple[dict[str, str], dict[str, float]]:
        """The most probable values, and their probabilities among those that the type can have."""
        values: dict[str, str] = {}
        sure: dict[str, float] = {}
        for name, attribute in self.scheme.attributes.items():
            if name not in columns:
                continue
            label, probability = choice_of(
                columns[name][example.mark], self.heads[name], partial(_fits, attribute, example)
            )
            if label is not None:
                value = attribute.value_of(example.event_type, label)
                assert value is not None, "label_of checked it"
                values[name], sure[name] = value, probability
        return values, sure

    def _source(self, example: Example, columns: Mapping[str, Floats]) -> tuple[Span | None, float]:
        """The most probable tagged source with its probability.

        It is None if no word is tagged or the type has no speaker.
        """
        if SOURCE not in columns or not self.scheme.speaker_role(example.event_type):
            return None, 0.0
        labels = self.heads[SOURCE]
        words = [k for k, span in enumerate(example.spans) if span is not None]
        scores = np.log(columns[SOURCE][words] + TINY)
        found = from_iob2(best_tags(scores, labels))
        begin = labels.index(f"B-{SOURCE}")
        spans = [span for span in example.spans if span is not None]
        if not found:
            return None, 0.0
        _, first, last = max(found, key=lambda entity: scores[entity[1], begin])
        sure = span_probability(columns[SOURCE][words], labels, SOURCE, first, last)
        return Span(spans[first].start, spans[last - 1].end), sure


def _fits(attribute: Attribute, example: Example, label: str) -> bool:
    """Return True if the event's type can have a label."""
    return attribute.value_of(example.event_type, label) is not None
