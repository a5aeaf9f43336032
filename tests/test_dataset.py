"""The dataset: what `load` gives, what `build` writes, and that both are the same."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import datasets
import pytest
from conftest import Cli

from eventbench import Corpus, EventbenchError, build, load
from eventbench.dataset import folds, rows
from eventbench.tokens import from_iob2

LABELS = [
    "O", "B-Attack", "I-Attack", "B-Displacement", "I-Displacement", "B-TerritorialControl",
    "I-TerritorialControl", "B-Casualty", "I-Casualty",
]  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built") / "dataset"
    build(out)
    return out


def test_label_order_is_frozen() -> None:
    assert load()["train"].features["ner_tags"].feature.names == LABELS


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


def test_tokens_are_the_articles_text_at_their_offsets(corpus: Corpus) -> None:
    texts = {document.id: document.text for document in corpus.documents}
    for row in rows(corpus):
        spans = zip(row["token_starts"], row["token_ends"], strict=True)
        assert [texts[row["doc_id"]][a:b] for a, b in spans] == row["tokens"]
        start, end = row["token_starts"][0], row["token_ends"][-1]
        assert texts[row["doc_id"]][start:end] == row["text"]


@pytest.mark.parametrize("config", ["triggers", *(f"triggers_fold{k}" for k in range(5))])
def test_load_dataset_gives_what_load_gives(built: Path, tmp_path: Path, config: str) -> None:
    from_disk = datasets.load_dataset(str(built), config, cache_dir=str(tmp_path))
    from_code = load(config)
    assert set(from_disk) == {"train", "validation", "test"}
    for split in from_code:
        assert from_disk[split].features == from_code[split].features
        assert from_disk[split].to_list() == from_code[split].to_list()
    streamed = datasets.load_dataset(str(built), config, split="test", streaming=True)
    assert list(streamed) == from_code["test"].to_list()


def test_a_configuration_may_be_named_by_fold() -> None:
    assert load("triggers", fold=2)["test"].to_list() == load("triggers_fold2")["test"].to_list()
    assert load("triggers")["test"].to_list() == load("triggers", fold=3)["test"].to_list()
    assert set(load("triggers")["test"]["doc_id"]) == {"003"}


@pytest.mark.parametrize("arguments", [("nonsense",), ("triggers_fold5",), ("triggers_foldx",)])
def test_unknown_configurations_are_refused(arguments: tuple[str]) -> None:
    with pytest.raises(EventbenchError, match=r"no task|no fold|no configuration"):
        load(*arguments)


def test_it_loads_with_the_network_blocked(built: Path, tmp_path: Path) -> None:
    script = (
        "import socket\n"
        "def refuse(*a, **k): raise AssertionError('network')\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "import datasets\n"
        f"d = datasets.load_dataset({str(built)!r}, 'triggers')\n"
        "print(sum(map(len, d.values())), d['test'].features['ner_tags'].feature.num_classes)\n"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
    environment |= {"HF_HOME": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == [str(len(rows_of_all())), "9"]


def rows_of_all() -> list[str]:
    return [i for split in load().values() for i in split["id"]]


def test_building_twice_gives_the_same_bytes(built: Path, tmp_path: Path) -> None:
    build(tmp_path / "again")

    def digests(directory: Path) -> dict[str, str]:
        return {
            str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in directory.rglob("*")
            if path.is_file()
        }

    assert digests(built) == digests(tmp_path / "again")


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


def test_the_manifest_carries_the_fingerprint(built: Path, corpus: Corpus) -> None:
    manifest = json.loads((built / "eventbench.json").read_text())
    assert manifest == {"version": corpus.version, "fingerprint": corpus.fingerprint}


def test_a_changed_trigger_changes_the_fingerprint(tiny: Path) -> None:
    from eventbench import load_corpus

    before = load_corpus(tiny).fingerprint
    path = tiny / "annotations/gold/a.ann"
    path.write_text(
        path.read_text("utf-8").replace("Status E1 actual", "Status E1 planned"), "utf-8"
    )
    assert load_corpus(tiny).fingerprint != before
