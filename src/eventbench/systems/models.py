"""Fits a system for use, and tags new articles with it.

A model is a directory::

    model.json      what was fitted, on which data, and the SHA-256 of every other file
    annotations/    the scheme, as brat's configuration
    system/         what the system saved

It is used from the command line (``eventbench predict``), or through `BatchExtractor` where
something else deals out the texts: Ray Data, Spark, a pool of processes.
"""

from __future__ import annotations

import glob
import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from eventbench.corpus.loading import Corpus, default_data_dir, read_corpus_scheme, read_text
from eventbench.corpus.model import Document, Event, EventbenchError, Span
from eventbench.corpus.scheme import Scheme
from eventbench.corpus.tokens import from_iob2, segment
from eventbench.dataset.building import features, fold_dataset, rows, to_learn_from
from eventbench.evaluation.event_scoring import ArticleEvents, EventMention, read_article
from eventbench.evaluation.predictions import read_lines
from eventbench.formats.exchange import export
from eventbench.io import made_whole
from eventbench.systems.runner import (
    INPUT_COLUMNS,
    Options,
    Progress,
    System,
    check_class,
    find_system,
    is_first_process,
    make_system,
    tasks_of,
    versions,
)

if TYPE_CHECKING:
    from datasets import Dataset

Json = dict[str, Any]

RECORD = "model.json"
FORMAT = "eventbench model 1"
SYSTEM = "system"
TASKS = ("events", "triggers")
"""The tasks that a model may be fitted for; one of "triggers" gives events without arguments."""

STDIN = Path("-")
LONGEST_LINE = 1 << 26
"""Bytes that a line of JSON Lines may have."""

BLOCK = 1 << 20
"""Code points of text that are tagged at a time, so that memory does not grow with the input."""

ROWS = 1024
"""Rows of a Parquet file that are read at a time."""


@dataclass(frozen=True, slots=True)
class Article:
    """A text to tag, by a name of one's own."""

    id: str
    text: str


# Models


