"""CAS files, as the library checks them and as INCEpTION names and packs them."""

from __future__ import annotations

import json
import re
import shutil
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import cassis
import pytest
from conftest import Cli, files_below

from eventbench import Corpus, EventbenchError, export, load_corpus
from eventbench.corpus.model import Document, Event, Span
from eventbench.formats.cas_layers import feature_name
from eventbench.formats.registry import import_articles, write_annotators


@pytest.fixture
def xmi(harbour: Path, tmp_path: Path) -> Path:
    export(load_corpus(harbour), "cas", tmp_path / "cas")
    return tmp_path / "cas"


def inception_export(folder: Path, out: Path, annotators: dict[str, list[str]]) -> None:
    """Write what INCEpTION exports with a project: a folder an article, a ZIP an annotator.

    The metadata name the document and the annotator, as its class ``FormatSupport`` sets them.
    """
    types = (folder / "TypeSystem.xml").read_bytes()
    for annotator, names in annotators.items():
        for name in names:
            content = (folder / f"{name}.xmi").read_text("utf-8")
            meta = f'documentTitle="{name}.xmi" documentId="{annotator}"'
            content = content.replace(f'documentTitle="{name}"', meta)
            assert meta in content
            path = out / f"{name}.xmi" / f"{annotator}.zip"
            path.parent.mkdir(parents=True, exist_ok=True)
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr(f"{annotator}.xmi", content)
                archive.writestr("TypeSystem.xml", types)


def test_a_project_of_inception_is_read_by_annotator(
    harbour: Path, xmi: Path, tmp_path: Path, cli: Cli
) -> None:
    people = {"anna": ["maren", "osk"], "ben": ["maren"], "INITIAL_CAS": ["vell"]}
    inception_export(xmi, tmp_path / "annotation", people)
    command = ("data", "import", "annotation", "--format", "cas", "--data", harbour)
    assert cli(*command, "--out", "by").stdout == (
        "by/anna: 2 articles\nby/ben: 1 article\nskipped 1 article that nobody annotated\n"
    )
    gold = files_below(harbour / "annotations/gold")
    assert (tmp_path / "by/anna/osk.ann").read_bytes() == gold["osk.ann"]
    assert (tmp_path / "by/ben/maren.ann").read_bytes() == gold["maren.ann"]
    result = cli(*command, "--annotator", "anna")
    assert result.stdout.startswith(f"{harbour}: unchanged h1, h2; skipped 1 article that nobody")


def test_cas_is_read_as_json_too(harbour: Path, xmi: Path, tmp_path: Path) -> None:
    """INCEpTION writes both; the JSON form has its types in it."""
    types = cassis.load_typesystem(xmi / "TypeSystem.xml")
    (tmp_path / "json").mkdir()
    for path in xmi.glob("*.xmi"):
        cas = cassis.load_cas_from_xmi(path, types)
        cas.to_json(tmp_path / "json" / f"{path.stem}.json")
    assert import_articles(tmp_path / "json", harbour, "cas").unchanged == ("h1", "h2", "h3")
    assert import_articles(xmi, harbour, "cas").unchanged == ("h1", "h2", "h3")
    assert import_articles(xmi / "osk.xmi", harbour, "cas").unchanged == ("h2",)


@pytest.mark.filterwarnings("ignore:open_binary is deprecated")
def test_cas_files_are_of_their_types(corpus: Corpus, tmp_path: Path) -> None:
    """As the library checks them; tokens and sentences are DKPro's."""
    document = corpus.documents[2]
    export(corpus.part([document.id]), "cas", tmp_path / "cas")
    types = cassis.load_typesystem(tmp_path / "cas/TypeSystem.xml")
    cas = cassis.load_cas_from_xmi(tmp_path / f"cas/{document.stem}.xmi", types)
    assert cas.typecheck() == []
    assert cas.sofa_string == document.text
    segmentation = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type"
    tokens = [token for sentence in document.sentences for token in sentence.tokens]
    assert [(t.begin, t.end) for t in cas.select(f"{segmentation}.Token")] == [
        (token.start, token.end) for token in tokens
    ]
    assert [(s.begin, s.end) for s in cas.select(f"{segmentation}.Sentence")] == [
        (sentence.span.start, sentence.span.end) for sentence in document.sentences
    ]
    merged = cassis.merge_typesystems(cassis.load_dkpro_core_typesystem(), types)
    assert merged.contains_type("webanno.custom.Event")


