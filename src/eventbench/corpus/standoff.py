"""Read and write brat standoff files (``.ann``).

The format is described at https://brat.nlplab.org/standoff.html. We use text-bound
annotations (T), events (E), relations (R), attributes (A) and notes (#).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from eventbench.corpus.model import Argument, Event, Link, Problem, Span, split_role
from eventbench.corpus.scheme import NO, SPEAKER, YES, Attribute, Scheme
from eventbench.errors import EventbenchError
from eventbench.text import mismatch

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

NOTE = "AnnotatorNotes"
"""The type of the notes that annotators write."""

Report = Callable[[int, str, str], None]
"""Callback for a problem: its line, its check and its message."""

Values = dict[str, dict[str, str]]
"""Values by attribute name, by the id of the span."""


@dataclass
class _Lines:
    """The lines of one file by kind: id -> (line number, fields).

    ``known`` has the line number of every id, also where the line itself is wrong.
    """

    known: dict[str, int] = field(default_factory=dict)
    spans: dict[str, tuple[int, str, Span]] = field(default_factory=dict)
    events: dict[str, tuple[int, str, str, list[tuple[str, str]]]] = field(default_factory=dict)
    relations: dict[str, tuple[int, str, str, str]] = field(default_factory=dict)
    attributes: dict[str, tuple[int, str, str, str | None]] = field(default_factory=dict)
    notes: dict[str, tuple[int, str, str, str]] = field(default_factory=dict)


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
        scheme: the annotation scheme.
        path: the file's name, for problems.

    Returns:
        Events in reading order, links in the order of the file, and the problems.
        Invalid annotations are left out of the events.
    """
    problems: list[Problem] = []

    def wrong(line: int, check: str, message: str) -> None:
        problems.append(Problem(path, line, check, message))

    lines = _split_lines(ann, text, wrong)
    of_spans = _read_span_attributes(lines, scheme, wrong)
    events = _read_events(lines, scheme, of_spans, wrong)
    events = _read_attributes(lines, scheme, events, wrong)
    events = _read_notes(lines, text, events, wrong)
    links = _read_links(lines, scheme, events, wrong)
    return (
        tuple(sorted(events.values(), key=lambda e: (e.trigger, len(e.id), e.id))),
        tuple(links),
        sorted(problems),
    )


def _split_lines(ann: str, text: str, wrong: Report) -> _Lines:
    lines = _Lines()
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
        if identifier in lines.known:
            first = lines.known[identifier]
            wrong(number, "duplicate-id", f"{identifier} stands on line {first} too")
            continue
        lines.known[identifier] = number
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
            lines.notes[identifier] = (number, match[2], match[3], match[4])
    return lines


_KINDS = {"T": "a span", "E": "an event", "R": "a relation", "A": "an attribute"}


def _misdirected(
    lines: _Lines, number: int, phrase: str, target: str, kind: str, wrong: Report
) -> None:
    """Report a reference that leads nowhere, or to a line of another kind ("T", "E") than it must.

    A target that is in the file but could not be read was reported itself.
    """
    if target not in lines.known:
        wrong(number, "unknown-reference", f"{phrase} {target}, which is not in the file")
    elif target[0] != kind:
        found = f"{phrase} {target}, {_KINDS[target[0]]}"
        wrong(number, "wrong-target", f"{found}, expected {_KINDS[kind]}")


def _read_span(number: int, offsets: str, written: str, text: str, wrong: Report) -> Span | None:
    if ";" in offsets:
        wrong(number, "discontinuous-span", f"found {offsets!r}, expected one START END")
        return None
    span = Span.written(*offsets.split(" "))
    if span is None or not span.start < span.end <= len(text):
        found = offsets.replace(" ", "-")
        message = f"found {found:.40}, expected a stretch within 0-{len(text)}"
        wrong(number, "offset-out-of-range", message)
        return None
    if (expected := span.text_in(text)) != written:
        message = mismatch(written, expected, f"{span.start}-{span.end}")
        wrong(number, "offset-text-mismatch", message)
        return None
    return span


