"""Agreement between annotation sets, and the log of how the gold came about."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import FAULTY
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from eventbench import Corpus, Document, EventbenchError, Link, Scheme, Span, agreement, load_corpus
from eventbench.annotation.agreement import Agreement, cohens_kappa
from eventbench.annotation.readings import argument_reading, attribute_readings, place_of
from eventbench.corpus.loading import available_corpora
from eventbench.io import read_table


def changed(corpus: Corpus, **changes: object) -> Corpus:
    """The corpus with fields of its first event replaced."""
    first, *rest = corpus.documents
    events = (replace(first.events[0], **changes), *first.events[1:])
    return replace(corpus, documents=(replace(first, events=events), *rest))


def given_to_first(corpus: Corpus, **attributes: str) -> Corpus:
    """The corpus with attributes of its first event replaced."""
    found: Mapping[str, str] = corpus.documents[0].events[0].attributes
    return changed(corpus, attributes={**found, **attributes})


def parts(a: Corpus, b: Corpus) -> dict[str, Agreement]:
    return agreement(a, b).parts


def changed_links(corpus: Corpus, *links: Link) -> Corpus:
    """The corpus with other links in its first article, and none elsewhere."""
    first, *others = corpus.documents
    documents = (replace(first, links=links), *(replace(d, links=()) for d in others))
    return replace(corpus, documents=documents)


def test_a_set_agrees_with_itself(corpus: Corpus) -> None:
    report = agreement(corpus, corpus)
    for part in report.parts.values():
        assert {measure.value for measure in part.f1.values()} <= {1.0, None}
        compared = [kappa for kappa in part.kappa.values() if kappa.compared]
        assert {kappa.equal for kappa in compared} == {1.0}
        assert part.alpha == 1.0
        assert set(part.clusters.values()) <= {1.0, None}
    assert report.parts["all"].clusters == {"b3": 1.0, "lea": 1.0}
    assert report.differences() == []
    assert report.shared.only == ((), ())


def test_a_set_of_another_scheme_agrees_with_itself(harbour: Path) -> None:
    gold = str(harbour / "annotations" / "gold")
    report = agreement(gold, gold, corpus=str(harbour))
    assert list(report.parts) == ["all", "Strike", "Shipment", "Accident", "h1", "h2", "h3"]
    for part in report.parts.values():
        assert {measure.value for measure in part.f1.values()} <= {1.0, None}
        # Nobody is quoted in this scheme, so there is nothing to say of sources.
        assert list(part.kappa) == ["kind", "certainty", "severity", "insured", "sector"]
    compared = {n: k.compared for n, k in report.parts["all"].kappa.items()}
    assert compared == {"kind": 15, "certainty": 20, "severity": 15, "insured": 10, "sector": 10}
    assert report.parts["Accident"].kappa["kind"].compared == 0
    assert report.differences() == []


def test_each_kind_of_difference_lowers_its_own_measure(tiny: Path) -> None:
    corpus = load_corpus(tiny)
    total = sum(len(document.events) for document in corpus.documents)
    arguments = sum(len(e.arguments) for document in corpus.documents for e in document.events)
    took = corpus.documents[0].events[0]

    part = parts(corpus, changed(corpus, trigger=Span(12, 15)))["all"]
    assert part.f1["trigger"].value == pytest.approx((total - 1) / total)
    assert part.kappa["status"].compared == total - 1
    assert part.alpha is not None
    assert part.alpha < 1

    part = parts(corpus, changed(corpus, type="Attack"))["all"]
    assert part.f1["trigger"].value == 1
    assert part.f1["trigger type"].value == pytest.approx((total - 1) / total)

    wider = (replace(took.arguments[0], span=Span(0, 11)), *took.arguments[1:])
    part = parts(corpus, changed(corpus, arguments=wider))["all"]
    assert part.f1["argument"].agreeing == part.f1["role"].agreeing == arguments - 1
    assert part.f1["role, overlapping"].agreeing == arguments

    other = (replace(took.arguments[0], role="Opponent"), *took.arguments[1:])
    part = parts(corpus, changed(corpus, arguments=other))["all"]
    assert part.f1["argument"].agreeing == arguments
    assert part.f1["role"].agreeing == part.f1["role, overlapping"].agreeing == arguments - 1

    part = parts(corpus, given_to_first(corpus, status="planned"))["all"]
    assert part.kappa["status"].equal == pytest.approx((total - 1) / total)
    assert part.kappa["subtype"].equal == 1


def test_attributes_of_spans_are_compared_where_both_have_the_argument(tiny: Path) -> None:
    corpus = load_corpus(tiny)
    took = corpus.documents[0].events[0]
    rebels, *others = took.arguments
    assert rebels.attributes == {"side": "opposition"}
    army = replace(rebels, attributes={"side": "government"})
    part = parts(corpus, changed(corpus, arguments=(army, *others)))["all"]
    compared = part.kappa["side"].compared
    assert part.kappa["side"].equal == pytest.approx((compared - 1) / compared)
    assert part.f1["role"].value == 1
    part = parts(corpus, changed(corpus, arguments=tuple(others)))["all"]
    assert (part.kappa["side"].equal, part.kappa["side"].compared) == (1.0, compared - 1)


def test_values_are_compared_by_kind(tiny: Path) -> None:
    for name in ("places.toml", "speakers.toml", "gold/a.values.tsv", "gold/b.values.tsv"):
        shutil.copy(FAULTY / "unknown-name/annotations" / name, tiny / "annotations" / name)
    corpus = load_corpus(tiny)
    first, second = corpus.documents
    others = tuple(
        replace(v, value="2031-05-04/2031-05-06") if v.kind == "Time" else v for v in first.values
    )
    found = parts(corpus, replace(corpus, documents=(replace(first, values=others), second)))
    counts = {n: (x.in_a, x.in_b, x.agreeing) for n, x in found["all"].f1.items() if "value" in n}
    assert counts == {
        "Time value": (2, 2, 0),
        "Number value": (2, 2, 2),
        "Repetitions value": (0, 0, 0),
        "Place value": (1, 1, 1),
        "Speaker value": (4, 4, 4),
    }
    assert found["Casualty"].f1["Time value"].value is None
    without = load_corpus("aleppo-1")
    assert "Time value" not in parts(without, without)["all"].f1


def test_each_type_of_link_and_its_clusters_are_compared(tiny: Path) -> None:
    corpus = load_corpus(tiny)
    first = corpus.documents[0]
    shelled, shelling = (e for e in first.events if e.type == "Attack")
    joined = changed_links(corpus, Link("SameEvent", shelled.id, shelling.id))
    part = parts(joined, changed_links(corpus))["all"]
    assert (part.f1["SameEvent"].in_a, part.f1["Causes"].in_a) == (1, 0)
    # Seven mentions, two of them in one cluster of A and in two of B: B³ by hand.
    precision, recall = 1.0, (5 + 2 * 0.5) / 7
    a_reference = 2 * precision * recall / (precision + recall)
    assert part.clusters["b3"] == pytest.approx(a_reference)
    assert parts(changed_links(corpus), changed_links(corpus))["all"].clusters["b3"] is None


def test_kappa_is_one_worked_by_hand(tiny: Path) -> None:
    """Seven events; statuses differ in one: (6/7 - chance) / (1 - chance)."""
    corpus = load_corpus(tiny)
    statuses = [e.attributes["status"] for document in corpus.documents for e in document.events]
    assert (statuses.count("actual"), statuses.count("negated")) == (6, 1)
    part = parts(corpus, given_to_first(corpus, status="negated"))["all"]
    chance = (6 / 7) * (5 / 7) + (1 / 7) * (2 / 7)
    assert part.kappa["status"].kappa == pytest.approx((6 / 7 - chance) / (1 - chance))


def test_links_have_a_direction_unless_they_are_symmetric(tiny: Path) -> None:
    corpus = load_corpus(tiny)
    first, second = corpus.documents[0].events[:2]
    for link_type in corpus.scheme.links:
        one, other = (
            changed_links(corpus, Link(link_type, *ends))
            for ends in ((first.id, second.id), (second.id, first.id))
        )
        measure = parts(one, other)["all"].f1["links"]
        assert measure.agreeing == (link_type in corpus.scheme.symmetric), link_type
        assert (measure.in_a, measure.in_b) == (1, 1)
    assert not {*corpus.scheme.links} <= corpus.scheme.symmetric


def test_two_equal_arguments_need_two_partners(tiny: Path) -> None:
    corpus = load_corpus(tiny)
    argument = corpus.documents[0].events[0].arguments[0]
    twice = changed(corpus, arguments=(argument, argument))
    once = changed(corpus, arguments=(argument,))
    for name in ("role", "role, overlapping"):
        measure = parts(twice, once)["TerritorialControl"].f1[name]
        assert (measure.agreeing, measure.in_a, measure.in_b) == (1, 2, 1)


VALUES = st.lists(st.tuples(*[st.sampled_from("abc")] * 2), min_size=1)


@given(VALUES)
def test_kappa_is_scikit_learns(pairs: list[tuple[str, str]]) -> None:
    a, b = ([pair[side] for pair in pairs] for side in (0, 1))
    found = cohens_kappa(a, b)
    assert found.equal == sum(x == y for x, y in pairs) / len(pairs)
    if len({*a, *b}) == 1:
        assert found.kappa is None
    else:
        assert found.kappa == pytest.approx(cohen_kappa_score(a, b))


def test_sets_that_share_no_article_are_refused(tiny: Path, edition1: Corpus) -> None:
    with pytest.raises(EventbenchError, match=r"share no article: A has 000_.*, B has a, b"):
        agreement(edition1, load_corpus(tiny))


def test_an_article_has_one_text(tiny: Path) -> None:
    corpus = load_corpus(tiny)
    first, *others = corpus.documents
    other = replace(corpus, documents=(replace(first, text=f"{first.text} "), *others))
    with pytest.raises(EventbenchError, match="article a has one text in A and another in B"):
        agreement(corpus, other)


def test_sets_with_other_schemes_are_refused(tiny: Path) -> None:
    corpus = load_corpus(tiny)
    other = replace(corpus, scheme=replace(corpus.scheme, links={}))
    with pytest.raises(EventbenchError, match="do not have the same scheme"):
        agreement(corpus, other)


def test_only_articles_that_both_have_are_compared(tiny: Path) -> None:
    corpus = load_corpus(tiny)
    for name in ("anna", "ben"):
        shutil.copytree(tiny / "annotations/gold", tiny / name)
    (tiny / "anna/b.ann").unlink()
    report = agreement(tiny / "anna", tiny / "ben", corpus=tiny)
    assert list(report.parts)[-1] == "a"
    assert report.parts["all"] == parts(corpus.part(["a"]), corpus.part(["a"]))["all"]
    assert str(report).startswith("A anna, B ben\nonly in B, not compared: b\n\n")
    assert report.to_json()["articles"] == {"both": ["a"], "only_a": [], "only_b": ["b"]}


def test_articles_need_not_be_in_the_corpus_yet(harbour: Path, tmp_path: Path) -> None:
    """A scheme, a language, and texts beside the annotations are enough."""
    corpus = load_corpus(harbour)
    for name in ("anna", "ben"):
        shutil.copytree(harbour / "annotations/gold", tmp_path / name)
        for path in harbour.glob("seeds/*.txt"):
            shutil.copy(path, tmp_path / name)
    bare = tmp_path / "bare/annotations"
    bare.mkdir(parents=True)
    for name in ("annotation.conf", "corpus.toml"):
        shutil.copy(harbour / "annotations" / name, bare)
    found = agreement(tmp_path / "anna", tmp_path / "ben", corpus=bare.parent)
    assert list(found.parts)[-3:] == ["maren", "osk", "vell"]
    same = agreement(corpus, corpus)
    assert found.parts["all"] == same.parts["all"]
    (tmp_path / "ben/osk.txt").unlink()
    (tmp_path / "anna/osk.txt").unlink()
    with pytest.raises(EventbenchError, match=r"osk\.ann: expected osk\.txt beside it or in "):
        agreement(tmp_path / "anna", tmp_path / "ben", corpus=bare.parent)


def test_a_directory_beside_a_corpus_has_its_articles(harbour: Path) -> None:
    corpus = load_corpus(harbour)
    gold = harbour / "annotations/gold"
    for sets in ((corpus, gold), (gold, corpus)):
        assert agreement(*sets).parts == agreement(corpus, corpus).parts


def test_a_text_beside_the_annotations_is_that_of_the_article(tiny: Path) -> None:
    gold = tiny / "annotations/gold"
    (gold / "b.txt").write_text("Another text.\n", "utf-8")
    with pytest.raises(EventbenchError, match=r"b\.txt: is not the text that .*seeds/b\.txt has"):
        agreement(gold, gold, corpus=tiny)


def test_a_group_of_same_events_is_read_as_brat_writes_it(tiny: Path) -> None:
    gold, other = tiny / "annotations/gold", tiny / "other"
    shutil.copytree(gold, other)
    text = (gold / "a.ann").read_text("utf-8")
    (gold / "a.ann").write_text(f"{text}R2\tSameEvent Arg1:E2 Arg2:E4\n", "utf-8")
    (other / "a.ann").write_text(f"{text}*\tSameEvent E4 E2\n", "utf-8")
    links = agreement(gold, other, corpus=tiny).parts["all"].f1["links"]
    assert (links.agreeing, links.in_a, links.in_b) == (3, 3, 3)


def test_a_report_prints_as_tables(tiny: Path) -> None:
    corpus = load_corpus(tiny)
    gold = tiny / "annotations" / "gold"
    report = agreement(gold, gold, corpus=tiny)
    assert repr(report) == "AgreementReport('gold', 'gold')"
    heading, counts, f1, kappa = str(report).split("\n\n")
    assert heading == "A gold, B gold"
    assert counts.split("\n")[2].split() == ["trigger", "7", "7", "7", "1.000"]
    assert f1.split("\n")[2].split() == ["all", *["1.000"] * 6]
    assert kappa.split("\n")[0].split() == [
        *("kappa", "(equal)", "subtype", "status", "reported", "contested", "source"),
        *("side", "triggers", "token", "alpha"),
    ]
    cells = kappa.split("\n")[2].split()
    assert cells == ["all", *["1.000", "(1.000)"] * 6, "7", "1.000"]
    assert str(agreement(corpus, corpus)).startswith(f"A {corpus.fingerprint}, B ")


def test_articles_may_be_called_like_other_parts(tiny: Path, tmp_path: Path) -> None:
    for name, article in (("all", "a"), ("Attack", "b")):
        for path in (tiny / f"seeds/{article}.txt", tiny / f"annotations/gold/{article}.ann"):
            (tmp_path / "anna").mkdir(exist_ok=True)
            shutil.copy(path, tmp_path / f"anna/{name}{path.suffix}")
    found = agreement(tmp_path / "anna", tmp_path / "anna", corpus=tiny).parts
    events = {name: part.f1["trigger"].in_a for name, part in found.items()}
    assert [*events] == [
        *("all", "Attack", "Displacement", "TerritorialControl", "Casualty"),
        *("article Attack", "article all"),
    ]
    assert (events["all"], events["article Attack"], events["article all"]) == (7, 3, 4)


def test_a_report_as_json(tiny: Path) -> None:
    corpus = load_corpus(tiny)
    found = agreement(corpus, corpus).to_json()
    assert found["articles"] == {"both": ["a", "b"], "only_a": [], "only_b": []}
    found = found["parts"]
    assert list(found) == [
        "all", "Attack", "Displacement", "TerritorialControl", "Casualty", "a", "b",
    ]  # fmt: skip
    assert found["all"]["f1"]["trigger"] == {"agreeing": 7, "in_a": 7, "in_b": 7}
    assert found["all"]["kappa"]["status"] == {"kappa": 1.0, "equal": 1.0, "compared": 7}


def readings(document: Document, scheme: Scheme) -> dict[tuple[Span, str], str]:
    """Every decision of a set of annotations in words, by its place and question."""
    decisions = {}
    for event in document.events:
        decisions[event.trigger, ""] = event.type
        for name, said in attribute_readings(event, scheme):
            decisions[event.trigger, name] = said
        if event.source is not None:
            decisions[event.trigger, "source"] = f"source {event.source.text_in(document.text)}"
        for a in event.arguments:
            said = argument_reading(document, a, scheme)
            about = said.replace(f" {a.span.text_in(document.text)}", "", 1)
            decisions[event.trigger, f"{a.span.start:06d}-{a.span.end:06d} {about}"] = said
    for v in document.values:
        said = f"{v.kind} {v.span.text_in(document.text)} is {v.value}"
        decisions[v.span, f"{v.kind} value"] = said
    triggers = {event.id: event.trigger for event in document.events}
    for link in document.links:
        ends = triggers[link.first], triggers[link.second]
        first, second = sorted(ends) if link.type in scheme.symmetric else ends
        said = f"{link.type} {place_of(document, second)}"
        decisions[first, f"{link.type} {second.start:06d}"] = said
    return decisions


@pytest.mark.parametrize(
    "corpus",
    [name for name, root in available_corpora().items() if (root / "annotations/passes").is_dir()],
)
def test_every_difference_is_in_the_adjudication_with_its_outcome(corpus: str) -> None:
    annotations = load_corpus(corpus).root / "annotations"
    sets = [load_corpus(corpus, annotations / x) for x in ("passes/a", "passes/b", "gold")]
    found = []
    for documents in zip(*(s.documents for s in sets), strict=True):
        decided = [readings(document, sets[0].scheme) for document in documents]
        for key in sorted({key for decisions in decided for key in decisions}):
            said = tuple(decisions.get(key, "-") for decisions in decided)
            if len(set(said)) > 1:
                found.append((documents[0].id, f"{key[0].start}-{key[0].end}", *said))
    logged = [tuple(row[:5]) for _, row in read_table(annotations / "adjudication.tsv", 7)]
    assert logged == found
