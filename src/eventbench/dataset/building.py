"""The gold as a Hugging Face dataset: rows of each task, folds, load and build."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventbench.corpus import tokens
from eventbench.corpus.loading import Corpus, default_data_dir, load_corpus, read_sources
from eventbench.corpus.model import Argument, Document, Event, EventbenchError, Sentence, Span
from eventbench.corpus.scheme import Scheme, iob2_labels
from eventbench.corpus.similarity import lemma, near_duplicates
from eventbench.dataset.croissant import croissant
from eventbench.io import made_whole

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict, Features

Row = dict[str, Any]

STANDARD_FOLD = 3
"""The fold behind the plain configurations: its test article has another publisher."""

MANIFEST = "eventbench.json"
CONTESTED = ("no", "yes")


def folds(corpus: Corpus) -> list[dict[str, tuple[str, ...]]]:
    """The official protocol: leave one document out.

    Returns:
        For each fold k the ids of its articles by split: "test" is article k,
        "validation" the next one (the first follows the last), "train" the rest.

    Raises:
        EventbenchError: if there are too few articles for three splits.
    """
    ids = [document.id for document in corpus.documents]
    if len(ids) < 3:
        raise EventbenchError(
            f"leave-one-document-out needs three articles or more, found {len(ids)}"
        )
    result = []
    for k, test in enumerate(ids):
        validation = ids[(k + 1) % len(ids)]
        train = tuple(i for i in ids if i not in (test, validation))
        result.append({"train": train, "validation": (validation,), "test": (test,)})
    return result


# Rows. They are made without the articles' text, and `fill_in` adds it: so a release without
# text is the same dataset less what `fill_in` puts in.


@dataclass(frozen=True)
class _Seen:
    """What of an article occurs in the other articles too.

    The other articles are all that a system may learn from when this one is its
    test article: the training and the validation split of that fold.
    """

    near_duplicates: dict[str, list[str]]
    trigger_lemmas: dict[str, set[str]]

    def row(self, document: Document, sentence: Sentence) -> Row:
        return {"near_duplicates": self.near_duplicates.get(sentence.id, [])}

    def trigger(self, document: Document, event: Event) -> bool:
        """Whether the trigger's lemma is that of a trigger in another article."""
        if not self.trigger_lemmas:
            return False
        word = _trigger_lemma(document, event)
        others = (found for i, found in self.trigger_lemmas.items() if i != document.id)
        return any(word in found for found in others)


_NOTHING_SEEN = _Seen({}, {})


def _seen(corpus: Corpus) -> _Seen:
    twins: dict[str, list[str]] = {}
    for doc_a, a, doc_b, b, _ in near_duplicates(corpus.documents):
        if doc_a.id != doc_b.id:
            twins.setdefault(a.id, []).append(b.id)
            twins.setdefault(b.id, []).append(a.id)
    lemmas = {d.id: {_trigger_lemma(d, e) for e in d.events} for d in corpus.documents}
    return _Seen(twins, lemmas)


def _trigger_lemma(document: Document, event: Event) -> str:
    return " ".join(map(lemma, event.trigger.text_in(document.text).split()))


def _sentence_columns(document: Document, index: int, sentence: Sentence) -> Row:
    return {
        "doc_id": document.id,
        "sent_id": index,
        "text": None,
        "tokens": None,
        "token_starts": [t.start for t in sentence.tokens],
        "token_ends": [t.end for t in sentence.tokens],
    }


def _trigger_rows(corpus: Corpus, document: Document, seen: _Seen) -> Iterator[Row]:
    for index, sentence in enumerate(document.sentences):
        events = list(document.events_in(sentence))
        tags, left_out = tokens.to_iob2(sentence, [(e.type, e.trigger) for e in events])
        if left_out:
            label, span = left_out[0]
            raise EventbenchError(
                f"{document.stem}.ann: trigger {span.text_in(document.text)!r} ({label}, "
                f"{span.start}-{span.end}) overlaps another or is not made of whole tokens"
            )
        yield {
            "id": sentence.id,
            **_sentence_columns(document, index, sentence),
            "ner_tags": tags,
            **seen.row(document, sentence),
            "triggers_seen": [seen.trigger(document, event) for event in events],
        }


