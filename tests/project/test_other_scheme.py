"""A scheme of another domain goes through every command, without a line of code for it.

The harbour corpus shares no type, role, attribute or link with the main corpus. It has an
attribute by type (kind), one that only some types have (severity), a flag (insured) and one
of spans (sector).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from commandline import run_here
from conftest import HARBOUR, Cli, files_below
from making import HARBOUR_TASKS

from eventbench import load_corpus, score
from eventbench.corpus.records import from_record
from eventbench.formats.registry import FORMATS

Command = Callable[..., CompletedProcess[str]]

ATTRIBUTES = ("kind", "certainty", "severity", "insured")
ROLES = {
    "Workforce", "Headcount", "Employer", "Site", "Length", "When", "Carrier", "Ship", "Load",
    "Quantity", "From", "To", "Insurer", "Damage",
}  # fmt: skip

MINIMAL = {
    "lexicon": (),
    "crf": (),
    "encoder": ("--epochs", "1", "--detail-epochs", "1", "--members", "1"),
}
"""Systems, and options with which they are quick."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the corpus, in which the commands of this module run."""
    folder = tmp_path_factory.mktemp("scheme")
    shutil.copytree(HARBOUR, folder / "harbour")
    return folder


@pytest.fixture(scope="module")
def ours(folder: Path) -> Command:
    """Runs a command on the corpus; it has to succeed without a word on standard error."""

    def run(*arguments: str) -> CompletedProcess[str]:
        result = run_here(folder, [*arguments, "--data", "harbour"])
        assert (result.returncode, result.stderr) == (0, "")
        return result

    return run


@pytest.fixture(scope="module", params=["lexicon", pytest.param("crf", marks=pytest.mark.slow)])
def system(request: pytest.FixtureRequest, ours: Command) -> str:
    """The folder of a run of all tasks."""
    name: str = request.param
    ours("run", name, "--task", "all", "--out", name, *MINIMAL[name])
    return name


def test_the_annotations_are_sound(ours: Command) -> None:
    assert ours("data", "validate").stdout == ""


def test_a_value_of_another_type_is_found_wrong(harbour: Path, cli: Cli) -> None:
    gold = harbour / "annotations/gold/maren.ann"
    text = gold.read_text("utf-8").replace("StrikeKind E1 walkout", "StrikeKind E1 export")
    gold.write_text(text.replace("Insured E6", "Insured E1"), "utf-8")
    result = cli("data", "validate", "--data", harbour)
    assert result.returncode == 1
    assert {line.split(": ")[1] for line in result.stdout.splitlines()} >= {
        "unknown-value", "wrong-target"
    }  # fmt: skip


def test_the_counts_are_by_its_types(ours: Command) -> None:
    lines = ours("data", "stats").stdout.splitlines()
    assert lines[0].startswith("harbour ")
    assert lines[2].split()[-3:] == ["Strike", "Shipment", "Accident"]
    assert lines[-1].split() == ["all", "19", "221", "20", "10", "5", "5"]


def test_the_page_shows_its_attributes(ours: Command, folder: Path) -> None:
    ours("view", "h1", "--out", "h1.html")
    page = (folder / "h1.html").read_text("utf-8")
    assert 'data-tag="Str walkout · major"' in page
    assert 'data-tag="Acc · major · insured"' in page
    for word in ("shipping", "insurance", "SameStory", "Tidewater Lines"):
        assert word in page


