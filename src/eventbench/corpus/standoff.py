"""Reads and writes brat standoff: the only code that knows what an ``.ann`` looks like.

The format is described at https://brat.nlplab.org/standoff.html. Of it we use
text-bound annotations (T), events (E), relations (R), attributes (A) and notes (#).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from eventbench.corpus.model import Argument, Event, EventbenchError, Link, Problem, Span
from eventbench.corpus.scheme import ACTOR, SPEAKER, Scheme

CHECKS = {
    "malformed-line": "A line is not a T, E, R, A or # line as brat writes them.",
    "duplicate-id": "Two lines of a file have the same id.",
    "discontinuous-span": "A span has several parts; spans here are one stretch.",
    "offset-out-of-range": "A span does not lie inside the article.",
    "offset-text-mismatch": "The text beside a span is not the article's text there.",
    "unknown-type": "A type, or an attribute or link name, that annotation.conf does not have.",
    "unknown-role": "An event has a role that annotation.conf does not give its type.",
    "unknown-value": "An attribute has a value that annotation.conf does not list for it.",
    "unknown-reference": "A line refers to an id that the file does not have.",
    "wrong-target": "A line refers to something of a kind that annotation.conf does not allow.",
    "unused-span": "A text-bound line that no event uses.",
    "repeated-attribute": "One event or span carries the same attribute twice.",
}
"""The checks that reading performs, and what each one means."""

Report = Callable[[int, str, str], None]
"""Takes note of a problem: its line, its check and its message."""


@dataclass
class _Lines:
    """The lines of one file by kind: id -> (line number, fields)."""

    spans: dict[str, tuple[int, str, Span]] = field(default_factory=dict)
    events: dict[str, tuple[int, str, str, list[tuple[str, str]]]] = field(default_factory=dict)
    relations: dict[str, tuple[int, str, str, str]] = field(default_factory=dict)
    attributes: dict[str, tuple[int, str, str, str | None]] = field(default_factory=dict)
    notes: dict[str, tuple[int, str, str]] = field(default_factory=dict)


_LINE_FORMS = {
    "T": re.compile(r"(T\d+)\t(\S+) (\d+ \d+(?:;\d+ \d+)*)\t(.*)"),
    "E": re.compile(r"(E\d+)\t(\S+):(T\d+)((?: \S+:[TE]\d+)*) ?"),
    "R": re.compile(r"(R\d+)\t(\S+) Arg1:([TE]\d+) Arg2:([TE]\d+)\t?"),
    "A": re.compile(r"(A\d+)\t(\S+) ([TER]\d+)(?: (\S+))?"),
    "#": re.compile(r"(#\d+)\t(\S+) ([TERA]\d+)\t(.*)"),
}


def parse(
    ann: str, text: str, scheme: Scheme, path: str
) -> tuple[tuple[Event, ...], tuple[Link, ...], list[Problem]]:
    """Read the contents of an ``.ann`` file.

    Args:
        ann: the contents of the file.
        text: the article, exactly as stored.
        scheme: what may occur in it.
        path: the file's name, for problems.

    Returns:
        Events in reading order, links in the order of the file, and everything
        that was wrong. Whatever is wrong is left out of the events.
    """
    problems: list[Problem] = []

    def wrong(line: int, check: str, message: str) -> None:
        problems.append(Problem(path, line, check, message))

    lines = _split_lines(ann, text, wrong)
    sides = _read_sides(lines, scheme, wrong)
    events = _read_events(lines, scheme, sides, wrong)
    events = _read_attributes(lines, scheme, events, wrong)
    links = _read_links(lines, scheme, events, wrong)
    return (
        tuple(sorted(events.values(), key=lambda e: (e.trigger, e.id))),
        tuple(links),
        sorted(problems),
    )


def _split_lines(ann: str, text: str, wrong: Report) -> _Lines:
    lines = _Lines()
    seen: dict[str, int] = {}
    # Only "\n" ends a line: splitlines() would also split at separators inside a span's text.
    for number, line in enumerate(ann.split("\n"), 1):
        if not line:
            continue
        form = _LINE_FORMS.get(line[0])
        match = form.fullmatch(line) if form else None
        if match is None:
            wrong(number, "malformed-line", f"found {line!r}, expected a T, E, R, A or # line")
            continue
        identifier = match[1]
        if identifier in seen:
            wrong(number, "duplicate-id", f"{identifier} stands on line {seen[identifier]} too")
            continue
        seen[identifier] = number
        if line[0] == "T":
            span = _read_span(number, match[3], match[4], text, wrong)
            if span is not None:
                lines.spans[identifier] = (number, match[2], span)
        elif line[0] == "E":
            parts = (part.partition(":") for part in match[4].split())
            pairs = [(role, target) for role, _, target in parts]
            lines.events[identifier] = (number, match[2], match[3], pairs)
        elif line[0] == "R":
            lines.relations[identifier] = (number, match[2], match[3], match[4])
        elif line[0] == "A":
            lines.attributes[identifier] = (number, match[2], match[3], match[4])
        else:
            lines.notes[identifier] = (number, match[3], match[4])
    return lines


def _read_span(number: int, offsets: str, written: str, text: str, wrong: Report) -> Span | None:
    if ";" in offsets:
        wrong(number, "discontinuous-span", f"found {offsets!r}, expected one START END")
        return None
    start, end = map(int, offsets.split(" "))
    if not 0 <= start < end <= len(text):
        message = f"found {start}-{end}, expected a stretch within 0-{len(text)}"
        wrong(number, "offset-out-of-range", message)
        return None
    if text[start:end] != written:
        message = f"found {written!r}, but the article has {text[start:end]!r} at {start}-{end}"
        wrong(number, "offset-text-mismatch", message)
        return None
    return Span(start, end)


def _read_sides(lines: _Lines, scheme: Scheme, wrong: Report) -> dict[str, tuple[str, ...]]:
    """The ``Side`` of each actor span."""
    sides: dict[str, tuple[str, ...]] = {}
    for number, name, target, value in lines.attributes.values():
        if name not in scheme.attributes or not target.startswith("T"):
            continue  # _read_attributes reports unknown names and targets
        if target not in lines.spans:
            wrong(number, "unknown-reference", f"{name} of {target}, which is not in the file")
            continue
        bearers, values = scheme.attributes[name]
        if lines.spans[target][1] not in bearers:
            message = f"{name} of a {lines.spans[target][1]}, expected {_either(bearers)}"
            wrong(number, "wrong-target", message)
        elif value not in values:
            wrong(number, "unknown-value", f"{name} is {value!r}, expected {_either(values)}")
        elif target in sides:
            wrong(number, "repeated-attribute", f"{target} has {name} already")
        else:
            sides[target] = tuple(value.split("_"))
    return sides


def _read_events(
    lines: _Lines, scheme: Scheme, sides: dict[str, tuple[str, ...]], wrong: Report
) -> dict[str, Event]:
    events: dict[str, Event] = {}
    used: set[str] = set()
    for identifier, (number, event_type, trigger_id, pairs) in lines.events.items():
        used.add(trigger_id)
        used.update(target for _, target in pairs)
        if event_type not in scheme.roles:
            message = f"found {event_type!r}, expected {_either(scheme.event_types)}"
            wrong(number, "unknown-type", message)
            continue
        if trigger_id not in lines.spans:
            wrong(number, "unknown-reference", f"trigger {trigger_id} is not in the file")
            continue
        _, span_type, trigger = lines.spans[trigger_id]
        if span_type != event_type:
            message = f"{event_type} with a trigger of type {span_type}"
            wrong(number, "wrong-target", message)
            continue
        arguments: list[Argument] = []
        source: Span | None = None
        for name, target in pairs:
            role = name.rstrip("0123456789")
            digits = name[len(role) :]
            if role not in scheme.roles[event_type]:
                message = f"{name!r} of {event_type}, expected {_either(scheme.roles[event_type])}"
                wrong(number, "unknown-role", message)
                continue
            if target not in lines.spans:
                wrong(number, "unknown-reference", f"{name} is {target}, which is not in the file")
                continue
            _, found, span = lines.spans[target]
            kind = scheme.kind(event_type, role)
            if found != kind:
                wrong(number, "wrong-target", f"{name} is a {found}, expected a {kind}")
            elif kind == SPEAKER:
                source = span
            else:
                arguments.append(
                    Argument(role, span, sides.get(target, ()), int(digits) if digits else 1)
                )
        arguments.sort(key=lambda a: (a.span, a.role, a.number))
        events[identifier] = Event(
            identifier, event_type, trigger, tuple(arguments), source=source, line=number
        )
    for identifier, (number, span_type, _) in lines.spans.items():
        if span_type not in scheme.entities and span_type not in scheme.roles:
            expected = _either((*scheme.event_types, *scheme.entities))
            wrong(number, "unknown-type", f"found {span_type!r}, expected {expected}")
        elif identifier not in used:
            wrong(number, "unused-span", f"no event uses {identifier} ({span_type})")
    return events


def _read_attributes(
    lines: _Lines, scheme: Scheme, events: dict[str, Event], wrong: Report
) -> dict[str, Event]:
    events = dict(events)
    seen: set[tuple[str, str]] = set()
    for number, name, target, value in lines.attributes.values():
        if name not in scheme.attributes:
            message = f"attribute {name!r}, expected {_either(scheme.attributes)}"
            wrong(number, "unknown-type", message)
            continue
        if target.startswith("T"):
            continue  # _read_sides
        if target not in lines.events:
            wrong(number, "unknown-reference", f"{name} of {target}, which is not in the file")
            continue
        if target not in events:
            continue  # the event itself was reported
        event = events[target]
        bearers, values = scheme.attributes[name]
        if event.type not in bearers:
            wrong(number, "wrong-target", f"{name} of a {event.type}, expected {_either(bearers)}")
        elif (value not in values) if values else value is not None:
            expected = _either(values) if values else "no value"
            wrong(number, "unknown-value", f"{name} is {value!r}, expected {expected}")
        elif (target, name) in seen:
            wrong(number, "repeated-attribute", f"{target} has {name} already")
        else:
            seen.add((target, name))
            is_subtype = name == scheme.subtype_attribute(event.type)
            attribute = "subtype" if is_subtype else name.lower()
            changed: dict[str, Any] = {attribute: value if values else True}
            events[target] = replace(event, **changed)
    for number, target, note in lines.notes.values():
        if target in events:
            events[target] = replace(events[target], note=note)
        elif target not in lines.events and target not in lines.spans:
            wrong(number, "unknown-reference", f"a note on {target}, which is not in the file")
    return events


def _read_links(
    lines: _Lines, scheme: Scheme, events: dict[str, Event], wrong: Report
) -> list[Link]:
    links = []
    for number, name, first, second in lines.relations.values():
        if name not in scheme.links:
            wrong(number, "unknown-type", f"link {name!r}, expected {_either(scheme.links)}")
            continue
        ends = list(zip((first, second), scheme.links[name], strict=True))
        missing = [end for end, _ in ends if end not in lines.events]
        for end in missing:
            wrong(number, "unknown-reference", f"{name} joins {end}, which is not in the file")
        if missing or first not in events or second not in events:
            continue
        misfits = [(end, allowed) for end, allowed in ends if events[end].type not in allowed]
        for end, allowed in misfits:
            message = f"{name} joins {end}, a {events[end].type}, expected {_either(allowed)}"
            wrong(number, "wrong-target", message)
        if not misfits:
            links.append(Link(name, first, second, line=number))
    return links


def _either(values: Iterable[str]) -> str:
    return " or ".join(sorted(values))


def write(events: Iterable[Event], links: Iterable[Link], text: str, scheme: Scheme) -> str:
    """Write events and links as the contents of an ``.ann`` file.

    The bytes depend on the events and links alone: events come in reading order
    and are numbered afresh, each preceded by the spans that it is the first to
    use and followed by its attributes and its note; links close the file.
    """
    output: list[str] = []
    span_ids: dict[tuple[str, Span, tuple[str, ...]], str] = {}
    new_id: dict[str, str] = {}
    counts = dict.fromkeys("TERA#", 0)

    def line(kind: str, rest: str) -> str:
        counts[kind] += 1
        output.append(f"{kind}{counts[kind]}\t{rest}")
        return f"{kind}{counts[kind]}"

    def span_id(kind: str, span: Span, sides: tuple[str, ...] = ()) -> str:
        key = (kind, span, sides)
        if key not in span_ids:
            written = span.text_in(text)
            if "\n" in written:
                raise EventbenchError(f"span {span.start}-{span.end} crosses a line: {written!r}")
            span_ids[key] = line("T", f"{kind} {span.start} {span.end}\t{written}")
            if sides:
                line("A", f"Side {span_ids[key]} {'_'.join(sides)}")
        return span_ids[key]

    for event in sorted(events, key=lambda e: (e.trigger, e.type)):
        trigger = span_id(event.type, event.trigger)
        parts = [f"{event.type}:{trigger}"]
        for argument in event.arguments:
            kind = scheme.kind(event.type, argument.role)
            target = span_id(kind, argument.span, argument.sides if kind == ACTOR else ())
            number = "" if argument.number == 1 else str(argument.number)
            parts.append(f"{argument.role}{number}:{target}")
        if event.source is not None:
            role = next(r for r, k in scheme.roles[event.type].items() if k == SPEAKER)
            parts.append(f"{role}:{span_id(SPEAKER, event.source)}")
        identifier = line("E", " ".join(parts))
        new_id[event.id] = identifier
        for name, (bearers, values) in scheme.attributes.items():
            if event.type not in bearers:
                continue
            is_subtype = name == scheme.subtype_attribute(event.type)
            value = getattr(event, "subtype" if is_subtype else name.lower())
            if value:
                line("A", f"{name} {identifier}" + (f" {value}" if values else ""))
        if event.note is not None:
            line("#", f"AnnotatorNotes {identifier}\t{event.note}")
    for link in links:
        line("R", f"{link.type} Arg1:{new_id[link.first]} Arg2:{new_id[link.second]}")
    return "".join(f"{row}\n" for row in output)
