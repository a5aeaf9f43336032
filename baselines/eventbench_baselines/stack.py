"""Stack: averages the trigger probabilities of the encoder and the probe."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from eventbench import EventbenchError, Fold, Progress
from eventbench_baselines.encoder import PARTS, TRIGGERS, Encoder, Floats
from eventbench_baselines.probe import Probe

if TYPE_CHECKING:
    from datasets import Dataset

SAVED = "probe"


@dataclass
class Stack(Encoder):
    """The encoder, with its trigger probabilities averaged with those of the probe.

    The encoder models sentences; the probe knows the labels of words in other articles and
    how reliable they are in a new one. All else is the encoder's alone.
    """

    probe_share: float = field(default=0.4, metadata={"help": "weight of the probe, 0 to 1"})

    def fit(self, fold: Fold, progress: Progress) -> None:
        if not 0 <= self.probe_share <= 1:
            raise EventbenchError(f"--probe-share is {self.probe_share}, expected 0 to 1")
        super().fit(fold, progress)
        if self._has_probe:
            self._probe = Probe(encoder=self.encoder, device=self.device, seed=self.seed)
            self._probe.fit(fold.of(TRIGGERS), lambda part, **measured: None)

    @property
    def _has_probe(self) -> bool:
        return TRIGGERS in PARTS[self.task]

    def trigger_probabilities(self, sentences: Dataset) -> list[Floats]:
        """The mean of both, weighted by ``probe_share``."""
        labels = self._taggers[TRIGGERS].heads[TRIGGERS]
        by_encoder = super().trigger_probabilities(sentences)
        by_probe = self._probe.probabilities(sentences, labels)
        share = self.probe_share
        return [(1 - share) * a + share * b for a, b in zip(by_encoder, by_probe, strict=True)]

    def save(self, directory: Path) -> None:
        if self._has_probe:
            (directory / SAVED).mkdir(parents=True, exist_ok=True)
            self._probe.save(directory / SAVED)
        super().save(directory)

    @classmethod
    def load(cls, directory: Path) -> Self:
        system = super().load(directory)
        if system._has_probe:
            system._probe = Probe.load(directory / SAVED)
        return system
