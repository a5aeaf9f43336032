"""Network: runs an encoder over sentences, for label probabilities or for vectors."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eventbench_baselines.encoder.decoding import Floats
from eventbench_baselines.encoder.examples import Example
from eventbench_baselines.encoder.loading import (
    encoder_path,
    find_device,
    import_packages,
    load_tokenizer,
    loading_errors,
    memory_errors,
)

WINDOW = 512
"""Maximum number of sub-tokens read at once; longer sentences are read in windows."""

LABELS = "labels.json"
"""The file of a saved tagger that says what its columns mean."""

OVERLAP = 128
"""Sub-tokens that two neighbouring windows share."""

INFERENCE_TOKENS = {"cpu": 1024, "cuda": 8192}
"""Sub-tokens in a batch of inference, padding included; small on a CPU to fit its caches."""


@dataclass
class Window:
    """Sub-tokens that are read at once, and the index of the word that each begins, or -1."""

    sentence: int
    input_ids: list[int]
    begins: list[int]


def windows_of(tokenizer: Any, sentences: Sequence[Sequence[str]]) -> list[Window]:
    """Tokenize sentences, given as words, into windows."""
    if not sentences:
        return []
    length = min(tokenizer.model_max_length, WINDOW)
    encoded = tokenizer(
        [list(words) for words in sentences],
        is_split_into_words=True,
        truncation=True,
        max_length=length,
        stride=min(OVERLAP, length // 4),
        return_overflowing_tokens=True,
    )
    windows = []
    for k, sentence in enumerate(encoded["overflow_to_sample_mapping"]):
        words = encoded.word_ids(k)
        begins = [
            -1 if word is None or word == previous else word
            for previous, word in zip([None, *words], words, strict=False)
        ]
        windows.append(Window(sentence, encoded["input_ids"][k], begins))
    return windows


def _batches(windows: list[Window], most: int) -> Iterator[list[Window]]:
    """Sort the windows by length, and batch them to at most ``most`` sub-tokens."""
    batch: list[Window] = []
    for window in sorted(windows, key=lambda w: (len(w.input_ids), w.sentence)):
        if batch and (len(batch) + 1) * len(window.input_ids) > most:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def _read(
    tokenizer: Any,
    device: str,
    sentences: Sequence[Sequence[str]],
    network: Callable[[Mapping[str, Any]], Any],
    result: list[Floats],
) -> None:
    """Write the network's output at the first sub-token of each word into ``result``.

    Rows of words for which the tokenizer yields no sub-token are left as they are.

    Args:
        tokenizer: a fast tokenizer.
        device: "cpu" or "cuda".
        sentences: each as its words.
        network: maps a padded batch to a tensor of shape (windows, sub-tokens, width).
        result: for each sentence an array of shape (words, width).
    """
    import torch

    depth: list[dict[int, int]] = [{} for _ in sentences]
    for batch in _batches(windows_of(tokenizer, sentences), INFERENCE_TOKENS[device]):
        ids = {"input_ids": [window.input_ids for window in batch]}
        with torch.inference_mode():
            outputs = network(tokenizer.pad(ids, return_tensors="pt")).double().cpu().numpy()
        for window, output in zip(batch, outputs, strict=True):
            for place, word in enumerate(window.begins):
                # Of two windows, prefer the one with more context on both sides of the word.
                inside = min(place, len(window.begins) - place)
                if word >= 0 and inside > depth[window.sentence].get(word, -1):
                    depth[window.sentence][word] = inside
                    result[window.sentence][word] = output[place]


@dataclass
class Tagger:
    """The fine-tuned members of one task, and the labels of their heads.

    The heads share one output layer; each has its own range of columns.

    Attributes:
        tokenizer: a fast tokenizer.
        members: the fine-tuned networks.
        heads: the labels of each head.
        taught: the heads that were learned.
        kinds: the kinds of spans that each event type may have.
        precision: what training computed in, "bfloat16" or "float32"; "" if loaded.
    """

    tokenizer: Any
    members: list[Any]
    heads: dict[str, tuple[str, ...]]
    taught: frozenset[str]
    kinds: dict[str, tuple[str, ...]]
    precision: str

    def probabilities(self, sentences: Sequence[Sequence[str]]) -> list[Floats]:
        """For each sentence the mean of the members' probabilities, shape (words, columns).

        Columns are the labels of the first head, then of the second, and so on. A word
        for which the tokenizer yields no sub-token has probability 1 for the first label
        of each head. Sentences are batched by length, so their order does not matter.
        """
        sizes = [len(labels) for labels in self.heads.values()]
        result = [np.zeros((len(words), sum(sizes))) for words in sentences]
        for rows in result:
            rows[:, np.cumsum([0, *sizes[:-1]])] = 1.0

        def mean(padded: Mapping[str, Any]) -> Any:
            return sum(self._member(m, padded, sizes) for m in self.members) / len(self.members)

        _read(self.tokenizer, self.members[0].device.type, sentences, mean, result)
        return result

    @staticmethod
    def _member(model: Any, padded: Mapping[str, Any], sizes: list[int]) -> Any:
        import torch

        logits = model(**{name: tensor.to(model.device) for name, tensor in padded.items()}).logits
        return torch.cat([part.softmax(-1) for part in logits.float().split(sizes, -1)], -1)

    def save(self, directory: Path) -> None:
        """Write everything that `load` reads; ``directory`` is made if missing."""
        self.tokenizer.save_pretrained(directory / "tokenizer")
        for number, model in enumerate(self.members):
            model.save_pretrained(directory / f"member{number}")
        labels = {"heads": self.heads, "taught": sorted(self.taught), "kinds": self.kinds}
        (directory / LABELS).write_text(json.dumps(labels), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path, members: int, device: str) -> Tagger:
        """Load what `save` wrote onto a device.

        Raises:
            EventbenchError: if a file is missing or damaged.
        """
        from transformers import AutoModelForTokenClassification

        with loading_errors(str(directory)):
            labels = json.loads((directory / LABELS).read_text(encoding="utf-8"))
            heads, kinds = (
                {name: tuple(found) for name, found in labels[part].items()}
                for part in ("heads", "kinds")
            )
            tokenizer = load_tokenizer(str(directory / "tokenizer"))
            models = [
                AutoModelForTokenClassification.from_pretrained(
                    directory / f"member{number}", trust_remote_code=False
                )
                for number in range(members)
            ]
        ready = [model.to(device).eval() for model in models]
        return cls(tokenizer, ready, heads, frozenset(labels["taught"]), kinds, "")


@dataclass
class Frozen:
    """A pre-trained encoder that is not fine-tuned, as a source of vectors."""

    tokenizer: Any
    model: Any

    @classmethod
    def load(cls, name: str, device: str = "auto") -> Frozen:
        """Load the encoder that ``--encoder`` names onto the device that ``--device`` names.

        Raises:
            EventbenchError: if a package is missing or the encoder cannot be loaded.
        """
        import_packages()
        from transformers import AutoModel

        with loading_errors(name):
            path = encoder_path(name)
            model = (
                AutoModel.from_pretrained(path, trust_remote_code=False)
                .to(find_device(device))
                .eval()
            )
            return cls(load_tokenizer(path), model)

    def save(self, directory: Path) -> None:
        self.tokenizer.save_pretrained(directory)
        self.model.save_pretrained(directory)

    def vectors(self, examples: Sequence[Example]) -> list[Floats]:
        """The last layer's output at the first sub-token of each of an example's tokens.

        Returns:
            For each example an array of shape (tokens, width); zeros for tokens for which
            the tokenizer yields no sub-token.
        """
        width = self.model.config.hidden_size
        result = [np.zeros((len(example.words), width)) for example in examples]

        def last(padded: Mapping[str, Any]) -> Any:
            tensors = {name: tensor.to(self.model.device) for name, tensor in padded.items()}
            return self.model(**tensors).last_hidden_state.float()

        with memory_errors():
            sentences = [example.words for example in examples]
            _read(self.tokenizer, self.model.device.type, sentences, last, result)
        return [rows[list(e.places)] for e, rows in zip(examples, result, strict=True)]

    def embedded(self, words: Sequence[str]) -> dict[str, Floats]:
        """The embeddings, scaled to length 1, of those words that are one known sub-token."""
        if not words:
            return {}
        table = self.model.get_input_embeddings().weight.detach()
        separate = [[word] for word in words]
        encoded = self.tokenizer(separate, is_split_into_words=True, add_special_tokens=False)
        ids, unknown = encoded["input_ids"], [self.tokenizer.unk_token_id]
        single = {w: i[0] for w, i in zip(words, ids, strict=True) if len(i) == 1 and i != unknown}
        rows = table[list(single.values())].double().cpu().numpy()
        rows /= np.linalg.norm(rows, axis=1, keepdims=True) + 1e-12
        return dict(zip(single, rows, strict=True))
