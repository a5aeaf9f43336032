"""The scores of one system on one task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import mean, stdev
from typing import Any

from eventbench.scoring.intervals import NEW_DOCUMENTS, THESE_DOCUMENTS, Interval
from eventbench.scoring.statistics import AVERAGES, Score, Sections, Statistics
from eventbench.text import mean_sd, percent, plural, table

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
class Report:
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
        blocks = [f"{self.title}, {plural(len(self.scores), 'seed')}. {self.right}"]
        names = dict.fromkeys(name for found in self.sections.values() for name in found)
        blocks += [_section_table(name, self.section(name)) for name in names]
        blocks += self._article_tables()
        if self.intervals:
            body = [
                [
                    f"{INTERVAL_NAMES.get(name, name)}, {found.confidence:.0%}",
                    *(percent(b if found.varies else None) for b in (found.low, found.high)),
                ]
                for name, found in self.intervals.items()
            ]
            blocks.append(table([f"interval of {self.measure}", "from", "to"], body))
        last = list(self.notes)
        if self.verified:
            same = "the same precision, recall, F1 and gold for every class and average"
            last.append(f"Verified: {self.verified} computes {same}.")
        last.append(signature_line(self.signature))
        return "\n\n".join([*blocks, "\n".join(last)]) + "\n"

    def _article_tables(self) -> list[str]:
        articles = dict.fromkeys(a for found in self.by_article.values() for a in found)
        columns = {a: [found[a] for found in self.by_article.values()] for a in articles}
        found = [_section_table("article", columns)]
        if len(self.scores) > 1:
            body = [[a, *(percent(s.f1) for s in scores)] for a, scores in columns.items()]
            body.append(["all", *map(percent, self.scores.values())])
            found.append(table([self.measure, *(f"seed {s}" for s in self.scores)], body))
        return found

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


def _section_table(name: str, scores: Mapping[str, Sequence[Score]]) -> str:
    def over_seeds(found: Sequence[Score], value: Callable[[Score], float]) -> str:
        return str(mean_over_seeds([value(score) for score in found]))

    body = [
        [
            key,
            over_seeds(found, lambda s: s.precision),
            over_seeds(found, lambda s: s.recall),
            over_seeds(found, lambda s: s.f1),
            found[0].support,
        ]
        for key, found in scores.items()
    ]
    return table([name, "precision", "recall", "F1", "gold"], body)


def ranking_table(reports: Mapping[str, Report], section: str) -> str:
    """Format several systems as one table: the main score, and F1 by name of a section.

    Args:
        reports: reports on one task, by display name.
        section: the section whose names become columns.
    """
    columns = {name: report.section(section) for name, report in reports.items()}
    names = sorted({key for found in columns.values() for key in found} - {*AVERAGES})
    measure = next(iter(reports.values())).measure
    body = [
        [
            name,
            str(report.score),
            *(
                str(mean_over_seeds([s.f1 for s in columns[name].get(key, [NOTHING])]))
                for key in names
            ),
        ]
        for name, report in reports.items()
    ]
    return table(["predictions", measure, *names], body)


def signature_line(signature: Mapping[str, Any]) -> str:
    """Format the signature as one line: "key:value" joined by "|"."""

    def value(found: Any) -> str:
        if isinstance(found, dict):
            return " ".join(f"{k} {v}" for k, v in found.items())
        if isinstance(found, list):
            return ",".join(map(str, found))
        return str(found)

    return "|".join(f"{key}:{value(found)}" for key, found in signature.items())
