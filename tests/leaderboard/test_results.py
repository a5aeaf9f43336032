"""The boards in this repository: what they show follows from the predictions they store."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from conftest import ROOT

from eventbench.corpus.loading import Corpus, available_corpora, load_corpus
from eventbench.errors import EventbenchError
from eventbench.leaderboard.board import Board
from eventbench.leaderboard.entry import load_entries
from eventbench.leaderboard.markdown import markdown, markdown_values
from eventbench.leaderboard.ranking import read_board
from eventbench.leaderboard.site import build_board
from eventbench.leaderboard.verify import verify
from eventbench.systems.protocol import find_system, tasks_of
from eventbench.tasks.registry import TASKS

LEADERBOARD = ROOT / "leaderboard"
PROBE = ("triggers",)
FOUR = ("triggers", "arguments", "attributes", "events")


@pytest.fixture(scope="module", params=["aleppo", "aleppo-1", "transfer"])
def either(request: pytest.FixtureRequest) -> Corpus:
    """Each corpus with a board."""
    return load_corpus(request.param)


@cache
def stored_board(corpus: str) -> Board:
    """The board of a corpus, read once."""
    return read_board(LEADERBOARD, load_corpus(corpus))


def test_every_corpus_of_the_leaderboard_is_bundled() -> None:
    folders = {path.name for path in LEADERBOARD.iterdir() if path.is_dir()}
    assert folders == {"aleppo", "aleppo-1", "transfer"} <= {*available_corpora()}


def test_every_entry_is_computed_again_and_is_right(either: Corpus) -> None:
    found = verify(LEADERBOARD, corpus=either)
    assert (found.problems, found.earlier) == ((), ())
    assert {name.partition("/")[0] for name in found.recomputed} >= {
        *("lexicon", "crf", "probe", "encoder", "pass-a", "pass-b"),
        *(("stack",) if either.id == "aleppo-1" else ()),
    }


EIGHT = tuple(task for task in TASKS if task != "incidents-from-text")

RUNS = {
    "aleppo": {"lexicon": EIGHT, "crf": FOUR, "probe": PROBE, "encoder": tuple(TASKS)},
    "transfer": {"lexicon": EIGHT, "crf": FOUR, "probe": PROBE, "encoder": tuple(TASKS)},
    "aleppo-1": {
        **dict.fromkeys(("lexicon", "crf", "encoder"), FOUR),
        "probe": PROBE,
        "stack": ("triggers", "events"),  # its arguments and attributes are the encoder's
    },
}
"""The tasks of our systems, by corpus."""


SEEDS = {
    "aleppo": {"encoder/1": 1, "encoder/2": 1, "encoder/3": 3},
    "transfer": {"encoder/2": 1, "encoder/3": 1, "encoder/5": 4},
}
"""How many seeds earlier revisions have, which the last one with all five replaced."""


def test_our_systems_were_run_on_every_task_fold_and_seed(either: Corpus) -> None:
    entries = load_entries(LEADERBOARD, either.id)
    for system, tasks in RUNS[either.id].items():
        of_system = [entry for entry in entries if entry.info.system == system]
        assert {task for entry in of_system for task in entry.result.tasks} == set(tasks)
        for entry in of_system:
            (found,) = {result.seeds for result in entry.result.tasks.values()}
            most = 1 if entry.info.deterministic and found == (0,) else 5
            assert found == tuple(range(SEEDS.get(either.id, {}).get(entry.id, most)))


@pytest.mark.parametrize("corpus", ["aleppo", "transfer"])
def test_a_language_model_was_run_zero_shot_on_every_task_of_llm(corpus: str) -> None:
    entries = load_entries(LEADERBOARD, corpus)
    asked = [e for e in entries if e.info.system == "llm" and e.info.protocol == "no training"]
    last = max(asked, key=lambda entry: int(entry.info.revision))
    assert set(last.result.tasks) == set(tasks_of(find_system("llm"))) == set(EIGHT)


def test_the_page_is_what_the_entries_give(either: Corpus) -> None:
    page = (LEADERBOARD / either.id / "LEADERBOARD.md").read_text(encoding="utf-8")
    assert page == markdown(stored_board(either.id))


def test_values_of_an_attribute_are_shown() -> None:
    board = stored_board("aleppo-1")
    shown = markdown_values(board, ["status"])
    title, _, head, _, *lines = shown.split("\n")
    assert title == "Attributes: F1 of each value of status (number in the gold):"
    head = head.replace("\\", "")
    assert head == "| status | actual (261) | planned (24) | hypothetical (16) | negated (8) |"
    standings = board.current("attributes")
    assert len(lines) == len(standings)
    for value in ("actual", "negated"):
        column = [name.split()[0] for name in head.split(" | ")].index(value)
        cells = {line.strip("| ").split(" | ")[column] for line in lines}
        assert cells == {str(s.result.of("value", f"status:{value}")) for s in standings}
    with pytest.raises(EventbenchError, match="of the values of 'mood'; attributes are: subtype"):
        board.values("mood")


def test_pages_show_every_score_that_is_stored(tmp_path: Path) -> None:
    board = stored_board("aleppo-1")
    build_board(board, tmp_path / "site")
    for entry in board.entries:
        page = (tmp_path / f"site/entries/{entry.id}/index.html").read_text(encoding="utf-8")
        for name, result in entry.result.tasks.items():
            part = page[page.index(f'id="{name}"') :].partition("</section>")[0]
            for section in next(iter(result.sections.values())):
                for score in result.names(section):
                    found = result.of(section, score)
                    assert found is not None
                    head = f'<th scope="row">{re.escape(score)}</th><td class="number">'
                    cells = re.findall(rf"{head}([\d.]+)", part)
                    assert f"{100 * found.mean:.1f}" in cells, (entry.id, name, section, score)
    crf = (tmp_path / "site/entries/crf/1/index.html").read_text(encoding="utf-8")
    assert "Most frequent errors</summary>" in crf
    assert "times a seed" in crf
    assert "near-duplicate" in crf
    assert "near_duplicate" not in crf.partition("Downloads")[0]
