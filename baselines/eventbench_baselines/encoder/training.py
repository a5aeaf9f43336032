"""Training: fine-tunes the members of one task, or reuses those that were trained before."""

from __future__ import annotations

import copy
import os
import random
import tempfile
import time
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from eventbench import EventbenchError, Progress
from eventbench_baselines.encoder.examples import Example, Lesson, kinds_of
from eventbench_baselines.encoder.loading import (
    encoder_path,
    find_device,
    has_fast_bfloat16,
    load_tokenizer,
    loading_errors,
    memory_errors,
)
from eventbench_baselines.encoder.network import Tagger, windows_of

Row = dict[str, Any]

IGNORED = -100
"""PyTorch's label for positions that do not count in the loss."""

HEAD_RATE = 20
"""Learning rate of the output layer relative to the rest: it starts from random weights."""
ADAPTED_HEAD_RATE = 5
"""The same for networks that have learned before."""


@dataclass(frozen=True)
class Recipe:
    """Everything that training depends on, except the examples and the number of threads."""

    network: str
    encoder: str
    device: str
    seed: int
    epochs: int
    learning_rate: float
    batch_size: int
    context: int
    frozen: float
    members: int
    weights: tuple[tuple[str, float], ...] = ()
    """Weights of heads in the loss; those that are not listed weigh 1."""


class Component(NamedTuple):
    """A trained network.

    Attributes:
        recipe: how it was trained.
        tagger: its members.
        curve: the training curve: part done, and what was measured.
        seconds: how long training took.
        lessons: what it learned from, the last at the end.
    """

    recipe: Recipe
    tagger: Tagger
    curve: list[tuple[float, dict[str, float]]]
    seconds: float
    lessons: tuple[Lesson, ...]


def train_or_reuse(
    recipe: Recipe,
    lesson: Lesson,
    kept: MutableMapping[str, Any],
    progress: Progress,
    start: Component | None = None,
) -> tuple[Component, bool]:
    """Train a component, unless ``kept`` holds one of the same recipe and examples.

    Training is deterministic, so the kept component is the one that training would give.
    Its curve is reported again.

    Args:
        recipe: how to train.
        lesson: what to learn from.
        kept: components trained before; a new one is added.
        progress: called with the part done, and with loss and learning rate.
        start: a component to train on, which stays as it is; the pre-trained encoder if None.

    Returns:
        The component, and True if it was found in ``kept``.

    Raises:
        EventbenchError: if the encoder cannot be loaded, memory is short, the device does
            not exist, or the processes cannot share a step evenly.
    """
    import torch

    lessons = (*(start.lessons if start else ()), lesson)
    key = repr((recipe, torch.get_num_threads(), lessons))
    component: Component | None = kept.get(key)
    if component is not None:
        for part, measured in component.curve:
            progress(part, **measured)
        progress(1.0)
        return component, True
    curve: list[tuple[float, dict[str, float]]] = []

    def report(part: float, **measured: float) -> None:
        if measured:
            curve.append((part, measured))
        progress(part, **measured)

    started = time.perf_counter()
    tagger = _train(recipe, lessons, report, start)
    seconds = time.perf_counter() - started
    component = kept[key] = Component(recipe, tagger, curve, seconds, lessons)
    return component, False


def _train(
    recipe: Recipe, lessons: Sequence[Lesson], progress: Progress, start: Component | None
) -> Tagger:
    device = find_device(recipe.device)
    precision = "bfloat16" if has_fast_bfloat16(device) else "float32"
    heads = {head: tuple(labels) for head, labels in lessons[-1].heads.items()}
    with loading_errors(recipe.encoder):
        tokenizer = load_tokenizer(encoder_path(recipe.encoder))
    taught = frozenset().union(*(lesson.taught() for lesson in lessons))
    kinds = kinds_of(next(iter(heads)), [e for lesson in lessons for e in lesson.examples])
    tagger = Tagger(tokenizer, [], heads, taught, kinds, precision)
    for number in range(recipe.members):

        def report(part: float, number: int = number, **measured: float) -> None:
            progress((number + part) / recipe.members, **measured)

        seed = recipe.seed * recipe.members + number
        with memory_errors():
            model = start.tagger.members[number] if start else None
            trained = _train_member(recipe, tagger, lessons[-1], seed, device, report, model)
            tagger.members.append(trained)
    return tagger


