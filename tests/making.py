"""What several tests make: folds of some articles, corpora of made-up ones, prediction files."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eventbench import TASKS, Argument, Corpus, Document, Event, Fold, Scheme, Sentence, Span
from eventbench.corpus import segmentation, standoff
from eventbench.corpus.info import FIXED, Protocol
from eventbench.corpus.scheme import read_scheme
from eventbench.tasks.base import Gold

Json = dict[str, Any]

MAIN_TASKS = tuple(TASKS)
"""The tasks that apply to the main corpus: all."""
LISTED_TASKS = ("incidents", "incidents-from-text")
"""The tasks that need a list of incidents."""
ANNOTATED_TASKS = tuple(task for task in TASKS if task not in LISTED_TASKS)
"""The tasks that annotators decide; incidents across articles are listed apart."""
HARBOUR_TASKS = tuple(task for task in ANNOTATED_TASKS if task not in ("attribution", "values"))
"""The tasks that apply to tests/harbour: it has neither sources, values nor a list of incidents."""


def wrong_decisions(gold: Gold, answers: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The wrong decisions of a task: question, gold answer, predicted answer."""
    found = gold.task.decisions(gold, answers)
    return [(d.question, d.gold, d.predicted) for d in found if not d.is_right]


def nothing(part: float, **measured: float) -> None:
    """Progress that nobody watches."""


def some_sentences(document: Document, first: int, last: int) -> Document:
    """An article cut to some of its sentences, with the events, links and values in them."""
    kept = document.sentences[first:last]
    events = tuple(e for e in document.events if any(s.span.contains(e.trigger) for s in kept))
    ids = {e.id for e in events}
    links = tuple(k for k in document.links if {k.first, k.second} <= ids)
    values = tuple(v for v in document.values if any(s.span.contains(v.span) for s in kept))
    return replace(document, sentences=kept, events=events, links=links, values=values)


def fold_of(
    scheme: Scheme,
    task: str,
    train: Iterable[Document],
    validation: Iterable[Document] = (),
    kept: dict[str, Any] | None = None,
) -> Fold:
    """A fold of these articles."""
    return Fold(task, scheme, tuple(train), tuple(validation), {} if kept is None else kept)


def inputs(scheme: Scheme, task: str, *documents: Document) -> Any:
    """What a system sees of articles."""
    return TASKS[task].inputs_for(documents, scheme)


def gold(scheme: Scheme, task: str, *documents: Document) -> list[Any]:
    """The right answers about articles."""
    return [TASKS[task].gold(row) for row in TASKS[task].rows(documents, scheme)]


@dataclass(frozen=True)
class Said:
    """An event of a sentence, its spans given by their words."""

    type: str
    trigger: str
    attributes: Mapping[str, str]
    roles: Mapping[str, str]


def said(event_type: str, trigger: str, attributes: Json | None = None, **roles: str) -> Said:
    return Said(event_type, trigger, attributes or {}, roles)


def article(article_id: str, *told: tuple[str | Said, ...]) -> Document:
    """An article of sentences, each a text, whose words are tokens, and its events."""
    sentences: list[Sentence] = []
    events: list[Event] = []
    offset = 0
    for number, (text, *found) in enumerate(told, 1):
        tokens, place = [], 0
        for word in text.split():
            place = text.index(word, place)
            tokens.append(Span(offset + place, offset + place + len(word)))
            place += len(word)
        whole = Span(offset, offset + len(text))
        sentences.append(Sentence(f"{article_id}-{number:03d}", whole, tuple(tokens)))
        for one in found:

            def span(words: str, tokens: list[Span] = tokens, text: str = text) -> Span:
                size = len(words.split())
                runs = (text.split()[k : k + size] for k in range(len(tokens)))
                first = next(k for k, run in enumerate(runs) if run == words.split())
                return Span(tokens[first].start, tokens[first + size - 1].end)

            arguments = tuple(Argument(role, span(words)) for role, words in one.roles.items())
            name, trigger = f"E{len(events) + 1}", span(one.trigger)
            events.append(Event(name, one.type, trigger, arguments, one.attributes))
        offset += len(text) + 1
    text = "\n".join(str(text) for text, *_ in told)
    return Document(article_id, article_id, text, tuple(sentences), tuple(events))


def all_tested(corpus: Corpus) -> Corpus:
    """The corpus with a protocol of one fold that tests on every article."""
    protocol = Protocol(
        FIXED, splits=(("train", ()), ("validation", ()), ("test", tuple(corpus.article_ids)))
    )
    return replace(corpus, info=replace(corpus.info, protocol=protocol))


