"""The leaderboard in Markdown.

Texts of entries are untrusted: they are escaped, so that no mark-up and no link in them
takes effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eventbench.corpus.loading import Corpus
from eventbench.leaderboard.board import Board, Standing
from eventbench.leaderboard.formatting import (
    EXTRA,
    bounds,
    duration,
    extra_mark,
    learned_from,
    parameters,
    protocol_sentence,
)
from eventbench.leaderboard.info import SYSTEM
from eventbench.printing import Grid, markdown_table, markdown_text
from eventbench.scoring.intervals import CONFIDENCE
from eventbench.text import UNDEFINED, plural

_READING = (
    "Scores are in percent: the mean over seeds ± its standard deviation. *These* and *new* are "
    f"{100 * CONFIDENCE:g} % intervals on these documents and on new ones. "
    "Systems that share a *letter* do not differ significantly in both tests, on new documents "
    "(Holm, over all pairs of systems) and on these. A dash is an interval "
    "without width, where nothing varies. "
    "Ceilings are not systems, and have no rank."
)

_SPEED = (
    "How many seconds predictions take was measured by runs of the systems on machines of their "
    "authors and cannot be recomputed; the site names the machines."
)


def markdown(board: Board) -> str:
    """Format ``LEADERBOARD.md``: one table per task, with links to the folders of entries."""
    corpus = board.corpus
    blocks = [
        "# Leaderboard",
        f"{corpus.info.description} Data {corpus.version}, "
        f"{plural(len(corpus.documents), 'article')}. {protocol_sentence(corpus)} {_READING}"
        + (f" {EXTRA}" if any(entry.info.also_train for entry in board.entries) else "")
        + (f" {_SPEED}" if any(entry.speed for entry in board.entries) else ""),
    ]
    for name, task in board.tasks.items():
        data = f"Score: {task.measure.name}. Gold: {board.judge.gold(name).fingerprint}."
        blocks += [f"## {task.title}", f"{task.question} {task.right} {data}"]
        shown = board.current(name)
        blocks.append(_task_table(shown, name, corpus) if shown else "No entry yet.")
        if board.earlier[name]:
            blocks += [
                f"### {task.title}: of an earlier version of the data",
                "Scored on other gold; not to be compared with the table above.",
                _task_table(board.earlier[name], name, corpus),
            ]
    if board.replaced:
        links = ", ".join(f"[{markdown_text(i)}]({i})" for i in sorted(board.replaced))
        blocks.append(f"Not ranked, since a later revision does all their tasks: {links}.")
    return "\n\n".join(blocks) + "\n"


def _task_table(standings: Sequence[Standing], task: str, corpus: Corpus) -> str:
    """A table with a row for each entry; speed and what was learned from if there are any."""
    extra = any(standing.entry.info.also_train for standing in standings)
    timed = any(task in standing.entry.speed for standing in standings)
    lines = [["", "system", "letters", "score", "these", "new", "parameters"]]
    lines[0] += ["s / 1,000 sentences"] * timed + ["learned from"] * extra
    for standing in standings:
        info, score = standing.entry.info, standing.score
        address = standing.entry.id  # the page lies in the folder of the corpus
        place = standing.rank if standing.rank is not None else ""
        lines.append(
            [
                str(place) if info.kind == SYSTEM else info.kind,
                f"[{markdown_text(info.name)}]({address}) "
                f"{markdown_text(' '.join(filter(None, [info.revision, extra_mark(info)])))}",
                standing.letter_names,
                str(standing.result.score),
                bounds(score.here),
                bounds(score.new),
                parameters(info.parameters),
                *([_speed(standing, task)] if timed else []),
                *([learned_from(info, corpus)] if extra else []),
            ]
        )
    return markdown_table(lines, left=(1,))


def _speed(standing: Standing, task: str) -> str:
    found = standing.entry.speed.get(task)
    return duration(found.seconds_per_1000_sentences) if found else UNDEFINED


def markdown_summary(board: Board) -> str:
    """Format `Board.summary`: the scores in every task, and one task in detail."""
    return _formatted(board.summary())


def markdown_values(board: Board, attributes: Sequence[str]) -> str:
    """Format `Board.values` of each attribute."""
    return _formatted(map(board.values, attributes))


def _formatted(grids: Iterable[Grid]) -> str:
    """Format tables; their titles are our own words."""
    return "\n\n".join(f"{grid.title}\n\n{grid.markdown()}" for grid in grids)