def _event_columns(document: Document, seen: _Seen) -> Iterator[tuple[Row, Sentence, Event]]:
    """The columns that every row about an event begins with."""
    for index, sentence in enumerate(document.sentences):
        starts = {t.start: i for i, t in enumerate(sentence.tokens)}
        ends = {t.end: i + 1 for i, t in enumerate(sentence.tokens)}
        for event in document.events_in(sentence):
            row = {
                "id": f"{document.id}-{event.id}",
                **_sentence_columns(document, index, sentence),
                "trigger_start": starts[event.trigger.start],
                "trigger_end": ends[event.trigger.end],
                "event_type": event.type,
                **seen.row(document, sentence),
                "trigger_seen": seen.trigger(document, event),
            }
            yield row, sentence, event


def _argument_rows(corpus: Corpus, document: Document, seen: _Seen) -> Iterator[Row]:
    for row, sentence, event in _event_columns(document, seen):
        tags, _ = tokens.to_iob2(sentence, [(a.role, a.span) for a in event.arguments])
        yield {**row, "ner_tags": tags}


def _attribute_rows(corpus: Corpus, document: Document, seen: _Seen) -> Iterator[Row]:
    for row, _, event in _event_columns(document, seen):
        for name in ("subtype", "status", "reported"):
            if getattr(event, name) is None:
                place = f"{document.stem}.ann:{event.line}"
                raise EventbenchError(
                    f"{place}: {event.id} has no {name} (see eventbench validate)"
                )
        yield {
            **row,
            "subtype": f"{event.type}/{event.subtype}",
            "status": event.status,
            "reported": event.reported,
            "contested": CONTESTED[event.contested],
        }


def sentence_record(sentence: Sentence) -> Row:
    """A sentence as the rows of "events" hold it: where it and its tokens stand."""
    return {
        "id": sentence.id,
        "start": sentence.span.start,
        "end": sentence.span.end,
        "token_starts": [t.start for t in sentence.tokens],
        "token_ends": [t.end for t in sentence.tokens],
    }


def _event_rows(corpus: Corpus, document: Document, seen: _Seen) -> Iterator[Row]:
    def span(found: Span) -> Row:
        return {"start": found.start, "end": found.end, "text": None}

    def argument(a: Argument) -> Row:
        return {"role": a.role, "number": a.number, **span(a.span), "sides": list(a.sides)}

    yield {
        "id": document.id,
        "title": None,
        "text": None,
        "sentences": [sentence_record(s) for s in document.sentences],
        "events": [
            {
                "id": e.id,
                "type": e.type,
                "subtype": e.subtype,
                "trigger": span(e.trigger),
                "arguments": [argument(a) for a in e.arguments],
                "status": e.status,
                "reported": e.reported,
                "source": None if e.source is None else span(e.source),
                "contested": e.contested,
                "note": e.note,
            }
            for e in document.events
        ],
        "links": [{"type": k.type, "first": k.first, "second": k.second} for k in document.links],
    }


_ROWS: dict[str, Callable[[Corpus, Document, _Seen], Iterator[Row]]] = {
    "triggers": _trigger_rows,
    "arguments": _argument_rows,
    "attributes": _attribute_rows,
    "events": _event_rows,
}
TASKS = tuple(_ROWS)
TASKS_WITH_FOLDS = ("triggers", "arguments", "attributes")


def fill_in(task: str, row: Row, text: str, title: str) -> Row:
    """The row with what stands in the article: its text, tokens and the texts of spans."""
    if task != "events":
        places = zip(row["token_starts"], row["token_ends"], strict=True)
        words = [text[start:end] for start, end in places]
        sentence = text[row["token_starts"][0] : row["token_ends"][-1]]
        return {**row, "text": sentence, "tokens": words}

    def span(found: Row) -> Row:
        return {**found, "text": text[found["start"] : found["end"]]}

    events = [
        {
            **event,
            "trigger": span(event["trigger"]),
            "arguments": [span(argument) for argument in event["arguments"]],
            "source": None if event["source"] is None else span(event["source"]),
        }
        for event in row["events"]
    ]
    return {**row, "title": title, "text": text, "events": events}


