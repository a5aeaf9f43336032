"""Entries that learned from other corpora too: declared, checked against their runs, and marked."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Cli
from made_submissions import seal, write_info
from making import BOATS, LEARNED, TESTED, write_ships

import eventbench as eb
from eventbench import EventbenchError
from eventbench.evaluation.runs import also_trained
from eventbench.leaderboard.board import Board
from eventbench.leaderboard.entry import CorpusVersion, read_entry
from eventbench.leaderboard.info import read_info
from eventbench.leaderboard.markdown import markdown, markdown_summary
from eventbench.leaderboard.ranking import rank, read_board
from eventbench.leaderboard.site import build_board
from eventbench.leaderboard.submit import submit
from eventbench.leaderboard.verify import verify

WHY = "Made-up articles are all alike."


@pytest.fixture(scope="module")
def made(few_resamples: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Corpora on ships with runs: ships/alone, ships/both, and a test alone, tested/both."""
    folder = tmp_path_factory.mktemp("learned")
    ships = write_ships(folder / "ships")
    boats = write_ships(folder / "boats", "boats", BOATS, LEARNED)
    tested = write_ships(folder / "tested", "tested", BOATS[::-1], TESTED)
    task = ("triggers", "arguments")
    eb.run("lexicon", corpus=ships, out=folder / "alone", task=task)
    eb.run("crf", corpus=ships, also_train=[boats], out=folder / "both", task=task)
    eb.run("lexicon", corpus=tested, also_train=[ships, boats], out=folder / "test", task=task)
    return folder


def info(folder: Path, system: str, **changes: object) -> Path:
    return write_info(
        folder / f"{system}.toml",
        **{"system": system, "name": system.upper(), "deterministic": True, "explanation": WHY}
        | changes,
    )


@pytest.fixture(scope="module")
def board(made: Path) -> Board:
    """The board of ships: a system, a later revision with more to learn from, and another."""
    leaderboard, ships = made / "leaderboard", made / "ships"
    submit(made / "alone", info(made, "one"), leaderboard, corpus=ships)
    again = info(made, "one", revision="2", also_train=["boats"])
    submit(made / "both", again, leaderboard, corpus=ships)
    return read_board(leaderboard, ships)


@pytest.fixture(scope="module")
def test_board(made: Path) -> Board:
    """The board of a corpus that is only a test."""
    leaderboard, tested = made / "leaderboard", made / "tested"
    about = info(made, "far", also_train=["ships", "boats"], protocol="fixed-splits")
    submit(made / "test", about, leaderboard, corpus=tested)
    return read_board(leaderboard, tested)


def test_a_result_has_what_its_run_learned_from(made: Path, board: Board) -> None:
    boats = eb.load_corpus(made / "boats")
    alone, both = (read_entry(made / f"leaderboard/ships/one/{k}") for k in (1, 2))
    assert both.result.data.also_train == (CorpusVersion("boats", "1.0.0", boats.fingerprint),)
    assert "also_train" not in json.loads((alone.path / "result.json").read_text("utf-8"))["data"]
    found = verify(made / "leaderboard", corpus=made / "ships")
    assert (found.recomputed, found.problems) == (("one/1", "one/2"), ())
    # An entry is submitted again from its own folder.
    again = both.path / "predictions"
    submit(again, both.path / "entry.toml", made / "leaderboard", corpus=made / "ships")
    assert read_entry(both.path) == both


@pytest.mark.parametrize(
    ("run", "given", "message"),
    [
        ("both", [], r'also_train is \[\], expected \["boats"\], which .*both learned from too$'),
        ("alone", ["boats"], r'also_train is \["boats"\], expected \[\], which .*alone learned'),
        ("both", ["boats", "ships"], r'is \["boats", "ships"\], expected \["boats"\]'),
    ],
)
def test_the_description_must_say_what_the_run_learned_from(
    made: Path, tmp_path: Path, run: str, given: list[str], message: str
) -> None:
    about = info(tmp_path, "new", also_train=given)
    with pytest.raises(EventbenchError, match=message) as caught:
        submit(made / run, about, tmp_path / "leaderboard", corpus=made / "ships")
    assert str(caught.value).startswith(f"{about}: ")
    assert not (tmp_path / "leaderboard").exists()


