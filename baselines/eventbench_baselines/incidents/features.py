"""Features of pairs of mentions: how close they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eventbench.claims import Named
from eventbench_baselines.encoder.decoding import Floats
from eventbench_baselines.incidents.facts import around
from eventbench_baselines.incidents.mentions import ACTOR, NUMBER, PARTICIPANT, PLACE, Mention
from eventbench_baselines.incidents.pairs import Pairs

Flags = npt.NDArray[np.bool_]

REPEATED = 0.98
"""Cosine of the vectors of two sentences from which one repeats the other."""


@dataclass(frozen=True)
class Table:
    """Mentions as columns, to compare many pairs at once.

    Attributes:
        codes: equal numbers for equal values, -1 for none; shape (columns, mentions).
        days: first and last day, NaN if not told, and day of publication; shape (3, mentions).
        sentence: number of the sentence.
        shared: sparse matrices of what mentions name, one row a mention, of length 1 or 0.
        vectors: dense vectors, one row a mention, of length 1 or 0.
    """

    codes: Mapping[str, npt.NDArray[np.int64]]
    days: Floats
    sentence: npt.NDArray[np.int64]
    shared: Mapping[str, Any]
    vectors: Mapping[str, Floats]


def table_of(mentions: Sequence[Mention], places: Mapping[str, Named]) -> Table:
    """Bring mentions into columns.

    Args:
        mentions: one or more, those of an article together and in the order of the text.
        places: the gazetteer, which says what lies in what.
    """
    codes = _codes(mentions)
    days = np.full((3, len(mentions)), np.nan)
    for k, mention in enumerate(mentions):
        if mention.days:
            days[:2, k] = mention.days
        if mention.published:
            days[2, k] = mention.published
    named = [m.places for m in mentions]
    names = sorted({place for found in named for place in found})
    wide = [{wider for place in found for wider in around(place, places)} for found in named]
    shared = {
        "places": _matrix(named, names, weighted=False),
        "around": _matrix(wide, names, weighted=False),
        "numbers": _matrix([m.values.get(NUMBER, ()) for m in mentions], weighted=False),
        **{
            f"{kind} words": _matrix([m.words.get(kind, ()) for m in mentions])
            for kind in (PLACE, ACTOR, PARTICIPANT)
        },
    }
    sentences = np.array([m.sentence for m in mentions], dtype=np.int64)
    return Table(codes, days, sentences, shared, _vectors(mentions, codes["article"]))


def _codes(mentions: Sequence[Mention]) -> dict[str, npt.NDArray[np.int64]]:
    given = [m.attributes for m in mentions]
    texts = {
        name: [attributes.get(name, "") for attributes in given]
        for name in ("subtype", "status", "occurrence")
    }
    texts["article"] = [m.article for m in mentions]
    texts["trigger"] = [" ".join(m.trigger) for m in mentions]
    before: Counter[tuple[str, ...]] = Counter()
    ranks = []
    for mention in mentions:
        ranks.append(before[mention.article, *mention.label])
        before[mention.article, *mention.label] += 1
    numbers = {
        "actual": [a.get("status") == "actual" for a in given],
        "negated": [a.get("status") == "negated" for a in given],
        "contested": [a.get("contested") == "yes" for a in given],
        "repeated": [a.get("occurrence") == "repeated" for a in given],
        "bare": [not any(m.words.values()) for m in mentions],
        "rank": ranks,
    }
    return {name: _numbered(values) for name, values in texts.items()} | {
        name: np.array(values, dtype=np.int64) for name, values in numbers.items()
    }


def _numbered(values: Sequence[str]) -> npt.NDArray[np.int64]:
    numbers = {value: k for k, value in enumerate(sorted({*values} - {""}))}
    return np.array([numbers.get(value, -1) for value in values], dtype=np.int64)


def _matrix(
    rows: Sequence[Iterable[str]], names: Sequence[str] | None = None, *, weighted: bool = True
) -> Any:
    """One row for each mention with what it names, scaled to length 1.

    Weights are the logarithm of how rare a name is among the mentions, as in TF-IDF.
    """
    from scipy.sparse import csr_matrix

    found = [sorted({*row}) for row in rows]
    counts = Counter(name for row in found for name in row)
    number = {name: k for k, name in enumerate(sorted(counts) if names is None else names)}
    entries = [(k, n) for k, row in enumerate(found) for n in row if n in number]
    weights = [
        float(np.log((1 + len(rows)) / (1 + counts[n])) + 1) if weighted else 1.0
        for _, n in entries
    ]
    places = [k for k, _ in entries], [number[n] for _, n in entries]
    matrix = csr_matrix((weights, places), shape=(len(rows), max(1, len(number))))
    norm = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)))
    return csr_matrix(matrix.multiply(1 / np.where(norm == 0, 1, norm)))


def _vectors(mentions: Sequence[Mention], articles: npt.NDArray[np.int64]) -> dict[str, Floats]:
    vectors = np.stack([m.vectors for m in mentions])
    sentences = _unit(vectors[:, 1])
    sums = np.zeros((len(mentions), sentences.shape[1]))
    np.add.at(sums, articles, sentences)
    return {
        "trigger": _unit(vectors[:, 0]),
        "sentence": sentences,
        "article": _unit(sums[articles]),
    }


def _unit(vectors: Floats) -> Floats:
    norm = np.linalg.norm(vectors, axis=-1, keepdims=True)
    result: Floats = vectors / np.where(norm == 0, 1, norm)
    return result


def features(table: Table, pairs: Pairs) -> dict[str, Floats]:
    """Compare pairs: columns by name, each of one number a pair.

    Nothing names a place, an actor or a word, so that what is learned from one conflict holds
    for others.
    """
    one, other = pairs.T
    compare = _Comparison(table, one, other)
    columns = {
        **_what(compare),
        **_when(table.days, one, other),
        **_where(compare),
        **_who(compare),
        **_wording(compare),
        **_text(compare),
    }
    return {name: np.asarray(column, dtype=np.float64) for name, column in columns.items()}


@dataclass(frozen=True)
class _Comparison:
    """Pairs of rows of a table."""

    table: Table
    one: npt.NDArray[np.int64]
    other: npt.NDArray[np.int64]

    def same(self, name: str) -> Flags:
        codes = self.table.codes[name]
        found: Flags = (codes[self.one] == codes[self.other]) & (codes[self.one] >= 0)
        return found

    def both(self, name: str) -> Flags:
        codes = self.table.codes[name]
        return (codes[self.one] > 0) & (codes[self.other] > 0)

    def shared(self, name: str, theirs: str = "") -> Floats:
        """The cosine of what both name."""
        one, other = self.table.shared[name], self.table.shared[theirs or name]
        return np.asarray(one[self.one].multiply(other[self.other]).sum(axis=1)).ravel()

    def told(self, name: str) -> tuple[Flags, Flags]:
        """Both name something; one of them does."""
        has = np.diff(self.table.shared[name].indptr) > 0
        return has[self.one] & has[self.other], has[self.one] ^ has[self.other]

    def cosine(self, name: str) -> Floats:
        vectors = self.table.vectors[name]
        found: Floats = np.einsum("ij,ij->i", vectors[self.one], vectors[self.other])
        return found


def _what(compare: _Comparison) -> dict[str, Any]:
    return {
        "same subtype": compare.same("subtype"),
        "same status": compare.same("status"),
        "both actual": compare.both("actual"),
        "same occurrence": compare.same("occurrence"),
        "both repeated": compare.both("repeated"),
        **_disputes(compare),
    }


def _disputes(compare: _Comparison) -> dict[str, Any]:
    """Compare claims and denials: within an article, what is denied is contested on both sides."""
    contested, negated = compare.table.codes["contested"] > 0, compare.table.codes["negated"] > 0
    both = compare.same("article") & compare.both("contested")
    return {
        "both contested": both,
        "one contested": contested[compare.one] ^ contested[compare.other],
        "denied": both & (negated[compare.one] ^ negated[compare.other]),
    }


def _when(days: Floats, one: Any, other: Any) -> dict[str, Any]:
    """Compare times; a mention without one may be of the day of publication."""
    has = ~np.isnan(days[0])
    both = has[one] & has[other]
    first, last = (np.where(has, days[k], days[2]) for k in (0, 1))
    overlap = np.minimum(last[one], last[other]) - np.maximum(first[one], first[other]) + 1
    union = np.maximum(last[one], last[other]) - np.minimum(first[one], first[other]) + 1
    gap = np.nan_to_num(np.maximum(0, 1 - overlap))
    return {
        "times told": both,
        "one time told": has[one] ^ has[other],
        "share of days": both * np.nan_to_num(np.maximum(0, overlap) / union),
        "times apart": both & (gap > 0),
        "days apart": np.log1p(gap),
        "published apart": np.log1p(np.nan_to_num(np.abs(days[2, one] - days[2, other]))),
    }


def _where(compare: _Comparison) -> dict[str, Any]:
    both, either = compare.told("Place words")
    same = compare.shared("places") > 0
    inside = compare.shared("places", "around") + compare.shared("around", "places") > 0
    return {
        "places told": both,
        "one place told": either,
        "same place": same,
        "place in place": inside & ~same,
        "places apart": compare.told("places")[0] & ~same & ~inside,
        "place words": compare.shared("Place words"),
    }


def _who(compare: _Comparison) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for kind in (ACTOR, PARTICIPANT):
        both, words = compare.told(f"{kind} words")[0], compare.shared(f"{kind} words")
        columns[f"{kind} told"] = both
        columns[f"{kind} words"] = words
        columns[f"{kind} apart"] = both & (words == 0)
    both, equal = compare.told("numbers")[0], compare.shared("numbers") > 0
    return {**columns, "same number": both & equal, "other number": both & ~equal}


def _wording(compare: _Comparison) -> dict[str, Any]:
    sentence = compare.cosine("sentence")
    return {
        "same trigger": compare.same("trigger"),
        "trigger": compare.cosine("trigger"),
        "sentence": sentence,
        "repeated sentence": (sentence > REPEATED) & ~_same_sentence(compare),
    }


def _same_sentence(compare: _Comparison) -> Flags:
    sentences = compare.table.sentence
    found: Flags = compare.same("article") & (sentences[compare.one] == sentences[compare.other])
    return found


def _text(compare: _Comparison) -> dict[str, Any]:
    """Where both stand: what comes first, next and last in an article is told differently."""
    one, other, table = compare.one, compare.other, compare.table
    together = compare.same("article")
    first = np.minimum(table.sentence[one], table.sentence[other]) == 0
    distance = np.log1p(np.abs(table.sentence[one] - table.sentence[other]))
    alike = together & compare.same("subtype")
    rank = table.codes["rank"]
    return {
        "same article": together,
        "same sentence": _same_sentence(compare),
        "sentences apart": np.where(together, distance, 0.0),
        "from the first sentence": first & alike,
        "next of its subtype": (np.abs(rank[one] - rank[other]) == 1) & alike,
        "later one is bare": together & (table.codes["bare"][np.maximum(one, other)] > 0),
        "articles": np.where(together, 0.0, compare.cosine("article")),
    }
