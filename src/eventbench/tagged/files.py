"""Score tagged sentences with any labels, in memory or from two files."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from pathlib import Path

from eventbench.errors import EventbenchError
from eventbench.io import short
from eventbench.scoring.statistics import AVERAGES, Score
from eventbench.tagged import schemes, seqeval_check
from eventbench.tagged.differences import token_difference
from eventbench.tagged.reading import Tagged, format_of, read_conlleval, read_tagged
from eventbench.tagged.tally import BadTag, Tally
from eventbench.text import percent, plural, table

logger = logging.getLogger(__name__)

Pair = tuple[Tagged, Tagged]
"""A sentence with its gold and its predicted tags."""

Pairs = Callable[[], Iterator[Pair]]
"""Reads all sentences from the beginning, as often as it is called."""

LOOKED_AT = 100_000
"""Sentences from which the scheme of a file is guessed."""


@dataclass(frozen=True)
class FileScores:
    """Scores of predicted tags, by class and average, and what was counted.

    Attributes:
        scores: by class, then by average.
        sentences: how many sentences were scored.
        tokens: how many tokens they have.
        verified: what else computed the same scores ("seqeval 1.2.2"); None if nothing did.
        notes: what a reader must know about the scores, one sentence each.
    """

    scores: dict[str, Score]
    sentences: int
    tokens: int
    verified: str | None
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        f1 = percent(self.scores["micro avg"].f1)
        return f"FileScores(micro-F1 {f1}, {plural(self.sentences, 'sentence')})"

    def __str__(self) -> str:
        body = [
            [name, *map(percent, (s.precision, s.recall, s.f1)), s.support]
            for name, s in self.scores.items()
        ]
        blocks = [
            f"{plural(self.sentences, 'sentence')}, {plural(self.tokens, 'token')}, strict IOB2",
            table(["class", "precision", "recall", "F1", "gold"], body),
        ]
        return "\n\n".join([*blocks, "\n".join(self.notes)] if self.notes else blocks)


def score_sequences(
    gold: list[list[str]], predicted: list[list[str]], *, convert: str | None = None
) -> dict[str, Score]:
    """Score tagged sentences in memory, with any labels.

    Args:
        gold: the tags of each sentence.
        predicted: the same for the predictions.
        convert: the scheme that both are in (iob1, bioes, bilou, io), if it is not IOB2.

    Returns:
        Scores by class, then by average.

    Raises:
        EventbenchError: if the two are not of the same lengths, or a tag is not of the
            scheme; in the gold, this includes an I- tag that belongs to no entity.
    """
    lengths, found_lengths = list(map(len, gold)), list(map(len, predicted))
    if len(lengths) != len(found_lengths):
        raise EventbenchError(f"{len(predicted)} predicted sentences for {len(gold)} of the gold")
    if lengths != found_lengths:
        number = next(i for i, n in enumerate(lengths) if n != found_lengths[i])
        message = f"{found_lengths[number]} tags, the gold has {lengths[number]}"
        raise EventbenchError(f"sentence {number}: {message}")

    def pairs() -> Iterator[Pair]:
        for number, both in enumerate(zip(gold, predicted, strict=True)):
            first, second = (Tagged(f"sentence {number}", None, None, tags) for tags in both)
            yield first, second

    tally = Tally(0)
    if convert is not None:
        _add_converted(tally, pairs, convert)
    else:
        with _explained(pairs):
            tally.add_lists(gold, predicted)
    _check_gold(tally, pairs)
    return tally.scores()


def score_files(
    gold: str | Path,
    predicted: str | Path,
    *,
    verify: bool = True,
    convert: str | None = None,
    format: str | None = None,
) -> FileScores:
    """Score a file of tagged sentences against another, with any labels and of any length.

    Both are read in blocks, so memory stays bounded, except of a JSON list. They must have the
    same sentences in the same order. Where one has no tokens, its numbers of sentences and
    tags must fit.

    Args:
        gold: the file to score against.
        predicted: the file to score.
        verify: compare the scores with seqeval's, up to a million tokens.
        convert: the scheme that both are in (iob1, bioes, bilou, io), if it is not IOB2.
        format: one of `eventbench.tagged.reading.FORMATS`, for both; None for what their
            endings say.

    Raises:
        EventbenchError: naming file and line, if a file cannot be read, a sentence
            differs in id, tokens or number of tags, or a tag is not of the scheme; in the
            gold, this includes an I- tag that belongs to no entity.
    """
    gold_path, path = Path(gold), Path(predicted)

    def pairs() -> Iterator[Pair]:
        both = zip_longest(read_tagged(gold_path, format), read_tagged(path, format))
        for sentence, found in both:
            yield _checked_pair(gold_path, path, sentence, found)

    keep = seqeval_check.MOST_TOKENS if verify else 0
    is_jsonl = {format_of(p, format) for p in (gold_path, path)} == {"jsonl"}
    if is_jsonl and convert is None:
        tally = Tally(keep)
        if tally.add_fast(gold_path, path):
            return _result(tally, pairs, verify=verify, convert=None)
    # Sentence by sentence: slower, but it knows what is wrong and where.
    logger.info("%s: scored sentence by sentence", path)
    return _score_pairs(pairs, verify=verify, convert=convert)


def score_conlleval(
    path: str | Path, *, verify: bool = True, convert: str | None = None
) -> FileScores:
    """Score a file as conlleval takes it: the last two columns are gold and prediction.

    Args:
        path: the file, one token a line, its columns parted by tabs or spaces.
        verify: compare the scores with seqeval's, up to a million tokens.
        convert: the scheme of the tags (iob1, bioes, bilou, io), if it is not IOB2.

    Raises:
        EventbenchError: naming file and line, as `score_files` does.
    """
    return _score_pairs(lambda: read_conlleval(Path(path)), verify=verify, convert=convert)


def _score_pairs(pairs: Pairs, *, verify: bool, convert: str | None) -> FileScores:
    tally = Tally(seqeval_check.MOST_TOKENS if verify else 0)
    if convert is not None:
        _add_converted(tally, pairs, convert)
    else:
        with _explained(pairs):
            for gold, found in pairs():
                tally.add(gold.tags, found.tags)
            tally.count()
    return _result(tally, pairs, verify=verify, convert=convert)


def _result(tally: Tally, pairs: Pairs, *, verify: bool, convert: str | None) -> FileScores:
    _check_gold(tally, pairs)
    scores = tally.scores()
    verified = None
    notes = []
    if convert is not None:
        notes.append(f"Read as {convert.upper()} and converted to IOB2.")
    if tally.predicted_stray:
        notes.append(_stray_note(tally.predicted_stray, convert))
    if scores.keys() == {*AVERAGES}:
        notes.append(
            "Neither the gold nor the predictions have an entity: every score is 0 by definition"
            + (", with nothing for seqeval to verify." if verify else ".")
        )
    elif not verify:
        notes.append("Not compared with seqeval.")
    elif tally.tokens > seqeval_check.MOST_TOKENS:
        notes.append(f"Not compared with seqeval: more than {seqeval_check.MOST_TOKENS:,} tokens.")
    else:
        seqeval_check.verify(scores, tally.kept)
        verified = seqeval_check.seqeval_version()
        classes = len(scores) - len(AVERAGES)
        notes.append(
            f"Verified: {verified} (strict, IOB2) computes the same precision, recall, F1 and gold "
            f"for {'the class' if classes == 1 else f'all {classes} classes'} "
            f"and all {len(AVERAGES)} averages."
        )
    return FileScores(scores, tally.sentences, tally.tokens, verified, tuple(notes))


def _stray_note(number: int, convert: str | None) -> str:
    kind = "continue no entity of their class"
    if convert is not None:
        kind = f"are not part of a whole entity in {convert.upper()}"
    return f"Predicted tags that {kind} do not count as entities: {number}."


def _add_converted(tally: Tally, pairs: Pairs, scheme: str) -> None:
    """Add sentences whose tags are of another scheme."""
    schemes.check_scheme(scheme)

    def converted() -> Iterator[Pair]:
        for pair in pairs():
            gold, found = (_converted(tagged, scheme) for tagged in pair)
            if gold.stray:
                token = gold.stray[0]
                tag = short(pair[0].tags[token])
                raise EventbenchError(
                    f"{pair[0].place_of(token)}: {tag} at token {token} is not part of a whole "
                    f"entity in {scheme.upper()}"
                )
            tally.predicted_stray += len(found.stray)
            yield replace(pair[0], tags=gold.tags), replace(pair[1], tags=found.tags)

    with _explained(pairs):
        for gold, found in converted():
            tally.add(gold.tags, found.tags)
        tally.count()


def _converted(tagged: Tagged, scheme: str) -> schemes.Converted:
    try:
        return schemes.convert(tagged.tags, scheme)
    except EventbenchError as error:
        known = (i for i, tag in enumerate(tagged.tags) if not schemes.has_tag(scheme, tag))
        raise EventbenchError(f"{tagged.place_of(next(known))}: {error}") from None


@contextmanager
def _explained(pairs: Pairs) -> Iterator[None]:
    """Name the place of a tag that is not IOB2, and the scheme it may be of."""
    try:
        yield
    except BadTag as error:
        tagged = next(islice(pairs(), error.sentence, None))[error.side]
        message = f"{tagged.place_of(error.token)}: {error}"
        tag = tagged.tags[error.token]
        if isinstance(tag, str) and tag[:2] not in ("B-", "I-"):
            scheme = _scheme(pairs, error.side)
            message += f"; {schemes.advice(scheme)}" if scheme else ""
        raise EventbenchError(message) from None


def _check_gold(tally: Tally, pairs: Pairs) -> None:
    """Refuse a gold with I- tags that belong to no entity: its scores would be silently wrong."""
    if tally.gold_stray is None:
        return
    number, token = tally.gold_stray
    gold, _ = next(islice(pairs(), number, None))
    raise EventbenchError(
        f"{gold.place_of(token)}: {short(gold.tags[token])} at token {token} of the sentence "
        f"continues no entity of its class; {schemes.advice(_scheme(pairs, 0))}"
    )


def _scheme(pairs: Pairs, side: int) -> str | None:
    return schemes.looks_like(pair[side].tags for pair in islice(pairs(), LOOKED_AT))


def _checked_pair(gold_path: Path, path: Path, gold: Tagged | None, found: Tagged | None) -> Pair:
    """The two, if they are the same sentence."""
    if gold is None or found is None:
        longer, shorter = (gold, path) if found is None else (found, gold_path)
        place = longer.place if longer else path
        raise EventbenchError(f"{place}: {shorter} ends before this sentence")
    if found.tokens is not None and gold.tokens is not None and found.tokens != gold.tokens:
        raise EventbenchError(
            f"{found.place}: {token_difference(found.id or 'it', found.tokens, gold.tokens)}"
        )
    if gold.id is not None and found.id is not None and gold.id != found.id:
        raise EventbenchError(f"{found.place}: is {found.id!r}, expected {gold.id!r} here")
    for tagged in (gold, found):
        if tagged.tokens is not None and len(tagged.tags) != len(tagged.tokens):
            message = f"has {len(tagged.tags)} tags for {len(tagged.tokens)} tokens"
            raise EventbenchError(f"{tagged.place}: {message}")
    if len(found.tags) != len(gold.tags):
        message = f"has {len(found.tags)} tags, the gold has {len(gold.tags)}"
        raise EventbenchError(f"{found.place}: {message} ({gold.place})")
    return gold, found
