"""The page of an article: nothing lost, nothing loaded, readable by everyone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from browsing import CONTRASTS, Browser, outputs_under_hash_seeds
from conftest import HARBOUR

from eventbench.corpus.loading import Corpus, load_corpus
from eventbench.corpus.model import Argument, Document, Event, Link, Sentence, Span, Value
from eventbench.corpus.scheme import Scheme, read_scheme
from eventbench.html.article import render_article
from eventbench.html.cards import HUES

# Types that no real scheme has: the page must take every name from the scheme. There are more
# of them than hues.
TYPES = ["Storm", "MarketFall", "Storage", *(f"Plain{n}" for n in range(len(HUES) - 2))]

CONF = f"""[entities]
Actor
Participant
Number
Speaker

[relations]
Alike\tArg1:<EVENT>, Arg2:<EVENT>, <REL-TYPE>:symmetric
Brings\tArg1:Storm, Arg2:MarketFall

[events]
Storm\tHero*:Actor, Hurt*:Participant, Tally*:Number, Teller?:Speaker
{"".join(f"{name}{chr(9)}Hero*:Actor, Teller?:Speaker{chr(10)}" for name in TYPES[1:])}
[attributes]
StormSubtype\tArg:Storm, Value:hail|wind
Status\tArg:<EVENT>, Value:actual|planned|negated
Reported\tArg:<EVENT>, Value:author|attributed
Contested\tArg:<EVENT>
Side\tArg:Actor, Value:north|south|north_south
Masked\tArg:Actor
"""

LINES = [
    [
        "Northern Union troops <script>alert(1)</script> hit & “burnt” 12 barns and 30 sheds 🌾.",
        "So?",
    ],
    ["A farmer  said the crash 🐄 was no crash."],
]


@pytest.fixture(scope="module")
def scheme(tmp_path_factory: pytest.TempPathFactory) -> Scheme:
    path = tmp_path_factory.mktemp("scheme") / "annotation.conf"
    path.write_text(CONF, encoding="utf-8")
    return read_scheme(path)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus()


def spans(text: str, *words: str) -> list[Span]:
    return [Span(text.index(word), text.index(word) + len(word)) for word in words]


def article(lines: list[list[str]]) -> Document:
    text = "\n\n".join(" ".join(line) for line in lines) + "\n"
    found = spans(text, *(sentence for line in lines for sentence in line))
    sentences = tuple(Sentence(f"900-{n:03}", span, ()) for n, span in enumerate(found, 1))
    return Document("900", "900_x", text, sentences)


@pytest.fixture(scope="module")
def rich() -> Document:
    """Overlapping arguments, numbered roles, a source elsewhere, every kind of link."""
    document = article(LINES)
    union, troops, hit, burnt, n12, barns, n30, sheds, farmer, crash, no_crash = spans(
        document.text,
        *("Northern Union", "Union troops", "hit", "burnt", "12", "barns", "30", "sheds"),
        *("farmer", "crash", "no crash"),
    )
    events = (
        Event(
            "E1",
            "Storm",
            hit,
            (
                Argument("Hero", union, {"side": "north_south", "masked": "yes"}),
                Argument("Tally", n12),
                Argument("Hurt", barns),
                Argument("Tally", n30, number=2),
                Argument("Hurt", sheds, number=2),
            ),
            {
                "subtype": "wind",
                "status": "negated",
                "reported": "attributed",
                "contested": "yes",
            },
            source=farmer,
            note="a note <b>",
        ),
        Event(
            "E2",
            "Storm",
            burnt,
            (Argument("Hero", troops, {"side": "north", "masked": "no"}),),
            {"subtype": "hail", "status": "actual", "contested": "no"},
        ),
        Event("E3", "MarketFall", crash, attributes={"status": "actual", "reported": "author"}),
        Event("E4", "Storage", Span(no_crash.start + 3, no_crash.end)),
    )
    links = (Link("Brings", "E1", "E3"), Link("Alike", "E3", "E4"))
    return replace(document, events=events, links=links)


# The page as a tree.


@dataclass
class Node:
    tag: str
    attributes: dict[str, str]
    children: list[Node | str] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def text(self) -> str:
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    @property
    def words(self) -> str:
        return " ".join(self.text.split())

    def all(self, tag: str, css: str = "") -> list[Node]:
        found = []
        for child in self.children:
            if isinstance(child, Node):
                if child.tag == tag and (not css or css in child.classes):
                    found.append(child)
                found += child.all(tag, css)
        return found


class Tree(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.open = [Node("", {})]
        self.feed(page)
        self.close()
        assert len(self.open) == 1, f"never closed: {[node.tag for node in self.open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in ("meta", "input"):
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def tree(page: str) -> Node:
    return Tree(page).open[0]


def cards_of(page: str) -> dict[str, Node]:
    return {node.attributes["id"]: node for node in tree(page).all("li", "card")}


def roles_of(card: Node) -> list[tuple[str, str]]:
    names, fillers = card.all("dt"), card.all("dd")
    assert len(names) == len(fillers)
    return [(n.text, f.words) for n, f in zip(names, fillers, strict=True)]


def sentences_of(page: str) -> dict[str, str]:
    rows = tree(page).all("section", "row")
    return {row.attributes["id"]: row.all("p", "text")[0].text for row in rows}


# What every page must hold.


def check_page(document: Document, page: str) -> None:
    written = {s.id: s.span.text_in(document.text) for s in document.sentences}
    assert sentences_of(page) == written
    cards = cards_of(page)
    assert list(cards) == [event.id for event in document.events]
    for event in document.events:
        card = cards[event.id]
        assert card.all("a", "word")[0].text == event.trigger.text_in(document.text)
        assert card.all("span", "type")[0].text == event.type
        flags = ("yes", "no")
        shown = [n if v in flags else v for n, v in event.attributes.items() if v != "no"]
        for value in [*shown, event.note or ""]:
            assert value in card.text
        roles = [text for _, text in roles_of(card)]
        expected = [" ".join(a.span.text_in(document.text).split()) for a in event.arguments]
        expected += [event.source.text_in(document.text)] if event.source else []
        assert len(roles) == len(expected)
        for text in expected:
            assert any(shown.startswith(text) for shown in roles)
    triggers = [a for a in tree(page).all("a", "trigger")]
    assert [(a.attributes["href"], a.text) for a in triggers] == [
        (f"#{e.id}", e.trigger.text_in(document.text)) for e in document.events
    ]


def test_every_gold_article_is_whole(corpus: Corpus) -> None:
    for document in corpus.documents:
        assert document.events
        check_page(document, render_article(document, document.title, corpus.scheme))


def test_every_article_of_another_domain_is_whole() -> None:
    corpus = load_corpus(HARBOUR)
    pages = {d.id: render_article(d, d.title, corpus.scheme) for d in corpus.documents}
    for document in corpus.documents:
        check_page(document, pages[document.id])
    head = tree(pages["h1"]).all("header")[0]
    assert {"Str Strike 3", "Shi Shipment 1", "Acc Accident 2"} == {
        label.words for label in head.all("label")
    }
    assert [s.words for s in head.all("span", "subtypes")] == ["walkout 3", "export 1"]
    assert head.all("p", "unusual")[0].words == "expected 1 major 4 insured 1"
    assert "describes it: sector" in head.text
    assert "pairs a count" not in head.text  # no kind of this scheme is a count
    accident = cards_of(pages["h1"])["E6"]
    assert roles_of(accident) == [
        ("Insurer", "Brightwater Mutual insurance"),
        ("Damage", "2 million crowns"),
    ]
    (links,) = cards_of(pages["h3"])["E3"].all("ul", "links")
    assert [link.words for link in links.all("li")] == [
        "SameStory locked h3-002",
        "Delays → imports h3-003",
    ]


def test_rich_article_is_whole(rich: Document, scheme: Scheme) -> None:
    check_page(rich, render_article(rich, "Rich", scheme))


def test_sentences_of_one_line_are_one_paragraph(rich: Document, scheme: Scheme) -> None:
    paragraphs = tree(render_article(rich, "Rich", scheme)).all("div", "paragraph")
    ids = [[row.attributes["id"] for row in p.all("section", "row")] for p in paragraphs]
    assert ids == [["900-001", "900-002"], ["900-003"]]


def test_ids_are_unique_and_links_lead_somewhere(rich: Document, scheme: Scheme) -> None:
    page = render_article(rich, "Rich", scheme)
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    targets = {target.attributes["href"] for target in tree(page).all("a")}
    assert targets
    assert targets <= {f"#{found}" for found in ids}


def test_card_tells_all(rich: Document, scheme: Scheme) -> None:
    card = cards_of(render_article(rich, "Rich", scheme))["E1"]
    assert roles_of(card) == [
        ("Hero", "Northern Union north_south masked"),
        ("Teller", "farmer 900-003"),
        ("Tally", "12"),
        ("Hurt", "barns"),
        ("Tally2", "30"),
        ("Hurt2", "sheds"),
    ]
    assert roles_of(cards_of(render_article(rich, "Rich", scheme))["E2"]) == [
        ("Hero", "Union troops north"),
    ]
    groups = [[dt.text for dt in group.all("dt")] for group in card.all("dl", "group")]
    assert groups == [["Tally", "Hurt"], ["Tally2", "Hurt2"]]
    loud = [mark.text for mark in card.all("span", "loud")]
    assert loud == ["negated", "attributed", "contested"]
    assert "a note <b>" in card.text


def test_a_value_stands_behind_its_words(rich: Document, scheme: Scheme) -> None:
    first = next(event for event in rich.events if event.id == "E1")
    tallies = [a.span for a in first.arguments if a.role == "Tally"]
    assert first.source is not None
    values = (
        Value(tallies[0], "Number", "12-", "at-least", "barn"),
        Value(first.source, "Speaker", "a-farmer", "resident", "none"),
        Value(tallies[1], "Time", "2031-05-05/2031-05-05", "day", "text"),  # of no such argument
    )
    page = render_article(replace(rich, values=values), "Rich", scheme)
    shown = [text for _, text in roles_of(cards_of(page)["E1"])]
    assert shown[1:5] == ["farmer a-farmer 900-003", "12 12-", "barns", "30"]
    assert "or source that is meant" in page
    assert "or source that is meant" not in render_article(rich, "Rich", scheme)


def test_an_interval_of_one_day_is_that_day() -> None:
    corpus = load_corpus()
    document = corpus.documents[2]
    page = " ".join(render_article(document, "", corpus.scheme).split())
    assert '15 November <span class="value">2016-11-15</span>' in page
    assert re.search(r'<span class="value">2016-\d\d-\d\d to 2016-\d\d-\d\d</span>', page)
    assert "/2016" not in page


def test_usual_and_undecided_attributes_are_quiet(rich: Document, scheme: Scheme) -> None:
    cards = cards_of(render_article(rich, "Rich", scheme))
    assert [m.text for m in cards["E3"].all("span", "mark")] == ["actual", "author"]
    assert not cards["E3"].all("span", "loud")
    assert [m.text for m in cards["E4"].all("span", "mark")] == ["undecided: Status, Reported"]
    assert "undecided: Reported" in cards["E2"].text


def test_links_stand_at_both_ends(rich: Document, scheme: Scheme) -> None:
    cards = cards_of(render_article(rich, "Rich", scheme))

    def links(event: str) -> list[tuple[str, str]]:
        items = [li for ul in cards[event].all("ul", "links") for li in ul.all("li")]
        return [(li.words, li.all("a")[0].attributes["href"]) for li in items]

    assert links("E1") == [("Brings → crash 900-003", "#E3")]
    assert links("E3") == [("Brings ← hit 900-001", "#E1"), ("Alike crash 900-003", "#E4")]
    assert links("E4") == [("Alike crash 900-003", "#E3")]


def test_overlapping_arguments_share_a_segment(rich: Document, scheme: Scheme) -> None:
    page = tree(render_article(rich, "Rich", scheme))
    uses: dict[str, list[str]] = {"x1": [], "x2": []}
    shared = []
    for span in page.all("p", "text")[0].all("span", "arg"):
        for name in uses:
            if name in span.classes:
                uses[name].append(span.text)
        if "x1" in span.classes:
            shared += [inner.text for inner in span.all("span", "x2")]
    assert "".join(uses["x1"][:2]) == "Northern Union"
    assert "".join(uses["x2"]) == "Union troops"
    assert shared == ["Union"]


def test_triggers_carry_more_than_colour(rich: Document, scheme: Scheme) -> None:
    triggers = tree(render_article(rich, "Rich", scheme)).all("a", "trigger")
    tags = [trigger.attributes["data-tag"] for trigger in triggers]
    # "Storage" would be "Sto" too.
    assert tags == ["Sto wind · negated · attributed · contested", "Sto hail", "MF", "Stor"]


def test_counts_at_the_top(rich: Document, scheme: Scheme) -> None:
    head = tree(render_article(rich, "Rich", scheme)).all("header")[0]
    kinds = {label.words for label in head.all("label")}
    assert {"Sto Storm 2", "MF MarketFall 1", "Stor Storage 1"} <= kinds
    assert head.all("span", "subtypes")[0].words == "hail 1, wind 1"
    assert head.all("p", "unusual")[0].words == "negated 1 attributed 1 contested 1"
    assert "3 sentences · 4 events" in head.text


def test_everything_is_escaped(rich: Document, scheme: Scheme) -> None:
    attack = '"><script>x</script>'
    page = render_article(rich, f"Title {attack}", scheme, subtitle=f"Sub {attack}")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert tree(page).all("h1")[0].text == f"Title {attack}"
    assert tree(page).all("p", "subtitle")[0].text == f"Sub {attack}"
    assert tree(page).all("html")[0].attributes["lang"] == "en"


def test_nothing_is_loaded(corpus: Corpus) -> None:
    for document in corpus.documents:
        page = render_article(document, "T", corpus.scheme)
        for node in ("link", "img", "iframe", "script"):
            assert not tree(page).all(node)
        assert not re.search(r"""(?:src|href)\s*=\s*["']?(?!["']?#)""", page)
        style = tree(page).all("style")[0].text
        assert not re.search(r"url\(|@import|http", style)


def test_same_input_same_page(corpus: Corpus) -> None:
    for document in corpus.documents:
        pages = {render_article(document, "T", corpus.scheme) for _ in range(2)}
        assert len(pages) == 1


def test_hash_seed_does_not_matter() -> None:
    program = (
        "from eventbench.corpus.loading import load_corpus; "
        "from eventbench.html.article import render_article; "
        "c = load_corpus(); print(render_article(c.documents[0], 'T', c.scheme))"
    )
    assert len(outputs_under_hash_seeds(program)) == 1


def test_no_events(scheme: Scheme) -> None:
    page = render_article(article(LINES), "Empty", scheme)
    check_page(article(LINES), page)
    assert "No events are marked" in page
    nothing = render_article(Document("901", "901_x", ""), "Nothing", scheme)
    assert "0 sentences · 0 events" in nothing


def test_event_that_lies_in_no_sentence_is_shown(rich: Document, scheme: Scheme) -> None:
    first, second, *_ = rich.sentences
    crossing = Event("E9", "Storm", Span(first.span.end - 2, second.span.start + 2))
    page = render_article(replace(rich, events=(crossing,), links=()), "Broken", scheme)
    assert [s.span.text_in(rich.text) for s in rich.sentences] == [
        p.text for p in tree(page).all("p", "text")
    ]
    assert "Events that lie in no sentence" in page
    assert list(cards_of(page)) == ["E9"]


# The page in a browser.


def colourful(document: Document, scheme: Scheme) -> Document:
    """The document with an event of each type, whose argument is the next one's trigger."""
    words = [Span(*match.span()) for match in re.finditer(r"\w+", document.text)]
    events = [
        Event(f"E{n}", name, span, (Argument("Hero", words[n], {"side": "north"}),))
        for n, (name, span) in enumerate(zip(TYPES, words, strict=False), 1)
    ]
    assert len(events) == len(TYPES)
    return replace(document, events=tuple(events), links=())


def lit(tab: Any) -> list[tuple[str, str]]:
    """The texts that are lit up, each with the role shown at it."""
    found = tab.evaluate(
        """() => [...document.querySelectorAll(".arg")].flatMap(arg => {
          const label = getComputedStyle(arg, "::before")
          const shown = label.display === "none" ? "none" : label.content
          const clear = getComputedStyle(arg).backgroundColor === "rgba(0, 0, 0, 0)"
          return clear ? [] : [[arg.textContent, shown.replaceAll('"', "")]]
        })"""
    )
    return [(text, role) for text, role in found]


def tab_to(tab: Any, selector: str) -> None:
    for _ in range(100):
        tab.keyboard.press("Tab")
        if tab.evaluate("s => document.activeElement.matches(s)", selector):
            return
    pytest.fail(f"the Tab key never reaches {selector}")


E1_LIT = [
    *(("Northern ", "Hero"), ("Union", "none"), ("12", "Tally"), ("barns", "Hurt")),
    *(("30", "Tally2"), ("sheds", "Hurt2"), ("farmer", "Teller")),
]


@pytest.mark.parametrize("scripts", [True, False])
def test_keyboard_lights_up_arguments(
    browser: Browser, rich: Document, scheme: Scheme, scripts: bool
) -> None:
    # evaluate() works even where the page's own scripts are off.
    tab = browser.open(render_article(rich, "Rich", scheme), java_script_enabled=scripts)
    assert lit(tab) == []
    tab_to(tab, ".trigger.x1")
    assert lit(tab) == E1_LIT
    tab_to(tab, ".trigger.x2")
    assert lit(tab) == [("Union", "Hero"), (" troops", "none")]
    tab_to(tab, ".card.x1 .word")
    assert lit(tab) == E1_LIT
    ring = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"


def test_pointer_lights_up_arguments(browser: Browser, rich: Document, scheme: Scheme) -> None:
    tab = browser.open(render_article(rich, "Rich", scheme))
    tab.hover(".card.x1 dl")
    assert lit(tab) == E1_LIT
    tab.hover(".trigger.x2")
    assert lit(tab) == [("Union", "Hero"), (" troops", "none")]
    tab_to(tab, ".trigger.x1")
    assert lit(tab) == E1_LIT, "the keyboard goes before a pointer that merely lies there"
    tab.click("h1")
    assert lit(tab) == []
    tab.click(".trigger.x1")
    tab.hover("h1")
    assert lit(tab) == E1_LIT, "the event that was clicked stays lit"


def test_fits_a_phone(browser: Browser, rich: Document, scheme: Scheme, corpus: Corpus) -> None:
    pages = [render_article(rich, "Rich", scheme)]
    pages += [render_article(d, "T", corpus.scheme) for d in corpus.documents]
    for page in pages:
        tab = browser.open(page, width=360)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360
        over = "[...document.body.querySelectorAll('main *, header *')]" + (
            ".filter(e => e.getBoundingClientRect().right > 360).map(e => e.outerHTML)"
        )
        assert tab.evaluate(over) == []
        tab.context.close()


def test_labels_never_widen_a_phone(browser: Browser, scheme: Scheme) -> None:
    document = article([["word " * 40 + "end."]])
    words = [Span(*match.span()) for match in re.finditer("word", document.text)]
    roles = ("Hero", "Hurt", "Tally", "Tally")
    events = [
        Event(f"E{n}", "Storm", trigger, tuple(Argument(role, filler) for role in roles))
        for n, (trigger, filler) in enumerate(pairwise(words))
    ]
    tab = browser.open(render_article(replace(document, events=tuple(events)), "T", scheme), 360)
    for trigger in tab.query_selector_all(".trigger.event"):
        trigger.focus()
        assert lit(tab) == [("word", " · ".join(roles))]
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360


def test_readable_without_scripts(browser: Browser, rich: Document, scheme: Scheme) -> None:
    tab = browser.open(render_article(rich, "Rich", scheme), java_script_enabled=False)
    for event in rich.events:
        assert tab.locator(f"#{event.id}").is_visible()
    card = tab.locator("#E1").inner_text()
    for words in ("hit", "Storm", "negated", "Tally2", "Northern Union", "a note <b>"):
        assert words in card


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_contrast(browser: Browser, rich: Document, scheme: Scheme, colours: str) -> None:
    for document in (rich, colourful(rich, scheme)):
        page = render_article(document, "T", scheme, subtitle="S")
        tab = browser.open(page, color_scheme=colours)
        for n, event in enumerate(document.events, 1):
            tab_to(tab, f".trigger.x{n}")
            contrasts = tab.evaluate(CONTRASTS)
            names = {name for name, _ in contrasts}
            assert f"trigger event k{TYPES.index(event.type) + 1} x{n}::after" in names
            assert any(name.endswith("::before") for name in names) == bool(event.arguments)
            assert [(name, ratio) for name, ratio in contrasts if ratio < 4.5] == []


def test_dark_scheme_is_dark(browser: Browser, rich: Document, scheme: Scheme) -> None:
    page = render_article(rich, "Rich", scheme)
    colour = "getComputedStyle(document.body).backgroundColor"
    grounds = [browser.open(page, color_scheme=c).evaluate(colour) for c in ("light", "dark")]
    light, dark = (int(re.findall(r"\d+", ground)[0]) for ground in grounds)
    assert light > 200
    assert dark < 60


def test_filter_hides_a_type_but_no_text(browser: Browser, rich: Document, scheme: Scheme) -> None:
    tab = browser.open(render_article(rich, "Rich", scheme))
    tab.uncheck("#show-k1")
    assert not tab.locator("#E1").is_visible()
    assert tab.locator("#E3").is_visible()
    shown = tab.locator(".row .text").all_inner_texts()
    assert shown == [s.span.text_in(rich.text) for s in rich.sentences]
