"""The gold as a Hugging Face dataset: rows, folds, build and load."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventbench import tokens
from eventbench.corpus import Corpus, load_corpus
from eventbench.model import EventbenchError

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict, Features

Row = dict[str, Any]

TASKS = ("triggers",)
STANDARD_FOLD = 3
"""The fold behind the plain configuration: its test article has another publisher."""

MANIFEST = "eventbench.json"


def folds(corpus: Corpus) -> list[dict[str, tuple[str, ...]]]:
    """The official protocol: leave one document out.

    Returns:
        For each fold k the ids of its articles by split: "test" is article k,
        "validation" the next one (the first follows the last), "train" the rest.
    """
    ids = [document.id for document in corpus.documents]
    result = []
    for k, test in enumerate(ids):
        validation = ids[(k + 1) % len(ids)]
        train = tuple(i for i in ids if i not in (test, validation))
        result.append({"train": train, "validation": (validation,), "test": (test,)})
    return result


def rows(corpus: Corpus, task: str = "triggers") -> list[Row]:
    """Every row of a task, in the order of the articles; tags are strings.

    Row of "triggers": ``id``, ``doc_id``, ``sent_id`` (int, from 0), ``text``,
    ``tokens``, ``token_starts`` and ``token_ends`` (code points into the
    article) and ``ner_tags``, IOB2 over event types, one a token.

    Raises:
        EventbenchError: if a trigger cannot be held by IOB2 tags.
    """
    if task not in TASKS:
        raise EventbenchError(f"no task {task!r}: expected {' or '.join(TASKS)}")
    result = []
    for document in corpus.documents:
        for index, sentence in enumerate(document.sentences):
            triggers = [(e.type, e.trigger) for e in document.events_in(sentence)]
            tags, left_out = tokens.to_iob2(sentence, triggers)
            if left_out:
                label, span = left_out[0]
                raise EventbenchError(
                    f"{document.stem}.ann: trigger {span.text_in(document.text)!r} ({label}, "
                    f"{span.start}-{span.end}) overlaps another or is not made of whole tokens"
                )
            result.append(
                {
                    "id": sentence.id,
                    "doc_id": document.id,
                    "sent_id": index,
                    "text": sentence.span.text_in(document.text),
                    "tokens": [t.text_in(document.text) for t in sentence.tokens],
                    "token_starts": [t.start for t in sentence.tokens],
                    "token_ends": [t.end for t in sentence.tokens],
                    "ner_tags": tags,
                }
            )
    return result


def features(corpus: Corpus, task: str = "triggers") -> Features:
    """The typed columns of a task; ``ner_tags`` is a list of ClassLabel."""
    from datasets import ClassLabel, Features, List, Value

    return Features(
        {
            "id": Value("string"),
            "doc_id": Value("string"),
            "sent_id": Value("int32"),
            "text": Value("string"),
            "tokens": List(Value("string")),
            "token_starts": List(Value("int32")),
            "token_ends": List(Value("int32")),
            "ner_tags": List(ClassLabel(names=corpus.scheme.trigger_labels())),
        }
    )


def load(
    config: str = "triggers", *, fold: int | None = None, data_dir: Path | str | None = None
) -> DatasetDict:
    """The splits of a configuration, straight from the gold: no cache, no network.

    Args:
        config: "triggers", or with its fold as `build` names it, "triggers_fold0".
        fold: which fold; the standard split (fold 3) if None.
        data_dir: a directory with ``seeds`` and ``annotations``; ours if None.

    Raises:
        EventbenchError: if there is no such configuration or fold.
    """
    corpus = load_corpus(data_dir)
    task, _, digits = config.partition("_fold")
    if digits:
        if fold is not None or not digits.isdecimal():
            raise EventbenchError(f"no configuration {config!r} with fold {fold}")
        fold = int(digits)
    return fold_dataset(corpus, task, STANDARD_FOLD if fold is None else fold)


def fold_dataset(corpus: Corpus, task: str, fold: int) -> DatasetDict:
    """The train, validation and test rows of one fold."""
    from datasets import DatasetDict

    if not 0 <= fold < len(corpus.documents):
        raise EventbenchError(f"no fold {fold}: expected 0 to {len(corpus.documents) - 1}")
    all_rows = rows(corpus, task)
    splits = folds(corpus)[fold]
    return DatasetDict({s: _dataset(corpus, task, all_rows, ids) for s, ids in splits.items()})


def _dataset(corpus: Corpus, task: str, all_rows: list[Row], ids: tuple[str, ...]) -> Dataset:
    from datasets import Dataset

    chosen = [row for row in all_rows if row["doc_id"] in ids]
    return Dataset.from_list(chosen, features=features(corpus, task))


def build(out: Path, data_dir: Path | str | None = None) -> list[str]:
    """Write the dataset as a directory that ``datasets.load_dataset`` reads offline.

    The directory appears whole or not at all. An earlier build at the same place
    is replaced; anything else there is left alone.

    Args:
        out: the directory to make.
        data_dir: a directory with ``seeds`` and ``annotations``; ours if None.

    Returns:
        The names of its configurations, the default one first.

    Raises:
        EventbenchError: if ``out`` is something else, or cannot be written.
    """
    corpus = load_corpus(data_dir)
    if out.exists() and not (out / MANIFEST).is_file():
        raise EventbenchError(f"{out}: exists and is not an eventbench dataset; choose another")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as parent:
            new = Path(parent) / "new"
            new.mkdir()
            names = _write_dataset(new, corpus)
            if out.exists():
                out.rename(Path(parent) / "old")
            new.rename(out)
    except OSError as error:
        raise EventbenchError(f"{out}: cannot be written: {error.strerror or error}") from None
    return names


def _write_dataset(directory: Path, corpus: Corpus) -> list[str]:
    configs: list[Row] = []
    for task in TASKS:
        (directory / task).mkdir()
        all_rows = rows(corpus, task)
        for document in corpus.documents:
            dataset = _dataset(corpus, task, all_rows, (document.id,))
            dataset.to_parquet(directory / task / f"{document.id}.parquet")
        for fold, splits in enumerate(folds(corpus)):
            files = [
                {"split": split, "path": [f"{task}/{doc_id}.parquet" for doc_id in ids]}
                for split, ids in splits.items()
            ]
            configs.append({"config_name": f"{task}_fold{fold}", "data_files": files})
            if fold == STANDARD_FOLD:
                configs.insert(0, {"config_name": task, "data_files": files, "default": True})
    # JSON is YAML too, and it leaves no question of quoting.
    header = "".join(f"- {json.dumps(config)}\n" for config in configs)
    (directory / "README.md").write_text(
        f"---\nconfigs:\n{header}---\n\n# eventbench {corpus.version}\n", encoding="utf-8"
    )
    manifest = {"version": corpus.version, "fingerprint": corpus.fingerprint}
    (directory / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return [config["config_name"] for config in configs]
