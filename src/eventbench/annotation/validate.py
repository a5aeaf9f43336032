"""Is the gold sound? A registry of checks, each with a stable id.

Two lists beside the gold hold what a check found and a person decided to let
stand, each row with the rule of the guidelines that says so:

``not-events.tsv``  words that are a trigger elsewhere and are none here
    (article, start, end, word, rule, reason);
``recurring-sentences.tsv``  near-duplicate sentences annotated differently
    (sentence, sentence, rule, reason).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path

from eventbench.corpus import standoff
from eventbench.corpus.loading import (
    GOLD,
    default_data_dir,
    read_corpus_scheme,
    read_documents,
    read_table,
)
from eventbench.corpus.model import Document, Event, Problem, Sentence, Span
from eventbench.corpus.scheme import (
    ACTOR,
    AUTHOR,
    CONTRADICTS,
    NUMBER,
    PARTICIPANT,
    REPETITIONS,
    SAME_EVENT,
    TIME,
    Scheme,
)
from eventbench.corpus.similarity import lemma, near_duplicates

NOT_EVENTS = "not-events.tsv"
RECURRING = "recurring-sentences.tsv"
ADJUDICATION = "adjudication.tsv"
NO_DENIAL_TRIGGER = "denial has no trigger"
"""How the note begins on a contested claim whose denial names no event."""

Finding = tuple[int, str]
"""The line of a finding and what to say of it."""


@dataclass(frozen=True)
class AnnotationSet:
    """All articles with one set of annotations, and where they lie."""

    documents: dict[str, Document]
    paths: dict[str, str]
    scheme: Scheme
    data_dir: Path

    @property
    def lists(self) -> Path:
        """The directory of the lists and the guidelines."""
        return self.data_dir / "annotations"

    def place_in_article(self, document: Document, span: Span) -> tuple[str, int]:
        """The article's file and the line on which ``span`` begins."""
        path = self.data_dir / "seeds" / f"{document.stem}.txt"
        return str(path), document.text.count("\n", 0, span.start) + 1


@dataclass(frozen=True)
class Check:
    """One rule that annotations must keep."""

    id: str
    meaning: str
    find: Callable[[AnnotationSet], Iterator[Problem]]
    of_gold: bool
    """Whether it needs the lists beside the gold, which speak of the gold alone."""


CHECKS: dict[str, Check] = {}

_DocumentCheck = Callable[[Document, Scheme], Iterator[Finding]]
_Sweep = Callable[[AnnotationSet], Iterator[Problem]]


def check(identifier: str, meaning: str) -> Callable[[_DocumentCheck], _DocumentCheck]:
    """Register a function that finds breaches of one rule in a document."""

    def register(find: _DocumentCheck) -> _DocumentCheck:
        def find_everywhere(annotated: AnnotationSet) -> Iterator[Problem]:
            for doc_id, document in annotated.documents.items():
                for line, message in find(document, annotated.scheme):
                    yield Problem(annotated.paths[doc_id], line, identifier, message)

        CHECKS[identifier] = Check(identifier, meaning, find_everywhere, of_gold=False)
        return find

    return register


def sweep(identifier: str, meaning: str) -> Callable[[_Sweep], _Sweep]:
    """Register a function that looks at all articles of the gold and the lists beside it."""

    def register(find: _Sweep) -> _Sweep:
        CHECKS[identifier] = Check(identifier, meaning, find, of_gold=True)
        return find

    return register


def all_checks() -> dict[str, str]:
    """The id and the meaning of every check, those of reading first."""
    return standoff.CHECKS | {c.id: c.meaning for c in CHECKS.values()}


def validate(data_dir: Path | None = None, annotations: Path | None = None) -> list[Problem]:
    """Everything that is wrong with a set of annotations, by file and line.

    Args:
        data_dir: a directory with ``seeds`` and ``annotations``; ours if None.
        annotations: a directory of ``.ann`` files to check instead of the gold.
            The lists beside the gold speak of the gold, so the checks over all
            articles together are left out then.

    Raises:
        EventbenchError: if articles, tokens, scheme or a whole file cannot be read.
    """
    data_dir = default_data_dir() if data_dir is None else data_dir
    scheme = read_corpus_scheme(data_dir)
    annotation_dir = data_dir / GOLD if annotations is None else annotations
    found: list[Problem] = []
    documents: dict[str, Document] = {}
    paths: dict[str, str] = {}
    for document, path, problems in read_documents(data_dir, annotation_dir, scheme):
        documents[document.id], paths[document.id] = document, str(path)
        found += problems
    annotated = AnnotationSet(documents, paths, scheme, data_dir)
    for c in CHECKS.values():
        if annotations is None or not c.of_gold:
            found += c.find(annotated)
    return sorted(found)


