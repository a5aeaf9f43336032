"""Label Studio's tasks: articles with annotations or predictions, and its JSON export.

The format is described at https://labelstud.io/guide/task_format.html. Offsets count code points,
as Label Studio 1.23 does. Earlier versions count UTF-16 code units, of which an emoji has two;
their exports are read too, by the words that stand beside the offsets.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document, Span, split_role
from eventbench.corpus.predictions import RECORD
from eventbench.corpus.records import Fields
from eventbench.corpus.scheme import YES, Attribute, Scheme
from eventbench.errors import EventbenchError, located
from eventbench.formats.base import Annotated, Format, Returned, check_article, check_free
from eventbench.formats.brat import VISUAL
from eventbench.formats.regions import (
    Region,
    Relation,
    events_of,
    regions_of,
)
from eventbench.io import (
    Json,
    atomic_output,
    parse_json,
    read_bytes,
    read_json_object,
    read_text,
    short,
)
from eventbench.text import mismatch, plural

TASKS, LABELING = "tasks.json", "labeling.xml"

TEXT, LABEL, NOTE = "text", "type", "note"
"""The names of the text, of the labels and of the notes in the labeling configuration. An attribute
cannot have one of them: they are fields of records."""

_NUMBERS = 9
"""The highest number of a role that an annotator can choose."""

_CANCELLED = ("cancelled annotation", "cancelled annotations")
_EMPTY = ("task without annotation", "tasks without annotation")
"""What is left out: one, and several of them."""

_FEW = 6
"""Values of an attribute that are shown side by side; more are a list to open."""


# Writing


def write(corpus: Corpus, out: Path) -> None:
    """Write ``tasks.json``, one task an article, and ``labeling.xml``, made from the scheme.

    Predicted events are predictions, which annotators correct; all others are annotations.

    Raises:
        EventbenchError: if ``out`` is anything but an empty or absent directory, or a
            file cannot be read or written.
    """
    check_free(out)
    tasks = [_task(document, corpus) for document in corpus.documents]
    config = _labeling(corpus)
    with atomic_output(out) as new:
        new.mkdir()
        content = json.dumps(tasks, indent=1, ensure_ascii=False) + "\n"
        (new / TASKS).write_text(content, encoding="utf-8", newline="")
        (new / LABELING).write_text(config, encoding="utf-8", newline="")


def _task(document: Document, corpus: Corpus) -> Json:
    about = {"id": document.id, "name": document.stem, "title": document.title}
    about |= {"publisher": document.publisher, "address": document.address}
    if document.published:
        about["published"] = document.published.isoformat()
    data = {key: value for key, value in about.items() if value}
    task: Json = {"data": {**data, TEXT: document.text}}
    result = list(_results(document, corpus.scheme))
    if not corpus.predicted:
        return task | {"annotations": [{"result": result}]}
    prediction: Json = {"model_version": _model_version(corpus), "result": result}
    known = [e.probability for e in document.events if e.probability is not None]
    if known:
        prediction["score"] = round(sum(known) / len(known), 4)
    return task | {"predictions": [prediction]}


def _model_version(corpus: Corpus) -> str:
    """What made the predictions, as ``result.json`` says, or the name of the model."""
    path = corpus.root / RECORD
    about = read_json_object(path).get("model") if path.is_file() else None
    if isinstance(about, dict):
        return " ".join(str(about[key])[:12] for key in ("system", "digest") if key in about)
    return corpus.info.name


def _results(document: Document, scheme: Scheme) -> Iterator[Json]:
    regions, relations = regions_of(document, scheme)
    for region in regions:
        place = {"start": region.span.start, "end": region.span.end}
        words = region.span.text_in(document.text)

        def part(name: str, kind: str, value: Json, region: Region = region) -> Json:
            names = {"id": region.id, "from_name": name, "to_name": TEXT, "type": kind}
            return names | {"value": value}

        marked = part(LABEL, "labels", {**place, "text": words, "labels": [region.label]})
        yield marked if region.probability is None else marked | {"score": region.probability}
        for name, value in region.attributes:
            yield part(name, "choices", {**place, "text": words, "choices": [value]})
        if region.notes:
            yield part(NOTE, "textarea", {**place, "text": region.notes})
    for relation in relations:
        label, _ = split_role(relation.label)
        number = relation.label[len(label) :]
        yield {
            "type": "relation",
            "from_id": relation.first,
            "to_id": relation.second,
            "direction": "right",
            "labels": [label, number] if number else [label],
        }


# The labeling configuration


def _labeling(corpus: Corpus) -> str:
    """Make Label Studio's labeling configuration from a scheme."""
    scheme = corpus.scheme
    view = ET.Element("View")
    relations = ET.SubElement(view, "Relations", choice="multiple")
    roles = dict.fromkeys(role for named in scheme.roles.values() for role in named)
    numbers = map(str, range(2, max(_NUMBERS, _highest(corpus)) + 1))
    for value in dict.fromkeys([*roles, *scheme.links, *numbers]):
        ET.SubElement(relations, "Relation", value=value)
    labels = ET.SubElement(view, "Labels", name=LABEL, toName=TEXT)
    colours = _colours(corpus.scheme_path.with_name(VISUAL))
    for name in (*scheme.event_types, *scheme.entities):
        colour = {"background": colours[name]} if name in colours else {}
        ET.SubElement(labels, "Label", {"value": name, **colour})
    ET.SubElement(view, "Text", name=TEXT, value=f"${TEXT}")
    for attributes in (scheme.attributes, scheme.span_attributes):
        for attribute in attributes.values():
            _add_choices(view, attribute)
    _add_control(view, "TextArea", NOTE, scheme.event_types, editable="true")
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def _highest(corpus: Corpus) -> int:
    """The highest number of a role."""
    events = (event for document in corpus.documents for event in document.events)
    return max((a.number for event in events for a in event.arguments), default=1)