def _written_names(attributes: Iterable[Attribute]) -> dict[str, Attribute]:
    """Index the attributes by their names in annotation.conf."""
    return {name: attribute for attribute in attributes for name in attribute.written.values()}


def _read_span_attributes(lines: _Lines, scheme: Scheme, wrong: Report) -> Values:
    """The attributes of each text-bound annotation."""
    known = _written_names(scheme.span_attributes.values())
    result: Values = {}
    for number, name, target, value in lines.attributes.values():
        if name not in known or not target.startswith("T"):
            continue  # _read_attributes reports unknown names and targets
        if target not in lines.spans:
            _misdirected(lines, number, f"{name} of", target, "T", wrong)
            continue
        attribute, bearer = known[name], lines.spans[target][1]
        given = result.setdefault(target, {})
        if bearer not in attribute.values:
            message = f"{name} of a {bearer}, expected {_either(attribute.values)}"
            wrong(number, "wrong-target", message)
        elif (found := _value(attribute, bearer, value)) is None:
            wrong(number, "unknown-value", _misfit(attribute, bearer, name, value))
        elif attribute.name in given:
            wrong(number, "repeated-attribute", f"{target} has {name} already")
        else:
            given[attribute.name] = found
    return result


def _value(attribute: Attribute, bearer: str, written: str | None) -> str | None:
    """The value that a line assigns to an attribute; None if it is not allowed."""
    if attribute.is_flag:
        return YES if written is None else None
    return written if written in attribute.values[bearer] else None


def _misfit(attribute: Attribute, bearer: str, name: str, found: str | None) -> str:
    expected = "no value" if attribute.is_flag else _either(attribute.values[bearer])
    return f"{name} is {found!r}, expected {expected}"


