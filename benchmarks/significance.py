"""Measures how often the intervals cover and how often the tests reject, on made-up runs.

    python benchmarks/significance.py [--replicates N] [--out DIR]

prints the tables and writes them to SIGNIFICANCE.md, with the numbers in significance.json.
The same ``--replicates`` gives the same numbers. ``--time`` times `bootstrap` and writes nothing.
It takes some minutes; on a busy machine, OPENBLAS_NUM_THREADS=1 in the environment saves many more.

The model: a sentence has entities (Poisson, by class) and, as many on average, tempting places
without an entity. The trained model s of system m predicts a place of class k if

    level(k) ± (article + taste(m) + run(m, s) - worse(m)) + sentence + place + own(m) + noise(m, s)

is above 0, with + at entities and - at tempting places. Every term but level and worse is normal
with mean 0: article is shared by all systems; taste is how an article suits one system; run is the
luck of one trained model, of which there is one for each article and seed. Normal terms make the
expected counts, and so the true scores, exact: P(x > 0) = Φ(mean / standard deviation).
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from tabulate import tabulate
from tqdm import tqdm

from eventbench.scoring.comparison import ALPHA, compare
from eventbench.scoring.counts import macro_f1, micro_f1
from eventbench.scoring.intervals import bootstrap, jackknife
from eventbench.scoring.statistics import Measure, Statistics, Table

CLASS = "class"
"""The table of the statistics, by class."""

MEASURES = {"micro": Measure("micro", CLASS, micro_f1), "macro": Measure("macro", CLASS, macro_f1)}

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
CONFIDENCE = 0.95
# Fewer draws than in use: the tests are as exact with 999, the ends of an interval nearly so.
DRAWS = 999


@dataclass(frozen=True)
class Scenario:
    """Standard deviations of the terms of an article, and how much worse system B is."""

    name: str
    article: float = 0.0
    run: float = 0.0
    taste: float = 0.0
    worse: float = 0.0


SCENARIOS = (
    Scenario("articles alike"),
    Scenario("articles differ", article=0.3),
    Scenario("articles and runs differ", article=0.3, run=0.2),
    Scenario("each article suits a system", article=0.3, run=0.2, taste=0.25),
    Scenario("B is worse", article=0.3, run=0.2, worse=0.12),
    Scenario("B is much worse", article=0.3, run=0.2, worse=0.25),
)


@dataclass(frozen=True)
class Draw:
    """Two systems on one draw of articles.

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
    between = scenario.article**2 + scenario.run**2 + scenario.taste**2
    return expected_counts(np.array([0.0, -scenario.worse]), WITHIN + between)