def _colours(visual: Path) -> dict[str, str]:
    """Read the colours of labels from brat's ``visual.conf``; empty if the file is missing."""
    if not visual.is_file():
        return {}
    found = re.findall(r"^(\w\S*)\s.*bgColor:(#[0-9a-fA-F]{6})\b", read_text(visual), re.MULTILINE)
    return dict(found)


def _add_choices(view: ET.Element, attribute: Attribute) -> None:
    """Add the choice of an attribute's value, once for each name that it has."""
    for name in dict.fromkeys(attribute.written.values()):
        bearers = [bearer for bearer, written in attribute.written.items() if written == name]
        values = (YES,) if attribute.is_flag else attribute.values[bearers[0]]
        layout = {"layout": "select"} if len(values) > _FEW else {"showInline": "true"}
        choices = _add_control(view, "Choices", name, bearers, choice="single", **layout)
        for value in values:
            ET.SubElement(choices, "Choice", value=value)


def _add_control(
    view: ET.Element, kind: str, name: str, labels: Iterable[str], **options: str
) -> ET.Element:
    """Add a control that is there for regions with one of these labels.

    Label Studio shows it under its heading while such a region is selected. What was chosen is
    dropped when a region gets another label, because the control has these conditions too.
    """
    shown = {"visibleWhen": "region-selected", "whenLabelValue": ",".join(labels)}
    box = ET.SubElement(view, "View", shown)
    ET.SubElement(box, "Header", value=name[0].upper() + name[1:], size="6")
    about = {"name": name, "toName": TEXT, "perRegion": "true"}
    return ET.SubElement(box, kind, {**about, **shown, "whenTagName": LABEL, **options})


# Reading


