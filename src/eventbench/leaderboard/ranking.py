"""Rank the entries of the leaderboard, with letters for systems that no test can tell apart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from eventbench.corpus.loading import Corpus, as_corpus
from eventbench.errors import EventbenchError, located
from eventbench.leaderboard.board import Board, Standing
from eventbench.leaderboard.entry import RESULT_FILE, Entry, load_entries
from eventbench.leaderboard.files import PREDICTIONS
from eventbench.leaderboard.info import CEILING, SYSTEM
from eventbench.leaderboard.judge import DECIMALS, Judge
from eventbench.leaderboard.submit import Progress
from eventbench.scoring.comparison import told_apart
from eventbench.scoring.counts import Floats
from eventbench.scoring.intervals import jackknife, pseudo_values, sums_by_article
from eventbench.scoring.letters import letters
from eventbench.scoring.statistics import Statistics, stacked
from eventbench.tasks.base import Gold


def read_board(
    leaderboard: str | Path = "leaderboard",
    corpus: Corpus | str | Path | None = None,
    progress: Progress = lambda label, fraction: None,
) -> Board:
    """Read and rank all entries of a corpus.

    Args:
        leaderboard: directory of the leaderboard, with a folder for each corpus.
        corpus: the data, or what `load_corpus` takes; results on other data are not ranked.
        progress: called after each task.

    Raises:
        EventbenchError: naming the file, if an entry is not valid.
    """
    data = as_corpus(corpus)
    folder = Path(leaderboard)
    return rank(folder / data.id, load_entries(folder, data.id), data, progress)


def rank(
    folder: Path,
    entries: Sequence[Entry],
    corpus: Corpus,
    progress: Progress = lambda label, fraction: None,
) -> Board:
    """Rank entries that are already in memory; see `read_board`.

    Args:
        folder: directory of the corpus's entries.
        entries: entries of the corpus.
        corpus: the data.
        progress: called after each task.
    """
    judge = Judge(corpus)
    tasks = judge.tasks
    systems, ceilings, earlier = {}, {}, {}
    current = {
        entry.id: {
            task for task in tasks if task in entry.result.tasks and entry.is_of(judge.gold(task))
        }
        for entry in entries
    }
    replaced = _replaced(entries, current)
    for number, task in enumerate(tasks, 1):
        found = [Standing(e, e.result.tasks[task]) for e in entries if task in e.result.tasks]
        found.sort(key=lambda s: (-s.result.score.mean, s.entry.id))
        earlier[task] = [s for s in found if task not in current[s.entry.id]]
        shown = [s for s in found if task in current[s.entry.id] and s.entry.id not in replaced]
        ceilings[task] = [s for s in shown if s.entry.info.kind == CEILING]
        competing = [s for s in shown if s.entry.info.kind == SYSTEM]
        systems[task] = _ranked(competing, task, judge)
        progress(f"ranking {task}", number / len(tasks))
    return Board(folder, judge, tuple(entries), systems, ceilings, earlier, replaced)


def _replaced(entries: Sequence[Entry], current: dict[str, set[str]]) -> frozenset[str]:
    """Ids of entries whose current tasks are all covered by a later revision (`Entry.owner`).

    A revision that learned from other corpora does not replace one that did not, nor the
    other way round. From which ones makes no difference: their names are the authors' word.
    Ranked together, several revisions of one system would make it harder to tell any two
    systems apart, because Holm corrects for the number of pairs.
    """
    revisions: defaultdict[Hashable, list[Entry]] = defaultdict(list)
    for entry in entries:
        revisions[entry.owner, bool(entry.info.also_train)].append(entry)
    return frozenset(
        entry.id
        for entry in entries
        if current[entry.id]
        and any(
            _revision_key(other.info.revision) > _revision_key(entry.info.revision)
            and current[other.id] >= current[entry.id]
            for other in revisions[entry.owner, bool(entry.info.also_train)]
        )
    )


def _revision_key(revision: str) -> list[str | int]:
    """Sort key of a revision that compares its numbers by value: 10 comes after 9."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", revision)]