def fit(
    name: str,
    options: Options,
    corpus: Corpus,
    out: Path,
    *,
    task: str | None = None,
    fold: int | None = None,
    seed: int = 0,
    data_dir: Path | None = None,
    progress: Progress = lambda part, **measured: None,
) -> str:
    """Train a system and keep it as a model, whole or not at all.

    Under ``torchrun`` or ``accelerate`` every process trains, and the first one alone writes.

    Args:
        name: the system, as `find_system` takes it; it needs ``save`` and ``load``.
        options: its options.
        corpus: what it learns from.
        out: the directory to make; an earlier model there is replaced.
        task: one of `TASKS`; "events" if the system does that, else "triggers" (None).
        fold: leaves out the test article of this fold; None: learns from every article, of
            which the last is the validation split.
        seed: the system's seed.
        data_dir: where ``corpus`` came from; ours if None.
        progress: told what part is done.

    Returns:
        The task.

    Raises:
        EventbenchError: if ``out`` is something else, or the system cannot do the task or
            cannot be kept.
    """
    if out.exists() and not _is_model(out) and not _is_empty(out):
        raise EventbenchError(f"{out}: exists and is no model; choose another --out")
    system_class = find_system(name)
    if task is None:
        task = next((t for t in TASKS if t in tasks_of(system_class)), TASKS[0])
    if task not in TASKS:
        raise EventbenchError(f"a model is for {' or '.join(TASKS)}, not for {task}")
    check_class(name, system_class, dict(options), [task])
    for method in ("save", "load"):
        if not callable(getattr(system_class, method, None)):
            raise EventbenchError(f"system {name!r} cannot be kept: it has no {method}(directory)")
    train, validation, articles = _splits(corpus, task, fold)
    system: Any = make_system(system_class, options, seed, task)
    system.fit(train, validation, progress)
    if not is_first_process():
        return task
    with made_whole(out) as new:
        (new / SYSTEM).mkdir(parents=True)
        system.save(new / SYSTEM)
        _copy_scheme(default_data_dir() if data_dir is None else data_dir, new)
        record = {
            "format": FORMAT,
            "system": name,
            "task": task,
            "options": dict(options),
            "seed": seed,
            "articles": articles,
            "data": {"version": corpus.version, "fingerprint": corpus.fingerprint},
            "versions": versions(),
            "files": _digests(new),
        }
        (new / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return task


def _is_empty(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _is_model(path: Path) -> bool:
    """Whether a directory is what `fit` made, and so may be replaced."""
    try:
        record = json.loads((path / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(record, dict) and record.get("format") == FORMAT


def _splits(corpus: Corpus, task: str, fold: int | None) -> tuple[Dataset, Dataset, list[str]]:
    """What to learn from: the training and the validation split, and the ids of their articles."""
    from datasets import concatenate_datasets

    last_validates = max(0, len(corpus.documents) - 2)
    splits = fold_dataset(corpus, task, last_validates if fold is None else fold)
    train = splits["train"]
    if fold is None:
        train = concatenate_datasets([train, splits["test"]])
    column = "id" if task == "events" else "doc_id"
    known = {i for split in (train, splits["validation"]) for i in split[column]}
    articles = [d.id for d in corpus.documents if d.id in known]
    return to_learn_from(train), to_learn_from(splits["validation"]), articles


def _copy_scheme(data_dir: Path, new: Path) -> None:
    (new / "annotations").mkdir()
    for name in ("annotation.conf", "visual.conf"):
        if (data_dir / "annotations" / name).is_file():  # brat draws without visual.conf too
            shutil.copyfile(data_dir / "annotations" / name, new / "annotations" / name)


def _digests(directory: Path) -> dict[str, str]:
    """The SHA-256 of every file but the record, by its path in the directory."""
    paths = sorted(path for path in directory.rglob("*") if path.is_file())
    named = {path.relative_to(directory).as_posix(): path for path in paths}
    return {name: _sha256(path) for name, path in named.items() if name != RECORD}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_model(path: Path | str) -> Model:
    """Read what `fit` kept.

    Raises:
        EventbenchError: if it is no model, a file is missing or changed, or its system is not
            installed or cannot read it.
    """
    path = Path(path)
    if not (path / RECORD).is_file():
        raise EventbenchError(f"{path}: is no model: expected a directory with {RECORD}")
    raw = read_text(path / RECORD)
    try:
        record = json.loads(raw)
        if record["format"] != FORMAT:
            raise ValueError(f"format is {record['format']!r}, expected {FORMAT!r}")
        name, task, files = str(record["system"]), str(record["task"]), dict(record["files"])
        if task not in TASKS:
            raise ValueError(f"task is {task!r}, expected {' or '.join(TASKS)}")
    except (ValueError, KeyError, TypeError) as error:
        raise EventbenchError(f"{path / RECORD}: is not the record of a model: {error}") from None
    for file, expected in files.items():
        try:
            found = _sha256(path / file)
        except OSError as error:
            raise EventbenchError(f"{path / file}: {error.strerror}") from None
        if found != expected:
            raise EventbenchError(f"{path / file}: changed since the model was made")
    system_class: Any = find_system(name)
    try:
        system = system_class.load(path / SYSTEM)
    except EventbenchError:
        raise
    except Exception as error:  # whatever another version of a system makes of its files
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise EventbenchError(f"{path}: system {name!r} cannot load it: {said[0]}") from None
    digest = hashlib.sha256(raw.encode()).hexdigest()
    return Model(system, name, task, read_corpus_scheme(path), path, digest)


@dataclass(frozen=True)
class Model:
    """A trained system, ready for new texts.

    Attributes:
        system: what predicts.
        name: the system's name.
        task: one of `TASKS`.
        scheme: the types, roles and values that its events have.
        directory: where it lies.
        digest: SHA-256 of its record, and so of all that it is made of.
    """

    system: System
    name: str
    task: str
    scheme: Scheme
    directory: Path
    digest: str

    def extract(self, articles: Iterable[Article]) -> Iterator[tuple[Article, ArticleEvents]]:
        """The events of each article, in the order given; articles are taken as needed.

        Events come in reading order as E1, E2, …; their offsets count code points of the
        text as it was given.

        Raises:
            EventbenchError: if spaCy is not installed, or the system gives what is no event.
        """
        for block in _blocks(articles):
            yield from zip(block, self._tagged([_readable(a.text) for a in block]), strict=True)

    def _tagged(self, texts: Sequence[str]) -> list[ArticleEvents]:
        # The ids are ours, not the caller's, who may have one twice.
        documents = {str(n): _document(str(n), text) for n, text in enumerate(texts)}
        found: dict[str, Json] = {n: {"id": n, "events": []} for n in documents}
        with_words = tuple(d for d in documents.values() if d.sentences)
        if with_words:
            test = self._rows(with_words)
            predicted = list(self.system.predict(test))
            if len(predicted) != len(test):
                raise EventbenchError(
                    f"{self.name}: {len(predicted)} predictions for {len(test)} rows"
                )
            for row, prediction in zip(test, predicted, strict=True):
                if self.task == "events":
                    if not isinstance(prediction, Mapping):
                        raise EventbenchError(
                            f"{self.name}: found {prediction!r:.40}, expected events"
                        )
                    found[row["id"]] = {**prediction, "id": row["id"]}
                else:
                    found[row["doc_id"]]["events"] += _trigger_events(row, prediction)
        return [
            _in_reading_order(_checked(self, record, documents[n])) for n, record in found.items()
        ]

    def _rows(self, documents: tuple[Document, ...]) -> Dataset:
        """What the system is given: rows of its task without the gold columns."""
        from datasets import Dataset, Features

        titles = {document.id: _title(document.text) for document in documents}
        corpus = Corpus(documents, self.scheme, "", "", titles)
        made = rows(corpus, self.task, with_seen=False)
        columns = features(self.scheme, self.task)
        names = INPUT_COLUMNS[self.task]
        return Dataset.from_dict(
            {name: [row[name] for row in made] for name in names},
            features=Features({name: columns[name] for name in names}),
        )


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


def _readable(text: str) -> str:
    """The text with spaces for carriage returns and byte-order marks, so that offsets stay.

    No tokenizer should see them in a word, and brat counts them as it likes.
    """
    return text.replace("\r", " ").replace("\ufeff", " ")


def _document(number: str, text: str) -> Document:
    return Document(number, number, text, segment(text, number))


def _title(text: str) -> str:
    return next((line.strip() for line in text.split("\n") if line.strip()), "")


def _trigger_events(row: Json, tags: Sequence[str]) -> list[Json]:
    starts, ends = row["token_starts"], row["token_ends"]
    if len(tags) != len(starts):
        raise EventbenchError(f"{row['id']}: {len(tags)} tags for {len(starts)} tokens")
    return [
        {
            "id": f"{row['id']}-{first}",
            "type": event_type,
            "trigger": {"start": starts[first], "end": ends[last - 1]},
            "arguments": [],
        }
        for event_type, first, last in from_iob2(tags)
    ]


def _checked(model: Model, record: Json, document: Document) -> ArticleEvents:
    place = f"{model.name}: text {document.id} of a block"
    try:
        line = json.dumps(record, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise EventbenchError(f"{place}: cannot be stored as JSON: {error}") from None
    return read_article(place, line.encode(), {document.id: document}, model.scheme)[1]


def _in_reading_order(found: ArticleEvents) -> ArticleEvents:
    """The events named by their order, so that the names do not depend on other articles."""
    ordered = sorted(found.events, key=lambda event: (event.trigger, event.type))
    names = {event.id: f"E{number}" for number, event in enumerate(ordered, 1)}
    return ArticleEvents(
        tuple(
            replace(
                event,
                id=names[event.id],
                arguments=tuple(sorted(event.arguments, key=lambda a: (a.span, a.role))),
            )
            for event in ordered
        ),
        tuple(replace(k, first=names[k.first], second=names[k.second]) for k in found.links),
    )


def to_json(found: ArticleEvents, text: str) -> Json:
    """``events`` and ``links`` as `event_scoring` reads them, with the spans' texts."""

    def place(span: Span) -> Json:
        return {"start": span.start, "end": span.end, "text": span.text_in(text)}

    def event(e: EventMention) -> Json:
        return {
            "id": e.id,
            "type": e.type,
            "subtype": e.subtype,
            "trigger": place(e.trigger),
            "arguments": [{"role": a.role, **place(a.span)} for a in e.arguments],
            "status": e.status,
            "reported": e.reported,
            "contested": e.contested,
        }

    return {
        "events": [event(e) for e in found.events],
        "links": [{"type": k.type, "first": k.first, "second": k.second} for k in found.links],
    }


# Files


def read_articles(files: Sequence[Path], kind: str | None = None) -> Iterator[Article]:
    """The articles of files, read as they are asked for.

    Args:
        files: ``.txt``, an article each, named as the file is; ``.jsonl`` or ``.jsonl.gz``, an
            article a line with ``id`` and ``text``; `STDIN`, which is text.
        kind: "txt" or "jsonl": what all of them are, whatever they are called.

    Raises:
        EventbenchError: naming file and line, if a file is of no such kind, cannot be read, is
            not UTF-8, a line has no ``id`` or ``text``, or two articles have the same id.
    """
    kinds = [(path, kind or _kind(path)) for path in files]  # all are named well, or none is read
    seen: set[str] = set()
    for path, its_kind in kinds:
        for place, article in _TEXTS[its_kind](path):
            if article.id in seen:
                raise EventbenchError(f"{place}: a second article {article.id!r}")
            seen.add(article.id)
            yield article


def _kind(path: Path) -> str:
    if path == STDIN:
        return "txt"
    name = path.name.removesuffix(".gz")
    for kind in ("txt", "jsonl"):
        if name.endswith(f".{kind}") and (kind == "jsonl" or path.suffix != ".gz"):
            return kind
    raise EventbenchError(f"{path}: expected .txt, .jsonl, .jsonl.gz, .parquet, or - for stdin")


def _read_txt(path: Path) -> Iterator[tuple[str, Article]]:
    if path != STDIN:
        yield str(path), Article(path.stem, read_text(path))
        return
    yield "stdin", Article("stdin", _decoded("stdin", 1, sys.stdin.buffer.read()))


def _read_jsonl(path: Path) -> Iterator[tuple[str, Article]]:
    import orjson

    name = "stdin" if path == STDIN else str(path)
    lines = enumerate(sys.stdin.buffer, 1) if path == STDIN else read_lines(path, LONGEST_LINE)
    for number, line in lines:
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            record = orjson.loads(_decoded(name, number, line))
        except orjson.JSONDecodeError as error:
            raise EventbenchError(f"{place}: not valid JSON: {error}") from None
        if not isinstance(record, dict):
            raise EventbenchError(f"{place}: expected an object with id and text")
        for key in ("id", "text"):
            if not isinstance(record.get(key), str):
                found = f"{key} is {record[key]!r:.40}" if key in record else f"has no {key!r}"
                raise EventbenchError(f"{place}: {found}, expected a string")
        yield place, Article(record["id"], record["text"])


def _decoded(name: str, first_line: int, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = first_line + content.count(b"\n", 0, error.start)
        raise EventbenchError(f"{name}:{line}: not UTF-8: {error.reason}") from None


_TEXTS: dict[str, Callable[[Path], Iterator[tuple[str, Article]]]] = {
    "txt": _read_txt,
    "jsonl": _read_jsonl,
}

FORMATS = ("jsonl", "brat")
"""What `predict` writes."""


def predict(
    model_path: Path | str,
    files: Sequence[Path],
    out: Path | None = None,
    *,
    format: str = "jsonl",
    kind: str | None = None,
    progress: Callable[[int], object] = lambda articles: None,
) -> int:
    """Tag the articles of files.

    JSON Lines are written as they come, an article a line with ``id``, ``events`` and
    ``links``; brat's directory is held in memory first. In brat's texts carriage returns
    and byte-order marks are spaces, since brat would shift the offsets behind them.

    Args:
        model_path: what `fit` made.
        files: as `read_articles` takes them; or ``.parquet`` alone, for `extract_parquet`.
        out: the file or, for brat and Parquet, the directory to make; None: standard output.
        format: one of `FORMATS`.
        kind: as `read_articles` takes it.
        progress: told how many articles were tagged since it was last told.

    Returns:
        How many articles there were.

    Raises:
        EventbenchError: as `load_model` and `read_articles` say, or if the output cannot be
            written; ``out`` is whole or not there.
    """
    is_parquet = [kind is None and path.suffix == ".parquet" for path in files]
    if out is None and (format == "brat" or any(is_parquet)):
        raise EventbenchError("brat and Parquet are written to a directory: name it with --out")
    if any(is_parquet):
        if not all(is_parquet) or format != "jsonl":
            raise EventbenchError("Parquet files go together, and are written as Parquet")
        assert out is not None
        return extract_parquet(model_path, files, out, progress=progress)
    articles = read_articles(files, kind)
    model = load_model(model_path)
    found = _counted(model.extract(articles), progress)
    if format == "brat":
        assert out is not None
        return _write_brat(model, found, out)
    if out is None:
        return _write_jsonl(found, sys.stdout)
    if out.is_dir():
        raise EventbenchError(f"{out}: is a directory; JSON Lines are written to a file")
    with made_whole(out) as new, new.open("w", encoding="utf-8", newline="") as file:
        return _write_jsonl(found, file)


Found = Iterable[tuple[Article, ArticleEvents]]


def _counted(found: Found, progress: Callable[[int], object]) -> Iterator[Any]:
    for item in found:
        yield item
        progress(1)


def _write_jsonl(found: Found, file: TextIO) -> int:
    count = 0
    for article, events in found:
        record = {"id": article.id, **to_json(events, article.text)}
        file.write(json.dumps(record, ensure_ascii=False) + "\n")
        count += 1
    return count


def _write_brat(model: Model, found: Found, out: Path) -> int:
    documents = tuple(_annotated(article, events) for article, events in found)
    corpus = Corpus(documents, model.scheme, "", "", {})
    export(corpus, "brat", out, data_dir=model.directory)
    return len(documents)


def _annotated(article: Article, found: ArticleEvents) -> Document:
    name = article.id
    if not name.isprintable() or name.startswith(".") or set(name) & set("/\\") or not name:
        raise EventbenchError(f"article {name!r} cannot be a file's name, which brat needs")
    events = tuple(
        Event(
            e.id,
            e.type,
            e.trigger,
            e.arguments,
            subtype=e.subtype,
            status=e.status,
            reported=e.reported,
            contested=bool(e.contested),
        )
        for e in found.events
    )
    return Document(name, name, _readable(article.text), events=events, links=found.links)


# Tables


class BatchExtractor:
    """Tags batches of a table: what ``map_batches`` of Ray Data and its like take.

    ``BatchExtractor(model)(batch)`` takes a dictionary of columns, among them ``id`` and
    ``text``, as lists or NumPy arrays, and returns all of them with two more: ``events`` and
    ``links``, strings with the JSON lists that ``eventbench predict`` writes for an article.
    Rows stay in order; an id may be anything.
    """

    def __init__(self, model: Path | str) -> None:
        self._model = load_model(model)

    @property
    def digest(self) -> str:
        """What the model is made of, in 64 hexadecimal digits."""
        return self._model.digest

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """The batch with the columns ``events`` and ``links``.

        Raises:
            EventbenchError: if there is no ``id`` or ``text``, a text is no string, or a column
                ``events`` or ``links`` is there already.
        """
        _check_columns("batch", batch)
        for identifier, text in zip(batch["id"], batch["text"], strict=True):
            if not isinstance(text, str):
                raise EventbenchError(f"id {identifier}: text is {text!r:.40}, expected a string")
        articles = [
            Article(str(i), str(t)) for i, t in zip(batch["id"], batch["text"], strict=True)
        ]
        found = [to_json(events, a.text) for a, events in self._model.extract(articles)]
        added = {
            column: [json.dumps(one[column], ensure_ascii=False) for one in found]
            for column in ADDED
        }
        return {**batch, **added}


ADDED = ("events", "links")


def _check_columns(place: str, columns: Iterable[str]) -> None:
    names = list(columns)
    for column in ("id", "text"):
        if column not in names:
            raise EventbenchError(
                f"{place}: has no column {column!r}, but {', '.join(names) or 'none'}"
            )
    for column in ADDED:
        if column in names:
            raise EventbenchError(f"{place}: has a column {column!r} already")


def extract_parquet(
    model_path: Path | str,
    parts: Sequence[Path],
    out: Path,
    *,
    progress: Callable[[int], object] = lambda articles: None,
) -> int:
    """Tag Parquet files with the columns ``id`` and ``text``, each into one of its name in ``out``.

    A file appears in ``out`` only when it is whole, and one that is there is not made again.
    So a process that was killed is simply started again: nothing is lost or doubled. Several
    processes may work on different parts at a time.

    Args:
        model_path: what `fit` made.
        parts: the files, each with a name of its own.
        out: the directory; its files have the columns of the parts, ``events`` and ``links``,
            as `BatchExtractor` makes them.
        progress: told how many rows were tagged, or found done, since it was last told.

    Returns:
        How many rows the parts have.

    Raises:
        EventbenchError: naming the part, if it is not as described above, or ``out`` holds what
            another model made of it, or what was made of another part.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    names: dict[str, Path] = {}
    for part in parts:
        if names.setdefault(part.name, part) != part:
            raise EventbenchError(f"{part}: has the name of {names[part.name]}")
    extract = BatchExtractor(model_path)
    total = 0
    for part in parts:
        with _parquet_errors(part), pq.ParquetFile(part) as source:
            number = source.metadata.num_rows
            total += number
            schema = source.schema_arrow
            _check_columns(str(part), schema.names)
            target = out / part.name
            made = {MADE_BY: extract.digest.encode(), MADE_OF: _sha256(part).encode()}
            if target.is_file():
                _check_done(target, part, made)
                progress(number)
                continue
            for column in ADDED:
                schema = schema.append(pa.field(column, pa.string()))
            schema = schema.with_metadata({**(schema.metadata or {}), **made})
            _clear_up(target)
            with made_whole(target) as new, pq.ParquetWriter(new, schema) as writer:
                for batch in _batches(source, part):
                    with _naming(part):
                        found = extract(batch.select(["id", "text"]).to_pydict())
                    columns = [*batch.columns, *(pa.array(found[c], pa.string()) for c in ADDED)]
                    writer.write_batch(pa.record_batch(columns, schema=schema))
                    progress(batch.num_rows)
    return total


def _batches(source: Any, part: Path) -> Iterator[Any]:
    """The rows of a part; `made_whole` would take what cannot be read for a failure to write."""
    batches = source.iter_batches(ROWS)
    while True:
        with _parquet_errors(part):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch


MADE_BY, MADE_OF = b"eventbench.model", b"eventbench.part"
"""Where a tagged Parquet file says which model made it, and of what: digests of both."""


def _check_done(target: Path, part: Path, made: Mapping[bytes, bytes]) -> None:
    import pyarrow.parquet as pq

    with _parquet_errors(target):
        found = pq.read_metadata(target).metadata or {}
    for key, what in ((MADE_BY, "by this model"), (MADE_OF, f"of {part} as it is")):
        if found.get(key) != made[key]:
            raise EventbenchError(f"{target}: was not made {what}; choose another --out")


def _clear_up(target: Path) -> None:
    """Take away what a killed process left of this part."""
    for left_over in target.parent.glob(f".{glob.escape(target.name)}-*"):
        shutil.rmtree(left_over, ignore_errors=True)


@contextmanager
def _parquet_errors(path: Path) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except OSError as error:
        raise EventbenchError(f"{path}: {error.strerror or error}") from None
    except pa.ArrowException as error:
        raise EventbenchError(f"{path}: {str(error).splitlines()[0]}") from None


@contextmanager
def _naming(part: Path) -> Iterator[None]:
    try:
        yield
    except EventbenchError as error:
        raise EventbenchError(f"{part}: {error}") from None
