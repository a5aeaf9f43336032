"""Compare candidate settings of the baselines, and choose for each fold without its test article.

For every pair of articles a candidate is trained on the other three and scored on both of
the pair. In the pair {i, j}, the score on j counts for the choice of fold i, whose test
article is i, and the score on i for that of fold j. So no article influences a choice that
it then tests.

    python baselines/experiments.py run --jobs 2    # runs what is not stored yet
    python baselines/experiments.py report          # writes EXPERIMENTS.md
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tabulate import tabulate

from eventbench import TASKS as EVENTBENCH_TASKS
from eventbench import Fold, from_iob2, load_corpus

HERE = Path(__file__).parent
STORE = HERE / "experiments.jsonl"
CRF_STORE = HERE / "experiments-crf.jsonl"
REPORT = HERE / "EXPERIMENTS.md"
ARTICLES = 5
PAIRS = tuple(itertools.combinations(range(ARTICLES), 2))
NEIGHBOURS = tuple(pair for pair in PAIRS if pair[1] - pair[0] in (1, ARTICLES - 1))
TASKS = ("triggers", "arguments", "attributes")
TYPES = ("Attack", "Displacement", "TerritorialControl", "Casualty")
ATTRIBUTES = ("subtype", "status", "reported", "contested")

CHOOSES = ("triggers", "stack")
"""The task and system whose best candidate each fold takes."""

Line = dict[str, Any]
Counts = list[int]
"""Correct, predicted and gold."""

CANDIDATES: dict[str, dict[str, tuple[str, Line]]] = {
    "triggers": {
        "none frozen": ("encoder", {"frozen": 0.0, "epochs": 8}),
        "none frozen, 12 epochs": ("encoder", {"frozen": 0.0, "epochs": 12}),
        "half frozen, 12 epochs": ("encoder", {"frozen": 0.5, "epochs": 12}),
        "30% probe": ("stack", {"frozen": 0.0, "epochs": 8, "probe_share": 0.3}),
        "40% probe": ("stack", {"frozen": 0.0, "epochs": 8, "probe_share": 0.4}),
        "50% probe": ("stack", {"frozen": 0.0, "epochs": 8, "probe_share": 0.5}),
        "40% probe, 12 epochs": (
            "stack",
            {"frozen": 0.0, "epochs": 12, "probe_share": 0.4},
        ),
        "40% probe, half frozen, 12 epochs": (
            "stack",
            {"frozen": 0.5, "epochs": 12, "probe_share": 0.4},
        ),
        "probe alone": ("probe", {}),
        "probe, 200 components": ("probe", {"components": 200}),
    },
    "arguments": {"types decide the roles": ("encoder", {})},
    "attributes": {"fast output layer, 12 epochs": ("encoder", {})},
}
"""By task and name: the system, and its options that differ from the defaults.

Stacks come after the encoders that they share, which are then not trained again.
"""


HEADER = """\
# Experiments with the baselines

Written by `baselines/experiments.py report` from `experiments.jsonl`. All experiments are on
edition 1 of the gold, the corpus `aleppo-1`; nothing was chosen anew for edition 2, whose articles
are the same. All scores are inner scores:
a candidate is trained on three articles and scored on the other two. A fold's choice uses only
scores on articles other than its test article, by models that were not trained on its test
article. Inner scores are lower than those of the benchmark, where a system is trained on four
articles.

The row **choice** is nested in this way: each fold takes the best stack. The encoder takes the
settings of its stack, although its own table would choose others for some folds. Not nested is
which features and options the code has at all: that was decided by the scores over all pairs, which
involve every article. The settings for arguments and attributes were chosen earlier, by the same
nesting.

One seed and two or four scores per fold are weak evidence. Differences of a point are noise:
{noise}.

What improved triggers, largest effect first:

