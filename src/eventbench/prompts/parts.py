"""Parts of articles that one request asks about: sentences, and the items given in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from eventbench.corpus.model import Span
from eventbench.io import Json
from eventbench.prompts.sentences import NumberedSentence, Place

Row = Mapping[str, Any]

NOTHING, EVENT, ALL_EVENTS, SPAN = "nothing", "an event", "the events of an article", "a span"
"""What a row may give."""


@dataclass(frozen=True)
class Item:
    """What a row gives: an event, or a span.

    Attributes:
        number: its number in the article, from 1, by which the model names it.
        row: index of its row.
        id: id of the event in the article; empty if the row has only one item.
        sentence: number of its sentence.
        type: its event type; the kind of a span.
        span: its trigger, or the span itself.
        told: everything else that the model is told of it.
    """

    number: int
    row: int
    id: str
    sentence: int
    type: str
    span: Span
    told: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """Sentences of one article, with the items in them: what one request asks about.

    Attributes:
        article: id of the article.
        sentences: the sentences, in reading order.
        items: the given items; empty if the task gives none.
        span_key: how the words of an item are called: "trigger" or "span".
        published: day of publication in ISO 8601, if the task tells it.
    """

    article: str
    sentences: tuple[NumberedSentence, ...]
    items: tuple[Item, ...] = ()
    span_key: str = "trigger"
    published: str | None = None

    def text(self) -> str:
        """The question: one JSON object a line, so that no text can pose as a message."""
        lines: list[Json] = []
        if self.published is not None:
            lines.append({"published": self.published})
        lines += ({"sentence": s.number, "text": s.text} for s in self.sentences)
        by_number = {sentence.number: sentence for sentence in self.sentences}
        for item in self.items:
            words = by_number[item.sentence].quoted(item.span)
            about = {"sentence": item.sentence, self.span_key: words, "type": item.type}
            lines.append({"item": item.number, **about, **item.told})
        return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)

    def split(self, sentences: int) -> list[Part]:
        """Split into parts of so many sentences, each with its items; 0 leaves it whole.

        Parts without an item are left out if the task gives items.
        """
        size = sentences or max(1, len(self.sentences))
        starts = range(0, len(self.sentences), size)
        return self._cut([self.sentences[start : start + size] for start in starts])

    def halves(self) -> list[Part]:
        """The two halves of its sentences, each with its items."""
        middle = len(self.sentences) // 2
        return self._cut([self.sentences[:middle], self.sentences[middle:]])

    def _cut(self, groups: Sequence[tuple[NumberedSentence, ...]]) -> list[Part]:
        parts = []
        for some in groups:
            numbers = {sentence.number for sentence in some}
            items = tuple(item for item in self.items if item.sentence in numbers)
            if items or not self.items:
                parts.append(replace(self, sentences=some, items=items))
        return parts


def whole_articles(
    rows: Iterable[Row], scheme_types: Sequence[str], kinds: Sequence[str], gives: str
) -> list[Part]:
    """The articles of rows, each as one part, in the order of their first row.

    Args:
        rows: rows of one task; they need not stand in order.
        scheme_types: the event types, which datasets store as numbers.
        kinds: the kinds of a span, which datasets store as numbers too.
        gives: what rows give, such as `EVENT`.
    """
    sentences: dict[str, dict[int, NumberedSentence]] = {}
    items: dict[str, list[Item]] = {}
    published: dict[str, str | None] = {}
    for index, row in enumerate(rows):
        article = row["doc_id"] if "doc_id" in row else row["id"]
        here = sentences.setdefault(article, {})
        published.setdefault(article, row.get("published"))
        if "sentences" in row and not here:
            text = row["article_text"] if "article_text" in row else row["text"]
            for number, bounds in enumerate(row["sentences"], 1):
                here[number] = NumberedSentence.in_article(index, number, text, bounds)
        if "sent_id" in row:  # its tokens are better than words
            here[row["sent_id"] + 1] = NumberedSentence.of_row(index, row)
        its = items.setdefault(article, [])
        for item in _given(index, row, scheme_types, kinds, gives):
            its.append(replace(item, number=len(its) + 1))
    return [
        Part(
            article,
            tuple(here[number] for number in sorted(here) if here[number].starts),
            tuple(items[article]),
            "span" if gives == SPAN else "trigger",
            published[article],
        )
        for article, here in sentences.items()
    ]


def _given(
    index: int, row: Row, types: Sequence[str], kinds: Sequence[str], gives: str
) -> Iterable[Item]:
    """The items of a row, numbered from 0."""
    if gives == EVENT:
        span = _tokens(row, (row["trigger_start"], row["trigger_end"]))
        yield Item(0, index, "", row["sent_id"] + 1, _named(row["event_type"], types), span)
    elif gives == SPAN:
        span = _tokens(row, (row["span_start"], row["span_end"]))
        yield Item(0, index, "", row["sent_id"] + 1, _named(row["kind"], kinds), span)
    elif gives == ALL_EVENTS:
        for event in row["events"]:
            trigger, told = Span(event["trigger"]["start"], event["trigger"]["end"]), _told(event)
            yield Item(0, index, event["id"], event["sent_id"] + 1, event["type"], trigger, told)


def _told(event: Row) -> Json:
    """What a row says of an event beside its trigger: its attributes and arguments."""
    told: Json = {a["name"]: a["value"] for a in event.get("attributes", ())}
    for argument in event.get("arguments", ()):
        told.setdefault("arguments", []).append(
            {"role": argument["role"], "quote": argument["text"]}
        )
    return told


def _tokens(row: Row, place: Place) -> Span:
    return Span(row["token_starts"][place[0]], row["token_ends"][place[1] - 1])


def _named(value: str | int, names: Sequence[str]) -> str:
    """A label by its name; datasets store its number."""
    return names[value] if isinstance(value, int) else value
