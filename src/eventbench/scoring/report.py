"""The scores of one system on one task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import mean, stdev
from typing import Any

from eventbench.printing import Grid, Printable
from eventbench.scoring.intervals import NEW_DOCUMENTS, THESE_DOCUMENTS, Interval
from eventbench.scoring.statistics import AVERAGES, Score, Sections, Statistics
from eventbench.tables import Table
from eventbench.text import mean_sd, percent, plural

INTERVAL_NAMES = {THESE_DOCUMENTS: "on these documents", NEW_DOCUMENTS: "on new documents"}

NOTHING = Score(0.0, 0.0, 0.0, 0)


@dataclass(frozen=True)
class MeanSd:
    """Mean over seeds and sample standard deviation (None with one seed)."""

    mean: float
    sd: float | None

    def __str__(self) -> str:
        return mean_sd(self.mean, self.sd)


def mean_over_seeds(values: Sequence[float]) -> MeanSd:
    """Mean and sample standard deviation of one value per seed."""
    return MeanSd(mean(values), stdev(values) if len(values) > 1 else None)


@dataclass(frozen=True)
class Report(Printable):
    """The scores of one system on one task; prints as tables.

    Attributes:
        title: display name of the task.
        right: what counts as correct, as a sentence.
        measure: name of the main score, by which systems are ranked.
        scores: the main score by seed, between 0 and 1.
        sections: scores over all articles, by seed, section and name.
        by_article: the main score by seed and article.
        intervals: intervals of the mean main score, by population ("these_documents",
            "new_documents"); empty if not requested.
        verified: the program that computed the same figures ("seqeval 1.2.2"); None if
            none did.
        notes: remarks on the predictions.
        signature: everything that the scores depend on.
        statistics: the counts that everything is computed from, by seed.
    """

    title: str
    right: str
    measure: str
    scores: dict[int, float]
    sections: dict[int, Sections]
    by_article: dict[int, dict[str, Score]]
    intervals: dict[str, Interval]
    verified: str | None
    notes: tuple[str, ...]
    signature: dict[str, Any]
    statistics: dict[int, Statistics]

    @property
    def seeds(self) -> list[int]:
        """The seeds that were scored."""
        return list(self.scores)

    @property
    def score(self) -> MeanSd:
        """Mean and standard deviation of the main score over seeds."""
        return mean_over_seeds(list(self.scores.values()))

    def section(self, name: str) -> dict[str, list[Score]]:
        """The scores of a section by name, one per seed; 0 where a seed has none."""
        found = [sections.get(name, {}) for sections in self.sections.values()]
        names = dict.fromkeys(key for scores in found for key in scores)
        ordered = [n for n in names if n not in AVERAGES] + [n for n in AVERAGES if n in names]
        return {key: [scores.get(key, NOTHING) for scores in found] for key in ordered}

    def __repr__(self) -> str:
        task = self.signature.get("task", "")
        return f"Report({task}: {self.measure} {self.score}, {plural(len(self.scores), 'seed')})"

    def __str__(self) -> str:
        return f"{super().__str__()}\n"

    def grids(self) -> list[Grid]:
        """The scores by section and by article, and the intervals."""
        about = f"{self.title}, {plural(len(self.scores), 'seed')}. {self.right}"
        names = dict.fromkeys(name for found in self.sections.values() for name in found)
        grids = [_section_grid(name, self.section(name)) for name in names]
        grids += self._article_grids()
        if self.intervals:
            body = [
                [
                    f"{INTERVAL_NAMES.get(name, name)}, {found.confidence:.0%}",
                    *(percent(b if found.varies else None) for b in (found.low, found.high)),
                ]
                for name, found in self.intervals.items()
            ]
            grids.append(Grid([f"interval of {self.measure}", "from", "to"], body))
        return [replace(grids[0], title=about), *grids[1:]]

    def remarks(self) -> list[str]:
        """Remarks on the predictions, who verified the scores, and the signature."""
        found = list(self.notes)
        if self.verified:
            same = "the same precision, recall, F1 and gold for every class and average"
            found.append(f"Verified: {self.verified} computes {same}.")
        return [*found, signature_line(self.signature)]

    def _article_grids(self) -> list[Grid]:
        columns = self._by_article
        found = [_section_grid("article", columns)]
        if len(self.scores) > 1:
            body = [[a, *(percent(s.f1) for s in scores)] for a, scores in columns.items()]
            body.append(["all", *map(percent, self.scores.values())])
            found.append(Grid([self.measure, *(f"seed {s}" for s in self.scores)], body))
        return found

    @property
    def _by_article(self) -> dict[str, list[Score]]:
        """The scores of each article, one per seed."""
        articles = dict.fromkeys(a for found in self.by_article.values() for a in found)
        return {a: [found[a] for found in self.by_article.values()] for a in articles}

    def to_table(self) -> Table:
        """All scores, one a row; the columns are those of `SCORE_COLUMNS` that apply."""
        named = {key: kind for key, kind in SCORE_COLUMNS.items() if key not in OF_SYSTEMS}
        return Table("scores", named, self.records())

    def records(self) -> list[dict[str, Any]]:
        """The rows of `to_table`: the main score, then every section, then the articles."""
        own = {"task": self.signature["task"], "seeds": len(self.scores)}
        main = score_record(self.measure, self.score, self.intervals)
        rows = [{**own, **main}]
        sections = dict.fromkeys(name for found in self.sections.values() for name in found)
        parts = [*((name, self.section(name)) for name in sections), ("article", self._by_article)]
        for section, scores in parts:
            for name, found in scores.items():
                about = {**own, "section": section, "name": name, "gold": found[0].support}
                for measure, values in _measures(found).items():
                    rows.append({**about, **score_record(measure, mean_over_seeds(values))})
        return rows

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values, without the statistics."""
        return {
            "signature": self.signature,
            "verified": self.verified,
            "notes": list(self.notes),
            "score": asdict(self.score),
            "scores": self.scores,
            "intervals": {name: asdict(found) for name, found in self.intervals.items()},
            "sections": {
                seed: {
                    section: {name: asdict(score) for name, score in scores.items()}
                    for section, scores in sections.items()
                }
                for seed, sections in self.sections.items()
            },
            "by_article": {
                seed: {article: asdict(score) for article, score in articles.items()}
                for seed, articles in self.by_article.items()
            },
        }


