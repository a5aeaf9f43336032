"""Encoder: a pre-trained transformer, fine-tuned for triggers and for the details of events."""

from eventbench_baselines.encoder.decoding import Floats, best_tags
from eventbench_baselines.encoder.examples import (
    Example,
    between_neighbours,
    examples_of,
)
from eventbench_baselines.encoder.loading import EMBEDDED, encoder_path
from eventbench_baselines.encoder.network import Frozen
from eventbench_baselines.encoder.system import PARTS, TRIGGERS, Encoder

__all__ = [
    "EMBEDDED",
    "PARTS",
    "TRIGGERS",
    "Encoder",
    "Example",
    "Floats",
    "Frozen",
    "best_tags",
    "between_neighbours",
    "encoder_path",
    "examples_of",
]
