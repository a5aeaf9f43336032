"""Corpora beside the main one: found by their ids, and with fixed splits."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import datasets
import pytest
from conftest import HARBOUR, ROOT, Cli
from making import HARBOUR_TASKS

from eventbench import EventbenchError, build, load, load_corpus, run, score
from eventbench.corpus import loading

FIXED = """
[protocol]
kind = "fixed-splits"
train = ["h1"]
validation = {validation}
test = {test}
"""


def with_splits(data: Path, test: str, validation: str) -> Path:
    path = data / "annotations/corpus.toml"
    about, _, _ = path.read_text("utf-8").partition("[protocol]")
    path.write_text(about + FIXED.format(test=test, validation=validation), "utf-8")
    return data


@pytest.fixture
def fixed(harbour: Path) -> Path:
    """The harbour corpus with one article for each split."""
    return with_splits(harbour, '["h3"]', '["h2"]')


def test_fixed_splits_are_built_and_loaded(fixed: Path, tmp_path: Path) -> None:
    built = build(tmp_path / "out", corpus=fixed)
    assert built.configs[:3] == ("triggers", "triggers_fold0", "arguments")
    from_disk = datasets.load_dataset(
        str(tmp_path / "out"), "attributes", cache_dir=str(tmp_path / "cache")
    )
    from_code = load("attributes", corpus=fixed)
    for split, article in (("train", "h1"), ("validation", "h2"), ("test", "h3")):
        assert from_disk[split].to_list() == from_code[split].to_list()
        assert set(from_code[split]["doc_id"]) == {article}
    with pytest.raises(EventbenchError, match="no fold 1: expected 0 to 0"):
        load("triggers", corpus=fixed, fold=1)


def test_a_run_on_fixed_splits_predicts_the_test_articles_alone(
    fixed: Path, tmp_path: Path, cli: Cli
) -> None:
    result = cli("run", "lexicon", "--task", "all", "--out", "run", "--data", fixed)
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads((tmp_path / "run/run.json").read_text("utf-8"))["protocol"] == "fixed-splits"
    files = sorted(path.name for path in (tmp_path / "run/triggers/seed0").iterdir())
    assert files == ["fold0.json", "fold0.jsonl"]
    lines = (tmp_path / "run/triggers/seed0/fold0.jsonl").read_text("utf-8").splitlines()
    assert {json.loads(line)["id"].partition("-")[0] for line in lines} == {"h3"}
    report = score(tmp_path / "run", "events", corpus=fixed)
    assert report.by_article[0].keys() == {"h3"}
    assert list(report.intervals) == ["these_documents"]
    assert report.signature["protocol"] == "fixed-splits"
    gold = {document.id: len(document.events) for document in load_corpus(fixed).documents}
    triggers = score(tmp_path / "run", "triggers", corpus=fixed)
    assert triggers.sections[0]["average"]["micro avg"].support == gold["h3"]
    shown = cli("score", "run", "--data", fixed)
    assert (shown.returncode, "protocol:fixed-splits" in shown.stdout) == (0, True)


def test_a_score_of_several_test_articles_has_both_intervals(harbour: Path, tmp_path: Path) -> None:
    with_splits(harbour, '["h2", "h3"]', "[]")
    run("lexicon", corpus=harbour, out=tmp_path / "run")
    report = score(tmp_path / "run", corpus=harbour)
    assert report.by_article[0].keys() == {"h2", "h3"}
    assert list(report.intervals) == ["these_documents", "new_documents"]
    built = build(tmp_path / "out", corpus=harbour)
    found = datasets.load_dataset(str(built.path), "triggers", cache_dir=str(tmp_path / "cache"))
    assert set(found) == {"train", "test"}
    loaded = load("triggers", corpus=harbour)
    assert {k: rows.to_list() for k, rows in loaded.items()} == {
        k: rows.to_list() for k, rows in found.items()
    }


def test_annotations_of_fixed_splits_are_scored_like_a_system(
    fixed: Path, tmp_path: Path, cli: Cli
) -> None:
    exported = ("data", "export", "--format", "run", "--out", "gold", "--data", fixed)
    assert cli(*exported).returncode == 0
    for task in HARBOUR_TASKS:
        assert score(tmp_path / "gold", task, corpus=fixed).score.mean == 1.0


@pytest.mark.parametrize("command", ["data build", "run lexicon", "fit lexicon --fold 0"])
def test_a_split_of_an_unknown_article_is_refused(
    harbour: Path, tmp_path: Path, cli: Cli, command: str
) -> None:
    with_splits(harbour, '["h3", "h7"]', '["h2"]')
    assert cli("data", "stats", "--data", harbour).returncode == 0
    result = cli(*command.split(), "--out", "out", "--data", harbour)
    assert (result.returncode, result.stderr) == (
        1,
        f"eventbench: error: {harbour}/annotations/corpus.toml: protocol: test has 'h7', expected "
        "one of h1, h2, h3\n",
    )
    assert not (tmp_path / "out").exists()


# By id


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with the harbour corpus below ``corpora/``."""
    home = tmp_path / "home"
    for name in ("seeds", "annotations"):
        shutil.copytree(ROOT / name, home / name)
    shutil.copy(ROOT / "CARD.md", home)
    shutil.copytree(HARBOUR, home / "corpora/harbour")
    monkeypatch.setattr(loading, "_home", lambda: home)
    return home


def test_a_corpus_is_found_by_its_id(home: Path, cli: Cli, tmp_path: Path) -> None:
    assert loading.available_corpora() == {"aleppo": home, "harbour": home / "corpora/harbour"}
    assert load_corpus().id == load_corpus("aleppo").id == "aleppo"
    assert load_corpus("harbour") == load_corpus(home / "corpora/harbour")
    assert cli("data", "stats", "--corpus", "harbour").stdout.startswith("harbour ")
    assert cli("data", "validate", "--corpus", "harbour").returncode == 0
    assert cli("run", "lexicon", "--corpus", "harbour", "--out", "run").returncode == 0
    assert cli("score", "run", "--corpus", "harbour").returncode == 0
    other = cli("score", "run")
    assert (other.returncode, other.stderr) == (
        1,
        "eventbench: error: run/run.json: made with corpus 'harbour', expected 'aleppo' (--corpus, "
        "--data)\n",
    )


def test_an_unknown_id_lists_those_that_are_known(home: Path) -> None:
    with pytest.raises(EventbenchError, match="no corpus 'x': expected aleppo, harbour or a dir"):
        load_corpus("x")


def test_two_corpora_of_one_id_are_refused(home: Path) -> None:
    shutil.copytree(HARBOUR, home / "corpora/zebra")
    with pytest.raises(EventbenchError, match=r"corpora/zebra/.*: id 'harbour' is also that of"):
        load_corpus("harbour")


def test_a_corpus_may_be_imported_into_by_id(home: Path, cli: Cli, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    (new / "quay.txt").write_text("Dockers on strike closed the quay.\n", "utf-8")
    (new / "quay.ann").write_text("T1\tStrike 11 17\tstrike\nE1\tStrike:T1\n", "utf-8")
    result = cli("data", "import", "new", "--corpus", "harbour")
    assert (result.returncode, result.stderr) == (0, "")
    assert "eventbench data validate --corpus harbour" in result.stdout
    assert len(load_corpus("harbour").scheme.event_types) == 3
    assert (home / "corpora/harbour/seeds/quay.txt").is_file()
