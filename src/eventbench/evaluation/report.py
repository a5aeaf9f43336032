"""Scores of every task's predictions: one report, from counts, with intervals and signature.

Tagging (triggers, arguments) is scored as strict IOB2, with seqeval's figures from our
own counts; attributes by the decisions that are right; events by `event_scoring`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import zip_longest
from pathlib import Path
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any

import numpy as np

from eventbench import __version__
from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import EventbenchError
from eventbench.corpus.scheme import NO_EVENT
from eventbench.corpus.tokens import from_iob2
from eventbench.dataset.building import labels, rows
from eventbench.evaluation.predictions import (
    Tagged,
    prediction_files,
    read_attributes,
    read_predictions,
    read_tagged,
    token_difference,
)
from eventbench.scoring.counts import (
    CORRECT,
    GOLD,
    PREDICTED,
    Counts,
    Floats,
    Ints,
    count_entities,
    labels_of,
    macro_f1,
    micro_f1,
    prf,
)
from eventbench.systems.runner import attribute_values, check_run_data
from eventbench.tagged import fast_jsonl as bulk

if TYPE_CHECKING:
    from eventbench.scoring.significance import Interval

AVERAGES = ("micro avg", "macro avg", "weighted avg")
RESAMPLES = 10_000
VERIFIED_TOKENS = 1_000_000
"""Up to how many tokens seqeval is asked too; it takes seconds and much memory beyond."""


@dataclass(frozen=True)
class Score:
    """Precision, recall and F1 of one class or average, and its gold entities."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Report:
    """The scores of one system.

    Attributes:
        pooled: per seed, scores by class and by seqeval's averages, over the
            predictions of all articles together.
        by_document: per seed and article id, the same.
        intervals: of the mean over seeds of micro-F1, by what they speak of
            ("on these documents", "on new documents"); empty if not asked for.
        verified: whether seqeval gave the very same figures; None if not asked.
        stray: per seed, how many predicted I- tags follow nothing of their class and so
            belong to no entity (tagging only).
        figures: per seed, further figures by name: for attributes accuracy and macro-F1 of
            each, for events F1 of every measure.
        signature: all that the scores depend on.
        counts: per seed, what everything was computed from.
    """

    pooled: dict[int, dict[str, Score]]
    by_document: dict[int, dict[str, dict[str, Score]]]
    intervals: dict[str, Interval]
    verified: bool | None
    stray: dict[int, int]
    figures: dict[int, dict[str, float]]
    signature: dict[str, Any]
    counts: dict[int, Counts]

    def micro_f1(self) -> tuple[float, float | None]:
        """Mean over seeds of the pooled micro-F1, and its standard deviation (one seed: None)."""
        return mean_and_sd([scores["micro avg"].f1 for scores in self.pooled.values()])

    def to_json(self) -> dict[str, Any]:
        """The report for machines: everything but the counts of single sentences."""
        return {
            "signature": self.signature,
            "verified": self.verified,
            "stray": self.stray,
            "figures": self.figures,
            "micro_f1": dict(zip(("mean", "sd"), self.micro_f1(), strict=True)),
            "intervals": {name: asdict(found) for name, found in self.intervals.items()},
            "pooled": {
                seed: {name: asdict(score) for name, score in scores.items()}
                for seed, scores in self.pooled.items()
            },
            "by_document": {
                seed: {
                    document: {name: asdict(score) for name, score in scores.items()}
                    for document, scores in documents.items()
                }
                for seed, documents in self.by_document.items()
            },
        }


