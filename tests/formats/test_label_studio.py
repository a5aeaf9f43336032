"""Label Studio's export, as it made it and with every fault, and what is written for it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from conftest import HARBOUR, ROOT, Cli, files_below

from eventbench import Corpus, EventbenchError, export, load_corpus
from eventbench.corpus.model import Document, Event, Span
from eventbench.formats.base import Imported
from eventbench.formats.registry import FORMATS, import_articles, write_annotators

EXPORTED = Path(__file__).with_name("label_studio_export.json")
"""What Label Studio 1.23.2 exported (a snapshot with e-mail addresses). Four tasks with predictions
were imported and annotated in its pages: by anna, who drew a region and a relation with its label,
and by ben, who changed a value, wrote a note and skipped a task. Nobody looked at the last."""

NAMES = {"anna": ["maren", "osk", "vell"], "ben": ["maren"]}


def tasks_of(path: Path = EXPORTED) -> list[Any]:
    found: list[Any] = json.loads(path.read_text("utf-8"))
    return found


def test_an_export_of_label_studio_is_read_by_annotator(harbour: Path, tmp_path: Path) -> None:
    counts, skipped = write_annotators(EXPORTED, harbour, "label-studio", tmp_path / "out")
    assert counts == {name: len(articles) for name, articles in NAMES.items()}
    assert skipped == ("1 cancelled annotation", "1 task without annotation")
    conf = (harbour / "annotations/annotation.conf").read_bytes()
    for name, articles in NAMES.items():
        files = files_below(tmp_path / "out" / name)
        pairs = {f"{article}.{end}" for article in articles for end in ("ann", "txt")}
        assert files.keys() == {*pairs, "annotation.conf"}
        assert files["annotation.conf"] == conf
    assert (tmp_path / "out/anna/osk.txt").read_text("utf-8") == "Crews struck in Osk 🚢 harbour."
    assert (tmp_path / "out/anna/osk.ann").read_text("utf-8") == (
        "T1\tStrike 6 12\tstruck\nT2\tCrew 0 5\tCrews\nT3\tPort 16 19\tOsk\n"
        "E1\tStrike:T1 Workforce:T2 Site:T3\nA1\tStrikeKind E1 slowdown\n"
    )
    assert (tmp_path / "out/anna/vell.ann").read_text("utf-8") == ""
    by_anna, by_ben = (
        (tmp_path / "out" / name / "maren.ann").read_text("utf-8") for name in ("anna", "ben")
    )
    assert "E2\tAccident:T4 Insurer2:T5 Site:T6\n" in by_anna
    assert "R1\tSameStory Arg1:E1 Arg2:E2\n" in by_anna
    gone = by_anna.replace("A4\tCertainty E2 certain\n", "")
    gone = gone.replace("A5\tSev", "A4\tSev").replace("A6\tIns", "A5\tIns")
    assert by_ben == gone.replace("R1\t", "#1\tAnnotatorNotes E2\ta second reading\nR1\t")


def test_annotators_become_articles_of_a_corpus(harbour: Path, tmp_path: Path) -> None:
    """As from brat, but with a choice of the annotator."""
    export = tmp_path / "export.json"
    tasks = tasks_of()
    for task in tasks:
        task["data"]["name"] += "-new"
    export.write_text(json.dumps(tasks), "utf-8")
    before = files_below(harbour)
    for chosen, message in {
        None: r"export.json: has annotations by 'anna', 'ben': name one with --annotator, or write",
        "carl": r"export.json: has no annotations by 'carl': expected 'anna', 'ben'",
    }.items():
        with pytest.raises(EventbenchError, match=message):
            import_articles(export, harbour, "label-studio", annotator=chosen)
    assert files_below(harbour) == before
    skipped = ("1 cancelled annotation", "1 task without annotation")
    found = import_articles(export, harbour, "label-studio", annotator="anna")
    assert found == Imported(added=("000", "001", "002"), skipped=skipped)
    assert str(found).endswith("skipped 1 cancelled annotation, 1 task without annotation")
    article = load_corpus(harbour).document("000")
    assert [e.trigger.text_in(article.text) for e in article.events] == ["struck", "burned"]
    found = import_articles(export, harbour, "label-studio", annotator="ben")
    assert found == Imported(updated=("000",), skipped=skipped)


def test_the_only_annotator_need_not_be_named(harbour: Path, tmp_path: Path, cli: Cli) -> None:
    export(load_corpus(harbour), "label-studio", tmp_path / "ls")
    before = files_below(harbour)
    result = cli("data", "import", "ls/tasks.json", "--format", "label-studio", "--data", harbour)
    assert result.stdout.startswith(f"{harbour}: unchanged h1, h2, h3\n")
    assert files_below(harbour) == before
    command = ("data", "import", EXPORTED, "--format", "label-studio", "--data", harbour)
    result = cli(*command, "--out", "by")
    assert result.stdout == (
        "by/anna: 3 articles\nby/ben: 1 article\n"
        "skipped 1 cancelled annotation, 1 task without annotation\n"
    )
    for more, message in (
        (("--out", "by"), "by: exists and is not an empty directory"),
        (("--out", "x", "--annotator", "anna"), "leave out --annotator"),
    ):
        result = cli(*command, *more)
        assert result.returncode != 0
        assert message in result.stderr
    assert not (tmp_path / "x").exists()


def test_annotators_are_named_by_their_addresses_where_that_is_unique(
    harbour: Path, tmp_path: Path
) -> None:
    (task, *_) = tasks_of()
    (annotation, *_) = task["annotations"]
    people = [
        {"id": 1, "email": "anna@one.org"}, {"id": 2, "email": "Anna@two.org"}, 7,
        {"id": 8, "email": "ben@one.org"}, {"id": 9}, None,
    ]  # fmt: skip
    task["annotations"] = [{**annotation, "completed_by": by} for by in people]
    path = tmp_path / "export.json"
    path.write_text(json.dumps([task]), "utf-8")
    counts, _ = write_annotators(path, harbour, "label-studio", tmp_path / "out")
    assert [*counts] == ["anna@one.org", "Anna@two.org", "7", "ben", "9", "unnamed"]


def test_offsets_of_earlier_versions_are_understood_by_the_words(tmp_path: Path) -> None:
    """Label Studio counted UTF-16 code units once: an emoji before a word moves it by one."""
    tasks = tasks_of()

    def moved(value: Any, text: str) -> Any:
        ends = {end: len(text[: value[end]].encode("utf-16-le")) // 2 for end in ("start", "end")}
        return value | ends

    for task in tasks:
        for annotation in task["annotations"]:
            for result in annotation["result"]:
                if "value" in result:
                    result["value"] = moved(result["value"], task["data"]["text"])
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks), "utf-8")
    assert tasks != tasks_of()
    read = FORMATS["label-studio"].read
    assert read is not None
    scheme = load_corpus(HARBOUR).scheme
    old, new = (read(source, scheme).by_annotator for source in (path, EXPORTED))
    assert [a.events for a in old["anna"]] == [a.events for a in new["anna"]]


def relation(task: Any, index: int = 0) -> Any:
    return [r for r in task["annotations"][0]["result"] if r["type"] == "relation"][index]


def result(task: Any, words: str, kind: str = "labels") -> Any:
    label = next(
        r
        for r in task["annotations"][0]["result"]
        if r["type"] == "labels" and r["value"]["text"] == words
    )
    return next(
        r
        for r in task["annotations"][0]["result"]
        if r.get("id") == label["id"] and r["type"] == kind
    )


Spoil = Callable[[list[Any]], object]

SPOILT: dict[str, tuple[Spoil, str]] = {
    "an unknown label": (
        lambda t: result(t[0], "struck")["value"].update(labels=["Stroke"]),
        r"task 24: annotation 24: region 'E1' 'struck': label is 'Stroke', expected Strike or Ship",
    ),
    "two labels": (
        lambda t: result(t[0], "struck")["value"].update(labels=["Strike", "Crew"]),
        r"region 'E1': labels are \['Strike', 'Crew'\], expected one",
    ),
    "no label": (
        lambda t: t[0]["annotations"][0]["result"].remove(result(t[0], "struck")),
        r"annotation 24: region 'E1': has no label, expected one",
    ),
    "offsets that do not match the text": (
        lambda t: result(t[0], "struck")["value"].update(start=9, end=15),
        r"region 'E1': found 'struck', but the article has ' struc' at 9-15",
    ),
    "offsets outside the text": (
        lambda t: result(t[0], "struck")["value"].update(start=700, end=706),
        r"region 'E1': found 700-706, expected a stretch within 0-\d\d",
    ),
    "a region across lines": (
        lambda t: result(t[0], "Maren")["value"].update(end=28, text="Maren.\n🚢"),
        r"region 'T2' 'Maren.\\n🚢': crosses a line: 'Maren",
    ),
    "a relation to a missing region": (
        lambda t: relation(t[0]).update(to_id="T77"),
        r"annotation 24: relation from 'E1' to 'T77': leads to 'T77', which is not a region",
    ),
    "a relation without label": (
        lambda t: relation(t[0]).pop("labels"),
        r"relation from 'E1' to 'T1': labels are \[\], expected a role, perhaps with a number, or",
    ),
    "a role that the type does not have": (
        lambda t: relation(t[0]).update(labels=["Insurer"]),
        r"'T1': a role of Strike is 'Insurer', expected Workforce or Headcount or Employer or Site",
    ),
    "a role with the number 0": (
        lambda t: relation(t[0]).update(labels=["Workforce", "0"]),
        r"'T1': a role of Strike is 'Workforce0', expected Workforce or Headcount or Employer or",
    ),
    "a filler of another kind": (
        lambda t: relation(t[0]).update(labels=["Site"]),
        r"relation from 'E1' to 'T1': Site region 'T1' 'Dockers' is 'Crew', expected Port",
    ),
    "a link to itself": (
        lambda t: relation(t[0], -1).update(to_id="E1"),
        r"relation from 'E1' to 'E1': joins region 'E1' 'struck' with itself",
    ),
    "an unknown link": (
        lambda t: relation(t[0], -1).update(labels=["Causes"]),
        r"a relation between events is 'Causes', expected SameStory or Delays",
    ),
    "a link of other types": (
        lambda t: relation(t[0], -1).update(labels=["Delays"]),
        r"Delays at region 'E2' 'burned' is 'Accident', expected Shipment",
    ),
    "a relation between fillers": (
        lambda t: relation(t[0]).update(from_id="T2"),
        r"joins a Port and a Crew, expected an event at one end",
    ),
    "a filler that no event uses": (
        lambda t: t[0]["annotations"][0]["result"].remove(relation(t[0])),
        r"annotation 24: region 'T1' 'Dockers': no event uses this Crew",
    ),
    "an unknown value": (
        lambda t: result(t[0], "struck", "choices")["value"].update(choices=["sit-in"]),
        r"region 'E1' 'struck': StrikeKind is 'sit-in', expected walkout or slowdown or lockout",
    ),
    "an attribute of another type": (
        lambda t: result(t[0], "struck", "choices").update(from_name="ShipmentKind"),
        r"an attribute of Strike is 'ShipmentKind', expected StrikeKind or Certainty or Severity",
    ),
    "another kind of result": (
        lambda t: result(t[0], "struck", "choices").update(type="rating"),
        r"region 'E1': type is 'rating', expected labels, choices, textarea or relation",
    ),
    "one region id twice": (
        lambda t: result(t[0], "burned").update(id="E1"),
        r"region 'E1': has the labels Strike and Accident, expected one",
    ),
    "one article in two tasks": (
        lambda t: t[1]["data"].update(name="maren"),
        r"task 25: its article is called 'maren', as that of task 24",
    ),
    "two annotations by one annotator": (
        lambda t: t[0]["annotations"].append(t[0]["annotations"][0]),
        r"task 24: annotation 24: a second annotation by anna@example.org, expected one",
    ),
    "no text": (
        lambda t: t[2]["data"].pop("text"),
        r"export.json: task 26: data: has no 'text'",
    ),
    "a carriage return": (
        lambda t: t[2]["data"].update(text="a\r\nb"),
        r"task 26: line 1 of the text: has a carriage return, which tools count differently",
    ),
    "a name that no file can have": (
        lambda t: t[2]["data"].update(name="../vell"),
        r"task 26: '../vell.txt' cannot be the name of a file",
    ),
    "the format JSON-MIN": (
        lambda t: t[2].pop("annotations"),
        r"task 26: has no 'data' or no 'annotations': expected what Label Studio exports as JSON",
    ),
    "an annotator without name": (
        lambda t: t[0]["annotations"][0].update(completed_by=["anna"]),
        r"annotation 24: completed_by is \['anna'\], expected a number or an email",
    ),
    "a note that is a number": (
        lambda t: result(t[0], "struck", "choices").update(type="textarea", value={"text": 5}),
        r"annotation 24: region 'E1': text is 5, expected a string or a list of strings",
    ),
    "a list of notes with a number": (
        lambda t: result(t[0], "struck", "choices").update(type="textarea", value={"text": [5]}),
        r"annotation 24: region 'E1': text is \[5\], expected a string or a list of strings",
    ),
    "a note in meta data that is a number": (
        lambda t: result(t[0], "struck").update(meta={"text": {"a": 1}}),
        r"annotation 24: region 'E1': text is \{'a': 1\}, expected a string or a list of strings",
    ),
    "no list of results": (
        lambda t: t[0]["annotations"][0].update(result={}),
        r"annotation 24: result is \{\}, expected a list",
    ),
}


@pytest.mark.parametrize("case", SPOILT)
def test_what_is_wrong_is_said_with_task_and_region(
    case: str, harbour: Path, tmp_path: Path
) -> None:
    spoil, message = SPOILT[case]
    tasks = tasks_of()
    spoil(tasks)
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks), "utf-8")
    with pytest.raises(EventbenchError, match=message) as caught:
        write_annotators(path, harbour, "label-studio", tmp_path / "out")
    assert str(caught.value).startswith(f"{path}: task ")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_what_is_no_list_of_tasks_is_refused(harbour: Path, tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    for content, message in (
        ("{}", r"found \{\}, expected a list of tasks, Label Studio's export as JSON"),
        ("[1]", r"found \[1\], expected a list of tasks"),
        ("[", r"export.json: not valid JSON"),
        ("[]", r"export.json: holds no task, expected a list of tasks, Label Studio's export as"),
    ):
        path.write_text(content, "utf-8")
        with pytest.raises(EventbenchError, match=message):
            import_articles(path, harbour, "label-studio")
        with pytest.raises(EventbenchError, match=message):
            write_annotators(path, harbour, "label-studio", tmp_path / "out")


def test_no_note_is_lost(harbour: Path, tmp_path: Path) -> None:
    """Label Studio keeps some as its own meta data, also of role fillers, which brat does too."""
    (task, *_) = tasks_of()
    task["annotations"] = task["annotations"][:1]
    result(task, "struck")["meta"] = {"text": ["first\r\nsecond", " "]}
    result(task, "Maren")["meta"] = {"text": ["which one?"]}
    path = tmp_path / "export.json"
    path.write_text(json.dumps([task]), "utf-8")
    write_annotators(path, harbour, "label-studio", tmp_path / "out")
    ann = (tmp_path / "out/anna/maren.ann").read_text("utf-8")
    notes = [line for line in ann.splitlines() if line.startswith("#")]
    assert notes == [
        "#1\tAnnotatorNotes E1\tfirst",
        "#2\tAnnotatorNotes E1\tsecond",
        "#3\tAnnotatorNotes E1\tMaren: which one?",
    ]


def test_a_relation_may_be_drawn_from_the_filler_and_backwards(
    harbour: Path, tmp_path: Path
) -> None:
    """Which end is the event decides a role; of a link the direction counts."""
    tasks = tasks_of()
    role, link = relation(tasks[0]), relation(tasks[0], -1)
    role["from_id"], role["to_id"] = role["to_id"], role["from_id"]
    link |= {"from_id": link["to_id"], "to_id": link["from_id"], "direction": "left"}
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks), "utf-8")
    for source, folder in ((path, "turned"), (EXPORTED, "as it was")):
        write_annotators(source, harbour, "label-studio", tmp_path / folder)
    assert files_below(tmp_path / "turned") == files_below(tmp_path / "as it was")


def test_how_sure_a_model_is_goes_along(schemes: dict[str, Corpus], tmp_path: Path) -> None:
    """Label Studio sorts tasks by the score of the prediction, and shows those of regions."""
    spans = (Span(0, 6), Span(7, 13), Span(14, 19))
    events = tuple(
        Event(f"E{n}", "Strike", span, probability=p)
        for n, (span, p) in enumerate(zip(spans, (0.25, 0.75, None), strict=True))
    )
    sure = Document("1", "one", "Strike strike again", events=events[:2])
    silent = Document("2", "two", "Strike strike again", events=events[2:])
    corpus = replace(schemes["harbour"], documents=(sure, silent), predicted=True)
    export(corpus, "label-studio", tmp_path / "ls")
    first, second = tasks_of(tmp_path / "ls" / "tasks.json")
    (prediction,) = first["predictions"]
    assert prediction["score"] == 0.5
    assert [r["score"] for r in prediction["result"] if r["type"] == "labels"] == [0.25, 0.75]
    assert prediction["model_version"] == corpus.info.name
    assert "score" not in second["predictions"][0]
    assert all("score" not in result for result in second["predictions"][0]["result"])


def test_the_labeling_configuration_has_the_scheme(schemes: dict[str, Corpus]) -> None:
    for corpus in schemes.values():
        scheme = corpus.scheme
        with tempfile.TemporaryDirectory() as folder:
            export(corpus, "label-studio", Path(folder) / "ls")
            view = ET.parse(Path(folder) / "ls" / "labeling.xml").getroot()

        def values(tag: str, view: ET.Element = view) -> list[str]:
            return [element.attrib["value"] for element in view.iter(tag)]

        assert values("Label") == [*scheme.event_types, *scheme.entities]
        named = {r for roles in scheme.roles.values() for r in roles} | {*scheme.links}
        assert values("Relation") == [*dict.fromkeys(values("Relation"))]
        assert {*values("Relation")} == named | {*map(str, range(2, 10))}
        names = [e.attrib["name"] for e in view.iter() if "name" in e.attrib]
        assert len(names) == len({*names})
        choices = {e.attrib["name"]: e for e in view.iter("Choices")}
        for attribute in (*scheme.attributes.values(), *scheme.span_attributes.values()):
            for bearer, written in attribute.written.items():
                shown = choices[written].attrib["whenLabelValue"].split(",")
                assert bearer in shown
                found = [choice.attrib["value"] for choice in choices[written]]
                assert found == (["yes"] if attribute.is_flag else [*attribute.values[bearer]])
                assert choices[written].attrib["perRegion"] == "true"


def test_colours_are_those_of_brat(corpus: Corpus, tmp_path: Path) -> None:
    export(corpus.part(corpus.article_ids[:1]), "label-studio", tmp_path / "ls")
    view = ET.parse(tmp_path / "ls" / "labeling.xml").getroot()
    visual = (ROOT / "annotations/visual.conf").read_text("utf-8")
    colours = {e.attrib["value"]: e.attrib["background"] for e in view.iter("Label")}
    assert colours.keys() == {*corpus.scheme.event_types, *corpus.scheme.entities}
    assert all(f"{name}\tbgColor:{colour}" in visual for name, colour in colours.items())
