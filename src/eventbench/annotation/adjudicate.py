"""Make one gold of two annotations: what both have, and what an adjudicator decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eventbench.annotation.checks.base import AnnotationSet
from eventbench.annotation.checks.gold import ADJUDICATION
from eventbench.annotation.comparing import compare_article
from eventbench.annotation.decisions import (
    COLUMNS,
    Decisions,
    read_decisions,
    row_of,
    write_adjudication,
    write_decisions,
)
from eventbench.annotation.differences import NEITHER, A, B, ComparedDocument, Difference
from eventbench.annotation.merging import merge
from eventbench.annotation.shared import Annotations, Shared, shared_articles
from eventbench.annotation.validate import CHECKS
from eventbench.corpus import standoff
from eventbench.corpus.model import Document, Problem
from eventbench.corpus.values import VALUES, write_values
from eventbench.errors import EventbenchError
from eventbench.formats.base import check_free
from eventbench.html.adjudication import Question, passages, render_adjudication
from eventbench.io import atomic_output
from eventbench.text import plural

GOLD, AGREED = "gold", "agreed"
"""The folder of the merged annotations, when everything is decided and before."""

TABLE, PAGE = "decisions.tsv", "decisions.html"
"""What is to be decided, as a table and as a page."""


@dataclass(frozen=True)
class Adjudication:
    """The outcome of `adjudicate`; prints as a summary.

    Attributes:
        out: the directory that was written.
        articles: the ids of the articles that both annotators have.
        only: the ids of those that only A has, and those that only B has.
        differences: the differences between the annotators, in reading order.
        is_decided: True if the decisions were given, so that the gold is whole.
        problems: what `eventbench.validate` would find in the annotations of the gold.
    """

    out: Path
    articles: tuple[str, ...]
    only: tuple[tuple[str, ...], tuple[str, ...]]
    differences: tuple[Difference[Any], ...]
    is_decided: bool
    problems: tuple[Problem, ...]

    def __repr__(self) -> str:
        return f"Adjudication({str(self.out)!r}, {plural(len(self.differences), 'difference')})"

    def __str__(self) -> str:
        articles, differences = len(self.articles), len(self.differences)
        counts = f"{plural(articles, 'article')}, {plural(differences, 'difference')}"
        lines = [f"{self.out}: {counts}"]
        for side, left_out in zip("AB", self.only, strict=True):
            if left_out:
                lines.append(f"only in {side}, left out: {', '.join(left_out)}")
        if self.differences and not self.is_decided:
            lines += [
                f"To decide: open {self.out / PAGE}, or fill in {self.out / TABLE}",
                "Then repeat the command with --decisions FILE and another --out",
            ]
        elif self.problems:
            lines.append(f"{self.out / GOLD} has {plural(len(self.problems), 'problem')}:")
            lines += map(str, self.problems)
        else:
            lines.append(f"The gold is in {self.out / GOLD}")
        return "\n".join(lines)


def adjudicate(
    a: Annotations,
    b: Annotations,
    out: str | Path,
    *,
    corpus: str | Path | None = None,
    decisions: str | Path | None = None,
) -> Adjudication:
    """Merge two sets of annotations, over the articles that both have.

    Without decisions, ``out`` gets what both agree on in the folder ``agreed``, and the differences
    in ``decisions.tsv``, to be filled in, and in a page that helps to fill it in. With decisions on
    all differences, or without differences, the merged annotations are in the folder ``gold``, and
    ``adjudication.tsv`` says how each difference was settled.

    The folder has a ``.txt`` and an ``.ann`` file for each article, with a table of values if there
    are any, for ``eventbench data import``. The same input always gives the same bytes.

    Args:
        a: a directory of ``.ann`` files, or a corpus with its annotations, as for `agreement`.
        b: another.
        out: the directory to write, which must be empty or absent.
        corpus: the corpus whose scheme, articles and guidelines count, as for `agreement`.
        decisions: the table, filled in.

    Raises:
        EventbenchError: if annotations or decisions cannot be read, a difference is not decided
            with a rule of the guidelines and a reason, or ``out`` cannot be written.
    """
    out = Path(out)
    check_free(out)
    shared = shared_articles(a, b, corpus)
    scheme, empty = shared.scheme, _annotated(shared, (), out)
    compared = [compare_article(*pair, scheme) for pair in shared.pairs]
    found = tuple(difference for article in compared for difference in article.all)
    made = Decisions()
    if decisions is not None:
        if not empty.rules:
            message = "decisions cite rules, lines that begin as **T1.** does: found none"
            raise EventbenchError(f"{empty.guidelines}: {message}")
        made = read_decisions(Path(decisions), found, empty.rules)
    merged = [merge(article, made, scheme) for article in compared]
    is_decided = decisions is not None or not found
    folder = GOLD if is_decided else AGREED
    files = {f"{folder}/{name}": text for d in merged for name, text in _files(d, shared)}
    if is_decided:
        files[ADJUDICATION] = write_adjudication(found, made)
    else:
        files[TABLE] = write_decisions(found)
        files[PAGE] = _page(compared, shared, empty.rules)
    with atomic_output(out) as new:
        (new / folder).mkdir(parents=True)
        for name, content in files.items():
            (new / name).write_text(content, encoding="utf-8", newline="")
    problems = tuple(_problems(merged, shared, out / GOLD)) if is_decided else ()
    articles = tuple(document.id for document in merged)
    return Adjudication(out, articles, shared.only, found, is_decided, problems)


def _page(compared: Sequence[ComparedDocument], shared: Shared, rules: Sequence[str]) -> str:
    questions = [
        Question(
            row=dict(zip(COLUMNS, row_of(difference), strict=False)),
            context=passages(
                article.a, [(span, "") for span in (difference.span, *difference.context)]
            ),
            sides=tuple(
                (items, passages(article.a, difference.marks(difference.options[side])))
                for side, items in ((A, difference.a), (B, difference.b))
            ),
            choices=tuple(difference.options),
            other=difference.other,
            depends_on=difference.depends_on,
        )
        for article in compared
        for difference in article.all
    ]
    return render_adjudication(shared.info.name, shared.names, questions, COLUMNS, rules, NEITHER)


def _files(document: Document, shared: Shared) -> Iterator[tuple[str, str]]:
    """The files of an article in the gold."""
    yield f"{document.stem}.txt", document.text
    yield f"{document.stem}.ann", _ann(document, shared)
    if any(d.values for pair in shared.pairs for d in pair):
        yield f"{document.stem}{VALUES}", write_values(document.values, document.text)


def _ann(document: Document, shared: Shared) -> str:
    return standoff.write(document.events, document.links, document.text, shared.scheme)


def _annotated(shared: Shared, documents: Sequence[Document], folder: Path) -> AnnotationSet:
    paths = {d.id: str(folder / f"{d.stem}.ann") for d in documents}
    named = {d.id: d for d in documents}
    return AnnotationSet(named, paths, shared.scheme, shared.info, shared.root)


def _problems(merged: Sequence[Document], shared: Shared, folder: Path) -> list[Problem]:
    """What is wrong with the annotations of a gold, as the files in a directory have them."""
    written = []
    for document in merged:
        events, links, _ = standoff.parse(
            _ann(document, shared), document.text, shared.scheme, document.stem
        )
        written.append(replace(document, events=events, links=links))
    annotated = _annotated(shared, written, folder)
    checks = (check for check in CHECKS if not check.gold_only)
    return sorted(problem for check in checks for problem in check.find(annotated))
