"""The page of errors shows every error of every task, escapes texts and is usable by everyone."""

from __future__ import annotations

import re

import pytest
from browsing import CONTRASTS, Browser, outputs_under_hash_seeds
from made_errors import diagnosis_of, made_tags, row
from test_view import tree

from eventbench.corpus.loading import Corpus
from eventbench.evaluation.diagnosis import Diagnosis, diagnose_answers
from eventbench.html.errors import render_errors
from eventbench.scoring.error_analysis import ERRORS
from eventbench.scoring.intervals import NEW_DOCUMENTS, THESE_DOCUMENTS, Interval
from eventbench.tasks.base import Gold
from eventbench.tasks.registry import TASKS
from eventbench.text import number

INTERVALS = {
    "micro avg": {
        THESE_DOCUMENTS: Interval(0.5, 0.4, 0.62, 0.95),
        NEW_DOCUMENTS: Interval(0.5, 0.25, 0.8, 0.95),
    },
    "<i>Hit": {THESE_DOCUMENTS: Interval(0.0, 0.0, 0.1, 0.95)},
    "Flight": {NEW_DOCUMENTS: Interval(1.0, 0.9, 1.0, 0.95)},
    "unknown": {},
}

SIDES = {"event": "About", "gold": "Gold", "predicted": "Predicted"}


def test_every_error_has_its_sentences(
    invented: Diagnosis, diagnoses: dict[str, Diagnosis]
) -> None:
    for found in (invented, *diagnoses.values()):
        rows = tree(render_errors(found, "T", {})).all("section", "row")
        denials = [c for side in found.denials_as_facts() for c in side]
        cases = [case for c in denials for case in c.cases]
        cases += [case for c in found.confusions if c not in denials for case in c.cases]
        assert len(rows) == len(cases) > 0
        for shown, case in zip(rows, cases, strict=True):
            of_seeds = f" {len(case.seeds)} of {len(found.seeds)} seeds"
            assert shown.all("h4")[0].text == case.decision.item + of_seeds
            expected = [
                (SIDES[side], passage.text, [m.span.text_in(passage.text) for m in marks])
                for passage in found.passages(case.decision)
                for side in SIDES
                if (marks := {m.span: m for m in passage.on(side)}.values())
            ]
            lines = zip(shown.all("p", "side"), shown.all("p", "text"), strict=True)
            assert expected == [
                (side.text.split()[0], line.text, [s.text for s in line.all("span", "trigger")])
                for side, line in lines
            ]


def test_confusions_are_sorted_and_counted(invented: Diagnosis) -> None:
    page = tree(render_errors(invented, "T", {}))
    assert [summary.words for summary in page.all("summary")] == [
        "type: Hit taken for Flight 1 time a seed, 1 case",
        "missed: Flight, nothing predicted 1 time a seed, 1 case",
        "boundary: Hit 1 time a seed, 1 case",
        "spurious: Flight predicted, nothing in the gold 1 time a seed, 1 case",
        "boundary: Hold 0.5 times a seed, 1 case",
        "spurious: Hit predicted, nothing in the gold 0.5 times a seed, 1 case",
    ]


def test_numbers_of_the_page(invented: Diagnosis, corpus: Corpus) -> None:
    one = diagnose_answers({0: made_answers(invented)}, invented.gold)
    page = tree(render_errors(one, "T", INTERVALS))
    cells = [
        [cell.text for cell in line.all("td")]
        for line in page.all("table", "confusion")[0].all("tbody")[0].all("tr")
    ]
    expected = [[str(count) for count in line] for line in one.spans[0].confusion()]
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
    # With a second seed that has the first article right, and 5 predictions there are 3 exact.
    words = tree(render_errors(invented, "T", {})).words
    assert "6 gold, 6.5 predicted, 2.5 exact: precision 39.3, recall 41.7, F1 40.4" in words
    assert "micro-F1 40.4 ± 13.6" in words.replace("Micro", "micro")


def made_answers(invented: Diagnosis) -> dict[str, list[str]]:
    return {row["id"]: made_tags()[row["id"]] for row in invented.gold.rows}


def test_whiskers_have_their_places(invented: Diagnosis) -> None:
    drawings = tree(render_errors(invented, "T", INTERVALS)).all("svg", "whiskers")
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


