"""The page of errors shows every error, escapes all texts and is usable by everyone."""

from __future__ import annotations

import re

import pytest
from browsing import CONTRASTS, Browser, outputs_under_hash_seeds
from made_errors import gold_rows, row
from test_view import tree

from eventbench.corpus.loading import Corpus
from eventbench.html.errors import render_errors
from eventbench.scoring.error_analysis import ERRORS, Entity, ErrorReport, Match, analyse
from eventbench.scoring.intervals import NEW_DOCUMENTS, THESE_DOCUMENTS, Interval

INTERVALS = {
    "micro avg": {
        THESE_DOCUMENTS: Interval(0.5, 0.4, 0.62, 0.95),
        NEW_DOCUMENTS: Interval(0.5, 0.25, 0.8, 0.95),
    },
    "<i>Hit": {THESE_DOCUMENTS: Interval(0.0, 0.0, 0.1, 0.95)},
    "Flight": {NEW_DOCUMENTS: Interval(1.0, 0.9, 1.0, 0.95)},
    "unknown": {},
}


def texts_of(page: str) -> dict[str, dict[str, str]]:
    """The text of each side of each sentence."""
    return {
        section.attributes["id"]: dict(
            zip(
                [side.text for side in section.all("h4")],
                [text.text for text in section.all("p", "text")],
                strict=True,
            )
        )
        for section in tree(page).all("section", "row")
    }


def test_sentences_are_whole(report: ErrorReport, real: dict[str, ErrorReport]) -> None:
    for found in (report, *real.values()):
        shown = texts_of(render_errors(found, "T"))
        assert list(shown) == [c.id for c in found.wrong]
        for compared in found.wrong:
            sides = ("Event", "Gold", "Predicted") if compared.event else ("Gold", "Predicted")
            assert shown[compared.id] == dict.fromkeys(sides, compared.text)


def test_each_side_has_its_entities(report: ErrorReport, real: dict[str, ErrorReport]) -> None:
    for found in (report, *real.values()):
        sections = tree(render_errors(found, "T")).all("section", "row")
        for section, compared in zip(sections, found.wrong, strict=True):
            *_, gold, predicted = section.all("p", "text")
            for side, name in ((gold, "gold"), (predicted, "predicted")):
                marks = [(s.text, s.attributes["data-tag"]) for s in side.all("span", "trigger")]
                entities = sorted(
                    ((getattr(m, name), m) for m in compared.matches if getattr(m, name)),
                    key=lambda pair: pair[0].start,
                )
                assert marks == [(compared.words(e), tag_of(e, m)) for e, m in entities]


def tag_of(entity: Entity, match: Match) -> str:
    return entity.label if match.outcome == "exact" else f"{entity.label} · {match.outcome}"


def test_numbers_of_the_page(report: ErrorReport) -> None:
    page = tree(render_errors(report, "T", INTERVALS))
    cells = [
        [cell.text for cell in line.all("td")]
        for line in page.all("table", "confusion")[0].all("tbody")[0].all("tr")
    ]
    expected = [[str(count) for count in line] for line in report.confusion()]
    expected[-1][-1] = ""
    assert cells == expected
    words = page.words
    assert "6 gold, 7 predicted, 2 exact: precision 28.6, recall 33.3, F1 30.8" in words
    assert "micro avg 50.0 on these documents 40.0–62.0 new ones 25.0–80.0" in words
    assert "<i>Hit 0.0 on these documents 0.0–10.0" in words
    lines = {line.words for line in page.all("tr")}
    assert "unseen–50.0–24–" in lines
    assert "partial57.166.761.530212" in lines
    bars = [(li.all("span", "name")[0].text, li) for li in page.all("li") if li.all("rect")]
    assert [name for name, _ in bars] == ["all", "Flight", "Hit", "Hold"]
    widths = [float(rect.attributes["width"].rstrip("%")) for rect in bars[0][1].all("rect")]
    assert widths == [25.0, 12.5, 25.0, 12.5, 25.0]


def test_whiskers_have_their_places(report: ErrorReport) -> None:
    drawings = tree(render_errors(report, "T", INTERVALS)).all("svg", "whiskers")
    places = []
    for drawing in drawings:
        found = {"dot": drawing.all("circle")[0].attributes["cx"]}
        for name in ("here", "new"):
            for line in drawing.all("line", name):
                found[name] = f"{line.attributes['x1']} {line.attributes['x2']}"
        places.append(found)
    assert places == [
        {"here": "40.00% 62.00%", "new": "25.00% 80.00%", "dot": "50.00%"},
        {"here": "0.00% 10.00%", "dot": "0.00%"},
        {"new": "90.00% 100.00%", "dot": "100.00%"},
    ]


def test_everything_is_escaped() -> None:
    attack = "\"><script>alert('x')</script></style>{{7*7}}"
    hostile = row("a-1", f"{attack} x", f"B-{attack} O")
    hostile |= {"id": f"i{attack}", "doc_id": f"d{attack}"}
    report = analyse([hostile], {hostile["id"]: ["O", f"B-{attack}"]})
    page = render_errors(report, attack, {attack: INTERVALS["Flight"]})
    assert "<script" not in page
    assert page.count("</style>") == 1
    assert "{{7*7}}" in page
    assert tree(page).all("h1")[0].text == attack
    assert texts_of(page) == {hostile["id"]: dict.fromkeys(("Gold", "Predicted"), f"{attack} x")}