- averaging the encoder with a system that knows the labels of words in other articles. Most errors
  are at words that are not triggers in training, and there the encoder is overconfident. At first
  that system was the crf. The probe, a crf that also gets the vectors of the encoder before
  fine-tuning and the labels of words with similar embeddings, is better both alone and in the
  average. Stacking, where the crf gets the predictions of encoders trained on other articles, added
  nothing; nor did the labels of the nearest vectors in other articles, although a prototype had
  been promising;
- freezing the lower half of the layers, mostly in the average and for the rare types Displacement
  and TerritorialControl. With five of six layers frozen, the encoder learns too little;
- training triggers on runs of neighbouring sentences; a higher learning rate for the output layer
  (equally good in fewer epochs); several members.

For arguments and attributes, the higher learning rate of the output layer helped (without it
arguments are hardly learned), as did restricting roles to those of the event's type and predicting
attributes at the trigger instead of at a mark before it.

Everything else in the tables did not help, or not beyond the noise, and was removed. Two more ideas
were tested on stored probabilities and rejected: a threshold for "O", and averaging each sentence
alone with the sentence between its neighbours. More members, other weights, several probes and
other means all score about like the stack, so the weighting of the parts is not the bottleneck.

Rows with `revision earlier` among their options come from a prototype with the same method and
another random order; no fold can choose them. Rows with `crf_share` average the stored predictions
of that prototype and the crf, so they have no time. Stacks have no time either, because they reuse
an encoder that is already trained. Options of the prototypes:

