"""Incidents and claims of the made-up war in tests/karsland, decided by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest
from conftest import HARBOUR
from hypothesis import given
from hypothesis import strategies as st

import eventbench as eb
from eventbench import EventbenchError
from eventbench.claims.grouping import Row, cluster, group, level_of
from eventbench.claims.listing import incident_table
from eventbench.claims.model import Figure, Incident, Location, Mention, Party, When, limits
from eventbench.claims.when_where import common, read_time, together, until
from eventbench.corpus.loading import load_corpus
from eventbench.corpus.model import Document, Event, Link, Span


@pytest.fixture
def found(karsland: Path) -> dict[str, Incident]:
    return {incident.id: incident for incident in eb.incidents(karsland)}


def says(incident: Incident) -> list[tuple[str, str, str, list[str]]]:
    """Source, stance, first day and mentions of each claim."""
    return [
        (c.source, c.stance, str(c.since), [mention.words for mention in c.mentions])
        for c in incident.claims
    ]


def test_rows_join_mentions_and_what_is_left_is_an_incident_of_its_own(
    found: dict[str, Incident],
) -> None:
    assert {i.id: (i.level, len(i.mentions), i.articles) for i in found.values()} == {
        "tolna-taken": ("incident", 3, ("m", "n")),
        "tolna-shelled": ("incident", 2, ("m", "n")),
        "ambal-shelled": ("incident", 2, ("o",)),
        "m-144": ("phase", 1, ("m",)),
        "m-157": ("total", 1, ("m",)),
        "n-132": ("incident", 1, ("n",)),
        "n-166": ("incident", 1, ("n",)),
        "o-7": ("incident", 1, ("o",)),
    }


def test_a_denial_belongs_to_what_it_denies(found: dict[str, Incident]) -> None:
    taken = found["tolna-taken"]
    assert says(taken) == [
        ("army", "asserts", "2031-05-06", ["took"]),
        ("evening-star", "asserts", "2031-05-08", ["captured"]),
        ("rebels", "denies", "2031-05-06", ["loss"]),
    ]
    assert [claim.contested for claim in taken.claims] == [True, False, True]
    assert [claim.side for claim in taken.claims] == ["government", "", "opposition"]
    assert taken.contested


def test_each_stance_is_read_from_status_and_certainty(found: dict[str, Incident]) -> None:
    assert says(found["n-132"]) == [("peace-watch", "supposes", "2031-05-08", ["besiege"])]
    assert says(found["n-166"]) == [("evening-star", "expects", "2031-05-08", ["evacuate"])]
    assert says(found["ambal-shelled"]) == [("unnamed", "doubts", "None", ["shelled", "died"])]
    assert says(found["o-7"]) == [("article-o", "asserts", "None", ["hold"])]


@pytest.mark.parametrize(
    ("source", "actor", "stance"),
    [
        ("156 160 army", "government", "announces"),  # the words of the Agent
        ("13 17 army", "unclear", "announces"),  # the same words elsewhere
        ("67 75 fighters", "opposition_al-nusra", "announces"),  # of the side of the opposition
        ("67 75 fighters", "government", "expects"),
    ],
)
def test_who_acts_announces_a_plan_and_others_expect_it(
    karsland: Path, source: str, actor: str, stance: str
) -> None:
    start, end, words = source.split()
    values = karsland / "annotations" / "gold" / "n.values.tsv"
    row = f"{start}\t{end}\t{words}\tSpeaker\tmilitia\tarmed-group\topposition\t\n"
    values.write_text(values.read_text("utf-8") + row, "utf-8")
    found = change(
        karsland,
        "gold/n.ann",
        ("Side T17 government", f"Side T17 {actor}"),
        ("Time:T20\n", f"Time:T20 Source:T21\nT21\tSpeaker {start} {end}\t{words}\n"),
        ("Reported E4 author", "Reported E4 attributed"),
    )
    assert [claim.stance for claim in found["n-166"].claims] == [stance]


def test_only_what_somebody_says_took_place_is_denied(karsland: Path) -> None:
    """Without its link, the loss of Tolna is an incident of its own."""
    found = change(karsland, "gold/m.ann", ("R1\tContradicts Arg1:E1 Arg2:E2\n", ""))
    assert says(found["m-64"]) == [("rebels", "denies", "2031-05-06", ["loss"])]  # contested
    found = change(karsland, "gold/m.ann", ("A16\tContested E2\n", ""))
    assert says(found["m-64"]) == [("rebels", "negates", "2031-05-06", ["loss"])]
    found = change(karsland, "incidents.tsv", ("m:9-13 n:18-26", "m:9-13 m:64-68"))
    assert [claim.stance for claim in found["tolna-taken"].claims] == ["asserts", "denies"]
    found = change(
        karsland,
        "gold/m.ann",
        ("Opponent:T8 Source:T9", "Opponent:T8 Source:T5"),
        ("T9\tSpeaker 46 52\tRebels\n", ""),
    )
    assert [claim.stance for claim in found["tolna-taken"].claims] == ["asserts", "negates"]


def test_when_where_and_who(found: dict[str, Incident]) -> None:
    taken = found["tolna-taken"]
    assert str(taken.when) == "2031-05-05"
    assert taken.where == (
        Location("tolna", "Tolna", "Territory", "is", "town", ("hill-district", "karsland"),
                 (40.5, 20.25)),
    )  # fmt: skip
    assert taken.parties == (
        Party("Controller", "government", "state"),
        Party("Opponent", "opposition", "armed-group"),
    )
    (people,) = found["n-166"].participants
    assert (people.role, people.kind, people.words) == ("Displaced", "civilian", "villagers")
    assert found["o-7"].when is None


def test_figures_stay_apart_and_totals_are_marked(found: dict[str, Incident]) -> None:
    shelled = found["tolna-shelled"]
    assert [(str(f), f.of, f.total) for f in shelled.figures] == [
        ("15", "civilians", False),
        ("2", "fighters", False),
        ("12", "civilians", False),
    ]
    # The Evening Star's two groups would have to be added, so how many in all is unknown.
    assert limits(shelled.figures, "killed") == (None, None)
    (total,) = found["m-157"].figures
    assert (str(total), total.low, total.high, total.total) == ("40 or more", 40, None, True)
    assert shelled.parents == ("m-157",)
    assert found["m-157"].parents == ()


@pytest.mark.parametrize("status", ["planned", "hypothetical", "negated"])
def test_figures_of_what_has_not_happened_are_in_the_claims_only(
    karsland: Path, status: str
) -> None:
    total = change(karsland, "gold/m.ann", ("E5 actual", f"E5 {status}"))["m-157"]
    assert total.figures == ()
    assert [str(figure) for figure in total.claims[0].figures] == ["40 or more"]
    assert "40 or more" not in incident_table([total])


def test_decisions_are_marked(found: dict[str, Incident]) -> None:
    ambal = found["ambal-shelled"]
    assert (ambal.title, str(ambal.when)) == ("Shelling of Port Ambal", "2031-05-07")
    assert dict(ambal.decided) == {
        "when": "the article was published that day",
        "name": "a title for lists",
    }
    assert found["tolna-taken"].decided == {}


def decide(corpus: Path, field: str, value: str) -> Incident:
    path = corpus / "annotations" / "incident-decisions.tsv"
    path.write_text(
        f"incident\tfield\tvalue\treason\ntolna-shelled\t{field}\t{value}\tread\n", "utf-8"
    )
    return next(i for i in eb.incidents(corpus) if i.id == "tolna-shelled")


def test_columns_follow_from_decided_fields_or_are_decided(karsland: Path) -> None:
    assert decide(karsland, "where", "karsland").codes["ucdp_where_prec"] == 6
    assert decide(karsland, "when", "2031-05-01/2031-05-07").codes["ucdp_date_prec"] == 3
    assert decide(karsland, "ucdp_best", "17").codes["ucdp_best"] == 17
    assert decide(karsland, "ucdp_best", "17").decided == {"ucdp_best": "read"}


def test_decided_places_keep_role_and_precision(karsland: Path) -> None:
    where = decide(karsland, "where", "near:tolna+part:hill-district+karsland").where
    assert [(place.role, place.precision, place.id) for place in where] == [
        ("Place", "near", "tolna"),
        ("Place", "part", "hill-district"),
        ("Place", "is", "karsland"),
    ]


@pytest.mark.parametrize(
    ("precisions", "kept"),
    [
        (("is", "is"), [("is", "tolna")]),
        (("near", "near"), [("near", "tolna")]),
        (("is", "near"), [("near", "hill-district"), ("is", "tolna")]),
        (("part", "is"), [("is", "hill-district"), ("part", "tolna")]),
    ],
)
def test_a_wider_place_is_left_out_if_it_is_as_precise(
    karsland: Path, precisions: tuple[str, str], kept: list[tuple[str, str]]
) -> None:
    """Tolna is in Hill District; article m tells of the one, n of the other."""
    narrow, wide = precisions
    change(
        karsland,
        "gold/m.values.tsv",
        ("109\t114\tTolna\tPlace\ttolna\tis", f"109\t114\tTolna\tPlace\ttolna\t{narrow}"),
    )
    found = change(
        karsland,
        "gold/n.values.tsv",
        ("79\t84\tTolna\tPlace\ttolna\tis", f"79\t84\tTolna\tPlace\thill-district\t{wide}"),
    )
    assert [(p.precision, p.id) for p in found["tolna-shelled"].where] == kept


def test_it_is_a_list_that_prints_as_a_table(karsland: Path) -> None:
    listed = eb.incidents(str(karsland))
    assert isinstance(listed, list)
    assert repr(listed) == "Incidents(8 incidents)"
    table = str(listed).splitlines()
    assert table[0].split() == [
        *("id", "when", "where", "what", "who", "claims", "denials", "figures", "articles"),
    ]
    assert "8 incidents" in table
    assert "2031-05-07*" in str(listed)
    assert table[-1].startswith("* decided, not derived: ambal-shelled when (the article")


def test_other_columns(found: dict[str, Incident]) -> None:
    assert dict(found["tolna-taken"].codes) == {
        "acled_event_type": "Battles",
        "acled_sub_event_type": "Government regains territory",
        "acled_interaction": "State forces-Rebel group",
        "acled_time_precision": 1,
        "acled_geo_precision": 1,
        "plover_event_type": "ASSAULT",
    }
    assert dict(found["ambal-shelled"].codes) == {
        "acled_event_type": "Explosions/Remote violence",
        "acled_sub_event_type": "Shelling/artillery/missile attack",
        "acled_time_precision": 1,
        "acled_geo_precision": 1,
        "ucdp_low": 24,
        "ucdp_high": 99,
        "ucdp_date_prec": 1,
        "ucdp_where_prec": 1,
        "plover_event_type": "ASSAULT",
    }
    # Phases, totals and what has not happened are no rows of those datasets.
    assert all(not found[name].codes for name in ("m-144", "m-157", "n-132", "n-166"))


def test_a_corpus_without_lists_has_an_incident_for_each_happening() -> None:
    corpus = load_corpus(HARBOUR)
    found = eb.incidents(corpus)
    events = {(d.id, event.id) for d in corpus.documents for event in d.events}
    mentioned = [(m.article, m.event) for incident in found for m in incident.mentions]
    assert sorted(mentioned) == sorted(events)
    assert all(not incident.codes for incident in found)


def test_every_claim_cites_events_of_its_incident(karsland: Path) -> None:
    for incident in eb.incidents(karsland):
        cited = {mention for claim in incident.claims for mention in claim.mentions}
        assert all(claim.mentions for claim in incident.claims)
        assert cited == set(incident.mentions)


def test_without_a_day_of_publication_a_claim_has_no_day(karsland: Path) -> None:
    path = karsland / "seeds" / "sources.toml"
    path.write_text(path.read_text("utf-8").replace("published = 2031-05-06\n", ""), "utf-8")
    found = {incident.id: incident for incident in eb.incidents(karsland)}
    assert [str(claim.since) for claim in found["tolna-taken"].claims] == [
        *("None", "2031-05-08", "None"),
    ]


# Properties


MENTION = Mention("a", Span(0, 3), "E1", "hit", "a-001", "They hit it.", "Attack", {})


def figure(low: int | None, high: int | None, number: int = 0) -> Figure:
    mention = replace(MENTION, span=Span(number, number + 3))
    return Figure(mention, "killed", f"group {number}", "some", low, high)


ENDS = st.one_of(st.none(), st.integers(0, 1000))


@given(st.lists(st.tuples(ENDS, ENDS), min_size=1, max_size=6))
def test_figures_are_alternatives_and_unknown_stays_unknown(
    pairs: list[tuple[int | None, int | None]],
) -> None:
    figures = [figure(low, high, n) for n, (low, high) in enumerate(pairs)]
    low, high = limits(figures, "killed")
    lows, highs = [a for a, _ in pairs], [b for _, b in pairs]
    assert low == (None if None in lows else min(lows, key=lambda n: n or 0))
    assert high == (None if None in highs else max(highs, key=lambda n: n or 0))
    assert limits([*figures, *figures], "killed") == (low, high)
    assert limits(figures, "injured") == (None, None)


def test_two_groups_of_one_mention_have_no_number_together() -> None:
    two = [figure(12, 12), replace(figure(30, 30), of="fighters")]
    assert limits(two, "killed") == (None, None)


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (None, None, "unknown"),
        (0, 0, "0"),
        (12, 12, "12"),
        (24, 99, "24-99"),
        (40, None, "40 or more"),
        (None, 5, "5 or fewer"),
    ],
)
def test_a_figure_says_what_is_known(low: int | None, high: int | None, shown: str) -> None:
    assert str(figure(low, high)) == shown


def at(value: str, precision: str = "day") -> When:
    when = read_time(value, precision)
    assert when is not None
    return when


TIMES = [
    at("2031-05-01/2031-05-31", "month"),
    at("2031-05-05/2031-05-11", "week"),
    at("2031-05-06/2031-05-06"),
    at("2031-05-06T06:30/2031-05-06T06:30", "clock"),
]


def test_a_time_is_what_all_mentions_have_in_common_in_any_order() -> None:
    found = {common(order) for order in permutations(TIMES)}
    (when,) = found
    assert when is not None
    assert (when.interval, when.precision, when.vague) == (
        "2031-05-06T06:30/2031-05-06T06:30",
        "clock",
        False,
    )
    assert when.days == 1


def test_times_without_a_common_day_are_spanned_and_vague() -> None:
    other = at("2031-06-01/2031-06-02")
    (when,) = {common(order) for order in permutations([*TIMES[:2], other])}
    assert when is not None
    assert (when.interval, when.precision) == ("2031-05-01/2031-06-02", "vague")
    assert str(when) == "2031-05-01 to 2031-06-02 (vague)"
    assert common([]) is None


def test_a_course_lasts_from_its_first_time_to_its_last() -> None:
    other = at("2031-06-01/2031-06-02")
    (when,) = {together(order) for order in permutations([*TIMES, other])}
    assert when is not None
    assert (when.interval, when.precision, when.vague) == ("2031-05-01/2031-06-02", "month", False)


def test_midnight_is_a_clock_time() -> None:
    midnight = at("2031-05-06T00:00/2031-05-06T00:00", "clock")
    assert midnight.interval == "2031-05-06T00:00/2031-05-06T00:00"
    assert {common(order) for order in permutations([midnight, *TIMES[:3]])} == {midnight}


@pytest.mark.parametrize(
    ("value", "cut"),
    [
        ("2031-05-01/2031-05-31", "2031-05-01/2031-05-06"),
        ("2031-05-06T06:30/2031-05-31", "2031-05-06T06:30/2031-05-06T06:30"),
        ("2031-05-01/2031-05-06T20:00", "2031-05-01/2031-05-06T20:00"),
        ("2031-05-07/2031-05-08", "2031-05-07/2031-05-08"),
    ],
)
def test_a_time_ends_on_the_day_of_publication(value: str, cut: str) -> None:
    assert until(at(value), date(2031, 5, 6)).interval == cut


def change(corpus: Path, name: str, *changes: tuple[str, str]) -> dict[str, Incident]:
    """The incidents after changes to a file of the annotations, each at one place."""
    path = corpus / "annotations" / name
    text = path.read_text("utf-8")
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
    return {incident.id: incident for incident in eb.incidents(corpus)}


@pytest.mark.parametrize(
    ("level", "when"), [("incident", "2031-05-05"), ("phase", "2031-05-04 to 2031-05-05")]
)
def test_a_phase_lasts_as_long_as_all_its_mentions(karsland: Path, level: str, when: str) -> None:
    change(karsland, "gold/n.values.tsv", ("2031-05-05/", "2031-05-04/"))
    found = change(karsland, "incidents.tsv", ("tolna-taken\tincident", f"tolna-taken\t{level}"))
    assert str(found["tolna-taken"].when) == when


def test_only_what_happened_did_so_before_publication(karsland: Path) -> None:
    """Article m was published on 6 May, n on 8 May."""
    found = change(karsland, "gold/m.values.tsv", ("05-01/2031-05-06", "05-01/2031-05-31"))
    assert str(found["m-157"].when) == "2031-05-01 to 2031-05-06"
    assert str(found["n-166"].when) == "2031-05-09"  # planned


def test_an_effect_has_the_time_and_place_of_the_attack_that_causes_it(karsland: Path) -> None:
    found = change(
        karsland,
        "gold/m.ann",
        ("Count:T21 Time:T22 ", "Count:T21 "),
        ("Attack:T17 Source", "Attack:T17 Place:T14 Time:T22 Source"),
    )
    total = found["m-157"]
    assert str(total.when) == "2031-05-01 to 2031-05-06"
    assert [(place.role, place.id) for place in total.where] == [("Place", "tolna")]
    assert total.inherited == {"when": "m:144-152", "where": "m:144-152"}
    assert found["m-144"].inherited == {}


def test_what_is_caused_by_something_else_has_no_time_of_it(karsland: Path) -> None:
    change(karsland, "incidents.toml", ('by = ["Attack"]', 'by = ["Displacement"]'))
    found = change(karsland, "gold/m.ann", ("Attack:T17 Source", "Attack:T17 Place:T14 Source"))
    assert (found["m-157"].where, found["m-157"].inherited) == ((), {})


def test_a_part_happened_at_some_time_during_the_whole(karsland: Path) -> None:
    change(
        karsland,
        "gold/m.values.tsv",
        ("118\t124\tMonday\tTime\t2031-05-05/2031-05-05\tday\tpublication\t\n", ""),
    )
    found = change(
        karsland,
        "gold/m.ann",
        ("Place:T14 Time:T15", "Place:T14"),
        ("T15\tTime 118 124\tMonday\n", ""),
    )
    part = found["tolna-shelled"]
    assert str(part.when) == "2031-05-01 to 2031-05-06 (vague)"
    assert part.inherited == {"when": "m:157-163"}
    assert "ucdp_date_prec" not in part.codes
    assert decide(karsland, "when", "2031-05-05/2031-05-05").inherited == {}


def test_days_from_and_to() -> None:
    when = at("2031-05-05/2031-05-07")
    assert when.overlaps(date(2031, 5, 7), None)
    assert not when.overlaps(date(2031, 5, 8), None)
    assert when.overlaps(None, date(2031, 5, 5))
    assert not when.overlaps(None, date(2031, 5, 4))


@given(st.data())
def test_the_order_of_mentions_and_links_does_not_matter(data: st.DataObject) -> None:
    events = [Event(f"E{n}", "Attack", Span(n * 5, n * 5 + 3)) for n in range(6)]
    pairs = [("E0", "E1"), ("E2", "E1"), ("E4", "E5")]
    links = data.draw(st.permutations([Link("SameEvent", *pair) for pair in pairs]))
    shuffled = data.draw(st.permutations(events))
    document = Document("a", "a", "x" * 40, events=tuple(shuffled), links=tuple(links))
    mentions = data.draw(st.permutations([("a", Span(0, 3)), ("a", Span(15, 18))]))
    groups = group([document], [Row("one", "incident", tuple(mentions), "read")])
    assert [(g.id, [key[1] for key in g.keys]) for g in groups] == [
        ("one", ["E0", "E1", "E2", "E3"]),
        ("a-20", ["E4", "E5"]),
    ]


# Links


def denied(*links: tuple[str, str]) -> list[set[str]]:
    """The clusters of a denial E0 and two claims, E1 and E2."""
    spans = [Span(n * 5, n * 5 + 3) for n in range(3)]
    events = (
        Event("E0", "Attack", spans[0], (), {"status": "negated"}),
        Event("E1", "Attack", spans[1], (), {"status": "actual"}),
        Event("E2", "Attack", spans[2], (), {"status": "actual"}),
    )
    document = Document(
        "a", "a", "x" * 20, events=events, links=tuple(Link("Contradicts", *k) for k in links)
    )
    found = {frozenset(event for _, event in keys) for keys in cluster([document]).values()}
    return sorted(map(set, found), key=lambda keys: sorted(keys))


def test_a_denial_joins_one_happening_and_never_makes_one_of_two() -> None:
    assert denied(("E1", "E0")) == [{"E0", "E1"}, {"E2"}]
    assert denied(("E0", "E1"), ("E0", "E2")) == [{"E0"}, {"E1"}, {"E2"}]
    assert denied(("E1", "E2")) == [{"E0"}, {"E1"}, {"E2"}]  # two accounts, none a denial


@pytest.mark.parametrize(
    ("level", "parents"), [("incident", ("m-157",)), ("phase", ()), ("total", ())]
)
def test_a_phase_is_part_only_of_what_all_its_happenings_are_part_of(
    karsland: Path, level: str, parents: tuple[str, ...]
) -> None:
    """Article m makes the shelling a part of the toll, article n says nothing of it."""
    old = "tolna-shelled\tincident\tm:86-92 n:41-47"
    found = change(karsland, "incidents.tsv", (old, old.replace("incident", level)))
    assert found["tolna-shelled"].parents == parents
    old = f"tolna-shelled\t{level}\tm:86-92 n:41-47"
    found = change(karsland, "incidents.tsv", (old, old.removesuffix(" n:41-47")))
    assert found["tolna-shelled"].parents == ("m-157",)


@pytest.mark.parametrize(
    ("occurrences", "level"),
    [
        ("total", "total"),
        ("total total single", "total"),
        ("total single", "incident"),
        ("total repeated", "phase"),
        ("single repeated single", "phase"),
        ("single", "incident"),
    ],
)
def test_a_level_by_the_occurrence_of_most_mentions(occurrences: str, level: str) -> None:
    events = [
        Event(f"E{n}", "Attack", Span(n, n + 1), (), {"occurrence": occurrence})
        for n, occurrence in enumerate(occurrences.split())
    ]
    assert level_of(events) == level


def test_a_denial_of_two_happenings_is_a_claim_of_each(karsland: Path) -> None:
    """The rebels deny the loss of Tolna and the dead of the shelling."""
    link = "R1\tContradicts Arg1:E1 Arg2:E2\n"
    found = change(karsland, "gold/m.ann", (link, f"{link}R4\tContradicts Arg1:E2 Arg2:E3\n"))
    assert "m-64" not in found
    for name, role in (("tolna-taken", "Territory"), ("tolna-shelled", "Place")):
        assert [
            m.words for c in found[name].claims if c.stance == "denies" for m in c.mentions
        ] == ["loss"]
        # The denial says nothing else of them: the territory is not that of the dead.
        assert [(place.role, place.id) for place in found[name].where] == [(role, "tolna")]
        assert found[name].rivals == ()
    assert [party.role for party in found["tolna-taken"].parties] == ["Controller"]


def test_accounts_that_exclude_each_other_are_rivals(karsland: Path) -> None:
    path = karsland / "annotations" / "gold" / "m.ann"
    path.write_text(path.read_text("utf-8").replace("E2 negated", "E2 actual"), "utf-8")
    found = {incident.id: incident for incident in eb.incidents(karsland)}
    assert found["tolna-taken"].rivals == ("m-64",)
    assert found["m-64"].rivals == ("tolna-taken",)


def test_a_joint_source_makes_a_claim_each(karsland: Path) -> None:
    path = karsland / "annotations" / "gold" / "m.values.tsv"
    text = path.read_text("utf-8")
    path.write_text(text.replace("\tpeace-watch\t", "\tpeace-watch+rebels\t", 1), "utf-8")
    found = {incident.id: incident for incident in eb.incidents(karsland)}
    sources = [claim.source for claim in found["tolna-shelled"].claims]
    assert sources == ["evening-star", "peace-watch", "rebels"]
    # The same figure of two sources is one figure.
    assert len(found["tolna-shelled"].figures) == 3


# Faults


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("x\tincident\tm:9-13 m:9-14\tread", "missing-mention: found 'm:9-14', expected ARTICLE"),
        ("x\tincident\tm:9\tread", "missing-mention: found 'm:9'"),
        ("x\tincident\tz:9-13\tread", "missing-mention: found 'z:9-13'"),
        ("x\tevent\tm:9-13\tread", "unknown-level: level is 'event', expected incident, phase"),
        ("x\tincident\tm:9-13\t", "malformed-incident: has no mentions or no reason"),
        ("X\tincident\tm:9-13\tread", "malformed-incident: id is 'X', expected one of its own"),
        ("x\tincident\tm:9-13\tread\nx\tphase\tn:18-26\tread", "malformed-incident: id is 'x'"),
        (
            "x\tincident\tm:9-13\tread\ny\tincident\tm:64-68\tread",
            "mention-twice: E1 of article m is in x too",
        ),
    ],
)
def test_unsound_lists_are_refused(karsland: Path, row: str, message: str) -> None:
    path = karsland / "annotations" / "incidents.tsv"
    path.write_text(f"incident\tlevel\tmentions\treason\n{row}\n", "utf-8")
    (karsland / "annotations" / "incident-decisions.tsv").unlink()
    with pytest.raises(EventbenchError) as caught:
        eb.incidents(karsland)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


def test_a_mention_may_be_in_incidents_of_two_levels(karsland: Path) -> None:
    path = karsland / "annotations" / "incidents.tsv"
    path.write_text(f"{path.read_text('utf-8')}advance\tphase\tm:9-13\tthe advance\n", "utf-8")
    found = {incident.id: incident for incident in eb.incidents(karsland)}
    assert [m.words for m in found["advance"].mentions] == ["took", "loss"]
    assert [m.words for m in found["tolna-taken"].mentions] == ["took", "loss", "captured"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("nowhere\tname\tx\tread", "incident is 'nowhere', which incidents.tsv does not have"),
        ("tolna-taken\twhy\tx\tread", "field is 'why', expected name, when, where, acled_event_"),
        ("tolna-taken\twhen\t2031\tread", "value is '2031', expected two dates with a slash"),
        ("tolna-taken\twhere\tx\tread", "value is 'x', expected ids of the gazetteer"),
        ("tolna-taken\twhere\tin:tolna\tread", "value is 'in:tolna', expected ids of the gaz"),
        ("tolna-taken\tucdp_best\tmany\tread", "value is 'many', expected a whole number"),
        ("tolna-taken\tname\tx\t", "has no value or no reason"),
        ("tolna-taken\tname\tx\tread\ntolna-taken\tname\ty\tread", "a second name of tolna-taken"),
    ],
)
def test_unsound_decisions_are_refused(karsland: Path, row: str, message: str) -> None:
    path = karsland / "annotations" / "incident-decisions.tsv"
    path.write_text(f"incident\tfield\tvalue\treason\n{row}\n", "utf-8")
    with pytest.raises(EventbenchError, match="unknown-decision: ") as caught:
        eb.incidents(karsland)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('deaths = "killed"', "", "has no 'deaths'"),
        ("[measures]", "[measure]", "unknown key 'measure'"),
        ('sub_event_type = "Chemical weapon"', 'colour = "x"', "acled.rule[0]: colour is 'x'"),
        ("town = 1", 'town = "1"', "acled.places: town is '1'"),
        ("near = 2", 'near = "2"', "acled: near is '2'"),
        ('others = ["Opponent"]', "others = [1]", "roles: others is [1], expected a list of texts"),
    ],
)
def test_a_faulty_table_is_refused(karsland: Path, old: str, new: str, message: str) -> None:
    path = karsland / "annotations" / "incidents.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(EventbenchError, match=r"incidents\.toml: ") as caught:
        eb.incidents(karsland)
    assert message in str(caught.value)