def _quote(document: Document, span: Span) -> str:
    return f"{span.text_in(document.text)!r} ({span.start}-{span.end})"


def _name(document: Document, event: Event) -> str:
    return f"{event.id} {event.trigger.text_in(document.text)!r}"


# Spans and roles


@check("trigger-outside-sentence", "A trigger does not lie within one sentence.")
def _trigger_outside_sentence(document: Document, scheme: Scheme) -> Iterator[Finding]:
    for event in document.events:
        if document.sentence_of(event.trigger) is None:
            yield event.line, f"{_quote(document, event.trigger)} is not within one sentence"


@check("not-on-tokens", "A trigger, argument or source does not begin and end with a token.")
def _not_on_tokens(document: Document, scheme: Scheme) -> Iterator[Finding]:
    starts = {t.start for s in document.sentences for t in s.tokens}
    ends = {t.end for s in document.sentences for t in s.tokens}
    for event in document.events:
        sources = () if event.source is None else (event.source,)
        for span in (event.trigger, *(a.span for a in event.arguments), *sources):
            if span.start not in starts or span.end not in ends:
                yield event.line, f"{_quote(document, span)} is not made of whole tokens"


@check("triggers-overlap", "Two triggers share text; a token belongs to one trigger at most.")
def _triggers_overlap(document: Document, scheme: Scheme) -> Iterator[Finding]:
    for first, second in pairwise(sorted(document.events, key=lambda event: event.trigger)):
        if first.trigger.overlaps(second.trigger):
            quoted = _quote(document, first.trigger)
            yield second.line, f"{_quote(document, second.trigger)} overlaps trigger {quoted}"


@check("argument-outside-sentence", "An argument does not lie in its trigger's sentence.")
def _argument_outside_sentence(document: Document, scheme: Scheme) -> Iterator[Finding]:
    for event in document.events:
        sentence = document.sentence_of(event.trigger)
        for argument in event.arguments:
            if sentence is not None and not sentence.span.contains(argument.span):
                quoted = _quote(document, argument.span)
                yield event.line, f"{argument.role} {quoted} is not in sentence {sentence.id}"


@check("arguments-overlap", "Two arguments of one event, or an argument and its trigger, overlap.")
def _arguments_overlap(document: Document, scheme: Scheme) -> Iterator[Finding]:
    for event in document.events:
        spans = [("trigger", event.trigger), *((a.role, a.span) for a in event.arguments)]
        for (name_a, a), (name_b, b) in combinations(spans, 2):
            if a.overlaps(b):
                yield (
                    event.line,
                    f"{name_a} {_quote(document, a)} overlaps {name_b} {_quote(document, b)}",
                )


@check("actor-without-side", "An actor has no side.")
def _actor_without_side(document: Document, scheme: Scheme) -> Iterator[Finding]:
    for event in document.events:
        for argument in event.arguments:
            if scheme.kind(event.type, argument.role) == ACTOR and not argument.sides:
                yield event.line, f"{argument.role} {_quote(document, argument.span)} has no side"


@check(
    "count-unpaired",
    "A count of people does not bear the number of people it counts, or shares its number.",
)
def _count_unpaired(document: Document, scheme: Scheme) -> Iterator[Finding]:
    for event in document.events:
        kinds = [(scheme.kind(event.type, a.role), a) for a in event.arguments]
        counted = {a.number for kind, a in kinds if kind == PARTICIPANT}
        counts = [a for kind, a in kinds if kind == NUMBER]
        shared = {n for n, times in Counter(a.number for a in counts).items() if times > 1}
        for count in counts:
            quoted = _quote(document, count.span)
            if count.number in shared:
                yield event.line, f"{count.role} {quoted} shares number {count.number}"
            elif counted and count.number not in counted:
                yield event.line, f"{count.role} {quoted} is number {count.number}, as nobody is"


_NUMBER_WORD = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|scores?|"
    r"hundreds?|thousands?|millions?|half|third|quarter|number)\b",
    re.IGNORECASE,
)


@check("count-without-number", "A count holds no figure and no number word.")
def _count_without_number(document: Document, scheme: Scheme) -> Iterator[Finding]:
    for event in document.events:
        for a in event.arguments:
            counts = scheme.kind(event.type, a.role) in (NUMBER, REPETITIONS)
            if counts and not _NUMBER_WORD.search(a.span.text_in(document.text)):
                yield event.line, f"{a.role} {_quote(document, a.span)} holds no number"


_TIME_WORD = re.compile(
    r"\d|\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|"
    r"july|august|september|october|november|december|today|tonight|yesterday|tomorrow|morning|"
    r"noon|afternoon|evening|night|midnight|hours?|days?|weeks?|weekend|months?|years?|spring|"
    r"summer|autumn|winter|past)\b",
    re.IGNORECASE,
)


