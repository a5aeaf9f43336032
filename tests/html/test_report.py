"""The report: whole or not at all, the filters of the command line, and usable by everyone."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from browsing import CONTRASTS, Browser
from conftest import KARSLAND, ROOT, Cli, files_below
from made_results import result_of

import eventbench as eb
from eventbench import Corpus, EventbenchError
from eventbench.claims.select import Selection
from eventbench.html import report as module


def with_probabilities(corpus: Corpus) -> Corpus:
    """The events of a corpus as a system would give them that says how sure it is."""
    drawn = random.Random(0)

    def sure(document: eb.Document) -> eb.Document:
        events = (
            replace(e, probability=round(drawn.random(), 3), probabilities={"status": 0.7})
            for e in document.events
        )
        return replace(document, events=tuple(events))

    return replace(corpus, documents=tuple(map(sure, corpus.documents)), predicted=True)


@pytest.fixture(scope="module")
def gold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of tests/karsland."""
    folder = tmp_path_factory.mktemp("gold")
    data = folder / "karsland"
    shutil.copytree(KARSLAND, data)
    for name in ("annotation.conf", "incidents.toml"):
        shutil.copy(ROOT / "annotations" / name, data / "annotations")
    return eb.report(data, folder / "report").parent


@pytest.fixture(scope="module")
def predicted(tmp_path_factory: pytest.TempPathFactory, corpus: Corpus) -> Path:
    """A report of predictions with probabilities."""
    folder = tmp_path_factory.mktemp("predicted")
    return eb.report(with_probabilities(corpus), folder / "report", title="Aleppo, found").parent


def section(site: Path, heading: str) -> str:
    """The words of an incident, by the beginning of its heading."""
    page = (site / "index.html").read_text("utf-8")
    bodies = re.findall(r'<tbody id="i\d+">.*?</tbody>', page, re.DOTALL)
    words = (" ".join(re.sub(r"<[^>]*>", " ", body).split()) for body in bodies)
    return next(found for found in words if found.startswith(heading))


# What it says


def test_claims_stand_beside_denials_with_their_sentences(gold: Path) -> None:
    page = " ".join((gold / "index.html").read_text("utf-8").split())
    assert "6 incidents, 1 phase and 1 total in 3 articles" in page
    taken = section(gold, "change, Tolna")
    assert "2031-05-05 Territory: Tolna" in taken
    claims, denials = taken.rsplit("Denials", 1)
    assert "the army of Karsland government asserts contested since 2031-05-06" in claims
    assert "The army took Tolna on Monday, the army said." in claims
    assert "the rebels opposition denies contested" in denials
    assert "Denials None." in section(gold, "hold, Tolna")


def test_what_a_person_decided_and_what_includes_it_is_said(gold: Path) -> None:
    shelled = section(gold, "Shelling of Port Ambal")
    assert "2031-05-07*" in shelled
    assert "Decided: when the article was published that day" in shelled
    total = section(gold, "killed: people")
    assert "killed 40 or more in total (people)" in total
    assert "Part of m-157" in section(gold, "killed: civilians")
    assert '<a href="#i0">m-157</a>' in (gold / "index.html").read_text("utf-8")


def test_gold_and_predictions_are_told_apart(gold: Path, predicted: Path) -> None:
    told = {
        name: (site / "index.html").read_text("utf-8")
        for name, site in (("gold", gold), ("predicted", predicted))
    }
    assert "nobody has checked it" in told["predicted"]
    assert "What the percentages mean" in told["predicted"]
    assert "nobody has checked it" not in told["gold"]
    assert "percentages" not in told["gold"]
    assert 'type="range"' not in told["gold"]


def test_links_lead_to_events_in_pages_that_lead_back(gold: Path) -> None:
    page = (gold / "index.html").read_text("utf-8")
    targets = set(re.findall(r'href="([^"]*)"', page))
    events = [target for target in targets if target.startswith("articles/") and "#" in target]
    assert len(events) > 10
    for target in events:
        name, _, event = target.partition("#")
        article = (gold / name).read_text("utf-8")
        assert f'id="{event}"' in article
        assert 'href="../index.html"' in article
    for target in targets - set(events):
        assert re.fullmatch(r"articles/\d\.html|#[\w-]+", target)


def test_texts_of_others_stay_texts(karsland: Path, tmp_path: Path, browser: Browser) -> None:
    hostile = '</script><script>alert(1)</script><img src="http://x.example/">'
    corpus = eb.load_corpus(karsland)
    title, *others = corpus.documents
    renamed = replace(title, title=hostile, publisher=hostile)
    corpus = replace(corpus, documents=(renamed, *others))
    site = eb.report(corpus, tmp_path / "site", title=hostile).parent
    page = (site / "index.html").read_text("utf-8")
    assert "<script>" not in page
    assert "<img" not in page
    tab = visit(browser, site)
    assert tab.inner_text("h1") == hostile