def mean_and_sd(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean and sample standard deviation (None where there is one value)."""
    return mean(values), stdev(values) if len(values) > 1 else None


def class_scores(total: Ints, classes: Sequence[str]) -> dict[str, Score]:
    """Scores of each class that occurs, then seqeval's three averages.

    Args:
        total: shape (classes, 3).
        classes: their names.

    Returns:
        By class name, sorted, and by average. With no entity in gold or
        prediction every average is 0 with support 0, as in seqeval.
    """
    occurs = (total[:, PREDICTED] > 0) | (total[:, GOLD] > 0)
    order = sorted(np.flatnonzero(occurs).tolist(), key=lambda k: classes[k])
    kept = total[order]
    found = prf(kept)
    support = kept[:, GOLD]
    scores = {
        classes[k]: Score(
            float(found.precision[i]), float(found.recall[i]), float(found.f1[i]), int(support[i])
        )
        for i, k in enumerate(order)
    }
    pooled = prf(kept.sum(axis=0))
    gold = int(support.sum())

    def average(weights: Ints | None = None) -> Score:
        means = [_average(v, weights) for v in (found.precision, found.recall, found.f1)]
        return Score(means[0], means[1], means[2], gold)

    scores["micro avg"] = Score(
        float(pooled.precision), float(pooled.recall), float(pooled.f1), gold
    )
    scores["macro avg"] = average()
    scores["weighted avg"] = average(support)
    return scores


def _average(values: Floats, weights: Ints | None) -> float:
    """``np.average``, which decides the last bit; 0 where there is nothing to average."""
    if len(values) == 0 or (weights is not None and weights.sum() == 0):
        return 0.0
    return float(np.average(values, weights=weights))


def read_and_score(
    path: Path,
    corpus: Corpus,
    task: str = "triggers",
    *,
    intervals: bool = True,
    verify: bool = True,
) -> Report:
    """Read predictions of a task and score them.

    Args:
        path: a run, a directory of prediction files, or a file, as
            `eventbench.evaluation.predictions.prediction_files` takes it.
        corpus: the data.
        task: any of the four. What `Report.micro_f1` gives is, for triggers and
            arguments, that of `score`; for attributes the share of right decisions over
            the four attributes of all gold events; for events that of AC+, arguments
            with their roles on the right triggers (`eventbench.evaluation.event_scoring`).
        intervals: whether to compute both intervals.
        verify: whether to ask seqeval for the same figures, where it has any.

    Raises:
        EventbenchError: if they do not fit the gold, or are a run on other data.
    """
    check_run_data(path, corpus)
    if task == "attributes":
        return _score_attributes(path, corpus, intervals)
    if task == "events":
        return _score_events(path, corpus, intervals)
    gold = _gold_rows(corpus, task)
    predictions = read_predictions(path, gold, labels(corpus.scheme, task), task)
    return score(predictions, corpus, task, intervals=intervals, verify=verify)


def score(
    predictions: dict[int, dict[str, list[str]]],
    corpus: Corpus,
    task: str = "triggers",
    *,
    intervals: bool = True,
    verify: bool = True,
) -> Report:
    """Score tags as `eventbench.evaluation.predictions.read_predictions` gives them.

    Entities count as right if type and both bounds are right (seqeval's
    ``mode="strict"`` with ``scheme=IOB2``). Counts are pooled over all articles
    before precision, recall and F1 are taken, for each seed by itself.

    Args:
        predictions: per seed, the tags of every row by its id.
        corpus: the data.
        task: "triggers", or "arguments" of the gold triggers.
        intervals: whether to compute both intervals.
        verify: whether to ask seqeval for the same figures.

    Raises:
        EventbenchError: if seqeval's figures differ, which would be an error of ours.
    """
    gold = _gold_rows(corpus, task)
    names = labels_of(labels(corpus.scheme, task))
    documents = [document.id for document in corpus.documents]
    groups = np.array([documents.index(row["doc_id"]) for row in gold])
    lengths = np.array([len(row["tokens"]) for row in gold])
    gold_codes = _codes((row["ner_tags"] for row in gold), names.codes)
    counts = {}
    for seed, tags in predictions.items():
        predicted = _codes((tags[row["id"]] for row in gold), names.codes)
        values = count_entities(gold_codes, predicted, lengths, len(names.classes))
        counts[seed] = Counts(names.classes, values, groups)
    matching = {
        "arguments on": "gold triggers" if task == "arguments" else None,
        "scheme": "IOB2",
        "mode": "strict",
    }
    report = _report(counts, corpus, task, matching, intervals)
    stray = {seed: sum(map(_stray, tags.values())) for seed, tags in predictions.items()}
    if not verify or lengths.sum() * len(predictions) > VERIFIED_TOKENS:
        return replace(report, stray=stray)
    for seed, tags in predictions.items():
        _verify(report.pooled[seed], [(row["ner_tags"], tags[row["id"]]) for row in gold])
    versions = report.signature["versions"] | {"seqeval": _seqeval_version()}
    signature = report.signature | {"versions": versions}
    return replace(report, stray=stray, verified=True, signature=signature)


_gold_kept: dict[str, tuple[Corpus, list[dict[str, Any]]]] = {}


def _gold_rows(corpus: Corpus, task: str) -> list[dict[str, Any]]:
    """The rows that are scored, kept for the last corpus: a board asks for them at every entry."""
    if task not in _gold_kept or _gold_kept[task][0] is not corpus:
        _gold_kept[task] = (corpus, rows(corpus, task, with_seen=False))
    return _gold_kept[task][1]


def _report(
    counts: dict[int, Counts],
    corpus: Corpus,
    task: str,
    matching: dict[str, Any],
    intervals: bool,
    figures: dict[int, dict[str, float]] | None = None,
) -> Report:
    """The report that follows from counts; ``matching`` says in the signature what counts."""
    documents = [document.id for document in corpus.documents]
    pooled = {seed: class_scores(c.total(), c.classes) for seed, c in counts.items()}
    by_document = {
        seed: {
            document: class_scores(total, c.classes)
            for document, total in zip(documents, c.by_group(), strict=True)
        }
        for seed, c in counts.items()
    }
    signature = {
        "data": corpus.version,
        "fingerprint": corpus.fingerprint,
        "task": task,
        "protocol": "leave-one-document-out",
        **matching,
        "average": "micro, pooled over articles, mean over seeds",
        "seeds": sorted(counts),
        "resamples": RESAMPLES if intervals else None,
        "versions": {"eventbench": __version__},
    }
    signature = {k: v for k, v in signature.items() if v is not None}
    found = _intervals(list(counts.values())) if intervals else {}
    return Report(pooled, by_document, found, None, {}, figures or {}, signature, counts)


def _score_attributes(path: Path, corpus: Corpus, intervals: bool) -> Report:
    gold = _gold_rows(corpus, "attributes")
    values = attribute_values(corpus)
    classes = tuple(sorted(f"{name}:{value}" for name in values for value in values[name]))
    column = {name: k for k, name in enumerate(classes)}
    places = [(d.id, k) for d in corpus.documents for k in range(max(1, len(d.sentences)))]
    unit = {place: k for k, place in enumerate(places)}
    documents = [document.id for document in corpus.documents]
    groups = np.array([documents.index(document) for document, _ in places])
    counts: dict[int, Counts] = {}
    figures: dict[int, dict[str, float]] = {}
    for seed, predicted in read_attributes(path, gold, values).items():
        table: Ints = np.zeros((len(unit), len(classes), 3), dtype=np.int64)
        for row in gold:
            place = unit[row["doc_id"], row["sent_id"]]
            for name, said in predicted[row["id"]].items():
                right = column[f"{name}:{row[name]}"]
                table[place, right, GOLD] += 1
                if said is not None:
                    table[place, column[f"{name}:{said}"], PREDICTED] += 1
                    table[place, right, CORRECT] += said == row[name]
        counts[seed] = Counts(classes, table, groups)
        figures[seed] = {}
        for name in values:
            mine = [k for k, label in enumerate(classes) if label.startswith(f"{name}:")]
            total = counts[seed].total()[mine]
            accuracy = total[:, CORRECT].sum() / max(1, total[:, GOLD].sum())
            figures[seed][f"{name} accuracy"] = float(accuracy)
            figures[seed][f"{name} macro F1"] = float(macro_f1(total))
    matching = {"attributes of": "gold events", "matching": "each attribute by itself"}
    return _report(counts, corpus, "attributes", matching, intervals, figures)


def _score_events(path: Path, corpus: Corpus, intervals: bool) -> Report:
    from eventbench.evaluation.event_scoring import ATTRIBUTES, read_events, score_events

    counts, figures = {}, {}
    for seed, files in prediction_files(path, "events").items():
        report = score_events(corpus, read_events(files, corpus))
        counts[seed] = report.measures["AC+"]
        found = report.to_json()["pooled"]
        figures[seed] = {
            **{name: found["measures"][name]["micro"]["f1"] for name in report.measures},
            **{f"{a} accuracy": found["attributes"][a]["accuracy"] or 0.0 for a in ATTRIBUTES},
            "CoNLL": found["clusters"]["conll_f1"],
        }
    matching = {
        "triggers": "predicted",
        "measure": "AC+",
        "matching": "exact spans, multisets",
    }
    return _report(counts, corpus, "events", matching, intervals, figures)


def _seqeval_version() -> str:
    from importlib.metadata import version

    return version("seqeval")


def _stray(tags: list[str]) -> int:
    """I- tags that no entity holds."""
    inside = sum(last - first - 1 for _, first, last in from_iob2(tags))
    return sum(tag.startswith("I-") for tag in tags) - inside


def _codes(sentences: Iterable[list[str]], codes: dict[str, int]) -> Any:
    return np.array([codes[tag] for tags in sentences for tag in tags], dtype=np.int16)


def _intervals(counts: list[Counts]) -> dict[str, Interval]:
    from eventbench.scoring.significance import bootstrap, jackknife

    return {
        "on these documents": bootstrap(counts, micro_f1, resamples=RESAMPLES),
        "on new documents": jackknife(counts, micro_f1),
    }


def seqeval_scores(gold: list[list[str]], predicted: list[list[str]]) -> dict[str, Score]:
    """The same scores as `class_scores`, as seqeval gives them."""
    from seqeval.metrics import classification_report
    from seqeval.scheme import IOB2

    report = classification_report(
        gold, predicted, output_dict=True, mode="strict", scheme=IOB2, zero_division=0
    )
    return {
        name: Score(
            float(values["precision"]),
            float(values["recall"]),
            float(values["f1-score"]),
            int(values["support"]),
        )
        for name, values in report.items()
    }


def _verify(scores: dict[str, Score], sentences: list[tuple[list[str], list[str]]]) -> None:
    if scores.keys() == set(AVERAGES):
        return  # no entity at all, which seqeval cannot average
    theirs = seqeval_scores([gold for gold, _ in sentences], [tags for _, tags in sentences])
    if theirs != scores:
        name = next(k for k in {**theirs, **scores} if theirs.get(k) != scores.get(k))
        raise EventbenchError(
            f"our figures are not seqeval's: {name} is {scores.get(name)} and {theirs.get(name)}; "
            "please report this"
        )


def score_sequences(gold: list[list[str]], predicted: list[list[str]]) -> dict[str, Score]:
    """Scores of tagged sentences in memory, of any labels: by class, then by average.

    Raises:
        EventbenchError: if the two are not of the same lengths, or a tag is not IOB2.
    """
    tally = _Tally(0)
    if len(gold) != len(predicted):
        raise EventbenchError(f"{len(predicted)} predicted sentences for {len(gold)} of the gold")
    for number, (tags, found) in enumerate(zip(gold, predicted, strict=True)):
        place = f"sentence {number}"
        if len(tags) != len(found):
            raise EventbenchError(f"{place}: {len(found)} tags, the gold has {len(tags)}")
        tally.add(Tagged(place, None, [], tags), Tagged(place, None, [], found))
    tally.count()
    return class_scores(tally.total, tally.classes)


def signature_line(signature: dict[str, Any]) -> str:
    """The signature on one line, "key:value" joined by "|"."""

    def value(found: Any) -> str:
        if isinstance(found, dict):
            return " ".join(f"{k} {v}" for k, v in found.items())
        if isinstance(found, list):
            return ",".join(map(str, found))
        return str(found)

    return "|".join(f"{key}:{value(found)}" for key, found in signature.items())


# Files of any tagged sentences, read side by side


@dataclass(frozen=True)
class FileScores:
    """Scores of one file against another: by class and average, and what was counted."""

    scores: dict[str, Score]
    sentences: int
    tokens: int
    verified: bool | None


def score_files(gold_path: Path, path: Path, *, verify: bool = True) -> FileScores:
    """Score a file of tagged sentences against another, of any labels and any length.

    Both are read side by side in blocks, so that memory stays bounded; they must
    hold the same sentences in the same order.

    Raises:
        EventbenchError: naming file and line, if a file cannot be read, a sentence
            differs in id, tokens or number of tags, or a tag is not IOB2.
    """
    tally = _Tally(VERIFIED_TOKENS if verify else 0)
    if not (_is_jsonl(gold_path) and _is_jsonl(path) and tally.add_in_bulk(gold_path, path)):
        # Sentence by sentence: slower, but it knows what is wrong and where.
        tally = _Tally(VERIFIED_TOKENS if verify else 0)
        for gold, found in zip_longest(read_tagged(gold_path), read_tagged(path)):
            tally.add(*_checked_pair(gold_path, path, gold, found))
    tally.count()
    scores = class_scores(tally.total, tally.classes)
    verified = None
    if verify and tally.tokens <= VERIFIED_TOKENS:
        _verify(scores, tally.kept)
        verified = True
    return FileScores(scores, tally.sentences, tally.tokens, verified)


class _Tally:
    """Entities counted so far; tags of any labels, met as they come."""

    def __init__(self, keep: int) -> None:
        """``keep``: up to how many tokens the tags themselves are kept, for seqeval."""
        self.classes: list[str] = []
        self.codes: dict[str, int] = {NO_EVENT: 0}
        self.total: Ints = np.zeros((0, 3), dtype=np.int64)
        self.sentences = self.tokens = 0
        self.kept: list[tuple[list[str], list[str]]] = []
        self._keep = keep
        self._waiting: tuple[list[int], list[int], list[int]] = ([], [], [])

    def add(self, gold: Tagged, found: Tagged) -> None:
        """Add one sentence, tagged twice."""
        for tagged, codes in zip((gold, found), self._waiting, strict=False):
            for tag in tagged.tags:
                if tag not in self.codes:
                    _check_tag(tag, tagged.place)
                    self._add_class(tag)
                codes.append(self.codes[tag])
        self._waiting[2].append(len(gold.tags))
        self.sentences += 1
        self.tokens += len(gold.tags)
        if self.tokens <= self._keep:
            self.kept.append((gold.tags, found.tags))
        if len(self._waiting[0]) >= 1 << 20:
            self.count()

    def count(self) -> None:
        """Count the sentences that wait."""
        gold, found, lengths = (np.array(x, dtype=np.int32) for x in self._waiting)
        self._count(gold, found, lengths)
        for waiting in self._waiting:
            waiting.clear()

    def _count(self, gold: Any, found: Any, lengths: Any) -> None:
        values: Ints = count_entities(gold, found, lengths, len(self.classes)).sum(axis=0)
        values[: len(self.total)] += self.total
        self.total = values

    def _add_class(self, tag: str) -> None:
        k = len(self.classes)
        self.classes.append(tag[2:])
        self.codes[f"B-{tag[2:]}"], self.codes[f"I-{tag[2:]}"] = 2 * k + 1, 2 * k + 2

    def add_in_bulk(self, gold_path: Path, path: Path) -> bool:
        """Add two JSON Lines files by the fast path; if it gives up, this tally is of no use."""
        try:
            for gold, found in bulk.aligned_rows(gold_path, path):
                self._add_rows(gold, found)
        except bulk.NotInBulk:
            return False
        return self.sentences > 0

    def _add_rows(self, gold: bulk.Rows, found: bulk.Rows) -> None:
        named = all(identifier.startswith(b'"') for identifier in gold.ids)
        if not named or gold.ids != found.ids or gold.tokens != found.tokens:
            raise bulk.NotInBulk
        lengths = bulk.find_strings(gold.tokens).counts
        arrays = []
        for lists in (gold.tags, found.tags):
            strings = bulk.find_strings(lists)
            if not np.array_equal(strings.counts, lengths):
                raise bulk.NotInBulk
            arrays.append(self._encode(strings))
        self.sentences += len(lengths)
        self.tokens += int(lengths.sum())
        if self.tokens <= self._keep:
            tags = ([json.loads(found) for found in lists] for lists in (gold.tags, found.tags))
            self.kept += zip(*tags, strict=True)
        self._count(arrays[0], arrays[1], lengths)

    def _encode(self, strings: bulk.Strings) -> Any:
        encoded = bulk.encode(strings, self.codes)
        while len(unknown := np.flatnonzero(encoded < 0)):
            tag = strings.text(int(unknown[0]))
            if not _is_tag(tag):
                raise bulk.NotInBulk
            self._add_class(tag)
            encoded = bulk.encode(strings, self.codes)
        return encoded


def _is_jsonl(path: Path) -> bool:
    return path.name.removesuffix(".gz").endswith(".jsonl")


def _is_tag(tag: str) -> bool:
    return tag == NO_EVENT or (tag[:2] in ("B-", "I-") and len(tag) > 2)


def _check_tag(tag: str, place: str) -> None:
    if not _is_tag(tag):
        raise EventbenchError(f"{place}: unknown tag {tag!r}, expected O, B-… or I-…")


def _checked_pair(
    gold_path: Path, path: Path, gold: Tagged | None, found: Tagged | None
) -> tuple[Tagged, Tagged]:
    """The two, if they are the same sentence."""
    if gold is None or found is None:
        longer, shorter = (gold, path) if found is None else (found, gold_path)
        place = longer.place if longer else path
        raise EventbenchError(f"{place}: {shorter} ends before this sentence")
    if found.tokens != gold.tokens:
        raise EventbenchError(
            f"{found.place}: {token_difference(found.id or 'it', found.tokens, gold.tokens)}"
        )
    if gold.id is not None and found.id is not None and gold.id != found.id:
        raise EventbenchError(f"{found.place}: is {found.id!r}, expected {gold.id!r} here")
    for tagged in (gold, found):
        if len(tagged.tags) != len(tagged.tokens):
            message = f"has {len(tagged.tags)} tags for {len(tagged.tokens)} tokens"
            raise EventbenchError(f"{tagged.place}: {message}")
    return gold, found
