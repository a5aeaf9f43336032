"""eventbench: conflict events in news articles, annotated, packaged and scored."""

from typing import TYPE_CHECKING, Any

from eventbench.corpus.loading import Corpus, load_corpus
from eventbench.corpus.model import Argument, Document, Event, EventbenchError, Link, Sentence, Span
from eventbench.corpus.scheme import Scheme
from eventbench.corpus.tokens import from_iob2, to_iob2
from eventbench.dataset.building import build, features, labels, load
from eventbench.evaluation.predictions import read_predictions
from eventbench.systems.runner import Progress, System, run

if TYPE_CHECKING:
    from eventbench.evaluation.report import Report, read_and_score, score

__version__ = "0.1.0"

__all__ = [
    "Argument",
    "Corpus",
    "Document",
    "Event",
    "EventbenchError",
    "Link",
    "Progress",
    "Report",
    "Scheme",
    "Sentence",
    "Span",
    "System",
    "build",
    "features",
    "from_iob2",
    "labels",
    "load",
    "load_corpus",
    "read_and_score",
    "read_predictions",
    "run",
    "score",
    "to_iob2",
]

_SCORING = ("Report", "read_and_score", "score")


def __getattr__(name: str) -> Any:
    """Scoring is imported when it is used: it needs numpy, which most commands do not."""
    if name in _SCORING:
        from eventbench.evaluation import report as scoring

        return getattr(scoring, name)
    raise AttributeError(f"module 'eventbench' has no attribute {name!r}")