def test_values_have_tables_and_matrices(diagnoses: dict[str, Diagnosis]) -> None:
    found = diagnoses["attributes"]
    sections = tree(render_errors(found, "T", {})).all("section", "choice")
    assert [s.all("h2")[0].text for s in sections] == [
        f"{name}: its values" for name in found.gold.scheme.attributes
    ]
    for section, choice in zip(sections, found.choices, strict=True):
        lines = section.all("table", "values")[0].all("tbody")[0].all("tr")
        assert {line.all("th")[0].text: line.all("td")[2].text for line in lines} == {
            value: number(s.right) for value, s in choice.scores.items()
        }
        diagonal = section.all("table", "confusion")[0].all("td", "diagonal")
        assert [cell.text for cell in diagonal][: len(lines)] == [
            line.all("td")[2].text for line in lines
        ]


def test_denials_taken_for_facts_come_first(corpus: Corpus) -> None:
    gold = Gold.of(TASKS["attributes"], corpus, with_seen=True)
    right = {row["id"]: gold.task.gold(row) for row in gold.rows}
    denied = [row["id"] for row in gold.rows if row["status"] == "negated"]
    fact = next(row["id"] for row in gold.rows if row["status"] == "actual")
    wrong = {**right, **{d: {**right[d], "status": "actual"} for d in denied[:2]}}
    wrong[fact] = {**right[fact], "status": "negated"}
    wrong[denied[2]] = {**right[denied[2]], "reported": None}
    found = diagnose_answers({0: wrong, 1: {**right, denied[0]: wrong[denied[0]]}}, gold)
    page = tree(render_errors(found, "T", {}))
    said = (
        f"Denials taken for facts: 1.5 of {len(denied)}; facts taken for denials: 0.5, "
        "mean over seeds."
    )
    assert said in page.words
    assert said in str(found)
    denials, rest = (s for s in page.all("section") if s.all("details"))
    assert [h3.text for h3 in denials.all("h3")] == [
        "status: negated taken for actual",
        "status: actual taken for negated",
    ]
    assert [h4.text for h4 in denials.all("h4")] == [
        f"{denied[0]} 2 of 2 seeds",
        f"{denied[1]} 1 of 2 seeds",
        f"{fact} 1 of 2 seeds",
    ]
    reported = gold.by_id[denied[2]]["reported"]
    assert [h3.text for h3 in rest.all("h3")] == [f"reported: {reported}, nothing predicted"]


def test_everything_is_escaped(corpus: Corpus) -> None:
    attack = "\"><script>alert('x')</script></style>{{7*7}}"
    hostile = row("a-1", f"{attack} x", f"B-{attack} O")
    hostile |= {"id": f"i{attack}", "doc_id": f"d{attack}"}
    found = diagnosis_of(corpus, [hostile], {hostile["id"]: ["O", f"B-{attack}"]})
    page = render_errors(found, attack, {attack: INTERVALS["Flight"]})
    assert "<script" not in page
    assert page.count("</style>") == 1
    assert "{{7*7}}" in page
    assert tree(page).all("h1")[0].text == attack
    assert {line.text for line in tree(page).all("p", "text")} == {f"{attack} x"}


def test_nothing_is_loaded(diagnoses: dict[str, Diagnosis]) -> None:
    for found in diagnoses.values():
        page = render_errors(found, "T", INTERVALS)
        for node in ("link", "img", "iframe", "script", "image", "use"):
            assert not tree(page).all(node)
        assert not re.search(r"""(?:src|href)\s*=\s*["']?(?!["']?#)""", page)
        assert not re.search(r"url\(|@import|http", tree(page).all("style")[0].text)


def test_ids_are_unique_and_links_lead_somewhere(diagnoses: dict[str, Diagnosis]) -> None:
    for found in diagnoses.values():
        page = render_errors(found, "T", INTERVALS)
        ids = re.findall(r' id="([^"]*)"', page)
        assert len(ids) == len(set(ids))
        targets = {target.attributes["href"] for target in tree(page).all("a")}
        assert targets <= {f"#{found}" for found in ids}
        named = re.findall(r' aria-labelledby="([^"]*)"', page)
        assert set(named) <= set(ids)


def test_hash_seed_does_not_matter() -> None:
    program = (
        "from eventbench import TASKS, load_corpus; from eventbench.leaderboard.judge import Judge;"
        "from eventbench.html.errors import render_errors; "
        "from eventbench.evaluation.diagnosis import diagnose_answers; "
        "judge = Judge(load_corpus())\n"
        "for task in ('triggers', 'links', 'events'):\n"
        "    answers = dict(enumerate(judge.passes(task).values()))\n"
        "    found = diagnose_answers(answers, judge.gold(task))\n"
        "    print(render_errors(found, 'T', {}), found, found.to_json())"
    )
    assert len(outputs_under_hash_seeds(program)) == 1


