"""Measures the rules that join events of several articles, and what each of their points is worth.

    python benchmarks/joining.py

The measure is that of the task *incidents*, "B³ of others", on the corpus *aleppo*. Points are
counted and the number that is enough is chosen on its gold: on all five articles, and for each
article on the other four. Results go to benchmarks/joining.json and JOINING.md.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import log2
from pathlib import Path
from typing import Any

import numpy as np
from eventbench_baselines.values import KINDS, ValueReader
from tabulate import tabulate

import eventbench as eb
from eventbench.claims.agreement import ENOUGH, POINTS, Rules, agreements, excluded
from eventbench.claims.grouping import Row, cluster
from eventbench.claims.happenings import Gazetteer, Happening, happenings
from eventbench.claims.joining import join
from eventbench.claims.model import TOTAL
from eventbench.claims.told import with_incidents
from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document, Value
from eventbench.corpus.values import UNKNOWN
from eventbench.scoring.coreference import cluster_prf, mention_shares
from eventbench.tasks.base import Gold
from eventbench.tasks.incident_scores import ACROSS, CLUSTERS, HEADLINE, WITHIN
from eventbench.tasks.incidents import IncidentClusters

HERE = Path(__file__).parent
FROM, TO = 4, 9
"""The numbers of points that are tried: from the first to before the second."""

Mention = tuple[str, str]
"""Ids of an article and of an event."""


# Points


def pairs(corpus: Corpus) -> Iterator[tuple[Happening, Happening, bool]]:
    """Pairs of happenings of different articles that nothing excludes, and if they are one."""
    triggers = {
        (d.id, e.trigger.start, e.trigger.end): (d.id, e.id)
        for d in corpus.documents
        for e in d.events
    }
    gold = incident_of(corpus.documents)
    gazetteer = Gazetteer.of(corpus.places)
    found = [h for d in corpus.documents for h in happenings(d, corpus.scheme, gazetteer)]
    names = [gold.get(triggers[h.mentions[0]]) for h in found]
    for a, b in combinations(range(len(found)), 2):
        one, other = found[a], found[b]
        if TOTAL in (one.level, other.level) or one.article == other.article:
            continue
        if not excluded(one, other):
            yield one, other, names[a] is not None and names[a] == names[b]


def count(found: Iterable[tuple[Happening, Happening, bool]]) -> dict[str, Any]:
    """Count pairs, and those of one incident, for each agreement."""
    of_one: Counter[str] = Counter()
    of_all: Counter[str] = Counter()
    for one, other, same in found:
        for name in ("", *agreements(one, other)):
            of_all[name] += 1
            of_one[name] += same
    share = of_one[""] / of_all[""]
    points = {
        # One more pair, with the share of all of them, keeps rare agreements near 0.
        name: log2((of_one[name] + share) / (of_all[name] + 1) / share) if of_all[name] else 0.0
        for name in POINTS
    }
    return {"points": points, "of one": of_one, "of all": of_all}


def counted_points(found: Iterable[tuple[Happening, Happening, bool]]) -> dict[str, int]:
    return {name: round(worth) for name, worth in count(found)["points"].items()}


# Scores


def incident_of(documents: Iterable[Document]) -> dict[Mention, str]:
    """The incident or phase of each event that counts."""
    return {
        (d.id, event): told.name
        for d in documents
        for told in d.incidents or ()
        for event in told.events
        if told.level != TOTAL
    }


def clusters_of(documents: Sequence[Document], rows: Iterable[Row]) -> dict[Mention, object]:
    """The incident of each event, by rows and by the links of its article."""
    triggers = {(d.id, e.trigger): (d.id, e.id) for d in documents for e in d.events}
    happening = cluster(documents)
    found: dict[Mention, object] = {key: min(keys) for key, keys in happening.items()}
    for row in rows:
        for mention in row.mentions:
            for key in happening[triggers[mention]]:
                found[key] = row.id
    return found


def shares(documents: Sequence[Document], given: Mapping[Mention, object]) -> dict[str, Any]:
    """What each article contributes to B³ of others: all, within articles, across them."""
    gold = incident_of(documents)
    sides: tuple[dict[object, set[Mention]], ...] = (defaultdict(set), defaultdict(set))
    for key, name in gold.items():
        sides[0][name].add(key)
        sides[1][given[key]].add(key)
    found: dict[str, Any] = {d.id: np.zeros((3, 4)) for d in documents}
    for key, name in gold.items():
        right, said = sides[0][name], sides[1][given[key]]
        for k, keep in enumerate((lambda m: True, same_article(key), other_article(key))):
            both = ({m for m in side if m == key or keep(m)} for side in (right, said))
            found[key[0]][k] += mention_shares(key, *both)[0]
    return found


def same_article(key: Mention) -> Any:
    return lambda mention: mention[0] == key[0]


def other_article(key: Mention) -> Any:
    return lambda mention: mention[0] != key[0]


def score(corpus: Corpus, rules: Rules) -> dict[str, Any]:
    rows = join(corpus.documents, corpus.scheme, corpus.places, rules)
    return shares(corpus.documents, clusters_of(corpus.documents, rows))


def figures(parts: Mapping[str, Any]) -> dict[str, list[float]]:
    """Precision, recall and F1 over articles, in percent."""
    prf = 100 * cluster_prf(sum(parts.values()))
    return dict(zip(("all", "within", "across"), np.round(prf, 1).tolist(), strict=True))


def best(corpus: Corpus, points: Mapping[str, int]) -> Rules:
    """The rules with the number of points that is best on articles joined together."""
    tried = [Rules(points, enough) for enough in range(FROM, TO)]
    return max(tried, key=lambda rules: figures(score(corpus, rules))["all"][2])


def without(corpus: Corpus, article: str) -> Corpus:
    return replace(corpus, documents=tuple(d for d in corpus.documents if d.id != article))


def chosen_on_others(corpus: Corpus) -> dict[str, Rules]:
    """For each article, the points counted and chosen on the other articles."""
    found = {}
    for document in corpus.documents:
        others = without(corpus, document.id)
        found[document.id] = best(others, counted_points(pairs(others)))
    return found


# As the task asks


def task_answers(corpus: Corpus, rules: Mapping[str, Rules]) -> dict[str, Any]:
    """Answers to the task: events without links, incidents of the other articles known.

    An incident that the rules find has the name of the known one that most of its events are of.
    """
    gold = incident_of(corpus.documents)
    task, answers = IncidentClusters(), {}
    for row in Gold.of(task, corpus).rows:
        bare = [replace(d, links=()) for d in read_from_text(corpus, row["id"]).documents]
        rows = join(bare, corpus.scheme, corpus.places, rules[row["id"]])
        given = clusters_of(bare, rows)
        known: dict[object, Counter[str]] = defaultdict(Counter)
        for key, name in gold.items():
            if key[0] != row["id"]:
                known[given[key]][name] += 1
        told: dict[str, list[str]] = defaultdict(list)
        for event in row["events"]:
            found = given[row["id"], event["id"]]
            names = known[found].most_common(1)
            told[names[0][0] if names else str(found)].append(event["id"])
        record = {"incidents": [{"name": n, "events": e} for n, e in told.items()]}
        answers[row["id"]] = task.parse(record, row, corpus.scheme)
    return answers


def read_from_text(corpus: Corpus, article: str) -> Corpus:
    """The articles with values as the encoder reads them, which learns from the other articles."""
    reader = ValueReader.learn(without(corpus, article).documents, corpus.places)

    def read(document: Document, value: Value) -> Value:
        sentence = document.sentence_of(value.span)
        found = reader.read(
            value.kind,
            value.span.text_in(document.text),
            sentence=sentence.span.text_in(document.text) if sentence else "",
            published=document.published.isoformat() if document.published else None,
            article=document.text,
        )
        return replace(value, value=found or UNKNOWN)

    documents = (
        replace(d, values=tuple(read(d, v) for v in d.values if v.kind in KINDS))
        for d in corpus.documents
    )
    return replace(corpus, documents=tuple(documents))


def task_score(corpus: Corpus, rules: Mapping[str, Rules]) -> dict[str, list[float]]:
    task = IncidentClusters()
    gold = Gold.of(task, corpus)
    statistics = task.statistics(gold, task_answers(corpus, rules))
    sections = task.breakdown(statistics, statistics.totals())[CLUSTERS]
    names = {"all": HEADLINE, "within": WITHIN, "across": ACROSS}
    return {
        key: [round(100 * value, 1) for value in (s.precision, s.recall, s.f1)]
        for key, name in names.items()
        for s in [sections[name]]
    }


# The page


def measure() -> dict[str, Any]:
    corpus = with_incidents(eb.load_corpus("aleppo"))
    bare = replace(corpus, documents=tuple(replace(d, links=()) for d in corpus.documents))
    nothing = Rules(POINTS, 1000)
    scores = {}
    for name, given in (("links of the gold", corpus), ("no links", bare)):
        chosen = chosen_on_others(given)
        held = {article: score(given, rules)[article] for article, rules in chosen.items()}
        scores[name] = {
            "links alone": figures(score(given, nothing)),
            "rules": figures(score(given, Rules())),
            "rules chosen on the other articles": figures(held),
            **{
                f"{enough} points are enough": figures(score(given, Rules(POINTS, enough)))
                for enough in range(FROM, TO)
                if enough != ENOUGH
            },
        }
    everywhere = dict.fromkeys(corpus.article_ids, Rules())
    scores["as the task asks"] = {
        "rules": task_score(corpus, everywhere),
        "rules chosen on the other articles": task_score(corpus, chosen_on_others(bare)),
    }
    counts = count(pairs(corpus))
    return {
        "points": {
            name: {
                "pairs": counts["of all"][name],
                "of one incident": counts["of one"][name],
                "counted": round(counts["points"][name], 1),
                "points": POINTS[name],
            }
            for name in POINTS
        },
        "pairs": [counts["of all"][""], counts["of one"][""]],
        "enough": ENOUGH,
        "scores": scores,
    }


def report(results: Mapping[str, Any]) -> str:
    rows = []
    for given, ways in results["scores"].items():
        for way, parts in ways.items():
            cells = [" / ".join(f"{value:.0f}" for value in parts[key][:2]) for key in parts]
            scored = [f"{parts[key][2]:.1f}" for key in parts]
            rows.append(
                [given, way, *(c for pair in zip(scored, cells, strict=True) for c in pair)]
            )
    heads = ["events", "rules", *(h for k in ("all", "within", "across") for h in (k, "P / R"))]
    points = [[name, *row.values()] for name, row in results["points"].items()]
    pairs_, of_one = results["pairs"]
    return PAGE.format(
        enough=results["enough"],
        pairs=pairs_,
        of_one=of_one,
        scores=tabulate(rows, heads, tablefmt="github", disable_numparse=True),
        points=tabulate(
            points,
            ["of two happenings", "pairs", "of one incident", "counted", "points"],
            tablefmt="github",
            floatfmt=".1f",
        ),
    )


PAGE = """# Joining events of several articles by rules

Written by `python benchmarks/joining.py`. The events are those of the gold of *aleppo*. The
measure is B³ of others, F1 in percent, with precision and recall.

{scores}

- *Links of the gold*: the five articles are joined at once, with the values and links of the
  gold; events that SameEvent links join stay together.
- *No links*: the same, from the events alone.
- *As the task asks*: no links, values as the encoder reads them from the text, and the incidents
  of the other articles are known. So the learned finder of the encoder is scored, which has
  **51.0** on [the board](../leaderboard/aleppo/LEADERBOARD.md).
- *Chosen on the other articles*: points, and how many are enough, were counted on four articles
  and scored on the fifth. What is compared at all was chosen by one who had seen all five.

## What the points are

Of {pairs:,} pairs of happenings of one type in different articles that nothing excludes, {of_one}
are of one incident. Points are the logarithm to base 2 of how much more frequent these are where
two agree in something: a point doubles the odds. {enough} are enough.

{points}
"""


if __name__ == "__main__":
    found = measure()
    (HERE / "joining.json").write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    (HERE / "JOINING.md").write_text(report(found))
    print(report(found))
