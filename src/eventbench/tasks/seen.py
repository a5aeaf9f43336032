"""Sentences and triggers of an article that also occur in other articles.

The other articles are what a system may learn from when this article is the test article: with
fixed splits, the training and validation articles. Articles of other corpora do not count.
Systems never receive these columns: a trigger marked as seen that is in no other training
article would have to be in the test article.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document, Event, Sentence
from eventbench.corpus.similarity import near_duplicates

SEEN_COLUMNS = ("near_duplicates", "triggers_seen", "trigger_seen")
"""The columns with information about other articles."""


@dataclass(frozen=True)
class Seen:
    """Recurring sentences and trigger lemmas of a corpus.

    Attributes:
        near_duplicates: by sentence, the nearly equal sentences of other articles that are
            learned from.
        trigger_lemmas: by article that is learned from, the lemmas of its triggers.
    """

    near_duplicates: Mapping[str, list[str]]
    trigger_lemmas: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, corpus: Corpus) -> Seen:
        """Compare all articles of a corpus."""
        learned = set(corpus.training_articles)
        twins: dict[str, list[str]] = {}
        for doc_a, a, doc_b, b, _ in near_duplicates(corpus.documents):
            if doc_a.id != doc_b.id:
                for sentence, other, article in ((a, b, doc_b.id), (b, a, doc_a.id)):
                    if article in learned:
                        twins.setdefault(sentence.id, []).append(other.id)
        lemmas = {
            d.id: frozenset(trigger_lemma(d, e) for e in d.events)
            for d in corpus.documents
            if d.id in learned
        }
        return cls(twins, lemmas)

    def of_sentence(self, document: Document, sentence: Sentence) -> dict[str, Any]:
        """``near_duplicates`` (sentence ids) and, for each trigger, ``triggers_seen``."""
        events = document.events_in(sentence)
        return {
            "near_duplicates": self.near_duplicates.get(sentence.id, []),
            "triggers_seen": [self.has_trigger(document, event) for event in events],
        }

    def of_event(self, document: Document, sentence: Sentence, event: Event) -> dict[str, Any]:
        """``near_duplicates`` of the event's sentence and ``trigger_seen``."""
        return {
            "near_duplicates": self.near_duplicates.get(sentence.id, []),
            "trigger_seen": self.has_trigger(document, event),
        }

    def has_trigger(self, document: Document, event: Event) -> bool:
        """Return True if the trigger's lemma is that of a trigger in another article."""
        word = trigger_lemma(document, event)
        others = (found for i, found in self.trigger_lemmas.items() if i != document.id)
        return any(word in found for found in others)


def trigger_lemma(document: Document, event: Event) -> str:
    """The lemmas of a trigger, with spaces between them."""
    return " ".join(document.lemmas_of(event.trigger))
