"""What the page of an entry shows, as values for its template."""

from __future__ import annotations

from collections.abc import Callable
from statistics import mean
from typing import Any

from eventbench.corpus.loading import Corpus
from eventbench.evaluation.diagnosis import diagnose_answers
from eventbench.html.errors import render_errors
from eventbench.leaderboard.board import Board, Standing
from eventbench.leaderboard.entry import UNKNOWN, Entry, TaskResult
from eventbench.leaderboard.files import PREDICTIONS
from eventbench.leaderboard.formatting import SEEN_WORDS, duration, learned_from
from eventbench.scoring.report import signature_line
from eventbench.tasks.base import Task

_MOST_WRONG = 15
"""Confusions on the page of an entry."""


def entry_part(
    board: Board, entry: Entry, task: Task, write: Callable[[str, str], None]
) -> dict[str, Any]:
    """Template values of a task on the page of an entry.

    Args:
        board: the board.
        entry: one of its entries, which does the task.
        task: the task.
        write: writes another page, given its name and its content.
    """
    result = entry.result.tasks[task.name]
    ranked = (s for s in board.systems[task.name] if s.entry.id == entry.id)
    standing = next(ranked, Standing(entry, result))
    current = board.is_current(entry, task.name)
    articles = dict.fromkeys(a for found in result.by_article.values() for a in found)
    seen = [(words, result.recall(part)) for part, words in SEEN_WORDS.items()]
    return {
        "name": task.name,
        "task": task,
        "current": current,
        "fingerprint": entry.result.data.fingerprints.get(task.name, "unknown"),
        "result": result,
        "score": standing.score,
        "place": _place(board, standing, task.name),
        "speed": speed_in_words(entry, task.name),
        "articles": [(article, result.article(article)) for article in articles],
        "sections": _sections(result, task),
        "seen": seen if any(result.seen.values()) else [],
        "signature": signature_line(result.signature),
        **(_wrong(board, entry, task, write) if current else {"errors": None, "confusions": ()}),
    }


def speed_in_words(entry: Entry, task: str) -> str:
    """How fast an entry predicts a task, and where that was measured; empty if unknown."""
    found = entry.speed.get(task)
    if found is None:
        return ""
    return f"{duration(found.seconds_per_1000_sentences)} s for 1,000 sentences on {found.hardware}"


def _place(board: Board, standing: Standing, task: str) -> str:
    if standing.rank is not None:
        total = len(board.systems[task])
        letters = "letter" if len(standing.letters) == 1 else "letters"
        return f"rank {standing.rank} of {total}, {letters} {standing.letter_names}"
    replaced = standing.entry.id in board.replaced
    return "not ranked: a later revision does all its tasks" if replaced else ""


def _wrong(
    board: Board, entry: Entry, task: Task, write: Callable[[str, str], None]
) -> dict[str, Any]:
    """Write the page of errors over all seeds.

    Returns:
        Template values of the entry's page: their number, a mean over seeds, None if the task
        does not list them; and the most frequent ones.
    """
    answers = board.judge.read(entry.path / PREDICTIONS, task.name)
    found = diagnose_answers(answers, board.judge.gold(task.name))
    if not found.lists_errors:
        return {"errors": None, "confusions": ()}
    title = f"{entry.info.name} {entry.info.revision}"
    intervals = entry.result.tasks[task.name].intervals
    write(f"errors-{task.name}.html", render_errors(found, title, {"mean over seeds": intervals}))
    return {
        "errors": sum(confusion.times for confusion in found.confusions),
        "confusions": found.confusions[:_MOST_WRONG],
    }


def learned_from_versions(entry: Entry, corpus: Corpus) -> str:
    """What an entry learned from, with the versions of other corpora that its run recorded."""
    versions = [
        f"{other.corpus} {other.version}"
        for other in entry.result.data.also_train
        if other.version != UNKNOWN
    ]
    return learned_from(entry.info, corpus) + (f" ({', '.join(versions)})" if versions else "")


def _sections(result: TaskResult, task: Task) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """The sections of a result: key, title and rows; the task's own section first."""
    found = dict.fromkeys(key for sections in result.sections.values() for key in sections)
    keys = sorted(found, key=lambda key: key != task.section)
    return [
        (
            key,
            task.section_title if key == task.section else f"{key[:1].upper()}{key[1:]}",
            [_row(result, key, name) for name in result.names(key)],
        )
        for key in keys
    ]


def _row(result: TaskResult, section: str, name: str) -> dict[str, Any]:
    """Template values of a score: F1, precision and recall over seeds, and the gold count."""
    scores = (sections.get(section, {}) for sections in result.sections.values())
    found = [by_name[name] for by_name in scores if name in by_name]
    return {
        "name": name,
        "f1": result.of(section, name),
        "precision": mean(s.precision for s in found),
        "recall": mean(s.recall for s in found),
        "support": max(s.support for s in found),
    }
