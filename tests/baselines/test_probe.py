"""The probe sees what an unchanged encoder makes of words, and nothing of the article at hand."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the probe needs the extra [encoder]")
pytest.importorskip("pycrfsuite", reason="the probe needs the extra [crf]")

import numpy as np
from datasets import Dataset
from eventbench_baselines.crf import Crf
from eventbench_baselines.encoder import Example, Frozen, encoder_path
from eventbench_baselines.probe import (
    NEAREST,
    SPREAD,
    Probe,
    _principal,
)
from making import fold_of, inputs, nothing, some_sentences

from eventbench import Corpus, Document, Event, EventbenchError, Fold


@pytest.fixture(scope="module")
def fold(corpus: Corpus) -> Fold:
    """The first 20 sentences of an article, of which 8 validate."""
    train, validation = (some_sentences(corpus.documents[4], *k) for k in ((0, 12), (12, 20)))
    return fold_of(corpus.scheme, "triggers", [train], [validation])


@pytest.fixture(scope="module")
def test(corpus: Corpus) -> Dataset:
    return inputs(corpus.scheme, "triggers", corpus.documents[4])


@pytest.fixture(scope="module")
def frozen() -> Frozen:
    return Frozen.load("embedded")


def fitted(fold: Fold, encoder: str) -> Probe:
    probe = Probe(encoder=encoder)
    probe.fit(fold, nothing)
    return probe


def test_vectors_are_those_of_the_first_sub_tokens(frozen: Frozen) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    words = ("Shelling", "and", "starvation", "in", "Masaken", "Hanano")
    places = (0, 2, 5)
    (found,) = frozen.vectors([Example(words, places, 0, len(places))])
    tokenizer = AutoTokenizer.from_pretrained(encoder_path("embedded"))
    network = AutoModel.from_pretrained(encoder_path("embedded")).eval()
    encoded = tokenizer([list(words)], is_split_into_words=True, return_tensors="pt")
    with torch.inference_mode():
        expected = network(**encoded).last_hidden_state[0].numpy()
    firsts = [encoded.word_to_tokens(0, place).start for place in places]
    assert np.allclose(found, expected[firsts], atol=1e-5)


def test_vectors_do_not_depend_on_what_is_read_with_them(frozen: Frozen) -> None:
    short, long = (Example(("Rebels",) * n, tuple(range(n)), 0, n) for n in (2, 700))
    alone = [frozen.vectors([example])[0] for example in (short, long)]
    for one, together in zip(alone, frozen.vectors([long, short])[::-1], strict=True):
        assert np.allclose(one, together, atol=1e-5)
    assert alone[1].any(axis=1).all()  # also behind the encoder's window


def test_what_no_encoder_can_read_has_no_vector(frozen: Frozen) -> None:
    nothing_there, empty = frozen.vectors([Example(("\u200b",), (0,), 0, 1), Example((), (), 0, 0)])
    assert not nothing_there.any()
    assert empty.shape == (0, nothing_there.shape[1])


def test_only_words_of_one_sub_token_have_an_embedding(frozen: Frozen) -> None:
    found = frozen.embedded(["attack", "starvation", "Kampfhandlungen", "\u200b", "𓀀"])
    assert set(found) == {"attack", "starvation"}
    assert all(np.isclose(np.linalg.norm(vector), 1.0) for vector in found.values())
    assert frozen.embedded([]) == {}


def test_principal_components_are_uncorrelated_and_the_first_has_the_spread() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(300, 8)) @ rng.normal(size=(8, 8)) + 5
    mean, axes = _principal(vectors, 3)
    seen = (vectors - mean) @ axes
    assert seen.shape == (300, 3)
    covariance = seen.T @ seen / len(seen)
    assert np.isclose(covariance[0, 0], SPREAD**2)
    assert np.all(np.diff(np.diag(covariance)) < 0)
    assert np.allclose(covariance, np.diag(np.diag(covariance)))
    _, flat = _principal(np.ones((4, 8)), 3)
    assert np.isfinite(flat).all()


def test_a_word_is_told_what_the_nearest_words_were_but_not_itself() -> None:
    memory = {
        ("bombing",): {"B-Attack": 1.0},
        ("assault",): {"B-Attack": 0.5, "O": 0.5},
        ("banana",): {"O": 1.0},
        ("attack",): {"B-Casualty": 1.0},
    }
    near = Probe()._nearest({"attack", "kampfhandlungen", "the"}, memory)
    assert set(near) == {("attack",), ("the",)}
    shares = near["attack",]
    assert "B-Casualty" not in shares
    assert shares["B-Attack"] > 0.5
    assert np.isclose(sum(shares.values()), 1.0)
    assert near["the",] == {}
    assert Probe()._nearest({"attack"}, {}) == {}


def test_only_the_nearest_words_are_asked(frozen: Frozen) -> None:
    forms = ["attacks", "attacked", "attacking", "attacker", "attackers", "assault", "assaults"]
    forms += ["raid", "raids", "bombing", "ambush", "invasion"]
    cosine = {
        w: v @ frozen.embedded(["attack"])["attack"] for w, v in frozen.embedded(forms).items()
    }
    order = sorted(cosine, key=lambda word: -cosine[word])
    memory = {(word,): {word: 1.0} for word in order}
    assert set(Probe()._nearest({"attack"}, memory)["attack",]) == set(order[:NEAREST])


def test_what_is_seen_of_an_article_does_not_hang_on_its_own_answers(
    corpus: Corpus, small_encoder: str
) -> None:
    article, other = (some_sentences(document, 0, 8) for document in corpus.documents[:2])

    class Watched(Probe):
        def _look(self, rows, column, memory):
            for row, tokens in zip(rows, super()._look(rows, column, memory), strict=True):
                self.seen[row["doc_id"]].append(tokens)
                yield tokens

    def seen(article: Document) -> dict[str, list[Any]]:
        probe = Watched(encoder=small_encoder)
        probe.seen = {article.id: [], other.id: []}
        probe.fit(fold_of(corpus.scheme, "triggers", [article, other]), nothing)
        return probe.seen

    words = [token for sentence in article.sentences for token in sentence.tokens]
    changed = tuple(Event(f"E{n}", "Attack", token) for n, token in enumerate(words))
    before, after = seen(article), seen(replace(article, events=changed, links=()))
    assert len(before[article.id]) == len(before[other.id]) == 8
    assert before[article.id] == after[article.id]
    assert before[other.id] != after[other.id]


def test_a_probe_repeats_itself_and_is_not_a_crf(
    fold: Fold, test: Dataset, small_encoder: str
) -> None:
    probe, crf = fitted(fold, small_encoder), Crf()
    crf.fit(fold, nothing)
    assert probe.predict(test) != crf.predict(test)
    assert probe.predict(test) == fitted(fold, small_encoder).predict(test)


def test_a_probe_that_was_kept_predicts_the_same(fold: Fold, test: Dataset, tmp_path: Path) -> None:
    probe = fitted(fold, "embedded")
    probe.save(tmp_path)
    assert Probe.load(tmp_path).predict(test) == probe.predict(test)
    (tmp_path / "probe.npz").write_bytes(b"damaged")
    with pytest.raises(EventbenchError, match=r"probe\.npz: cannot be read"):
        Probe.load(tmp_path)


def test_an_encoder_from_elsewhere_is_kept_with_the_probe(
    fold: Fold, test: Dataset, small_encoder: str, tmp_path: Path
) -> None:
    shutil.copytree(small_encoder, tmp_path / "elsewhere")
    probe = Probe(encoder=str(tmp_path / "elsewhere"))
    probe.fit(fold, nothing)
    (tmp_path / "kept").mkdir()
    probe.save(tmp_path / "kept")
    (tmp_path / "elsewhere").rename(tmp_path / "gone")
    assert Probe.load(tmp_path / "kept").predict(test) == probe.predict(test)


@pytest.mark.parametrize(
    ("option", "value", "least"), [("components", 0, 1), ("iterations", 0, 1), ("l1", -0.5, 0)]
)
def test_an_option_out_of_its_range_is_refused(
    fold: Fold, option: str, value: float, least: int
) -> None:
    with pytest.raises(EventbenchError, match=f"^--{option} is {value}, expected {least} or more$"):
        Probe(**{option: value}).fit(fold, nothing)


def test_a_probe_without_rows_is_one_clear_line(corpus: Corpus) -> None:
    with pytest.raises(EventbenchError, match="no rows to learn triggers from"):
        Probe().fit(fold_of(corpus.scheme, "triggers", []), nothing)


def test_an_encoder_that_is_not_there_is_one_clear_line(fold: Fold, tmp_path: Path) -> None:
    with pytest.raises(EventbenchError, match="cannot be loaded") as caught:
        Probe(encoder=str(tmp_path / "none")).fit(fold, nothing)
    assert "\n" not in str(caught.value)
