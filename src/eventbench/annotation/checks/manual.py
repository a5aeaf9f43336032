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

_WORD = re.compile(r"\w+")


@CHECKS.of_gold(
    "quoted-article",
    f"{GUIDELINES} has {RUN} words in a row from an article, in a corpus whose corpus.toml says "
    "independent_guidelines.",
)
def _quoted_article(annotated: AnnotationSet) -> Iterator[Problem]:
    path = annotated.lists / GUIDELINES
    if not annotated.info.independent_guidelines or not path.is_file():
        return
    runs = {run for d in annotated.documents.values() for run, _ in _runs(d.text)}
    text = read_text(path)
    for run, start in _runs(text):
        if run in runs:
            line = text.count("\n", 0, start) + 1
            yield Problem(str(path), line, "quoted-article", f"{' '.join(run)!r} is in an article")


def _runs(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """Every run of `RUN` words, lower case, with where it begins."""
    words = [(match[0].lower(), match.start()) for match in _WORD.finditer(text)]
    for index in range(len(words) - RUN + 1):
        yield tuple(word for word, _ in words[index : index + RUN]), words[index][1]