def test_same_source_same_bytes(
    gold: Path, predicted: Path, karsland: Path, tmp_path: Path
) -> None:
    again = eb.report(karsland, tmp_path / "again").parent
    assert files_below(again) == files_below(gold)
    # Neither place has coordinates in a corpus without a map, which then needs no outlines.
    assert "assets/outlines.js" in files_below(predicted)


def test_without_coordinates_there_is_no_map(karsland: Path, tmp_path: Path) -> None:
    places = karsland / "annotations" / "places.toml"
    text = re.sub(r"(latitude|longitude) = .*\n", "", places.read_text("utf-8"))
    places.write_text(text, "utf-8")
    site = eb.report(karsland, tmp_path / "site").parent
    assert "None of these places has coordinates" in (site / "index.html").read_text("utf-8")
    assert not {"assets/outlines.js", "assets/map.js"} & set(files_below(site))


# What it writes


def test_a_selection_has_its_own_articles_only(cli: Cli, karsland: Path, tmp_path: Path) -> None:
    result = cli("report", "--data", karsland, "--told-by", "2", "--out", "r", "--title", "Two")
    expected = "r/index.html: open it in a browser; send the directory r as a whole\n"
    assert (result.stdout, result.stderr) == (expected, "")
    page = (tmp_path / "r" / "index.html").read_text("utf-8")
    assert "<h1>Two</h1>" in page
    assert "2 incidents in 2 articles" in page
    assert sorted(p.name for p in (tmp_path / "r" / "articles").iterdir()) == ["1.html", "2.html"]


def test_a_result_is_shown_like_gold(cli: Cli, karsland: Path, tmp_path: Path) -> None:
    result_of(eb.load_corpus(karsland), tmp_path / "found")
    assert cli("report", "found", "--out", "r").returncode == 0
    assert "<h1>found</h1>" in (tmp_path / "r" / "index.html").read_text("utf-8")
    both = cli("report", "found", "--data", karsland, "--out", "r")
    assert both.returncode == 2
    assert "give one of them" in both.stderr


def test_only_an_earlier_report_is_replaced(karsland: Path, tmp_path: Path) -> None:
    out = tmp_path / "r"
    eb.report(karsland, out)
    eb.report(karsland, out, title="Second")
    assert "<h1>Second</h1>" in (out / "index.html").read_text("utf-8")
    note = out / "articles" / "notes.txt"
    note.write_text("mine", "utf-8")
    with pytest.raises(EventbenchError, match=r"notes\.txt: is not a part of the report"):
        eb.report(karsland, out)
    assert note.read_text("utf-8") == "mine"
    with pytest.raises(EventbenchError, match="exists and is not an earlier report"):
        eb.report(karsland, karsland)


