"""The encoder against plain Hugging Face code, in one run: how fast it tags, how fast it learns.

    python benchmarks/baselines.py                  # both parts, 2,000 sentences, 5 rounds
    python benchmarks/baselines.py tagging 400 3    # one part, other numbers

Tagging: the encoder's triggers against ``pipeline("token-classification")``, with the same
weights on the same sentences; each word must get the same label. Learning: our settings
against those of the Hugging Face example ``run_ner.py`` (the Trainer's defaults: single
precision, batches of 8 as they come, every weight), same encoder, same sentences, same number
of epochs. The two sides take turns. Results go to benchmarks/baselines.json and BASELINES.md.
"""

from __future__ import annotations

import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SENTENCES, ROUNDS = 2_000, 5
EPOCHS = 3
"""Passes over the articles; as many as ``run_ner.py`` makes if told nothing."""

PIPELINE_BATCHES = (1, 8, 64)
"""Sentences a batch of the pipeline; 1 is what it does if told nothing."""


def sentences(number: int) -> list[list[str]]:
    """Sentences of many lengths: the first half of one of ours and the second of another."""
    from eventbench import load_corpus

    known = [
        [token.text_in(document.text) for token in sentence.tokens]
        for document in load_corpus("aleppo-1").documents
        for sentence in document.sentences
    ]
    rng = random.Random(0)
    pairs = [(rng.choice(known), rng.choice(known)) for _ in range(number)]
    return [a[: (len(a) + 1) // 2] + b[len(b) // 2 :] for a, b in pairs]


def every_article() -> Any:
    """A fold that learns triggers from all articles."""
    from eventbench import Fold, load_corpus

    corpus = load_corpus("aleppo-1")
    return Fold("triggers", corpus.scheme, corpus.documents)


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def take_turns(sides: dict[str, Callable[[int], Any]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each side in each round; the first round of all is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(rounds + 1):
        for name, side in sides.items():
            took, _ = timed(partial(side, turn))
            if turn:
                seconds[name].append(took)
            print(f"round {turn}: {name}: {took:.2f} s", flush=True)
    return seconds


# Tagging


def tagging(number: int, rounds: int) -> dict[str, Any]:
    from datasets import Dataset
    from eventbench_baselines.encoder.system import Encoder
    from transformers import pipeline

    from eventbench import BatchExtractor, fit

    words = sentences(number)
    texts = [" ".join(sentence) for sentence in words]
    rows = Dataset.from_dict({"tokens": words})
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        # One model that reads one sentence at a time, as the pipeline's does.
        options = {"members": 1, "context": 1, "epochs": EPOCHS, "probe_share": 0.0}
        fit("encoder", out=model, task="triggers", options=options)
        system = Encoder.load(model / "system")
        extract = BatchExtractor(model)
        pipe = pipeline(
            "token-classification",
            model=str(model / "system" / "triggers" / "member0"),
            tokenizer=str(model / "system" / "triggers" / "tokenizer"),
        )
    tagger = system._taggers["triggers"]
    labels = tagger.heads["triggers"]
    ours = [[labels[k] for k in p.argmax(axis=-1)] for p in tagger.probabilities(words)]
    for batch in PIPELINE_BATCHES:
        if ours != word_labels(pipe(texts, batch_size=batch), words, labels):
            sys.exit(f"the pipeline with batches of {batch} predicts something else")
    sides: dict[str, Callable[[int], Any]] = {
        "Encoder.predict": lambda turn: system.predict(rows),
        "eventbench predict": lambda turn: extract({"id": range(number), "text": texts}),
        **{
            f"pipeline, batch_size={batch}": lambda turn, batch=batch: pipe(texts, batch_size=batch)
            for batch in PIPELINE_BATCHES
        },
    }
    return {
        "machine": machine(),
        "sentences": number,
        "words": sum(map(len, words)),
        "words with a label": sum(label != "O" for found in ours for label in found),
        "seconds": take_turns(sides, rounds),
    }


def word_labels(found: list[Any], words: list[list[str]], labels: list[str]) -> list[list[str]]:
    """The label of each word's first sub-token; what the pipeline does not name is outside."""
    result = []
    for sentence, pieces in zip(found, words, strict=True):
        by_start = {p["start"]: labels[int(p["entity"].rpartition("_")[2])] for p in sentence}
        start, of_sentence = 0, []
        for word in pieces:
            of_sentence.append(by_start.get(start, "O"))
            start += len(word) + 1
        result.append(of_sentence)
    return result


# Learning


def learning(number: int, rounds: int) -> dict[str, Any]:
    from eventbench_baselines.encoder.system import Encoder

    from eventbench import Fold

    everything = every_article()
    rows = everything.train

    def ours(turn: int) -> None:
        # A new fold in each round, which keeps no trained component.
        fold = Fold("triggers", everything.scheme, everything.train_documents)
        system = Encoder(members=1, epochs=EPOCHS, probe_share=0.0, seed=1000 + turn)
        system.fit(fold, lambda part, **measured: None)

    sides = {"Encoder.fit": ours, "Trainer, as in run_ner.py": lambda turn: plain(rows, turn)}
    return {
        "machine": machine(),
        "sentences": len(rows),
        "words": sum(map(len, rows["tokens"])),
        "epochs": EPOCHS,
        "seconds": take_turns(sides, rounds),
    }


def plain(rows: Any, seed: int) -> None:
    """What the example script does with its defaults, but for evaluating and saving."""
    import transformers
    from eventbench_baselines.encoder import encoder_path

    path = encoder_path("embedded")
    names = rows.features["ner_tags"].feature.names
    tokenizer = transformers.AutoTokenizer.from_pretrained(path)
    model = transformers.AutoModelForTokenClassification.from_pretrained(
        path, num_labels=len(names)
    )

    def encode(batch: dict[str, list[Any]]) -> Any:
        encoded = tokenizer(batch["tokens"], truncation=True, is_split_into_words=True)
        encoded["labels"] = []
        for index, tags in enumerate(batch["ner_tags"]):
            places = encoded.word_ids(index)
            before = [None, *places[:-1]]
            encoded["labels"].append(
                [
                    -100 if place is None or place == last else tags[place]
                    for last, place in zip(before, places, strict=True)
                ]
            )
        return encoded

    encoded = rows.map(encode, batched=True, remove_columns=rows.column_names, keep_in_memory=True)
    with tempfile.TemporaryDirectory() as folder:
        transformers.Trainer(
            model=model,
            args=transformers.TrainingArguments(
                output_dir=folder,
                num_train_epochs=EPOCHS,
                seed=seed,
                save_strategy="no",
                report_to=[],
                disable_tqdm=True,
            ),
            train_dataset=encoded,
            data_collator=transformers.DataCollatorForTokenClassification(tokenizer),
            processing_class=tokenizer,
        ).train()


# Report


def machine() -> dict[str, Any]:
    import torch

    from eventbench.systems.machine import processor

    packages = ("eventbench", "torch", "transformers", "accelerate", "tokenizers", "datasets")
    gpu = {"gpu": torch.cuda.get_device_name()} if torch.cuda.is_available() else {}
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "torch threads": torch.get_num_threads(),
        **gpu,
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def table(part: dict[str, Any], ours: str, words: int) -> list[str]:
    """A row a side: its median time and speed, and its time as a multiple of that of ``ours``.

    The multiple is taken in each round, since both sides have the same machine then.
    """
    lines = [
        "| | seconds, median | words/s | time/ours, median | in each round |",
        "|---|---:|---:|---:|---|",
    ]
    base = part["seconds"][ours]
    for name, seconds in part["seconds"].items():
        median = statistics.median(seconds)
        ratios = [theirs / mine for theirs, mine in zip(seconds, base, strict=True)]
        each = " ".join(f"{ratio:.2f}" for ratio in sorted(ratios))
        lines.append(
            f"| {name} | {median:.2f} | {words / median:,.0f} "
            f"| {statistics.median(ratios):.2f} | {each} |"
        )
    return lines


def tagging_report(found: dict[str, Any]) -> list[str]:
    return [
        "## Tagging",
        "",
        f"{found['sentences']:,} sentences, {found['words']:,} words, "
        f"{found['words with a label']:,} of them with a label that is not O;",
        "one model, which reads one sentence at a time. The pipeline has its weights and gives",
        "every word the same label. `Encoder.predict` also finds the best valid IOB2 sequence;",
        "`eventbench predict` also finds sentences and words in plain text, and writes events.",
        "",
        *table(found, "Encoder.predict", found["words"]),
    ]


def learning_report(found: dict[str, Any]) -> list[str]:
    return [
        "## Learning",
        "",
        f"{found['sentences']:,} sentences, {found['words']:,} words, {found['epochs']} epochs; "
        "loading the model is included.",
        "",
        *table(found, "Encoder.fit", found["words"] * found["epochs"]),
    ]


PARTS = {"tagging": (tagging, tagging_report), "learning": (learning, learning_report)}


def report(results: dict[str, Any]) -> str:
    lines = [
        "# Speed of the encoder",
        "",
        "Written by `python benchmarks/baselines.py`. Speed of a machine changes from minute to",
        "minute: read the ratios, not the seconds. The sides took turns; one round before those",
        "that count warmed them up.",
    ]
    for name, (_, part_report) in PARTS.items():
        if name in results:
            its_machine = " · ".join(f"{k} {v}" for k, v in results[name]["machine"].items())
            lines += ["", *part_report(results[name]), "", its_machine]
    return "\n".join(lines) + "\n"


def main(parts: list[str], number: int = SENTENCES, rounds: int = ROUNDS) -> None:
    import datasets
    import transformers

    warnings.simplefilter("ignore")
    datasets.disable_progress_bars()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    path = HERE / "baselines.json"
    results = json.loads(path.read_text()) if path.is_file() else {}
    for part in parts:
        results[part] = PARTS[part][0](number, rounds)
        path.write_text(json.dumps(results, indent=2) + "\n")
        (HERE / "BASELINES.md").write_text(report(results))
    print(report(results))


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # everything is here
    named = [word for word in sys.argv[1:] if word in PARTS]
    main(named or list(PARTS), *(int(word) for word in sys.argv[1:] if word not in PARTS))