{notes}"""

NOTES = {
    "trigger_dropout, word_dropout": "words, or more often triggers, replaced by the mask token",
    "side": "arguments and attributes trained in the same network, on marked sentences that make "
    "up half of an epoch; `side` marked triggers by @, which also occurs in tweets, `side-brace` "
    "by braces",
    "freeze": "word embeddings are not trained; in rows without this option they are",
    "frozen_layers": "this many of six layers, and all embeddings, are not trained; now `frozen`",
    "dropout": "another dropout rate; abandoned early",
    "chunk": "maximum number of sentences in a run, now `context`; batch_size counted runs",
    "joint": "one network for arguments and attributes; attributes predicted at the mark",
    "head_rate": "learning rate of the output layer relative to the others; now fixed",
    "crf_share": "weight of the crf's probabilities in the mean; `stack` now uses the probe's",
    "memory, nearest": "labels of a word, or of the words nearest to it, in other articles, as "
    "input of the encoder's output layer, like those that the crf and the probe get",
    "subtype_weight, filler_weight": "a second output layer that learns subtypes, or which words "
    "fill a role of any event, with this weight in the loss",
    "layers, pooling": "input of the output layer: a learned mixture of all layers, or the last "
    "layer and the embeddings; the mean of a word's sub-tokens instead of the first",
    "swapped, swapped_triggers": "words (or triggers) replaced by one with a similar embedding, "
    "with this probability, anew in each epoch",
    "exchanged": "triggers replaced by others of the same subtype and ending",
    "layer_decay, outside_weight": "learning rate of a layer relative to that of the layer above "
    "it; weight of O in the loss",
    "r_drop, smoothing": "R-Drop (Liang et al. 2021) with this weight; label smoothing",
    "asked": "a sentence is read once per event type, preceded by the type and its subtypes",
    "components, layer, spread, neighbours": "of the probe: the number of principal components, "
    "their layer, their scale; those of neighbouring words as well",
    "nearest_vectors": "of the probe: the labels of the ten nearest vectors in other articles, "
    "from these layers or from the principal components",
    "names": "of the probe: the similarity of a word's embedding to the names of each type's "
    "subtypes in the scheme",
    "several": "the mean of several probes with other layers or numbers of components",
    "temperature, mean": "temperature that flattens the encoder's probabilities before averaging; "
    "a mean of logarithms",
    "consistency": "weight of a word's mean probabilities over its article",
    "encoder_probabilities": "of the probe: the predictions of a fine-tuned encoder that was "
    "trained on other articles (stacking by out-of-fold predictions)",
}
"""Options of earlier revisions."""


# Running


def _run(task: str, names: Sequence[str], pair: tuple[int, int], seed: int) -> list[Line]:
    """Train candidates of a task on three articles, and count on the other two."""
    from eventbench_baselines.encoder.system import Encoder
    from eventbench_baselines.probe import Probe

    # In edition 1 the encoder with a probe was a system of its own, the stack.
    alone = partial(Encoder, probe_share=0.0)
    classes: dict[str, Any] = {"encoder": alone, "probe": Probe, "stack": Encoder}
    corpus = load_corpus("aleppo-1")
    held_out = [corpus.documents[k] for k in pair]
    learned = tuple(document for document in corpus.documents if document not in held_out)
    found = []
    kept: dict[str, Any] = {}  # a stack reuses the encoder of an earlier candidate
    for name in names:
        system_name, options = CANDIDATES[task][name]
        start = time.perf_counter()
        system = classes[system_name](**options, task=task, seed=seed)
        fold = Fold(task, corpus.scheme, learned, kept=kept)
        system.fit(fold, lambda part, **measured: None)
        seconds = time.perf_counter() - start
        scores = {}
        for document in held_out:
            test = EVENTBENCH_TASKS[task].inputs_for([document], corpus.scheme)
            gold = EVENTBENCH_TASKS[task].rows([document], corpus.scheme)
            scores[document.id] = _counts(task, gold, system.predict(test))
        found.append(
            {
                "task": task,
                "system": system_name,
                "candidate": name,
                "options": options,
                "pair": list(pair),
                "seed": seed,
                "scores": scores,
                # A stack's encoder is trained already, so its time would mislead.
                "seconds": None if system_name == "stack" else round(seconds, 1),
                "precision": getattr(system, "precision", ""),
                "versions": {p: version(p) for p in ("eventbench", "torch", "transformers")},
            }
        )
    return found


def _counts(task: str, gold: Sequence[Line], predicted: Sequence[Any]) -> dict[str, Counts]:
    """Counts by type, role or attribute; spans must match exactly, as in `eventbench.score`."""
    found: dict[str, Counts] = {}
    if task == "attributes":
        for name in ATTRIBUTES:
            right = sum(row[name] == p[name] for row, p in zip(gold, predicted, strict=True))
            found[name] = [right, len(gold), len(gold)]
        return found
    for row, tags in zip(gold, predicted, strict=True):
        ours, theirs = set(from_iob2(row["ner_tags"])), set(from_iob2(tags))
        for column, spans in enumerate((ours & theirs, theirs, ours)):
            for label, *_ in spans:
                found.setdefault(label, [0, 0, 0])[column] += 1
    return found


def _key(line: Line) -> tuple[Any, ...]:
    return line["task"], line["candidate"], *line["pair"], line["seed"]


def run(
    jobs: int, pairs: Sequence[tuple[int, int]], seeds: Sequence[int], tasks: Sequence[str]
) -> None:
    """Run every candidate that is not stored yet, with one thread per job."""
    lines = {_key(line): line for line in _stored()}
    wanted = [
        (task, missing, pair, seed)
        for task, candidates in CANDIDATES.items()
        if task in tasks
        for seed in seeds
        for pair in pairs
        if (missing := [n for n in candidates if (task, n, *pair, seed) not in lines])
    ]
    # PyTorch reads these when it is imported, which happens only in the jobs.
    os.environ.update(OMP_NUM_THREADS="1", OMP_WAIT_POLICY="passive")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool, STORE.open("a") as store:
        pending = [pool.submit(_run, *job) for job in wanted]
        for done, future in enumerate(as_completed(pending), 1):
            for line in future.result():
                store.write(json.dumps(line) + "\n")
                print(f"{done}/{len(wanted)}", *_key(line), f"{line['seconds']} s", flush=True)
            store.flush()


def _stored() -> list[Line]:
    """The stored results; a last line that is incomplete is also removed from the file."""
    if not STORE.is_file():
        return []
    text = STORE.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        STORE.write_text(whole, encoding="utf-8")
    return [json.loads(line) for line in whole.splitlines()]


# Reporting


def f1(counts: Iterable[Counts]) -> float:
    """Micro-F1 of counts, in percent."""
    right, predicted, gold = (sum(column) for column in zip(*counts, strict=True))
    score: float = 200 * right / max(1, predicted + gold)
    return score


def of_fold(lines: Iterable[Line], fold: int) -> list[dict[str, Counts]]:
    """The counts for a fold's choice: on the other article of each pair with the fold's."""
    return [
        counts
        for line in lines
        if fold in line["pair"]
        for k, counts in zip(line["pair"], line["scores"].values(), strict=True)
        if k != fold
    ]


def micro(counts: Iterable[dict[str, Counts]], only: str | None = None) -> float:
    """Micro-F1 of counts by class, in percent; ``only`` restricts it to one class."""
    found = [c for each in counts for k, c in each.items() if only in (None, k)]
    return f1(found) if found else 0.0


def system_of(line: Line) -> str:
    """The system of a stored result; the oldest lines do not name it."""
    return str(line.get("system") or ("stack" if "crf_share" in line["options"] else "encoder"))


def report(lines: Sequence[Line]) -> str:
    """The stored results as a Markdown document."""
    notes = "\n".join(f"- `{k}`: {v}" for k, v in NOTES.items())
    parts = [HEADER.format(notes=notes, noise=_noise(lines))]
    for task in TASKS:
        parts.append(f"## {task}")
        by_system: dict[str, dict[str, list[Line]]] = {}
        for line in lines:
            if line["task"] == task:
                by_name = by_system.setdefault(system_of(line), {})
                by_name.setdefault(line["candidate"], []).append(line)
        for system, by_name in by_system.items():
            chooses = (task, system) == CHOOSES
            parts += [f"### {system}", _candidates(task, by_name), _choices(by_name, chooses)]
    return "\n\n".join([*parts, CRF_HEADER, _crf_candidates()]) + "\n"


CRF_HEADER = """\
## The crf and the lexicon

