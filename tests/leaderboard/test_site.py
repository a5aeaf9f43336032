"""The leaderboard's pages are complete, run no foreign code, and are usable by everyone."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from browsing import CONTRASTS, Browser, outputs_under_hash_seeds
from conftest import HARBOUR, files_below
from made_entries import BIDI, HOSTILE, entry
from site_pages import check_is_plain, links_outside, pages_of, settles, shown, visit

from eventbench.corpus.loading import Corpus, load_corpus
from eventbench.errors import EventbenchError
from eventbench.html.article import render_article
from eventbench.leaderboard.board import Board
from eventbench.leaderboard.entry import Entry
from eventbench.leaderboard.formatting import parameters
from eventbench.leaderboard.markdown import markdown
from eventbench.leaderboard.ranking import rank, read_board
from eventbench.leaderboard.site import build_board
from eventbench.leaderboard.submit import submit
from eventbench.scoring.report import MeanSd
from eventbench.tasks.registry import TASKS, tasks_for


def test_entries_are_read_from_their_folder(harbour: Path, tmp_path: Path) -> None:
    corpus = load_corpus(harbour)
    made = entry(tmp_path / "made", corpus, "tiny", 0.3)
    toml = "\n".join(
        f"{key} = {json.dumps(value)}"
        for key, value in {**vars(made.info), "authors": ["A"]}.items()
        if key not in ("kind", "deterministic", "explanation")
    ).replace("= false", "= false")
    (tmp_path / "entry.toml").write_text(toml, encoding="utf-8")
    leaderboard = tmp_path / "leaderboard"
    submit(made.path / "predictions", tmp_path / "entry.toml", leaderboard, corpus=harbour)
    told: list[tuple[str, float]] = []
    found = read_board(str(leaderboard), str(harbour), lambda *news: told.append(news))
    assert [s.entry.info.system for s in found.systems["triggers"]] == ["tiny"]
    build_board(found, str(tmp_path / "site"), lambda *news: told.append(news))
    assert (tmp_path / "site/entries/tiny/1/index.html").is_file()
    assert told[-1] == ("tiny/1", 1.0)
    stored = sorted(p for p in (leaderboard / "harbour/tiny").rglob("*") if p.is_file())
    assert stored
    for path in stored:
        copy = tmp_path / "site/entries" / path.relative_to(leaderboard / "harbour")
        assert copy.read_bytes() == path.read_bytes()


def test_nothing_yet(corpus: Corpus, tmp_path: Path, browser: Browser) -> None:
    (tmp_path / "leaderboard").mkdir()
    empty = read_board(tmp_path / "leaderboard", corpus)
    build_board(empty, tmp_path / "site")
    tab = visit(browser, tmp_path / "site", "index.html")
    assert "No entry yet." in tab.inner_text("main")
    tab.click("nav >> text=Events")
    assert "No system does this task yet." in tab.inner_text("main")
    assert markdown(empty).count("No entry yet.") == len(tasks_for(corpus))


# Every page


OURS = re.compile(rf"(?:index|{'|'.join(TASKS)})\.html")


def test_links_lead_somewhere(site: Path) -> None:
    assert links_outside(site) == {"https://example.org/x?a=1&b=2", "http://a/?x=';&y=~"}


def test_pages_are_built_of_headings_captions_and_no_inline_code(site: Path) -> None:
    for page in pages_of(site):
        check_is_plain(page, OURS.fullmatch(page.path.name) is not None)


def test_articles_are_there(site: Path, corpus: Corpus) -> None:
    for document in corpus.documents:
        page = (site / f"articles/{document.id}.html").read_text(encoding="utf-8")
        credit = corpus.info.credit
        assert page == render_article(document, document.title, corpus.scheme, credit=credit)


def test_same_entries_same_site(board: Board, entries: list[Entry], site: Path) -> None:
    again = site.with_name("again")
    build_board(rank(board.folder, entries[::-1], board.corpus), again)
    files = sorted(p.relative_to(site) for p in site.rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(again) for p in again.rglob("*") if p.is_file())
    for file in files:
        assert (site / file).read_bytes() == (again / file).read_bytes(), file


def test_an_entry_of_other_data_is_not_compared(site: Path) -> None:
    folder = site / "entries/earlier/1"
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "an earlier version" in page
    assert "rank " not in page
    assert not list(folder.glob("errors-*.html")), "its predictions are of other sentences"
    assert (site / "entries/best/1/errors-triggers.html").is_file()


def test_a_failed_build_leaves_the_site_as_it_was(board: Board, tmp_path: Path) -> None:
    build_board(replace(board, entries=()), tmp_path / "site")
    (tmp_path / "site/index.html").write_text("old", encoding="utf-8")
    before = files_below(tmp_path)
    gone = replace(board.entries[0], path=tmp_path / "gone")
    with pytest.raises(EventbenchError, match="cannot be written"):
        build_board(replace(board, entries=(gone,)), tmp_path / "site")
    assert files_below(tmp_path) == before


# The pages in a browser


def test_sorts_by_pointer_and_by_keyboard(browser: Browser, site: Path) -> None:
    tab = visit(browser, site, "triggers.html")
    by_score = ["best 1", "better 1", "hostile 1", "triggers 1", "worst 1"]
    settles(tab, lambda found: found == by_score)
    heads = tab.locator("table[data-sortable] thead th")
    sorts = "e => e.map(x => x.getAttribute('aria-sort')).filter(Boolean)"
    assert heads.evaluate_all(sorts) == ["descending"]
    tab.click("thead th:has-text('Score')")
    settles(tab, lambda found: found == by_score[::-1])
    assert heads.evaluate_all(sorts) == ["ascending"]
    # Names begin with a letter or a "<", which goes before them.
    for key, expected in (("Enter", ["hostile", "best"]), ("Enter", ["worst", "triggers"])):
        tab.focus("thead th:has-text('System') [role=button]")
        tab.keyboard.press(key)
        settles(tab, lambda found, ends=expected: [n.split()[0] for n in found[:2]] == ends)
    ring = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"
    tab.click("thead th:has-text('Seeds')")
    settles(tab, lambda found: found[-1] == "worst 1")


def test_every_head_that_sorts_is_reached_by_the_tab_key(browser: Browser, site: Path) -> None:
    tab = visit(browser, site, "triggers.html")
    tab.focus("form.filters select >> nth=-1")
    reached = []
    for _ in range(9):
        tab.keyboard.press("Tab")
        label = tab.evaluate("document.activeElement.getAttribute('aria-label')")
        reached.append(label.split(":")[0])
    assert reached[1:] == [
        "#",
        "System",
        "Letters",
        "Score",
        "From the best",
        "Precision",
        "Recall",
        "Seeds",
    ]


def test_filters(browser: Browser, site: Path, board: Board) -> None:
    tab = visit(browser, site, "index.html")
    everyone = shown(tab)
    assert len(everyone) == 7
    tab.fill("input[name=q]", "BERT some")
    settles(tab, lambda found: found == ["triggers 1"])
    assert tab.inner_text("form.filters output") == "1 of 7"
    tab.fill("input[name=q]", "<img src=x")
    settles(tab, lambda found: found == ["hostile 1"])
    tab.fill("input[name=q]", "nobody is called so")
    assert "No entry matches the filters." in tab.inner_text("table[data-sortable]")
    tab.fill("input[name=q]", "")
    tab.select_option("select[name=kind]", "ceiling")
    settles(tab, lambda found: found == ["annotator 1"])
    tab.select_option("select[name=kind]", "earlier")
    settles(tab, lambda found: found == ["earlier 1"])
    tab.select_option("select[name=kind]", "")
    tab.select_option("select[name=task]", "arguments")
    settles(tab, lambda found: set(found) == {*everyone} - {"triggers 1"})
    tab.select_option("select[name=task]", "events")
    settles(tab, lambda found: found == [])

    tab = visit(browser, site, "triggers.html")
    tab.select_option("select[name=protocol]", "no-training")
    settles(tab, lambda found: found == ["best 1"])
    tab.select_option("select[name=articles]", "unknown")
    settles(tab, lambda found: found == [])
    tab.select_option("select[name=articles]", "")
    tab.select_option("select[name=protocol]", "")
    tab.select_option("select[name=letter]", "a")  # alone or beside others
    with_a = [s.entry.info.system for s in board.systems["triggers"] if 0 in s.letters]
    assert 0 < len(with_a) < len(board.systems["triggers"])
    settles(tab, lambda found: [name.split()[0] for name in found] == with_a)


def test_an_entry_is_opened_and_left(browser: Browser, site: Path) -> None:
    tab = visit(browser, site, "triggers.html")
    tab.fill("input[name=q]", "better")
    tab.click("text=Better")
    assert tab.inner_text("h1") == "Better"
    tab.click("text=Its errors, sentence by sentence >> nth=0")
    assert tab.inner_text("h1") == "Better 1"
    tab.go_back()
    tab.go_back()
    assert tab.input_value("input[name=q]") == "better"
    settles(tab, lambda found: found == ["better 1"])
    tab.click("nav >> text=Articles")
    tab.click("main a >> nth=0")
    assert tab.locator(".card").count() > 0


def test_views_show_their_columns(browser: Browser, site: Path, corpus: Corpus) -> None:
    # evaluate() works even where the page's own scripts are off.
    for scripts in (True, False):
        tab = visit(browser, site, "triggers.html", java_script_enabled=scripts)

        def heads(tab: Any = tab) -> list[str]:
            found = tab.locator("#systems ~ .scroll thead th:visible")
            return [
                re.split(r"\s", text.strip())[0] for text in found.all_inner_texts() if text.strip()
            ]

        fixed = ["#", "System", "Letters", "Score"]
        assert heads() == [*fixed, "Intervals", "From", "Precision", "Recall", "Seeds"]
        tab.check("#view-parts", force=True)
        assert heads() == [*fixed, *corpus.scheme.event_types]
        tab.check("#view-articles", force=True)
        assert heads() == [*fixed, *(document.id for document in corpus.documents)]
        tab.check("#view-about", force=True)
        about = ("Parameters", "Learned", "s", "Timed", "Encoder", "Protocol", "Articles")
        assert heads() == [*fixed, *about, "Licence"]
        assert tab.locator("form.filters").is_visible() == scripts
        assert len(shown(tab, "#systems ~ .scroll table")) == 5


PAGES = ["index.html", "triggers.html", "articles/index.html", "entries/hostile/1/index.html"]


def test_fits_a_phone(browser: Browser, site: Path) -> None:
    for page in [*PAGES, "attributes.html", "entries/best/1/index.html"]:
        tab = visit(browser, site, page, width=360)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360, page
        over = "[...document.body.querySelectorAll('main *, header *, nav *')]" + (
            ".filter(e => e.getBoundingClientRect().right > 360 && !e.closest('.scroll'))"
            ".map(e => e.outerHTML)"
        )
        assert tab.evaluate(over) == []
        tab.context.close()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_contrast(browser: Browser, site: Path, colours: str) -> None:
    for page in PAGES:
        tab = visit(browser, site, page, color_scheme=colours)
        if page == "triggers.html":
            tab.check("#view-parts", force=True)
            assert {"g1", "g2"} <= set(
                tab.locator(".chip").evaluate_all("e => e.map(x => x.classList[1])")
            )
        contrasts = tab.evaluate(CONTRASTS)
        assert len(contrasts) > 10
        assert [(name, ratio) for name, ratio in contrasts if ratio < 4.5] == []
        red = tab.evaluate("Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/))")
        assert (red > 200) == (colours == "light")
        tab.context.close()


def test_hostile_texts_are_shown_and_nothing_more(browser: Browser, site: Path) -> None:
    for page in ("index.html", "triggers.html", "entries/hostile/1/index.html"):
        tab = visit(browser, site, page)
        assert HOSTILE in tab.inner_text("body")
        assert tab.locator("img, script:not([src]), iframe").count() == 0
    isolated = tab.locator("main dd bdi").all_inner_texts()
    assert sum(BIDI in text for text in isolated) >= 6
    assert tab.locator("main a[rel~=ugc]").get_attribute("href") == "http://a/?x=';&y=~"


def test_five_hundred_entries(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = load_corpus(HARBOUR)
    made = entry(tmp_path / "leaderboard", corpus, "made", 0.3, ["triggers"], seeds=1)
    chance = random.Random(1)
    scores = [round(chance.random(), 6) for _ in range(500)]
    result = made.result.tasks["triggers"]
    many = [
        replace(
            made,
            info=replace(made.info, system=f"s{n:03}", name=f"System {n}", parameters=n**3),
            result=replace(
                made.result,
                tasks={"triggers": replace(result, score=MeanSd(found, None))},
            ),
        )
        for n, found in enumerate(scores)
    ]
    board = rank(tmp_path / "leaderboard", many, corpus)
    # Each entry's own pages are like those of few entries.
    monkeypatch.setattr("eventbench.leaderboard.track.Track.write_entry", lambda *_: None)
    pages = build_board(board, tmp_path / "site")
    assert pages == 2 + len(tasks_for(corpus)) + len(corpus.documents)
    tab = visit(browser, tmp_path / "site", "triggers.html")
    best = sorted(range(500), key=lambda n: -scores[n])
    settles(tab, lambda found: found == [f"s{n:03} 1" for n in best[:100]])
    tab.click(".dt-paging >> text='2'")
    settles(tab, lambda found: found == [f"s{n:03} 1" for n in best[100:200]])
    tab.hover("tbody tr:nth-child(3)")
    assert tab.inner_text("thead .compared").strip().startswith(f"From System {best[102]} 1")
    tab.click("thead th:has-text('System')")
    named = sorted(range(500), key=lambda n: f"system {n}")
    settles(tab, lambda found: found == [f"s{n:03} 1" for n in named[:100]])
    tab.click("thead th:has-text('Score')")
    settles(tab, lambda found: found[0] == f"s{best[0]:03} 1")
    tab.fill("input[name=q]", "system 49")
    settles(tab, lambda found: len(found) == sum("49" in str(n) for n in range(500)))
    assert tab.locator(".scatter circle").count() == 500
    assert markdown(board).count("](s") == 500


def test_nothing_but_a_site_is_replaced(tmp_path: Path) -> None:
    board = rank(tmp_path, [], load_corpus(HARBOUR))
    thesis = tmp_path / "work" / "thesis.tex"
    thesis.parent.mkdir()
    thesis.write_text("years of work", "utf-8")
    with pytest.raises(EventbenchError, match="work: exists and is not an earlier site"):
        build_board(board, thesis.parent)
    (thesis.parent / "articles").mkdir()
    (thesis.parent / "index.html").write_text("my home page", "utf-8")
    with pytest.raises(EventbenchError, match="work: exists and is not an earlier site"):
        build_board(board, thesis.parent)
    assert thesis.read_text("utf-8") == "years of work"
    site = tmp_path / "site"
    for _ in range(2):
        assert build_board(board, site) > 0
    (site / ".git").mkdir()
    with pytest.raises(EventbenchError, match=r"site/\.git: is not a part of the site"):
        build_board(board, site)
    assert (site / ".git").is_dir()


def test_an_article_may_have_any_id(harbour: Path, tmp_path: Path) -> None:
    sources = harbour / "seeds/sources.toml"
    text = sources.read_text("utf-8").replace('id = "h1"', 'id = "50%20 #1"')
    sources.write_text(text, "utf-8")
    corpus = load_corpus(harbour)
    made = entry(tmp_path / "made", corpus, "tiny", 0.3, ["triggers"], seeds=1)
    build_board(rank(tmp_path / "made", [made], corpus), tmp_path / "site")
    linking = set()
    for page in pages_of(tmp_path / "site"):
        for parts in (urlsplit(found["href"]) for found in page.all("a")):
            target = Path(page.path.parent, unquote(parts.path)).resolve()
            if parts.scheme or not parts.path:
                assert unquote(parts.fragment) in ["", *page.ids]
                continue
            assert target.is_file(), f"{page.path}: {parts.path}"
            linking |= {page.path.parent.name} if target.name == "50%20 #1.html" else set()
    assert linking == {"articles", "1"}, "the list of articles and the entry link to it"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (None, "unknown"),
        (0, "0"),
        (999, "999"),
        (1000, "1 k"),
        (1254, "1.25 k"),
        (999_499, "999 k"),
        (999_950, "1 M"),
        (113_000_000, "113 M"),
        (999_999_999, "1 B"),
        (10**15 - 1, "1,000 T"),
        (2**63 - 1, "9,220,000 T"),
    ],
)
def test_numbers_of_parameters_have_three_digits(number: int | None, shown: str) -> None:
    assert parameters(number) == shown


def test_hash_seed_does_not_matter(tmp_path: Path, harbour: Path) -> None:
    program = f"""
import hashlib
from pathlib import Path
import sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from made_entries import entry
from eventbench.corpus.loading import load_corpus
from eventbench.leaderboard.markdown import markdown
from eventbench.leaderboard.ranking import rank
from eventbench.leaderboard.site import build_board
from eventbench.tasks.registry import TASKS
import os
out = Path({str(tmp_path)!r}, os.environ["PYTHONHASHSEED"])
corpus = load_corpus({str(harbour)!r})
entries = [entry(out / "leaderboard", corpus, name, 0.4) for name in ("one", "three")]
board = rank(out / "leaderboard", entries, corpus)
build_board(board, out / "site")
for path in sorted((out / "site").rglob("*")):
    if path.is_file():
        print(path.relative_to(out), hashlib.sha256(path.read_bytes()).hexdigest())
print(markdown(board))
"""
    assert len(outputs_under_hash_seeds(program)) == 1