def read(source: Path, scheme: Scheme) -> Returned:
    """Read what annotators made of tasks, from Label Studio's export as JSON.

    An article is called what the data of its task says as ``name`` or, without one, as ``id``;
    else it has the task's number. An annotator is called what the e-mail address has before the
    @, or the whole address if two would have one name, or by number.

    Cancelled annotations and tasks without annotations are left out and counted; predictions and
    drafts are not looked at.

    Args:
        source: the file.
        scheme: the scheme of the annotations.

    Raises:
        EventbenchError: naming file, task and region, what was found and what was expected, if
            the file is not of that form; if offsets do not match the text; if something is
            not of the scheme; or if an annotator has two annotations of an article.
    """
    tasks = parse_json(source, read_bytes(source))
    expected = "expected a list of tasks, Label Studio's export as JSON"
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise EventbenchError(f"{source}: found {short(tasks)}, {expected}")
    if not tasks:
        raise EventbenchError(f"{source}: holds no task, {expected}")
    names: dict[str, str] = {}
    skipped = Counter({_CANCELLED: 0, _EMPTY: 0})
    found: dict[str, dict[str, Annotated]] = {}
    for index, task in enumerate(tasks, 1):
        number = task.get("id", index)
        place = f"{source}: task {short(number)}"
        with located(place):
            name, text = _article(Fields(task), number)
        check_article(place, name, text)
        with located(place):
            if name in names:
                raise EventbenchError(
                    f"its article is called {short(name)}, as that of {names[name]}"
                )
            names[name] = f"task {short(number)}"
            done = list(_annotations(Fields(task), skipped))
            skipped[_EMPTY] += not task["annotations"]
        for called, annotator, results in done:
            with located(f"{place}: {called}"):
                if name in found.setdefault(annotator, {}):
                    raise EventbenchError(f"a second annotation by {annotator}, expected one")
                events, links = events_of(*_read_results(results, text), text, scheme)
                found[annotator][name] = Annotated(place, name, text, events, links)
    short_names = _short_names(found)
    return Returned(
        {short_names[annotator]: tuple(articles.values()) for annotator, articles in found.items()},
        tuple(plural(count, *what) for what, count in skipped.items() if count),
    )


def _article(task: Fields, number: object) -> tuple[str, str]:
    """The name and the text of a task's article."""
    if "data" not in task.values or "annotations" not in task.values:
        raise EventbenchError(
            "has no 'data' or no 'annotations': expected what Label Studio exports as JSON, which "
            "is not JSON-MIN"
        )
    data = task.part("data")
    given = next((data.values[key] for key in ("name", "id") if data.given(key)), None)
    name = f"task-{number}" if given is None else str(given)
    return name, data.get(TEXT, str)


def _annotations(
    task: Fields, skipped: Counter[tuple[str, str]]
) -> Iterator[tuple[str, str, list[Any]]]:
    """The annotations of a task that are not cancelled, with what to call them and by whom."""
    for index, annotation in enumerate(task.parts("annotations"), 1):
        if annotation.values.get("was_cancelled"):
            skipped[_CANCELLED] += 1
            continue
        called = f"annotation {short(annotation.values.get('id', index))}"
        with located(called):
            by = _annotator(annotation.values.get("completed_by"))
            found = Fields(annotation.values).get("result", list)
        yield called, by, found


def _annotator(found: object) -> str:
    """The address or number of an annotator, which exports name in different ways."""
    if isinstance(found, dict):
        found = found.get("email") or found.get("id")
    if found is None:
        return "unnamed"
    if not isinstance(found, str | int):
        raise EventbenchError(f"completed_by is {short(found)}, expected a number or an email")
    return str(found)


def _short_names(annotators: Iterable[str]) -> dict[str, str]:
    """What precedes the @ of addresses, where that is unique."""
    names = {annotator: annotator.partition("@")[0] or annotator for annotator in annotators}
    counts = Counter(name.casefold() for name in names.values())
    return {a: a if counts[name.casefold()] > 1 else name for a, name in names.items()}


def _read_results(results: Sequence[Any], text: str) -> tuple[list[Region], list[Relation]]:
    """The regions and relations of an annotation."""
    reader = _Results(text)
    for index, result in enumerate(results):
        if not isinstance(result, dict):
            raise EventbenchError(f"result[{index}] is {short(result)}, expected an object")
        reader.take(Fields(result))
    return reader.finish()


