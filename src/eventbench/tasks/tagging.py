"""Tasks whose answer is an IOB2 tag for each token."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from eventbench.corpus.iob2 import OUTSIDE, from_iob2, iob2_labels
from eventbench.corpus.scheme import Scheme
from eventbench.errors import EventbenchError
from eventbench.io import short
from eventbench.scoring.decisions import Decision
from eventbench.tasks.base import Gold, Row, Task, trigger_mark

if TYPE_CHECKING:
    from eventbench.scoring.error_analysis import ErrorReport
    from eventbench.scoring.statistics import Measure, Numbers, Sections, Statistics

Tags = list[str]


class TaggingTask(Task):
    """Tags tokens with classes; an entity is correct with its class and both bounds."""

    matching: ClassVar[Mapping[str, str]] = {"scheme": "IOB2", "mode": "strict"}

    @abstractmethod
    def classes(self, scheme: Scheme) -> tuple[str, ...]:
        """The classes of the tags, in display order."""

    def labels(self, scheme: Scheme) -> list[str]:
        """The labels of ``ner_tags``, in their fixed order."""
        return iob2_labels(self.classes(scheme))

    def section_names(self, scheme: Scheme) -> Sequence[str]:
        return self.classes(scheme)

    def scheme_text(self, scheme: Scheme) -> str:
        return repr(self.classes(scheme))

    def gold(self, row: Row) -> Tags:
        tags: Tags = row["ner_tags"]
        return tags

    def dump(self, row: Row, answer: Sequence[str]) -> Row:
        return {"id": row["id"], "tokens": row["tokens"], "ner_tags": list(answer)}

    def said(self, row: Row, answer: Sequence[str]) -> Sequence[Hashable]:
        return from_iob2(answer)

    def parse(self, record: Mapping[str, Any], row: Row, scheme: Scheme) -> Tags:
        for key in ("tokens", "ner_tags"):
            if key not in record:
                raise EventbenchError(f"has no {key!r}, expected id, tokens and ner_tags")
            value = record[key]
            if not isinstance(value, list) or not all(type(v) is str for v in value):
                message = f"{key} of {row['id']} is {short(value)}, expected a list of strings"
                raise EventbenchError(message)
        tokens, tags, expected = record["tokens"], record["ner_tags"], row["tokens"]
        if tokens != expected:
            from eventbench.tagged.differences import token_difference

            raise EventbenchError(token_difference(row["id"], tokens, expected))
        if len(tags) != len(expected):
            raise EventbenchError(
                f"{row['id']} has {len(tags)} tags, expected {len(expected)}, one a token"
            )
        known = set(self.labels(scheme))
        if not known.issuperset(tags):
            index, tag = next((i, t) for i, t in enumerate(tags) if t not in known)
            labels = ", ".join(sorted(known - {OUTSIDE}))
            raise EventbenchError(
                f"{row['id']} has unknown label {short(tag)} at token {index}, "
                f"expected {OUTSIDE}, {labels}"
            )
        return list(tags)

    @property
    def measure(self) -> Measure:
        from eventbench.scoring.counts import micro_f1
        from eventbench.scoring.statistics import POOLED, Measure

        return Measure("micro-F1", POOLED, micro_f1)

    def statistics(self, gold: Gold, answers: Mapping[str, Tags]) -> Statistics:
        """Count entities by class; the units are rows, or one empty unit for an article without."""
        import numpy as np

        from eventbench.scoring.counts import count_entities, labels_of
        from eventbench.scoring.statistics import POOLED, Statistics, Table

        names = labels_of(self.labels(gold.scheme))

        def codes(sentences: Iterable[Tags]) -> Any:
            return np.array([names.codes[t] for tags in sentences for t in tags], dtype=np.int16)

        numbers = gold.article_numbers
        articles = [numbers[row["doc_id"]] for row in gold.rows]
        # Every article has a unit, so that intervals and tests count all of them.
        empty = sorted({*numbers.values()}.difference(articles))
        lengths = np.array([*(len(row["tokens"]) for row in gold.rows), *(0 for _ in empty)])
        values = count_entities(
            codes(row["ner_tags"] for row in gold.rows),
            codes(answers[row["id"]] for row in gold.rows),
            lengths,
            len(names.classes),
        )
        table = Table(names.classes, values)
        units = np.array([*articles, *empty])
        return Statistics({POOLED: table.pooled(), self.section: table}, units)

    def breakdown(self, statistics: Statistics, totals: Mapping[str, Numbers]) -> Sections:
        from eventbench.scoring.statistics import average_scores, class_scores

        names, counts = statistics.tables[self.section].names, totals[self.section]
        return {
            self.section: class_scores(counts, names),
            "average": average_scores(counts, names),
        }

    def remarks(self, gold: Gold, answers: Mapping[str, Tags]) -> list[str]:
        found = []
        if not any(from_iob2(row["ner_tags"]) for row in gold.rows):
            found.append("The gold has no entity: every score is 0 by definition.")
        if stray := sum(map(_stray, answers.values())):
            found.append(
                "Predicted tags that continue no entity of their class do not count as entities: "
                f"{stray}."
            )
        return found

    def verify(self, gold: Gold, answers: Mapping[str, Tags], scores: Sections) -> str | None:
        from eventbench.tagged import seqeval_check

        if sum(len(row["tokens"]) for row in gold.rows) > seqeval_check.MOST_TOKENS:
            return None
        ours = {**scores[self.section], **scores["average"]}
        pairs = [(row["ner_tags"], answers[row["id"]]) for row in gold.rows]
        return seqeval_check.seqeval_version() if seqeval_check.verify(ours, pairs) else None

    def decisions(self, gold: Gold, answers: Mapping[str, Tags]) -> list[Decision]:
        from eventbench.scoring.error_analysis import Entity, match_entities, wrong_spans

        found: list[Decision] = []
        for row in gold.rows:
            starts, ends = row["token_starts"], row["token_ends"]
            sides = (
                [Entity(label, starts[first], ends[behind - 1]) for label, first, behind in spans]
                for spans in map(from_iob2, (row["ner_tags"], answers[row["id"]]))
            )
            about = (trigger_mark(row),) if "event_type" in row else ()
            found += wrong_spans(match_entities(*sides), row["doc_id"], row["id"], about)
        return found

    def diagnose(self, gold: Gold, answers: Mapping[str, Tags]) -> ErrorReport:
        from eventbench.scoring.error_analysis import analyse

        return analyse(gold.rows, answers, self.classes(gold.scheme))


def _stray(tags: Tags) -> int:
    """Count I- tags that belong to no entity."""
    inside = sum(last - first - 1 for _, first, last in from_iob2(tags))
    return sum(tag.startswith("I-") for tag in tags) - inside
