"""The default model: trained at the first use, kept, and made anew when it has to be."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli
from filelock import FileLock

from eventbench import (
    BatchExtractor,
    Corpus,
    EventbenchError,
    default_model,
    fit,
    load_corpus,
    load_model,
)
from eventbench.corpus.loading import available_corpora
from eventbench.systems import cache, default

pytest.importorskip("spacy", reason="segmenting new text needs the extra [segment]")

TEXT = "Dockers on strike closed the quay.\n"


@pytest.fixture
def quick(harbour: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A default model that learns in no time, and the directory where it will be kept."""
    corpora = [load_corpus(harbour)]
    monkeypatch.setattr(default, "DEFAULT_SYSTEM", "lexicon")
    monkeypatch.setattr(default, "default_corpora", lambda: corpora)
    monkeypatch.setenv(default.CACHE, str(tmp_path / "cache"))
    return default.default_directory(corpora)


def record_of(model: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((model / "model.json").read_text(encoding="utf-8"))
    return found


def test_the_default_corpora_are_all_but_other_editions() -> None:
    corpora = default.default_corpora()
    assert len(corpora[0].documents) == max(len(one.documents) for one in corpora)
    found = [one.id for one in corpora]
    assert set(found) == {*available_corpora()} - {"aleppo-1"}


@pytest.mark.slow
def test_the_default_model_learns_from_every_article(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that fixed splits test on too: the record says so."""
    monkeypatch.setattr(default, "DEFAULT_SYSTEM", "lexicon")
    monkeypatch.setenv(default.CACHE, str(tmp_path / "cache"))
    result = cli("fit")
    assert (result.returncode, result.stderr) == (0, "")
    model = Path(result.stdout.partition(":")[0])
    assert model.is_relative_to(tmp_path / "cache")
    first, *others = default.default_corpora()
    expected = [*first.article_ids, *(f"{c.id}:{i}" for c in others for i in c.article_ids)]
    assert sorted(record_of(model)["articles"]) == sorted(expected)
    assert len(others) == len(record_of(model)["learned_from"]) - 1
    assert default_model().digest == load_model(model).digest


def test_the_model_is_trained_once(quick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = default_model()
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "eventbench: training the default model, lexicon, on harbour 0.1.0\n"
        f"eventbench: this takes an hour or so on two cores, once; the model is kept in {quick}\n"
    )
    again = default_model()
    assert capsys.readouterr() == ("", "")
    assert (first.directory, first.digest) == (again.directory, again.digest)
    assert first.predict([TEXT]) == again.predict([TEXT]) != []
    assert len(first.predict([TEXT])[0].events) == 1


def test_fit_without_a_name_makes_the_model_that_is_looked_for(
    quick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fit().directory == quick
    assert default_model().directory == quick
    assert capsys.readouterr() == ("", "")


def test_other_data_or_other_code_is_another_model(
    quick: Path, harbour: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = load_corpus(harbour)
    found = {
        quick,
        default.default_directory([replace(corpus, fingerprint="0" * 16)]),
        default.default_directory([replace(corpus, version="0.2.0")]),
        default.default_directory([corpus, load_corpus()]),
    }
    monkeypatch.setattr(default, "source_digest", lambda system: "another")
    found.add(default.default_directory([corpus]))
    assert len(found) == 5
    assert default.default_directory([corpus]) == default.default_directory([corpus])


def without_record(model: Path) -> None:
    (model / "model.json").unlink()


def cut_off(model: Path) -> None:
    (model / "model.json").write_text("{", encoding="utf-8")


def changed(model: Path) -> None:
    (model / "annotations/annotation.conf").write_text("", encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (without_record, "not a model directory (no model.json)"),
        (cut_off, "model.json: not valid JSON"),
        (changed, "annotation.conf: changed since the model was made"),
    ],
)
def test_a_damaged_model_is_trained_again(
    damage: Callable[[Path], None],
    message: str,
    quick: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    digest = fit().digest
    damage(quick)
    assert default_model().digest == digest
    why, *others = capsys.readouterr().err.splitlines()
    assert why.startswith("eventbench: the model in the cache cannot be used: ")
    assert message in why
    assert len(others) == 2
    load_model(quick)


def test_a_process_waits_for_another_that_trains(
    quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits until the other is done, and then has nothing to train."""
    quick.parent.mkdir(parents=True)
    other = FileLock(f"{quick}.lock")
    said = []

    def say(message: str) -> None:
        said.append(message)
        fit()
        other.release()

    monkeypatch.setattr(cache, "say", say)
    other.acquire()
    assert default_model().directory == quick
    assert said == ["another process trains the default model: waiting for it"]
    assert not FileLock(f"{quick}.lock").is_locked


def test_a_cache_that_cannot_be_written(
    quick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "full").write_text("", encoding="utf-8")
    monkeypatch.setenv(default.CACHE, str(tmp_path / "full"))
    with pytest.raises(EventbenchError, match=r"cannot be written: .*EVENTBENCH_CACHE"):
        default_model()


def test_distributed_processes_do_not_wait_for_each_other(
    quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(EventbenchError, match="no model yet"):
        default_model()


def test_corpora_that_are_named_decide(quick: Path, corpus: Corpus, tmp_path: Path) -> None:
    model = fit(corpus=corpus, out=tmp_path / "m")
    assert model.name == "lexicon"
    assert [one["corpus"] for one in record_of(tmp_path / "m")["learned_from"]] == [corpus.id]


@pytest.mark.parametrize(
    "given",
    [
        {"system": "lexicon"},
        {"corpus": "aleppo-1"},
        {"also_train": ["practice"]},
        {"seed": 1},
        {"fold": 0},
        {"task": "triggers"},
        {"options": {"min_count": 2}},
    ],
    ids=str,
)
def test_only_the_default_model_has_a_directory(given: dict[str, Any], quick: Path) -> None:
    with pytest.raises(EventbenchError, match="only the default model has a directory"):
        fit(**given)
    assert not quick.exists()


def test_options_need_the_name_of_their_system(quick: Path, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[options]\n", encoding="utf-8")
    result = cli("fit", "--config", "c.toml")
    assert result.returncode == 1
    assert "c.toml: has options of a system: name the system too" in result.stderr


# The command


@pytest.fixture
def quay(tmp_path: Path) -> Path:
    (tmp_path / "quay.txt").write_text(TEXT, encoding="utf-8")
    return tmp_path / "quay.txt"


def test_predict_without_a_model(quick: Path, quay: Path, cli: Cli) -> None:
    first, again = cli("predict", quay), cli("predict", quay)
    assert (first.returncode, again.returncode) == (0, 0)
    assert [line.partition(",")[0] for line in first.stderr.splitlines()] == [
        "eventbench: training the default model",
        "eventbench: this takes an hour or so on two cores",
    ]
    assert again.stderr == ""
    assert first.stdout == again.stdout == cli("predict", "--model", quick, quay).stdout
    assert len(json.loads(first.stdout)["events"]) == 1


def test_a_model_may_stand_before_the_files(quick: Path, quay: Path, cli: Cli) -> None:
    fit()
    named, before = cli("predict", quay, "--model", quick), cli("predict", quick, quay)
    assert (before.returncode, before.stderr) == (0, "")
    assert before.stdout == named.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["folder", "quay.txt"], 1, "folder: has no file of articles: expected .txt"),
        (["folder"], 1, "folder: has no file of articles: expected .txt"),
        (["old"], 2, "no files to tag after the model old"),
        (["old", "quay.txt"], 1, "old/model.json: "),
        (["modle", "quay.txt"], 1, "modle: not a model directory (no model.json)"),
        (["--model", "folder", "quay.txt"], 1, "folder: not a model directory (no model.json)"),
        (["--model", "folder"], 2, "Missing argument 'FILES...'"),
        ([], 2, "Missing argument 'FILES...'"),
        (["nothing.txt"], 1, "nothing.txt: No such file or directory"),
        (["quay.doc"], 1, "quay.doc: not a kind of file that is read: save it as .docx"),
        (["quay.txt", "--system", "a:B"], 2, "--system goes with a model"),
    ],
    ids=str,
)
def test_what_is_neither_a_model_nor_a_file(
    arguments: list[str],
    code: int,
    message: str,
    quick: Path,
    quay: Path,
    tmp_path: Path,
    cli: Cli,
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "old").mkdir()
    (tmp_path / "old/model.json").write_text("{}")
    result = cli("predict", *arguments)
    assert result.returncode == code
    assert message in result.stderr
    assert result.stdout == ""
    assert not quick.exists()  # nothing is trained in vain


def test_a_table_is_tagged_with_a_model_in_memory(quick: Path) -> None:
    model = default_model()
    batch = {"id": ["q"], "text": [TEXT]}
    assert BatchExtractor(model)(batch) == BatchExtractor(model.directory)(batch)
    assert BatchExtractor(model).digest == model.digest
