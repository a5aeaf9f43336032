"""Made-up runs of systems on made-up articles, whose true scores are known.

The model: a sentence has entities (Poisson, by class) and, as many on average, tempting places
without an entity. The trained model s of system m predicts a place of class k if

    level(k) ± (article + taste(m) + run(m, s) - worse(m)) + sentence + place + own(m) + noise(m, s)

is above 0, with + at entities and - at tempting places. Every term but level and worse is random
with mean 0, and normal unless the scenario's effects say otherwise: article is shared by all
systems; taste is how an article suits one system; run is the luck of one trained model, of which
there is one for each article and seed. With skewed effects, article and taste are centred
exponential terms of the same variance, with the long tail at hard articles. With outlying
articles, a further term lowers a fifth of the articles by `OUTLYING`. The expected counts, and so
the true scores, are exact: of normal terms P(x > 0) = Φ(mean / standard deviation), and the
others are integrated out by quadrature.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from eventbench.scoring.statistics import Statistics, Table

CLASS = "class"
"""The table of the statistics, by class."""

# Sentences of each article, and entities a sentence, about as the gold has them.
SENTENCES = (37, 46, 63, 30, 30)
CLASSES = ("Attack", "Casualty", "Displacement", "TerritorialControl")
RATES = 1.5 * np.array([0.42, 0.17, 0.05, 0.36])
# Levels at entities, by class, and at tempting places: micro F1 is then about 0.68.
ENTITY = np.array([0.85, 0.35, -0.05, 0.65])
TEMPTING = np.full(len(CLASSES), -0.92)
# Standard deviations; that of the noise sets the scale.
SENTENCE, PLACE, OWN, NOISE = 0.5, 1.0, 0.5, 1.0
WITHIN = SENTENCE**2 + PLACE**2 + OWN**2 + NOISE**2
SEEDS = 3
SYSTEMS = 5
"""A, three like it, and B."""

NORMAL, SKEWED = "normal", "skewed"
ONE, CHANCE = "one outlying", "outlying by chance"
"""Effects of articles: with ONE, exactly a fifth of the articles is outlying; with CHANCE, each
article is with probability 1/5."""
OUTLYING, SHARE = 1.0, 0.2
"""How much worse systems are on an outlying article, and the share of such articles."""
NODES = 24
"""Nodes of the quadrature (Gauss-Laguerre) of an exponential term."""


@dataclass(frozen=True)
class Scenario:
    """What varies between articles, and how the last system, B, differs from the others.

    Attributes:
        article: standard deviation of the term of an article.
        run: of the term of an article and trained model.
        taste: of the term of an article and system.
        worse: how much worse B is on every article.
        effects: distribution of article and taste, and whether articles are outlying.
        b_alone: whether taste and outlying articles concern B only.
    """

    name: str
    article: float = 0.0
    run: float = 0.0
    taste: float = 0.0
    worse: float = 0.0
    effects: str = NORMAL
    b_alone: bool = False


SCENARIOS = (
    Scenario("articles alike"),
    Scenario("articles differ", article=0.3),
    Scenario("articles and runs differ", article=0.3, run=0.2),
    Scenario("each article suits a system", article=0.3, run=0.2, taste=0.25),
    Scenario("skewed effects", article=0.3, run=0.2, taste=0.25, effects=SKEWED),
    Scenario("one outlying article", article=0.3, run=0.2, effects=ONE),
    Scenario("outlying articles by chance", article=0.3, run=0.2, effects=CHANCE),
    # B is better on other articles by so much that its micro F1 is that of A.
    Scenario("skewed effects on B", 0.3, 0.2, 0.25, worse=-0.00701, effects=SKEWED, b_alone=True),
    Scenario("outlying articles of B", 0.3, 0.2, worse=-0.21709, effects=CHANCE, b_alone=True),
    Scenario("B is worse", article=0.3, run=0.2, worse=0.12),
    Scenario("B is much worse", article=0.3, run=0.2, worse=0.25),
    Scenario("B is far worse", article=0.3, run=0.2, worse=0.5),
)


@dataclass(frozen=True)
class Draw:
    """All systems on one draw of articles.

    Attributes:
        runs: for each system its statistics by seed.
        expected: shape (systems, seeds, classes, 3): the counts that these trained models
            would have on average over all sentences that these articles might have held.
    """

    runs: list[list[Statistics]]
    expected: NDArray[Any]


def expected_counts(ease: NDArray[Any], variance: float) -> NDArray[Any]:
    """Expected counts of a sentence, shape (…, classes, 3).

    Args:
        ease: shape (…): the terms that are held fixed.
        variance: of those that are not.
    """
    spread = math.sqrt(variance)
    right = RATES * ndtr((ENTITY + ease[..., None]) / spread)
    wrong = RATES * ndtr((TEMPTING - ease[..., None]) / spread)
    return np.stack([right, right + wrong, np.broadcast_to(RATES, right.shape)], axis=-1)


def expected_on_new_documents(scenario: Scenario) -> NDArray[Any]:
    """Expected counts of a sentence of any article, shape (systems, classes, 3)."""
    a = _expected_of(scenario, 0.0, own=not scenario.b_alone)
    b = _expected_of(scenario, scenario.worse, own=True)
    return np.stack([a] * (SYSTEMS - 1) + [b])


def _expected_of(scenario: Scenario, worse: float, own: bool) -> NDArray[Any]:
    """Expected counts of one system; ``own``: with taste and outlying articles."""
    deviations = (scenario.article, scenario.taste * own)
    variance, ease, weights = WITHIN + scenario.run**2, np.array([-worse]), np.ones(1)
    if scenario.effects == SKEWED:
        nodes, shares = np.polynomial.laguerre.laggauss(NODES)
        for deviation in deviations:
            ease = np.add.outer(ease, deviation * (1 - nodes)).ravel()
            weights = np.outer(weights, shares).ravel()
    else:
        variance += sum(deviation**2 for deviation in deviations)
    if scenario.effects in (ONE, CHANCE) and own:
        ease, weights = np.append(ease, ease - OUTLYING), np.array([1 - SHARE, SHARE])
    return np.tensordot(weights, expected_counts(ease, variance), axes=1)


def article_terms(scenario: Scenario, rng: np.random.Generator, articles: int) -> NDArray[Any]:
    """Draw the terms of articles, systems and trained models: (systems, seeds, articles)."""

    def effect(deviation: float, *shape: int) -> NDArray[Any]:
        if scenario.effects == SKEWED:
            return deviation * (1 - rng.standard_exponential(shape))
        return rng.normal(0, deviation, shape)

    shared, own = effect(scenario.article, articles), effect(scenario.taste, SYSTEMS, 1, articles)
    if scenario.effects == ONE:
        own -= OUTLYING * (rng.permutation(articles) < SHARE * articles)
    elif scenario.effects == CHANCE:
        own -= OUTLYING * (rng.random(articles) < SHARE)
    if scenario.b_alone:
        own[:-1] = 0
    own[-1] -= scenario.worse
    return shared + own + rng.normal(0, scenario.run, (SYSTEMS, SEEDS, articles))


def draw(
    scenario: Scenario, rng: np.random.Generator, sentences: tuple[int, ...] = SENTENCES
) -> Draw:
    """Draw articles of so many sentences, and the runs of all systems on them."""
    ease = article_terms(scenario, rng, len(sentences))
    groups = np.repeat(np.arange(len(sentences)), sentences)
    trouble = rng.normal(0, SENTENCE, len(groups))

    def places(level: NDArray[Any], sign: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Places by sentence and class, and how many each trained model predicts of them."""
        number = rng.poisson(RATES, (len(groups), len(CLASSES)))
        cell = np.repeat(np.arange(number.size), number.ravel())
        sentence, kind = np.divmod(cell, len(CLASSES))
        shared = level[kind] + trouble[sentence] + rng.normal(0, PLACE, len(cell))
        own = rng.normal(0, OWN, (SYSTEMS, 1, len(cell)))
        noise = rng.normal(0, NOISE, (SYSTEMS, SEEDS, len(cell)))
        above = shared + own + noise + sign * ease[..., groups[sentence]] > 0
        hits = [
            np.bincount(cell[run], minlength=number.size) for run in above.reshape(-1, len(cell))
        ]
        return number, np.reshape(hits, (SYSTEMS, SEEDS, *number.shape))

    gold, right = places(ENTITY, 1)
    _, wrong = places(TEMPTING, -1)
    values = np.stack([right, right + wrong, np.broadcast_to(gold, right.shape)], axis=-1)
    runs = [
        [Statistics({CLASS: Table(CLASSES, run)}, groups) for run in system] for system in values
    ]
    by_article = expected_counts(ease, WITHIN) * np.array(sentences)[:, None, None]
    return Draw(runs, by_article.sum(axis=2))
