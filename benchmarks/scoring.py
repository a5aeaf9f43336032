"""Time and peak memory of scorers on the same tags, in one run.

    python benchmarks/scoring.py            # 100 k, 1 M and 10 M tokens
    python benchmarks/scoring.py 100000     # other sizes

A row states its input, and every ratio is to our scorer on that same input: arrays of codes,
lists of strings, or two JSON Lines files. Each scorer runs in its own process, one after the
other, and its best time counts. Times are of the processor, so that other programs disturb
them less; still, read the ratios, not the seconds. Results are written to
benchmarks/scoring.json and benchmarks/RESULTS.md.
"""

from __future__ import annotations

import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from importlib.metadata import version
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
SIZES = (100_000, 1_000_000, 10_000_000)
SENTENCE = 20
PIECE = 5_000 * SENTENCE
CLASSES = ("Attack", "Casualty", "Control", "Displaced")
FEW, MANY, CLASSES_TOKENS = 18, 700, 400_000
"""The two numbers of classes that are compared, and the tokens they are compared on."""
CLASSES_RUNS, MANY_LIMIT = 4, 1.25
"""How often they are compared, in turn, and how much longer the many may take."""
LIMIT = 600
"""Seconds after which a scorer is stopped."""
REPEATS, ENOUGH = 7, 5.0
"""How often a scorer runs at most, and after how many seconds it does not run again."""
TARGETS = {"lists of strings": 40, "JSONL": 15}
"""How many times faster than strict seqeval we mean to be."""


def tag_names(classes: int) -> list[str]:
    names = CLASSES if classes == len(CLASSES) else [f"Class{k:03}" for k in range(classes)]
    return ["O", *(f"{prefix}-{name}" for name in names for prefix in "BI")]


def make_codes(tokens: int, classes: int = len(CLASSES)) -> tuple[np.ndarray, np.ndarray]:
    """Gold and predicted tag codes; the prediction differs in about one token of ten.

    The gold is IOB2: a tenth of the tokens begin an entity, of one to three tokens.
    """
    # Piece by piece, so that making the input takes little more memory than the input.
    starts = range(0, tokens, PIECE)
    pieces = [make_piece(start, min(PIECE, tokens - start), classes) for start in starts]
    gold, predicted = (np.concatenate([piece[side] for piece in pieces]) for side in (0, 1))
    return gold, predicted


def make_piece(seed: int, tokens: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    begins = generator.random(tokens) < 0.1
    sizes = generator.integers(1, 4, tokens)
    labels = generator.integers(0, classes, tokens)
    gold = np.where(begins, 2 * labels + 1, 0)
    for offset in (1, 2):
        inside = np.roll(np.where(begins & (sizes > offset), 2 * labels + 2, 0), offset)
        follows = np.roll(gold + gold % 2, 1) == inside
        fits = (gold == 0) & (inside > 0) & follows & (np.arange(tokens) % SENTENCE >= offset)
        gold = np.where(fits, inside, gold)
    other = generator.integers(0, 2 * classes + 1, tokens)
    predicted = np.where(generator.random(tokens) < 0.9, gold, other)
    return gold.astype(np.int16), predicted.astype(np.int16)


def sentences(codes: np.ndarray, classes: int = len(CLASSES)) -> list[list[str]]:
    tags = tag_names(classes)
    names = [tags[code] for code in codes.tolist()]
    return [names[i : i + SENTENCE] for i in range(0, len(names), SENTENCE)]


def write_jsonl(path: Path, codes: np.ndarray, classes: int) -> None:
    words = ["word"] * SENTENCE
    with path.open("w", encoding="utf-8") as file:
        for number, tags in enumerate(sentences(codes, classes)):
            record = {"id": str(number), "tokens": words[: len(tags)], "ner_tags": tags}
            file.write(json.dumps(record) + "\n")


def read_jsonl(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line)["ner_tags"] for line in file]


# Scorers: each takes gold and predictions in the form of its input, and returns micro-F1.


