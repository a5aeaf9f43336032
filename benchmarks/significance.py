"""Measures how often the intervals cover and how often tests and letters err, on simulated runs.

    python benchmarks/significance.py [--replicates N] [--out DIR]

prints the tables and writes them to SIGNIFICANCE.md, with the numbers in significance.json.
The same ``--replicates`` gives the same numbers. ``--time`` times `bootstrap` and writes nothing.
It takes about a quarter of an hour; on a busy machine, OPENBLAS_NUM_THREADS=1 in the environment
saves far more.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections import defaultdict
from dataclasses import asdict
from itertools import combinations
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np
from simulated_runs import (
    CLASS,
    CLASSES,
    NOISE,
    OUTLYING,
    RATES,
    SCENARIOS,
    SEEDS,
    SENTENCES,
    SYSTEMS,
    WITHIN,
    Draw,
    Scenario,
    draw,
    expected_counts,
    expected_on_new_documents,
)
from tabulate import tabulate
from tqdm import tqdm

from eventbench.scoring.comparison import ALPHA, all_pairs, compare
from eventbench.scoring.counts import macro_f1, micro_f1
from eventbench.scoring.intervals import bootstrap, jackknife, pseudo_values, sums_by_article
from eventbench.scoring.letters import letters
from eventbench.scoring.statistics import Measure, stacked

MEASURES = {"micro": Measure("micro", CLASS, micro_f1), "macro": Measure("macro", CLASS, macro_f1)}

CONFIDENCE = 0.95
# Fewer draws than in use: the tests are as exact with 999, the ends of an interval nearly so.
DRAWS = 999

# What is counted on a draw


def coverage(drawn: Draw, measure: Measure, new: float, rng_seed: int) -> dict[str, list[float]]:
    """For each interval of A: does it hold each of both true scores, and how wide is it?"""
    these, a = measure.compute(drawn.expected[0]).mean(), drawn.runs[0]
    sentence = bootstrap(a, measure, resamples=DRAWS, confidence=CONFIDENCE, rng_seed=rng_seed)
    article = jackknife(a, measure, confidence=CONFIDENCE)
    return {
        kind: [i.low <= these <= i.high, i.low <= new <= i.high, i.high - i.low]
        for kind, i in (("bootstrap", sentence), ("jackknife", article))
    }


def rejections(drawn: Draw, measure: Measure, rng_seed: int) -> list[float]:
    """Does a test of A and B reject: on these documents, on new documents, both?"""
    found = compare(drawn.runs[0], drawn.runs[-1], measure, rounds=DRAWS, rng_seed=rng_seed)
    return [found.p_these_documents < ALPHA, found.p_new_documents < ALPHA, found.significant]


def splits(drawn: Draw, measure: Measure, worse: bool, rng_seed: int) -> list[float]:
    """Which systems do the letters of the leaderboard tell apart?

    Args:
        drawn: the systems.
        measure: the score.
        worse: whether B is truly worse, so that only the others are equal.
        rng_seed: seed of the randomisation.

    Returns:
        Is a pair of equal systems told apart on new documents; does such a pair share no
        letter; does B share none with one of the others; with none of the others?
    """
    pseudo = [pseudo_values(sums_by_article(*stacked(run, measure)), measure) for run in drawn.runs]
    new = [pair for pair, p in all_pairs(np.stack(pseudo)).items() if p < ALPHA]
    apart = [
        (one, other)
        for one, other in new
        if compare(
            drawn.runs[one], drawn.runs[other], measure, rounds=DRAWS, rng_seed=rng_seed
        ).p_these_documents
        < ALPHA
    ]
    shown = [set(found) for found in letters(SYSTEMS, apart)]
    equal = range(SYSTEMS - worse)
    from_b = [shown[-1].isdisjoint(found) for found in shown[:-1]]
    return [
        any(one in equal and other in equal for one, other in new),
        any(shown[one].isdisjoint(shown[other]) for one, other in combinations(equal, 2)),
        any(from_b),
        all(from_b),
    ]


def simulate(replicates: int) -> dict[str, Any]:
    """Coverage and error rates of every scenario, as significance.json holds them."""
    results: dict[str, Any] = {
        "replicates": replicates,
        "draws": DRAWS,
        "seeds": SEEDS,
        "systems": SYSTEMS,
        "sentences": SENTENCES,
        "entities_per_sentence": round(float(RATES.sum()), 4),
        "confidence": CONFIDENCE,
        "alpha": ALPHA,
        "outlying": OUTLYING,
        "scenarios": [asdict(scenario) for scenario in SCENARIOS],
        "coverage": [],
        "rejections": [],
        "letters": [],
    }
    for number, scenario in enumerate(SCENARIOS):
        for kind, rows in rates(number, scenario, replicates).items():
            results[kind] += rows
    return results


def rates(number: int, scenario: Scenario, replicates: int) -> dict[str, list[dict[str, Any]]]:
    """Coverage and error rates of one scenario; ``number`` seeds its draws."""
    covered: dict[tuple[str, str], list[list[float]]] = defaultdict(list)
    rejected: dict[str, list[list[float]]] = defaultdict(list)
    split: dict[str, list[list[float]]] = defaultdict(list)
    truth = expected_on_new_documents(scenario)
    for replicate in tqdm(range(replicates), desc=scenario.name, disable=None, unit="draw"):
        drawn = draw(scenario, np.random.default_rng([number, replicate]))
        for name, measure in MEASURES.items():
            rejected[name].append(rejections(drawn, measure, replicate))
            split[name].append(splits(drawn, measure, scenario.worse > 0, replicate))
            if scenario.worse == 0:  # otherwise, A is as in another scenario
                new = float(measure.compute(truth[0]))
                for kind, row in coverage(drawn, measure, new, replicate).items():
                    covered[name, kind].append(row)

    def averages(rows: list[list[float]], *names: str) -> dict[str, float]:
        return dict(zip(names, np.mean(rows, axis=0).round(4).tolist(), strict=True))

    def head(name: str) -> dict[str, Any]:
        a, *_, b = MEASURES[name].compute(truth).round(4).tolist()
        return {"scenario": scenario.name, "f1": name, "a": a, "b": b}

    return {
        "coverage": [
            {"scenario": scenario.name, "f1": name, "interval": kind}
            | averages(rows, "these_documents", "new_documents", "mean_width")
            for (name, kind), rows in covered.items()
        ],
        "rejections": [
            head(name) | averages(rows, "these_documents", "new_documents", "both")
            for name, rows in rejected.items()
        ],
        "letters": [
            head(name) | averages(rows, "equal_new_documents", "equal", "b_from_one", "b_from_all")
            for name, rows in split.items()
        ],
    }


# The page

COMPARED = {"systems": "scenario", "F1": "f1", "A - B, points": "difference"}
"""The first columns of a table of comparisons."""

CONCLUSIONS = """What to conclude:

- **A system that fails on some articles may be called better although it is not.** If B is worse
  on one article in five and better on the others, a third of all samples of five articles
  (0.8⁵ = 33 %) have no article on which it fails. B is then ahead on almost every article, and the
  tests and letters often find it better. They are wrong about twice as often as stated, and five
  articles cannot reveal it. A significant difference holds for articles like these five; it says
  nothing about kinds of articles that are not among them.
- **Where articles' effects are skewed or outlying articles come by chance, intervals for new
  documents hold the true score less often than stated.** They mostly lie too high, because five
  articles often include no hard one. The lower bound is the less certain one.
- **Intervals for these documents are somewhat too narrow,** most of all for macro F1, which classes
  with few entities make unstable.
- **Rates of about 6 %** of the test for new documents are above nominal by little more than the
  simulation's own error. Read a p just below 0.05 as borderline.
- **An article that is hard for all systems does not mislead tests and letters:** it cancels in the
  differences. It only widens the intervals for new documents.
- **Letters tell few systems apart.** Shared letters do not mean that systems are equal: see the
  last table."""


def document(results: dict[str, Any]) -> str:
    """SIGNIFICANCE.md, from what significance.json holds."""
    nominal, alpha = results["confidence"], results["alpha"]
    here, new = "these documents, %", "new documents, %"
    return f"""{introduction(results)}

## Where the error is above nominal

Rates of intervals below {percent(nominal)} %, and of tests and letters above {percent(alpha)} %, by
more than the simulation's own error:

{above_nominal(results)}

{CONCLUSIONS}

## How often an interval holds the true score

Nominal: {percent(nominal)} %. The score on *these documents* is what these trained models would
reach over all sentences that these articles might have held; that on *new documents* is what the
system reaches over all articles. The bootstrap is made for the first, the jackknife for the
second; the other column shows what the interval must not be taken for.

{
        table(
            results["coverage"],
            {
                "articles": "scenario",
                "F1": "f1",
                "interval": "interval",
                here: "these_documents",
                new: "new_documents",
                "width, points": "mean_width",
            },
        )
    }

## How often a test finds a difference (p < {alpha:g})

Where A - B, the true difference over all articles, is 0, every rejection is an error about the
systems, and {percent(alpha)} % are nominal. Where runs differ or an article suits a system, these
trained models do differ on these articles, so the test for these documents is right to reject
more often: its p says nothing of the systems elsewhere. Where B is worse, the rate is the power.
"Both" is what `Comparison.significant` asks for.

{
        table(
            results["rejections"],
            COMPARED | {here: "these_documents", new: "new_documents", "both, %": "both"},
        )
    }

{letters_section(results)}"""


def letters_section(results: dict[str, Any]) -> str:
    """How often letters split equal systems, and how often they find a worse one."""
    alpha, systems, worse = results["alpha"], results["systems"], unequal(results)
    letters_of_worse = [row for row in results["letters"] if row["scenario"] in worse]
    new = "new documents, %"
    return f"""## How often letters split equal systems

All {systems} systems are compared with each other: all pairs by Holm on new documents, then the
test for these documents, then letters, as on the leaderboard. An error is a draw in which at least
one pair of equally good systems has no letter in common; {percent(alpha)} % are nominal. "New
documents" is the error if only the first test counted. Where B is worse, the error is counted
among the {systems - 1} others.

