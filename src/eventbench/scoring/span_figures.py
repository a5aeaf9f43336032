"""The figures of error reports, averaged over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from eventbench.scoring.error_analysis import Credit, ErrorReport, Part


@dataclass(frozen=True)
class SpanFigures:
    """What `ErrorReport` computes, as means over seeds.

    Attributes:
        classes: all classes, in display order.
        rows: number of rows that were compared.
        of_events: True if a row is an event whose arguments are asked for, not a sentence.
        parts: as `ErrorReport.parts`.
        confusion: as `ErrorReport.confusion`.
        partial_credit: as `ErrorReport.partial_credit`.
    """

    classes: tuple[str, ...]
    rows: int
    of_events: bool
    parts: dict[str, dict[str, Part]]
    confusion: list[list[float]]
    partial_credit: dict[str, Credit]


def span_figures(reports: Sequence[ErrorReport]) -> SpanFigures:
    """Average reports on the same rows; a score is averaged over the seeds that define it."""
    first = reports[0]
    return SpanFigures(
        first.classes,
        len(first.compared),
        any(row.event for row in first.compared),
        _mean([report.parts() for report in reports]),
        _mean([report.confusion() for report in reports]),
        _mean([report.partial_credit() for report in reports]),
    )


def _mean(values: Sequence[Any]) -> Any:
    """Average numbers, and everything that is made of numbers, part by part."""
    first = values[0]
    if isinstance(first, dict):
        return {key: _mean([value[key] for value in values]) for key in first}
    if isinstance(first, list):
        return [_mean(parts) for parts in zip(*values, strict=True)]
    if is_dataclass(first) and not isinstance(first, type):
        names = [field.name for field in fields(first)]
        return type(first)(**{n: _mean([getattr(value, n) for value in values]) for n in names})
    defined = [value for value in values if value is not None]
    if len(set(defined)) < 2:
        return defined[0] if defined else None
    return sum(defined) / len(defined)
