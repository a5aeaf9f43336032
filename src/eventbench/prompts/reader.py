"""Read the answers of a language model."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from eventbench.errors import EventbenchError
from eventbench.io import Json
from eventbench.prompts import wording as w
from eventbench.prompts.forms import Found
from eventbench.prompts.parts import Part, Row
from eventbench.prompts.prompt import Prompt


class Reader:
    """Turns the texts that a language model answers with into the answers of a system.

    Args:
        prompt: what was asked.
        rows: the rows that it was asked about.
    """

    def __init__(self, prompt: Prompt, rows: Iterable[Row]) -> None:
        self._prompt = prompt
        self._rows = list(rows)
        self._found = Found([prompt.form.empty(row) for row in self._rows])

    @property
    def dropped(self) -> Counter[str]:
        """Counts of what was dropped.

        "unmapped" counts quotes that do not occur in their sentence, "invalid" items of the
        wrong form, outside the scheme, or overlapping an earlier one.
        """
        return self._found.dropped

    def read(self, text: str, part: Part) -> None:
        """Read the answer about a part.

        Raises:
            EventbenchError: if it cannot be read at all; says why.
        """
        self.take(parse_answer(text, self._prompt), part)

    def take(self, answer: Json, part: Part) -> None:
        """Take the answer about a part that `parse_answer` returned."""
        self._prompt.form.read(answer, part, self._rows, self._found)

    def answers(self) -> list[Any]:
        """One answer for each row, in the form that ``System.predict`` returns."""
        return list(self._found.answers)


def complaint(error: EventbenchError) -> str:
    """What the model is told, once, if its answer cannot be read."""
    return f"Your answer cannot be read: {error}. Answer with the JSON object alone."


def parse_answer(text: str, prompt: Prompt) -> Json:
    """Find the JSON object in an answer.

    If there is other text around it (a fence, a chain of thought), the last object of the
    expected form counts.

    Raises:
        EventbenchError: if there is none; says why.
    """
    key = prompt.form.key
    reason = "it is not JSON"
    try:
        value = json.loads(text)
        if w.get(value, key, list) is not None:
            return dict(value)
        reason = f'it is not an object with a list "{key}"'
    except (ValueError, RecursionError):
        pass
    begin = re.compile(rf'\{{\s*"(?:{key}|links)"\s*:')
    found, position = None, 0
    while start := begin.search(text, position):
        try:
            value, position = json.JSONDecoder().raw_decode(text, start.start())
        except (ValueError, RecursionError):
            position = start.end()
            continue
        if w.get(value, key, list) is not None:
            found = value
    if found is None:
        raise EventbenchError(reason)
    return dict(found)
