"""How probable incidents and claims are, by the events that they rest on, and cutting by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventbench as eb
from eventbench import EventbenchError
from eventbench.claims.derive import derive, facts_of, read_lists
from eventbench.claims.model import ASSERTS, Claim, Incident, Mention
from eventbench.claims.select import Selection
from eventbench.corpus.loading import load_corpus
from eventbench.corpus.model import Span

SHARES = st.floats(0, 1)
MENTION = Mention("a", Span(0, 3), "E1", "hit", "a-001", "They hit it.", "Attack", {})
SURE = st.dictionaries(st.sampled_from(["status", "certainty", "reported", "source"]), SHARES)
MENTIONS = st.lists(
    st.builds(
        lambda p, parts, n: replace(
            MENTION, span=Span(n, n + 1), probability=p, probabilities=parts
        ),
        SHARES,
        SURE,
        st.integers(0, 9),
    ),
    min_size=1,
    max_size=4,
)


def incident_of(mentions: Sequence[Mention]) -> Incident:
    claim = Claim("army", "", "", "", ASSERTS, None, tuple(mentions), (), contested=False)
    return Incident("x", "incident", tuple(mentions), None, (), (), (), (claim,))


@given(MENTIONS)
def test_a_claim_is_never_more_probable_than_its_incident(mentions: list[Mention]) -> None:
    incident = incident_of(mentions)
    (claim,) = incident.claims
    assert claim.probability is not None
    assert incident.probability is not None
    assert 0 <= claim.probability <= round(incident.probability, 4) <= 1


@given(MENTIONS, MENTIONS)
def test_more_mentions_make_nothing_less_probable(few: list[Mention], more: list[Mention]) -> None:
    one, both = incident_of(few), incident_of([*few, *more])
    for before, after in ((one, both), (one.claims[0], both.claims[0])):
        assert (before.probability or 0.0) <= (after.probability or 0.0)


def test_of_a_source_its_own_probability_counts_and_otherwise_that_nobody_is_named() -> None:
    sure = {"status": 0.5, "certainty": 1.0, "reported": 0.8, "subtype": 0.1}
    mention = replace(MENTION, probability=0.9, probabilities=sure)
    assert mention.claim_probability == pytest.approx(0.9 * 0.5 * 0.8)
    quoted = replace(mention, probabilities={**sure, "source": 0.4})
    assert quoted.claim_probability == pytest.approx(0.9 * 0.5 * 0.4)


def test_the_gold_has_no_probability_and_cannot_be_cut_by_it(karsland: Path) -> None:
    found = eb.incidents(karsland)
    assert {incident.probability for incident in found} == {None}
    assert {claim.probability for incident in found for claim in incident.claims} == {None}
    assert Selection(probability=0.0).incidents(found) == list(found)
    with pytest.raises(EventbenchError, match=r"^no incident has a probability: expected [^\n]*$"):
        Selection(probability=0.5).incidents(found)


def test_incidents_and_claims_are_cut_by_their_own_probabilities(karsland: Path) -> None:
    corpus = load_corpus(karsland)
    rows, decisions, _ = read_lists(corpus.root / "annotations", corpus.documents)
    documents = tuple(
        replace(
            document,
            events=tuple(
                replace(e, probability=0.9 if e.source else 0.6, probabilities={"source": 0.5})
                for e in document.events
            ),
        )
        for document in corpus.documents
    )
    found = derive(facts_of(replace(corpus, documents=documents)), rows, decisions)
    assert {incident.probability for incident in found} == {0.6, 0.9}
    taken = next(incident for incident in found if incident.id == "tolna-taken")
    assert taken.probability == 0.9
    cut = Selection(probability=0.7)
    sure = cut.incidents(found)
    assert taken in sure
    assert [incident.id for incident in sure] == [i.id for i in found if i.probability == 0.9]
    assert cut.claims(taken) == []  # that they tell of it is sure, who says so is not
    assert len(Selection(probability=0.4).claims(taken)) == 2
    assert Selection(probability=0.4).claims(replace(taken, mentions=())) == []
    unknown = replace(taken, mentions=(replace(MENTION),))
    assert Selection(probability=0.4).incidents([*found, unknown]) == found
