"""The page of differences: its table is the one that the command takes, and anybody can use it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browsing import CONTRASTS, Browser

import eventbench as eb
from eventbench import Corpus, Span
from eventbench.annotation.decisions import COLUMNS
from eventbench.html.adjudication import passages


@pytest.fixture
def annotators(tiny: Path) -> tuple[Corpus, Corpus]:
    """B has another trigger and status of the first event, and lacks the last one."""
    corpus = eb.load_corpus(tiny)
    first, second = corpus.documents
    took = replace(
        first.events[0],
        trigger=Span(7, 15),
        attributes={**first.events[0].attributes, "status": "planned"},
    )
    events = (took, *first.events[1:-1])
    return corpus, replace(corpus, documents=(replace(first, events=events), second))


@pytest.fixture
def page(annotators: tuple[Corpus, Corpus], tmp_path: Path) -> str:
    out = eb.adjudicate(*annotators, tmp_path / "open").out
    return (out / "decisions.html").read_text("utf-8")


def download(tab: Any, path: Path) -> Path:
    with tab.expect_download() as found:
        tab.get_by_role("button", name="Download").click()
    found.value.save_as(path)
    return path


def decide(section: Any, choice: str, rule: str = "A1", reason: str = "why") -> None:
    section.get_by_role("radio", name=choice, exact=True).check()
    section.get_by_label("Rule").fill(rule)
    section.get_by_label("Reason").fill(reason)


def test_the_page_writes_the_table_that_is_read(
    annotators: tuple[Corpus, Corpus], page: str, tmp_path: Path, browser: Browser
) -> None:
    tab = browser.open(page)
    trigger, status, event = tab.locator(".question").all()
    assert tab.locator("#state").inner_text() == "0 of 3 decided"
    decide(trigger, "A")
    decide(event, "B: nothing", "T1", 'he said "no"\tnever')
    status.get_by_placeholder("another of").fill("negated")
    assert status.get_by_role("radio", name="other").is_checked()
    assert tab.locator("#state").inner_text() == "2 of 3 decided"
    tab.get_by_role("button", name="Next open one").click()
    assert tab.evaluate("document.activeElement.closest('.question').id") == status.get_attribute(
        "id"
    )
    status.get_by_label("Rule").fill("A1")
    status.get_by_label("Reason").fill("neither")
    table = download(tab, tmp_path / "filled.tsv")
    written = table.read_text("utf-8").splitlines()
    given = (tmp_path / "open/decisions.tsv").read_text("utf-8").splitlines()
    assert [line.rsplit("\t", 3)[0] for line in written[:3]] == [
        line.rsplit("\t", 3)[0] for line in given[:3]
    ]
    found = eb.adjudicate(*annotators, tmp_path / "gold", decisions=table)
    rows = (found.out / "adjudication.tsv").read_text("utf-8").splitlines()[1:]
    assert [row.split("\t", 4)[4] for row in rows] == [
        "TerritorialControl took\tA1\twhy",
        "status negated\tA1\tneither",
        '-\tT1\the said "no" never',
    ]


def test_a_table_is_gone_on_with(page: str, tmp_path: Path, browser: Browser) -> None:
    tab = browser.open(page)
    trigger, status, _ = tab.locator(".question").all()
    decide(status, "other", "S4", 'a "reason"')
    status.get_by_placeholder("another of").fill("negated")
    decide(trigger, "B")
    table = download(tab, tmp_path / "half.tsv")
    tab = browser.open(page)
    tab.locator("#file").set_input_files(table)
    tab.get_by_text("2 of 3 decided").wait_for()
    assert download(tab, tmp_path / "again.tsv").read_bytes() == table.read_bytes()
    tab.get_by_label("only open ones").check()
    assert tab.locator(".question:visible").count() == 1
    wrong = tmp_path / "wrong.tsv"
    wrong.write_text("a\tb\n1\t2\n", "utf-8")
    tab.locator("#file").set_input_files(wrong)
    tab.get_by_text("This is not a table of decisions.").wait_for()


def test_a_table_that_fits_in_part_is_taken_in_part(
    page: str, tmp_path: Path, browser: Browser
) -> None:
    """Decisions on other readings are left out; what a spreadsheet capitalised is understood."""
    table = tmp_path / "open/decisions.tsv"
    heading, trigger, status, event = table.read_text("utf-8").splitlines()
    assert status.endswith("\t\t\t")
    assert "\tactual\tplanned\t" in status
    stale = status.replace("\tplanned\t", "\tnegated\t")

    def decided(row: str, decision: str) -> str:
        return row.removesuffix("\t\t\t") + f"\t{decision}\tA1\twhy"

    rows = [decided(trigger, "B"), decided(stale, "b"), decided(event, "perhaps")]
    half = tmp_path / "half.tsv"
    half.write_text("\r\n".join([heading, *rows, ""]), "utf-8")
    tab = browser.open(page)
    tab.locator("#file").set_input_files(half)
    tab.get_by_text("1 of 3 decided").wait_for()
    assert tab.locator("#message").inner_text() == (
        "1 row of other differences or readings left out. "
        "1 decision left out: not one of those that are possible."
    )
    written = download(tab, tmp_path / "again.tsv").read_text("utf-8").splitlines()
    decisions = [
        dict(zip(COLUMNS, row.split("\t"), strict=True))["decision"] for row in written[1:]
    ]
    assert decisions == ["b", "", ""]


def test_a_dropped_event_asks_nothing_more(page: str, tmp_path: Path, browser: Browser) -> None:
    tab = browser.open(page)
    trigger, status, _ = tab.locator(".question").all()
    decide(status, "A")
    decide(trigger, "neither")
    assert not status.is_visible()
    assert tab.locator("#state").inner_text() == "1 of 2 decided"
    rows = download(tab, tmp_path / "t.tsv").read_text("utf-8").splitlines()
    assert dict(zip(COLUMNS, rows[2].split("\t"), strict=True))["decision"] == ""
    decide(trigger, "B")
    assert status.is_visible()


def test_both_readings_stand_beside_each_other_with_their_words(page: str) -> None:
    text = " ".join(re.sub(r"<[^>]*>", " ", page.partition("<main")[2]).split())
    assert "took : trigger Rebels took the city on Monday. A" in text
    assert '<mark data-tag="TerritorialControl">took the</mark> city on Monday.' in page
    assert '<mark data-tag="Target">Kafr Hamra</mark>' in page
    assert "B: nothing" in text


def test_words_across_two_sentences_are_marked_in_both(annotators: tuple[Corpus, Corpus]) -> None:
    document = annotators[0].documents[0]
    first, second = passages(document, [(Span(24, 40), "Time"), (Span(36, 48), "Attacker")])
    assert first.pieces == (("Rebels took the city on ", None), ("Monday.", "Time"))
    assert second.pieces[0] == ("The army", "Time")
    assert [label for _, label in second.pieces] == ["Time", None]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_a_phone_and_can_be_read(
    page: str, browser: Browser, scheme: str, width: int
) -> None:
    tab = browser.open(page, width, color_scheme=scheme)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    contrasts = tab.evaluate(CONTRASTS)
    assert contrasts
    assert [found for found in contrasts if found[1] < 4.5] == []
    tab.locator(".question input[type=radio]").first.focus()
    tab.keyboard.press("ArrowRight")
    assert tab.locator(".question input[value=b]").first.is_checked()


def test_texts_of_others_stay_texts(
    annotators: tuple[Corpus, Corpus], tmp_path: Path, browser: Browser
) -> None:
    hostile = '</script><script>alert(1)</script><img src="http://x.example/">'
    first, second = annotators
    named = [replace(c, info=replace(c.info, name=hostile)) for c in (first, second)]
    texts = []
    for found in named:
        article = found.documents[0]
        text = article.text.replace("Kafr Hamra", "<b>&amp; Ham", 1)
        assert len(text) >= len(article.text)
        texts.append(replace(found, documents=(replace(article, text=text), found.documents[1])))
    out = eb.adjudicate(*texts, tmp_path / "hostile").out
    tab = browser.open((out / "decisions.html").read_text("utf-8"))
    assert tab.locator("h1").inner_text() == hostile
    assert "<b>&amp; Ham" in tab.locator("main").inner_text()


def test_equal_input_gives_equal_bytes(
    annotators: tuple[Corpus, Corpus], page: str, tmp_path: Path
) -> None:
    again = eb.adjudicate(*annotators, tmp_path / "again").out
    assert (again / "decisions.html").read_text("utf-8") == page
