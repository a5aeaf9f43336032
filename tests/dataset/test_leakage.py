"""What articles share with each other."""

from __future__ import annotations

import shutil
from pathlib import Path

from eventbench import Corpus, load_corpus
from eventbench.dataset.leakage import Leakage, leakage


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
