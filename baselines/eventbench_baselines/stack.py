"""Stack: the encoder and the crf, which see different things, find triggers together."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from eventbench import EventbenchError, Progress
from eventbench_baselines.crf import Crf
from eventbench_baselines.encoder import Encoder, Example, Floats

if TYPE_CHECKING:
    from datasets import Dataset

SAVED = "crf"


@dataclass
class Stack(Encoder):
    """The encoder, whose probabilities of trigger tags are averaged with those of the crf.

    The encoder reads sentences; the crf knows what words were in other articles, and how
    far to believe that of a new one. Arguments and attributes are the encoder's alone.
    """

    crf_share: float = field(default=0.4, metadata={"help": "weight of the crf, 0 to 1"})

    def fit(self, train: Dataset, validation: Dataset, progress: Progress) -> None:
        if not 0 <= self.crf_share <= 1:
            raise EventbenchError(f"--crf-share is {self.crf_share}, expected 0 to 1")
        super().fit(train, validation, progress)
        if self.task == "triggers":
            self._crf = Crf(seed=self.seed)
            self._crf.fit(train, validation, lambda part, **measured: None)

    def predict(self, test: Dataset) -> list[Any]:
        if self.task == "triggers":
            labels = self._tagger.heads[self.task]
            self._by_crf = iter(self._crf.probabilities(test, labels))
        return super().predict(test)

    def _tags(self, example: Example, probabilities: Floats) -> list[str]:
        if self.task == "triggers":
            probabilities = probabilities.copy()
            places = list(example.places)
            both = (1 - self.crf_share, probabilities[places]), (self.crf_share, next(self._by_crf))
            probabilities[places] = sum(weight * found for weight, found in both)
        return super()._tags(example, probabilities)

    def save(self, directory: Path) -> None:
        if self.task == "triggers":
            (directory / SAVED).mkdir(parents=True, exist_ok=True)
            self._crf.save(directory / SAVED)
        super().save(directory)

    @classmethod
    def load(cls, directory: Path) -> Self:
        system = super().load(directory)
        if system.task == "triggers":
            system._crf = Crf.load(directory / SAVED)
        return system
