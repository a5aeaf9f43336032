"""Folds go to train, dev and test files, as other tools take them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli, files_below
from making import all_tested

from eventbench import Corpus, EventbenchError, export, load, load_corpus, score_files
from eventbench.corpus.iob2 import to_iob2
from eventbench.corpus.model import Span
from eventbench.formats.registry import FORMATS

FILES = [format for format in FORMATS if not FORMATS[format].is_directory]


@pytest.mark.parametrize("format", FILES)
def test_the_files_of_a_fold_are_its_articles_alone(
    harbour: Path, tmp_path: Path, format: str
) -> None:
    corpus = load_corpus(harbour)
    written = export(corpus, format, tmp_path / "out", fold=1)
    suffix = FORMATS[format].suffix
    assert [path.name for path in written] == [f"{n}{suffix}" for n in ("train", "dev", "test")]
    assert sorted(files_below(tmp_path / "out")) == sorted(path.name for path in written)
    for path, articles in zip(written, corpus.fold(1).values(), strict=True):
        export(corpus.part(articles), format, tmp_path / "part")
        assert path.read_bytes() == (tmp_path / "part").read_bytes()


def test_a_split_without_articles_has_no_file(tiny: Path, tmp_path: Path) -> None:
    (path,) = export(all_tested(load_corpus(tiny)), "conll", tmp_path / "out", fold=0)
    assert path == tmp_path / "out" / "test.conll"


@pytest.mark.parametrize(
    ("format", "fold", "message"),
    [
        ("conll", 5, "^no fold 5: expected 0 to 4$"),
        ("conll", -1, "^no fold -1: expected 0 to 4$"),
        ("brat", 0, "^brat has no files of a fold: expected conll or gliner or jsonl"),
    ],
)
def test_folds_that_are_not_there_are_refused(
    corpus: Corpus, tmp_path: Path, format: str, fold: int, message: str
) -> None:
    with pytest.raises(EventbenchError, match=message):
        export(corpus, format, tmp_path / "out", fold=fold)
    assert list(tmp_path.iterdir()) == []


def test_files_of_another_fold_stay(corpus: Corpus, tmp_path: Path) -> None:
    export(corpus, "conll", tmp_path / "out", fold=0)
    before = files_below(tmp_path / "out")
    with pytest.raises(EventbenchError, match="exists and is not an empty directory; choose"):
        export(corpus, "conll", tmp_path / "out", fold=1)
    assert files_below(tmp_path / "out") == before


def test_the_command_writes_a_fold(tmp_path: Path, cli: Cli) -> None:
    result = cli("data", "export", "--format", "gliner", "--fold", "3", "--out", "out")
    assert result.stdout == "out: fold 3 as gliner: train.json, dev.json, test.json\n"
    result = cli("data", "export", "--format", "run", "--fold", "3", "--out", "run")
    assert (result.returncode, (tmp_path / "run").exists()) == (2, False)
    assert "--fold goes with another format than run, which has all" in result.stderr


def test_transformers_reads_the_dataset_of_the_fold(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script ``run_ner.py`` reads its files in this way."""
    from datasets import load_dataset

    paths = export(corpus, "transformers", tmp_path / "out", fold=3)
    files = dict(zip(("train", "validation", "test"), map(str, paths), strict=True))
    found = load_dataset("json", data_files=files, cache_dir=str(tmp_path / "cache"))
    expected = load("triggers_fold3", corpus=corpus)
    names = expected["train"].features["ner_tags"].feature.names
    for split, rows in expected.items():
        tags = [[names[tag] for tag in tags] for tags in rows["ner_tags"]]
        assert found[split]["ner_tags"][:] == tags
        assert found[split]["tokens"][:] == rows["tokens"][:]
        assert found[split].column_names == ["id", "tokens", "ner_tags"]


def test_gliner_counts_the_last_token_in(corpus: Corpus, tmp_path: Path) -> None:
    export(corpus, "gliner", tmp_path / "out")
    records: list[Any] = json.loads((tmp_path / "out").read_text(encoding="utf-8"))
    sentences = [(d, s) for d in corpus.documents for s in d.sentences]
    lengths = set()
    for record, (document, sentence) in zip(records, sentences, strict=True):
        assert record["id"] == sentence.id
        tokens = sentence.tokens
        assert record["tokenized_text"] == [t.text_in(document.text) for t in tokens]
        found = [(n, Span(tokens[i].start, tokens[j].end)) for i, j, n in record["ner"]]
        assert found == [(e.type, e.trigger) for e in document.events_in(sentence)]
        assert to_iob2(sentence, found)[1] == []
        assert record["ner_labels"] == [*corpus.scheme.event_types]
        lengths |= {j - i for i, j, _ in record["ner"]}
    assert min(lengths) == 0 < max(lengths)


def test_the_files_of_a_fold_are_a_gold_to_score_against(tiny: Path, tmp_path: Path) -> None:
    corpus = load_corpus(tiny)
    conll, tokens = (tmp_path / name for name in ("x.conll", "x.json"))
    export(corpus, "conll", conll)
    export(corpus, "transformers", tokens)
    assert score_files(conll, tokens).scores["micro avg"].f1 == 1.0
    assert score_files(tokens, conll).tokens == score_files(conll, conll).tokens