def rows(
    corpus: Corpus, task: str = "triggers", *, with_text: bool = True, with_seen: bool = True
) -> list[Row]:
    """Every row of a task, in the order of the articles; labels are strings.

    Sentences and events carry ``doc_id``, ``sent_id`` (int, from 0), ``text``,
    ``tokens``, ``token_starts`` and ``token_ends`` (code points into the article),
    and what of them occurs in the other articles: ``near_duplicates`` (sentence
    ids) and ``triggers_seen`` or ``trigger_seen`` (whether the lemma of each
    trigger is that of a trigger there). Beside these:

    "triggers", a sentence a row: ``ner_tags``, IOB2 over event types.
    "arguments", an event a row: ``trigger_start`` and ``trigger_end`` (tokens,
    half-open), ``event_type`` and ``ner_tags``, IOB2 over roles.
    "attributes", an event a row: the trigger, ``event_type``, ``subtype``
    ("Type/subtype"), ``status``, ``reported``, ``contested``.
    "events", an article a row: ``title``, ``text``, ``sentences`` with their tokens'
    offsets, ``events`` with arguments, source, sides and note, and ``links``.

    Args:
        corpus: the data.
        task: which rows.
        with_text: False leaves title, text, tokens and texts of spans None.
        with_seen: False saves the time that comparing the articles takes, and says of
            everything that it occurs nowhere else.

    Raises:
        EventbenchError: if there is no such task, IOB2 cannot hold a trigger, or an
            event lacks an attribute that "attributes" has a column for.
    """
    if task not in _ROWS:
        raise EventbenchError(f"no task {task!r}: expected {', '.join(TASKS)}")
    seen = _seen(corpus) if with_seen else _NOTHING_SEEN
    made = [
        (document, row)
        for document in corpus.documents
        for row in _ROWS[task](corpus, document, seen)
    ]
    if not with_text:
        return [row for _, row in made]
    return [fill_in(task, row, d.text, corpus.titles[d.id]) for d, row in made]


def arguments_left_out(corpus: Corpus) -> list[str]:
    """The arguments that the flat tags of "arguments" cannot hold, in words."""
    return [
        f"{document.id}-{event.id}: {role} {span.text_in(document.text)!r}"
        for document in corpus.documents
        for sentence in document.sentences
        for event in document.events_in(sentence)
        for role, span in tokens.to_iob2(sentence, [(a.role, a.span) for a in event.arguments])[1]
    ]


def labels(scheme: Scheme, task: str) -> list[str]:
    """The tags of ``ner_tags``, in their frozen order.

    For "triggers" over event types, for "arguments" over roles, each role once, in
    the order in which annotation.conf first names it.
    """
    if task == "triggers":
        return scheme.trigger_labels()
    return iob2_labels(scheme.argument_roles())


def features(scheme: Scheme, task: str = "triggers") -> Features:
    """The typed columns of a task; everything that has a label set is a ClassLabel."""
    from datasets import ClassLabel, Features, List, Value

    text, integer, strings = Value("string"), Value("int32"), List(Value("string"))
    types = ClassLabel(names=list(scheme.event_types))
    sentence = {
        "id": text,
        "doc_id": text,
        "sent_id": integer,
        "text": text,
        "tokens": strings,
        "token_starts": List(integer),
        "token_ends": List(integer),
    }
    event = {
        **sentence,
        "trigger_start": integer,
        "trigger_end": integer,
        "event_type": types,
        "near_duplicates": strings,
        "trigger_seen": Value("bool"),
    }
    if task == "triggers":
        return Features(
            {
                **sentence,
                "ner_tags": List(ClassLabel(names=labels(scheme, task))),
                "near_duplicates": strings,
                "triggers_seen": List(Value("bool")),
            }
        )
    if task == "arguments":
        return Features({**event, "ner_tags": List(ClassLabel(names=labels(scheme, task)))})
    if task == "attributes":
        subtypes = [
            f"{name}/{value}"
            for name in scheme.event_types
            for value in scheme.values(scheme.subtype_attribute(name))
        ]
        return Features(
            {
                **event,
                "subtype": ClassLabel(names=subtypes),
                "status": ClassLabel(names=list(scheme.values("Status"))),
                "reported": ClassLabel(names=list(scheme.values("Reported"))),
                "contested": ClassLabel(names=list(CONTESTED)),
            }
        )
    span = {"start": integer, "end": integer, "text": text}
    return Features(
        {
            "id": text,
            "title": text,
            "text": text,
            "sentences": List(
                {
                    "id": text,
                    "start": integer,
                    "end": integer,
                    "token_starts": List(integer),
                    "token_ends": List(integer),
                }
            ),
            "events": List(
                {
                    "id": text,
                    "type": types,
                    "subtype": text,
                    "trigger": span,
                    "arguments": List({"role": text, "number": integer, **span, "sides": strings}),
                    "status": text,
                    "reported": text,
                    "source": span,
                    "contested": Value("bool"),
                    "note": text,
                }
            ),
            "links": List({"type": text, "first": text, "second": text}),
        }
    )


# Loading


