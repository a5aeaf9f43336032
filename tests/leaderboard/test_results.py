"""The leaderboard in this repository: what it shows follows from the predictions it stores."""

from __future__ import annotations

from conftest import ROOT

from eventbench import Corpus
from eventbench.dataset.building import TASKS
from eventbench.leaderboard.entry import load_entries
from eventbench.leaderboard.site import markdown, read_board
from eventbench.leaderboard.submit import verify

LEADERBOARD = ROOT / "leaderboard"


def test_every_entry_is_computed_again_and_is_right() -> None:
    found = verify(LEADERBOARD)
    assert found.problems == ()
    assert {name.partition("/")[0] for name in found.recomputed} >= {
        "lexicon", "crf", "probe", "encoder", "stack", "pass-a", "pass-b",
    }  # fmt: skip


def test_our_systems_were_run_on_every_task_fold_and_seed() -> None:
    entries = load_entries(LEADERBOARD)
    for system, tasks in {
        **dict.fromkeys(("lexicon", "crf", "encoder"), TASKS),
        "probe": ("triggers",),
        "stack": ("triggers", "events"),  # its arguments and attributes are the encoder's
    }.items():
        of_system = [entry.result.tasks for entry in entries if entry.info.system == system]
        assert {task for found in of_system for task in found} == set(tasks)
        seeds = {result.seeds for found in of_system for result in found.values()}
        assert seeds == {(0, 1, 2, 3, 4)}


def test_the_page_is_what_the_entries_give(corpus: Corpus) -> None:
    page = (LEADERBOARD / "LEADERBOARD.md").read_text(encoding="utf-8")
    assert page == markdown(read_board(LEADERBOARD, corpus))
