"""Links between events: a classifier of pairs of events for each type of link."""

from eventbench_baselines.links.finder import LinkFinder
from eventbench_baselines.links.vectors import Vectors, frozen_vectors

__all__ = ["LinkFinder", "Vectors", "frozen_vectors"]