def write_lines(path: Path, records: Iterable[Any]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


# A corpus with a scheme of its own

CONF = """
[entities]
Vessel
Port
[relations]
SameVoyage\tArg1:<EVENT>, Arg2:<EVENT>, <REL-TYPE>:symmetric
[events]
Arrival\tShip*:Vessel, Port*:Port
Departure\tShip*:Vessel, Port*:Port
Accident\tShip*:Vessel
[attributes]
AccidentKind\tArg:Accident, Value:fire|collision
Cargo\tArg:Arrival|Departure, Value:coal|grain
Delayed\tArg:<EVENT>
"""
"""Cargo is borne by some types only, Delayed is a flag, kind is one type's alone."""

INFO = """
id = "ships"
name = "Ships"
description = "Ships."
language = "en"
licence = "CC0-1.0"
licence_url = "https://creativecommons.org/publicdomain/zero/1.0/"
text_licence = "CC0-1.0"
citation = "Ships"

[protocol]
kind = "leave-one-document-out"
"""
LEARNED, TESTED = (f'kind = "fixed-splits"\n{split} = "all"' for split in ("train", "test"))
"""Protocols of a corpus that is only learned from, and of one that is only a test."""

SHIPS, PORTS = ("Alma", "Vega", "Iris", "Nora"), ("Hull", "Oslo", "Riga", "Cork")
BOATS = ("Juno", "Dora", "Elba", "Kiel")


def _ships(number: int, ships: Sequence[str]) -> Document:
    """One of the articles."""
    ship, port, other = ships[number], PORTS[number], ships[number - 1]
    return article(
        str(number),
        (
            f"The {ship} reached {port} with coal .",
            said("Arrival", "reached", {"cargo": "coal", "delayed": "no"}, Ship=ship, Port=port),
        ),
        (
            f"Two days late , the {other} left {port} with grain .",
            said("Departure", "left", {"cargo": "grain", "delayed": "yes"}, Ship=other, Port=port),
        ),
        (
            f"A blaze broke out on the {ship} 🔥 .",
            said("Accident", "blaze", {"kind": "fire", "delayed": "no"}, Ship=ship),
        ),
        (
            f"The {other} struck a pier .",
            said("Accident", "struck", {"kind": "collision", "delayed": "no"}, Ship=other),
        ),
    )


def write_ships(
    root: Path, name: str = "ships", ships: Sequence[str] = SHIPS, protocol: str = ""
) -> Path:
    """Write a corpus of four articles on ships, whose scheme is not the default corpus's."""
    notes = root / "annotations"
    for folder in (root / "seeds", notes / "tokens", notes / "gold"):
        folder.mkdir(parents=True)
    (notes / "annotation.conf").write_text(CONF, "utf-8")
    info = INFO.replace('"ships"', f'"{name}"')
    info = info.replace('kind = "leave-one-document-out"', protocol) if protocol else info
    (notes / "corpus.toml").write_text(info, "utf-8")
    (notes / "VERSION").write_text("1.0.0\n", "utf-8")
    scheme = read_scheme(notes / "annotation.conf")
    sources = []
    for number, title in enumerate(ships):
        name, document = f"{number}_ships", _ships(number, ships)
        text = document.text
        (root / "seeds" / f"{name}.txt").write_text(text, "utf-8")
        tokens = segmentation.write_segmentation(
            segmentation.with_lemmas(document.sentences, text), text
        )
        (notes / "tokens" / f"{name}.tsv").write_text(tokens, "utf-8")
        ann = standoff.write(document.events, (), text, scheme)
        (notes / "gold" / f"{name}.ann").write_text(ann, "utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()
        sources.append(
            f'[[article]]\nid = "{number}"\nfile = "{name}.txt"\ntitle = "{title}"\n'
            f'sha256 = "{digest}"\n'
        )
    (root / "seeds" / "sources.toml").write_text("\n".join(sources), "utf-8")
    return root


# Files of tagged sentences

FORMATS = ["p.jsonl", "p.jsonl.gz", "p.conll", "ids.conll", "ids.conll.gz", "p.parquet"]
"""Names of files, whose parts say the format; "ids" names the sentences."""


def as_conll(lines: Iterable[Json], *, ids: bool) -> str:
    parts = []
    for line in lines:
        pairs = zip(line["tokens"], line["ner_tags"], strict=True)
        head = f"# id = {line['id']}\n" if ids else ""
        parts.append(head + "".join(f"{token}\t{tag}\n" for token, tag in pairs))
    return "\n".join(parts)


def write_format(path: Path, lines: list[Json]) -> Path:
    """Write tagged sentences in the format that the file's name says."""
    import pyarrow
    import pyarrow.parquet

    name = path.name
    if ".parquet" in name:
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(lines), path)
        return path
    if ".conll" in name:
        content = as_conll(lines, ids="ids" in name).encode()
    else:
        content = "".join(json.dumps(line) + "\n" for line in lines).encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path
