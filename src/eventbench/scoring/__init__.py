"""Counts, scores, intervals and tests: arrays of numbers, no task names."""