def test_the_dataset_has_its_columns(ours: Command, folder: Path) -> None:
    import pyarrow.parquet

    ours("data", "build", "--out", "dataset")

    def rows(task: str, article: str) -> list[dict[str, Any]]:
        (path,) = (folder / "dataset").glob(f"data-*/{task}/{article}.parquet")
        found: list[dict[str, Any]] = pyarrow.parquet.read_table(path).to_pylist()
        return found

    scheme = load_corpus(HARBOUR).scheme
    names = {name: attribute.labels() for name, attribute in scheme.attributes.items()}
    by_id = {row["id"]: row for row in rows("attributes", "h1")}

    def labels(event: str) -> dict[str, str | None]:
        found = {name: by_id[event][name] for name in ATTRIBUTES}
        return {n: None if k is None else names[n][k] for n, k in found.items()}

    assert labels("h1-E1") == {
        "kind": "Strike/walkout", "certainty": "certain", "severity": "major", "insured": None
    }  # fmt: skip
    assert labels("h1-E4") == {
        "kind": "Shipment/export", "certainty": "expected", "severity": None, "insured": "no"
    }  # fmt: skip
    assert labels("h1-E6") == {
        "kind": None, "certainty": "certain", "severity": "major", "insured": "yes"
    }  # fmt: skip
    (article,) = rows("events", "h1")
    (employer,) = (a for a in article["events"][1]["arguments"] if a["role"] == "Employer")
    assert employer["attributes"] == {"sector": "shipping"}
    assert {link["type"] for link in article["links"]} == {"SameStory"}


def check_scores(folder: Path, name: str, ours: Command, data: Path) -> None:
    """Score every task of a run and find the scheme's names among the scores."""
    done = [task for task in HARBOUR_TASKS if (folder / name / task).is_dir()]
    assert {"triggers", "arguments", "attributes", "events"} <= {*done}
    for task in done:
        shown = ours("score", name, "--task", task).stdout
        report = score(folder / name, task, corpus=data)
        assert shown == f"{name}: {report}\n"
        assert 0 <= report.score.mean <= 1
    triggers = score(folder / name, "triggers", corpus=data, intervals=False)
    assert triggers.section("type").keys() == {"Strike", "Shipment", "Accident"}
    arguments = score(folder / name, "arguments", corpus=data, intervals=False)
    assert {*arguments.section("role")} <= ROLES
    attributes = score(folder / name, "attributes", corpus=data, intervals=False)
    figures = {f"{a} {m}" for a in ATTRIBUTES for m in ("accuracy", "macro F1")}
    assert attributes.section("attribute").keys() == figures
    support = {k: found[0].support for k, found in attributes.section("attribute").items()}
    corpus = load_corpus(data)
    tested = [d for d in corpus.documents if d.id in attributes.by_article[0]]
    events = [event for document in tested for event in document.events]
    labels = {
        f"{name}:{corpus.scheme.attributes[name].label(event.type, value)}"
        for event in events
        for name, value in event.attributes.items()
    }
    assert {"insured:no", "severity:minor"} < labels <= attributes.section("value").keys()
    for attribute in ATTRIBUTES:
        bearers = sum(attribute in event.attributes for event in events)
        assert support[f"{attribute} accuracy"] == bearers
    whole = score(folder / name, "events", corpus=data, intervals=False)
    measures = whole.section("measure").keys()
    accuracies = {f"{attribute} accuracy" for attribute in ATTRIBUTES}
    assert measures == {"TI", "TC", "AI", "AC", "AI+", "AC+"} | accuracies
    assert "same event" not in whole.sections[0]


def test_systems_learn_and_are_scored_in_every_task(
    system: str, folder: Path, ours: Command
) -> None:
    check_scores(folder, system, ours, folder / "harbour")