def test_after_an_error_nothing_is_there(
    cli: Cli, karsland: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(tmp_path.iterdir())
    result = cli("report", "--data", karsland, "--type", "Atack", "--out", "r")
    assert result.returncode == 1
    assert "no incident has the type 'Atack': expected one like Attack" in result.stderr
    monkeypatch.setattr(module, "MOST", 7)
    with pytest.raises(EventbenchError, match="8 incidents, expected 7 or fewer: select by type"):
        eb.report(karsland, tmp_path / "r")

    def fail(*_: object, **__: object) -> str:
        raise EventbenchError("no page")

    monkeypatch.setattr(module, "MOST", 100)
    monkeypatch.setattr(module, "render_article", fail)
    with pytest.raises(EventbenchError, match="no page"):
        eb.report(karsland, tmp_path / "r")
    assert set(tmp_path.iterdir()) == before


def test_no_incident(karsland: Path, tmp_path: Path, browser: Browser) -> None:
    site = eb.report(karsland, tmp_path / "r", selection=Selection(text="nowhere")).parent
    tab = visit(browser, site)
    assert tab.is_visible("text=No incident fits.")
    assert tab.inner_text("#shown") == "0 of 0 incidents"


# In a browser


def visit(browser: Browser, site: Path, choice: str = "", width: int = 1280, **options: Any) -> Any:
    tab = browser.open("", width, **options)
    tab.goto((site / "index.html").as_uri() + choice)
    return tab


def settles(tab: Any, holds: str) -> None:
    """Something comes to hold: scripts answer a moment after a key or a click."""
    for _ in range(200):
        if tab.evaluate(holds):
            return
        tab.wait_for_timeout(50)
    raise AssertionError(tab.inner_text("#filters .state"))


def shown(tab: Any) -> list[str]:
    """The headings of the incidents that one sees."""
    return tab.locator("#incident-table .shown .name").all_inner_texts()


def choices() -> Iterator[dict[str, Any]]:
    """What a user may choose, alone and together, as fields of `Selection`."""
    yield {}
    yield {"types": ["Attack"]}
    yield {"types": ["Attack/air-strike", "Casualty"], "sides": ["russia"]}
    yield {"places": ["aleppo"]}
    yield {"places": ["syria", "west-aleppo"], "contested": True}
    yield {"sources": ["sohr", "un"], "levels": ["total"]}
    yield {"statuses": ["planned", "hypothetical"]}
    yield {"statuses": ["negated"], "articles": ["002"]}
    yield {"since": date(2016, 11, 1), "until": date(2016, 11, 15)}
    yield {"since": date(2016, 11, 28)}
    yield {"until": date(2012, 1, 1)}
    yield {"text": "RUSSIA", "types": ["Attack"]}
    yield {"text": "sheikh saeed taken"}
    yield {"probability": 0.5}
    yield {"probability": 0.8, "sources": ["sohr"], "articles": ["003", "001"]}
    yield {"text": "no such words"}


def test_filters_choose_what_the_command_line_chooses(
    predicted: Path, corpus: Corpus, browser: Browser
) -> None:
    everything = eb.incidents(with_probabilities(corpus))
    tab = visit(browser, predicted)
    names = {"statuses": "status", "probability": "min_probability"}
    for choice in choices():
        selection = Selection(**choice)
        fitting = selection.incidents(everything)
        expected = [[i.id, [c.source for c in selection.claims(i)]] for i in fitting]
        plain = {key: "yes" if v is True else v for key, v in choice.items()}
        hash_ = urlencode({names.get(k, k.removesuffix("s")): v for k, v in plain.items()}, True)
        found = tab.evaluate(
            """(hash) => {
              history.replaceState(null, "", hash ? `#${hash}` : "#")
              const form = document.getElementById("filters")
              fromHash(form)
              const choice = readChoice(form)
              return data.incidents.flatMap((incident) => {
                const claims = fittingClaims(incident, choice)
                return claims ? [[incident.id, claims.map((k) => incident.claims[k].source)]] : []
              })
            }""",
            hash_,
        )
        assert found == expected, choice


def test_the_address_keeps_filters_and_the_open_incident(browser: Browser, predicted: Path) -> None:
    tab = visit(browser, predicted, "#type=Displacement&place=aleppo")
    few = shown(tab)
    assert 0 < len(few) < 20
    assert tab.inner_text("#chosen") == "type Displacement; place Aleppo"
    tab.locator(".shown .name button").first.click()
    assert "type=Displacement&place=aleppo&incident=" in tab.url
    quote = tab.locator(".shown .detail.open q").first.inner_text()
    other = visit(browser, predicted, tab.url[tab.url.index("#") :])
    assert shown(other) == few
    assert other.locator(".detail.open q").first.inner_text() == quote
    other.click("button[type=reset]")
    settles(other, "document.getElementById('shown').textContent.startsWith('146 of 146')")
    assert "type=" not in other.url


def test_a_link_to_an_incident_opens_it_whatever_is_chosen(browser: Browser, gold: Path) -> None:
    tab = visit(browser, gold, "#type=Displacement")
    tab.evaluate("document.querySelector('#figure-table a').click()")
    assert len(shown(tab)) == 8
    assert tab.locator(".detail.open").count() == 1
    assert tab.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true"


def test_the_slider_cuts_by_probability(browser: Browser, predicted: Path) -> None:
    tab = visit(browser, predicted)
    tab.focus("[name=min_probability]")
    for _ in range(18):
        tab.keyboard.press("ArrowRight")
    settles(tab, "document.getElementById('chosen').textContent == 'at least 90 % sure'")
    cells = tab.locator(".shown td[data-label=Sure]").all_inner_texts()
    assert 5 < len(cells) < 40
    assert all(float(re.sub(r"[^\d.]", "", cell)) >= 90 for cell in cells)


def test_everything_is_reached_with_the_keyboard(browser: Browser, gold: Path) -> None:
    tab = visit(browser, gold)
    tab.focus(".menu[data-filter=type] summary")
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Space")
    settles(tab, "document.querySelectorAll('#incident-table .shown').length == 2")
    assert tab.inner_text("#chosen") == "type Attack"
    tab.keyboard.press("Escape")
    assert tab.evaluate("document.activeElement.closest('.menu').open") is False
    assert tab.evaluate("document.activeElement.tagName") == "SUMMARY"
    days = "document.getElementById('timeline-note').textContent"
    before = tab.evaluate(days)
    tab.focus("#timeline-chart")
    tab.keyboard.press("-")
    tab.keyboard.press("ArrowLeft")
    assert tab.evaluate(days) != before
    tab.focus("[data-sort=title] button")
    tab.keyboard.press("Enter")
    assert tab.get_attribute("[data-sort=title]", "aria-sort") == "ascending"
    names = shown(tab)
    assert names == sorted(names, key=str.lower)
    tab.keyboard.press("Enter")
    assert shown(tab) == names[::-1]
    tab.focus(".shown .name button")
    tab.keyboard.press("Enter")
    assert tab.locator(".detail.open").is_visible()
    for _ in range(3):
        tab.keyboard.press("Tab")
        if tab.evaluate("(document.activeElement.getAttribute('href') ?? '').includes('#E')"):
            return
    pytest.fail("the Tab key does not reach the sentence")


def test_charts_follow_the_filters(browser: Browser, predicted: Path) -> None:
    tab = visit(browser, predicted)
    bars = tab.locator("#timeline-chart a").count()
    spots = tab.locator("#map-chart .spot").count()
    assert bars > 60
    assert spots > 10
    tab.click("#place-list button:has-text('Masaken Hanano')")
    settles(tab, "document.getElementById('shown').textContent == '6 of 146 incidents'")
    assert 0 < tab.locator("#map-chart .spot").count() < spots
    assert 0 < tab.locator("#timeline-chart a").count() < 10
    tab.click("#place-list button:has-text('Masaken Hanano')")
    tab.click("text=by side")
    lanes = tab.locator("#timeline-chart svg text").all_text_contents()
    assert any(text.startswith("government ") for text in lanes)
    tab.select_option("#measure", "displaced")
    tab.select_option("#figure-kind", "all")
    assert "figure" in tab.inner_text("#toll-note")
    keys = tab.evaluate(
        """[...document.querySelectorAll("#figure-table tbody tr")]
          .flatMap((row, n) => row.hidden ? [] : [data.figures[n].key])"""
    )
    assert len(set(keys)) == len(keys) > 0


def test_dragging_over_days_zooms_in(browser: Browser, predicted: Path) -> None:
    tab = visit(browser, predicted)
    chart = tab.locator("#timeline-chart")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    before = tab.inner_text("#timeline-note")
    y = box["y"] + box["height"] - 36  # below the bars
    tab.mouse.move(box["x"] + 0.7 * box["width"], y)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 0.8 * box["width"], y, steps=3)
    tab.mouse.up()
    assert tab.inner_text("#timeline-note") != before
    tab.click("text=Only these days")
    settles(tab, "document.getElementById('chosen').textContent.startsWith('since 20')")


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_contrast(browser: Browser, predicted: Path, colours: str) -> None:
    tab = visit(browser, predicted, "#type=Casualty&contested=yes", color_scheme=colours)
    tab.click("#open-all")
    tab.click(".menu[data-filter=source] summary")
    assert [(name, ratio) for name, ratio in tab.evaluate(CONTRASTS) if ratio < 4.5] == []


