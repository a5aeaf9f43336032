"""Encoder: a pre-trained transformer, as it is or fine-tuned.

The system itself is in `eventbench_baselines.encoder.system`, since it also uses systems and
readers that use this package.
"""

from eventbench_baselines.encoder.decoding import Floats, best_tags
from eventbench_baselines.encoder.examples import Example, between_neighbours, examples_of
from eventbench_baselines.encoder.loading import EMBEDDED, encoder_path
from eventbench_baselines.encoder.network import Frozen

__all__ = [
    "EMBEDDED",
    "Example",
    "Floats",
    "Frozen",
    "best_tags",
    "between_neighbours",
    "encoder_path",
    "examples_of",
]
