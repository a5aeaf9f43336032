"""Checks of the lists of incidents beside the gold."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from eventbench.annotation.checks.base import AnnotationSet, Checks
from eventbench.claims import grouping
from eventbench.corpus.model import Problem

CHECKS = Checks()


def _find(identifier: str, annotated: AnnotationSet) -> Iterator[Problem]:
    return (found for found in annotated.incident_problems if found.check == identifier)


for _identifier, _meaning in grouping.CHECKS.items():
    CHECKS.of_gold(_identifier, _meaning)(partial(_find, _identifier))
