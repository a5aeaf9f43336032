"""Format tables and numbers for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

UNDEFINED = "–"
"""Shown for an undefined number."""


def table(columns: Sequence[str], body: Sequence[Sequence[Any]], left: int = 1) -> str:
    """Format a table with the first ``left`` columns left-aligned, the others right-aligned."""
    from tabulate import tabulate

    aligned = ["left"] * left + ["right"] * (len(columns) - left)
    return tabulate(body, list(columns), colalign=aligned, disable_numparse=True)


def percent(share: float | None) -> str:
    """Format a share between 0 and 1 in percent with one decimal; None as a dash."""
    return UNDEFINED if share is None else f"{100 * share:.1f}"


def mean_sd(mean: float, sd: float | None) -> str:
    """Format a mean in percent, with its standard deviation unless it is None."""
    return percent(mean) + ("" if sd is None else f" ± {percent(sd)}")


def signed(difference: float) -> str:
    """Format a difference of shares in percent, with its sign."""
    return f"{100 * difference:+.1f}"


def p_value(p: float) -> str:
    """Format a p-value with four decimals."""
    return "<0.0001" if p < 0.0001 else f"{p:.4f}"


def plural(number: int, noun: str, many: str = "") -> str:
    """Format a number with its noun ("1 seed", "2 seeds"); ``many`` is an irregular plural."""
    return f"{number} {noun if number == 1 else many or f'{noun}s'}"
