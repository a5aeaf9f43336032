"""Write the gold as a directory that ``datasets.load_dataset`` reads offline."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from eventbench.corpus.loading import Corpus, as_corpus, read_sources
from eventbench.dataset.card import read_card, with_configs, without_configs
from eventbench.dataset.croissant import croissant
from eventbench.dataset.loading import article_datasets, standard_fold
from eventbench.dataset.tables import TABLES, WHOLE, tables
from eventbench.dataset.tables import meanings as table_meanings
from eventbench.errors import EventbenchError, located
from eventbench.io import (
    Json,
    atomic_output,
    decode,
    fingerprint,
    read_bytes,
    read_json_object,
    read_text,
    reading,
    safe_name,
    sha256,
    short,
    write_json,
)
from eventbench.tasks.arguments import arguments_left_out
from eventbench.tasks.base import Row, Task
from eventbench.tasks.registry import TASKS, prepared, tasks_for
from eventbench.tasks.seen import Seen
from eventbench.text import plural

if TYPE_CHECKING:
    from datasets import Dataset

MANIFEST = "eventbench.json"
FORMAT = 4
"""Version of the manifest's set of keys."""
INCLUDED, NONE = "included", "none"
"""Values of "text" in a manifest."""


@dataclass(frozen=True)
class Built:
    """The outcome of `build`.

    Attributes:
        path: the directory.
        configs: names of the configurations, the default one first.
        left_out: descriptions of the arguments that IOB2 tags cannot represent.
    """

    path: Path
    configs: tuple[str, ...]
    left_out: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(
            [
                f"{self.path}: {len(self.configs)} configurations: {', '.join(self.configs)}",
                f"{plural(len(self.left_out), 'argument')} left out of the IOB2 tags, which cannot "
                "hold overlapping spans",
                *(f"  {argument}" for argument in self.left_out),
                f'Load it with: datasets.load_dataset("{self.path}", "{self.configs[0]}")',
            ]
        )


def build(
    out: str | Path,
    *,
    corpus: Corpus | str | Path | None = None,
    with_text: bool = True,
) -> Built:
    """Write the dataset as a directory that ``datasets.load_dataset`` reads offline.

    The directory is written completely or not at all. An earlier build is replaced;
    anything else is refused. The same gold gives the same bytes.

    Args:
        out: the directory to write.
        corpus: the corpus, or an argument of `load_corpus`.
        with_text: False leaves out the words of the articles, except their titles in the
            manifest; `hydrate` puts them back.

    Raises:
        EventbenchError: if ``out`` is something else, or cannot be written.
    """
    data = prepared(as_corpus(corpus))
    info = data.info
    about_corpus = tables(data)
    manifest = {
        "format": FORMAT,
        "corpus": data.id,
        "name": info.name,
        "description": info.description,
        "language": info.language,
        "licence": info.licence,
        "licence_url": info.licence_url,
        "text_licence": info.text_licence,
        "citation": info.citation,
        "canary": info.canary,
        "version": data.version,
        "fingerprint": data.fingerprint,
        "text": INCLUDED if with_text else NONE,
        "articles": [
            {"id": s.id, "file": s.path.name, "title": s.title, "sha256": s.sha256}
            for s in read_sources(data.root)
        ],
        "tasks": list(tasks := tasks_for(data)),
        "tables": {name: _digest(table) for name, table in about_corpus.items()},
        "folds": data.folds(),
        "standard_fold": standard_fold(data),
    }
    seen = Seen.of(data)
    made = {
        name: article_datasets(data, task, _rows(task, data, seen, with_text))
        for name, task in tasks.items()
    }
    made |= {name: {WHOLE: table} for name, table in about_corpus.items()}
    path = Path(out)
    configs = write_dataset(path, made, manifest, read_card(data))
    left_out = [found for document in data.documents for found in arguments_left_out(document)]
    return Built(path, configs, tuple(left_out))


def _digest(table: Dataset) -> str:
    return fingerprint([json.dumps(row, sort_keys=True) for row in table])


def _rows(task: Task, corpus: Corpus, seen: Seen, with_text: bool) -> list[Row]:
    if with_text:
        return task.rows(corpus.documents, corpus.scheme, seen)
    return [r for d in corpus.documents for r in task.bare_rows(d, corpus.scheme, seen)]


