"""Values are read by the rules of the annotation manual, and are always valid."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date

import pytest
from eventbench_baselines.rows import decoded
from eventbench_baselines.values import ValueReader
from hypothesis import given
from hypothesis import strategies as st
from making import article

from eventbench import TASKS, EventbenchError, Scheme, Span
from eventbench.corpus.model import Value
from eventbench.corpus.values import PRECISIONS, Named, canonical_value, wrong_value

PUBLISHED = "2031-11-12"
"""A Wednesday."""


def named(identifier: str, name: str, **facts: object) -> tuple[str, Named]:
    return identifier, Named(identifier, name, {"id": identifier, "name": name, **facts})


PLACES = dict(
    [
        named("karsland", "Karsland", kind="country"),
        named("velmar", "Velmar", kind="city", parent="karsland", other_names=["Wélmar"]),
        named("eastern-velmar", "eastern Velmar", kind="part of town", parent="velmar"),
        named("tolna", "Tolna", kind="town", parent="karsland"),
        named("sarn-bridge", "Sarn Bridge", kind="bridge", parent="velmar"),
        named("karsland-shore", "shore of Karsland", kind="coast", parent="karsland"),
        named("meridia", "Meridia", kind="country"),
        named("meridia-shore", "shore of Meridia", kind="coast", parent="meridia"),
    ]
)
READER = ValueReader.learn([], PLACES)


def when(words: str, sentence: str = "", article: str = "") -> str | None:
    return READER.read("Time", words, sentence=sentence, published=PUBLISHED, article=article)


TIMES = """
today                           2031-11-12
Yesterday                       2031-11-11
tomorrow                        2031-11-13
tonight                         2031-11-12
overnight                       2031-11-11/2031-11-12
dawn                            2031-11-12
Wednesday                       2031-11-12
Thursday                        2031-11-06
Friday's                        2031-11-07
next Friday                     2031-11-14
Tuesday night                   2031-11-11
dawn on Monday                  2031-11-10
early on Sunday                 2031-11-09
Thursday, 6 November            2031-11-06
6 November                      2031-11-06
Nov. 6, 2029                    2029-11-06
20 December                     2031-12-20
20 January                      2031-01-20
4 to 6 November                 2031-11-04/2031-11-06
5 and 6 November                2031-11-05/2031-11-06
between 28 October and 2 November 2031-10-28/2031-11-02
from April 2030 to April 2031   2030-04-01/2031-04-30
since Friday                    2031-11-07/2031-11-12
since 4 May                     2031-05-04/2031-11-12
since December                  2030-12-01/2031-11-12
from Monday on                  2031-11-10/2031-11-12
since 2028                      2028-01-01/2031-11-12
since Christmas                 2030-12-25/2031-11-12
October                         2031-10-01/2031-10-31
October 2028                    2028-10-01/2028-10-31
2028                            2028-01-01/2028-12-31
early October                   2031-10-01/2031-10-10
mid-October                     2031-10-11/2031-10-20
late February 2028              2028-02-21/2028-02-29
late 2030                       2030-09-01/2030-12-31
the start of the year           2031-01-01/2031-04-30
first week of October           2031-10-01/2031-10-07
the last three months of 2030   2030-10-01/2030-12-31
summer of 2030                  2030-06-01/2030-08-31
last winter                     2030-12-01/2031-02-28
this week                       2031-11-10/2031-11-12
last week                       2031-11-03/2031-11-09
next week                       2031-11-17/2031-11-23
this month                      2031-11-01/2031-11-12
last month                      2031-10-01/2031-10-31
this year                       2031-01-01/2031-11-12
14 March last year              2030-03-14
the weekend                     2031-11-08/2031-11-09
the past two weeks              2031-10-29/2031-11-12
past few days                   2031-11-09/2031-11-12
two weeks ago                   2031-10-27/2031-11-02
seven days to Monday            2031-11-04/2031-11-10
06:50                           2031-11-12T06:50
noon on Friday                  2031-11-07T12:00
6:30 p.m. on 9 November         2031-11-09T18:30
weeks                           unknown
for years                       unknown
31 February                     unknown
"""


@pytest.mark.parametrize("line", TIMES.strip().splitlines())
def test_times(line: str) -> None:
    words, _, value = line.rpartition(" ")
    whole = value if "/" in value or value == "unknown" else f"{value}/{value}"
    assert when(words.strip()) == whole


COUNTS = """
40                      40-40
1,240                   1240-1240
2.000                   2000-2000
seventy-two             72-72
two hundred and five    205-205
Two dozen               24-24
half a million          500000-500000
1.5 million             1500000-1500000
more than 40            40-
at least two            2-
no fewer than 40        40-
up to 60,000            -60000
fewer than ten          -10
no more than 20         -20
about sixty             60-60
an estimated 7,000      7000-7000
30 to 40                30-40
between 20 and 30       20-30
2-3 million             2000000-3000000
two or three            2-3
dozens                  24-99
scores                  40-199
Hundreds                200-999
several hundred         200-999
thousands               2000-9999
tens of thousands       20000-99999
hundreds of thousands   200000-999999
a large number          2-
another six             6-6
twice                   2-2
three times             3-3
a family                1-1
20 percent              -
"""


@pytest.mark.parametrize("line", COUNTS.strip().splitlines())
@pytest.mark.parametrize("kind", ["Number", "Repetitions"])
def test_counts(kind: str, line: str) -> None:
    words, _, value = line.rpartition(" ")
    assert READER.read(kind, words.strip()) == value


@pytest.mark.parametrize("words", ["first", "villagers", "nobody"])
def test_words_that_name_no_number(words: str) -> None:
    assert READER.read("Number", words) is None


@pytest.mark.parametrize(
    ("sentence", "value"),
    [
        ("The army will storm Tolna on Friday.", "2031-11-14/2031-11-14"),
        ("The Front ordered all families to leave Tolna by Friday.", "2031-11-14/2031-11-14"),
        ("On Friday the army will storm Tolna.", "2031-11-14/2031-11-14"),
        ("The army stormed Tolna on Friday.", "2031-11-07/2031-11-07"),
        ("The army vowed revenge; it stormed Tolna on Friday.", "2031-11-07/2031-11-07"),
        ("The Front said on Friday that it would leave Tolna.", "2031-11-07/2031-11-07"),
        ("A plan to leave Tolna on Friday fell through.", "2031-11-07/2031-11-07"),
    ],
)
def test_a_weekday_of_a_plan_lies_ahead(sentence: str, value: str) -> None:
    assert when("Friday", sentence) == value


def test_times_are_counted_from_the_day_that_was_named_last() -> None:
    text = "The Front took Tolna on 3 November. Two days later it left. A mill burned that night."
    first, second, third = (part.strip() + "." for part in text.split(".")[:3])
    assert when("Two days later", second, text) == "2031-11-05/2031-11-05"
    assert when("night", third, text) == "2031-11-03/2031-11-04"
    assert when("dawn", "On Monday it left at dawn.", text) == "2031-11-10/2031-11-10"
    assert when("Two days later", second) == "unknown"
    assert when("3 November", first, text) == "2031-11-03/2031-11-03"


def test_an_article_that_looks_back_goes_on_in_the_year_that_it_named_last() -> None:
    text = "The war began in 2024. In the spring of 2026 Tolna fell. Velmar was taken in August."
    sentence = "Velmar was taken in August."
    assert when("August", sentence, text) == "2026-08-01/2026-08-31"
    news = f"{text} On Monday a mill burned."
    assert when("August", sentence, news) == "2031-08-01/2031-08-31"


def test_without_the_day_of_publication_times_need_a_year() -> None:
    assert READER.read("Time", "Friday") is None
    assert READER.read("Time", "since June 2028") is None
    assert READER.read("Time", "4 to 6 June 2028") == "2028-06-04/2028-06-06"


ARTICLE = "Guns pounded Velmar. Families fled the city for Tolna. The bridge fell to the Front."


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("Velmar", "velmar"),
        ("VELMAR", "velmar"),
        ("Welmar", "velmar"),
        ("Vellmar", "velmar"),
        ("eastern Velmar", "eastern-velmar"),
        ("western Velmar", "velmar"),
        ("the city of Velmar", "velmar"),
        ("Velmar's mills", "velmar"),
        ("Tolna and Velmar", "tolna+velmar"),
        ("shore of Meridia", "meridia-shore"),
        ("elsewhere", "unknown"),
        ("market", "unknown"),
        ("Qwxzt", "unknown"),
    ],
)
def test_places(words: str, value: str) -> None:
    assert READER.read("Place", words) == value


@pytest.mark.parametrize(
    ("words", "sentence", "value"),
    [
        ("city", "Families fled the city for Tolna.", "velmar"),
        ("bridge", "The bridge fell to the Front.", "sarn-bridge"),
        ("shore", "Boats left the shore.", "karsland-shore"),
        ("market", "Guns pounded the market.", "velmar"),
    ],
)
def test_places_that_only_the_article_tells(words: str, sentence: str, value: str) -> None:
    text = f"{ARTICLE} {sentence} Velmar is hungry."
    assert READER.read("Place", words, sentence=sentence, article=text) == value


def learned(*seen: tuple[str, str, str]) -> ValueReader:
    """A reader that learned from articles with one value each: kind, words and value."""
    documents = []
    for kind, words, value in seen:
        document = article("a", (words,))
        span = Span(document.text.index(words), document.text.index(words) + len(words))
        values = (Value(span, kind, value, PRECISIONS[kind][0], "text"),)
        documents.append(replace(document, values=values))
    return ValueReader.learn(documents, PLACES)


def test_what_is_learned_is_what_means_the_same_elsewhere() -> None:
    reader = learned(
        ("Place", "the old mills", "tolna"),
        ("Place", "the harbour", "port-elsewhere"),
        ("Number", "a crowd", "200-"),
        ("Number", "40", "50-50"),
        ("Time", "Friday", "2029-01-05/2029-01-05"),
    )
    assert reader.read("Place", "old mills") == "tolna"
    assert reader.read("Place", "harbour") != "port-elsewhere"
    assert reader.read("Number", "A crowd") == "200-"
    assert reader.read("Number", "40") == "40-40"
    assert reader.read("Time", "Friday", published=PUBLISHED) == "2031-11-07/2031-11-07"


def test_saved_readers_read_the_same() -> None:
    reader = learned(("Place", "the old mills", "tolna"), ("Number", "a crowd", "200-"))
    restored = ValueReader.from_json(json.loads(json.dumps(reader.to_json())))
    assert restored == reader
    assert restored.read("Place", "Welmar") == "velmar"


PIECES = """since from to and of the on in at past last next early mid-late - / 's , few week day
month Friday night May 30 31 2029 February 99 99,999 1.5 million half a dozens ago 24:00 hundred
no more than onwards Velmar Tolna shore city 0 first ½ é Day overnight winter"""
WORDS = st.lists(st.sampled_from(PIECES.split()), max_size=6).map(" ".join)


@given(
    words=WORDS | st.text(max_size=12),
    kind=st.sampled_from(list(PRECISIONS)),
    sentence=WORDS,
    published=st.dates(date(1, 1, 1), date(9999, 12, 31)).map(date.isoformat),
)
def test_what_is_read_is_valid_and_in_its_one_form(
    words: str, kind: str, sentence: str, published: str
) -> None:
    text = f"{sentence} {words}. {ARTICLE}"
    value = READER.read(kind, words, sentence=sentence, published=published, article=text)
    if value is not None:
        assert wrong_value(kind, value) is None
        assert canonical_value(kind, value) == value


def test_rows_are_read_with_the_other_sentences_of_their_article() -> None:
    document = article("a", ("Guns pounded Velmar .",), ("The city fell on Friday .",))
    places = [("Velmar", "Place"), ("city", "Place"), ("Friday", "Time")]
    values = tuple(
        Value(Span(start, start + len(words)), kind, "unknown", PRECISIONS[kind][0], "text")
        for words, kind in places
        for start in [document.text.index(words)]
    )
    document = replace(document, values=values, published=date(2031, 11, 12))
    rows = decoded(TASKS["values"].inputs_for([document], Scheme((), {})))
    assert READER.read_rows(rows) == ["velmar", "velmar", "2031-11-07/2031-11-07"]


@pytest.mark.parametrize(("kind", "published"), [("Speaker", PUBLISHED), ("Time", "Friday")])
def test_other_kinds_and_days_are_refused(kind: str, published: str) -> None:
    with pytest.raises(EventbenchError, match="expected"):
        READER.read(kind, "Friday", published=published)


def test_importing_the_reader_loads_no_library() -> None:
    script = (
        "import sys, eventbench_baselines.values\n"
        "sys.exit(str({'dateparser', 'text_to_num', 'rapidfuzz', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr.strip() == "set()"
