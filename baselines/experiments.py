"""What was tried with the baselines, and what each fold chooses, without its test article.

For every pair of articles a candidate learns from the other three and is scored on
both of the pair. The score on j of the pair {i, j} counts for the choice of fold i,
whose test article is i, and the score on i for that of fold j: so no article takes
part in a choice that it then tests.

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
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tabulate import tabulate

from eventbench import from_iob2, load

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

GOLD = ("ner_tags", *ATTRIBUTES)
"""Columns that are to be predicted."""

CHOOSES = ("triggers", "stack")
"""The task and system whose best candidate a fold takes; the encoder follows."""

Line = dict[str, Any]
Counts = list[int]
"""Right, predicted, in the gold."""

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
"""By task and name: the system, and its options that are not the defaults.

Stacks stand behind the encoders that they share: what was just trained is not trained again.
"""


HEADER = """\
# Experiments with the baselines

Written by `baselines/experiments.py report` from `experiments.jsonl`. Every number is an inner one:
the candidate learned from three articles and was scored on the other two, and for the choice of a
fold only scores on other articles than its test article count, by models that had not read it.
These numbers are lower than those of the benchmark, where a system learns from four articles.

The row **choice** is nested in this way: for each fold the best stack; the encoder has the settings
of its stack, though by its own table some folds would take others. Which features and options the
code has at all is not nested: that was decided by the scores over all pairs, in which every article
has a part. The settings for arguments and attributes were chosen by the same nesting, earlier.

One seed and two or four scores a fold decide little. Differences of a point are noise: {noise}.

What paid for triggers, the most first:

- mixing the encoder with something that knows what words were in other articles. Most errors
  are at words that training does not have as triggers; the encoder believes itself too often there.
  First that was the crf; the probe, a crf that also sees the vectors of the unchanged encoder and
  what the words with the nearest embeddings were, is better alone and in the mixture. Stacking,
  where the crf is told what encoders say that had not read the article, brought no more, nor did
  telling it the labels of the nearest vectors in other articles (a prototype had promised more);
- leaving the lower half of the layers as they are, mostly in the mixture and for Displacement and
  TerritorialControl, the small types. With five of six layers frozen too little is learned;
- reading triggers in runs of neighbouring sentences; a faster output layer (as good in fewer
  epochs); several members.

For arguments and attributes the faster output layer paid (without it arguments are hardly learned),
roles restricted to those of the event's type, and asking for attributes at the trigger instead of
at a mark before it.

What did not pay, or not beyond the noise, and is gone: all else in the tables. Also looked at with
stored probabilities, and not kept: a threshold for "O", and reading each sentence alone and between
neighbours both. More members, other weights, several probes and other means all end where the
stack is: what is missing is not in how the parts are weighed.

Rows with `revision earlier` among their options were made by a prototype, with the same method and
another random order; no fold can choose them. Those with `crf_share` are mixtures of what it and
the crf had predicted, so no time is given, and none for a stack, which finds its encoder trained.
What options the prototypes had:

