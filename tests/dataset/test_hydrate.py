"""A dataset without the articles' text, and putting the text back."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from conftest import ROOT, Cli, files_below

from eventbench import Corpus, build, hydrate
from eventbench.hub.plan import _has_text as has_text


@pytest.fixture
def bare(built_bare: Path, tmp_path: Path) -> Path:
    """The dataset without the articles' text, which a test may spoil."""
    return Path(shutil.copytree(built_bare, tmp_path / "bare"))


def test_without_text_no_word_of_the_articles_is_in_it(
    bare: Path, built: Path, corpus: Corpus
) -> None:
    lists = ("annotation.conf", "incidents.tsv", "incident-decisions.tsv", "incidents.toml")
    lists += ("places.toml", "speakers.toml")
    annotators = [(ROOT / "annotations" / name).read_text("utf-8") for name in lists]
    annotators += [e.note or "" for d in corpus.documents for e in d.events]
    annotators += [value.value for d in corpus.documents for value in d.values]
    their_words = " ".join(annotators).lower()
    text = " ".join(document.text for document in corpus.documents)
    words = {
        word for word in re.findall(r"\b[A-Za-z]{7,}\b", text) if word.lower() not in their_words
    }

    def words_in(dataset: Path) -> set[str]:
        tables = [pq.read_table(path).to_pylist() for path in sorted(dataset.rglob("*.parquet"))]
        written = json.dumps(tables, ensure_ascii=False)
        return {word for word in words if word in written}

    assert len(words_in(built)) > 300
    assert words_in(bare) == set()


def test_hydrating_gives_the_very_bytes_of_a_build_with_text(bare: Path, built: Path) -> None:
    hydrate(bare, ROOT / "seeds")
    assert files_below(bare) == files_below(built)


def test_edition_1_is_hydrated_to_the_very_bytes_too(edition1: Corpus, tmp_path: Path) -> None:
    build(tmp_path / "whole", corpus=edition1)
    build(tmp_path / "bare", corpus=edition1, with_text=False)
    for path in (tmp_path / "bare").rglob("*.parquet"):
        assert not has_text(path.read_bytes(), path), path
    hydrate(tmp_path / "bare", edition1.root / "seeds")
    assert files_below(tmp_path / "bare") == files_below(tmp_path / "whole")


@pytest.mark.parametrize("with_card", [True, False])
def test_another_corpus_is_hydrated_to_the_very_bytes_too(
    harbour: Path, tmp_path: Path, with_card: bool
) -> None:
    if not with_card:
        (harbour / "CARD.md").unlink()
    build(tmp_path / "whole", corpus=harbour)
    build(tmp_path / "bare", corpus=harbour, with_text=False)
    assert files_below(tmp_path / "bare").keys() != files_below(tmp_path / "whole").keys()
    hydrate(tmp_path / "bare", harbour / "seeds")
    assert files_below(tmp_path / "bare") == files_below(tmp_path / "whole")


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
    spoil: Callable[[Path, Path], object],
    message: str,
) -> None:
    seeds = tmp_path / "copies"
    seeds.mkdir()
    for path in (ROOT / "seeds").glob("*.txt"):
        (seeds / path.name).write_bytes(path.read_bytes())
    spoil(seeds, bare)
    before = files_below(bare)
    result = cli("data", "hydrate", bare, "--seeds", seeds)
    assert result.returncode == 1
    assert result.stdout == ""
    assert re.search(message.replace("NAME", re.escape(NAME)), result.stderr)
    assert result.stderr.count("\n") == 1
    assert files_below(bare) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bare", "copies"]


NAME = "004_a68cd8aefdfbde33.txt"


def respell(path: Path, old: bytes, new: bytes) -> None:
    path.write_bytes(path.read_bytes().replace(old, new))


def first_parquet(directory: Path) -> Path:
    return min(directory.rglob("*.parquet"), key=lambda path: path.name + path.parent.name)


def test_text_is_not_put_in_twice(built: Path, cli: Cli) -> None:
    result = cli("data", "hydrate", built, "--seeds", ROOT / "seeds")
    assert result.returncode == 1
    assert result.stderr.endswith("already has its text\n")
