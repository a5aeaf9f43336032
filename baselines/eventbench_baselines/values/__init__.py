"""Values of times, counts and places, read by the rules of the annotation manual."""

from eventbench_baselines.values.reader import ValueReader

__all__ = ["ValueReader"]
