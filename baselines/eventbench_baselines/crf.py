"""CRF: a linear-chain conditional random field over the words around a token."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventbench import EventbenchError

if TYPE_CHECKING:
    from datasets import Dataset


def features(tokens: list[str], index: int) -> list[str]:
    """What the model sees of a token: words, lemmas, endings and shapes within two tokens."""
    from simplemma import lemmatize

    found = ["bias"]
    for offset in range(-2, 3):
        place = index + offset
        if not 0 <= place < len(tokens):
            found.append(f"{offset}:edge")
            continue
        word = tokens[place]
        lower = word.lower()
        found.append(f"{offset}:word={lower}")
        if abs(offset) <= 1:
            found.append(f"{offset}:lemma={lemmatize(lower, 'en')}")
            found.append(f"{offset}:ends={lower[-3:]}")
    word = tokens[index]
    found += [f"begins={word[:4].lower()}", f"ends2={word[-2:].lower()}"]
    found += [
        name for name, holds in (("title", word.istitle()), ("digit", word.isdigit())) if holds
    ]
    before = tokens[index - 1].lower() if index else "^"
    after = tokens[index + 1].lower() if index + 1 < len(tokens) else "$"
    return [*found, f"before|word={before}|{word.lower()}", f"word|after={word.lower()}|{after}"]


@dataclass
class Crf:
    """Trained with L-BFGS and both penalties; it learns nothing by chance, whatever the seed."""

    l1: float = field(default=0.05, metadata={"help": "weight of the L1 penalty"})
    l2: float = field(default=0.02, metadata={"help": "weight of the L2 penalty"})
    iterations: int = field(default=200, metadata={"help": "steps of L-BFGS at most"})
    seed: int = 0
    tagger: Any = field(default=None, init=False)
    model: bytes = field(default=b"", init=False)

    def fit(self, train: Dataset, validation: Dataset, progress: Callable[[float], None]) -> None:
        try:
            import pycrfsuite
        except ModuleNotFoundError:
            raise EventbenchError("the crf needs: pip install 'eventbench[crf]'") from None
        trainer = pycrfsuite.Trainer(verbose=False)
        for split in (train, validation):
            name = split.features["ner_tags"].feature.int2str
            for row in split:
                observed = [features(row["tokens"], i) for i in range(len(row["tokens"]))]
                trainer.append(observed, [name(tag) for tag in row["ner_tags"]])
        trainer.set_params({"c1": self.l1, "c2": self.l2, "max_iterations": self.iterations})
        self.tagger = pycrfsuite.Tagger()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model"
            trainer.train(str(path))
            self.model = path.read_bytes()
        self.tagger.open_inmemory(self.model)  # it reads from these bytes as long as it lives
        progress(1.0)

    def predict(self, test: Dataset) -> list[list[str]]:
        return [
            list(self.tagger.tag([features(row["tokens"], i) for i in range(len(row["tokens"]))]))
            for row in test
        ]
