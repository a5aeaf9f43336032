"""Counts, intervals and tests."""