def _ranked(standings: Sequence[Standing], task: str, judge: Judge) -> list[Standing]:
    """Add rank, letters and the difference from the best to standings sorted by score."""
    scores = [s.result.score.mean for s in standings]
    gold = judge.gold(task)
    if not standings or len(gold.documents) < 2:
        found = [replace(s, letters=(0,)) for s in standings]
    else:
        own = _statistics_of_gold(gold)
        sums = [_stored_statistics(standing, gold, own) for standing in standings]
        apart = _apart(standings, sums, task, judge)
        measure = gold.task.measure
        others: list[list[int]] = [[] for _ in standings]
        for one, other in apart:
            others[one].append(other)
        found = [
            replace(
                standing,
                letters=shared,
                worse=tuple(worse),
                minus_best=jackknife(own, measure, minus=sums[0]),
                pseudo=tuple(pseudo_values(sums_by_article(*stacked(own, measure)), measure)),
            )
            for standing, own, shared, worse in zip(
                standings, sums, letters(len(standings), apart), others, strict=True
            )
        ]
    return [replace(s, rank=scores.index(s.result.score.mean) + 1) for s in found]


# Systems that cannot be told apart


def _apart(
    standings: Sequence[Standing], sums: Sequence[list[Statistics]], task: str, judge: Judge
) -> list[tuple[int, int]]:
    """`told_apart` of entries: their predictions are read, by unit, only where they are needed."""
    measure = judge.gold(task).task.measure
    return told_apart(sums, measure, lambda k: _sums_by_unit(standings[k], task, judge))


def _statistics_of_gold(gold: Gold) -> Statistics:
    """The measure's table of the gold as predictions, with articles as units, as it is stored."""
    task = gold.task
    answers = {
        row["id"]: task.parse(task.dump(row, task.gold(row)), row, gold.scheme) for row in gold.rows
    }
    name = task.measure.table
    statistics = task.statistics(gold, answers)
    sums = np.round(statistics.by_article(name), DECIMALS)
    return Statistics({name: replace(statistics.tables[name], values=sums)}, np.arange(len(sums)))


def _stored_statistics(standing: Standing, gold: Gold, own: Statistics) -> list[Statistics]:
    """The statistics of each seed with articles as units, from the stored sums.

    Args:
        standing: the system.
        gold: the gold.
        own: `_statistics_of_gold`.

    Raises:
        EventbenchError: naming the file, if they are not sums over this gold.
    """
    name, articles = gold.task.measure.table, gold.article_numbers
    form, place = own.tables[name], standing.entry.path / RESULT_FILE
    column = {name: k for k, name in enumerate(form.names)}
    result = []
    for seed, stored in standing.result.statistics.items():
        values = np.zeros((len(articles), len(form.names), len(form.kinds)))
        for article, sums in stored.items():
            for key, row in sums.items():
                if article not in articles or key not in column or len(row) != len(form.kinds):
                    found = f"statistics of {gold.task.name}, seed {seed}, have {article}.{key}"
                    raise EventbenchError(f"{place}: {found}, which is not of this gold")
                values[articles[article], column[key]] = row
        result.append(Statistics({name: replace(form, values=values)}, own.articles))
    with located(f"{place}: statistics of {gold.task.name}"):
        stacked([own, *result], gold.task.measure)
    return result


def _sums_by_unit(standing: Standing, task: str, judge: Judge) -> Floats:
    """The measure's table of the stored predictions, averaged over seeds.

    Returns:
        Shape (units, names, kinds).
    """
    gold = judge.gold(task)
    table = gold.task.measure.table
    answers = judge.read(standing.entry.path / PREDICTIONS, task)
    seeds = [gold.task.statistics(gold, found).tables[table].values for found in answers.values()]
    mean: Floats = np.stack(seeds).mean(axis=0)
    return mean
