"""Which mentions of the task ``incidents`` are filed under a wrong incident."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence

from eventbench.scoring.decisions import EVENT, GOLD, PREDICTED, Decision, Mark
from eventbench.tasks.base import Gold

Mention = tuple[str, str]
"""An event of the corpus: ids of the article and of the event."""

NEW = "a new one"
"""The incident of a mention if the training articles do not tell of it."""

EARLIER, ANOTHER = "that of an earlier mention", "that of another mention"
"""The incident of a mention if it is new, but not the first of its incident."""


def mention_marks(gold: Gold) -> dict[Mention, Mark]:
    """The triggers of all events of the corpus, learned from or asked about."""
    return {
        (document.id, event.id): Mark(EVENT, document.id, event.trigger, event.type)
        for document in gold.corpus.documents
        for event in document.events
    }


def wrong_incidents(
    known: Sequence[Mention],
    asked: Sequence[Mention],
    right: Mapping[Mention, Hashable],
    given: Mapping[Mention, Hashable],
    marks: Mapping[Mention, Mark],
) -> Iterator[Decision]:
    """Yield the wrong decisions about mentions of one fold.

    A mention of a known incident is compared by the incident's name. Where the gold and the
    answer both have a new one, its name says nothing: there the mention is compared by the
    earlier ones that it is joined with.

    Args:
        known: mentions of training and validation articles.
        asked: mentions of test articles.
        right: the incident of each mention.
        given: the incident of each mention according to the answers.
        marks: the trigger of each mention; an earlier one of the right or of the given incident is
            shown beside it.
    """
    first_known: dict[Hashable, Mention] = {}
    for mention in known:
        first_known.setdefault(right[mention], mention)
    earlier: list[Mention] = []
    for mention in sorted(asked, key=lambda m: (m[0], marks[m].span)):
        names = right[mention], given[mention]
        others = [first_known.get(name) for name in names]
        answers = [str(n) if other else NEW for n, other in zip(names, others, strict=True)]
        if others == [None, None]:
            sides = [
                [m for m in earlier if by[m] == name]
                for by, name in zip((right, given), names, strict=True)
            ]
            others = [side[-1] if side else None for side in sides]
            answers = [EARLIER if side else NEW for side in sides]
            if others[0] and others[1] and right[others[1]] != names[0]:
                answers[1] = ANOTHER
        if answers[0] != answers[1]:
            shown = (
                marks[other]._replace(side=side)
                for side, other in zip((GOLD, PREDICTED), others, strict=True)
                if other
            )
            item = "-".join(mention)
            yield Decision("incident", answers[0], answers[1], item, (marks[mention], *shown))
        earlier.append(mention)