def load(
    config: str = "triggers", *, fold: int | None = None, data_dir: Path | str | None = None
) -> DatasetDict:
    """The splits of a configuration, straight from the gold: no cache, no network.

    Args:
        config: a task ("triggers", "arguments", "attributes", "events"), or with its
            fold as `build` names it, "triggers_fold0".
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
    by_document = _datasets(corpus.scheme, task, rows(corpus, task))
    splits = folds(corpus)[fold]
    return DatasetDict({split: _joined(by_document, ids) for split, ids in splits.items()})


def to_learn_from(split: Dataset) -> Dataset:
    """A training or validation split without the columns that tell of all other articles.

    A trigger that is "seen", while no training article has it, must be one in the test article.
    """
    about_others = {"near_duplicates", "triggers_seen", "trigger_seen"}
    return split.remove_columns([c for c in split.column_names if c in about_others])


def _joined(by_document: dict[str, Dataset], ids: tuple[str, ...]) -> Dataset:
    from datasets import concatenate_datasets

    return concatenate_datasets([by_document[i] for i in ids])


def _datasets(scheme: Scheme, task: str, all_rows: list[Row]) -> dict[str, Dataset]:
    """The rows of a task, one dataset an article."""
    from datasets import Dataset

    key = "id" if task == "events" else "doc_id"
    by_document: dict[str, list[Row]] = {}
    for row in all_rows:
        by_document.setdefault(row[key], []).append(row)
    columns = features(scheme, task)
    return {i: Dataset.from_list(found, features=columns) for i, found in by_document.items()}


# Building


@dataclass(frozen=True)
class Built:
    """What `build` wrote: its configurations and the arguments that tags could not hold."""

    configs: tuple[str, ...]
    left_out: tuple[str, ...]


def build(out: Path, data_dir: Path | str | None = None, *, with_text: bool = True) -> Built:
    """Write the dataset as a directory that ``datasets.load_dataset`` reads offline.

    The directory appears whole or not at all. An earlier build at the same place
    is replaced; anything else there is left alone. The same gold gives the same
    bytes.

    Args:
        out: the directory to make.
        data_dir: a directory with ``seeds`` and ``annotations``; ours if None.
        with_text: False leaves out the words of the articles, all but their titles in
            the manifest; `hydrate` puts them back.

    Raises:
        EventbenchError: if ``out`` is something else, or cannot be written.
    """
    corpus = load_corpus(data_dir)
    sources = read_sources(default_data_dir() if data_dir is None else Path(data_dir))
    manifest = {
        "version": corpus.version,
        "fingerprint": corpus.fingerprint,
        "text": "included" if with_text else "none",
        "articles": [
            {"id": s.id, "file": s.path.name, "title": s.title, "sha256": s.sha256} for s in sources
        ],
        "folds": folds(corpus),
    }
    made = {
        task: _datasets(corpus.scheme, task, rows(corpus, task, with_text=with_text))
        for task in TASKS
    }
    configs = write_dataset(out, made, manifest, _read_card(data_dir))
    return Built(configs, tuple(arguments_left_out(corpus)))


_CARD_OF_OTHER_DATA = """---
---

# A dataset in the form of eventbench

