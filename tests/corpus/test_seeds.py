"""The articles are the ones that everything else was made from."""

from __future__ import annotations

import hashlib
import tomllib
from datetime import date
from pathlib import Path

import pytest
from conftest import ROOT

from eventbench import Corpus, EventbenchError, load_corpus

SHA256 = {
    "000_8ccff8c754e347e5.txt": "6d28d145874ed2f0957c06565b93d63af37b8457f12f189aac8995c220cca7b6",
    "001_2575ae5a2d876c67.txt": "e313678af3e465676b48c36cb3559325669d474970048f624338c5f1a2fd1c1e",
    "002_77a2dc2f6217032b.txt": "c361b36e52a3ee3bd1a2ab95a0f495078eccff08dba740e93e5deb7d542b58c6",
    "003_904ced13eeab3ba9.txt": "f5b4f456b51ce33737357fc258a0bde8fbf680a1cd9a55172fc441ee25fc7169",
    "004_a68cd8aefdfbde33.txt": "e0bdb9d6036ddc3b4ab659b29d9b295c28dac35754c0d9baaf6843243426dc15",
}


def test_articles_are_byte_for_byte_the_same() -> None:
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (ROOT / "seeds").glob("*.txt")
    }
    assert found == SHA256


def test_every_value_of_the_sources_says_what_it_rests_on() -> None:
    articles = tomllib.loads((ROOT / "seeds/sources.toml").read_text(encoding="utf-8"))["article"]
    assert [article["file"] for article in articles] == list(SHA256)
    for article in articles:
        needed = {"title", "publisher", "published", "language", "rights"}
        assert needed <= set(article)
        assert needed <= set(article["basis"])


def test_headlines_and_datelines_are_in_the_articles(corpus: Corpus) -> None:
    articles = tomllib.loads((ROOT / "seeds/sources.toml").read_text(encoding="utf-8"))["article"]
    for article, document in zip(articles, corpus.documents, strict=True):
        if article["basis"]["title"] in ("first line of the article", "headline in the article"):
            assert article["title"] in document.text.split("\n")


def test_a_day_of_publication_is_a_date(tiny: Path) -> None:
    path = tiny / "seeds/sources.toml"
    content = path.read_text("utf-8")
    assert load_corpus(tiny).documents[0].published is None
    path.write_text(content.replace("[[article]]", "[[article]]\npublished = 2016-11-10", 1))
    assert load_corpus(tiny).documents[0].published == date(2016, 11, 10)
    path.write_text(content.replace("[[article]]", '[[article]]\npublished = "2016"', 1))
    message = r"sources.toml: article\[0\]: published is '2016', expected a date, as 2016-11-10"
    with pytest.raises(EventbenchError, match=message):
        load_corpus(tiny)


def test_a_changed_article_is_refused(tiny: Path) -> None:
    path = tiny / "seeds" / "a.txt"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(EventbenchError, match=r"a\.txt: the article changed: SHA-256 is "):
        load_corpus(tiny)
