"""Check that articles repeat neither each other nor those of other bundled corpora.

They look at corpora whose ``corpus.toml`` says ``original_text``. Runs of words that anybody
writes ("was not available for comment on") are listed in ``stock-phrases.txt`` beside the
gold, one a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from eventbench.annotation.checks.base import AnnotationSet, Checks
from eventbench.annotation.checks.manual import Run, runs, words_of
from eventbench.corpus.loading import available_corpora, read_texts
from eventbench.corpus.model import Document, Problem, Span
from eventbench.corpus.similarity import near_duplicates_between
from eventbench.io import read_text

STOCK = "stock-phrases.txt"
RUN = 6
"""Words in a row that no two articles may share, and that a sentence has to be compared."""

CHECKS = Checks()


def _others(annotated: AnnotationSet) -> dict[str, list[Document]]:
    """The articles of the other bundled corpora, without annotations."""
    known = available_corpora()
    return {name: read_texts(known[name]) for name in known if name != annotated.info.id}


def _phrases(annotated: AnnotationSet) -> list[tuple[int, list[str]]]:
    """The line and the words of each stock phrase."""
    path = annotated.lists / STOCK
    lines = read_text(path).split("\n") if path.is_file() else []
    found = ((number, [word for word, _ in words_of(line)]) for number, line in enumerate(lines, 1))
    return [(number, words) for number, words in found if words]


def _stock(annotated: AnnotationSet) -> set[Run]:
    """The runs of words of all stock phrases."""
    return {run for _, words in _phrases(annotated) for run, _ in runs(" ".join(words), RUN)}


class _Repeat(NamedTuple):
    """A run of words of an article that an earlier article, or another corpus, has too."""

    document: Document
    run: Run
    start: int
    elsewhere: str


def _repeats(annotated: AnnotationSet) -> Iterator[_Repeat]:
    """Every run that is repeated, in the order of the articles."""
    seen: dict[Run, str] = {}
    for corpus, documents in _others(annotated).items():
        for document in documents:
            for run, _ in runs(document.text, RUN):
                seen.setdefault(run, f"{document.id} of corpus {corpus!r}")
    for document in annotated.documents.values():
        own = list(runs(document.text, RUN))
        for run, start in own:
            if run in seen:
                yield _Repeat(document, run, start, seen[run])
        for run, _ in own:
            seen.setdefault(run, document.id)


@CHECKS.of_gold(
    "borrowed-sentence",
    f"A sentence of {RUN} words or more nearly repeats one of another bundled corpus, in a corpus "
    "whose corpus.toml says original_text.",
)
def _borrowed_sentence(annotated: AnnotationSet) -> Iterator[Problem]:
    if not annotated.info.original_text:
        return
    reported = set()
    for corpus, documents in _others(annotated).items():
        pairs = near_duplicates_between(list(annotated.documents.values()), documents)
        for document, sentence, _, other, similarity in pairs:
            words = words_of(sentence.span.text_in(document.text))
            if len(words) < RUN or sentence.id in reported:
                continue
            reported.add(sentence.id)
            place = annotated.place_in_article(document, sentence.span)
            same = f"{other.id} of corpus {corpus!r}, similarity {similarity:.1f}"
            message = f"sentence {sentence.id} nearly repeats {same}"
            yield Problem(*place, "borrowed-sentence", message)


@CHECKS.of_gold(
    "repeated-words",
    f"An article has {RUN} words in a row from another article, of this or another bundled "
    f"corpus, that are not in {STOCK}, in a corpus whose corpus.toml says original_text.",
)
def _repeated_words(annotated: AnnotationSet) -> Iterator[Problem]:
    if not annotated.info.original_text:
        return
    stock = _stock(annotated)
    end, last = -1, None
    for found in _repeats(annotated):
        if found.run in stock:
            continue
        begins = found.start > end or found.document is not last
        end, last = found.start + sum(map(len, found.run)), found.document
        if begins:  # else it goes on: one problem for a stretch of words
            place = annotated.place_in_article(last, Span(found.start, found.start + 1))
            message = f"{' '.join(found.run)!r} is also in article {found.elsewhere}"
            yield Problem(*place, "repeated-words", message)


@CHECKS.of_gold(
    "stale-stock-phrase",
    f"A line of {STOCK} has fewer than {RUN} words, or none of its runs of {RUN} words recurs.",
)
def _stale_stock_phrase(annotated: AnnotationSet) -> Iterator[Problem]:
    path = annotated.lists / STOCK
    phrases = _phrases(annotated)
    needed = {found.run for found in _repeats(annotated)} if phrases else set()
    for line, words in phrases:
        if not any(run in needed for run, _ in runs(" ".join(words), RUN)):
            message = f"{' '.join(words)!r} need not be listed"
            yield Problem(str(path), line, "stale-stock-phrase", message)
