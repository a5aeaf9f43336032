"""Agreement between annotation sets, and the log of how the gold came about."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT, Cli

from eventbench import Corpus, EventbenchError, Span, load_corpus
from eventbench.annotation.agreement import agreement, differences
from eventbench.corpus.loading import read_table


def changed(corpus: Corpus, **changes: object) -> Corpus:
    """The corpus with fields of its first event replaced."""
    first, *rest = corpus.documents
    events = (replace(first.events[0], **changes), *first.events[1:])
    return replace(corpus, documents=(replace(first, events=events), *rest))


def test_a_set_agrees_with_itself(corpus: Corpus) -> None:
    for part in agreement(corpus, corpus).values():
        assert {measure.value for measure in part.f1.values()} <= {1.0, None}
        assert {kappa.equal for kappa in part.kappa.values()} == {1.0}
        assert part.alpha == 1.0
    assert differences(corpus, corpus) == []


def test_each_kind_of_difference_lowers_its_own_measure(tiny: Path) -> None:
    corpus = load_corpus(tiny)
    total = sum(len(document.events) for document in corpus.documents)
    arguments = sum(len(e.arguments) for document in corpus.documents for e in document.events)
    took = corpus.documents[0].events[0]

    part = agreement(corpus, changed(corpus, trigger=Span(12, 15)))["all"]
    assert part.f1["trigger"].value == pytest.approx((total - 1) / total)
    assert part.kappa["status"].compared == total - 1
    assert part.alpha is not None
    assert part.alpha < 1

    part = agreement(corpus, changed(corpus, type="Attack"))["all"]
    assert part.f1["trigger"].value == 1
    assert part.f1["trigger type"].value == pytest.approx((total - 1) / total)

    wider = (replace(took.arguments[0], span=Span(0, 11)), *took.arguments[1:])
    part = agreement(corpus, changed(corpus, arguments=wider))["all"]
    assert part.f1["argument"].agreeing == part.f1["role"].agreeing == arguments - 1
    assert part.f1["role, overlapping"].agreeing == arguments

    other = (replace(took.arguments[0], role="Opponent"), *took.arguments[1:])
    part = agreement(corpus, changed(corpus, arguments=other))["all"]
    assert part.f1["argument"].agreeing == arguments
    assert part.f1["role"].agreeing == part.f1["role, overlapping"].agreeing == arguments - 1

    part = agreement(corpus, changed(corpus, status="planned"))["all"]
    assert part.kappa["status"].equal == pytest.approx((total - 1) / total)
    assert part.kappa["subtype"].equal == 1


def test_kappa_is_one_worked_by_hand(tiny: Path) -> None:
    """Seven events; statuses differ in one: (6/7 - chance) / (1 - chance)."""
    corpus = load_corpus(tiny)
    statuses = [e.status for document in corpus.documents for e in document.events]
    assert (statuses.count("actual"), statuses.count("negated")) == (6, 1)
    part = agreement(corpus, changed(corpus, status="negated"))["all"]
    chance = (6 / 7) * (5 / 7) + (1 / 7) * (2 / 7)
    assert part.kappa["status"].kappa == pytest.approx((6 / 7 - chance) / (1 - chance))


def test_two_equal_arguments_need_two_partners(tiny: Path) -> None:
    corpus = load_corpus(tiny)
    argument = corpus.documents[0].events[0].arguments[0]
    twice = changed(corpus, arguments=(argument, argument))
    once = changed(corpus, arguments=(argument,))
    for name in ("role", "role, overlapping"):
        measure = agreement(twice, once)["TerritorialControl"].f1[name]
        assert (measure.agreeing, measure.in_a, measure.in_b) == (1, 2, 1)


def test_sets_over_other_articles_are_refused(tiny: Path, corpus: Corpus) -> None:
    with pytest.raises(EventbenchError, match="not over the same articles"):
        agreement(corpus, load_corpus(tiny))


def test_the_command(tiny: Path, cli: Cli) -> None:
    gold = tiny / "annotations/gold"
    other = tiny / "other"
    other.mkdir()
    for path in gold.iterdir():
        text = path.read_text("utf-8").replace("Status E1 actual", "Status E1 planned")
        (other / path.name).write_text(text, "utf-8")
    result = cli("agreement", gold, other, "--data", tiny, "--differences")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "article\tspan\ta\tb\na\t7-11\tstatus actual\tstatus planned\n"
    parts = json.loads(cli("agreement", gold, other, "--data", tiny, "--json").stdout)
    assert list(parts) == [
        "all", "Attack", "Displacement", "TerritorialControl", "Casualty", "a", "b",
    ]  # fmt: skip
    assert parts["all"]["f1"]["trigger"] == {"agreeing": 7, "in_a": 7, "in_b": 7}


def test_every_difference_is_in_the_adjudication_with_its_outcome() -> None:
    annotations = ROOT / "annotations"
    sets = [load_corpus(None, annotations / x) for x in ("passes/a", "passes/b", "gold")]
    found = [(article, span, *values) for article, span, values in differences(*sets)]
    logged = [tuple(row[:5]) for _, row in read_table(annotations / "adjudication.tsv", 7)]
    assert logged == found
