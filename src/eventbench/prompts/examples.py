"""Worked examples: articles with their gold, shown to a language model as earlier turns."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import accumulate

from eventbench.corpus.model import Document
from eventbench.errors import EventbenchError
from eventbench.io import Json
from eventbench.prompts.parts import Part
from eventbench.prompts.prompt import SENTENCES, Prompt
from eventbench.tasks.registry import find_task


def choose_examples(
    prompt: Prompt,
    pool: Sequence[Document],
    shots: int,
    *,
    seed: int = 0,
    sentences: int = SENTENCES,
    shown: int = 0,
) -> list[Json]:
    """Choose articles and turn each into questions and right answers.

    Args:
        prompt: what is asked; it remembers which incidents the examples name.
        pool: the training articles of a fold, never the test article.
        shots: how many of them to show.
        seed: seed of the choice.
        sentences: sentences in a question; 0: whole articles.
        shown: first sentences of an article that are shown; 0: all.

    Returns:
        Messages of user and assistant by turns, for `Prompt.messages`.

    Raises:
        EventbenchError: if there are fewer articles than ``shots``.
    """
    if not 0 <= shots <= len(pool):
        raise EventbenchError(
            f"shots is {shots}, expected 0 to {len(pool)}, the number of training articles"
        )
    size = min(filter(None, (sentences, shown)), default=0)
    turns: list[Json] = []
    for document in random.Random(seed).sample(pool, shots):
        rows = find_task(prompt.task).rows([document], prompt.scheme)
        for part in _first(prompt.parts(rows, size), shown):
            turns += prompt.example(part, rows)
    return turns


def _first(parts: Sequence[Part], shown: int) -> Sequence[Part]:
    """The first parts of an example, of ``shown`` sentences or a little more; 0: all."""
    if not shown:
        return parts
    so_far = accumulate((len(part.sentences) for part in parts), initial=0)
    return [p for p, n in zip(parts, so_far, strict=False) if n < shown]