def _read_events(
    lines: _Lines, scheme: Scheme, of_spans: Values, wrong: Report
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
            _misdirected(lines, number, "the trigger is", trigger_id, "T", wrong)
            continue
        _, span_type, trigger = lines.spans[trigger_id]
        if span_type != event_type:
            message = f"{event_type} with a trigger of type {span_type}"
            wrong(number, "wrong-target", message)
            continue
        arguments, source = _read_arguments(lines, scheme, identifier, of_spans, wrong)
        attributes = {a.name: NO for a in scheme.attributes_of(event_type) if a.is_flag}
        events[identifier] = Event(
            identifier, event_type, trigger, arguments, attributes, source, line=number
        )
    _check_spans(lines, scheme, used, wrong)
    return events


def _read_arguments(
    lines: _Lines, scheme: Scheme, identifier: str, of_spans: Values, wrong: Report
) -> tuple[tuple[Argument, ...], Span | None]:
    """The arguments of an event, in reading order, and its source."""
    number, event_type, _, pairs = lines.events[identifier]
    arguments: list[Argument] = []
    source: Span | None = None
    for name, target in pairs:
        role, number_of_role = split_role(name)
        if role not in scheme.roles[event_type] or number_of_role is None:
            message = f"{name!r} of {event_type}, expected {_either(scheme.roles[event_type])}"
            wrong(number, "unknown-role", message)
            continue
        if target not in lines.spans:
            _misdirected(lines, number, f"{name} is", target, "T", wrong)
            continue
        _, found, span = lines.spans[target]
        kind = scheme.kind(event_type, role)
        if found != kind:
            wrong(number, "wrong-target", f"{name} is a {found}, expected a {kind}")
        elif kind == SPEAKER and source is not None:
            wrong(number, "unknown-role", f"{name} of an event that has a {role} already")
        elif kind == SPEAKER:
            source = span
        else:
            attributes = of_spans.get(target, {})
            arguments.append(Argument(role, span, attributes, number_of_role))
    arguments.sort(key=lambda a: (a.span, a.role, a.number))
    return tuple(arguments), source


def _check_spans(lines: _Lines, scheme: Scheme, used: set[str], wrong: Report) -> None:
    for identifier, (number, span_type, _) in lines.spans.items():
        if span_type not in scheme.entities and span_type not in scheme.roles:
            expected = _either((*scheme.event_types, *scheme.entities))
            wrong(number, "unknown-type", f"found {span_type!r}, expected {expected}")
        elif identifier not in used:
            wrong(number, "unused-span", f"no event uses {identifier} ({span_type})")


def _read_attributes(
    lines: _Lines, scheme: Scheme, events: dict[str, Event], wrong: Report
) -> dict[str, Event]:
    events = dict(events)
    known = _written_names(scheme.attributes.values())
    of_spans = _written_names(scheme.span_attributes.values())
    seen: set[tuple[str, str]] = set()
    for number, name, target, value in lines.attributes.values():
        if name not in known and name not in of_spans:
            message = f"attribute {name!r}, expected {_either((*known, *of_spans))}"
            wrong(number, "unknown-type", message)
            continue
        if target.startswith("T"):
            if name in known:
                wrong(number, "wrong-target", f"{name} of {target}, expected an event")
            continue  # else _read_span_attributes
        if target not in lines.events:
            _misdirected(lines, number, f"{name} of", target, "E" if name in known else "T", wrong)
            continue
        if target not in events:
            continue  # the event itself was reported
        event = events[target]
        attribute = known.get(name) or of_spans[name]
        bearers = [b for b, written in attribute.written.items() if written == name]
        if event.type not in bearers:
            wrong(number, "wrong-target", f"{name} of a {event.type}, expected {_either(bearers)}")
        elif (found := _value(attribute, event.type, value)) is None:
            wrong(number, "unknown-value", _misfit(attribute, event.type, name, value))
        elif (target, name) in seen:
            wrong(number, "repeated-attribute", f"{target} has {name} already")
        else:
            seen.add((target, name))
            attributes = {**event.attributes, attribute.name: found}
            events[target] = replace(event, attributes=attributes)
    return events


def _read_notes(
    lines: _Lines, text: str, events: dict[str, Event], wrong: Report
) -> dict[str, Event]:
    """Give every note to an event, whatever it is on, in the order of the notes' numbers.

    A note on a span, an attribute or a relation goes to the event that the part belongs to,
    behind the words of the span, the name of the attribute, or the name of the relation and
    the other event's trigger. A shared span belongs to the first event that uses it.
    """
    events = dict(events)
    users: dict[str, str] = {}
    for event in sorted(events.values(), key=lambda e: (e.trigger, len(e.id), e.id)):
        _, _, trigger, pairs = lines.events[event.id]
        for span in (trigger, *(target for _, target in pairs)):
            users.setdefault(span, event.id)

    def holder(target: str) -> tuple[str | None, tuple[str, ...]]:
        if target in lines.relations:
            _, name, first, second = lines.relations[target]
            other = events[second].trigger.text_in(text) if second in events else second
            return first, (f"{name} {other}",)
        if target in lines.attributes:
            _, name, bearer, _ = lines.attributes[target]
            found, parts = holder(bearer)
            return found, (*parts, name)
        if target in lines.spans:
            return users.get(target), (lines.spans[target][2].text_in(text),)
        return target, ()

    for identifier in sorted(lines.notes, key=lambda i: (len(i), i)):
        number, kind, target, note = lines.notes[identifier]
        if target not in lines.known:
            wrong(number, "unknown-reference", f"a note on {target}, which is not in the file")
        found, parts = holder(target)
        if found in events:
            kinds = () if kind == NOTE else (kind,)
            note = ": ".join((*parts, *kinds, note))
            before = events[found].note
            events[found] = replace(
                events[found], note=note if before is None else f"{before}\n{note}"
            )
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
            _misdirected(lines, number, f"{name} joins", end, "E", wrong)
        if missing or first not in events or second not in events:
            continue
        if first == second:
            wrong(number, "wrong-target", f"{name} joins {first} with itself")
            continue
        misfits = [(end, allowed) for end, allowed in ends if events[end].type not in allowed]
        for end, allowed in misfits:
            message = f"{name} joins {end}, a {events[end].type}, expected {_either(allowed)}"
            wrong(number, "wrong-target", message)
        if not misfits:
            links.append(Link(name, first, second, line=number))
    return links


def _either(values: Iterable[str]) -> str:
    return " or ".join(sorted(values)) or "none"


def write(events: Iterable[Event], links: Iterable[Link], text: str, scheme: Scheme) -> str:
    """Write events and links as the contents of an ``.ann`` file.

    The bytes depend on the events and links alone: events come in reading order
    and are numbered afresh, each preceded by the spans that it is the first to
    use and followed by its attributes and its notes; links close the file.

    Raises:
        EventbenchError: if a span crosses a line, which the format cannot hold.
    """
    writer = _Writer(text, scheme)
    new_id = {}
    for event in sorted(events, key=lambda e: (e.trigger, e.type)):
        new_id[event.id] = writer.event(event)
    for link in links:
        writer.line("R", f"{link.type} Arg1:{new_id[link.first]} Arg2:{new_id[link.second]}")
    return "".join(f"{row}\n" for row in writer.output)


class _Writer:
    """Collects and numbers the lines of a file."""

    def __init__(self, text: str, scheme: Scheme) -> None:
        self.output: list[str] = []
        self._text, self._scheme = text, scheme
        self._spans: dict[tuple[str, Span, tuple[tuple[str, str], ...]], str] = {}
        self._counts = dict.fromkeys("TERA#", 0)

    def line(self, kind: str, rest: str) -> str:
        """Add a line and return its id."""
        self._counts[kind] += 1
        self.output.append(f"{kind}{self._counts[kind]}\t{rest}")
        return f"{kind}{self._counts[kind]}"

    def event(self, event: Event) -> str:
        scheme = self._scheme
        parts = [f"{event.type}:{self._span(event.type, event.trigger)}"]
        for argument in event.arguments:
            kind = scheme.kind(event.type, argument.role)
            target = self._span(kind, argument.span, argument.attributes)
            parts.append(f"{argument.numbered_role}:{target}")
        role = scheme.speaker_role(event.type)
        if event.source is not None and role is not None:
            parts.append(f"{role}:{self._span(SPEAKER, event.source)}")
        identifier = self.line("E", " ".join(parts))
        self._attributes(identifier, event.type, scheme.attributes, event.attributes)
        for note in () if event.note is None else event.note.split("\n"):
            self.line("#", f"{NOTE} {identifier}\t{note}")
        return identifier

    def _span(self, kind: str, span: Span, given: Mapping[str, str] | None = None) -> str:
        known = self._scheme.span_attributes
        values = {n: v for n, v in (given or {}).items() if kind in known[n].values}
        key = (kind, span, tuple(sorted(values.items())))
        if key not in self._spans:
            written = span.text_in(self._text)
            if "\n" in written:
                raise EventbenchError(f"span {span.start}-{span.end} crosses a line: {written!r}")
            self._spans[key] = self.line("T", f"{kind} {span.start} {span.end}\t{written}")
            self._attributes(self._spans[key], kind, known, values)
        return self._spans[key]

    def _attributes(
        self,
        identifier: str,
        bearer: str,
        known: Mapping[str, Attribute],
        given: Mapping[str, str],
    ) -> None:
        for attribute in known.values():
            value = given.get(attribute.name)
            if (
                bearer not in attribute.values
                or value is None
                or (attribute.is_flag and value == NO)
            ):
                continue
            rest = f"{attribute.written[bearer]} {identifier}"
            self.line("A", rest if attribute.is_flag else f"{rest} {value}")