def test_predicted_events_are_of_the_scheme(system: str, folder: Path) -> None:
    corpus = load_corpus(HARBOUR)
    texts = {document.id: document.text for document in corpus.documents}
    found = []
    for path in sorted((folder / system / "events/seed0").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            record = json.loads(line)
            found += from_record(record, texts[record["id"]], corpus.scheme).events
    assert {event.type for event in found} <= {*corpus.scheme.event_types}
    for event in found:
        borne = {a.name for a in corpus.scheme.attributes_of(event.type)}
        assert event.attributes.keys() <= borne
    assert any("insured" in event.attributes for event in found)
    assert any("kind" in event.attributes for event in found)


def test_errors_speak_of_its_values(system: str, ours: Command) -> None:
    found = json.loads(ours("errors", system, "--task", "attributes", "--json").stdout)
    assert {one["decision"] for one in found["confusions"]} <= {*ATTRIBUTES}
    assert found["confusions"]
    shown = ours("errors", system).stdout
    assert "Strike" in shown


def test_a_model_tags_new_text_with_its_scheme(folder: Path, ours: Command) -> None:
    ours("fit", "lexicon", "--out", "model")
    article = b"Dockers on strike closed Port Osk on Monday.\n"
    result = run_here(folder, ["predict", "model", "-"], article)
    (event,) = json.loads(result.stdout)["events"]
    assert event["type"] == "Strike"
    assert event["attributes"].keys() == {*ATTRIBUTES}
    assert event["attributes"]["severity"] in ("minor", "major")
    assert event["attributes"]["insured"] is None
    assert all(argument["attributes"].keys() == {"sector"} for argument in event["arguments"])


@pytest.mark.slow
def test_an_encoder_learns_it_too(tmp_path: Path, small_encoder: str) -> None:
    data = tmp_path / "harbour"
    shutil.copytree(HARBOUR, data)
    path = data / "annotations/corpus.toml"
    splits = 'kind = "fixed-splits"\ntrain = ["h1"]\nvalidation = ["h2"]\ntest = ["h3"]\n'
    about, _, _ = path.read_text("utf-8").partition("kind =")
    path.write_text(about + splits, "utf-8")

    def ours(*arguments: str) -> CompletedProcess[str]:
        result = run_here(tmp_path, [*arguments, "--data", "harbour"])
        assert (result.returncode, result.stderr) == (0, "")
        return result

    options = ("--encoder", small_encoder, *MINIMAL["encoder"])
    ours("run", "encoder", "--task", "all", "--out", "encoder", *options)
    check_scores(tmp_path, "encoder", ours, data)


# Formats

SAID: dict[str, tuple[str, ...]] = {
    "brat": ("StrikeKind E1 walkout", "Severity E1 major", "\tInsured E6\n", "Sector T7 shipping"),
    "cas": ('StrikeKind="walkout"', 'Severity="major"', 'Insured="true"', 'Sector="shipping"'),
    "conll": ("strike\tB-Strike", "collided\tB-Accident"),
    "gliner": ('"Strike"', '"Accident"'),
    "jsonl": (
        '"kind": "walkout"', '"severity": "major"', '"insured": "yes"', '"sector": "shipping"',
        '"insured": null',
    ),
    "label-studio": (
        '"from_name": "StrikeKind"', '<Choice value="walkout" />', '"SameStory"', '"Insurer"',
    ),
    "oneie": ('"event_type": "Strike:walkout"', '"event_type": "Accident"', '"role": "Insurer"'),
    "spacy": ("Strike", "Accident"),
    "transformers": ('"B-Strike"', '"B-Accident"'),
}  # fmt: skip
"""What each format has to say of the scheme."""


def test_every_format_is_tried() -> None:
    assert SAID.keys() == FORMATS.keys()


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_what_it_can(folder: Path, ours: Command, name: str) -> None:
    if name == "spacy":
        pytest.importorskip("spacy", reason="the format needs the extra [segment]")
    result = ours("data", "export", "--format", name, "--out", f"out-{name}")
    assert result.stdout == f"out-{name}: 3 articles as {name}\n"
    content = b"\n".join(files_below(folder / f"out-{name}").values())
    if name == "spacy":
        import zlib

        content = zlib.decompress(content)
    for words in SAID[name]:
        assert words in content.decode("utf-8", "replace")


def test_annotations_are_scored_as_a_run(folder: Path, ours: Command) -> None:
    ours("data", "export", "--format", "run", "--out", "gold")
    for task in HARBOUR_TASKS:
        assert score(folder / "gold", task, corpus=folder / "harbour").score.mean == 1.0


def test_agreement_of_the_gold_with_itself_names_its_attributes(ours: Command) -> None:
    gold = "harbour/annotations/gold"
    shown = ours("data", "agreement", gold, gold).stdout
    for attribute in ATTRIBUTES:
        assert attribute in shown.lower()
