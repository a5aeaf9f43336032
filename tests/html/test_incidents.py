"""The page of incidents: claims beside denials, what was decided, and nothing that is loaded."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from browsing import CONTRASTS, Browser

import eventbench as eb
from eventbench import Incident
from eventbench.html.incidents import render_incidents

ARTICLES = {name: f"articles/{name}.html" for name in "mno"}


@pytest.fixture
def found(karsland: Path) -> list[Incident]:
    return [*eb.incidents(karsland)]


def section(page: str, name: str) -> str:
    """The words of the section of an incident."""
    start = page.index(f'id="i-{name}"')
    html = page[start : page.index("</section>", start)]
    return " ".join(re.sub(r"<[^>]*>", " ", html[html.index(">") + 1 :]).split())


def test_each_incident_is_shown_with_claims_beside_denials(found: list[Incident]) -> None:
    page = render_incidents(found, "A war", ARTICLES, subtitle="karsland 0.0.1")
    assert "6 incidents · 1 phase · 1 total" in " ".join(page.split())
    taken = section(page, "tolna-taken")
    assert "When 2031-05-05 Where Territory: Tolna" in taken
    claims, denials = taken.split("Denials")
    assert "the army of Karsland government asserts contested since 2031-05-06" in claims
    assert "m-001 took The army took Tolna on Monday, the army said." in claims
    assert "the rebels opposition denies contested" in denials
    assert "Denials None." in section(page, "o-7")


def test_what_a_person_decided_is_marked(found: list[Incident]) -> None:
    page = render_incidents(found, "A war", ARTICLES)
    assert "2031-05-07 decided" in section(page, "ambal-shelled")
    assert "Decided: when the article was published that day" in section(page, "ambal-shelled")
    assert "decided" not in section(page, "tolna-taken").lower()


def test_totals_and_what_they_include(found: list[Incident]) -> None:
    page = render_incidents(found, "A war", ARTICLES)
    assert "killed 40 or more in total (people)" in section(page, "m-157")
    assert "Part of m-157" in section(page, "tolna-shelled")
    assert 'href="#i-m-157"' in page
    # A whole that is not on the page is named without a link.
    alone = render_incidents([i for i in found if i.id == "tolna-shelled"], "A war", ARTICLES)
    assert "Part of m-157" in section(alone, "tolna-shelled")
    assert 'href="#i-m-157"' not in alone


def test_where_a_time_is_taken_from(found: list[Incident]) -> None:
    taken = [replace(i, inherited={"when": "m:144-152"}) for i in found if i.id == "m-157"]
    page = render_incidents(taken, "A war", ARTICLES)
    assert "When is that of m:144-152" in section(page, "m-157")


def test_everything_is_escaped_and_links_lead_to_articles_or_this_page(
    found: list[Incident],
) -> None:
    attack = '"><script>x</script>'
    page = render_incidents([replace(found[0], name=attack)], attack, ARTICLES, subtitle=attack)
    assert "<script" not in page
    for target in re.findall(r'href="([^"]*)"', render_incidents(found, "T", ARTICLES)):
        assert re.fullmatch(r"(?:articles/[mno]\.html)?#[\w-]+", target)
    assert not re.search(r"<(?:link|img|iframe|script)\b|src=|url\(|@import", page)


def test_no_incident(found: list[Incident]) -> None:
    assert "No incident fits." in render_incidents([], "A war", ARTICLES)


def test_same_input_same_page(found: list[Incident]) -> None:
    assert len({render_incidents(found, "T", ARTICLES) for _ in range(2)}) == 1


# The page in a browser.


def test_denials_stand_beside_claims_and_below_them_on_a_phone(
    browser: Browser, found: list[Incident]
) -> None:
    page = render_incidents(found, "A war", ARTICLES)
    for width, beside in ((1280, True), (360, False)):
        tab = browser.open(page, width=width)
        claims, denials = (
            side.bounding_box() for side in tab.locator("#i-tolna-taken .sides > div").all()
        )
        assert (denials["x"] > claims["x"]) == beside
        assert (denials["y"] > claims["y"]) != beside
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        tab.context.close()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_contrast(browser: Browser, found: list[Incident], colours: str) -> None:
    tab = browser.open(render_incidents(found, "A war", ARTICLES), color_scheme=colours)
    assert [(name, ratio) for name, ratio in tab.evaluate(CONTRASTS) if ratio < 4.5] == []


def test_mentions_can_be_reached_with_the_keyboard(browser: Browser, found: list[Incident]) -> None:
    tab = browser.open(render_incidents(found, "A war", ARTICLES), java_script_enabled=False)
    for _ in range(200):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.getAttribute('href')") == "articles/m.html#E1":
            return
    pytest.fail("the Tab key never reaches the mention")