def test_offsets_in_xmi_count_utf16_code_units(schemes: dict[str, Corpus], tmp_path: Path) -> None:
    text = "😀 struck"
    event = Event("E1", "Strike", Span(2, 8))
    document = Document("1", "one", text, events=(event,))
    export(replace(schemes["harbour"], documents=(document,)), "cas", tmp_path / "cas")
    found = re.findall(r'custom:Event [^>]*begin="(\d+)" end="(\d+)"',
                       (tmp_path / "cas/one.xmi").read_text("utf-8"))  # fmt: skip
    assert found == [("3", "9")]


def test_the_layers_are_the_types_with_tags(schemes: dict[str, Corpus], tmp_path: Path) -> None:
    """What INCEpTION imports as layers agrees with the type system of the files."""
    for name, corpus in schemes.items():
        export(corpus, "cas", tmp_path / name)
        layers = json.loads((tmp_path / name / "layers.json").read_text("utf-8"))
        types = cassis.load_typesystem(tmp_path / name / "TypeSystem.xml")
        entity, event, link = layers
        for layer in layers:
            known = types.get_type(layer["name"])
            names = [feature["name"] for feature in layer["features"]]
            ends = {"Governor", "Dependent"} if layer is link else set()
            assert {*names} | ends == {feature.name for feature in known.features}
            for feature in layer["features"]:
                ranged = known.get_feature(feature["name"]).rangeType.name
                if feature["link_mode"] == "WITH_ROLE":
                    assert ranged == "uima.cas.FSArray"
                    target = types.get_type(feature["link_type_name"]).get_feature("target")
                    assert target.rangeType.name == feature["type"] == entity["name"]
                else:
                    assert ranged == feature["type"]
        assert link["attach_type"] == {"name": event["name"]}
        tags = {
            f["tag_set"]["name"]: [tag["tag_name"] for tag in f["tag_set"]["tags"]]
            for layer in layers
            for f in layer["features"]
            if f["tag_set"]
        }
        sets = [f["tag_set"]["name"] for k in layers for f in k["features"] if f["tag_set"]]
        assert len(sets) == len({*sets})
        scheme = corpus.scheme
        assert tags["Event label"] == [*scheme.event_types]
        assert tags["Entity label"] == [*scheme.entities]
        assert tags["Link label"] == [*scheme.links]
        assert {*tags["Event arguments"]} == {r for roles in scheme.roles.values() for r in roles}
        for attribute in scheme.attributes.values():
            for bearer, written in attribute.written.items():
                if not attribute.is_flag:
                    assert tags[f"Event {feature_name(written)}"] == [*attribute.values[bearer]]


XMI_SPOILT: dict[str, tuple[str, str, str]] = {
    "an unknown label": (
        'label="Strike"', 'label="Stroke"', r"Event at 8-14 'strike': label is 'Stroke', expected",
    ),
    "an unknown value": (
        'StrikeKind="walkout"', 'StrikeKind="sit-in"', r"StrikeKind is 'sit-in', expected walkout",
    ),
    "an attribute of another type": (
        'StrikeKind="walkout"', 'ShipmentKind="export"', r"an attribute of Strike is 'Shipment",
    ),
    "a role of another type": (
        'role="Workforce"', 'role="Insurer"',
        r"Event at 8-14 'strike', role 'Insurer': a role of Strike is 'Insurer', expected Wor",
    ),
    "no role": ('role="Workforce" ', "", r"Event at 8-14 'strike': an argument without role"),
    "a span outside the text": (
        'end="14" ', 'end="9999" ', r"Event at 8-(9999|None): expected a stretch within",
    ),
    "a type that is not there": (
        "custom:Event ", "custom:Evend ", r"not readable as XMI with its type system",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", XMI_SPOILT)
def test_what_is_wrong_in_xmi_is_said_with_the_annotation(
    case: str, harbour: Path, xmi: Path
) -> None:
    old, new, message = XMI_SPOILT[case]
    path = xmi / "maren.xmi"
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), "utf-8")
    before = files_below(harbour)
    with pytest.raises(EventbenchError, match=message) as caught:
        import_articles(xmi, harbour, "cas")
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert files_below(harbour) == before