{notes}"""

NOTES = {
    "trigger_dropout, word_dropout": "words, and more often triggers, replaced by the mask",
    "side": "arguments and attributes learned by the same network, with marked sentences, half "
    "of them an epoch; `side` marked triggers by @, which tweets have too, `side-brace` by braces",
    "freeze": "word embeddings stay as they are; where it is not named, they were trained too",
    "frozen_layers": "so many of six layers stay as they are, with all embeddings; now `frozen`",
    "dropout": "another rate of dropout; stopped early",
    "chunk": "sentences in a run at most, now `context`; batch_size counted runs there",
    "joint": "arguments and attributes by one network; attributes asked of the mark",
    "head_rate": "the output layer's rate over that of the others; now fixed",
    "crf_share": "weight of the crf's probabilities in the mean; `stack` mixes the probe's now",
    "memory, nearest": "what a word, or the words nearest to it, were in other articles, told to "
    "the output layer of the encoder, as the crf and the probe are told",
    "subtype_weight, filler_weight": "subtypes, or which words fill a role of any event, learned "
    "by another output layer, with this weight in the loss",
    "layers, pooling": "what the output layer sees: a learned mixture of all layers, or the last "
    "and the embeddings; the mean of a word's sub-tokens in place of the first",
    "swapped, swapped_triggers": "words (triggers) replaced by one that has a near embedding, with "
    "this probability, anew in each epoch",
    "exchanged": "triggers replaced by others of the same subtype and ending",
    "layer_decay, outside_weight": "a layer's learning rate over that of the layer above it; what "
    "O weighs in the loss",
    "r_drop, smoothing": "R-Drop (Liang et al. 2021) with this weight; smoothed labels",
    "asked": "a sentence is read once for each type, which stands before it with its subtypes",
    "components, layer, spread, neighbours": "of the probe: how many principal components, of "
    "which layer, how large; those of the words beside it too",
    "nearest_vectors": "of the probe: it is told the labels of the ten nearest vectors in other "
    "articles, of these layers or of the principal components",
    "names": "of the probe: it is told how near a word's embedding is to the names of each type's "
    "subtypes in the scheme",
    "several": "the mean of several probes, which see other layers or other numbers of components",
    "temperature, mean": "what the encoder's probabilities are flattened by before they are mixed; "
    "a mean of logarithms",
    "consistency": "weight of the mean of a word's probabilities over its article",
    "encoder_probabilities": "of the probe: what a fine-tuned encoder says that had not read the "
    "article (stacking by out-of-fold predictions)",
}
"""What options of earlier revisions were."""


# Running


def _run(task: str, names: Sequence[str], pair: tuple[int, int], seed: int) -> list[Line]:
    """Learn from three articles, predict the other two, count; for some candidates of a task."""
    from eventbench_baselines.encoder import Encoder
    from eventbench_baselines.probe import Probe
    from eventbench_baselines.stack import Stack

    classes: dict[str, Any] = {"encoder": Encoder, "probe": Probe, "stack": Stack}
    rows, ids = _rows(task)
    held_out = [ids[k] for k in pair]
    learned = _of_articles(rows, [i for i in ids if i not in held_out])
    found = []
    for name in names:
        system_name, options = CANDIDATES[task][name]
        start = time.perf_counter()
        system = classes[system_name](**options, task=task, seed=seed)
        system.fit(learned, learned.select([]), lambda part, **measured: None)
        seconds = time.perf_counter() - start
        scores = {}
        for article in held_out:
            test = _of_articles(rows, [article])
            given = test.remove_columns([name for name in GOLD if name in test.column_names])
            scores[article] = _counts(task, test, system.predict(given))
        found.append(
            {
                "task": task,
                "system": system_name,
                "candidate": name,
                "options": options,
                "pair": list(pair),
                "seed": seed,
                "scores": scores,
                # A stack finds its encoder trained already.
                "seconds": None if system_name == "stack" else round(seconds, 1),
                "precision": getattr(system, "precision", ""),
                "versions": {p: version(p) for p in ("eventbench", "torch", "transformers")},
            }
        )
    return found


def _rows(task: str) -> tuple[Any, list[str]]:
    from datasets import concatenate_datasets

    splits = load(task)
    rows = concatenate_datasets(list(splits.values()))
    return rows, sorted(set(rows["doc_id"]))


def _of_articles(rows: Any, articles: Sequence[str]) -> Any:
    chosen = [k for k, article in enumerate(rows["doc_id"]) if article in articles]
    return rows.select(chosen)


def _counts(task: str, test: Any, predicted: Sequence[Any]) -> dict[str, Counts]:
    """Counts of each type, role or attribute; spans must be equal, as in `eventbench.score`."""
    found: dict[str, Counts] = {}
    if task == "attributes":
        for name in ATTRIBUTES:
            gold = map(test.features[name].int2str, test[name])
            right = sum(g == p[name] for g, p in zip(gold, predicted, strict=True))
            found[name] = [right, len(test), len(test)]
        return found
    tag_of = test.features["ner_tags"].feature.int2str
    for row, tags in zip(test, predicted, strict=True):
        ours = set(from_iob2([tag_of(tag) for tag in row["ner_tags"]]))
        theirs = set(from_iob2(tags))
        for column, spans in enumerate((ours & theirs, theirs, ours)):
            for label, *_ in spans:
                found.setdefault(label, [0, 0, 0])[column] += 1
    return found


def _key(line: Line) -> tuple[Any, ...]:
    return line["task"], line["candidate"], *line["pair"], line["seed"]


def run(
    jobs: int, pairs: Sequence[tuple[int, int]], seeds: Sequence[int], tasks: Sequence[str]
) -> None:
    """Run every candidate that is not stored yet, with one thread a job."""
    lines = {_key(line): line for line in _stored()}
    wanted = [
        (task, missing, pair, seed)
        for task, candidates in CANDIDATES.items()
        if task in tasks
        for seed in seeds
        for pair in pairs
        if (missing := [n for n in candidates if (task, n, *pair, seed) not in lines])
    ]
    # Threads are counted when PyTorch is imported, which only the jobs do.
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
    """The stored results; a line that a kill cut off is dropped, also from the file."""
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
    """The counts that may decide for a fold: of the other article of each pair with it."""
    return [
        counts
        for line in lines
        if fold in line["pair"]
        for k, counts in zip(line["pair"], line["scores"].values(), strict=True)
        if k != fold
    ]


def micro(counts: Iterable[dict[str, Counts]], only: str | None = None) -> float:
    """Micro-F1 of counts by class, in percent; ``only`` of one class."""
    found = [c for each in counts for k, c in each.items() if only in (None, k)]
    return f1(found) if found else 0.0


def system_of(line: Line) -> str:
    """The system of a stored result; the earliest were all of the encoder, or mixtures with it."""
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
attributes the share that is right; of events AC+), the best eight and the worst two of each task.
The features and the penalties were chosen by that mean, in which every article has a part, so this
choice is not nested; the best differ by about a point from fold to fold. What pays most is what the
words were in the *other* training articles, never in the one at hand. The short names of features
are those of a prototype."""


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
    """How far apart seeds are, on equal pairs, of the candidate where they are the farthest."""
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
    """Every candidate, the best first, with its scores over all that it was scored on."""
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
    """For each fold the inner scores of what was scored on all neighbours, and the best."""
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
        return "None of these was run on all neighbours."
    names = sorted(inner, key=lambda name: -sum(inner[name]))
    rows = [[name, *(f"{score:.1f}" for score in inner[name])] for name in names]
    runnable = [name for name in names if "revision" not in complete[name][0]["options"]]
    if runnable and chooses:
        best = [max(runnable, key=lambda name: inner[name][k]) for k in range(ARTICLES)]
        rows.append(["**choice**", *best])
    head = ["candidate", *(f"fold {k}" for k in range(ARTICLES))]
    text = "What each fold may see, on the pairs of neighbouring articles"
    text += ", and what it chooses:" if chooses else ":"
    return f"{text}\n\n" + tabulate(rows, head, tablefmt="github", disable_numparse=True)


def main() -> None:
    """Run or report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run", help="run what is not stored yet")
    running.add_argument("--jobs", type=int, default=2, help="processes, of one thread each")
    running.add_argument("--seeds", type=int, default=1, help="how many seeds, from 0")
    running.add_argument("--all-pairs", action="store_true", help="not only neighbouring articles")
    running.add_argument("--task", choices=TASKS, help="of this task alone")
    commands.add_parser("report", help="write EXPERIMENTS.md")
    arguments = parser.parse_args()
    if arguments.command == "run":
        pairs = PAIRS if arguments.all_pairs else NEIGHBOURS
        tasks = [arguments.task] if arguments.task else TASKS
        run(arguments.jobs, pairs, range(arguments.seeds), tasks)
    REPORT.write_text(report(_stored()), encoding="utf-8")


if __name__ == "__main__":
    main()