Built from data that is not, or not only, that of eventbench: it has no card of its own. What the
columns mean is in eventbench's card. Write here where the articles come from, who annotated them
and what others may do with them.
"""


def _read_card(data_dir: Path | str | None) -> str:
    path = (default_data_dir() if data_dir is None else Path(data_dir)) / "CARD.md"
    return path.read_text(encoding="utf-8") if path.is_file() else _CARD_OF_OTHER_DATA


def write_dataset(
    out: Path, made: dict[str, dict[str, Dataset]], manifest: Row, card: str
) -> tuple[str, ...]:
    """Write the datasets of each task and article, the manifest and the card, whole or not at all.

    Returns:
        The names of the configurations, the default one first.

    Raises:
        EventbenchError: if ``out`` is something else, or cannot be written.
    """
    if out.exists() and not (out / MANIFEST).is_file():
        raise EventbenchError(f"{out}: exists and is not an eventbench dataset; choose another")
    with made_whole(out) as new:
        new.mkdir()
        # The cache of `datasets` does not look into files. A name that changes with
        # the data keeps it from giving out rows of an earlier build.
        data = f"data-{manifest['fingerprint']}" + ("" if manifest["text"] != "none" else "-t")
        files = {}
        for task, by_document in made.items():
            (new / data / task).mkdir(parents=True)
            for doc_id, dataset in by_document.items():
                name = f"{data}/{task}/{doc_id}.parquet"
                dataset.to_parquet(new / name)
                files[name] = _sha256(new / name)
        configs = _configs(manifest, data)
        columns = {task: next(iter(found.values())).features for task, found in made.items()}
        _write_json(new / "croissant.json", croissant(manifest["version"], data, columns))
        _write_json(new / MANIFEST, {**manifest, "files": files})
        (new / "README.md").write_text(_with_configs(card, configs), encoding="utf-8")
    return tuple(config["config_name"] for config in configs)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write_json(path: Path, value: Row) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _configs(manifest: Row, data: str) -> list[Row]:
    configs: list[Row] = []
    for task in TASKS:
        all_folds: list[Row] = [
            {
                "config_name": f"{task}_fold{fold}",
                "data_files": [
                    {"split": split, "path": [f"{data}/{task}/{doc_id}.parquet" for doc_id in ids]}
                    for split, ids in splits.items()
                ],
            }
            for fold, splits in enumerate(manifest["folds"])
        ]
        standard = all_folds[min(STANDARD_FOLD, len(all_folds) - 1)]
        default = {"default": True} if not configs else {}
        configs.append({**standard, "config_name": task, **default})
        if task in TASKS_WITH_FOLDS:
            configs += all_folds
    return configs


def _with_configs(card: str, configs: list[Row]) -> str:
    """The card with its configurations in the front matter, as the Hub reads them.

    Links to files of the checkout lead nowhere beside the dataset; their words stay.
    """
    _, front, body = card.split("---\n", 2)
    body = re.sub(r"\[([^\]]*)\]\((?!https?:)[^)]*\)", r"\1", body)
    # JSON is YAML too, and leaves no question of quoting.
    lines = "".join(f"- {json.dumps(config)}\n" for config in configs)
    return f"---\n{front}configs:\n{lines}---\n{body}"


def hydrate(directory: Path, seeds: Path) -> None:
    """Put the articles' text back into a dataset that was built without it, in place.

    The result is, byte for byte, what `build` writes with text.

    Args:
        directory: a dataset built with ``with_text=False``.
        seeds: a directory with the user's own copies of the articles.

    Raises:
        EventbenchError: if ``directory`` is no such dataset, or a copy is missing or
            differs in any byte from the article that was annotated.
    """
    from datasets import Dataset

    manifest = _read_manifest(directory)
    if manifest["text"] != "none":
        raise EventbenchError(f"{directory}: already has its text")
    texts = {}
    for article in manifest["articles"]:
        path = seeds / article["file"]
        if not path.is_file():
            raise EventbenchError(f"{path}: missing: article {article['id']}")
        content = path.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != article["sha256"]:
            raise EventbenchError(
                f"{path}: is not the article that was annotated: SHA-256 is {found}, "
                f"expected {article['sha256']}"
            )
        texts[article["id"]] = (content.decode("utf-8"), article["title"])
    made: dict[str, dict[str, Dataset]] = {task: {} for task in TASKS}
    for name in manifest.pop("files"):
        task, doc_id = Path(name).parent.name, Path(name).stem
        bare = _read_parquet(directory / name)
        filled = [fill_in(task, row, *texts[doc_id]) for row in bare]
        made[task][doc_id] = Dataset.from_list(filled, features=bare.features)
    card = (directory / "README.md").read_text(encoding="utf-8")
    write_dataset(directory, made, {**manifest, "text": "included"}, _without_configs(card))


def _read_parquet(path: Path) -> Dataset:
    """Read a Parquet file without the cache of ``datasets``, which would outlive it."""
    import pyarrow.parquet
    from datasets import Dataset

    return Dataset(pyarrow.parquet.read_table(path))


def _read_manifest(directory: Path) -> Row:
    """The manifest of a built dataset, whose files must be there unchanged."""
    path = directory / MANIFEST
    if not path.is_file():
        raise EventbenchError(f"{directory}: is not an eventbench dataset: no {MANIFEST}")
    manifest: Row = json.loads(path.read_text(encoding="utf-8"))
    for name, expected in manifest["files"].items():
        if not (directory / name).is_file():
            raise EventbenchError(f"{directory / name}: missing")
        found = _sha256(directory / name)
        if found != expected:
            raise EventbenchError(
                f"{directory / name}: changed since it was built: SHA-256 is {found}, "
                f"expected {expected} ({MANIFEST})"
            )
    return manifest


def _without_configs(card: str) -> str:
    _, front, body = card.split("---\n", 2)
    own, _, _ = front.partition("configs:\n")
    return f"---\n{own}---\n{body}"