@check("not-a-time", "A time names no hour, day, date, month, season, year or length of these.")
def _not_a_time(document: Document, scheme: Scheme) -> Iterator[Finding]:
    for event in document.events:
        for a in event.arguments:
            is_time = scheme.kind(event.type, a.role) == TIME
            if is_time and not _TIME_WORD.search(a.span.text_in(document.text)):
                yield event.line, f"{a.role} {_quote(document, a.span)} names no time"


# Attributes and links


@check("missing-subtype", "An event has no subtype.")
def _missing_subtype(document: Document, scheme: Scheme) -> Iterator[Finding]:
    for event in document.events:
        if event.subtype is None:
            yield event.line, f"{_name(document, event)} has no subtype"


@check("missing-attribute", "An event lacks an attribute that every event has.")
def _missing_attribute(document: Document, scheme: Scheme) -> Iterator[Finding]:
    for event in document.events:
        for attribute, (bearers, values) in scheme.attributes.items():
            is_common = bearers == frozenset(scheme.event_types) and values
            if is_common and getattr(event, attribute.lower()) is None:
                yield event.line, f"{_name(document, event)} has no {attribute}"


@check("author-with-source", "An event that only the author asserts has a source.")
def _author_with_source(document: Document, scheme: Scheme) -> Iterator[Finding]:
    for event in document.events:
        if event.reported == AUTHOR and event.source is not None:
            yield event.line, f"source {_quote(document, event.source)} of an event by the author"


@check("same-event-types", "SameEvent joins events of different types, or an event to itself.")
def _same_event_types(document: Document, scheme: Scheme) -> Iterator[Finding]:
    events = {event.id: event for event in document.events}
    for link in document.links:
        first, second = events[link.first], events[link.second]
        if link.type == SAME_EVENT and (first.type != second.type or first is second):
            names = f"{_name(document, first)} ({first.type})"
            yield link.line, f"joins {names} and {_name(document, second)} ({second.type})"


def _same_event_groups(document: Document) -> dict[str, set[str]]:
    """For each event id, the ids that SameEvent links join it with, itself among them."""
    groups = {event.id: {event.id} for event in document.events}
    for link in document.links:
        if link.type == SAME_EVENT:
            joined = groups[link.first] | groups[link.second]
            for member in joined:
                groups[member] = joined
    return groups


@check(
    "contested-alone",
    "A contested event, with its same-event mentions, has neither a Contradicts link nor a note "
    f"that begins {NO_DENIAL_TRIGGER!r}.",
)
def _contested_alone(document: Document, scheme: Scheme) -> Iterator[Finding]:
    groups = _same_event_groups(document)
    explained = {e for k in document.links if k.type == CONTRADICTS for e in (k.first, k.second)}
    for event in document.events:
        if event.note is not None and event.note.startswith(NO_DENIAL_TRIGGER):
            explained.add(event.id)
    for event in document.events:
        if event.contested and not groups[event.id] & explained:
            yield event.line, f"{_name(document, event)} is contested by nothing"


@check("contradicts-uncontested", "A Contradicts link joins an event that is not contested.")
def _contradicts_uncontested(document: Document, scheme: Scheme) -> Iterator[Finding]:
    events = {event.id: event for event in document.events}
    for link in document.links:
        if link.type == CONTRADICTS:
            for event in (events[link.first], events[link.second]):
                if not event.contested:
                    yield link.line, f"{_name(document, event)} is not marked contested"


# Sweeps over all articles together


@sweep(
    "untagged-trigger-word",
    "A word whose lemma is a trigger somewhere is neither a trigger here nor in not-events.tsv.",
)
def _untagged_trigger_word(annotated: AnnotationSet) -> Iterator[Problem]:
    excused = _excused_words(annotated)
    for document, token in _untagged_trigger_words(annotated):
        if (document.id, token) not in excused:
            message = f"{_quote(document, token)} is a trigger elsewhere, expected one here or an "
            message += f"entry in {NOT_EVENTS}"
            yield Problem(
                *annotated.place_in_article(document, token), "untagged-trigger-word", message
            )


def _untagged_trigger_words(annotated: AnnotationSet) -> Iterator[tuple[Document, Span]]:
    """Tokens outside triggers whose lemma is that of the last token of some trigger."""
    triggers = {d.id: {e.trigger for e in d.events} for d in annotated.documents.values()}
    lemmas = {
        lemma(span.text_in(annotated.documents[doc_id].text).split()[-1])
        for doc_id, spans in triggers.items()
        for span in spans
    }
    for document in annotated.documents.values():
        for token in (t for s in document.sentences for t in s.tokens):
            tagged = any(trigger.contains(token) for trigger in triggers[document.id])
            if not tagged and lemma(token.text_in(document.text)) in lemmas:
                yield document, token


