"""Check that the guidelines do not quote the articles that they are tested on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventbench.annotation.checks.base import GUIDELINES, AnnotationSet, Checks
from eventbench.corpus.model import Problem
from eventbench.io import read_text

RUN = 4
"""Words in a row that the guidelines may not share with an article."""

CHECKS = Checks()

Run = tuple[str, ...]
"""Words in a row, lower case."""

_WORD = re.compile(r"\w+")


@CHECKS.of_gold(
    "quoted-article",
    f"{GUIDELINES} has {RUN} words in a row from an article, in a corpus whose corpus.toml says "
    "independent_guidelines.",
)
def _quoted_article(annotated: AnnotationSet) -> Iterator[Problem]:
    path = annotated.guidelines
    if not annotated.info.independent_guidelines or not path.is_file():
        return
    quoted = {run for d in annotated.documents.values() for run, _ in runs(d.text, RUN)}
    text = read_text(path)
    for run, start in runs(text, RUN):
        if run in quoted:
            line = text.count("\n", 0, start) + 1
            yield Problem(str(path), line, "quoted-article", f"{' '.join(run)!r} is in an article")


def words_of(text: str) -> list[tuple[str, int]]:
    """The words of a text, lower case, with where they begin."""
    return [(match[0].lower(), match.start()) for match in _WORD.finditer(text)]


def runs(text: str, length: int) -> Iterator[tuple[Run, int]]:
    """Every run of so many words, lower case, with where it begins."""
    words = words_of(text)
    for index in range(len(words) - length + 1):
        yield tuple(word for word, _ in words[index : index + length]), words[index][1]