class _Results:
    """Collects the regions and relations of an annotation."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._points = {
            unit: point
            for point, unit in enumerate(accumulate((1 + (c > "\uffff") for c in text), initial=0))
        }
        self._regions: dict[str, Region] = {}
        self._parts: list[tuple[str, Fields]] = []
        self._relations: list[Relation] = []

    def take(self, result: Fields) -> None:
        kind = result.get("type", str)
        if kind == "relation":
            self._relations.append(_relation(result))
            return
        identifier = result.get("id", str)
        with located(f"region {short(identifier)}"):
            if kind not in ("labels", "choices", "textarea"):
                expected = "labels, choices, textarea or relation"
                raise EventbenchError(f"type is {short(kind)}, expected {expected}")
            if kind == "labels":
                self._label(identifier, result)
            else:
                self._parts.append((identifier, result))

    def _label(self, identifier: str, result: Fields) -> None:
        value = result.part("value")
        (label,) = _one(value, "labels")
        if identifier in self._regions:
            other = self._regions[identifier].label
            raise EventbenchError(f"has the labels {other} and {label}, expected one")
        span = self._span(value)
        words = short(span.text_in(self._text))
        region = Region(identifier, f"region {short(identifier)} {words}", label, span)
        meta = result.part("meta") if result.given("meta") else Fields({})
        region.notes += _texts(meta)
        self._regions[identifier] = region

    def _span(self, value: Fields) -> Span:
        start, end = value.get("start", int), value.get("end", int)
        words = value.values.get("text")
        in_points = Span(start, end) if 0 <= start < end <= len(self._text) else None
        if not isinstance(words, str) and in_points:
            return in_points
        in_units = self._from_units(start, end)
        for span in (in_points, in_units):
            if span and span.text_in(self._text) == words:
                return span
        span = in_points or in_units
        if span is None:
            expected = f"expected a stretch within 0-{len(self._text)}"
            raise EventbenchError(f"found {start}-{end}, {expected}")
        raise EventbenchError(mismatch(str(words), span.text_in(self._text), f"{start}-{end}"))

    def _from_units(self, start: int, end: int) -> Span | None:
        """A span whose offsets count UTF-16 code units; None if they cut a character in two."""
        first, last = self._points.get(start), self._points.get(end)
        return None if first is None or last is None or first >= last else Span(first, last)

    def finish(self) -> tuple[list[Region], list[Relation]]:
        """Give the regions their attributes and notes, which may stand before their labels."""
        for identifier, result in self._parts:
            with located(f"region {short(identifier)}"):
                region = self._regions.get(identifier)
                if region is None:
                    raise EventbenchError("has no label, expected one")
                value = result.part("value")
                if result.values["type"] == "textarea":
                    region.notes += _texts(value)
                else:
                    (choice,) = _one(value, "choices")
                    region.attributes.append((result.get("from_name", str), choice))
        return list(self._regions.values()), self._relations


def _texts(value: Fields) -> list[str]:
    """Return the notes in a value; empty if it has no text."""
    found = value.values["text"] if value.given("text") else []
    notes = [found] if isinstance(found, str) else found
    if not isinstance(notes, list) or not all(isinstance(note, str) for note in notes):
        raise EventbenchError(f"text is {short(found)}, expected a string or a list of strings")
    return notes


def _one(value: Fields, key: str) -> list[str]:
    found = value.get(key, list)
    if len(found) != 1 or not isinstance(found[0], str):
        raise EventbenchError(f"{key} are {short(found)}, expected one")
    return found


def _relation(result: Fields) -> Relation:
    first, second = result.get("from_id", str), result.get("to_id", str)
    name = f"relation from {short(first)} to {short(second)}"
    with located(name):
        labels = result.values.get("labels") or []
        if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
            raise EventbenchError(f"labels are {short(labels)}, expected a list of names")
        numbers = [label for label in labels if label.isascii() and label.isdigit()]
        names = [label for label in labels if label not in numbers]
        if len(names) != 1 or len(numbers) > 1:
            expected = "expected a role, perhaps with a number, or a link"
            raise EventbenchError(f"labels are {short(labels)}, {expected}")
    if result.values.get("direction") == "left":
        first, second = second, first
    return Relation(name, "".join(names + numbers), first, second)


LABEL_STUDIO = Format(
    "label-studio", "all but values, as tasks with a labeling configuration", write, read=read
)
