"""The leaderboard in Markdown has every entry, and no mark-up of theirs takes effect."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_entries import HOSTILE

from eventbench.leaderboard.board import Board
from eventbench.leaderboard.formatting import bounds
from eventbench.leaderboard.markdown import markdown, markdown_summary
from eventbench.scoring.intervals import Interval


def test_markdown_has_every_entry(board: Board) -> None:
    text = markdown(board)
    lines = text.split("\n")
    begin = lines.index("## Triggers")
    table = [line for line in lines[begin : lines.index("## Arguments")] if line.startswith("| ")]
    assert [line.split(" | ")[0] for line in table] == [
        *("| ", "| ---:", "| 1", "| 2", "| 3", "| 4", "| 5", "| ceiling"),
        *("| ", "| ---:", "| "),
    ]
    standing = board.systems["triggers"][0]
    found = standing.result.score
    assert found.sd is not None
    assert f"[Best](best/1) 1 | a | {100 * found.mean:.1f} ± {100 * found.sd:.1f}" in text
    assert "of an earlier version" in text
    summary = markdown_summary(board)
    assert f"| Best | {100 * found.mean:.1f} ± {100 * found.sd:.1f} <sup>a</sup> |" in summary
    assert "| ceiling: Annotator | 95.7 | " in summary, "a ceiling has no letter"
    attack = standing.result.of("type", "Attack")
    assert attack is not None
    assert f"| Best | {100 * attack.mean:.1f} ± {100 * attack.sd:.1f} |" in summary
    recall = standing.result.recall("unseen")
    assert recall is not None
    [row] = [line for line in summary.splitlines()[12:] if line.startswith("| Best |")]
    assert row.endswith(f"| {100 * recall:.1f} |")


def test_a_board_prints_its_summary(board: Board) -> None:
    assert repr(board) == "Board('aleppo', 7 entries)"
    about, scores, title, triggers = str(board).split("\n\n")
    assert about == "Systems of a task that share a letter do not differ significantly."
    # Of the tasks without an entry there is nothing to say.
    assert scores.splitlines()[0].split() == ["system", "triggers", "arguments"]
    letters = [board.systems[task][0].letter_names for task in ("triggers", "arguments")]
    best = scores.splitlines()[2].split()
    assert [best[0], best[4], best[8]] == ["Best", *letters]
    assert "ceiling: Annotator" in scores
    assert title.startswith("Triggers: F1 by type, and recall of gold")
    assert triggers.splitlines()[2].startswith("Best  ")
    assert "earlier" not in str(board).lower()


def test_each_task_names_its_gold(board: Board) -> None:
    text = markdown(board)
    for name in board.systems:
        assert f"Gold: {board.judge.gold(name).fingerprint}." in text


def test_markdown_of_hostile_texts_is_inert(board: Board) -> None:
    parser = pytest.importorskip("markdown_it", reason="Markdown is read where markdown-it-py is")
    read = parser.MarkdownIt("commonmark").enable("table")
    for text in (markdown(board), markdown_summary(board)):
        tokens = read.parse(text)
        inline = [child for token in tokens for child in token.children or []]
        html = [token for token in (*tokens, *inline) if token.type.startswith("html")]
        assert {token.content for token in html} <= {"<sup>", "</sup>"}, "of letters"
        assert not [token for token in inline if token.type in ("image", "code_inline")]
        links = [token.attrs["href"] for token in inline if token.type == "link_open"]
        assert set(links) <= {standing.entry.id for standing in board.current("triggers")} | {
            "earlier/1"
        }
    tokens = read.parse(markdown(board))
    shown = {
        "".join(child.content for child in token.children if child.type != "softbreak")
        for token in tokens
        if token.type == "inline"
    }
    assert f"{HOSTILE} 1" in shown, "it is shown as it was written"
    sizes: list[list[int]] = []
    for token in tokens:
        if token.type == "table_open":
            sizes.append([])
        elif token.type == "tr_open":
            sizes[-1].append(0)
        elif token.type in ("td_open", "th_open"):
            sizes[-1][-1] += 1
    assert [set(table) for table in sizes] == [{8}, {7}, {7}, {7}], "a bar in a name ends no cell"


def test_a_revision_that_looks_like_an_address_is_no_link(board: Board) -> None:
    """GitHub makes links of what begins with www., which a slug may do."""
    [best, *_] = board.systems["triggers"]
    named = replace(best.entry, info=replace(best.entry.info, revision="www.example.org"))
    systems = {**board.systems, "triggers": [replace(best, entry=named)]}
    text = markdown(replace(board, systems=systems))
    assert r"[Best](best/www.example.org) www\.example.org |" in text


def test_names_of_scores_are_escaped(board: Board) -> None:
    """They come out of results, which are recomputed only by `verify`."""
    [best, *_] = board.systems["triggers"]
    sections = {
        seed: {**found, "type": {**found["type"], "a|<b>": found["type"]["Attack"]}}
        for seed, found in best.result.sections.items()
    }
    forged = replace(best, result=replace(best.result, sections=sections))
    text = markdown_summary(replace(board, systems={**board.systems, "triggers": [forged]}))
    assert r"| a\|&lt;b&gt; |" in text


def test_an_interval_without_width_is_a_dash() -> None:
    """Resamples of right answers have no error, so 100.0–100.0 would claim to know."""
    assert bounds(Interval(0.5, 0.25, 0.75, 0.95)) == "25.0–75.0"
    assert bounds(Interval(1.0, 1.0, 1.0, 0.95)) == bounds(None) == "–"
