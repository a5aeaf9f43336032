"""Time and peak memory of strict scorers on the same tags, in one run.

    python benchmarks/scoring.py            # 100 k, 1 M and 10 M tokens
    python benchmarks/scoring.py 100000     # other sizes

Each scorer runs in a process of its own, one after the other. Speed of a machine
changes from minute to minute: read the ratios, not the seconds. Results are
written to benchmarks/scoring.json and benchmarks/RESULTS.md as they come.
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
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
SIZES = (100_000, 1_000_000, 10_000_000)
SENTENCE = 20
TAGS = ["O", *(f"{p}-{n}" for n in ("Attack", "Casualty", "Control", "Displaced") for p in "BI")]
LIMIT = 600
"""Seconds after which a scorer is stopped."""


def make_codes(tokens: int) -> tuple[np.ndarray, np.ndarray]:
    """Gold and predicted tag codes; the prediction differs in one token of ten."""
    generator = np.random.default_rng(0)
    gold = generator.choice(len(TAGS), tokens, p=[0.8] + [0.025] * 8).astype(np.int8)
    other = generator.choice(len(TAGS), tokens).astype(np.int8)
    return gold, np.where(generator.random(tokens) < 0.9, gold, other)


def sentences(codes: np.ndarray) -> list[list[str]]:
    names = [TAGS[code] for code in codes.tolist()]
    return [names[i : i + SENTENCE] for i in range(0, len(names), SENTENCE)]


def write_jsonl(path: Path, codes: np.ndarray) -> None:
    words = ["word"] * SENTENCE
    with path.open("w", encoding="utf-8") as file:
        for number, tags in enumerate(sentences(codes)):
            file.write(json.dumps({"id": str(number), "tokens": words, "ner_tags": tags}) + "\n")


def read_jsonl(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line)["ner_tags"] for line in file]


# Scorers: each takes what `prepare` made and returns its micro-F1.


def ours(gold: Any, predicted: Any) -> float:
    from eventbench.scoring.counts import count_entities, micro_f1

    lengths = np.full(-(-len(gold) // SENTENCE), SENTENCE)
    lengths[-1] = len(gold) - SENTENCE * (len(lengths) - 1)
    return float(micro_f1(count_entities(gold, predicted, lengths, 4).sum(axis=0)))


def seqeval_strict(gold: Any, predicted: Any) -> float:
    from seqeval.metrics import f1_score
    from seqeval.scheme import IOB2

    return float(f1_score(gold, predicted, mode="strict", scheme=IOB2))


def seqeval_default(gold: Any, predicted: Any) -> float:
    from seqeval.metrics import f1_score

    return float(f1_score(gold, predicted))


def nervaluate_strict(gold: Any, predicted: Any) -> float:
    from nervaluate import Evaluator

    names = sorted({tag[2:] for tag in TAGS if tag != "O"})
    results = Evaluator(gold, predicted, tags=names, loader="list").evaluate()
    return float(results["overall"]["strict"].f1)


def conlleval_default(gold: Any, predicted: Any) -> float:
    import conlleval

    lines = (
        line
        for g, p in zip(gold, predicted, strict=True)
        for line in [*(f"word {a} {b}" for a, b in zip(g, p, strict=True)), ""]
    )
    return float(conlleval.evaluate(lines)["overall"]["chunks"]["evals"]["f1"])


def ours_from_jsonl(gold: Any, predicted: Any) -> float:
    from eventbench import score_files

    return score_files(gold, predicted, verify=False).scores["micro avg"].f1


def seqeval_strict_from_jsonl(gold: Any, predicted: Any) -> float:
    return seqeval_strict(read_jsonl(gold), read_jsonl(predicted))


SCORERS = {
    "ours": ours,
    "seqeval strict": seqeval_strict,
    "seqeval default": seqeval_default,
    "nervaluate strict": nervaluate_strict,
    "conlleval": conlleval_default,
    "ours, from JSONL": ours_from_jsonl,
    "seqeval strict, from JSONL": seqeval_strict_from_jsonl,
}
ALIKE = ("ours", "seqeval strict", "ours, from JSONL", "seqeval strict, from JSONL")
"""Scorers of one definition, whose figures must be equal."""


def peak() -> float:
    """The most memory that this process has used so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def child(name: str, tokens: int) -> None:
    """Run one scorer on prepared input and print what it took."""
    warnings.simplefilter("ignore")
    codes = make_codes(tokens)
    with tempfile.TemporaryDirectory() as folder:
        if name.endswith("JSONL"):
            given: tuple[Any, Any] = (Path(folder) / "gold.jsonl", Path(folder) / "p.jsonl")
            # In a process of its own, so that writing them does not count as memory of reading.
            for path, which in zip(given, (0, 1), strict=True):
                command = [sys.executable, __file__, "--write", str(path), str(tokens), str(which)]
                subprocess.run(command, check=True)
        elif name == "ours":
            given = codes
        else:
            given = (sentences(codes[0]), sentences(codes[1]))
        if name != "ours":
            del codes
        SCORERS[name](*warm_up(name, Path(folder)))  # imports are not what is measured
        before, start = peak(), time.perf_counter()
        f1 = SCORERS[name](*given)
        seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "before": before, "megabytes": peak(), "f1": f1}))


