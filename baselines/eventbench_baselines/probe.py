"""Probe: the crf with the vectors of a pre-trained encoder, not fine-tuned, as features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eventbench import EventbenchError, Fold, Progress
from eventbench_baselines.crf import Crf, Memory, Seen, lemmas_of, recalled
from eventbench_baselines.encoder import (
    EMBEDDED,
    Floats,
    Frozen,
    between_neighbours,
    examples_of,
)
from eventbench_baselines.rows import Row

if TYPE_CHECKING:
    from datasets import Dataset

SAVED = "probe.npz"
NEAREST = 8
"""How many words with similar embeddings a word gets labels from."""
ALIKE = 0.35
"""Minimum cosine between the embeddings of such words."""
SHORTEST = 3
"""Minimum length of such a word; shorter words have similar embeddings whatever they mean."""
SPREAD = 0.5
"""Standard deviation of the first principal component as a feature; the others have less."""


@dataclass
class Probe(Crf):
    """A crf that predicts triggers from words and from the vectors of an encoder.

    A word's vector is the output of the encoder's last layer at its first sub-token, read
    between the neighbouring sentences and reduced to the principal components of the
    training words. The encoder is not trained, so a fold takes seconds. Further features
    are the labels that words with similar embeddings have in other articles.
    """

    tasks: ClassVar[tuple[str, ...]] = ("triggers",)

    encoder: str = field(
        default=EMBEDDED, metadata={"help": "hub name or local path of a pre-trained encoder"}
    )
    components: int = field(default=100, metadata={"help": "principal components of the vectors"})
    device: str = field(
        default="auto",
        metadata={"help": "device to run the encoder on", "choices": ["auto", "cpu", "cuda"]},
    )

    def fit(self, fold: Fold, progress: Progress) -> None:
        """Learn from both splits.

        Raises:
            EventbenchError: if a package is missing, the encoder cannot be loaded, an
                option is out of its range, or there are no training rows.
        """
        if self.components < 1:
            raise EventbenchError(f"--components is {self.components}, expected 1 or more")
        if not len(fold.train) + len(fold.validation):
            raise EventbenchError("probe: no rows to learn triggers from")
        self._components: tuple[Floats, Floats] | None = None
        super().fit(fold, progress)

    @cached_property
    def _frozen(self) -> Frozen:
        return Frozen.load(self.encoder, self.device)

    def _rows(self, *splits: Dataset) -> list[Row]:
        rows = super()._rows(*splits)
        examples = [e for split in splits for e in examples_of(split)]
        vectors = self._frozen.vectors(between_neighbours(examples))
        if self._components is None:
            self._components = _principal(np.concatenate(vectors), self.components)
        mean, axes = self._components
        return [
            {**row, "vectors": (found - mean) @ axes}
            for row, found in zip(rows, vectors, strict=True)
        ]

    def _look(self, rows: list[Row], column: str, memory: Memory) -> Iterator[list[Seen]]:
        near = self._nearest({lemma for row in rows for lemma in lemmas_of(row)}, memory)
        for row, tokens in zip(rows, super()._look(rows, column, memory), strict=True):
            for token, lemma, vector in zip(tokens, lemmas_of(row), row["vectors"], strict=True):
                token.update((f"component {k}", float(x)) for k, x in enumerate(vector))
                token.update(recalled(near, "near", lemma))
            yield tokens

    def _nearest(self, lemmas: set[str], memory: Memory) -> Memory:
        """The labels of the words in a memory that are nearest to each lemma, except itself."""
        known = self._frozen.embedded([k for (k,) in memory if k.isalpha() and len(k) >= SHORTEST])
        asked = self._frozen.embedded([k for k in sorted(lemmas) if k.isalpha()])
        if not known or not asked:
            return {}
        alike = np.stack([*asked.values()]) @ np.stack([*known.values()]).T
        names = list(known)
        found: Memory = {}
        for lemma, cosines in zip(asked, alike, strict=True):
            order = [i for i in np.argsort(-cosines, kind="stable") if names[i] != lemma]
            nearest = [i for i in order[:NEAREST] if cosines[i] >= ALIKE]
            total = sum(cosines[i] ** 2 for i in nearest)
            shares: Seen = {}
            for i in nearest:
                for tag, share in memory[(names[i],)].items():
                    weight = float(share * cosines[i] ** 2 / total)
                    shares[tag] = shares.get(tag, 0.0) + weight
            found[(lemma,)] = shares
        return found

    def save(self, directory: Path) -> None:
        super().save(directory)
        assert self._components is not None, "fit comes before save"
        mean, axes = self._components
        np.savez(directory / SAVED, mean=mean, axes=axes)
        if self.encoder != EMBEDDED:
            self._frozen.save(directory / "frozen")

    @classmethod
    def load(cls, directory: Path) -> Probe:
        found = super().load(directory)
        kept = directory / "frozen"
        system = cls(encoder=str(kept) if kept.is_dir() else EMBEDDED, task=found.task)
        system.models = found.models
        try:
            with np.load(directory / SAVED) as arrays:
                system._components = arrays["mean"], arrays["axes"]
        except (OSError, ValueError, KeyError) as error:
            raise EventbenchError(f"{directory / SAVED}: cannot be read: {error}") from None
        return system


def _principal(vectors: Floats, number: int) -> tuple[Floats, Floats]:
    """The mean of vectors, and the axes of their principal components, scaled to `SPREAD`.

    Args:
        vectors: shape (words, width).
        number: maximum number of components.

    Returns:
        The mean, shape (width,), and the axes, shape (width, components).
    """
    mean = vectors.mean(axis=0)
    _, sizes, axes = np.linalg.svd(vectors - mean, full_matrices=False)
    deviation = sizes[0] / np.sqrt(len(vectors))
    return mean, axes[:number].T * (SPREAD / deviation if deviation else 1.0)