@pytest.mark.parametrize("width", [360, 820])
def test_nothing_is_wider_than_a_narrow_window(
    browser: Browser, predicted: Path, width: int
) -> None:
    tab = visit(browser, predicted, "#contested=yes", width=width)
    tab.click("#open-all")
    tab.click("#filterbox > summary")
    for menu in tab.locator(".menu summary").all():
        menu.click()
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    claims, denials = (
        side.bounding_box()
        for side in tab.locator(".detail.open .stances").first.locator("> div").all()
    )
    assert (denials["x"] > claims["x"]) == (width > 800)


def test_without_scripts_everything_is_there(browser: Browser, gold: Path) -> None:
    tab = visit(browser, gold, java_script_enabled=False)
    assert tab.locator("#incident-table .detail").first.is_visible()
    assert tab.locator("#figure-table").count() == 1
    assert not tab.locator("#filters").is_visible()


def test_print_has_what_is_shown_and_no_controls(browser: Browser, predicted: Path) -> None:
    tab = visit(browser, predicted, "#type=Displacement", color_scheme="dark")
    tab.locator(".shown .name button").first.click()
    tab.emulate_media(media="print")
    assert not tab.locator("#filterbox").is_visible()
    assert not tab.locator("button[data-zoom=in]").is_visible()
    assert tab.locator("#chosen").is_visible()
    assert tab.locator(".detail.open q").first.is_visible()
    assert tab.locator("#incident-table tbody:visible").count() == len(shown(tab))
    paper = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(253, 252, 250)"