From `experiments-crf.jsonl`, all ten pairs of articles: mean inner score over the folds (F1; of
attributes accuracy; of events AC+), the best eight and the worst two of each task. Features and
penalties were chosen by that mean, which involves every article, so this choice is not nested; the
best differ by about a point from fold to fold. The most useful features are the labels of words in
the *other* training articles, never in the word's own. Short names of features are those of a
prototype."""


def _crf_candidates() -> str:
    found = [json.loads(line) for line in CRF_STORE.read_text(encoding="utf-8").splitlines()]
    rows = []
    for task in (*TASKS, "events"):
        tried = [line for line in found if line["task"] == task]
        tried.sort(key=lambda line: line["inner_micro_f1"], reverse=True)
        for line in tried if len(tried) <= 10 else [*tried[:8], *tried[-2:]]:
            options = ", ".join(f"{k} {v}" for k, v in line["options"].items()) or "the defaults"
            row = [task, line["system"], line["name"], options, line["inner_micro_f1"]]
            rows.append(
                [*row, "prototype" if line["code"] == "prototype" else "as it is, or nearly"]
            )
    head = ["task", "system", "candidate", "options", "score", "code"]
    return tabulate(rows, head, tablefmt="github", floatfmt=".1f")


def _noise(lines: Sequence[Line]) -> str:
    """The scores of the seeds, on equal pairs, of the candidate where they differ most."""
    found: dict[tuple[str, str], dict[int, list[Line]]] = {}
    for line in lines:
        if tuple(line["pair"]) in NEIGHBOURS and line["task"] == "triggers":
            by_seed = found.setdefault((system_of(line), line["candidate"]), {})
            by_seed.setdefault(line["seed"], []).append(line)
    spans = []
    for (_, name), by_seed in found.items():
        scores = [
            micro(counts for line in of_seed for counts in line["scores"].values())
            for of_seed in by_seed.values()
            if len(of_seed) == len(NEIGHBOURS)
        ]
        if len(scores) > 1:
            spans.append((max(scores) - min(scores), name, scores))
    _, name, scores = max(spans)
    return f"seeds of *{name}* score " + " and ".join(f"{score:.1f}" for score in scores)


def _candidates(task: str, by_name: dict[str, list[Line]]) -> str:
    """Every candidate, the best first, with its scores over all its articles."""
    rows: list[list[Any]] = []
    for name, lines in by_name.items():
        counts = [each for line in lines for each in line["scores"].values()]
        classes = TYPES if task == "triggers" else ATTRIBUTES if task == "attributes" else ()
        rows.append(
            [
                name,
                ", ".join(f"{k} {v}" for k, v in lines[0]["options"].items()) or "the defaults",
                len({tuple(line["pair"]) for line in lines}),
                len({line["seed"] for line in lines}),
                *(micro(counts, each) for each in (None, *classes)),
                sum(line["seconds"] or 0 for line in lines) / len(lines) or None,
            ]
        )
    head = ["candidate", "options", "pairs", "seeds", "F1", *classes, "seconds"]
    if task == "attributes":
        head[4] = "right"
    rows.sort(key=lambda row: float(row[4] or 0), reverse=True)
    return tabulate(rows, head, tablefmt="github", floatfmt=".1f")


def _choices(by_name: dict[str, list[Line]], chooses: bool) -> str:
    """For each fold the inner scores of candidates run on all neighbouring pairs, and the best."""
    complete = {
        name: found
        for name, lines in by_name.items()
        if len(found := [line for line in lines if tuple(line["pair"]) in NEIGHBOURS])
        >= len(NEIGHBOURS)
    }
    inner = {
        name: [micro(of_fold(lines, fold)) for fold in range(ARTICLES)]
        for name, lines in complete.items()
    }
    if not inner:
        return "None of these was run on all neighbouring pairs."
    names = sorted(inner, key=lambda name: -sum(inner[name]))
    rows = [[name, *(f"{score:.1f}" for score in inner[name])] for name in names]
    runnable = [name for name in names if "revision" not in complete[name][0]["options"]]
    if runnable and chooses:
        best = [max(runnable, key=lambda name: inner[name][k]) for k in range(ARTICLES)]
        rows.append(["**choice**", *best])
    head = ["candidate", *(f"fold {k}" for k in range(ARTICLES))]
    text = "Inner scores of each fold, on the pairs of neighbouring articles"
    text += ", and its choice:" if chooses else ":"
    return f"{text}\n\n" + tabulate(rows, head, tablefmt="github", disable_numparse=True)


def main() -> None:
    """Parse the command line, then run candidates or only write the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run", help="run candidates that are not stored yet")
    running.add_argument(
        "--jobs", type=int, default=2, help="parallel processes, with one thread each"
    )
    running.add_argument("--seeds", type=int, default=1, help="number of seeds, from 0")
    running.add_argument(
        "--all-pairs", action="store_true", help="all pairs, not only neighbouring articles"
    )
    running.add_argument("--task", choices=TASKS, help="only this task")
    commands.add_parser("report", help="write EXPERIMENTS.md")
    arguments = parser.parse_args()
    if arguments.command == "run":
        pairs = PAIRS if arguments.all_pairs else NEIGHBOURS
        tasks = [arguments.task] if arguments.task else TASKS
        run(arguments.jobs, pairs, range(arguments.seeds), tasks)
    REPORT.write_text(report(_stored()), encoding="utf-8")


if __name__ == "__main__":
    main()