def draw(
    scenario: Scenario, rng: np.random.Generator, sentences: tuple[int, ...] = SENTENCES
) -> Draw:
    """Draw articles of so many sentences, and the runs of two systems on them."""
    articles, systems = len(sentences), 2
    ease = (
        rng.normal(0, scenario.article, articles)
        + rng.normal(0, scenario.taste, (systems, 1, articles))
        + rng.normal(0, scenario.run, (systems, SEEDS, articles))
        - np.array([0.0, scenario.worse])[:, None, None]
    )
    groups = np.repeat(np.arange(articles), sentences)
    trouble = rng.normal(0, SENTENCE, len(groups))

    def places(level: NDArray[Any], sign: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Places by sentence and class, and how many each trained model predicts of them."""
        number = rng.poisson(RATES, (len(groups), len(CLASSES)))
        cell = np.repeat(np.arange(number.size), number.ravel())
        sentence, kind = np.divmod(cell, len(CLASSES))
        shared = level[kind] + trouble[sentence] + rng.normal(0, PLACE, len(cell))
        own = rng.normal(0, OWN, (systems, 1, len(cell)))
        noise = rng.normal(0, NOISE, (systems, SEEDS, len(cell)))
        above = shared + own + noise + sign * ease[..., groups[sentence]] > 0
        hits = [
            np.bincount(cell[run], minlength=number.size) for run in above.reshape(-1, len(cell))
        ]
        return number, np.reshape(hits, (systems, SEEDS, *number.shape))

    gold, right = places(ENTITY, 1)
    _, wrong = places(TEMPTING, -1)
    values = np.stack([right, right + wrong, np.broadcast_to(gold, right.shape)], axis=-1)
    runs = [
        [Statistics({CLASS: Table(CLASSES, run)}, groups) for run in system] for system in values
    ]
    by_article = expected_counts(ease, WITHIN) * np.array(sentences)[:, None, None]
    return Draw(runs, by_article.sum(axis=2))


def simulate(replicates: int) -> dict[str, Any]:
    """Coverage and rejection rates of every scenario, as significance.json holds them."""
    covered: dict[tuple[str, str, str], list[list[float]]] = defaultdict(list)
    rejected: dict[tuple[str, str], list[list[float]]] = defaultdict(list)
    truth = {
        (scenario.name, name): measure.compute(expected_on_new_documents(scenario)).tolist()
        for scenario in SCENARIOS
        for name, measure in MEASURES.items()
    }
    tasks = [(n, s, r) for n, s in enumerate(SCENARIOS) for r in range(replicates)]
    for number, scenario, replicate in tqdm(tasks, disable=None, unit="draw"):
        drawn = draw(scenario, np.random.default_rng([number, replicate]))
        a, b = drawn.runs
        for name, measure in MEASURES.items():
            result = compare(a, b, measure, rounds=DRAWS, rng_seed=replicate)
            rejected[scenario.name, name].append(
                [
                    result.p_these_documents < ALPHA,
                    result.p_new_documents < ALPHA,
                    result.significant,
                ]
            )
            if scenario.worse:
                continue  # system A is the same as without a worse B
            these, new = measure.compute(drawn.expected[0]).mean(), truth[scenario.name, name][0]
            sentence = bootstrap(
                a, measure, resamples=DRAWS, confidence=CONFIDENCE, rng_seed=replicate
            )
            article = jackknife(a, measure, confidence=CONFIDENCE)
            for kind, interval in (("bootstrap", sentence), ("jackknife", article)):
                covered[scenario.name, name, kind].append(
                    [
                        interval.low <= these <= interval.high,
                        interval.low <= new <= interval.high,
                        interval.high - interval.low,
                    ]
                )

    def averages(names: tuple[str, ...], rows: list[list[float]]) -> dict[str, float]:
        return dict(zip(names, np.mean(rows, axis=0).round(4).tolist(), strict=True))

    return {
        "replicates": replicates,
        "draws": DRAWS,
        "seeds": SEEDS,
        "sentences": SENTENCES,
        "entities_per_sentence": round(float(RATES.sum()), 4),
        "confidence": CONFIDENCE,
        "alpha": ALPHA,
        "scenarios": [asdict(scenario) for scenario in SCENARIOS],
        "coverage": [
            {"scenario": scenario, "f1": name, "interval": kind}
            | averages(("these_documents", "new_documents", "mean_width"), rows)
            for (scenario, name, kind), rows in covered.items()
        ],
        "rejections": [
            {"scenario": scenario, "f1": name}
            | {"a": round(truth[scenario, name][0], 4), "b": round(truth[scenario, name][1], 4)}
            | averages(("these_documents", "new_documents", "both"), rows)
            for (scenario, name), rows in rejected.items()
        ],
    }


def document(results: dict[str, Any]) -> str:
    """SIGNIFICANCE.md, from what significance.json holds."""
    number, lengths = results["replicates"], results["sentences"]
    nominal, alpha = results["confidence"], results["alpha"]

    def percent(share: float) -> str:
        return f"{100 * share:.1f}"

    def error(share: float) -> str:
        return percent(1.96 * math.sqrt(share * (1 - share) / number))

    coverage = [
        [r["scenario"], r["f1"], r["interval"], percent(r["these_documents"]),
         percent(r["new_documents"]), percent(r["mean_width"])]
        for r in results["coverage"]
    ]  # fmt: skip
    rejections = [
        [r["scenario"], r["f1"], percent(r["a"] - r["b"]), percent(r["these_documents"]),
         percent(r["new_documents"]), percent(r["both"])]
        for r in results["rejections"]
    ]  # fmt: skip
    coverage_table = tabulate(
        coverage,
        ["articles", "F1", "interval", "these documents, %", "new documents, %", "width, points"],
        tablefmt="github",
        disable_numparse=True,
        colalign=("left", "left", "left", "right", "right", "right"),
    )
    rejection_table = tabulate(
        rejections,
        ["systems", "F1", "A - B, points", "these documents, %", "new documents, %", "both, %"],
        tablefmt="github",
        disable_numparse=True,
        colalign=("left", "left", "right", "right", "right", "right"),
    )
    deviations = tabulate(
        [list(s.values()) for s in results["scenarios"]],
        list(results["scenarios"][0]),
        tablefmt="github",
    )
    return f"""# Coverage of the intervals, error rates of the tests

Written by `python benchmarks/significance.py --replicates {number}`. What is measured is described
in [docs/uncertainty.md](../docs/uncertainty.md), the model in [significance.py](significance.py).

All runs are made up: {number} draws of each scenario, each with {len(lengths)} articles of
{", ".join(map(str, lengths))} sentences, {results["entities_per_sentence"]:g} entities a sentence
in {len(CLASSES)} classes and {results["seeds"]} seeds a system; {results["draws"]} resamples
or rounds. The simulation's own error (95 %) is ±{error(nominal)} points at {percent(nominal)} %,
±{error(alpha)} at {percent(alpha)} % and ±{error(0.5)} at 50 %.

Standard deviations of the articles' terms, and how much worse B is, on the model's latent scale
(the noise of one prediction has {NOISE:g}):

{deviations}

## How often an interval holds the true score

Nominal: {percent(nominal)} %. The score on *these documents* is what these trained models would
reach over all sentences that these articles might have held; that on *new documents* is what the
system reaches over all articles. The bootstrap is made for the first, the jackknife for the
second; the other column shows what the interval must not be taken for.

{coverage_table}

## How often a test finds a difference (p < {alpha:g})

Where A - B, the true difference over all articles, is 0, every rejection is an error about the
systems, and {percent(alpha)} % are nominal. Where runs differ or an article suits a system, these
trained models do differ on these articles, so the test for these documents is right to reject
more often: its p says nothing of the systems elsewhere. Where B is worse, the rate is the power.
"Both" is what `Comparison.significant` asks for.

{rejection_table}
"""


def time_bootstrap() -> None:
    """Print how long micro and macro F1 take on 4,000 sentences with 10,000 resamples."""
    (runs, _) = draw(SCENARIOS[0], np.random.default_rng(0), (800,) * 5).runs
    for number in (1, len(runs)):
        start = time.perf_counter()
        for measure in MEASURES.values():
            bootstrap(runs[:number], measure)
        print(f"4,000 sentences, {number} seed(s), both F1: {time.perf_counter() - start:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--replicates", type=int, default=2500, help="draws of each scenario")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--time", action="store_true", help="only time the bootstrap")
    arguments = parser.parse_args()
    if arguments.time:
        time_bootstrap()
        return
    results = simulate(arguments.replicates)
    text = document(results)
    (arguments.out / "significance.json").write_text(
        json.dumps(results, indent=1) + "\n", encoding="utf-8"
    )
    (arguments.out / "SIGNIFICANCE.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