def test_nothing_is_loaded(real: dict[str, ErrorReport]) -> None:
    for found in real.values():
        page = render_errors(found, "T", INTERVALS)
        for node in ("link", "img", "iframe", "script", "image", "use"):
            assert not tree(page).all(node)
        assert not re.search(r"""(?:src|href)\s*=\s*["']?(?!["']?#)""", page)
        assert not re.search(r"url\(|@import|http", tree(page).all("style")[0].text)


def test_ids_are_unique_and_links_lead_somewhere(real: dict[str, ErrorReport]) -> None:
    for found in real.values():
        page = render_errors(found, "T", INTERVALS)
        ids = re.findall(r' id="([^"]*)"', page)
        assert len(ids) == len(set(ids))
        targets = {target.attributes["href"] for target in tree(page).all("a")}
        assert targets <= {f"#{found}" for found in ids}
        named = re.findall(r' aria-labelledby="([^"]*)"', page)
        assert set(named) <= set(ids)


def test_hash_seed_does_not_matter() -> None:
    program = (
        "from eventbench import TASKS, load_corpus; from eventbench.tasks.base import Gold; "
        "from eventbench.html.errors import render_errors; "
        "from eventbench.scoring.error_analysis import analyse; "
        "from eventbench.scoring.error_text import sentences; "
        "r = Gold.of(TASKS['triggers'], load_corpus(), with_seen=True).rows; "
        "tags = [x['ner_tags'] for x in r]; "
        "moved = {x['id']: ['O', *t][: len(t)] for x, t in zip(r, tags)}; "
        "a = analyse(r, moved); print(render_errors(a, 'T'), sentences(a), a.to_json())"
    )
    assert len(outputs_under_hash_seeds(program)) == 1


def test_perfect_predictions(corpus: Corpus) -> None:
    for task in ("triggers", "arguments"):
        found = gold_rows(corpus, task)
        report = analyse(found, {r["id"]: r["ner_tags"] for r in found})
        assert "Every prediction is right" in render_errors(report, "gold")


def test_empty() -> None:
    for found in (analyse([], {}), analyse([row("a-1", "", "")], {"a-1": []})):
        page = render_errors(found, "Nothing")
        assert "0 gold, 0 predicted, 0 exact: precision –, recall –, F1 –" in page


# The page in a browser


def test_fits_a_phone(browser: Browser, report: ErrorReport, real: dict[str, ErrorReport]) -> None:
    for found in (report, *real.values()):
        tab = browser.open(render_errors(found, "T", INTERVALS), width=360)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360
        # Wide tables scroll in a frame of their own, which the keyboard can reach.
        over = "[...document.body.querySelectorAll('main *, header *')]" + (
            ".filter(e => e.getBoundingClientRect().right > 360 && !e.closest('.scroll'))"
            ".map(e => e.outerHTML)"
        )
        assert tab.evaluate(over) == []
        tab.context.close()


def test_tables_of_triggers_fit_a_phone(browser: Browser, real: dict[str, ErrorReport]) -> None:
    tab = browser.open(render_errors(real["triggers"], "T"), width=360)
    wide = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth)"
    assert tab.evaluate(f"{wide}.map(e => e.outerHTML)") == []


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_contrast(
    browser: Browser, report: ErrorReport, real: dict[str, ErrorReport], colours: str
) -> None:
    for found in (report, *real.values()):
        page = render_errors(found, "T", INTERVALS)
        contrasts = browser.open(page, color_scheme=colours).evaluate(CONTRASTS)
        names = {str(name) for name, _ in contrasts}
        assert any(name.startswith("diagonal") for name in names)
        assert any(name.endswith("wrong::after") for name in names)
        assert [(name, ratio) for name, ratio in contrasts if ratio < 4.5] == []


def test_filters(browser: Browser, report: ErrorReport) -> None:
    # evaluate() works even where the page's own scripts are off.
    tab = browser.open(render_errors(report, "T"), java_script_enabled=False)
    all_ids = ["a-1", "a-2", "b-1", "b-2"]

    def shown() -> list[str]:
        visible = [i for i in all_ids if tab.locator(f"#{i}").is_visible()]
        assert all(tab.locator(f"#{i} .text").first.is_visible() for i in visible)
        return visible

    assert shown() == all_ids
    tab.uncheck("#show-o-boundary")
    assert shown() == ["a-2", "b-1", "b-2"], "b-2 has another error, which is still ticked"
    tab.uncheck("#show-o-spurious")
    assert shown() == ["b-1"]
    tab.uncheck("#show-d1")
    assert shown() == []
    for box in ("#show-o-boundary", "#show-o-spurious", "#show-d1"):
        tab.check(box)
    tab.uncheck("#show-d0")
    assert shown() == ["b-1", "b-2"]


def test_keyboard_reaches_filters(browser: Browser, report: ErrorReport) -> None:
    tab = browser.open(render_errors(report, "T"))
    reached: list[str] = []
    while "show-d1" not in reached:
        assert len(reached) < 50
        tab.keyboard.press("Tab")
        reached.append(tab.evaluate("document.activeElement.id"))
        if reached[-1] == "show-o-missed":
            ring = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert ring == "solid"
            tab.keyboard.press("Space")
            assert not tab.is_checked("#show-o-missed")
    kinds = [f"show-o-{name}" for name in ERRORS if name != "both"]
    assert [name for name in reached if name.startswith("show-")] == [*kinds, "show-d0", "show-d1"]
