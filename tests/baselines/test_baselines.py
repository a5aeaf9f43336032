"""The lexicon and the crf behave as systems should; how well they score is not tested."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from datasets import Dataset, Features, List, Value
from eventbench_baselines import simple
from eventbench_baselines.lexicon import Lexicon
from making import article, fold_of, gold, inputs, nothing, said, some_sentences, write_ships

from eventbench import (
    TASKS,
    ArticleEvents,
    Corpus,
    Document,
    EventbenchError,
    Link,
    Scheme,
    Span,
    load_corpus,
    run,
    score,
)
from eventbench.corpus.values import Named
from eventbench.systems.protocol import checked_answers, tasks_of
from eventbench.tasks.seen import SEEN_COLUMNS

X = Scheme((), {"X": {}})


def lexicon_of(*documents: Document) -> Lexicon:
    """The lexicon of triggers that learned from articles."""
    system = Lexicon()
    system.fit(fold_of(X, "triggers", documents), nothing)
    return system


def asked(system: Any, *sentences: str) -> list[list[str]]:
    """The tags of sentences."""
    return system.predict(inputs(X, "triggers", article("t", *((text,) for text in sentences))))


def test_the_lexicon_gives_a_word_the_tag_it_mostly_had() -> None:
    system = Lexicon()
    train = article("a", ("Air strikes hit", said("X", "Air strikes")), ("air is free",))
    validation = article("b", ("air strikes", said("X", "air strikes")))
    system.fit(fold_of(X, "triggers", [train], [validation]), nothing)
    found = asked(system, "AIR strikes now", "strikes", "free air")
    assert found == [["B-X", "I-X", "O"], ["O"], ["O", "B-X"]]


def test_the_lexicon_decides_ties_by_the_alphabet() -> None:
    system = lexicon_of(article("a", ("siege",), ("siege", said("X", "siege"))))
    assert asked(system, "siege") == [["B-X"]]


def test_a_run_of_the_lexicon_from_start_to_score(corpus: Corpus, tmp_path: Path) -> None:
    found = run("lexicon", corpus=corpus, out=tmp_path / "run")
    assert str(found) == f"predictions are in {tmp_path}/run"
    assert "micro avg" in str(score(tmp_path / "run", corpus=corpus, intervals=False))


def test_the_lexicon_gives_a_phrase_its_role_where_it_is_nearest_to_the_trigger(
    corpus: Corpus,
) -> None:
    aleppo = article("a", ("raids on east Aleppo", said("Attack", "raids", Place="east Aleppo")))
    system = Lexicon(task="arguments")
    system.fit(fold_of(corpus.scheme, "arguments", [aleppo]), nothing)
    text = "EAST aleppo saw Aleppo raids hit east Aleppo and more east Aleppo"
    test = article(
        "t",
        (text, said("Attack", "raids")),
        (text, said("Casualty", "raids")),
        ("Aleppo east raids", said("Attack", "raids")),
    )
    found, other_type, in_part = system.predict(inputs(corpus.scheme, "arguments", test))
    assert found == ["O"] * 6 + ["B-Place", "I-Place"] + ["O"] * 4
    assert set(other_type) == set(in_part) == {"O"}


def attack(article_id: str, trigger: str, subtype: str, status: str = "actual") -> Document:
    values = {"subtype": subtype, "status": status, "reported": "author", "contested": "no"}
    return article(article_id, (f"the {trigger} .", said("Attack", trigger, values)))


def test_the_lexicon_gives_a_trigger_its_values_or_else_those_of_its_type(edition1: Corpus) -> None:
    train = [
        attack("0", "raid", "air-strike", "planned"),
        attack("1", "fight", "clash"),
        attack("2", "clash", "clash"),
    ]
    system = Lexicon(task="attributes")
    system.fit(fold_of(edition1.scheme, "attributes", train), nothing)
    test = article(
        "t",
        ("the Raid", said("Attack", "Raid")),
        ("a blow", said("Attack", "blow")),
        ("many dead", said("Casualty", "dead")),
    )
    known, unknown, unknown_type = system.predict(inputs(edition1.scheme, "attributes", test))
    assert (known["subtype"], known["status"]) == ("Attack/air-strike", "planned")
    assert (unknown["subtype"], unknown["status"]) == ("Attack/clash", "actual")
    assert set(unknown_type.values()) == {None}


@pytest.fixture(scope="session")
def crf() -> Any:
    pytest.importorskip("pycrfsuite", reason="the crf needs the extra [crf]")
    from eventbench_baselines.crf import Crf

    return Crf


@pytest.fixture(params=["lexicon", "crf"])
def baseline(request: pytest.FixtureRequest) -> Any:
    """Makes a system that is quickly trained."""
    if request.param == "lexicon":
        return Lexicon
    return partial(request.getfixturevalue("crf"), iterations=20)


@pytest.mark.parametrize("task", ["triggers", "arguments", "attributes"])
def test_the_crf_learns_what_it_is_shown_and_repeats_itself(
    crf: Any, corpus: Corpus, task: str
) -> None:
    document = some_sentences(corpus.documents[4], 0, 12)
    predicted = []
    for seed in (0, 1):
        system = crf(l1=0.0, l2=1e-5, seed=seed, task=task)
        system.fit(fold_of(corpus.scheme, task, [document]), nothing)
        predicted.append(system.predict(inputs(corpus.scheme, task, document)))
    assert predicted[0] == predicted[1]
    assert predicted[0] == gold(corpus.scheme, task, document)
    assert len(predicted[0]) > 8


def test_the_crf_believes_other_articles_only(crf: Any, edition1: Corpus) -> None:
    """What a word was in an article is not told to the model that learns from this article."""
    train = [
        attack("0", "raid", "air-strike"),
        attack("1", "raid", "clash"),
        attack("2", "raid", "air-strike"),
        attack("3", "fight", "clash"),
    ]
    system = crf(task="attributes", iterations=1)
    looks: list[Any] = []
    system._look = lambda *a: looks.append(a[-1]) or crf._look(system, *a)
    system.fit(fold_of(edition1.scheme, "attributes", train), nothing)
    seen = [memory.get(("Attack", "raid")) for memory in looks[:4]]
    assert seen[0] == {"Attack/air-strike": 0.5, "Attack/clash": 0.5}
    assert seen[1] == {"Attack/air-strike": 1.0}
    assert seen[3] == system.models["subtype"].memory["Attack", "raid"]


def test_the_lexicon_looks_for_known_sources(corpus: Corpus) -> None:
    def told(name: str, text: str, source: str = "") -> Document:
        document = article(name, (text, said("Attack", "struck", {})))
        start = text.find(source)
        span = Span(start, start + len(source)) if source else None
        return replace(document, events=(replace(document.events[0], source=span),))

    train = [told("0", "Ann Lee says it struck", "Ann Lee"), told("1", "Lee : it struck", "Lee")]
    system = Lexicon(task="attribution")
    system.fit(fold_of(corpus.scheme, "attribution", train), nothing)
    asked = [
        told("2", "By annlee and LEE , it struck", "LEE"),
        told("3", "Fleeing , it struck"),
        told("4", "Then ANN LEE said it struck", "ANN LEE"),
    ]
    found = system.predict(inputs(corpus.scheme, "attribution", *asked))
    # Of several sources the longest; and only whole words.
    assert found == gold(corpus.scheme, "attribution", *asked)


def test_the_lexicon_takes_equal_words_for_the_same_event(corpus: Corpus) -> None:
    document = article(
        "0",
        ("The raid", said("Attack", "raid", {})),
        ("A Raid , a siege", said("Attack", "Raid", {}), said("TerritorialControl", "siege", {})),
        ("raid", said("Attack", "raid", {})),
    )
    system = Lexicon(task="links")
    system.fit(fold_of(corpus.scheme, "links", [document]), nothing)
    assert system.predict(inputs(corpus.scheme, "links", document)) == [[]]
    train = replace(document, links=(Link("SameEvent", "E1", "E4"), Link("Causes", "E1", "E3")))
    system.fit(fold_of(corpus.scheme, "links", [train]), nothing)
    (links,) = system.predict(inputs(corpus.scheme, "links", document))
    assert [(k["type"], k["first"], k["second"]) for k in links] == [
        ("SameEvent", "E1", "E2"),
        ("SameEvent", "E2", "E4"),
    ]


@pytest.mark.parametrize(
    ("kind", "words", "published", "value"),
    [
        ("Number", "more than 2,000", None, "2000-"),
        ("Number", "two", None, "2-2"),
        ("Number", "at least three", None, "3-"),
        ("Number", "1.5 million", None, "300-400"),  # as the kind mostly is
        ("Number", "hundreds", None, "200-999"),  # as these words were
        ("Time", "September 25 , 2016", None, "2016-09-25/2016-09-25"),
        ("Time", "2 May", "2020-05-04", "2020-05-02/2020-05-02"),
        ("Time", "on Friday", "2020-05-04", "2020-05-01/2020-05-01"),
        ("Time", "Monday", "2020-05-04", "2020-05-04/2020-05-04"),
        ("Time", "on Friday", None, None),  # nothing is known of times
        ("Time", "30 February", "2020-05-04", None),
        ("Place", "Aleppo", None, "aleppo"),
    ],
)
def test_the_lexicon_reads_figures_and_days(
    kind: str, words: str, published: str | None, value: str | None
) -> None:
    tokens = words.split()
    row = {"kind": kind, "tokens": tokens, "span_start": 0, "span_end": len(tokens)}
    memory = {("Number",): "300-400", ("Number", "hundreds"): "200-999", ("Place",): "aleppo"}
    assert simple.read_value({**row, "published": published}, memory) == value


def test_the_lexicon_knows_the_names_of_places(corpus: Corpus) -> None:
    places = {"hama": Named("hama", "Hama", {}), "old-hama": Named("old-hama", "Aleppo", {})}
    fold = fold_of(corpus.scheme, "values", corpus.documents[:1])
    system = Lexicon(task="values")
    system.fit(replace(fold, places=places), nothing)
    assert system.memory["Place", "hama"] == "hama"
    assert system.memory["Place", "aleppo"] == "aleppo", "it was that in the articles"
    assert ("Place", "hama") not in Lexicon(task="values").memory


def test_the_lexicon_does_the_tasks_that_read(corpus: Corpus, tmp_path: Path) -> None:
    done = ("attribution", "links", "values", "incidents")
    run("lexicon", corpus=corpus, out=tmp_path / "run", task=done)
    for task in done:
        assert 0 < score(tmp_path / "run", task, corpus=corpus).score.mean < 1


@pytest.mark.parametrize("task", list(TASKS))
def test_a_baseline_is_the_same_after_saving_and_loading(
    baseline: Any, corpus: Corpus, task: str, tmp_path: Path
) -> None:
    corpus = TASKS[task].prepare(corpus)
    document = corpus.documents[4]
    if task not in tasks_of(baseline if baseline is Lexicon else baseline.func):
        return
    test = inputs(corpus.scheme, task, document)
    system = baseline(task=task)
    system.fit(fold_of(corpus.scheme, task, [document], [document]), nothing)
    system.save(tmp_path)
    again = type(system).load(tmp_path)
    assert again.task == task
    assert again.predict(test) == system.predict(test)


def test_a_baseline_bears_any_text(baseline: Any, corpus: Corpus) -> None:
    system = baseline()
    system.fit(fold_of(corpus.scheme, "triggers", [corpus.documents[4]]), nothing)
    sentences = [["😀", "💥💥"], ["Обстрел", "Алеппо"], ["حلب"], [], ["\u200b", "a=b", "a:2.5"]]
    columns = Features({"tokens": List(Value("string"))})
    test = Dataset.from_dict({"tokens": sentences}, features=columns)
    assert [len(tags) for tags in system.predict(test)] == [len(words) for words in sentences]
    assert len(system.predict(test.select([]))) == 0


def test_a_baseline_does_events_of_an_article_without_sentences(
    baseline: Any, corpus: Corpus
) -> None:
    document = corpus.documents[4]
    system = baseline(task="events")
    system.fit(fold_of(corpus.scheme, "events", [document]), nothing)
    test = inputs(corpus.scheme, "events", document)
    (alone,) = system.predict(test)
    assert alone.events
    bare = replace(document, sentences=(), events=(), links=())
    both = inputs(corpus.scheme, "events", bare, replace(document, id="another"))
    assert system.predict(both) == [ArticleEvents(), alone]


@pytest.mark.parametrize("task", ["arguments", "attributes", "events"])
def test_a_baseline_that_saw_no_event_predicts_none(
    baseline: Any, corpus: Corpus, task: str, tmp_path: Path
) -> None:
    document = some_sentences(corpus.documents[4], 0, 12)
    bare = replace(document, events=(), links=())
    system = baseline(task=task)
    system.fit(fold_of(corpus.scheme, task, [bare]), nothing)
    test = inputs(corpus.scheme, task, document)
    predicted = system.predict(test)
    answers = checked_answers("x", task, test, predicted, corpus.scheme)
    empty = {
        "arguments": lambda row: ["O"] * len(row["tokens"]),
        "attributes": lambda row: dict.fromkeys(corpus.scheme.attributes),
        "events": lambda row: ArticleEvents(),
    }[task]
    assert answers == [empty(row) for row in test] != []
    system.save(tmp_path)
    assert type(system).load(tmp_path).predict(test) == predicted


def test_the_crf_predicts_what_hangs_on_the_type_from_the_trigger(crf: Any, tmp_path: Path) -> None:
    """Whatever the attribute is called: here "kind", of accidents."""
    ships = load_corpus(write_ships(tmp_path / "ships"))
    assert [a.name for a in ships.scheme.attributes.values() if a.by_type] == ["kind"]
    system = crf(task="attributes", iterations=5)
    looks: dict[str, set[str]] = {}

    def look(rows: Any, column: str, memory: Any) -> Any:
        found = list(crf._look(system, rows, column, memory))
        looks.setdefault(column, set()).update(name for (seen,) in found for name in seen)
        return found

    system._look = look
    system.fit(fold_of(ships.scheme, "attributes", ships.documents), nothing)
    with_sentence = {
        c for c, names in looks.items() if any(n.startswith("sentence=") for n in names)
    }
    assert (set(looks), with_sentence) == ({"kind", "cargo", "delayed"}, {"cargo", "delayed"})
    system.save(tmp_path)
    assert crf.load(tmp_path).by_type == {"kind"}


def test_a_crf_without_its_library_is_one_clear_line(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    from eventbench_baselines.crf import Crf

    monkeypatch.setitem(sys.modules, "pycrfsuite", None)
    fold = fold_of(corpus.scheme, "triggers", [corpus.documents[4]])
    with pytest.raises(EventbenchError, match=r"^the crf needs: pip install 'eventbench\[crf\]'$"):
        Crf().fit(fold, nothing)


PAGE = ROOT / "docs" / "add-your-system.md"


def test_the_example_of_the_page_runs_and_is_scored(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = PAGE.read_text(encoding="utf-8")
    example = re.search(r"Save this as `perceptron.py`.*?```python\n(.*?)```", text, re.DOTALL)
    assert example is not None
    assert example[1].count("\n") <= 30
    (tmp_path / "perceptron.py").write_text(example[1], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "perceptron", raising=False)
    run("perceptron:Perceptron", corpus=corpus, out="run", options={"epochs": 1})
    assert "micro avg" in str(score("run", corpus=corpus, intervals=False))
    curve = (tmp_path / "run/triggers/seed0/fold0.csv").read_text(encoding="utf-8")
    assert curve.startswith("part,weights\n1.0,")


def test_the_page_names_the_columns_of_each_task(corpus: Corpus) -> None:
    """The columns of "attributes" are those of the main corpus."""
    table = re.findall(r"^\| `([\w-]+)` \| \w+ \|(.*)\|(.*)\|.*\|$", PAGE.read_text("utf-8"), re.M)
    named = {task: [set(re.findall(r"`(\w+)`", cell)) for cell in cells] for task, *cells in table}
    assert list(named) == list(TASKS)
    named["arguments"][0] |= named["triggers"][0]
    for task, like in (("attributes", "arguments"), ("attribution", "arguments")):
        named[task][0] |= named[like][0]
    named["values"][0] |= named["triggers"][0]
    for task, (given, answered) in named.items():
        assert given == set(TASKS[task].inputs)
        columns = set(TASKS[task].features(corpus.scheme)) - set(SEEN_COLUMNS)
        assert given | answered == columns