def _train_member(
    recipe: Recipe,
    tagger: Tagger,
    lesson: Lesson,
    seed: int,
    device: str,
    progress: Callable[..., None],
    start: Any,
) -> Any:
    import torch
    import transformers

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # CUDA needs it to be reproducible
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # slow, and nothing reads it
    transformers.set_seed(seed)
    sizes = [len(labels) for labels in tagger.heads.values()]
    weights = dict(recipe.weights)
    if start is None:
        with loading_errors(recipe.encoder):
            model = transformers.AutoModelForTokenClassification.from_pretrained(
                encoder_path(recipe.encoder), num_labels=sum(sizes)
            )
    else:
        model = copy.deepcopy(start)
    _freeze(model, recipe.frozen)
    head_rate = HEAD_RATE if start is None else ADAPTED_HEAD_RATE
    groups = _parameter_groups(model, recipe.learning_rate, head_rate)
    optimizer = torch.optim.AdamW(groups, fused=True)
    ordered, size = _ordered_items(recipe, tagger, lesson, random.Random(seed))
    with tempfile.TemporaryDirectory() as scratch:
        trainer = transformers.Trainer(
            model=model,
            args=_arguments(recipe, tagger.precision, device, seed, scratch, len(ordered), size),
            train_dataset=ordered,
            data_collator=_collator(tagger.tokenizer, len(sizes)),
            compute_loss_func=_loss_function(
                sizes, [weights.get(head, 1.0) for head in tagger.heads]
            ),
            optimizers=(optimizer, None),
            callbacks=[_reporter(progress, recipe.epochs)],
        )
        trainer.remove_callback(transformers.PrinterCallback)  # `progress` replaces its output
        trainer.train()
        # Without the autocast that `train` puts around it: we predict in single precision.
        model = trainer.accelerator.unwrap_model(model, keep_fp32_wrapper=False)
    progress(1.0)
    return model.eval()


def _freeze(model: Any, share: float) -> None:
    """Exclude the embeddings and a share of the layers, from below, from training."""
    from torch.nn import ModuleList

    base = model.base_model
    stacks = [module for module in base.modules() if isinstance(module, ModuleList)]
    layers: Any = max(stacks, key=len, default=[])
    embeddings = getattr(base, "embeddings", None) or model.get_input_embeddings()
    for module in (embeddings, *layers[: round(share * len(layers))]):
        module.requires_grad_(False)


def _parameter_groups(model: Any, learning_rate: float, head_rate: float) -> list[Row]:
    """The parameters by learning rate and weight decay; vectors (biases, norms) do not decay."""
    pretrained = {id(parameter) for parameter in model.base_model.parameters()}
    groups: dict[tuple[float, float], list[Any]] = {}
    for parameter in model.parameters():
        if parameter.requires_grad:
            rate = learning_rate * (1 if id(parameter) in pretrained else head_rate)
            groups.setdefault((rate, 0.01 * (parameter.ndim > 1)), []).append(parameter)
    return [{"params": p, "lr": rate, "weight_decay": d} for (rate, d), p in groups.items()]


def _ordered_items(
    recipe: Recipe, tagger: Tagger, lesson: Lesson, rng: random.Random
) -> tuple[list[Row], int]:
    """The items of all epochs in the order of training, and how many make a step."""
    epochs = [
        _items(tagger.tokenizer, tagger.heads, list(lesson.draw(rng))) for _ in range(recipe.epochs)
    ]
    size = min(recipe.batch_size, sum(map(len, epochs)))
    processes = _processes()
    if size % processes:
        raise EventbenchError(f"{size} examples a step cannot be shared by {processes} processes")
    return _in_order(epochs, size, rng), size


