"""Words and numbers of the leaderboard that `eventbench.text` does not have."""

from __future__ import annotations

from collections.abc import Sequence

from eventbench.corpus.info import LEAVE_ONE_OUT
from eventbench.corpus.loading import Corpus
from eventbench.html.cards import HUES
from eventbench.leaderboard.entry import SEEN
from eventbench.leaderboard.info import NO_TRAINING, Info
from eventbench.scoring.intervals import Interval
from eventbench.scoring.letters import Letters
from eventbench.text import UNDEFINED, percent, plural

SEEN_WORDS = dict(zip(SEEN, ("seen", "unseen", "near-duplicate", "no near-duplicate"), strict=True))
"""What pages call the parts of `TaskResult.seen`."""

EXTRA = "“+ corpus” marks systems that also learned from all articles of that corpus."
"""Explains `extra_mark`."""

LETTERS = "Systems of a task that share a letter do not differ significantly."

OWN_FOLDS, NOTHING = "own folds", "nothing"
"""What systems learned from: the articles of the tested corpus that a fold has for it; nothing."""

OWN, OTHERS, UNTRAINED = "own", "others", "nothing"
LESSONS = {OWN: "own folds alone", OTHERS: "other corpora too", UNTRAINED: NOTHING}
"""The kinds of systems by what they learned from, with the words for them."""


def bounds(interval: Interval | None) -> str:
    """The bounds of an interval in percent; a dash if it is unknown or nothing varies."""
    if interval is None or not interval.varies:
        return UNDEFINED
    return f"{percent(interval.low)}–{percent(interval.high)}"


def hue(letters: Letters) -> int:
    """The number of the colour of the first of some letters, in pages and plots."""
    return (letters[0] + 1) % len(HUES) if letters else 0


def parameters(number: int | None) -> str:
    """Format a number of parameters with three significant digits and a unit."""
    if number is None:
        return "unknown"
    rounded = round(number, 3 - len(str(number)))  # before a unit is chosen: 999,999 is 1 M
    for size, unit in ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k")):
        if rounded >= size:
            return f"{rounded / size:,.10g} {unit}"
    return str(rounded)


def extra_mark(info: Info) -> str:
    """What follows the name of a system that learned from other corpora too ("+ practice")."""
    return " ".join(f"+ {name}" for name in info.also_train)


def lessons(info: Info, corpus: Corpus) -> tuple[str, ...]:
    """What a system learned from: `OWN_FOLDS`, and the ids of other corpora; maybe nothing."""
    own = bool(corpus.training_articles) and info.protocol != NO_TRAINING
    return (*([OWN_FOLDS] if own else []), *info.also_train)


def lesson_words(found: Sequence[str]) -> str:
    """What a system learned from in words: "own folds + practice"."""
    return " + ".join(found) or NOTHING


def lesson_kind(info: Info) -> str:
    """The key in `LESSONS` of what a system learned from."""
    if info.also_train:
        return OTHERS
    return UNTRAINED if info.protocol == NO_TRAINING else OWN


def learned_from(info: Info, corpus: Corpus) -> str:
    """The ids of the corpora that a system learned from, with commas between them."""
    found = (corpus.id if name == OWN_FOLDS else name for name in lessons(info, corpus))
    return ", ".join(found) or NOTHING


def duration(seconds: float) -> str:
    """Format a number of seconds with two significant digits."""
    return f"{float(f'{seconds:.2g}'):,.10g}"


def protocol_sentence(corpus: Corpus) -> str:
    """How the protocol of a corpus keeps training and test apart."""
    if corpus.info.protocol.kind == LEAVE_ONE_OUT:
        return "Each article is predicted by a system that was not trained on it."
    tested = plural(len(corpus.test_articles), "article")
    if not corpus.training_articles:
        return f"Systems learn from other corpora alone and are tested on all {tested} of this one."
    return f"Systems are tested on the same {tested}, on which they were not trained."
