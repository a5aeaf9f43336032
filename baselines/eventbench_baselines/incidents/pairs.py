"""Pairs of mentions that are compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from eventbench_baselines.incidents.mentions import PLACE, Mention

Pairs = npt.NDArray[np.int64]
"""Indices of two mentions, the smaller one first; shape (pairs, 2)."""

NEIGHBOURS = 64
"""Mentions before it, with which a mention is compared for each key that they share."""


def candidates(mentions: Sequence[Mention], fixed: frozenset[int] = frozenset()) -> Pairs:
    """Choose which mentions to compare: those of one type that share something, by their days.

    The sorted neighbourhood method (Hernández and Stolfo 1995, "The merge/purge problem for
    large databases", SIGMOD) with several keys: the mentions of a type and key (`_keys`) are
    sorted by day, those of a day as they are given, and each is compared with the `NEIGHBOURS`
    before it. So a mention with n keys has at most n times `NEIGHBOURS` pairs with those before
    it, however many mentions there are. Totals are compared with nothing.

    Args:
        mentions: the mentions.
        fixed: indices of mentions that are not compared with one another.
    """
    blocks: defaultdict[Hashable, list[int]] = defaultdict(list)
    for k, mention in enumerate(mentions):
        if not mention.is_total:
            for key in _keys(mention):
                blocks[mention.type, key].append(k)
    found = [np.zeros(0, dtype=np.int64)]
    is_fixed = np.isin(np.arange(len(mentions)), sorted(fixed))
    for members in blocks.values():
        members.sort(key=lambda k: (_day(mentions[k]), k))
        block = np.array(members, dtype=np.int64)
        for distance in range(1, min(NEIGHBOURS, len(block) - 1) + 1):
            ends = np.stack([block[:-distance], block[distance:]])
            ends = ends[:, ~is_fixed[ends].all(axis=0)]
            found.append(ends.min(axis=0) * len(mentions) + ends.max(axis=0))
    return np.stack(np.divmod(np.unique(np.concatenate(found)), max(1, len(mentions))), axis=1)


def _keys(mention: Mention) -> Iterator[Hashable]:
    """What a mention must share with another one; the empty key is shared by all."""
    yield ""
    yield "article", mention.article
    yield "trigger", mention.trigger
    for place in mention.places:
        yield "place", place
    for word in mention.words.get(PLACE, ()):
        yield "place word", word
    yield "subtype", mention.label


def _day(mention: Mention) -> int:
    """The day that a mention is sorted by: its first one, or else that of publication."""
    days = mention.days
    return days[0] if days else mention.published or 0