def write_dataset(
    out: Path, made: dict[str, dict[str, Dataset]], manifest: Json, card: str
) -> tuple[str, ...]:
    """Write datasets of each task and article, tables, manifest and card, atomically.

    Returns:
        The names of the configurations, the default one first.

    Raises:
        EventbenchError: if ``out`` is something else, or cannot be written.
    """
    if out.exists() and not (out / MANIFEST).is_file():
        raise EventbenchError(f"{out}: exists and is not an eventbench dataset; choose another")
    with atomic_output(out) as new:
        new.mkdir()
        data = _data(manifest)
        files = {}
        for task, by_document in made.items():
            (new / data / task).mkdir(parents=True)
            for doc_id, dataset in by_document.items():
                name = f"{data}/{task}/{doc_id}.parquet"
                dataset.to_parquet(new / name)
                files[name] = sha256(new / name)
        configs = _configs(manifest, data)
        columns = {task: next(iter(found.values())).features for task, found in made.items()}
        meanings = {
            name: TASKS[name].meanings if name in TASKS else table_meanings(name, columns[name])
            for name in columns
        }
        write_json(new / "croissant.json", croissant(manifest, data, columns, meanings))
        write_json(new / MANIFEST, {**manifest, "files": files})
        (new / "README.md").write_text(with_configs(card, configs), encoding="utf-8", newline="")
    return tuple(config["config_name"] for config in configs)


def _configs(manifest: Json, data: str) -> list[Json]:
    """The configurations of each task: the standard fold, then every fold; then the tables."""
    configs: list[Json] = []
    for task in manifest["tasks"]:
        folds: list[Json] = [
            {
                "config_name": f"{task}_fold{fold}",
                "data_files": [
                    {"split": split, "path": [f"{data}/{task}/{i}.parquet" for i in ids]}
                    for split, ids in splits.items()
                    if ids
                ],
            }
            for fold, splits in enumerate(manifest["folds"])
        ]
        standard = folds[manifest["standard_fold"]]
        default = {"default": True} if not configs else {}
        configs += [{**standard, "config_name": task, **default}, *folds]
    for table in manifest["tables"]:
        files = [{"split": WHOLE, "path": [f"{data}/{table}/{WHOLE}.parquet"]}]
        configs.append({"config_name": table, "data_files": files})
    return configs


def hydrate(directory: str | Path, seeds: str | Path) -> None:
    """Put the articles' text back into a dataset that was built without it, in place.

    The result is byte for byte what `build` writes with text.

    Args:
        directory: a dataset built with ``with_text=False``.
        seeds: a directory with your own copies of the articles.

    Raises:
        EventbenchError: if ``directory`` is not such a dataset, or a copy is missing or
            differs from the annotated article in any byte.
    """
    from datasets import Dataset

    directory, seeds = Path(directory), Path(seeds)
    manifest = read_manifest(directory)
    if manifest["text"] != NONE:
        raise EventbenchError(f"{directory}: already has its text")
    texts = {}
    for article in manifest["articles"]:
        path = seeds / article["file"]
        if not path.is_file():
            raise EventbenchError(f"{path}: missing: article {article['id']}")
        content = read_bytes(path)
        found = hashlib.sha256(content).hexdigest()
        if found != article["sha256"]:
            raise EventbenchError(
                f"{path}: is not the article that was annotated: SHA-256 is {found}, "
                f"expected {article['sha256']}"
            )
        texts[article["id"]] = (decode(path, content), article["title"])
    names = (*manifest["tasks"], *manifest["tables"])
    made: dict[str, dict[str, Dataset]] = {name: {} for name in names}
    for name in manifest.pop("files"):
        task, doc_id = Path(name).parent.name, Path(name).stem
        with reading(directory / name, "is not as this version builds it"):
            bare = _read_parquet(directory / name)
            if task not in TASKS:  # a table has no words
                made[task][doc_id] = bare
                continue
            filled = [TASKS[task].fill_in(row, *texts[doc_id]) for row in bare]
            made[task][doc_id] = Dataset.from_list(filled, features=bare.features)
    with reading(directory / "README.md", "is not the card of a dataset"):
        card = without_configs(read_text(directory / "README.md"))
    write_dataset(directory, made, {**manifest, "text": INCLUDED}, card)


