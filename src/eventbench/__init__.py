"""Dataset and benchmark for extracting conflict events from news.

    import eventbench as eb

    print(eb.load_corpus())                    # the articles with their gold
    rows = eb.load("triggers", fold=0)         # train, validation and test as a DatasetDict
    eb.build("dataset")                        # a directory for datasets.load_dataset
    eb.run("crf", out="runs/crf")              # train and predict every fold
    print(eb.score("runs/crf"))                # scores with intervals
    print(eb.compare("runs/lexicon", "runs/crf"))
    eb.score_table("runs/lexicon", "runs/crf").to_latex()    # a table for a paper
    model = eb.fit("crf", out="model")         # train on all articles and save the model
    model.predict(["Shells hit the town."])
    eb.default_model().predict(["…"])          # the best system on all corpora, trained once
    eb.validate()                              # problems in the annotations
    print(eb.incidents())                      # what happened, and who claims or denies it
    eb.incidents("result").to_pandas()         # the same of predictions, as a data frame
    eb.report(out="page")                      # the same as a site to send to somebody
    print(eb.agreement("annotations/passes/a", "annotations/passes/b"))
    eb.adjudicate("annotations/passes/a", "annotations/passes/b", "adjudication")
    eb.claims                                  # the rules by which incidents are derived
    eb.prompts                                 # prompts for language models, and a reader

Paths may be strings. Bad input raises an `EventbenchError` with a one-line message.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventbench import claims, prompts
    from eventbench.annotation.adjudicate import adjudicate
    from eventbench.annotation.agreement import agreement
    from eventbench.annotation.validate import validate
    from eventbench.claims.derive import incidents
    from eventbench.claims.found import Incidents
    from eventbench.claims.model import Claim, Incident
    from eventbench.corpus.iob2 import from_iob2, to_iob2
    from eventbench.corpus.loading import Corpus, load_corpus
    from eventbench.corpus.model import Argument, Document, Event, Link, Problem, Sentence, Span
    from eventbench.corpus.records import ArticleEvents, document_of
    from eventbench.corpus.scheme import Attribute, Scheme
    from eventbench.dataset.build import build, hydrate
    from eventbench.dataset.loading import load
    from eventbench.errors import EventbenchError
    from eventbench.evaluation.comparing import ablation_table, compare
    from eventbench.evaluation.diagnosis import diagnose
    from eventbench.evaluation.question_scores import score_questions
    from eventbench.evaluation.scoring import score
    from eventbench.evaluation.several import score_table
    from eventbench.formats.registry import export
    from eventbench.html.report import report
    from eventbench.scoring.report import Report
    from eventbench.systems.cache import default_model
    from eventbench.systems.models import Model, fit, load_model
    from eventbench.systems.protocol import Fold, Progress, System
    from eventbench.systems.runner import run
    from eventbench.systems.tables import BatchExtractor
    from eventbench.tagged.files import score_conlleval, score_files, score_sequences
    from eventbench.tasks.base import Gold, Task

__version__ = "0.1.0"

TASKS: dict[str, Task]
"""Every task by name, in display order."""

_HOMES = {
    "annotation.adjudicate": ("adjudicate",),
    "annotation.agreement": ("agreement",),
    "annotation.validate": ("validate",),
    "claims.derive": ("incidents",),
    "claims.found": ("Incidents",),
    "claims.model": ("Claim", "Incident"),
    "corpus.iob2": ("from_iob2", "to_iob2"),
    "corpus.loading": ("Corpus", "load_corpus"),
    "corpus.model": ("Argument", "Document", "Event", "Link", "Problem", "Sentence", "Span"),
    "corpus.records": ("ArticleEvents", "document_of"),
    "corpus.scheme": ("Attribute", "Scheme"),
    "dataset.build": ("build", "hydrate"),
    "dataset.loading": ("load",),
    "errors": ("EventbenchError",),
    "evaluation.comparing": ("ablation_table", "compare"),
    "evaluation.diagnosis": ("diagnose",),
    "evaluation.question_scores": ("score_questions",),
    "evaluation.scoring": ("score",),
    "evaluation.several": ("score_table",),
    "formats.registry": ("export",),
    "html.report": ("report",),
    "scoring.report": ("Report",),
    "systems.cache": ("default_model",),
    "systems.models": ("Model", "fit", "load_model"),
    "systems.protocol": ("Fold", "Progress", "System"),
    "systems.runner": ("run",),
    "systems.tables": ("BatchExtractor",),
    "tagged.files": ("score_conlleval", "score_files", "score_sequences"),
    "tasks.base": ("Gold", "Task"),
    "tasks.registry": ("TASKS",),
}
"""The module of each public name. Names are imported on first use, so that ``import eventbench``
and ``eventbench --help`` stay fast."""

_NAMESPACES = ("claims", "prompts")
"""Packages that are public as a whole."""

__all__ = [
    "TASKS",
    "Argument",
    "ArticleEvents",
    "Attribute",
    "BatchExtractor",
    "Claim",
    "Corpus",
    "Document",
    "Event",
    "EventbenchError",
    "Fold",
    "Gold",
    "Incident",
    "Incidents",
    "Link",
    "Model",
    "Problem",
    "Progress",
    "Report",
    "Scheme",
    "Sentence",
    "Span",
    "System",
    "Task",
    "ablation_table",
    "adjudicate",
    "agreement",
    "build",
    "claims",
    "compare",
    "default_model",
    "diagnose",
    "document_of",
    "export",
    "fit",
    "from_iob2",
    "hydrate",
    "incidents",
    "load",
    "load_corpus",
    "load_model",
    "prompts",
    "report",
    "run",
    "score",
    "score_conlleval",
    "score_files",
    "score_questions",
    "score_sequences",
    "score_table",
    "to_iob2",
    "validate",
]


def __getattr__(name: str) -> Any:
    if name in _NAMESPACES:
        return import_module(f"eventbench.{name}")
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"eventbench.{module}"), name)
    raise AttributeError(f"module 'eventbench' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