@pytest.mark.parametrize("task", list(TASKS))
def test_perfect_predictions(corpus: Corpus, task: str) -> None:
    gold = Gold.of(TASKS[task], corpus, with_seen=True)
    documents = {document.id: document for document in gold.documents}
    answers = {
        row["id"]: gold.task.annotators_answer(row, documents[gold.article_of(row)], gold.scheme)
        for row in gold.rows
    }
    found = diagnose_answers({0: answers}, gold)
    assert found.confusions == ()
    assert "Every prediction is right" in render_errors(found, "gold", {})


def test_empty(corpus: Corpus) -> None:
    found = diagnosis_of(corpus, [row("a-1", "", "")], {"a-1": []})
    page = render_errors(found, "Nothing", {})
    assert "0 gold, 0 predicted, 0 exact: precision –, recall –, F1 –" in page


# The page in a browser


def test_fits_a_phone(
    browser: Browser, invented: Diagnosis, diagnoses: dict[str, Diagnosis]
) -> None:
    for found in (invented, *diagnoses.values()):
        tab = browser.open(render_errors(found, "T", INTERVALS), width=360)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360
        # Wide tables scroll in a frame of their own, which the keyboard can reach.
        over = "[...document.body.querySelectorAll('main *, header *')]" + (
            ".filter(e => e.getBoundingClientRect().right > 360 && !e.closest('.scroll'))"
            ".map(e => e.outerHTML)"
        )
        assert tab.evaluate(over) == []
        tab.context.close()


def test_tables_of_triggers_fit_a_phone(browser: Browser, diagnoses: dict[str, Diagnosis]) -> None:
    one = diagnoses["triggers"]
    found = Diagnosis(
        one.gold, *({0: by_seed[0]} for by_seed in (one.statistics, one.decisions, one.spans))
    )
    tab = browser.open(render_errors(found, "T", {}), width=360)
    wide = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth)"
    assert tab.evaluate(f"{wide}.map(e => e.outerHTML)") == []


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("task", ["triggers", "arguments", "attributes", "links"])
def test_contrast(
    browser: Browser, diagnoses: dict[str, Diagnosis], colours: str, task: str
) -> None:
    page = render_errors(diagnoses[task], "T", INTERVALS)
    contrasts = browser.open(page, color_scheme=colours).evaluate(CONTRASTS)
    names = {str(name) for name, _ in contrasts}
    assert any(name.startswith("diagonal") for name in names)
    side = "event" if task in ("attributes", "links") else "wrong"
    assert any(name.endswith(f"{side}::after") for name in names)
    assert [(name, ratio) for name, ratio in contrasts if ratio < 4.5] == []


def test_filters(browser: Browser, invented: Diagnosis) -> None:
    # evaluate() works even where the page's own scripts are off.
    tab = browser.open(render_errors(invented, "T", {}), java_script_enabled=False)

    def shown() -> list[str]:
        rows = tab.locator(".row")
        found = [rows.nth(k) for k in range(rows.count())]
        return [row.locator("h4 a").inner_text() for row in found if row.is_visible()]

    assert shown() == ["b-1", "b-1", "b-2", "b-2", "a-1", "a-2"]
    questions = ("type", "missed", "boundary", "spurious")
    boxes = {name: f"#show-q{k}" for k, name in enumerate(questions)}
    tab.uncheck(boxes["boundary"])
    assert shown() == ["b-1", "b-1", "b-2", "a-2"]
    tab.uncheck(boxes["spurious"])
    assert shown() == ["b-1", "b-1"]
    tab.uncheck("#show-d1")
    assert shown() == []
    assert not any(tab.locator("details").nth(k).is_visible() for k in range(4))
    for box in (boxes["boundary"], boxes["spurious"], "#show-d1"):
        tab.check(box)
    tab.uncheck("#show-d0")
    assert shown() == ["b-1", "b-1", "b-2", "b-2"]


def test_keyboard_reaches_filters_and_folds(browser: Browser, invented: Diagnosis) -> None:
    tab = browser.open(render_errors(invented, "T", {}))
    reached: list[str] = []
    while "SUMMARY" not in reached:
        assert len(reached) < 50
        tab.keyboard.press("Tab")
        focused = "document.activeElement.id || document.activeElement.tagName"
        reached.append(tab.evaluate(focused))
        if reached[-1] == "show-q2":
            ring = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert ring == "solid"
            tab.keyboard.press("Space")
            assert not tab.is_checked("#show-q2")
    kinds = [f"show-q{k}" for k in range(len(ERRORS) - 1)]
    assert [name for name in reached if name.startswith("show-")] == [*kinds, "show-d0", "show-d1"]
    assert tab.locator("#e1").is_visible()
    tab.keyboard.press("Enter")
    assert not tab.locator("#e1").is_visible()