{table(results["letters"], COMPARED | {new: "equal_new_documents", "letters, %": "equal"})}

How often B, where it is worse, is told apart (no common letter) from at least one other system, and
from all of them:

{table(letters_of_worse, COMPARED | {"from one, %": "b_from_one", "from all, %": "b_from_all"})}
"""


def introduction(results: dict[str, Any]) -> str:
    """What was drawn, from which scenarios."""
    number, lengths, systems = (results[key] for key in ("replicates", "sentences", "systems"))
    errors = ", ".join(
        f"±{percent(margin(share, number))} at {percent(share)} %"
        for share in (results["confidence"], results["alpha"], 0.5)
    )
    usual, outlying = micro_f1(expected_counts(np.array([0.0, -results["outlying"]]), WITHIN))
    columns = ("name", "article", "run", "taste", "worse", "effects")
    scenarios = [
        [*(s[key] for key in columns), "B" if s["b_alone"] else "all"] for s in results["scenarios"]
    ]
    return f"""# Coverage of the intervals, error rates of the tests and letters

Written by `python benchmarks/significance.py --replicates {number}`. What is measured is described
in [docs/uncertainty.md](../docs/uncertainty.md),
the model in [simulated_runs.py](simulated_runs.py).

All runs are made up: {number} draws of each scenario, each with {len(lengths)} articles of
{", ".join(map(str, lengths))} sentences, {results["entities_per_sentence"]:g} entities a sentence
in {len(CLASSES)} classes, and {systems} systems with {results["seeds"]} seeds each;
{results["draws"]} resamples or rounds. The simulation's own error (95 %), in points, is
{errors}.

A is the first system and B the last; those between are like A. The table gives the standard
deviations of the articles' terms, and how much worse B is, on the model's latent scale (the noise
of one prediction has {NOISE:g}). Skewed terms are exponential, with the long tail at hard articles.
On an outlying article, systems are worse by {results["outlying"]:g}, which lowers micro-F1 from
{100 * usual:.0f} to {100 * outlying:.0f}. One of the five articles is outlying, or each is with
probability 1/5. Where taste and outlying articles concern B only, B is better on all articles by
so much that its micro-F1 over all articles is that of A.

{tabulate(scenarios, [*columns, "on"], tablefmt="github")}"""


def percent(share: float) -> str:
    return f"{100 * share:.1f}"


def margin(share: float, number: int) -> float:
    """Half the width of a 95 % interval of a rate."""
    return 1.96 * math.sqrt(share * (1 - share) / number)


def unequal(results: dict[str, Any]) -> list[str]:
    """Names of the scenarios in which B is truly worse."""
    return [s["name"] for s in results["scenarios"] if s["worse"] > 0]


def table(rows: list[dict[str, Any]], columns: dict[str, str]) -> str:
    """Some columns of rows, by header; numbers in percent."""

    def cell(row: dict[str, Any], key: str) -> str:
        # Rounded twice, so that no zero has a sign.
        value = round(row["a"] - row["b"], 3) + 0.0 if key == "difference" else row[key]
        return value if isinstance(value, str) else percent(value)

    cells = [[cell(row, key) for key in columns.values()] for row in rows]
    return tabulate(
        cells,
        list(columns),
        tablefmt="github",
        disable_numparse=True,
        colalign=["left" if isinstance(rows[0].get(k), str) else "right" for k in columns.values()],
    )


def above_nominal(results: dict[str, Any]) -> str:
    """A line for each kind of rate, with those beyond nominal by more than the margin."""
    number, nominal, alpha = (results[key] for key in ("replicates", "confidence", "alpha"))
    least, most = nominal - margin(nominal, number), alpha + margin(alpha, number)
    runs_differ = [s["name"] for s in results["scenarios"] if s["run"]]
    equal = [row for row in results["rejections"] if row["scenario"] not in unequal(results)]
    of = {
        kind: [row for row in results["coverage"] if row["interval"] == kind]
        for kind in ("bootstrap", "jackknife")
    }
    alike = [row for row in equal if row["scenario"] not in runs_differ]
    rates = [
        ("The bootstrap holds the score on these documents", of["bootstrap"], "these_documents"),
        ("The jackknife holds the score on new documents", of["jackknife"], "new_documents"),
        ("The test for these documents rejects", alike, "these_documents"),
        ("The test for new documents rejects", equal, "new_documents"),
        ("Both tests reject", equal, "both"),
        ("Letters split equal systems", results["letters"], "equal"),
    ]
    lines = []
    for what, rows, key in rates:
        wrong = [r for r in rows if (r[key] < least if "interval" in r else r[key] > most)]
        found = [f"{percent(r[key])} % ({r['scenario']}, {r['f1']})" for r in wrong]
        lines.append(f"- {what}: {'; '.join(found) or 'nowhere'}.")
    return "\n".join(fill(line, 100, subsequent_indent="  ") for line in lines)


def time_bootstrap() -> None:
    """Print how long micro and macro F1 take on 4,000 sentences with 10,000 resamples."""
    runs, *_ = draw(SCENARIOS[0], np.random.default_rng(0), (800,) * 5).runs
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
