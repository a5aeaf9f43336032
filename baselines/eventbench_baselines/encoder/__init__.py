"""Encoder: a pre-trained transformer, fine-tuned for each task."""

from eventbench_baselines.encoder.decoding import Floats, best_tags
from eventbench_baselines.encoder.examples import (
    Example,
    between_neighbours,
    examples_of,
    marked,
)
from eventbench_baselines.encoder.loading import EMBEDDED, encoder_path
from eventbench_baselines.encoder.network import Frozen
from eventbench_baselines.encoder.system import Encoder

__all__ = [
    "EMBEDDED",
    "Encoder",
    "Example",
    "Floats",
    "Frozen",
    "best_tags",
    "between_neighbours",
    "encoder_path",
    "examples_of",
    "marked",
]
