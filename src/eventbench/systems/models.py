"""Train a system, save it as a model, and tag new articles with it.

A model is a directory::

    model.json      system, options, data, and the SHA-256 of every other file
    annotations/    the scheme, as brat's configuration, and the lists that values refer to
    system/         what the system saved
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventbench.corpus.joining import extra_articles
from eventbench.corpus.loading import (
    SCHEME,
    Corpus,
    as_corpora,
    as_corpus,
    read_corpus_scheme,
)
from eventbench.corpus.model import Document
from eventbench.corpus.predictions import predicted_corpus, values_of, write_scheme
from eventbench.corpus.records import ArticleEvents, in_reading_order, with_events
from eventbench.corpus.scheme import Scheme
from eventbench.corpus.segmentation import segment
from eventbench.corpus.values import PLACES, read_named
from eventbench.documents.article import Article
from eventbench.errors import EventbenchError, located
from eventbench.evaluation.runs import LOGS, data_record, version_record, versions
from eventbench.io import (
    atomic_output,
    is_empty_directory,
    parse_json_object,
    read_bytes,
    read_json_object,
    reading,
    safe_path,
    sha256,
)
from eventbench.systems import default
from eventbench.systems.machine import is_first_process
from eventbench.systems.options import Options
from eventbench.systems.protocol import (
    Fold,
    Progress,
    System,
    available_systems,
    check_class,
    check_learns,
    check_seed,
    checked_answers,
    find_system,
    make_fold,
    make_system,
    source_digest,
    tasks_of,
)
from eventbench.systems.tracking import check_trackers, tracked
from eventbench.tasks.registry import find_task, model_tasks

if TYPE_CHECKING:
    from datasets import Dataset

RECORD = "model.json"
FORMAT = "eventbench model 2"
SYSTEM = "system"

BLOCK = 1 << 20
"""Code points of text tagged at a time, so that memory does not grow with the input."""


def fit(
    system: str | None = None,
    *,
    corpus: Corpus | str | Path | None = None,
    also_train: Sequence[Corpus | str | Path] = (),
    out: str | Path | None = None,
    task: str | None = None,
    fold: int | None = None,
    seed: int = 0,
    options: Options | None = None,
    track: Sequence[str] = (),
    progress: Progress = lambda part, **measured: None,
) -> Model:
    """Train a system and save it as a model.

    ``fit()`` trains the default model; `default_model` uses it from then on. Under
    ``torchrun`` or ``accelerate`` every process trains, but only the first one writes.

    Args:
        system: an installed system or "module:Class", with ``save`` and ``load``; if None,
            the system of the default model, on its corpora (`default_corpora`) unless
            ``corpus`` or ``also_train`` names others.
        corpus: the corpus to learn from, or an argument of `load_corpus`; the model has its
            scheme.
        also_train: more corpora to learn from, as for `run`, with all of their articles.
        out: the directory to write; an earlier model there is replaced. It may be None for
            the default model only, which then is kept in the user's cache.
        task: "events" or "triggers"; the first of them that the system does if None.
        fold: leave out the test article of this fold; None: learn from all articles but those
            that fixed splits test on, the last of which (of ``corpus``) is for validation.
        seed: the system's seed.
        options: options of the system.
        track: trackers, as for `run`; TensorBoard and W&B write to ``<out>-logs``.
        progress: called with the fraction done.

    Raises:
        EventbenchError: if ``out`` is something else or missing, the system cannot do the task
            or cannot be saved, an option, the seed or the fold is out of range, or a tracker
            cannot be used.
    """
    check_seed(seed)
    check_trackers(track)
    given = dict(options or {})
    is_default = system is None and corpus is None and not also_train
    if out is None and not (is_default and task is None and fold is None and not (seed or given)):
        raise EventbenchError("only the default model has a directory: name one to write (--out)")
    corpora = (
        default.default_corpora() if is_default else [as_corpus(corpus), *as_corpora(also_train)]
    )
    place = default.default_directory(corpora) if out is None else Path(out)
    if place.exists() and not is_model(place) and not is_empty_directory(place):
        raise EventbenchError(f"{place}: exists and is not a model; choose another --out")
    name = system or default.DEFAULT_SYSTEM
    about = {"system": name, "task": _task(name, task, given), "options": given, "seed": seed}
    return _fitted(about, corpora, place, fold, track, progress)


def _task(name: str, task: str | None, options: Options) -> str:
    """The task to learn, once it is clear that the system can learn it and be kept."""
    system_class = find_system(name)
    expected = model_tasks()
    chosen = task or next((t for t in expected if t in tasks_of(system_class)), expected[0])
    if chosen not in expected:
        raise EventbenchError(f"a model is for {' or '.join(expected)}, not for {chosen}")
    check_class(name, system_class, options, [chosen])
    for method in ("save", "load"):
        if not callable(getattr(system_class, method, None)):
            raise EventbenchError(f"system {name!r} cannot be kept: it has no {method}(directory)")
    return chosen


def _fitted(
    about: dict[str, Any],
    corpora: Sequence[Corpus],
    out: Path,
    fold: int | None,
    track: Sequence[str],
    progress: Progress,
) -> Model:
    """Train a system, whose name, task, options and seed are in ``about``, and save it."""
    name, task, data = about["system"], about["task"], corpora[0]
    system_class = find_system(name)
    extra = extra_articles(data, corpora[1:])
    check_learns(system_class, [task], data, extra)
    learned = _learned(data, task, fold, extra)
    system: Any = make_system(system_class, about["options"], about["seed"], task)
    logs = out.with_name(f"{out.name}-{LOGS}")
    described = {**about["options"], "system": name, "task": task, "seed": about["seed"]}
    with tracked(progress, track, logs, out.name, described) as reported:
        system.fit(learned, reported)
    digest = ""
    if is_first_process():
        about = {**about, "source": source_digest(system_class)}
        digest = _write(out, system, data.root, _record(about, learned, corpora))
    return Model(system, name, task, data.scheme, data.info.language, out, digest)


def _learned(corpus: Corpus, task: str, fold: int | None, extra: Sequence[Document]) -> Fold:
    """The articles to learn from: a fold, or all, with the last one for validation."""
    if fold is not None:
        return make_fold(corpus, task, fold, extra)
    documents = tuple(corpus.document(article) for article in corpus.training_articles)
    split = max(1, len(documents) - 1)
    train, validation = (*documents[:split], *extra), documents[split:]
    return Fold(task, corpus.scheme, train, validation, places=corpus.places)


def _record(about: dict[str, Any], learned: Fold, corpora: Sequence[Corpus]) -> dict[str, Any]:
    corpus = corpora[0]
    # A fingerprint of a task covers what is tested; a corpus may only be learned from.
    tasks = [learned.task] if corpus.is_tested else []
    documents = (*learned.train_documents, *learned.validation_documents)
    return {
        "format": FORMAT,
        **about,
        "articles": [document.id for document in documents],
        "data": data_record(corpus, tasks),
        "learned_from": [version_record(found) for found in corpora],
        "language": corpus.info.language,
        "versions": versions(),
    }


def _write(out: Path, system: Any, root: Path, record: dict[str, Any]) -> str:
    """Write a model and return its digest."""
    with atomic_output(out) as new:
        (new / SYSTEM).mkdir(parents=True)
        system.save(new / SYSTEM)
        write_scheme(root / SCHEME, new)
        text = json.dumps({**record, "files": _digests(new)}, indent=2) + "\n"
        content = text.encode("utf-8")
        (new / RECORD).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def is_model(path: Path) -> bool:
    """Return True for a directory that `fit` wrote, which may be replaced."""
    try:
        record = read_json_object(path / RECORD)
    except EventbenchError:
        return False
    return str(record.get("format", "")).startswith("eventbench model")


def _digests(directory: Path) -> dict[str, str]:
    """The SHA-256 of every file but the record, by its path in the directory.

    Raises:
        EventbenchError: if there is anything but files and folders, such as a linked folder.
    """
    paths = sorted(p for p in directory.rglob("*") if p.is_symlink() or not p.is_dir())
    for path in paths:
        if not path.is_file():
            raise EventbenchError(f"{path}: expected a file in a model")
    named = {path.relative_to(directory).as_posix(): path for path in paths}
    return {name: sha256(path) for name, path in named.items() if name != RECORD}


def load_model(path: Path | str, *, system: str | None = None) -> Model:
    """Load a model that `fit` saved.

    A model names the system that reads its files. One that is installed is found by its
    name; code from elsewhere is imported only if the caller names it too, because the
    name was chosen by the author of the directory.

    Args:
        path: the directory of the model.
        system: the system that fitted the model, as "module:Class"; None if it is installed.

    Raises:
        EventbenchError: if it is not a model, a file is missing, changed or not listed, or
            its system is not installed, is not ``system`` or cannot read it.
    """
    path = Path(path)
    name, task, language, digest = _read_record(path)
    _check_system(path / RECORD, name, system)
    system_class: Any = find_system(name)
    # Another version of the system may have saved the files, so any error may occur.
    with reading(path, f"system {name!r} cannot load it"):
        loaded = system_class.load(path / SYSTEM)
    return Model(loaded, name, task, read_corpus_scheme(path), language, path, digest)


def as_model(model: Model | Path | str, system: str | None = None) -> Model:
    """Return a model, loaded unless it is already; ``system`` is as `load_model` takes it."""
    return model if isinstance(model, Model) else load_model(model, system=system)


def _read_record(path: Path) -> tuple[str, str, str, str]:
    """System, task, language and digest of a model whose files are all as recorded."""
    if not (path / RECORD).is_file():
        raise EventbenchError(f"{path}: not a model directory (no {RECORD})")
    raw = read_bytes(path / RECORD)
    record = parse_json_object(path / RECORD, raw)
    with reading(path / RECORD, "is not the record of a model"):
        if record["format"] != FORMAT:
            raise ValueError(f"format is {record['format']!r}, expected {FORMAT!r}")
        name, task, files = str(record["system"]), str(record["task"]), dict(record["files"])
        language = str(record["language"])
        if task not in model_tasks():
            raise ValueError(f"task is {task!r}, expected {' or '.join(model_tasks())}")
    _check_files(path, files)
    return name, task, language, hashlib.sha256(raw).hexdigest()


def _check_files(path: Path, files: dict[str, str]) -> None:
    """Check that a model has the files of its record, unchanged, and no others."""
    with located(str(path / RECORD)):
        for name in files:
            safe_path(path, name)
    found = _digests(path)
    for name in sorted({*files, *found}):
        if name not in found:
            raise EventbenchError(f"{path / name}: missing ({RECORD} lists it)")
        if name not in files:
            raise EventbenchError(f"{path / name}: is not listed in {RECORD}")
        if found[name] != files[name]:
            raise EventbenchError(f"{path / name}: changed since the model was made")


def _check_system(record: Path, name: str, system: str | None) -> None:
    """Refuse to import what only the model names.

    Raises:
        EventbenchError: if its system is not installed and the caller does not name it, or
            the caller names another.
    """
    if system is not None and system != name:
        raise EventbenchError(f"{record}: system is {name!r}, not {system!r}")
    if system is None and name not in available_systems():
        raise EventbenchError(
            f"{record}: system is {name!r}, which is not installed; loading it runs that code: "
            f"if you trust it, name it too (--system {name})"
        )


@dataclass(frozen=True)
class Model:
    """A trained system, ready to tag new texts.

    Attributes:
        system: the trained system.
        name: the system's name.
        task: "events" or "triggers".
        scheme: the types, roles and values of its events.
        language: language of the training articles.
        directory: the directory of the model.
        digest: SHA-256 of its record, which covers all of its files; empty in a process of a
            distributed `fit` that wrote none.
    """

    system: System
    name: str
    task: str
    scheme: Scheme
    language: str
    directory: Path
    digest: str

    def __repr__(self) -> str:
        return f"Model({self.name} for {self.task}, {str(self.directory)!r})"

    def predict(self, texts: Iterable[str]) -> list[ArticleEvents]:
        """Find the events of each text; see `extract`."""
        articles = (Article(str(number), text) for number, text in enumerate(texts))
        return [found for _, found in self.extract(articles)]

    def extract(self, articles: Iterable[Article]) -> Iterator[tuple[Article, ArticleEvents]]:
        """Yield each article with its events, in the given order; see `annotate`."""
        for block in _blocks(articles):
            found = (ArticleEvents(d.events, d.links) for d in self._tagged(block))
            yield from zip(block, found, strict=True)

    def annotate(self, articles: Iterable[Article]) -> Iterator[Document]:
        """Yield each article with its sentences, events and values, in the given order.

        Events are numbered E1, E2, … in reading order. Offsets count code points of the
        given text.

        Raises:
            EventbenchError: if spaCy is not installed, or the system gives an invalid answer.
        """
        for block in _blocks(articles):
            for article, found in zip(block, self._tagged(block), strict=True):
                yield replace(
                    found,
                    id=article.id,
                    stem=article.id,
                    text=article.text,
                    sentences=tuple(
                        replace(s, id=f"{article.id}-{number:03d}")
                        for number, s in enumerate(found.sentences, 1)
                    ),
                    title=article.title,
                    values=values_of(found.events, self.scheme),
                )

    def _tagged(self, articles: Sequence[Article]) -> list[Document]:
        # Use our own ids, since those of the caller may not be unique.
        documents = [self._document(str(n), article) for n, article in enumerate(articles)]
        with_words = [d for d in documents if d.sentences]
        found: dict[str, ArticleEvents] = {}
        if with_words:
            task = find_task(self.task)
            test = _dated(task.inputs_for(with_words, self.scheme), with_words)
            predicted = self.system.predict(test)
            answers = checked_answers(self.name, self.task, test, predicted, self.scheme)
            found = task.to_events(list(test), answers, self.scheme)
        return [
            with_events(d, in_reading_order(found.get(d.id, ArticleEvents()))) for d in documents
        ]

    def _document(self, number: str, article: Article) -> Document:
        text = readable(article.text)
        first = next((line.strip() for line in text.split("\n") if line.strip()), "")
        return Document(
            number,
            number,
            text,
            segment(text, number, self.language),
            title=article.title or first,
            publisher=article.publisher,
            published=article.published,
            address=article.address,
        )

    def corpus_of(self, documents: Sequence[Document]) -> Corpus:
        """Make a corpus of new articles with predicted events."""
        places = read_named(self.directory / SCHEME.with_name(PLACES), "place")
        return predicted_corpus(
            self.directory, documents, self.scheme, self.directory, places, self.language
        )


def _dated(rows: Dataset, documents: Sequence[Document]) -> Dataset:
    """Add the day of publication to the rows of whole articles, for times such as "on Monday".

    Tasks that give the text alone compare systems by what they read in it; who tags new
    articles wants to know when things happened.
    """
    if "published" in rows.column_names or rows["id"][:] != [d.id for d in documents]:
        return rows
    days = [d.published.isoformat() if d.published else None for d in documents]
    return rows.add_column("published", days)


def _blocks(articles: Iterable[Article]) -> Iterator[list[Article]]:
    block: list[Article] = []
    size = 0
    for article in articles:
        block.append(article)
        size += len(article.text) + 100  # an empty article takes memory too
        if size >= BLOCK:
            yield block
            block, size = [], 0
    if block:
        yield block


def readable(text: str) -> str:
    """Replace carriage returns and byte-order marks by spaces, which preserves offsets.

    Tokenizers should not see them inside words, and brat may count them differently.
    """
    return text.replace("\r", " ").replace("\ufeff", " ")