def _read_parquet(path: Path) -> Dataset:
    """Read a Parquet file without the cache of ``datasets``, which would outlive the file."""
    import pyarrow.parquet
    from datasets import Dataset

    return Dataset(pyarrow.parquet.read_table(path))


_TEXTS = (
    "corpus name description language licence licence_url text_licence citation version fingerprint"
)
"""Keys of a manifest whose values are strings."""


def read_manifest(directory: Path) -> Json:
    """Read the manifest of a built dataset and check that its files are unchanged.

    Raises:
        EventbenchError: if it does not exist, was not written by `build`, or a file is
            missing or was changed.
    """
    import msgspec

    path = directory / MANIFEST
    if not path.is_file():
        raise EventbenchError(f"{directory}: is not an eventbench dataset: no {MANIFEST}")
    manifest = read_json_object(path)
    if manifest.get("format") != FORMAT:
        found = f"format is {manifest.get('format')!r}, expected {FORMAT}"
        raise EventbenchError(f"{path}: {found}; build the dataset anew")
    form = [
        *((key, str) for key in _TEXTS.split()),
        ("text", Literal["included", "none"]),
        ("articles", list[dict[str, str]]),
        ("tasks", list[str]),
        ("tables", dict[str, str]),
        ("folds", list[dict[str, list[str]]]),
        ("standard_fold", int),
        ("files", dict[str, str]),
    ]
    with reading(path, "is not the manifest of a dataset"), located(str(path)):
        msgspec.convert(manifest, msgspec.defstruct("Manifest", form))
        _check_names(manifest)
    check_files(directory, manifest["files"])
    return manifest


def _check_names(manifest: Json) -> None:
    """Check every name of a manifest that becomes a path, or stands for an article or a fold."""
    safe_name(manifest["fingerprint"])
    articles = [(a["title"], a["sha256"], safe_name(a["file"])) for a in manifest["articles"]]
    ids = {safe_name(article["id"]) for article in manifest["articles"]}
    if len(ids) != len(articles):
        raise EventbenchError("articles has an id twice")
    if unknown := [task for task in manifest["tasks"] if task not in TASKS]:
        raise EventbenchError(f"tasks has {short(unknown[0])}, expected {', '.join(TASKS)}")
    if unknown := [table for table in manifest["tables"] if table not in TABLES]:
        raise EventbenchError(f"tables has {short(unknown[0])}, expected {', '.join(TABLES)}")
    expected = {f"{_data(manifest)}/{task}/{i}.parquet" for task in manifest["tasks"] for i in ids}
    expected |= {f"{_data(manifest)}/{table}/{WHOLE}.parquet" for table in manifest["tables"]}
    for differing in sorted(expected ^ manifest["files"].keys()):
        found = "lacks" if differing in expected else "has"
        raise EventbenchError(f"files {found} {differing!r}; build the dataset anew")
    folds: list[dict[str, list[str]]] = manifest["folds"]
    named = {i for splits in folds for articles in splits.values() for i in articles}
    if strangers := sorted(named - ids):
        raise EventbenchError(f"folds name {short(strangers[0])}, which is not an article")
    if not 0 <= manifest["standard_fold"] < len(folds):
        raise EventbenchError(f"standard_fold is not one of the {len(folds)} folds")


def _data(manifest: Json) -> str:
    """The directory of the Parquet files.

    The cache of `datasets` does not look into files. A name that changes with the data keeps
    it from giving out rows of an earlier build.
    """
    found = manifest["fingerprint"]
    if manifest["tables"]:  # of which the fingerprint knows nothing
        found = fingerprint([found, *manifest["tables"].values()])
    return f"data-{found}" + ("" if manifest["text"] != NONE else "-t")


def check_files(directory: Path, files: Mapping[str, Any]) -> None:
    """Check that files exist and have the digests of the manifest."""
    for name, expected in files.items():
        if not (directory / name).is_file():
            raise EventbenchError(f"{directory / name}: missing")
        found = sha256(directory / name)
        if found != expected:
            raise EventbenchError(
                f"{directory / name}: changed since it was built: SHA-256 is {found}, "
                f"expected {expected} ({MANIFEST})"
            )
