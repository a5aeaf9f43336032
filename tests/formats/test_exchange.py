"""What other tools read of ours, and what we read of brat's."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from eventbench import Corpus, EventbenchError, build, load, load_corpus
from eventbench.annotation.validate import validate
from eventbench.corpus import standoff
from eventbench.corpus.model import Argument, Event, Link, Span
from eventbench.corpus.tokens import from_iob2
from eventbench.dataset.building import rows
from eventbench.formats import exchange
from eventbench.formats.exchange import FORMATS, export, import_brat

ARTICLE = (
    "Old market of Hraytan 😀\n"
    "\n"
    "Rockets hit the old\u00a0market and a school of Hraytan on Sunday.\n"
    "The strike wounded 3 traders.\n"
)
# As brat writes: lines in the order of drawing, a space behind an event without arguments, a tab
# behind a relation, and same events as a group.
BRAT_ANN = """\
T1\tAttack 33 36\thit
E1\tAttack:T1 Instrument:T2 Target:T3 Target2:T4 Time:T5
T2\tInstrument 25 32\tRockets
T3\tParticipant 41 51\told\u00a0market
T4\tParticipant 58 75\tschool of Hraytan
T5\tTime 79 85\tSunday
T6\tAttack 91 97\tstrike
E2\tAttack:T6 \n\
A1\tAttackSubtype E1 shelling
A2\tStatus E1 actual
A3\tReported E1 author
*\tSameEvent E1 E2
A4\tAttackSubtype E2 shelling
A5\tStatus E2 actual
A6\tReported E2 author
T7\tCasualty 98 105\twounded
T8\tParticipant 108 115\ttraders
T9\tNumber 106 107\t3
E3\tCasualty:T7 Victim:T8 Count:T9
A7\tCasualtySubtype E3 injured
A8\tStatus E3 actual
A9\tReported E3 author
#1\tAnnotatorNotes E3\tsee the caption
R1\tCauses Arg1:E2 Arg2:E3\t
"""


@pytest.fixture
def brat(tmp_path: Path) -> Path:
    """A directory with one new article, annotated in brat."""
    directory = tmp_path / "brat"
    directory.mkdir()
    (directory / "annotation.conf").touch()
    (directory / "market.txt").write_bytes(ARTICLE.encode())
    (directory / "market.ann").write_bytes(BRAT_ANN.encode())
    return directory


def files_below(directory: Path) -> dict[str, bytes]:
    paths = directory.rglob("*") if directory.is_dir() else [directory]
    return {str(p.relative_to(directory)): p.read_bytes() for p in paths if p.is_file()}


def with_events(corpus: Corpus, *events: Event) -> Corpus:
    """The corpus with these events in its first article, and no others there."""
    document = dataclasses.replace(corpus.documents[0], events=events, links=())
    return dataclasses.replace(corpus, documents=(document, *corpus.documents[1:]))


# Exports


def test_unknown_formats_are_refused(corpus: Corpus, tmp_path: Path) -> None:
    message = "no format 'xml': expected brat or conll or jsonl or oneie or spacy"
    with pytest.raises(EventbenchError, match=message):
        export(corpus, "xml", tmp_path / "out")


@pytest.mark.parametrize("format", FORMATS)
def test_exporting_twice_gives_the_same_bytes(corpus: Corpus, tmp_path: Path, format: str) -> None:
    for name in "xy":
        export(corpus, format, tmp_path / "new" / name)
    assert files_below(tmp_path / "new" / "x") == files_below(tmp_path / "new" / "y") != {}
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["x", "y"]


@pytest.mark.parametrize("format", FORMATS)
def test_output_that_cannot_be_written_is_one_clear_line(
    corpus: Corpus, tmp_path: Path, format: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EventbenchError, match=r"file/out: cannot be written: [^\n]+$"):
        export(corpus, format, tmp_path / "file" / "out")


@pytest.mark.parametrize("format", [f for f in FORMATS if f != "brat"])
def test_a_file_is_replaced_whole_or_not_at_all(
    corpus: Corpus, tmp_path: Path, format: str
) -> None:
    out = tmp_path / "out"
    out.write_text("old", encoding="utf-8")
    if format != "jsonl":  # which can hold any span
        broken = with_events(corpus, Event("E1", "Attack", Span(1, 3)))
        with pytest.raises(EventbenchError, match=r"000_8ccff8c754e347e5\.ann: "):
            export(broken, format, out)
        assert out.read_text(encoding="utf-8") == "old"
    export(corpus, format, out)
    assert out.read_bytes() != b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("format", ["conll", "oneie", "spacy"])
@pytest.mark.parametrize(
    "triggers",
    [
        [Span(1, 3)],  # part of a token
        [Span(50, 62)],  # from one sentence into the next
        [Span(0, 7), Span(4, 7)],  # overlapping
    ],
)
def test_triggers_that_flat_tags_cannot_hold_are_refused(
    corpus: Corpus, tmp_path: Path, format: str, triggers: list[Span]
) -> None:
    events = (Event(f"E{i}", "Attack", span) for i, span in enumerate(triggers))
    with pytest.raises(EventbenchError, match="overlaps another, lies in no sentence or is not"):
        export(with_events(corpus, *events), format, tmp_path / "out")


# brat


def test_a_brat_directory_holds_the_articles_and_what_brat_needs(
    corpus: Corpus, tmp_path: Path
) -> None:
    out = tmp_path / "brat"
    export(corpus, "brat", out)
    found = files_below(out)
    assert set(found) == {"annotation.conf", "visual.conf"} | {
        f"{document.stem}.{kind}" for document in corpus.documents for kind in ("txt", "ann")
    }
    for name in ("annotation.conf", "visual.conf"):
        assert found[name] == (ROOT / "annotations" / name).read_bytes()
    for document in corpus.documents:
        text = found[f"{document.stem}.txt"]
        assert text == (ROOT / "seeds" / f"{document.stem}.txt").read_bytes()
        ann = found[f"{document.stem}.ann"].decode()
        read = standoff.parse(ann, text.decode(), corpus.scheme, "x.ann")
        assert read == (document.events, document.links, [])


def test_brat_gets_the_annotations_it_was_given(tmp_path: Path) -> None:
    export(load_corpus(annotations=ROOT / "annotations/passes/a"), "brat", tmp_path / "brat")
    name = "001_2575ae5a2d876c67.ann"
    passed = (ROOT / "annotations/passes/a" / name).read_bytes()
    assert (tmp_path / "brat" / name).read_bytes() == passed
    assert passed != (ROOT / "annotations/gold" / name).read_bytes()


def test_brat_gets_the_configuration_of_its_data(tiny: Path, tmp_path: Path) -> None:
    configuration = tiny / "annotations" / "annotation.conf"
    configuration.write_text(configuration.read_text(encoding="utf-8") + "# ours\n", "utf-8")
    export(load_corpus(tiny), "brat", tmp_path / "brat", data_dir=tiny)
    assert (tmp_path / "brat" / "annotation.conf").read_bytes() == configuration.read_bytes()
    assert not (tmp_path / "brat" / "visual.conf").exists()  # tiny has none
    gold = files_below(tiny / "annotations" / "gold")
    assert {n: c for n, c in files_below(tmp_path / "brat").items() if n in gold} == gold


def test_brat_without_a_configuration_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(EventbenchError, match=r"annotations/annotation\.conf: No such file"):
        export(corpus, "brat", tmp_path / "brat", data_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_brat_goes_into_an_empty_directory_alone(corpus: Corpus, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    export(corpus, "brat", out)
    (tmp_path / "file").touch()
    for taken in (out, tmp_path / "file"):
        before = files_below(taken)
        with pytest.raises(EventbenchError, match="exists and is not an empty directory; choose"):
            export(corpus, "brat", taken)
        assert files_below(taken) == before


# CoNLL


def test_conll_of_two_short_articles(tiny: Path, tmp_path: Path) -> None:
    export(load_corpus(tiny), "conll", tmp_path / "out")
    a, b = (tmp_path / "out").read_text(encoding="utf-8").split("\n\n-DOCSTART-\tO\n\n")
    assert b == (
        "The\tO\narmy\tO\ndenied\tO\nany\tO\nshelling\tB-Attack\nof\tO\nKafr\tO\nHamra\tO\n.\tO\n"
        "\n"
        "The\tO\narmy\tO\nshelled\tB-Attack\nthe\tO\ncity\tO\n,\tO\nkilling\tB-Casualty\n12\tO\n"
        "civilians\tO\n,\tO\na\tO\ndoctor\tO\nsaid\tO\n.\tO\n"
    )
    assert a.startswith("-DOCSTART-\tO\n\nRebels\tO\ntook\tB-TerritorialControl\nthe\tO\ncity\tO\n")
    assert "\n😀\tO\n" in a


def test_conll_reads_back_to_the_same_tags(corpus: Corpus, tmp_path: Path) -> None:
    export(corpus, "conll", tmp_path / "out")
    blocks = (tmp_path / "out").read_text(encoding="utf-8").rstrip("\n").split("\n\n")
    articles: list[list[Any]] = []
    for block in blocks:
        if block == "-DOCSTART-\tO":
            articles.append([])
        else:
            columns = [line.split("\t") for line in block.split("\n")]
            articles[-1].append(([word for word, _ in columns], [tag for _, tag in columns]))
    expected = [
        [(r["tokens"], r["ner_tags"]) for r in rows(corpus) if r["doc_id"] == document.id]
        for document in corpus.documents
    ]
    assert articles == expected


# JSON Lines


def json_lines(path: Path) -> list[Any]:
    lines = path.read_text(encoding="utf-8").split("\n")
    assert lines.pop() == ""
    return [json.loads(line) for line in lines]


def test_jsonl_of_a_short_article(tiny: Path, tmp_path: Path) -> None:
    export(load_corpus(tiny), "jsonl", tmp_path / "out")
    article = json_lines(tmp_path / "out")[1]
    assert list(article) == ["id", "title", "text", "sentences", "events", "links"]
    assert (article["id"], article["title"]) == ("b", "Article b")
    assert article["text"] == (tiny / "seeds" / "b.txt").read_bytes().decode()
    assert [(s["id"], s["start"], s["end"]) for s in article["sentences"]] == [
        ("b-001", 0, 43),
        ("b-002", 44, 107),
    ]
    first = article["sentences"][0]
    assert (first["token_starts"][:2], first["token_ends"][-1]) == ([0, 4], 43)
    assert article["events"][1] == {
        "id": "E2",
        "type": "Attack",
        "subtype": "shelling",
        "trigger": {"start": 53, "end": 60, "text": "shelled"},
        "arguments": [
            {"role": "Attacker", "number": 1, "sides": ["government"],
             "start": 48, "end": 52, "text": "army"},
            {"role": "Target", "number": 1, "sides": [], "start": 65, "end": 69, "text": "city"},
        ],
        "status": "actual",
        "reported": "attributed",
        "source": {"start": 95, "end": 101, "text": "doctor"},
        "contested": False,
        "note": None,
    }  # fmt: skip
    assert article["links"] == [{"type": "Causes", "first": "E2", "second": "E3"}]


def test_jsonl_leaves_nothing_of_an_event_out(tiny: Path, tmp_path: Path) -> None:
    export(load_corpus(tiny), "jsonl", tmp_path / "out")
    event = json_lines(tmp_path / "out")[0]["events"][2]
    fields = {field.name for field in dataclasses.fields(Event)}
    assert set(event) == fields - {"line"}  # the line in the .ann, which is no part of the event
    assert {field.name for field in dataclasses.fields(Argument)} - set(event["arguments"][0]) == {
        "span"
    }
    assert event["contested"] is True
    assert event["note"] == 'denial has no trigger: "Rebels denied this."'


def test_jsonl_reads_back_to_the_same_articles(corpus: Corpus, tmp_path: Path) -> None:
    export(corpus, "jsonl", tmp_path / "out")
    for article, document in zip(json_lines(tmp_path / "out"), corpus.documents, strict=True):

        def span(place: Any, text: str = article["text"]) -> Span:
            assert place["text"] == text[place["start"] : place["end"]]
            return Span(place["start"], place["end"])

        events = tuple(
            Event(
                e["id"],
                e["type"],
                span(e["trigger"]),
                tuple(
                    Argument(a["role"], span(a), tuple(a["sides"]), a["number"])
                    for a in e["arguments"]
                ),
                e["subtype"],
                e["status"],
                e["reported"],
                e["source"] and span(e["source"]),
                e["contested"],
                e["note"],
            )
            for e in article["events"]
        )
        assert events == document.events
        links = tuple(Link(k["type"], k["first"], k["second"]) for k in article["links"])
        assert [(k.type, k.first, k.second) for k in document.links] == [
            (k.type, k.first, k.second) for k in links
        ]
        assert article["text"] == document.text
        assert [(s["id"], Span(s["start"], s["end"])) for s in article["sentences"]] == [
            (s.id, s.span) for s in document.sentences
        ]


# OneIE


def test_oneie_of_a_short_sentence(tiny: Path, tmp_path: Path) -> None:
    export(load_corpus(tiny), "oneie", tmp_path / "out")
    text = "Rebels said the army was shelling Kafr Hamra on Tuesday."
    assert json_lines(tmp_path / "out")[3] == {
        "doc_id": "a",
        "wnd_id": "a-004",
        "sent_id": "a-004",
        "lang": "en",
        "text": text,
        "sentence": text,
        "tokens": ["Rebels", "said", "the", "army", "was", "shelling", "Kafr", "Hamra", "on",
                   "Tuesday", "."],
        "entity_mentions": [
            {"id": "a-004-E0", "text": "army", "start": 3, "end": 4, "entity_type": "Actor",
             "mention_type": "UNK"},
            {"id": "a-004-E1", "text": "Kafr Hamra", "start": 6, "end": 8,
             "entity_type": "Participant", "mention_type": "UNK"},
            {"id": "a-004-E2", "text": "Tuesday", "start": 9, "end": 10, "entity_type": "Time",
             "mention_type": "UNK"},
        ],
        "relation_mentions": [],
        "event_mentions": [
            {
                "id": "a-004-EV0",
                "event_type": "Attack:shelling",
                "trigger": {"text": "shelling", "start": 5, "end": 6},
                "arguments": [
                    {"entity_id": "a-004-E0", "role": "Attacker", "text": "army",
                     "start": 3, "end": 4},
                    {"entity_id": "a-004-E1", "role": "Target", "text": "Kafr Hamra",
                     "start": 6, "end": 8},
                    {"entity_id": "a-004-E2", "role": "Time", "text": "Tuesday",
                     "start": 9, "end": 10},
                ],
            }
        ],
    }  # fmt: skip


def test_oneie_holds_every_trigger_and_argument(corpus: Corpus, tmp_path: Path) -> None:
    export(corpus, "oneie", tmp_path / "out")
    lines = iter(json_lines(tmp_path / "out"))
    all_ids: list[str] = []
    for document in corpus.documents:
        found = []
        for sentence in document.sentences:
            line = next(lines)
            assert (line["doc_id"], line["wnd_id"]) == (document.id, sentence.id)
            assert line["tokens"] == [t.text_in(document.text) for t in sentence.tokens]

            def span(place: Any, tokens: tuple[Span, ...] = sentence.tokens) -> Span:
                return Span(tokens[place["start"]].start, tokens[place["end"] - 1].end)

            entities = {entity["id"]: entity for entity in line["entity_mentions"]}
            kinds = [(e["start"], e["end"], e["entity_type"]) for e in entities.values()]
            assert len(set(kinds)) == len(kinds) == len(line["entity_mentions"])
            all_ids += [m["id"] for m in line["entity_mentions"] + line["event_mentions"]]
            for place in entities.values():
                assert place["text"] == span(place).text_in(document.text)
            for mention in line["event_mentions"]:
                event_type, _, subtype = mention["event_type"].partition(":")
                trigger = span(mention["trigger"])
                assert mention["trigger"]["text"] == trigger.text_in(document.text)
                arguments = []
                for argument in mention["arguments"]:
                    entity = entities[argument["entity_id"]]
                    kind = corpus.scheme.kind(event_type, argument["role"])
                    assert entity["entity_type"] == kind
                    assert all(argument[key] == entity[key] for key in ("text", "start", "end"))
                    arguments.append((argument["role"], span(argument)))
                found.append((event_type, subtype, trigger, arguments))
        assert found == [
            (e.type, e.subtype, e.trigger, [(a.role, a.span) for a in e.arguments])
            for e in document.events
        ]
    assert next(lines, None) is None
    assert len(set(all_ids)) == len(all_ids)


def test_oneie_of_what_is_not_decided_or_does_not_fit(corpus: Corpus, tmp_path: Path) -> None:
    event = Event("E1", "Attack", Span(4, 7), (Argument("Place", Span(0, 3)),))
    export(with_events(corpus, event), "oneie", tmp_path / "out")
    assert json_lines(tmp_path / "out")[0]["event_mentions"][0]["event_type"] == "Attack"
    for place in (Span(0, 2), Span(55, 66)):  # part of a token; in the next sentence
        stray = dataclasses.replace(event, arguments=(Argument("Place", place),))
        with pytest.raises(EventbenchError, match="not made of whole tokens of sentence 000-001"):
            export(with_events(corpus, stray), "oneie", tmp_path / "out")


# spaCy


def spacy_docs(path: Path) -> list[Any]:
    import spacy

    packed = spacy.tokens.DocBin().from_disk(path)
    return list(packed.get_docs(spacy.blank("en").vocab))


def test_spacy_reads_back_the_same_tokens_sentences_and_triggers(
    corpus: Corpus, tmp_path: Path
) -> None:
    export(corpus, "spacy", tmp_path / "out.spacy")
    for doc, document in zip(spacy_docs(tmp_path / "out.spacy"), corpus.documents, strict=True):
        assert doc.user_data["id"] == document.id
        starts = doc.user_data["token_starts"]
        places = [Span(i, i + len(token)) for i, token in zip(starts, doc, strict=True)]
        assert places == [t for s in document.sentences for t in s.tokens]
        assert [token.text for token in doc] == [p.text_in(document.text) for p in places]
        assert [len(list(s)) for s in doc.sents] == [len(s.tokens) for s in document.sentences]
        expected = [(e.type, e.trigger) for e in document.events]
        for spans in (doc.ents, doc.spans["sc"]):
            found = [(s.label_, places[s.start].start, places[s.end - 1].end) for s in spans]
            assert [(label, Span(start, end)) for label, start, end in found] == expected
        # A token behind which the article has a gap, of whatever kind, has a space behind it.
        assert "".join(doc.text.split()) == "".join(document.text.split())
        assert [bool(token.whitespace_) for token in doc] == [
            document.text[p.end : p.end + 1].isspace() for p in places
        ]


def test_spacy_of_a_short_article(tiny: Path, tmp_path: Path) -> None:
    export(load_corpus(tiny), "spacy", tmp_path / "out")
    doc = spacy_docs(tmp_path / "out")[1]
    text = (tiny / "seeds" / "b.txt").read_text(encoding="utf-8")
    assert doc.text == text.replace("\u00a0", " ").replace("\n", " ") != text
    assert [(ent.label_, ent.text, ent.start_char) for ent in doc.ents] == [
        ("Attack", "shelling", 20), ("Attack", "shelled", 53), ("Casualty", "killing", 71),
    ]  # fmt: skip


def test_spacy_bytes_do_not_depend_on_the_process(tiny: Path, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from eventbench import load_corpus\n"
        "from eventbench.formats.exchange import export\n"
        "export(load_corpus(sys.argv[1]), 'spacy', Path(sys.argv[2]))\n"
    )
    for seed in "12":
        subprocess.run(
            [sys.executable, "-c", script, str(tiny), str(tmp_path / seed)],
            env={"PYTHONHASHSEED": seed},
            check=True,
        )
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_without_spacy_the_extra_is_named(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(EventbenchError, match=r"pip install 'eventbench\[segment\]'"):
        export(corpus, "spacy", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


# Import


def test_a_new_article_becomes_part_of_the_data(tiny: Path, brat: Path) -> None:
    version = (tiny / "annotations" / "VERSION").read_bytes()
    before = load_corpus(tiny)
    assert import_brat(brat, tiny) == ["000"]

    assert validate(tiny) == []
    after = load_corpus(tiny)
    assert after.documents[:2] == before.documents
    new = after.documents[2]
    assert (new.id, new.stem, after.titles["000"]) == ("000", "market", "Old market of Hraytan 😀")
    assert (tiny / "seeds" / "market.txt").read_bytes() == ARTICLE.encode()
    assert (tiny / "annotations" / "VERSION").read_bytes() == version
    assert [s.id for s in new.sentences] == ["000-001", "000-002", "000-003"]
    found = [
        (label, row["tokens"][i:j])
        for row in rows(after)
        if row["doc_id"] == "000"
        for label, i, j in from_iob2(row["ner_tags"])
    ]
    assert found == [("Attack", ["hit"]), ("Attack", ["strike"]), ("Casualty", ["wounded"])]


def test_what_brat_wrote_is_kept_and_written_our_way(tiny: Path, brat: Path) -> None:
    import_brat(brat, tiny)
    document = load_corpus(tiny).documents[2]
    hit, strike, wounded = document.events
    assert [(a.role, a.number, a.span.text_in(document.text)) for a in hit.arguments] == [
        ("Instrument", 1, "Rockets"),
        ("Target", 1, "old\u00a0market"),
        ("Target", 2, "school of Hraytan"),
        ("Time", 1, "Sunday"),
    ]
    assert wounded.note == "see the caption"
    assert {(link.type, link.first, link.second) for link in document.links} == {
        ("SameEvent", hit.id, strike.id),
        ("Causes", strike.id, wounded.id),
    }
    path = tiny / "annotations" / "gold" / "market.ann"
    canonical = standoff.write(
        document.events, document.links, document.text, load_corpus(tiny).scheme
    )
    assert path.read_bytes().decode() == canonical != BRAT_ANN


def test_an_imported_article_can_go_back_to_brat(tiny: Path, brat: Path, tmp_path: Path) -> None:
    import_brat(brat, tiny)
    export(load_corpus(tiny), "brat", tmp_path / "again", data_dir=tiny)
    with pytest.raises(EventbenchError, match="already"):
        import_brat(tmp_path / "again", tiny)
    gold = tiny / "annotations" / "gold" / "market.ann"
    assert (tmp_path / "again" / "market.ann").read_bytes() == gold.read_bytes()


def test_the_entry_says_what_it_rests_on_and_keeps_those_before_it(tiny: Path, brat: Path) -> None:
    listing = tiny / "seeds" / "sources.toml"
    before = listing.read_text(encoding="utf-8")
    title = 'He said: "C:\\new"\t\x7f \U0001f600'
    (brat / "market.txt").write_bytes(f"\u00a0\n  {title} \n".encode())
    (brat / "market.ann").write_bytes(b"")
    import_brat(brat, tiny)
    after = listing.read_text(encoding="utf-8")
    assert after.startswith(before)
    assert "# Please add what is known: publisher, published, address" in after
    entry = tomllib.loads(after)["article"][2]
    assert set(entry) == {"id", "file", "title", "sha256", "basis"}
    assert (entry["file"], entry["title"]) == ("market.txt", title)
    assert entry["basis"] == {"title": "first non-empty line of the article"}
    assert load_corpus(tiny).documents[2].events == ()


def test_ids_go_on_behind_the_highest_number(tiny: Path, brat: Path) -> None:
    listing = tiny / "seeds" / "sources.toml"
    text = listing.read_text(encoding="utf-8")
    # Without a line end at its end, as an editor may leave it.
    listing.write_text(text.replace('id = "a"', 'id = "041"').rstrip(), encoding="utf-8")
    shutil.copy(brat / "market.ann", brat / "Bazaar.ann")
    (brat / "Bazaar.txt").write_bytes(ARTICLE.encode() + b"\n")
    assert import_brat(brat, tiny) == ["042", "043"]
    assert [d.stem for d in load_corpus(tiny).documents] == ["a", "b", "Bazaar", "market"]


def test_a_data_directory_begins_with_its_scheme(brat: Path, tmp_path: Path) -> None:
    data = tmp_path / "new data"
    (data / "annotations").mkdir(parents=True)
    shutil.copy(ROOT / "annotations" / "annotation.conf", data / "annotations")
    assert import_brat(brat, data) == ["000"]
    (data / "annotations" / "VERSION").write_text("0.1.0\n", encoding="utf-8")
    assert len(load_corpus(data).documents[0].events) == 3


def test_a_group_of_three_becomes_two_links(tiny: Path, brat: Path) -> None:
    ann = BRAT_ANN.replace("E3\tCasualty:T7 Victim:T8 Count:T9", "E3\tAttack:T7 Target:T8")
    ann = ann.replace("Casualty 98", "Attack 98").replace("T9\tNumber 106 107\t3\n", "")
    ann = ann.replace("CasualtySubtype E3 injured", "AttackSubtype E3 other")
    (brat / "market.ann").write_text(ann.replace("E1 E2\n", "E1 E2 E3\n"), encoding="utf-8")
    import_brat(brat, tiny)
    document = load_corpus(tiny).documents[2]
    ids = [event.id for event in document.events]
    same = [(k.first, k.second) for k in document.links if k.type == "SameEvent"]
    assert same == [(ids[0], ids[1]), (ids[1], ids[2])]
    assert validate(tiny) == []


Spoil = Callable[[Path, Path], object]


def written(name: str, content: bytes) -> Spoil:
    return lambda brat, tiny: (brat / name).write_bytes(content)


def ann(old: str, new: str) -> Spoil:
    assert old in BRAT_ANN
    return written("market.ann", BRAT_ANN.replace(old, new).encode())


REFUSED: dict[str, tuple[Spoil, str]] = {
    "no directory": (lambda brat, tiny: shutil.rmtree(brat), r"brat: No such file or directory"),
    "no pairs": (
        lambda brat, tiny: [path.unlink() for path in brat.glob("market.*")],
        r"brat: holds no article: expected pairs of \.txt and \.ann",
    ),
    "text alone": (
        lambda brat, tiny: (brat / "market.ann").unlink(),
        r"brat/market\.txt: there is no market\.ann beside it",
    ),
    "annotations alone": (written("x.ann", b""), r"brat/x\.ann: there is no x\.txt beside it"),
    "text not UTF-8": (
        written("market.txt", b"one\ntw\xf6\n"),
        r"market\.txt:2: not UTF-8: invalid",
    ),
    "annotations not UTF-8": (written("market.ann", b"\xff"), r"market\.ann:1: not UTF-8"),
    "carriage returns": (
        written("market.txt", b"one\ntwo\r\n"),
        r"market\.txt:2: has a carriage return: brat shifts offsets at such line ends",
    ),
    "byte-order mark": (
        written("market.txt", b"\xef\xbb\xbfone\n"),
        r"market\.txt:1: begins with a byte-order mark",
    ),
    "no text": (written("market.txt", b"\n \xc2\xa0\n"), r"market\.txt: holds no text"),
    "same bytes": (
        lambda brat, tiny: [
            shutil.copy(tiny / "seeds" / "a.txt", brat / "market.txt"),
            written("market.ann", b"")(brat, tiny),
        ],
        r"brat/market\.txt: is article a, a\.txt, already",
    ),
    "same bytes twice": (
        lambda brat, tiny: [
            shutil.copy(brat / f"market.{x}", brat / f"n.{x}") for x in ("txt", "ann")
        ],
        r"brat/n\.txt: is article 000, market\.txt, already",
    ),
    "same name": (
        lambda brat, tiny: [
            (brat / f"market.{suffix}").rename(brat / f"b.{suffix}") for suffix in ("txt", "ann")
        ],
        r"brat/b\.txt: article b has this name; choose another",
    ),
    "a file in the way": (
        lambda brat, tiny: (tiny / "annotations" / "gold" / "market.ann").touch(),
        r"gold/market\.ann: exists, though sources\.toml does not name it",
    ),
    "a name that does not print": (
        lambda brat, tiny: [
            (brat / f"market.{suffix}").rename(brat / f"a\nb.{suffix}") for suffix in ("txt", "ann")
        ],
        r"a\\nb\.txt': the name has characters that do not print$",
    ),
    "broken line": (ann("A2\tStatus", "A2 Status"), r"market\.ann:10: malformed-line: found "),
    "first of two": (
        written(
            "market.ann",
            BRAT_ANN.replace("\twounded", "\twound").replace("\tstrike", "\tstroke").encode(),
        ),
        r"market\.ann:7: offset-text-mismatch: found 'stroke'",
    ),
    "unknown type": (ann("T1\tAttack", "T1\tAssault"), r"market\.ann:1: unknown-type: "),
    "broken group": (ann("*\tSameEvent E1 E2", "*\tSameEvent E1"), r"market\.ann:12: malformed-"),
    "group of what is not there": (
        ann("*\tSameEvent E1 E2", "*\tSameEvent E1 E2 E7"),
        r"market\.ann:12: unknown-reference: SameEvent joins E7",
    ),
    "unknown group": (ann("*\tSameEvent", "*\tEquiv"), r"market\.ann:12: unknown-type: link 'Equ"),
    "changed data": (
        lambda brat, tiny: (tiny / "seeds" / "a.txt").write_bytes(b"changed"),
        r"a\.txt: the article changed",
    ),
    "no scheme": (
        lambda brat, tiny: (tiny / "annotations" / "annotation.conf").unlink(),
        r"annotation\.conf: missing: .* is not an eventbench data directory",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_add_nothing(tiny: Path, brat: Path, case: str) -> None:
    spoil, message = REFUSED[case]
    spoil(brat, tiny)
    before = files_below(tiny)
    with pytest.raises(EventbenchError, match=message) as caught:
        import_brat(brat, tiny)
    assert "\n" not in str(caught.value)
    assert files_below(tiny) == before


def test_nothing_is_added_if_a_file_cannot_be_written(
    tiny: Path, brat: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files_below(tiny)
    write_whole = exchange.write_whole

    def fail_at(name: str) -> None:
        def failing(path: Path, content: str) -> None:
            if path.name == name:
                raise EventbenchError(f"{path}: cannot be written: disk full")
            write_whole(path, content)

        monkeypatch.setattr(exchange, "write_whole", failing)

    for name in ("market.tsv", "sources.toml"):
        fail_at(name)
        with pytest.raises(EventbenchError, match=f"{name}: cannot be written: disk full"):
            import_brat(brat, tiny)
        assert files_below(tiny) == before


def test_what_file_managers_leave_behind_is_not_looked_at(tiny: Path, brat: Path) -> None:
    (brat / "._market.txt").write_bytes(b"\x00\x05\x16\x07")
    assert import_brat(brat, tiny) == ["000"]


# The guide


def test_the_guides_steps_lead_to_a_dataset(tmp_path: Path, brat: Path) -> None:
    guide = (ROOT / "docs" / "annotate-an-article.md").read_text(encoding="utf-8")
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", guide, re.DOTALL)).splitlines()
    assert [line.split()[:2] for line in commands if line.startswith("eventbench")] == [
        ["eventbench", "export"],
        ["eventbench", "import"],
        ["eventbench", "validate"],
        ["eventbench", "build"],
    ]
    data = tmp_path / "my-data"
    for name in ("seeds", "annotations"):
        shutil.copytree(ROOT / name, data / name)
    export(load_corpus(data), "brat", tmp_path / "my-brat", data_dir=data)
    shutil.copytree(brat, tmp_path / "my-brat" / "new")
    assert import_brat(tmp_path / "my-brat" / "new", data) == ["005"]
    assert validate(data) == []
    build(tmp_path / "my-dataset", data)
    assert list((tmp_path / "my-dataset").rglob("005.parquet"))
    assert set(load("triggers", fold=5, data_dir=data)["test"]["doc_id"]) == {"005"}
