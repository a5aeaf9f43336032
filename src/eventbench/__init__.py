"""eventbench: conflict events in news articles, annotated, packaged and scored."""

from importlib.metadata import version as _version

from eventbench.corpus import Corpus, load_corpus
from eventbench.dataset import build, load
from eventbench.model import Argument, Document, Event, EventbenchError, Link, Sentence, Span
from eventbench.scoring import Report, score
from eventbench.systems import System, read_predictions, run

__version__ = _version("eventbench")

__all__ = [
    "Argument",
    "Corpus",
    "Document",
    "Event",
    "EventbenchError",
    "Link",
    "Report",
    "Sentence",
    "Span",
    "System",
    "build",
    "load",
    "load_corpus",
    "read_predictions",
    "run",
    "score",
]