def _items(
    tokenizer: Any, heads: Mapping[str, tuple[str, ...]], examples: Sequence[Example]
) -> list[Row]:
    """The network's training input: sub-tokens, and for each head a class or `IGNORED`."""
    columns = {head: k for k, head in enumerate(heads)}
    classes = {head: {label: i for i, label in enumerate(names)} for head, names in heads.items()}
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
        for window in windows_of(tokenizer, [example.words for example in examples])
    ]


def _in_order(epochs: Sequence[list[Row]], size: int, rng: random.Random) -> list[Row]:
    """Shuffle the items of all epochs, and group items of similar length into steps.

    A last step with fewer than ``size`` items is dropped.
    """
    stream = [item for epoch in epochs for item in rng.sample(epoch, len(epoch))]
    steps = []
    for start in range(0, len(stream), 4 * size):
        pool = sorted(stream[start : start + 4 * size], key=lambda i: len(i["input_ids"]))
        pieces = [pool[k : k + size] for k in range(0, len(pool), size)]
        rng.shuffle(pieces)
        steps += [step for step in pieces if len(step) == size]
    return [item for step in steps for item in step]


def _processes() -> int:
    """The number of processes that ``torchrun`` or ``accelerate launch`` started."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def _arguments(
    recipe: Recipe, precision: str, device: str, seed: int, scratch: str, items: int, size: int
) -> Any:
    """The Trainer's arguments for ``items`` items in steps of ``size``."""
    from transformers import TrainingArguments

    processes = _processes()
    return TrainingArguments(
        output_dir=scratch,
        num_train_epochs=1,  # the items of all epochs are in one sequence
        train_sampling_strategy="sequential",
        remove_unused_columns=False,
        per_device_train_batch_size=size // processes,
        warmup_steps=0.1,
        bf16=precision == "bfloat16",
        use_cpu=device == "cpu",
        ddp_backend="gloo" if device == "cpu" and processes > 1 else None,
        ddp_find_unused_parameters=False,  # all are used, and the search prints a warning
        seed=seed,
        save_strategy="no",
        logging_strategy="steps",
        logging_steps=max(1, items // size // recipe.epochs),
        report_to=[],
        disable_tqdm=True,
        dataloader_pin_memory=device == "cuda",
    )


def _collator(tokenizer: Any, heads: int) -> Callable[[list[Row]], Row]:
    """A function that pads items to one batch; labels get shape (items, sub-tokens, heads)."""
    import torch

    def collate(batch: list[Row]) -> Row:
        ids = {"input_ids": [item["input_ids"] for item in batch]}
        padded = dict(tokenizer.pad(ids, return_tensors="pt"))
        length = padded["input_ids"].shape[1]
        padding = [IGNORED] * heads
        padded["labels"] = torch.tensor(
            [item["labels"] + [padding] * (length - len(item["labels"])) for item in batch]
        )
        return padded

    return collate


def _loss_function(sizes: Sequence[int], weights: Sequence[float]) -> Callable[..., Any]:
    """The Trainer's loss: weighted cross-entropy of each head, whose columns are ``sizes`` wide."""
    import torch

    def loss(outputs: Any, labels: Any, num_items_in_batch: Any) -> Any:
        # Divided by the labels of the whole step, not by those of this process.
        parts = outputs.logits.float().split(sizes, -1)
        total = sum(
            weight
            * torch.nn.functional.cross_entropy(
                part.flatten(0, 1), labels[..., k].flatten(), ignore_index=IGNORED, reduction="sum"
            )
            for k, (part, weight) in enumerate(zip(parts, weights, strict=True))
        )
        return total / num_items_in_batch

    return loss


def _reporter(progress: Callable[..., None], epochs: int) -> Any:
    """A Trainer callback that reports each step, and loss and learning rate once an epoch."""
    from transformers import TrainerCallback

    class Reporter(TrainerCallback):
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

    return Reporter()


def share_of(progress: Progress, number: int, parts: int, name: str) -> Progress:
    """Convert the progress of a part to that of the whole; a part's name precedes its measures."""

    def report(part: float, **measured: float) -> None:
        named = {f"{name}_{key}" if name and parts > 1 else key: v for key, v in measured.items()}
        progress((number + part) / parts, **named)

    return report