@pytest.mark.parametrize("part", ["triggers", "triggers/seed0"])
def test_a_part_of_a_run_learned_from_what_the_run_did(
    made: Path, tmp_path: Path, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaderboard, ships = tmp_path / "leaderboard", made / "ships"
    predictions = made / "both" / part
    about = info(tmp_path, "new")
    with pytest.raises(
        EventbenchError, match=r'is \[\], expected \["boats"\], which .*learned from'
    ):
        submit(predictions, about, leaderboard, corpus=ships, task="triggers")
    (tmp_path / "link").symlink_to(predictions)
    monkeypatch.chdir(predictions)
    for path in (Path(), tmp_path / "link"):
        with pytest.raises(EventbenchError, match=r'expected \["boats"\], which'):
            submit(path, about, leaderboard, corpus=ships, task="triggers")
    assert not leaderboard.exists()
    about = info(tmp_path, "new", also_train=["boats"])
    entry = submit(predictions, about, leaderboard, corpus=ships, task="triggers")
    assert [other.corpus for other in entry.result.data.also_train] == ["boats"]


def test_a_file_of_a_run_learned_from_what_the_run_did(made: Path, tmp_path: Path) -> None:
    predictions = made / "test/triggers/seed0/fold0.jsonl"
    about = info(tmp_path, "new", protocol="fixed-splits", also_train=["boats"])
    with pytest.raises(EventbenchError, match=r'expected \["ships", "boats"\], which'):
        submit(predictions, about, tmp_path, corpus=made / "tested", task="triggers")


def test_only_a_folder_of_the_layout_is_a_part_of_a_run(made: Path, tmp_path: Path) -> None:
    run = shutil.copytree(made / "both", tmp_path / "run")
    (run / "triggers").rename(run / "by-hand")
    assert also_trained(run / "by-hand") is None
    assert also_trained(run / "arguments") == also_trained(run) != []


def test_of_predictions_without_a_run_the_description_alone_tells(
    made: Path, tmp_path: Path
) -> None:
    leaderboard, ships = tmp_path / "leaderboard", made / "ships"
    about = info(tmp_path, "new", also_train=["secret-news"])
    predictions = shutil.copytree(made / "both/triggers", tmp_path / "triggers")
    entry = submit(predictions, about, leaderboard, corpus=ships, task="triggers")
    assert entry.result.data.also_train == (CorpusVersion("secret-news", "unknown", "unknown"),)
    assert verify(leaderboard, corpus=ships).problems == ()


def test_a_result_that_hides_what_was_learned_from_is_refused(made: Path, tmp_path: Path) -> None:
    leaderboard, ships = tmp_path / "leaderboard", made / "ships"
    entry = submit(made / "both", info(tmp_path, "new", also_train=["boats"]), leaderboard,
                   corpus=ships)  # fmt: skip
    seal(entry.path, lambda result: replace(result, data=replace(result.data, also_train=())))
    (problem,) = verify(leaderboard, corpus=ships).problems
    assert problem.endswith(
        "entry.toml: also_train is ['boats'], but result.json has []"
    )  # fmt: skip


REFUSED = {
    "a string": ("boats", "also_train is 'boats', expected a list of ids of corpora"),
    "no id": (["Boats!"], r"expected a list of ids"),
    "a corpus twice": (["boats", "boats"], "expected at most 10 corpora, each once"),
    "too many": ([f"c{k}" for k in range(11)], "expected at most 10 corpora"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_also_train_cannot_be(tmp_path: Path, case: str) -> None:
    value, message = REFUSED[case]
    path = write_info(tmp_path / "entry.toml", also_train=value)
    with pytest.raises(EventbenchError, match=message):
        read_info(path)


def test_who_learned_from_other_corpora_was_trained(tmp_path: Path) -> None:
    path = write_info(tmp_path / "entry.toml", also_train=["boats"], protocol="no training")
    with pytest.raises(EventbenchError, match=r"entry\.toml:\d+: also_train is .*'no training'$"):
        read_info(path)


def test_more_to_learn_from_does_not_replace_an_entry(board: Board) -> None:
    assert board.replaced == frozenset()
    assert {s.entry.id for s in board.systems["triggers"]} == {"one/1", "one/2"}


def test_other_names_to_learn_from_keep_no_entry_on_the_board(made: Path, board: Board) -> None:
    alone, both = board.entries
    lists = [("boats", "yachts"), ("yachts", "boats"), ("boats",)]
    later = [
        replace(both, info=replace(both.info, revision=str(k), also_train=also))
        for k, also in enumerate(lists, 3)
    ]
    last = replace(alone, info=replace(alone.info, revision="9"))
    ranked = rank(board.folder, [alone, both, *later, last], board.judge.corpus)
    assert ranked.replaced == {"one/1", "one/2", "one/3", "one/4"}


def test_the_tested_corpus_is_no_other_corpus(made: Path, tmp_path: Path) -> None:
    predictions = shutil.copytree(made / "both/triggers", tmp_path / "triggers")
    about = info(tmp_path, "new", also_train=["boats", "ships"])
    complaint = r"also_train in entry\.toml has 'ships', which is the tested corpus$"
    with pytest.raises(EventbenchError, match=complaint):
        submit(predictions, about, tmp_path / "board", corpus=made / "ships", task="triggers")


def test_another_edition_of_the_tested_corpus_is_refused(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ships = made / "ships"
    edition = write_ships(tmp_path / "edition", "ships-0")
    known = {"ships": ships, "ships-0": edition, "boats": made / "boats"}
    monkeypatch.setattr("eventbench.leaderboard.judge.available_corpora", lambda: known)
    predictions = shutil.copytree(made / "both/triggers", tmp_path / "triggers")

    def submitted(*others: str) -> None:
        about = info(tmp_path, "new", also_train=[*others])
        submit(predictions, about, tmp_path / "board", corpus=ships, task="triggers")

    found = r"has 'ships-0', which repeats article (\w+) of 'ships' as its \1$"
    with pytest.raises(EventbenchError, match=found):
        submitted("boats", "ships-0")
    submitted("boats")
    known.clear()  # of corpora that are not bundled nothing is known
    assert verify(tmp_path / "board", corpus=ships).problems == ()


def test_the_board_marks_them(board: Board, tmp_path: Path, cli: Cli) -> None:
    page = markdown(board)
    assert "“+ corpus” marks systems that also learned from all articles of that corpus." in page
    assert "[ONE](one/2) 2 + boats" in page
    assert "parameters | s / 1,000 sentences | learned from |" in page
    assert page.count("| ships, boats |") == page.count("| ships |") == 2
    assert "ONE 2 + boats" in markdown_summary(board)
    build_board(board, tmp_path / "site")
    triggers = (tmp_path / "site/triggers.html").read_text("utf-8")
    assert triggers.count('<span class="mark">own folds</span>') == 1
    assert triggers.count('<span class="mark more">own folds + boats</span>') == 1
    for value, words in (("own-folds", "own folds"), ("own-folds-+-boats", "own folds + boats")):
        assert f'<option value="{value}">{words}</option>' in triggers
        assert triggers.count(f'data-learned="{value}"') == 1
    entry = (tmp_path / "site/entries/one/2/index.html").read_text("utf-8")
    assert "<dt>Learned from</dt> <dd><bdi>ships, boats (boats 1.0.0)</bdi></dd>" in entry


def test_a_board_without_them_says_nothing_of_it(made: Path, tmp_path: Path) -> None:
    submit(made / "alone", info(tmp_path, "one"), tmp_path / "board", corpus=made / "ships")
    board = read_board(tmp_path / "board", made / "ships")
    assert "learned from" not in markdown(board)
    assert "+ " not in markdown_summary(board)
    build_board(board, tmp_path / "site")
    assert 'name="learned"' not in (tmp_path / "site/triggers.html").read_text("utf-8")


def test_the_board_of_a_test_alone(made: Path, test_board: Board, tmp_path: Path) -> None:
    assert verify(made / "leaderboard", corpus=made / "tested").problems == ()
    page = markdown(test_board)
    track = "Systems learn from other corpora alone and are tested on all 4 articles of this one."
    assert track in page
    assert "[FAR](far/1) 1 + ships + boats" in page
    assert "| ships, boats |" in page
    # No article of it is learned from, so none of its triggers can have been seen in one.
    assert "lemma seen" not in markdown_summary(test_board)
    build_board(test_board, tmp_path / "site")
    assert track in (tmp_path / "site/index.html").read_text("utf-8")
    assert "Seen and unseen" not in (tmp_path / "site/triggers.html").read_text("utf-8")
    (standing,) = test_board.systems["triggers"]
    assert list(standing.result.intervals) == ["these_documents", "new_documents"]


def test_an_entry_of_a_test_alone_learned_from_something_or_nothing(
    made: Path, tmp_path: Path
) -> None:
    predictions = shutil.copytree(made / "test/triggers", tmp_path / "triggers")
    tested = made / "tested"
    about = info(tmp_path, "new", protocol="fixed-splits")
    with pytest.raises(EventbenchError, match=r"'tested' has no articles to learn from: expected"):
        submit(predictions, about, tmp_path / "board", corpus=tested, task="triggers")
    about = info(tmp_path, "new", protocol="no training")
    submit(predictions, about, tmp_path / "board", corpus=tested, task="triggers")
    board = read_board(tmp_path / "board", tested)
    build_board(board, tmp_path / "site")
    entry = (tmp_path / "site/entries/new/1/index.html").read_text("utf-8")
    assert "<dt>Learned from</dt> <dd><bdi>nothing</bdi></dd>" in entry


def test_scores_say_what_was_learned_from(made: Path, board: Board, cli: Cli) -> None:
    entry = made / "leaderboard/ships/one/2"
    for path in (made / "both", made / "both/triggers", entry, entry / "predictions/triggers"):
        shown = cli("score", path, "--data", made / "ships", "--no-intervals").stdout
        assert "|also_train:boats 1.0.0" in shown
    for other in (made / "both", made / "both/triggers"):
        shown = cli("compare", made / "alone", other, "--data", made / "ships").stdout
        assert shown.splitlines()[-1] == f"Also learned from boats 1.0.0: {other}."