def warm_up(name: str, folder: Path) -> tuple[Any, Any]:
    gold, predicted = make_codes(200)
    if name == "ours":
        return gold, predicted
    if not name.endswith("JSONL"):
        return sentences(gold), sentences(predicted)
    for path, codes in ((folder / "a.jsonl", gold), (folder / "b.jsonl", predicted)):
        write_jsonl(path, codes)
    return folder / "a.jsonl", folder / "b.jsonl"


def measure(name: str, tokens: int) -> dict[str, Any] | None:
    command = [sys.executable, __file__, "--child", name, str(tokens)]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=True)
    except subprocess.TimeoutExpired:
        return None
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def machine() -> dict[str, str]:
    packages = ("eventbench", "seqeval", "nervaluate", "conlleval", "numpy", "orjson")
    found = {name: version(name) for name in packages}
    return {"machine": platform.machine(), "python": platform.python_version(), **found}


def report(results: dict[str, Any]) -> str:
    lines = [
        "# Speed of scorers",
        "",
        "Written by `python benchmarks/scoring.py`. Ratios are of a scorer's time, and of the most",
        "memory that its process used, input included, to ours on the same input.",
        "",
        " · ".join(f"{key} {value}" for key, value in results["machine"].items()),
        "",
        "| tokens | scorer | seconds | M tokens/s | peak MB | micro F1 | time/ours | MB/ours |",
        "|---:|---|---:|---:|---:|---:|---:|---:|",
    ]
    for tokens, by_name in results["sizes"].items():
        for name, found in by_name.items():
            base = by_name["ours, from JSONL" if name.endswith("JSONL") else "ours"]
            if found is None:
                lines.append(f"| {int(tokens):,} | {name} | over {LIMIT} | | | | | |")
                continue
            ratio = found["seconds"] / base["seconds"]
            memory = found["megabytes"] / base["megabytes"]
            lines.append(
                f"| {int(tokens):,} | {name} | {found['seconds']:.3f} "
                f"| {int(tokens) / found['seconds'] / 1e6:.2f} | {found['megabytes']:.0f} "
                f"| {found['f1']:.6f} | {ratio:.1f} | {memory:.1f} |"
            )
    return "\n".join(lines) + "\n"


def main(sizes: list[int]) -> None:
    results: dict[str, Any] = {"machine": machine(), "sizes": {}}
    for tokens in sizes:
        by_name = results["sizes"].setdefault(str(tokens), {})
        for name in SCORERS:
            by_name[name] = measure(name, tokens)
            print(tokens, name, by_name[name], flush=True)
            (HERE / "scoring.json").write_text(json.dumps(results, indent=2) + "\n")
            if "ours" in by_name and (not name.endswith("JSONL") or "ours, from JSONL" in by_name):
                (HERE / "RESULTS.md").write_text(report(results))
        figures = {round(by_name[n]["f1"], 12) for n in ALIKE if by_name[n]}
        if len(figures) != 1:
            sys.exit(f"the scorers of one definition differ: {figures}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1:2] == ["--write"]:
        write_jsonl(Path(sys.argv[2]), make_codes(int(sys.argv[3]))[int(sys.argv[4])])
    else:
        main([int(size) for size in sys.argv[1:]] or list(SIZES))
