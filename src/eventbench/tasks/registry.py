"""The tasks by name, in display order."""

from __future__ import annotations

from collections.abc import Collection

from eventbench.corpus.loading import Corpus
from eventbench.errors import EventbenchError
from eventbench.tasks.arguments import Arguments
from eventbench.tasks.attributes import Attributes
from eventbench.tasks.attribution import Attribution
from eventbench.tasks.base import Task
from eventbench.tasks.events import Events
from eventbench.tasks.incidents import IncidentClusters
from eventbench.tasks.incidents_from_text import IncidentsFromText
from eventbench.tasks.links import EventLinks
from eventbench.tasks.triggers import Triggers
from eventbench.tasks.values import Values

_EVERY = (
    Triggers(),
    Arguments(),
    Attributes(),
    Attribution(),
    EventLinks(),
    Values(),
    IncidentClusters(),
    Events(),
    IncidentsFromText(),
)

TASKS: dict[str, Task] = {task.name: task for task in _EVERY}

DEFAULT = next(iter(TASKS))
"""The default task."""


def find_task(name: str | Task) -> Task:
    """Find a task by its name.

    Raises:
        EventbenchError: if the task is unknown.
    """
    if isinstance(name, Task):
        return name
    if name not in TASKS:
        raise EventbenchError(f"no task {name!r}: expected {', '.join(TASKS)}")
    return TASKS[name]


def prepared(corpus: Corpus) -> Corpus:
    """Add to the articles of a corpus what rows of any task need; see `Task.prepare`."""
    for task in TASKS.values():
        corpus = task.prepare(corpus)
    return corpus


def tasks_for(corpus: Corpus) -> dict[str, Task]:
    """The tasks that apply to a corpus by name, in display order."""
    return {name: task for name, task in TASKS.items() if task.applies(corpus)}


def in_order(names: Collection[str]) -> list[str]:
    """Sort task names in the order of the registry."""
    return [name for name in TASKS if name in names]


def model_tasks() -> list[str]:
    """The tasks that a model can be fitted for, the most complete first."""
    return [task.name for task in reversed(TASKS.values()) if task.gives_events]