def _measures(scores: Sequence[Score]) -> dict[str, list[float]]:
    """Precision, recall and F1 of each seed."""
    return {
        "precision": [score.precision for score in scores],
        "recall": [score.recall for score in scores],
        "F1": [score.f1 for score in scores],
    }


def _section_grid(name: str, scores: Mapping[str, Sequence[Score]]) -> Grid:
    body = [
        [
            key,
            *(str(mean_over_seeds(values)) for values in _measures(found).values()),
            str(found[0].support),
        ]
        for key, found in scores.items()
    ]
    return Grid([name, "precision", "recall", "F1", "gold"], body)


SCORE_COLUMNS: dict[str, type] = {
    "system": str, "task": str, "section": str, "name": str, "measure": str, "seeds": int,
    "mean": float, "sd": float, "these_low": float, "these_high": float, "new_low": float,
    "new_high": float, "letters": str, "gold": int,
}  # fmt: skip
"""Columns of a table with one score a row: whose and what it is; mean and deviation over seeds;
the bounds of both intervals; letters; and how many are in the gold. The main score of a task has
no section and no name."""

OF_SYSTEMS = ("system", "letters")
"""Those that a table of one system does not have."""


def score_record(
    measure: str, score: MeanSd, intervals: Mapping[str, Interval] | None = None
) -> dict[str, Any]:
    """The numbers of a score in `SCORE_COLUMNS`; intervals without width are left out."""
    record: dict[str, Any] = {"measure": measure, "mean": score.mean, "sd": score.sd}
    for key, name in (("these", THESE_DOCUMENTS), ("new", NEW_DOCUMENTS)):
        found = (intervals or {}).get(name)
        if found is not None and found.varies:
            record |= {f"{key}_low": found.low, f"{key}_high": found.high}
    return record


def signature_line(signature: Mapping[str, Any]) -> str:
    """Format the signature as one line: "key:value" joined by "|"."""

    def value(found: Any) -> str:
        if isinstance(found, dict):
            return " ".join(f"{k} {v}" for k, v in found.items())
        if isinstance(found, list):
            return ",".join(map(str, found))
        return str(found)

    return "|".join(f"{key}:{value(found)}" for key, found in signature.items())
