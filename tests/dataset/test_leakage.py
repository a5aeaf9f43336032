"""What articles share with each other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import Cli
from making import BOATS, LEARNED, write_ships

from eventbench import Corpus, EventbenchError, load_corpus
from eventbench.corpus.loading import available_corpora
from eventbench.dataset.leakage import Against, Leakage, leakage


def test_shares_are_those_of_the_rows(edition1: Corpus) -> None:
    found = leakage(edition1)
    assert [share.articles for share in found.shares] == edition1.article_ids
    assert [(s.sentences, s.with_near_duplicate) for s in found.shares] == [
        (37, 4), (46, 4), (63, 3), (30, 0), (30, 7)
    ]  # fmt: skip
    assert [(s.triggers, s.lemma_seen) for s in found.shares] == [
        (61, 54), (77, 61), (81, 60), (40, 28), (50, 45)
    ]  # fmt: skip


def test_pairs_are_of_different_articles_and_the_closest_is_below(corpus: Corpus) -> None:
    found = leakage(corpus)
    similarities = [pair.similarity for pair in found.pairs]
    assert similarities == sorted(similarities, reverse=True)
    assert similarities[-1] >= 80.0
    assert all(pair.first[:3] != pair.second[:3] for pair in found.pairs)
    assert found.closest is not None
    assert found.closest.similarity < 80.0


def test_a_copied_article_is_all_near_duplicates(harbour: Path) -> None:
    for folder, suffix in (
        ("seeds", "txt"),
        ("annotations/tokens", "tsv"),
        ("annotations/gold", "ann"),
    ):
        path = harbour / folder / f"maren.{suffix}"
        shutil.copy(path, path.with_name(f"again.{suffix}"))
    sources = harbour / "seeds/sources.toml"
    first = sources.read_text("utf-8").split("[[article]]")[1]
    again = first.replace('"h1"', '"h9"').replace("maren.txt", "again.txt")
    sources.write_text(f"{sources.read_text('utf-8')}\n[[article]]{again}", "utf-8")
    tokens = harbour / "annotations/tokens/again.tsv"
    tokens.write_text(tokens.read_text("utf-8").replace("h1-", "h9-"), "utf-8")
    found = leakage(load_corpus(harbour))
    shares = {share.articles: share for share in found.shares}
    assert shares["h9"].with_near_duplicate == shares["h9"].sentences == shares["h1"].sentences
    assert shares["h9"].lemma_seen == shares["h9"].triggers > 0
    assert found.pairs[0].similarity == 100.0


def test_a_report_prints_as_tables(corpus: Corpus) -> None:
    found = leakage(corpus)
    shown = str(found)
    assert f"{found.pairs[0].first}  " in shown
    assert "threshold 80.0; the most similar pair below it" in shown
    assert repr(found) == f"Leakage({len(found.pairs)} near-duplicate pairs)"
    assert str(Leakage((), None, ())).count("\n") > 0
    assert found.to_json()["threshold"] == 80.0


def test_what_is_shared_with_other_corpora(tmp_path: Path) -> None:
    ships = write_ships(tmp_path / "ships")
    boats = write_ships(tmp_path / "boats", "boats", BOATS, LEARNED)
    gold = boats / "annotations/tokens"
    for path in gold.iterdir():  # the word stays, but its lemma becomes another
        path.write_text(path.read_text("utf-8").replace("\tstrike\n", "\tpound\n"), "utf-8")
    found = leakage(ships, [boats])
    # In every article one trigger of four is "struck".
    assert found.against == (Against("boats", 16, 16, 16, 12, 4),)
    between = [pair for pair in found.pairs if pair.second.startswith("boats:")]
    assert len({pair.first for pair in between}) == 16
    assert all(not pair.first.startswith("boats:") for pair in found.pairs)
    shown = str(found)
    assert shown.splitlines()[-1].split() == ["boats", *["16", "16", "16", "12", "4"]]
    assert found.to_json()["against"][0]["lemma_unseen"] == 4
    # Of a corpus without test articles, all articles are compared.
    back = leakage(boats, [ships])
    assert (back.shares, back.against[0].triggers) == ((), 16)
    assert [name for name in str(back).splitlines() if name.startswith("fold")] == []


def test_a_corpus_is_not_compared_with_its_own_editions(corpus: Corpus) -> None:
    assert {found.corpus for found in leakage(corpus).against} == {"practice", "transfer"}
    assert {corpus.id, "aleppo-1"} < set(available_corpora())
    (found,) = leakage(corpus, ["aleppo-1"]).against
    assert found.with_near_duplicate == found.sentences
    with pytest.raises(EventbenchError, match="is compared with itself anyway"):
        leakage(corpus, [corpus])


def test_the_option_names_other_corpora(tmp_path: Path, cli: Cli) -> None:
    ships = write_ships(tmp_path / "ships")
    boats = write_ships(tmp_path / "boats", "boats", BOATS, LEARNED)
    shown = cli("data", "leakage", "--data", ships, "--against", boats)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout == f"{leakage(ships, [boats])}\n"
