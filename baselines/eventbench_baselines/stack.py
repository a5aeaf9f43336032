"""Stack: averages the trigger probabilities of the encoder and the probe."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from eventbench import EventbenchError, Fold, Progress
from eventbench_baselines.encoder import Encoder, Example, Floats
from eventbench_baselines.probe import Probe

if TYPE_CHECKING:
    from datasets import Dataset

SAVED = "probe"


@dataclass
class Stack(Encoder):
    """The encoder, with its trigger probabilities averaged with those of the probe.

    The encoder models sentences; the probe knows the labels of words in other articles and
    how reliable they are in a new one. Arguments and attributes are the encoder's alone.
    """

    probe_share: float = field(default=0.4, metadata={"help": "weight of the probe, 0 to 1"})

    def fit(self, fold: Fold, progress: Progress) -> None:
        if not 0 <= self.probe_share <= 1:
            raise EventbenchError(f"--probe-share is {self.probe_share}, expected 0 to 1")
        super().fit(fold, progress)
        if self.task in Probe.tasks:
            self._probe = Probe(encoder=self.encoder, device=self.device, seed=self.seed)
            self._probe.fit(fold, lambda part, **measured: None)

    def predict(self, test: Dataset) -> list[Any]:
        if self.task in Probe.tasks:
            labels = self._tagger.heads[self.task]
            self._by_probe = iter(self._probe.probabilities(test, labels))
        return super().predict(test)

    def _tags(self, example: Example, probabilities: Floats) -> list[str]:
        if self.task in Probe.tasks:
            probabilities = probabilities.copy()
            places = list(example.places)
            share, by_probe = self.probe_share, next(self._by_probe)
            probabilities[places] = (1 - share) * probabilities[places] + share * by_probe
        return super()._tags(example, probabilities)

    def save(self, directory: Path) -> None:
        if self.task in Probe.tasks:
            (directory / SAVED).mkdir(parents=True, exist_ok=True)
            self._probe.save(directory / SAVED)
        super().save(directory)

    @classmethod
    def load(cls, directory: Path) -> Self:
        system = super().load(directory)
        if system.task in Probe.tasks:
            system._probe = Probe.load(directory / SAVED)
        return system