def ours_arrays(gold: Any, predicted: Any) -> float:
    from eventbench.scoring.counts import micro_f1, total_entities

    lengths = np.full(-(-len(gold) // SENTENCE), SENTENCE)
    lengths[-1] = len(gold) - SENTENCE * (len(lengths) - 1)
    return float(micro_f1(total_entities(gold, predicted, lengths, len(CLASSES))))


def ours_lists(gold: Any, predicted: Any) -> float:
    from eventbench import score_sequences

    return score_sequences(gold, predicted)["micro avg"].f1


def ours_jsonl(gold: Any, predicted: Any) -> float:
    from eventbench import score_files

    return score_files(gold, predicted, verify=False).scores["micro avg"].f1


def spans(tags: list[str]) -> set[tuple[str, int, int]]:
    """The entities of IOB2 tags, strict."""
    found = set()
    start = None
    for i, (before, tag) in enumerate(pairwise(chain(["O"], tags, ["O"]))):
        if start is not None and not (tag[0] == "I" and tag[2:] == before[2:]):
            found.add((before[2:], start, i))
            start = None
        if tag[0] == "B":
            start = i
    return found


def plain_python(gold: Any, predicted: Any) -> float:
    """What twenty lines of Python do, as people write them."""
    right = in_predicted = in_gold = 0
    for tags, found in zip(gold, predicted, strict=True):
        first, second = spans(tags), spans(found)
        right += len(first & second)
        in_gold += len(first)
        in_predicted += len(second)
    precision, recall = right / max(1, in_predicted), right / max(1, in_gold)
    return 2 * precision * recall / ((precision + recall) or 1.0)


def seqeval_strict(gold: Any, predicted: Any) -> float:
    from seqeval.metrics import f1_score
    from seqeval.scheme import IOB2

    return float(f1_score(gold, predicted, mode="strict", scheme=IOB2))


def seqeval_default(gold: Any, predicted: Any) -> float:
    from seqeval.metrics import f1_score

    return float(f1_score(gold, predicted))


def nervaluate_strict(gold: Any, predicted: Any) -> float:
    from nervaluate import Evaluator

    results = Evaluator(gold, predicted, tags=list(CLASSES), loader="list").evaluate()
    return float(results["overall"]["strict"].f1)


def conlleval_default(gold: Any, predicted: Any) -> float:
    import conlleval

    lines = (
        line
        for g, p in zip(gold, predicted, strict=True)
        for line in [*(f"word {a} {b}" for a, b in zip(g, p, strict=True)), ""]
    )
    return float(conlleval.evaluate(lines)["overall"]["chunks"]["evals"]["f1"])


OURS, STRICT, PLAIN = "eventbench", "seqeval strict", "plain Python strict"
SCORERS = {
    "arrays of codes": {
        OURS: ours_arrays,
        STRICT: lambda gold, found: seqeval_strict(sentences(gold), sentences(found)),
    },
    "lists of strings": {
        OURS: ours_lists,
        PLAIN: plain_python,
        STRICT: seqeval_strict,
        "seqeval default": seqeval_default,
        "nervaluate strict": nervaluate_strict,
        "conlleval": conlleval_default,
    },
    "JSONL": {
        OURS: ours_jsonl,
        PLAIN: lambda gold, found: plain_python(read_jsonl(gold), read_jsonl(found)),
        STRICT: lambda gold, found: seqeval_strict(read_jsonl(gold), read_jsonl(found)),
    },
}
"""By input, then by scorer. seqeval takes only lists of strings: turning arrays or files into
them is part of its time there."""
ALIKE = (OURS, STRICT, PLAIN)
"""Scorers of one definition, whose figures must be equal."""


def peak() -> float:
    """The most memory that this process has used so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def child(kind: str, name: str, tokens: int, classes: int) -> None:
    """Run one scorer on prepared input and print what it took."""
    warnings.simplefilter("ignore")
    scorer = SCORERS[kind][name]
    with tempfile.TemporaryDirectory() as folder:
        given = prepared(kind, Path(folder), tokens, classes)
        (Path(folder) / "warm").mkdir()
        # Imports are not what is measured.
        scorer(*prepared(kind, Path(folder) / "warm", 200, classes))
        before, times = peak(), []
        while len(times) < REPEATS and sum(times) < ENOUGH:
            start = time.process_time()
            f1 = scorer(*given)
            times.append(time.process_time() - start)
    print(json.dumps({"seconds": min(times), "before": before, "megabytes": peak(), "f1": f1}))


def prepared(kind: str, folder: Path, tokens: int, classes: int) -> tuple[Any, Any]:
    """Gold and predictions in the form of an input."""
    if kind != "JSONL":
        codes = make_codes(tokens, classes)
        return codes if kind == "arrays of codes" else (sentences(codes[0]), sentences(codes[1]))
    paths = (folder / "gold.jsonl", folder / "predicted.jsonl")
    for which, path in enumerate(paths):
        # In another process, so that writing them does not count as memory of reading.
        command = [sys.executable, __file__, "--write", str(path), str(which)]
        subprocess.run([*command, str(tokens), str(classes)], check=True)
    return paths


def measure(kind: str, name: str, tokens: int, classes: int) -> dict[str, Any] | None:
    """What a scorer took; None if it took too long."""
    command = [sys.executable, __file__, "--child", kind, name, str(tokens), str(classes)]
    try:
        result = subprocess.run(command, stdout=subprocess.PIPE, timeout=LIMIT, check=True)
    except subprocess.TimeoutExpired:
        return None
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def machine() -> dict[str, str]:
    packages = ("eventbench", "seqeval", "nervaluate", "conlleval", "numpy", "msgspec")
    found = {name: version(name) for name in packages}
    return {"machine": platform.machine(), "python": platform.python_version(), **found}


def report(results: dict[str, Any]) -> str:
    """RESULTS.md."""
    return "\n".join(
        [
            "# Speed of scorers",
            "",
            "Written by `python benchmarks/scoring.py`. Each row states its input. Ratios are of a",
            "scorer's processor time (the best of up to seven runs), and of the most memory that",
            "its process used, input included, to eventbench on that same input. seqeval and plain",
            "Python take lists of strings: making them from arrays or JSONL is part of their time.",
            "Plain Python is the function `spans` of the benchmark with a loop around it.",
            "",
            " · ".join(f"{key} {value}" for key, value in results["machine"].items()),
            "",
            "| tokens | input | scorer | seconds | M tokens/s | peak MB | micro-F1 | time/ours "
            "| MB/ours |",
            "|---:|---|---|---:|---:|---:|---:|---:|---:|",
            *(
                row(int(tokens), kind, name, found, by_name[OURS])
                for tokens, by_kind in results["sizes"].items()
                for kind, by_name in by_kind.items()
                for name, found in by_name.items()
            ),
            "",
            "## Targets",
            "",
            *targets(results),
            "",
        ]
    )


def row(
    tokens: int, kind: str, name: str, found: dict[str, Any] | None, base: dict[str, Any]
) -> str:
    if found is None:
        return f"| {tokens:,} | {kind} | {name} | over {LIMIT} | | | | | |"
    ratios = [found[key] / base[key] for key in ("seconds", "megabytes")]
    return (
        f"| {tokens:,} | {kind} | {name} | {found['seconds']:.4f} "
        f"| {tokens / found['seconds'] / 1e6:.2f} | {found['megabytes']:.0f} "
        f"| {found['f1']:.6f} | {ratios[0]:.1f} | {ratios[1]:.1f} |"
    )


def targets(results: dict[str, Any]) -> list[str]:
    """A line for each target: what was measured, and whether it was met."""
    lines = []
    for kind, target in TARGETS.items():
        measured = {
            int(tokens): by_kind[kind][STRICT]["seconds"] / by_kind[kind][OURS]["seconds"]
            for tokens, by_kind in results["sizes"].items()
            if by_kind.get(kind, {}).get(STRICT)
        }
        shown = ", ".join(f"{ratio:.0f}× at {tokens:,}" for tokens, ratio in measured.items())
        met = "met" if measured and min(measured.values()) >= target else "MISSED"
        lines.append(f"- From {kind}, at least {target}× seqeval strict: {met} ({shown} tokens).")
    found = results.get("classes", {})
    if len(found) == 2:
        few, many = (found[str(number)]["seconds"] for number in (FEW, MANY))
        met = "met" if many <= MANY_LIMIT * few else "MISSED"
        lines.append(
            f"- {MANY} classes in at most {MANY_LIMIT} times the time of {FEW}, from JSONL with "
            f"{CLASSES_TOKENS:,} tokens: {met} ({many / few:.2f} times)."
        )
    return lines


def main(sizes: list[int]) -> None:
    results: dict[str, Any] = {"machine": machine(), "sizes": {}, "classes": {}}
    for number in (FEW, MANY) * CLASSES_RUNS:  # in turn, so that both meet the same neighbours
        found = measure("JSONL", OURS, CLASSES_TOKENS, number)
        best = results["classes"].setdefault(str(number), found)
        if found and best and found["seconds"] < best["seconds"]:
            results["classes"][str(number)] = found
        print(number, "classes", found, flush=True)
    for tokens in sizes:
        by_kind = results["sizes"].setdefault(str(tokens), {})
        for kind, scorers in SCORERS.items():
            by_name = by_kind.setdefault(kind, {})
            for name in scorers:
                by_name[name] = measure(kind, name, tokens, len(CLASSES))
                print(tokens, kind, name, by_name[name], flush=True)
        every = [(n, f) for by_name in by_kind.values() for n, f in by_name.items()]
        figures = {round(f["f1"], 12) for n, f in every if n in ALIKE and f}
        if len(figures) != 1:
            sys.exit(f"the scorers of one definition differ: {figures}")
        (HERE / "scoring.json").write_text(json.dumps(results, indent=2) + "\n")
        (HERE / "RESULTS.md").write_text(report(results))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    elif sys.argv[1:2] == ["--write"]:
        which, number, labels = map(int, sys.argv[3:])
        write_jsonl(Path(sys.argv[2]), make_codes(number, labels)[which], labels)
    else:
        main([int(size) for size in sys.argv[1:]] or list(SIZES))
