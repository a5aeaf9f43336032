"""Writing the annotations in other tools' formats."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import EDITION1, ROOT, files_below

from eventbench import (
    TASKS,
    Argument,
    ArticleEvents,
    Corpus,
    Event,
    EventbenchError,
    Span,
    export,
    load_corpus,
)
from eventbench.corpus import standoff
from eventbench.corpus.records import from_record
from eventbench.formats.registry import FORMATS


def with_events(corpus: Corpus, *events: Event) -> Corpus:
    """The corpus with these events in its first article, and no others there."""
    document = dataclasses.replace(corpus.documents[0], events=events, links=())
    return dataclasses.replace(corpus, documents=(document, *corpus.documents[1:]))


def json_lines(path: Path) -> list[Any]:
    lines = path.read_text(encoding="utf-8").split("\n")
    assert lines.pop() == ""
    return [json.loads(line) for line in lines]


# Every format


@pytest.mark.parametrize("format", FORMATS)
def test_a_format_says_what_it_is_and_writes_that(
    harbour: Path, tmp_path: Path, format: str
) -> None:
    assert FORMATS[format].name == format
    assert FORMATS[format].description
    export(str(harbour), format, str(tmp_path / "out"))
    assert (tmp_path / "out").is_dir() == FORMATS[format].is_directory
    export(load_corpus(harbour), format, tmp_path / "again")
    assert files_below(tmp_path / "out") == files_below(tmp_path / "again") != {}


def test_a_corpus_with_another_scheme_goes_to_oneie_under_its_own_names(
    harbour: Path, tmp_path: Path
) -> None:
    export(harbour, "oneie", tmp_path / "out")
    mentions = [m for line in json_lines(tmp_path / "out") for m in line["event_mentions"]]
    types = [mention["event_type"] for mention in mentions]
    assert types[:4] == [*["Strike:walkout"] * 3, "Shipment:export"]
    assert types[4:6] == ["Accident", "Accident"]  # neither has a kind; certainty is not one
    assert {e["entity_type"] for line in json_lines(tmp_path / "out")
            for e in line["entity_mentions"]} == {
        "Crew", "Port", "Amount", "Company", "Date", "Goods", "Vessel",
    }  # fmt: skip


def test_oneie_says_the_language_of_the_corpus(harbour: Path, tmp_path: Path) -> None:
    path = harbour / "annotations" / "corpus.toml"
    content = path.read_text(encoding="utf-8").replace('language = "en"', 'language = "nl"')
    path.write_text(content, encoding="utf-8")
    export(harbour, "oneie", tmp_path / "out")
    assert {line["lang"] for line in json_lines(tmp_path / "out")} == {"nl"}


def test_a_corpus_that_does_not_exist_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(EventbenchError, match=r"^no corpus 'nowhere': expected aleppo, aleppo-1"):
        export("nowhere", "conll", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_unknown_formats_are_refused(corpus: Corpus, tmp_path: Path) -> None:
    message = (
        "no format 'xml': expected brat or cas or conll or gliner or jsonl or label-studio or one"
    )
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


@pytest.mark.parametrize("format", [name for name, f in FORMATS.items() if not f.is_directory])
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


@pytest.mark.parametrize("format", ["conll", "gliner", "oneie", "spacy", "transformers"])
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
        f"{document.stem}.{kind}"
        for document in corpus.documents
        for kind in ("txt", "ann", "values.tsv")
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
    passes = EDITION1 / "annotations/passes/a"
    export(load_corpus("aleppo-1", passes), "brat", tmp_path / "brat")
    name = "001_2575ae5a2d876c67.ann"
    passed = (passes / name).read_bytes()
    assert (tmp_path / "brat" / name).read_bytes() == passed
    assert passed != (EDITION1 / "annotations/gold" / name).read_bytes()


def test_brat_gets_the_configuration_of_its_corpus(tiny: Path, tmp_path: Path) -> None:
    configuration = tiny / "annotations" / "annotation.conf"
    configuration.write_text(configuration.read_text(encoding="utf-8") + "# ours\n", "utf-8")
    export(load_corpus(tiny), "brat", tmp_path / "brat")
    assert (tmp_path / "brat" / "annotation.conf").read_bytes() == configuration.read_bytes()
    assert not (tmp_path / "brat" / "visual.conf").exists()  # tiny has none
    gold = files_below(tiny / "annotations" / "gold")
    assert {n: c for n, c in files_below(tmp_path / "brat").items() if n in gold} == gold


def test_brat_without_a_configuration_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    elsewhere = dataclasses.replace(corpus, root=tmp_path)
    with pytest.raises(EventbenchError, match=r"annotations/annotation\.conf: No such file"):
        export(elsewhere, "brat", tmp_path / "brat")
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
        [(r["tokens"], r["ner_tags"]) for r in TASKS["triggers"].rows([document], corpus.scheme)]
        for document in corpus.documents
    ]
    assert articles == expected


# JSON Lines


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
        "trigger": {"start": 53, "end": 60, "text": "shelled"},
        "arguments": [
            {"role": "Attacker", "number": 1, "start": 48, "end": 52, "text": "army",
             "attributes": {"side": "government"}},
            {"role": "Target", "number": 1, "start": 65, "end": 69, "text": "city",
             "attributes": {"side": None}},
        ],
        "attributes": {"subtype": "shelling", "status": "actual", "reported": "attributed",
                       "contested": "no"},
        "source": {"start": 95, "end": 101, "text": "doctor"},
        "note": None,
    }  # fmt: skip
    assert article["links"] == [{"type": "Causes", "first": "E2", "second": "E3"}]


def test_jsonl_leaves_nothing_of_an_event_out(tiny: Path, tmp_path: Path) -> None:
    export(load_corpus(tiny), "jsonl", tmp_path / "out")
    event = json_lines(tmp_path / "out")[0]["events"][2]
    fields = {field.name for field in dataclasses.fields(Event)}
    # The line in the .ann is no part of the event; the gold is not probable.
    assert set(event) == fields - {"line", "probability", "probabilities"}
    assert {field.name for field in dataclasses.fields(Argument)} - set(event["arguments"][0]) == {
        "span",
        "value",  # of predictions; the gold has its values in a table
    }
    assert event["attributes"]["contested"] == "yes"
    assert event["note"] == 'denial has no trigger: "Rebels denied this."'


@pytest.mark.parametrize("name", ["aleppo", "tests/harbour"])
def test_jsonl_reads_back_to_the_same_articles(tmp_path: Path, name: str) -> None:
    corpus = load_corpus(name if name == "aleppo" else ROOT / name)
    export(corpus, "jsonl", tmp_path / "out")
    for article, document in zip(json_lines(tmp_path / "out"), corpus.documents, strict=True):
        assert article["text"] == document.text
        assert [(s["id"], Span(s["start"], s["end"])) for s in article["sentences"]] == [
            (s.id, s.span) for s in document.sentences
        ]
        for event in article["events"]:
            source = [] if event["source"] is None else [event["source"]]
            for place in (event["trigger"], *event["arguments"], *source):
                assert place["text"] == document.text[place["start"] : place["end"]]
        read = from_record(article, document.text, corpus.scheme)
        links = tuple(dataclasses.replace(link, line=0) for link in document.links)
        assert read == ArticleEvents(document.events, links)


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
            (e.type, e.attributes["subtype"], e.trigger, [(a.role, a.span) for a in e.arguments])
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
    sentences = [(d, s) for d in corpus.documents for s in d.sentences]
    for doc, (document, sentence) in zip(
        spacy_docs(tmp_path / "out.spacy"), sentences, strict=True
    ):
        assert (doc.user_data["id"], doc.user_data["doc_id"]) == (sentence.id, document.id)
        starts = doc.user_data["token_starts"]
        places = [Span(i, i + len(token)) for i, token in zip(starts, doc, strict=True)]
        assert places == [*sentence.tokens]
        assert [token.text for token in doc] == [p.text_in(document.text) for p in places]
        assert [len(list(s)) for s in doc.sents] == [len(sentence.tokens)]
        expected = [(e.type, e.trigger) for e in document.events_in(sentence)]
        for spans in (doc.ents, doc.spans["sc"]):
            found = [(s.label_, places[s.start].start, places[s.end - 1].end) for s in spans]
            assert [(label, Span(start, end)) for label, start, end in found] == expected
        # A token behind which the sentence has a gap, of whatever kind, has a space behind it.
        assert "".join(doc.text.split()) == "".join(sentence.span.text_in(document.text).split())
        assert [bool(token.whitespace_) for token in doc][:-1] == [
            document.text[p.end : p.end + 1].isspace() for p in places[:-1]
        ]


def test_spacy_trains_on_what_its_own_reader_finds(tiny: Path, tmp_path: Path) -> None:
    import spacy
    from spacy.training import Corpus as Reader

    export(load_corpus(tiny), "spacy", tmp_path / "out.spacy")
    examples = list(Reader(tmp_path / "out.spacy")(spacy.blank("en")))
    assert len(examples) == sum(len(d.sentences) for d in load_corpus(tiny).documents)
    assert examples[-1].get_aligned_ner() == [
        *["O"] * 2, "U-Attack", *["O"] * 3, "U-Casualty", *["O"] * 7,
    ]  # fmt: skip


def test_spacy_of_a_short_article(tiny: Path, tmp_path: Path) -> None:
    export(load_corpus(tiny), "spacy", tmp_path / "out")
    docs = spacy_docs(tmp_path / "out")[-2:]
    text = (tiny / "seeds" / "b.txt").read_text(encoding="utf-8")
    assert [doc.text for doc in docs] == text.replace("\u00a0", " ").rstrip("\n").split("\n")
    assert [(ent.label_, ent.text, ent.start_char) for doc in docs for ent in doc.ents] == [
        ("Attack", "shelling", 20), ("Attack", "shelled", 9), ("Casualty", "killing", 27),
    ]  # fmt: skip


def test_spacy_bytes_do_not_depend_on_the_process(tiny: Path, tmp_path: Path) -> None:
    script = "import sys, eventbench\neventbench.export(sys.argv[1], 'spacy', sys.argv[2])\n"
    for seed in "12":
        subprocess.run(
            [sys.executable, "-c", script, str(tiny), str(tmp_path / seed)],
            env=os.environ | {"PYTHONHASHSEED": seed},
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
