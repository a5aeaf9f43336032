"""Tags of any labels as small integers, coded as they are met."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventbench.corpus.iob2 import OUTSIDE
from eventbench.errors import EventbenchError
from eventbench.io import short
from eventbench.scoring.statistics import AVERAGES


class Codes(dict[str, int]):
    """The code of each tag, as `eventbench.scoring.counts.Labels` has them.

    Looking up a tag of a class not seen before adds the class.

    Attributes:
        classes: the classes, in the order in which they were met.
    """

    def __init__(self) -> None:
        super().__init__({OUTSIDE: 0})
        self.classes: list[str] = []

    def __missing__(self, tag: str) -> int:
        check_tag(tag)
        name = tag[2:]
        self[f"B-{name}"], self[f"I-{name}"] = len(self), len(self) + 1
        self.classes.append(name)
        return self[tag]

    def encode(self, sentences: Sequence[Sequence[str]]) -> NDArray[Any]:
        """The codes of all tags, sentence after sentence; shape (tokens,).

        Raises:
            EventbenchError: if a tag is not IOB2.
        """
        try:
            # Twice as fast as np.fromiter, as long as every code fits into a byte.
            coded = bytearray(map(self.__getitem__, chain.from_iterable(sentences)))
        except ValueError:
            every = map(self.__getitem__, chain.from_iterable(sentences))
            return np.fromiter(every, dtype=np.int32)
        return np.frombuffer(coded, dtype=np.uint8)


def check_tag(tag: str) -> None:
    """Check that a tag is IOB2 and that its class can be reported.

    Raises:
        EventbenchError: naming the tag.
    """
    if tag == OUTSIDE:
        return
    if not isinstance(tag, str) or tag[:2] not in ("B-", "I-") or len(tag) == 2:
        raise EventbenchError(f"unknown tag {short(tag)}, expected O, B-… or I-…")
    name = tag[2:]
    if name.strip("-") != name:
        raise EventbenchError(
            f"tag {short(tag)}: a class may not begin or end with a hyphen "
            f"(seqeval drops it and reads {short(name.strip('-') or '_')})"
        )
    if name in AVERAGES:
        raise EventbenchError(f"tag {short(tag)}: {name!r} is the name of an average, not a class")
