"""Where to stop joining clusters, chosen by cross-validation inside the training articles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set

import numpy as np
import numpy.typing as npt

from eventbench_baselines.encoder.decoding import Floats
from eventbench_baselines.incidents.closeness import LEAST, Closeness, selected
from eventbench_baselines.incidents.clusters import clusters_at, merges
from eventbench_baselines.incidents.mentions import Mention
from eventbench_baselines.incidents.pairs import Pairs
from eventbench_baselines.links.clusters import f1
from eventbench_baselines.rows import corpus_of

THRESHOLDS = tuple(k / 40 for k in range(2, 25))
"""Probabilities to choose from, and the answer if no article can be held out: the middle."""

PARTS = 6
"""Parts into which the articles of a corpus are divided; fewer articles are held out one by one."""


def best_threshold(
    mentions: Sequence[Mention],
    names: Sequence[str | None],
    pairs: Pairs,
    columns: Mapping[str, Floats],
    seed: int,
) -> float:
    """Choose the threshold with the best B³ F1 of others on articles that are held out.

    The articles that are tested come from the corpus whose ids have no name of a corpus. If
    training has articles of it, only they count, else all corpora do, each as much as another.

    Args:
        mentions: the mentions of the training articles.
        names: their incidents; None if they count in none.
        pairs: the candidates among them.
        columns: the features of these by name.
        seed: of the classifier.
    """
    same = same_incident(names, pairs)
    articles = np.array([m.article for m in mentions])
    sums: dict[str, Floats] = {}
    for corpus, held in _parts(list(dict.fromkeys(m.article for m in mentions))):
        out = np.isin(articles, held)
        asked = out[pairs[:, 0]] | out[pairs[:, 1]]
        if asked.all():
            continue
        learned = Closeness.learn(selected(columns, ~asked), same[~asked], seed)
        found = learned.of(selected(columns, asked))
        near = found >= LEAST
        scores = _scores(names, out, pairs[asked][near], found[near])
        sums[corpus] = sums.get(corpus, 0.0) + scores
    if not sums:
        return THRESHOLDS[len(THRESHOLDS) // 2]
    mean = np.mean([[*map(f1, counts)] for counts in sums.values()], axis=0)
    return THRESHOLDS[int(mean.argmax())]


def same_incident(names: Sequence[str | None], pairs: Pairs) -> npt.NDArray[np.bool_]:
    """Say of each pair if both are of one incident."""
    numbers = {name: k for k, name in enumerate(dict.fromkeys(names))}
    codes = np.array([k if n is None else -1 - numbers[n] for k, n in enumerate(names)])
    found: npt.NDArray[np.bool_] = codes[pairs[:, 0]] == codes[pairs[:, 1]]
    return found


def _parts(articles: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """The articles of the corpora that count, in parts to hold out."""
    corpora: defaultdict[str, list[str]] = defaultdict(list)
    for article in articles:
        corpora[corpus_of(article)].append(article)
    counting = {"": corpora[""]} if "" in corpora else corpora
    for corpus, members in sorted(counting.items()):
        for k in range(min(PARTS, len(members))):
            yield corpus, members[k::PARTS]


def _scores(
    names: Sequence[str | None],
    out: npt.NDArray[np.bool_],
    pairs: Pairs,
    probabilities: Floats,
) -> Floats:
    """Counts of B³ of others for mentions held out, shape (`THRESHOLDS`, 4)."""
    size = len(names)
    known = [None if out[k] else names[k] for k in range(size)]
    found = list(merges(size, pairs, probabilities, known))
    counted = [k for k in range(size) if names[k] is not None]
    right = _members((names[k], k) for k in counted)
    counts = np.zeros((len(THRESHOLDS), 4))
    for row, threshold in zip(counts, THRESHOLDS, strict=True):
        cluster = clusters_at(threshold, size, found, known)
        given = _members((cluster[k], k) for k in counted)
        for k in counted:
            if out[k]:
                row += counts_of_others(right[names[k]], given[cluster[k]])
    return counts


def counts_of_others(gold: Set[int], predicted: Set[int]) -> tuple[float, float, float, float]:
    """What a mention that two clusters hold contributes to B³ of others.

    Of the other mentions in its cluster, the share that is in that of the other side; a mention
    that is alone counts nothing.

    Returns:
        Numerator and denominator of precision, then of recall.
    """
    shared = len(gold & predicted) - 1

    def share(own: Set[int]) -> tuple[float, float]:
        return (shared / (len(own) - 1), 1.0) if len(own) > 1 else (0.0, 0.0)

    return (*share(predicted), *share(gold))


def _members(pairs: Iterator[tuple[object, int]]) -> dict[object, set[int]]:
    members: defaultdict[object, set[int]] = defaultdict(set)
    for name, k in pairs:
        members[name].add(k)
    return members