def test_files_that_are_no_cas_are_refused(harbour: Path, xmi: Path, tmp_path: Path) -> None:
    types = xmi / "TypeSystem.xml"
    alone, empty, twice = (tmp_path / name for name in ("alone", "empty", "twice"))
    for folder in (alone, empty, twice):
        folder.mkdir()
    shutil.copy(xmi / "osk.xmi", alone)
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.write(types, types.name)
    (tmp_path / "x.json").write_text("{}", "utf-8")
    for name in ("osk.xmi", "TypeSystem.xml"):
        shutil.copy(xmi / name, twice)
    shutil.copy(xmi / "osk.xmi", twice / "again.xmi")
    for source, message in (
        (alone, r"osk.xmi: expected TypeSystem.xml beside it"),
        (empty, r"empty: holds no article: expected .xmi, .json, .zip"),
        (tmp_path / "none", r"none: No such file or directory"),
        (tmp_path / "x.zip", r"x.zip: expected an .xmi and its TypeSystem.xml in it"),
        (
            tmp_path / "x.json",
            r"x.json: has no '%FEATURE_STRUCTURES', expected the JSON form of CAS",
        ),
        (twice, r"osk.xmi: is 'osk' by '', as .*again.xmi is"),
    ):
        with pytest.raises(EventbenchError, match=message):
            import_articles(source, harbour, "cas")
    with pytest.raises(EventbenchError, match=r"cas: names no annotator, expected one or several"):
        write_annotators(xmi, harbour, "cas", tmp_path / "out")


def test_a_character_that_xml_cannot_hold_is_refused(
    schemes: dict[str, Corpus], tmp_path: Path
) -> None:
    for place, text in (
        (0, "\x01 struck"),
        (8, "struck a\x0b"),
        (7, "struck \uffff"),
        (0, "\ufffe"),
    ):
        corpus = replace(schemes["harbour"], documents=(Document("1", "one", text),))
        message = rf"article 1: XML cannot hold the character '\S+' at {place}"
        with pytest.raises(EventbenchError, match=message):
            export(corpus, "cas", tmp_path / "cas")
        assert not (tmp_path / "cas").exists()


def test_a_note_that_xml_cannot_hold_is_refused(schemes: dict[str, Corpus], tmp_path: Path) -> None:
    event = Event("E1", "Strike", Span(2, 8), note="a\x0b")
    document = Document("1", "one", "😀 struck", events=(event,))
    corpus = replace(schemes["harbour"], documents=(document,))
    message = (
        r"^article 1: Event at 2-8 'struck': note: XML cannot hold the character '\\x0b' at 1$"
    )
    with pytest.raises(EventbenchError, match=message):
        export(corpus, "cas", tmp_path / "cas")
    assert not (tmp_path / "cas").exists()


def test_what_xml_can_hold_comes_back(schemes: dict[str, Corpus], tmp_path: Path) -> None:
    text = "\t\ud7ff\ue000\ufffd\U00010000\U0010ffff struck"
    corpus = replace(schemes["harbour"], documents=(Document("1", "one", text),))
    export(corpus, "cas", tmp_path / "cas")
    types = cassis.load_typesystem(tmp_path / "cas/TypeSystem.xml")
    assert cassis.load_cas_from_xmi(tmp_path / "cas/one.xmi", types).sofa_string == text


def test_what_file_managers_leave_behind_is_not_looked_at(harbour: Path, xmi: Path) -> None:
    (xmi / "._maren.xmi").write_bytes(b"\x00\x05\x16\x07")
    assert import_articles(xmi, harbour, "cas").unchanged == ("h1", "h2", "h3")
    with zipfile.ZipFile(xmi / "all.zip", "w") as archive:
        for path in sorted(xmi.glob("*.xmi")):
            archive.write(path, f"__MACOSX/{path.name}" if path.name[0] == "." else path.name)
        archive.write(xmi / "TypeSystem.xml", "TypeSystem.xml")
    assert import_articles(xmi / "all.zip", harbour, "cas").unchanged == ("h1", "h2", "h3")


def test_without_the_library_it_is_named(
    harbour: Path, xmi: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cassis", None)
    message = r"^CAS needs dkpro-cassis: pip install 'eventbench\[cas\]'$"
    with pytest.raises(EventbenchError, match=message):
        import_articles(xmi, harbour, "cas")
    with pytest.raises(EventbenchError, match=message):
        export(harbour, "cas", tmp_path / "out")
    assert not (tmp_path / "out").exists()