def _excused_words(annotated: AnnotationSet) -> set[tuple[str, Span]]:
    """The rows of not-events.tsv as article and span."""
    return {
        (row[0], Span(int(row[1]), int(row[2])))
        for _, row in read_table(annotated.lists / NOT_EVENTS, 6)
        if row[1].isdecimal() and row[2].isdecimal()
    }


@sweep(
    "stale-not-event",
    "A row of not-events.tsv names a place that holds another word, or a word that needs no row.",
)
def _stale_not_event(annotated: AnnotationSet) -> Iterator[Problem]:
    path = annotated.lists / NOT_EVENTS
    needed = {(document.id, token) for document, token in _untagged_trigger_words(annotated)}
    for line, (doc_id, start, end, word, _, _) in read_table(path, 6):
        document = annotated.documents.get(doc_id)
        span = Span(int(start), int(end)) if start.isdecimal() and end.isdecimal() else None
        if document is None or span is None or span.text_in(document.text) != word:
            message = f"found {word!r}, which is not what article {doc_id} has at {start}-{end}"
        elif (doc_id, span) not in needed:
            message = f"{word!r} ({start}-{end} of {doc_id}) is a trigger, or none of its lemma is"
        else:
            continue
        yield Problem(str(path), line, "stale-not-event", message)


@sweep(
    "recurring-sentence",
    "Two nearly identical sentences are annotated differently and recurring-sentences.tsv does "
    "not say why.",
)
def _recurring_sentence(annotated: AnnotationSet) -> Iterator[Problem]:
    excused = {frozenset(row[:2]) for _, row in read_table(annotated.lists / RECURRING, 4)}
    for pair, difference, place in _differing_sentences(annotated):
        if frozenset(pair) not in excused:
            message = f"{' and '.join(pair)} are nearly the same sentence, but {difference}"
            yield Problem(*place, "recurring-sentence", message)


def _differing_sentences(
    annotated: AnnotationSet,
) -> Iterator[tuple[tuple[str, str], str, tuple[str, int]]]:
    """Pairs of sentence ids, what differs, and where the later one stands."""
    for doc_a, a, doc_b, b, _ in near_duplicates(list(annotated.documents.values())):
        outline_a, outline_b = _outline(doc_a, a), _outline(doc_b, b)
        if outline_a != outline_b:
            one, other = outline_a - outline_b, outline_b - outline_a
            named, extra = (a.id, one) if one else (b.id, other)
            difference = f"only {named} has {next(iter(extra))}"
            yield (a.id, b.id), difference, annotated.place_in_article(doc_b, b.span)


def _outline(document: Document, sentence: Sentence) -> Counter[str]:
    """What must agree between recurring sentences: events, attributes, roles; not words."""
    outline: Counter[str] = Counter()
    for event in document.events_in(sentence):
        word = lemma(event.trigger.text_in(document.text))
        attributes = f"{event.type}/{event.subtype} {event.status} {event.reported}"
        outline[f"{word}: {attributes}"] += 1
        for argument in event.arguments:
            outline[f"{word}: {argument.role}{argument.sides or ''}"] += 1
    return outline


@sweep(
    "stale-recurring-sentence",
    "A row of recurring-sentences.tsv names sentences that are annotated alike or are not alike.",
)
def _stale_recurring_sentence(annotated: AnnotationSet) -> Iterator[Problem]:
    path = annotated.lists / RECURRING
    needed = {frozenset(pair) for pair, _, _ in _differing_sentences(annotated)}
    for line, row in read_table(path, 4):
        if frozenset(row[:2]) not in needed:
            message = f"{row[0]} and {row[1]} need no entry"
            yield Problem(str(path), line, "stale-recurring-sentence", message)


@sweep(
    "unknown-rule",
    "A list beside the gold cites a rule that GUIDELINES.md does not have.",
)
def _unknown_rule(annotated: AnnotationSet) -> Iterator[Problem]:
    guidelines = annotated.lists / "GUIDELINES.md"
    text = guidelines.read_text(encoding="utf-8") if guidelines.is_file() else ""
    rules = set(re.findall(r"^\*\*([A-Z]\d+)\.", text, re.MULTILINE))
    for name, width, column in ((NOT_EVENTS, 6, 4), (RECURRING, 4, 2), (ADJUDICATION, 7, 5)):
        path = annotated.lists / name
        for line, row in read_table(path, width):
            for rule in row[column].split(", "):
                if rule not in rules:
                    message = f"found rule {rule!r}, which {guidelines.name} does not have"
                    yield Problem(str(path), line, "unknown-rule", message)
