"""The leaderboard in this repository: what it shows follows from the predictions it stores."""

from __future__ import annotations

import re
from pathlib import Path

from conftest import ROOT

from eventbench.corpus.loading import Corpus
from eventbench.leaderboard.entry import load_entries
from eventbench.leaderboard.markdown import markdown
from eventbench.leaderboard.ranking import read_board
from eventbench.leaderboard.site import build_board
from eventbench.leaderboard.verify import verify

LEADERBOARD = ROOT / "leaderboard"
FOUR = ("triggers", "arguments", "attributes", "events")


def test_every_entry_is_computed_again_and_is_right() -> None:
    found = verify(LEADERBOARD)
    assert found.problems == ()
    assert {name.partition("/")[0] for name in found.recomputed} >= {
        "lexicon", "crf", "probe", "encoder", "stack", "pass-a", "pass-b",
    }  # fmt: skip


def test_our_systems_were_run_on_every_task_fold_and_seed(corpus: Corpus) -> None:
    entries = load_entries(LEADERBOARD, corpus.id)
    for system, tasks in {
        **dict.fromkeys(("lexicon", "crf", "encoder"), FOUR),
        "probe": ("triggers",),
        "stack": ("triggers", "events"),  # its arguments and attributes are the encoder's
    }.items():
        of_system = [entry.result.tasks for entry in entries if entry.info.system == system]
        assert {task for found in of_system for task in found} == set(tasks)
        seeds = {result.seeds for found in of_system for result in found.values()}
        assert seeds == {(0, 1, 2, 3, 4)}


def test_the_page_is_what_the_entries_give(corpus: Corpus) -> None:
    page = (LEADERBOARD / corpus.id / "LEADERBOARD.md").read_text(encoding="utf-8")
    assert page == markdown(read_board(LEADERBOARD, corpus))


def test_pages_show_every_score_that_is_stored(corpus: Corpus, tmp_path: Path) -> None:
    board = read_board(LEADERBOARD, corpus)
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
    assert "Most frequent errors of seed 0" in crf
    assert "near-duplicate" in crf
    assert "near_duplicate" not in crf.partition("Downloads")[0]
