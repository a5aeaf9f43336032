"""Checks of all articles of the gold together, with the lists beside it.

The lists hold what a check found and was kept on purpose, each row with the rule
of the guidelines behind the decision:

``not-events.tsv``  words that are a trigger elsewhere but not here
    (article, start, end, word, rule, reason);
``recurring-sentences.tsv``  near-duplicate sentences annotated differently
    (sentence, sentence, rule, reason);
``adjudication.tsv``  differences between annotators and how they were settled
    (article, span, a, b, decision, rule, reason).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from eventbench.annotation.checks.base import GUIDELINES, AnnotationSet, Checks, quote
from eventbench.corpus.model import Document, Problem, Sentence, Span
from eventbench.corpus.similarity import near_duplicates
from eventbench.io import read_table

NOT_EVENTS = "not-events.tsv"
RECURRING = "recurring-sentences.tsv"
ADJUDICATION = "adjudication.tsv"

CHECKS = Checks()


@CHECKS.of_gold(
    "untagged-trigger-word",
    "A word whose lemma is a trigger somewhere is neither a trigger here nor in not-events.tsv.",
)
def _untagged_trigger_word(annotated: AnnotationSet) -> Iterator[Problem]:
    listed = _listed_words(annotated)
    for document, token in _untagged_trigger_words(annotated):
        if (document.id, token) not in listed:
            place = annotated.place_in_article(document, token)
            expected = f"expected one here or an entry in {NOT_EVENTS}"
            message = f"{quote(document, token)} is a trigger elsewhere, {expected}"
            yield Problem(*place, "untagged-trigger-word", message)


def _untagged_trigger_words(annotated: AnnotationSet) -> Iterator[tuple[Document, Span]]:
    """Tokens outside triggers whose lemma is that of the last token of some trigger."""
    triggers = {d.id: {e.trigger for e in d.events} for d in annotated.documents.values()}
    lemmas = {
        lemma
        for doc_id, spans in triggers.items()
        for span in spans
        for lemma in annotated.documents[doc_id].lemmas_of(span)[-1:]
    }
    for document in annotated.documents.values():
        for sentence in document.sentences:
            for token, lemma in zip(sentence.tokens, sentence.lemmas, strict=True):
                tagged = any(trigger.contains(token) for trigger in triggers[document.id])
                if not tagged and lemma in lemmas:
                    yield document, token


def _listed_words(annotated: AnnotationSet) -> set[tuple[str, Span]]:
    """The rows of not-events.tsv as article and span."""
    return {
        (row[0], span)
        for _, row in read_table(annotated.lists / NOT_EVENTS, 6)
        if (span := Span.written(row[1], row[2])) is not None
    }


@CHECKS.of_gold(
    "stale-not-event",
    "A row of not-events.tsv names a place that holds another word, or a word that needs no row.",
)
def _stale_not_event(annotated: AnnotationSet) -> Iterator[Problem]:
    path = annotated.lists / NOT_EVENTS
    needed = {(document.id, token) for document, token in _untagged_trigger_words(annotated)}
    for line, (doc_id, start, end, word, _, _) in read_table(path, 6):
        document = annotated.documents.get(doc_id)
        span = Span.written(start, end)
        if document is None or span is None or span.text_in(document.text) != word:
            message = f"found {word!r}, which is not what article {doc_id} has at {start}-{end}"
        elif (doc_id, span) not in needed:
            message = (
                f"{word!r} ({start}-{end} of {doc_id}) needs no row: it is a trigger, or no word "
                "of its lemma is"
            )
        else:
            continue
        yield Problem(str(path), line, "stale-not-event", message)


@CHECKS.of_gold(
    "recurring-sentence",
    "Two nearly identical sentences are annotated differently and recurring-sentences.tsv does "
    "not say why.",
)
def _recurring_sentence(annotated: AnnotationSet) -> Iterator[Problem]:
    listed = {frozenset(row[:2]) for _, row in read_table(annotated.lists / RECURRING, 4)}
    for pair, difference, place in _differing_sentences(annotated):
        if frozenset(pair) not in listed:
            message = f"{' and '.join(pair)} are nearly the same sentence, but {difference}"
            yield Problem(*place, "recurring-sentence", message)


def _differing_sentences(
    annotated: AnnotationSet,
) -> Iterator[tuple[tuple[str, str], str, tuple[str, int]]]:
    """Pairs of sentence ids, what differs, and the place of the later one."""
    for doc_a, a, doc_b, b, _ in near_duplicates(list(annotated.documents.values())):
        outline_a, outline_b = _outline(doc_a, a, annotated), _outline(doc_b, b, annotated)
        if outline_a != outline_b:
            one, other = outline_a - outline_b, outline_b - outline_a
            named, extra = (a.id, one) if one else (b.id, other)
            difference = f"only {named} has {next(iter(extra))}"
            yield (a.id, b.id), difference, annotated.place_in_article(doc_b, b.span)


def _outline(document: Document, sentence: Sentence, annotated: AnnotationSet) -> Counter[str]:
    """What must agree between recurring sentences: events, roles and their values, not words.

    Flags are left out: they may depend on the rest of the article, as a dispute does.
    """
    scheme = annotated.scheme
    outline: Counter[str] = Counter()
    for event in document.events_in(sentence):
        word = " ".join(document.lemmas_of(event.trigger))
        valued = (a.name for a in scheme.attributes_of(event.type) if not a.is_flag)
        values = (event.attributes.get(attribute, "undecided") for attribute in valued)
        outline[f"{word}: {' '.join([event.type, *values])}"] += 1
        for argument in event.arguments:
            values = (argument.attributes.get(a) or "" for a in scheme.span_attributes)
            outline[f"{word}: {' '.join(filter(None, [argument.role, *values]))}"] += 1
    return outline


@CHECKS.of_gold(
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


@CHECKS.of_gold(
    "unknown-rule", f"A list beside the gold cites a rule that {GUIDELINES} does not have."
)
def _unknown_rule(annotated: AnnotationSet) -> Iterator[Problem]:
    guidelines, rules = annotated.guidelines, annotated.rules
    for list_name, width, column in ((NOT_EVENTS, 6, 4), (RECURRING, 4, 2), (ADJUDICATION, 7, 5)):
        path = annotated.lists / list_name
        for line, row in read_table(path, width):
            for rule in row[column].split(", "):
                if rule not in rules:
                    message = f"found rule {rule!r}, which {guidelines.name} does not have"
                    yield Problem(str(path), line, "unknown-rule", message)
