"""One site of several boards: tasks and tracks at a glance, archives apart, old addresses kept."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from browsing import CONTRASTS, Browser
from conftest import HARBOUR, Cli
from made_entries import entry
from making import SHIPS, TESTED, write_ships
from site_pages import check_is_plain, links_outside, pages_of, visit

from eventbench.corpus.loading import load_corpus
from eventbench.errors import EventbenchError
from eventbench.leaderboard.board import Board
from eventbench.leaderboard.ranking import rank
from eventbench.leaderboard.site import archives, build_site

ALONE, MORE, NONE = (), ("boats",), "no training"


@pytest.fixture(scope="module")
def boards(tmp_path_factory: pytest.TempPathFactory) -> list[Board]:
    """A board, one of a corpus that is only a test, and one of another edition of the first."""
    folder = tmp_path_factory.mktemp("tracks")
    old = shutil.copytree(HARBOUR, folder / "old")
    about = old / "annotations/corpus.toml"
    about.write_text(
        about.read_text("utf-8").replace('id = "harbour"', 'id = "harbour-0"'), "utf-8"
    )
    tested = write_ships(folder / "tested", "tested", SHIPS, TESTED)
    harbour = load_corpus(HARBOUR)
    tasks = ["triggers"]
    systems = [
        entry(folder / "harbour", harbour, f"own{k}", 0.1 + k / 20, tasks, 1, also_train=ALONE)
        for k in range(5)
    ]
    systems += [
        entry(folder / "harbour", harbour, "more", 0.55, tasks, 1, also_train=MORE),
        entry(folder / "harbour", harbour, "none", 0.7, tasks, 1, protocol=NONE),
        entry(folder / "harbour", harbour, "annotator", 0.05, tasks, 1, kind="ceiling"),
    ]
    found = [rank(folder / "harbour", systems, harbour)]
    for name, path in (("tested", tested), ("harbour-0", old)):
        corpus = load_corpus(path)
        made = entry(folder / name, corpus, "far", 0.3, tasks, 1, also_train=MORE)
        found.append(rank(folder / name, [made], corpus))
    return found


@pytest.fixture(scope="module")
def tracks(boards: list[Board], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built") / "site"
    told: list[float] = []
    build_site(boards, out, lambda _, fraction: told.append(fraction))
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)
    return out


def test_another_edition_is_an_archive(boards: list[Board]) -> None:
    assert [board.corpus.id for board in archives(boards)] == ["harbour-0"]
    assert archives(boards[1:]) == []


def test_pages_of_all_tracks_are_sound(tracks: Path) -> None:
    assert links_outside(tracks) == {"https://example.org/x?a=1&b=2"}
    for page in pages_of(tracks):
        folder = page.path.parent.name
        check_is_plain(page, not re.match(r"articles|\d", folder) or page.path.name == "index.html")
    old = (tracks / "triggers.html").read_text("utf-8")
    assert 'http-equiv="refresh" content="0; url=harbour/triggers.html"' in old
    assert "An archive" in (tracks / "harbour-0/triggers.html").read_text("utf-8")
    assert "An archive" not in (tracks / "harbour/triggers.html").read_text("utf-8")


def test_the_first_page_has_the_best_of_each_kind(
    browser: Browser, tracks: Path, boards: list[Board]
) -> None:
    tab = visit(browser, tracks, "index.html")
    heads = [text.split()[0] for text in tab.locator(".glance thead th").all_inner_texts()]
    assert heads == ["Task", "harbour", "tested"]
    cells = tab.locator(".glance tbody tr:has-text('Triggers') td")
    ceiling = f"ceilings {100 * boards[0].ceilings['triggers'][0].score.mean:.1f}"
    assert ceiling in cells.nth(0).inner_text()
    assert "ceilings" not in cells.nth(1).inner_text()

    def names(cell: int) -> list[str]:
        found = cells.nth(cell).locator("li:visible .name a").all_inner_texts()
        return [name.lower() for name in found]

    ranked = [s.entry.info.system for s in boards[0].systems["triggers"]]
    assert names(0) == ranked[:3]
    assert names(1) == ["far"]
    assert cells.nth(1).locator(".mark").inner_text() == "boats"
    for kind, expected, other in (
        ("own", [name for name in ranked if name.startswith("own")][:3], []),
        ("others", ["more"], ["far"]),
        ("nothing", ["none"], []),
    ):
        tab.check(f"#learned-{kind}", force=True)
        assert [names(0), names(1)] == [expected, other]
    assert tab.locator("#archive ~ dl a").all_inner_texts() == ["harbour-0"]
    tab.click("nav >> text=tested")
    tab.click("nav >> text=Triggers")
    tab.click("nav >> text='harbour'")
    assert tab.url.endswith("/harbour/triggers.html")
    tab.select_option("select[name=learned]", "own-folds-+-boats")
    assert tab.inner_text("form.filters output") == "1 of 7"


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_first_page_is_readable(browser: Browser, tracks: Path, colours: str) -> None:
    tab = visit(browser, tracks, "index.html", width=360, color_scheme=colours)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    assert [found for found in tab.evaluate(CONTRASTS) if found[1] < 4.5] == []


def test_a_site_of_tracks_is_replaced_by_one_of_a_board_and_back(
    boards: list[Board], tmp_path: Path
) -> None:
    few = [replace(board, entries=()) for board in boards]
    for chosen in (few, few[:1], few):
        build_site(chosen, tmp_path / "site")
    assert (tmp_path / "site/tested/triggers.html").is_file()
    (tmp_path / "site/notes").mkdir()
    with pytest.raises(EventbenchError, match=r"site/notes: is not a part of the site"):
        build_site(few[:1], tmp_path / "site")


def test_all_corpora_with_a_board_are_built(cli: Cli, tmp_path: Path) -> None:
    for name in ("aleppo-1", "transfer"):
        (tmp_path / "board" / name).mkdir(parents=True)
    result = cli("leaderboard", "build", "--leaderboard", "board", "--out", "site")
    assert result.returncode == 0, result.stderr
    written = [line.split(":")[0] for line in result.stdout.splitlines()]
    assert written[:2] == ["board/aleppo-1/LEADERBOARD.md", "board/transfer/LEADERBOARD.md"]
    assert (tmp_path / "site/transfer/triggers.html").is_file()
    result = cli(
        "leaderboard", "build", "--leaderboard", "board", "--corpus", "transfer", "--out", "one"
    )
    assert (tmp_path / "one/triggers.html").is_file()
    assert not (tmp_path / "one/transfer").exists()
