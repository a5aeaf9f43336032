"""Rows of a task by fold and split, made from the gold without cache or network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eventbench.corpus.loading import INFO, Corpus, as_corpus
from eventbench.errors import EventbenchError
from eventbench.io import whole_number
from eventbench.tasks.base import Row, Task
from eventbench.tasks.registry import DEFAULT, find_task
from eventbench.tasks.seen import Seen

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict


def load(
    config: str = DEFAULT,
    *,
    fold: int | None = None,
    corpus: Corpus | str | Path | None = None,
) -> DatasetDict:
    """Load the train, validation and test rows of a task, without splits that have no articles.

    In addition to inputs and labels, rows have columns about other articles:
    ``near_duplicates`` (ids of sentences), and ``triggers_seen`` or ``trigger_seen`` (True if
    the lemma of the trigger is a trigger there). Do not train on these columns. With fixed
    splits, the other articles are those for training and validation.

    Args:
        config: a task, or a task and fold as in `build` ("triggers_fold0").
        fold: the fold; the corpus's standard fold if None.
        corpus: the corpus, or an argument of `load_corpus`.

    Raises:
        EventbenchError: if the configuration is unknown, the task does not apply to the corpus,
            or the fold or the corpus's standard fold is out of range.
    """
    data = as_corpus(corpus)
    task, marker, digits = config.partition("_fold")
    if marker:
        number = whole_number(digits)
        if number is None:
            expected = f"a task, perhaps with a fold as in {DEFAULT}_fold0"
            raise EventbenchError(f"no configuration {config!r}: expected {expected}")
        if fold is not None:
            raise EventbenchError(f"{config!r} names a fold and so does fold={fold}")
        fold = number
    return fold_dataset(data, find_task(task), standard_fold(data) if fold is None else fold)


def standard_fold(corpus: Corpus) -> int:
    """The fold of configurations without a fold number.

    Raises:
        EventbenchError: if the corpus has fewer folds.
    """
    number, folds = corpus.info.protocol.standard_fold, len(corpus.folds())
    if number >= folds:
        expected = f"expected 0 to {folds - 1}, as there are {folds} folds"
        raise EventbenchError(f"{corpus.root / INFO}: standard_fold is {number}, {expected}")
    return number


def fold_dataset(corpus: Corpus, task: Task, fold: int) -> DatasetDict:
    """Make the train, validation and test rows of a fold; no split is empty.

    Raises:
        EventbenchError: if the task does not apply or the fold is out of range.
    """
    from datasets import DatasetDict, concatenate_datasets

    task.check_applies(corpus)
    corpus = task.prepare(corpus)
    splits = corpus.fold(fold)
    by_article = article_datasets(corpus, task, rows_with_seen(corpus, task))
    return DatasetDict(
        {
            split: concatenate_datasets([by_article[article] for article in articles])
            for split, articles in splits.items()
            if articles
        }
    )


def rows_with_seen(corpus: Corpus, task: Task) -> list[Row]:
    """Make all rows of a task, with the columns about other articles."""
    return task.rows(corpus.documents, corpus.scheme, Seen.of(corpus))


def article_datasets(corpus: Corpus, task: Task, rows: Sequence[Row]) -> dict[str, Dataset]:
    """Group the rows of a task by article, one dataset each."""
    by_article: dict[str, list[Row]] = {document.id: [] for document in corpus.documents}
    for row in rows:
        by_article[row[task.article_column]].append(row)
    features = task.features(corpus.scheme)
    return {i: _dataset(found, features) for i, found in by_article.items()}


def _dataset(rows: Sequence[Row], features: object) -> Dataset:
    from datasets import Dataset, Features

    assert isinstance(features, Features)
    content = {name: [row[name] for row in rows] for name in features}
    return Dataset.from_dict(content, features=features)
