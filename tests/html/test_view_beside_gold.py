"""The pages that show predictions beside the gold: by signs, not by colour alone, for everyone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from browsing import CONTRASTS, Browser
from conftest import HARBOUR
from test_view import cards_of, lit, tree

from eventbench import Argument, Corpus, Document, Event, Span, load_corpus
from eventbench.html.article import render_article
from eventbench.html.articles import render_articles
from eventbench.html.viewed import Viewed, with_gold

OUTCOMES = {
    "E1": "✓ right",
    "E2": "≈ partly right",
    "E3": "≈ partly right",
    "E4": "✗ wrong",
    "E6": "✗ wrong: not in the gold",
    "gold-E5": "○ missed: only in the gold",
    "gold-E6": "○ missed: only in the gold",
}


@pytest.fixture(scope="module")
def harbour_gold() -> Corpus:
    return load_corpus(HARBOUR)


def predicted(gold: Document) -> Document:
    """An article of harbour with every kind of mistake, and with probabilities."""
    one, two, three, four, *_ = gold.events
    cranes = gold.text.index("cranes")
    others = tuple(a for a in two.arguments if a.role != "Employer")
    wrong = Argument("Site", Span(cranes - 5, cranes + 6))
    minor = {**two.attributes, "severity": "minor"}
    events = (
        replace(one, probability=0.97, probabilities={"certainty": 0.8, "kind": 0.7}),
        replace(two, arguments=(*others, wrong), attributes=minor),
        replace(three, arguments=()),
        replace(four, trigger=Span(four.trigger.start - 3, four.trigger.end)),
        Event("E6", "Accident", Span(cranes, cranes + 6), probability=0.31),
    )
    return replace(gold, events=events, links=gold.links[:2])


@pytest.fixture(scope="module")
def viewed(harbour_gold: Corpus) -> Viewed:
    first, *others = harbour_gold.documents
    found = Viewed("made up", (predicted(first), *others), harbour_gold.scheme)
    return with_gold(found, HARBOUR)


@pytest.fixture(scope="module")
def page(viewed: Viewed) -> str:
    side = viewed.compared()["h1"]
    ways = [("All articles", "../index.html")]
    return render_article(
        side.document, "Title", viewed.scheme, verdicts=side.verdicts, ways=ways, note="A note."
    )


@pytest.fixture(scope="module")
def index(viewed: Viewed) -> str:
    addresses = {document.id: f"articles/{document.id}.html" for document in viewed.documents}
    return render_articles(viewed, viewed.compared(), addresses)


def test_every_event_says_what_became_of_it(page: str) -> None:
    cards = cards_of(page)
    assert {id: card.all("span", "verdict")[0].words for id, card in cards.items()} == OUTCOMES
    differences = {
        id: [li.words for ul in card.all("ul", "differences") for li in ul.all("li")]
        for id, card in cards.items()
    }
    assert {id: found for id, found in differences.items() if found} == {
        "E2": [
            "severity: gold major, predicted minor",
            "Employer: gold “Tidewater Lines”, predicted nothing",
            "Site: gold nothing, predicted “nine cranes”",
        ],
        "E3": ["Length: gold “three days”, predicted nothing"],
        "E4": ["trigger: gold “ship”, predicted “to ship”"],
    }
    head = tree(page).all("header")[0].words
    assert "5 events predicted, 6 in the gold: 1 right, 2 partly right, 2 wrong (1 of them" in head
    assert "A note." in head


def test_signs_stand_in_the_text(page: str) -> None:
    triggers = tree(page).all("a", "trigger")
    signs = [(t.text, t.attributes["data-tag"].split()[0]) for t in triggers]
    assert signs == [
        *(("strike", "✓"), ("walked", "≈"), ("walkout", "≈"), ("cranes", "✗")),
        *(("to ship", "✗"), ("collided", "○"), ("collision", "○")),
    ]
    assert triggers[0].attributes["data-tag"] == "✓ Str walkout · major · 97 %"
    assert [s.words for s in cards_of(page)["E1"].all("span", "sure")] == [
        *("70 %", "event 97 %", "80 %")
    ]


def test_the_list_counts_outcomes(index: str) -> None:
    body, foot = tree(index).all("tbody")[0], tree(index).all("tfoot")[0]
    cells = [[td.text for td in row.all("td")] for row in [*body.all("tr"), *foot.all("tr")]]
    assert cells[0] == ["6", "1", "2", "2", "2"]
    assert cells[-1] == ["20", "15", "2", "2", "2"]
    assert "<script" not in index


def test_unticked_outcomes_are_hidden_but_no_text(browser: Browser, page: str) -> None:
    tab = browser.open(page)
    texts = tab.locator(".row .text").all_inner_texts()
    for outcome in ("right", "partly", "missed"):
        tab.focus(f"#show-{outcome}")
        tab.keyboard.press("Space")
    shown = {id: tab.locator(f"#{id}").is_visible() for id in OUTCOMES}
    assert shown == {id: "wrong" in said for id, said in OUTCOMES.items()}
    assert tab.locator(".row .text").all_inner_texts() == texts


def test_words_of_the_gold_light_up_under_their_role(browser: Browser, page: str) -> None:
    tab = browser.open(page)
    tab.focus(".card.x2 .word")
    found: list[Any] = [(text.strip(), role) for text, role in lit(tab) if role != "none"]
    assert ("Tidewater Lines", "gold Employer") in found
    assert ("nine ", "✗ Site") in [(text, role) for text, role in lit(tab)]
    assert ("400", "Headcount") in found


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_everyone_can_read_it(browser: Browser, page: str, index: str, colours: str) -> None:
    for content in (page, index):
        tab = browser.open(content, width=360, color_scheme=colours)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360
        assert [(name, ratio) for name, ratio in tab.evaluate(CONTRASTS) if ratio < 4.5] == []
        tab.emulate_media(media="print")
        for box in tab.locator("input").all():
            assert not box.is_visible()
